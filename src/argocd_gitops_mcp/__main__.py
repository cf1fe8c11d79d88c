"""The program. Serving over stdio, what clients start it for, loads nothing of the command line's."""

import gc
import os
import sys


def main() -> None:
    """Run the command on the command line."""
    gc.disable()  # what starting makes is there to stay: looking for garbage in it is a tenth of the time
    from argocd_gitops_mcp import assembly  # noqa: PLC0415
    from argocd_gitops_mcp.errors import GitOpsError  # noqa: PLC0415

    flags, rest = assembly.split(sys.argv[1:])
    if rest not in ([], ["serve"]):
        from argocd_gitops_mcp import cli  # noqa: PLC0415

        _started()
        cli.run(flags, rest)
        return
    from argocd_gitops_mcp import server, surfaces  # noqa: PLC0415

    try:
        given = assembly.load(flags, os.environ).settings
        hallway = assembly.hallway(given)
    except GitOpsError as error:
        sys.exit(f"{error.message} {error.upstream}".strip())
    assembly.warn(given)
    built = server.build(surfaces.tools(hallway.operations, hallway.policy, given.surface), hallway)
    _started()
    server.serve_stdio(built)


def _started() -> None:
    gc.freeze()
    gc.enable()


if __name__ == "__main__":
    main()
