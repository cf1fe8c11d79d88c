"""The program. Serving over stdio, what clients start it for, loads nothing of the command line's."""

import os
import sys

from argocd_gitops_mcp import assembly
from argocd_gitops_mcp.errors import GitOpsError


def main() -> None:
    """Run the command on the command line."""
    flags, rest = assembly.split(sys.argv[1:])
    if rest not in ([], ["serve"]):
        from argocd_gitops_mcp import cli  # noqa: PLC0415

        cli.run(flags, rest)
        return
    from argocd_gitops_mcp import server, surfaces  # noqa: PLC0415

    try:
        given = assembly.load(flags, os.environ).settings
        hallway = assembly.hallway(given)
    except GitOpsError as error:
        sys.exit(f"{error.message} {error.upstream}".strip())
    assembly.warn(given)
    server.serve_stdio(server.build(surfaces.tools(hallway.operations, hallway.policy, given.surface), hallway))


if __name__ == "__main__":
    main()
