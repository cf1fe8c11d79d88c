"""The command line: serve, call, token, doctor, validate, sandbox, demo. Operations become commands by a loop."""

import inspect
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from argocd_gitops_mcp import __version__, assembly, settings
from argocd_gitops_mcp.commands import call, doctor, token, validate
from argocd_gitops_mcp.errors import GitOpsError
from argocd_gitops_mcp.operations.catalogue import OPERATIONS
from argocd_gitops_mcp.settings import Settings
from argocd_gitops_mcp.views.refusals import refusal

app = typer.Typer(
    name="argocd-gitops-mcp",
    help="Let an AI agent run Argo CD. Without a command: serve MCP over stdio.",
    no_args_is_help=False,
    add_completion=False,
    rich_markup_mode=None,
)


def run(flags: Mapping[str, Any], rest: Sequence[str]) -> None:
    """Run one command with the settings flags already taken out."""
    try:
        app(args=list(rest), obj=dict(flags), prog_name="argocd-gitops-mcp")
    except GitOpsError as error:
        sys.exit(refusal(error))


def _described() -> Callable[..., None]:
    """The root callback; its options are for `--help` only, since `assembly.split` has read them before."""

    def root(context: typer.Context, **_: Any) -> None:
        if context.params.get("version"):
            typer.echo(__version__)
            raise typer.Exit

    parameters = [
        inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context),
        inspect.Parameter(
            "version",
            inspect.Parameter.KEYWORD_ONLY,
            default=False,
            annotation=Annotated[bool, typer.Option("--version", help="Show the version.")],
        ),
    ]
    options: list[tuple[str, str, Any, str]] = [
        ("config", "--config", str, "Settings file (TOML). [ARGOCD_MCP_CONFIG]")
    ]
    for name, field in Settings.model_fields.items():
        if settings.at(name).flag:
            kind = bool if settings.is_switch(name) else str
            text = f"{field.description}. [{', '.join(settings.at(name).environment)}]"
            options.append((name, settings.flags(name), kind, text))
    for name, flags, kind, text in options:
        option = typer.Option(flags, help=text, show_default=False)
        parameters.append(
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option]
            )
        )
    root.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    root.__annotations__ = {one.name: one.annotation for one in parameters}
    return root


app.callback(invoke_without_command=True)(_described())


def given(context: typer.Context) -> settings.Loaded:
    """The settings of this run, warned about where unsafe."""
    loaded = assembly.load(context.obj or {}, os.environ)
    assembly.warn(loaded.settings)
    return loaded


@app.command()
def serve(
    context: typer.Context,
    http: Annotated[bool, typer.Option("--http", help="Streamable HTTP at /mcp instead of stdio.")] = False,  # noqa: FBT002
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8765,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(help="Host header to accept beside loopback, as sent: mcp.example.com or mcp.example.com:8443."),
    ] = None,
) -> None:
    """Serve MCP over stdio, or over HTTP on loopback."""
    from argocd_gitops_mcp import server, surfaces  # noqa: PLC0415

    loaded = given(context)
    hallway = assembly.hallway(loaded.settings)
    built = server.build(surfaces.tools(hallway.operations, hallway.policy, loaded.settings.surface), hallway)
    if not http:
        server.serve_stdio(built)
        return
    if host not in ("127.0.0.1", "localhost", "::1") and not allowed_host:
        sys.exit("Listening beyond loopback needs --allowed-host; put authentication in front of it.")
    typer.echo(f"Serving MCP on http://{f'[{host}]' if ':' in host else host}:{port}/mcp", err=True)
    server.serve_http(built, host, port, allowed_host or [])


@app.command("doctor")
def explain(
    context: typer.Context, *, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """Explain the set-up: settings and where they come from, network, TLS, token, rights. Changes nothing."""
    sys.exit(doctor.run(context.obj or {}, os.environ, as_json=as_json))


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.")] = 0,
    seeds: Annotated[bool, typer.Option(help="Start with the example applications.")] = True,  # noqa: FBT002
    lifetime: Annotated[float, typer.Option(help="Seconds after which it stops by itself.")] = 4 * 3600,
) -> None:
    """Run an embedded imitation of Argo CD on loopback, to try things out. Prints its address and tokens as JSON."""
    from argocd_gitops_mcp.sandbox.server import run as serve_sandbox  # noqa: PLC0415

    serve_sandbox(port=port, seeds=seeds, lifetime=lifetime)


@app.command()
def demo(
    handle: Annotated[Path | None, typer.Option(help="JSON file of a running Argo CD: url, ca_file, tokens.")] = None,
    pause: Annotated[float, typer.Option(help="Seconds between the steps.")] = 0.0,
    plain: Annotated[bool, typer.Option(help="Without colours.")] = False,  # noqa: FBT002
) -> None:
    """Play the whole workflow on the sandbox, or on the Argo CD of a handle file."""
    from argocd_gitops_mcp.demo.story import run as play  # noqa: PLC0415

    sys.exit(play(handle=handle, pause=pause, plain=plain))


app.command()(validate.validate)
app.add_typer(call.app(OPERATIONS, given), name="call")
app.add_typer(token.app, name="token")
