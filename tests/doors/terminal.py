"""The command line as a person meets it, run in this process."""

from dataclasses import dataclass

import pytest

from argocd_gitops_mcp import assembly, cli


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


class Terminal:
    """Runs commands with the environment as it is, and keeps everything that was ever shown."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture
        self.shown = ""

    def run(self, *argv: str) -> Ended:
        flags, rest = assembly.split(argv)
        code, said = 0, ""
        try:
            cli.run(flags, rest)
        except SystemExit as end:
            code, said = (1, end.code) if isinstance(end.code, str) else (int(end.code or 0), "")
        out, err = self._capture.readouterr()
        self.shown += out + err + said
        return Ended(code, out, err + said)
