"""`token`: obtain, validate and revoke Argo CD tokens."""

from collections.abc import Callable

import typer

from argocd_gitops_mcp.settings import Loaded


def app(given: Callable[[typer.Context], Loaded]) -> typer.Typer:
    """The token commands."""
    group = typer.Typer(help="Obtain, validate and revoke Argo CD tokens.", no_args_is_help=True, rich_markup_mode=None)
    return group
