#!/usr/bin/env python3
"""Obtain and validate an Argo CD API token, from a clone: `fetch_argocd_token.py --url https://argocd.example.com`.

Without a command it takes the configured token, or signs in, and validates it. The commands are those of
`argocd-gitops-mcp token`: login, mint, validate, revoke, fetch; `--help` shows them.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Run a token command."""
    sys.path.insert(0, str(ROOT / "src"))
    try:
        from argocd_gitops_mcp import assembly, cli  # noqa: PLC0415 found only after the line above
    except ModuleNotFoundError as error:
        _elsewhere(error)
        return
    flags, rest = assembly.split(sys.argv[1:])
    commanded = bool(rest) and (not rest[0].startswith("-") or rest[0] == "--help")
    cli.run(flags, ["token", *([] if commanded else ["fetch"]), *rest])


def _elsewhere(error: ModuleNotFoundError) -> None:
    """Go on with the clone's own Python, which has what is missing here."""
    python = ROOT / ".venv" / "bin" / "python"
    if not python.exists() or Path(sys.prefix) == python.parent.parent:
        sys.exit(f"{error.name} is not installed: run `make setup`, then run this again.")
    os.execv(python, [str(python), *sys.argv])  # noqa: S606 the clone's own interpreter


if __name__ == "__main__":
    main()
