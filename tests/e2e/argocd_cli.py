"""The argocd command line, as people use it: the second opinion on everything that is told of an application."""

import json
import os
import re
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import anyio
from testbed.record import Testbed


class Done(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def ok(self) -> str:
        assert self.status == 0, self.err or self.out
        return self.out


class Deployment(NamedTuple):
    """A row of `app history`; a deployment of several sources has one for each."""

    id: int
    revision: str


class ArgoCD:
    """Runs `argocd` for one account, with a configuration of its own."""

    def __init__(self, testbed: Testbed, home: Path, account: str = "ci") -> None:
        self._program = testbed.argocd_cli
        self._options = [f"--server={urlsplit(testbed.url).netloc}", f"--server-crt={testbed.ca_file}"]
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ARGOCD_")},
            "ARGOCD_AUTH_TOKEN": testbed.tokens[account],
            "ARGOCD_BINARY_NAME": "argocd",
            "XDG_CONFIG_HOME": str(home),
        }

    async def run(self, *words: str) -> Done:
        command = [self._program, *words, *self._options]
        done = await anyio.run_process(command, check=False, env=self._environment)
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    async def get(self, name: str) -> dict[str, Any]:
        whole: dict[str, Any] = json.loads((await self.run("app", "get", name, "-o=json")).ok)
        return whole

    async def history(self, name: str) -> list[Deployment]:
        """Oldest first; it has no output that is JSON."""
        rows = (await self.run("app", "history", name)).ok.splitlines()
        found = [row.split() for row in rows if row and row.split()[0].isdigit()]
        # `0  2026-01-05 09:00:00 +0000 UTC  main (13b6e25)`, or the commit alone.
        return [Deployment(int(row[0]), row[-1].strip("()")) for row in found]

    async def manifests(self, name: str, sources: int = 1) -> list[str]:
        """What main says, rendered now, as YAML documents; without a revision it would be what was compared last."""
        places = [f"--source-positions={place}" for place in range(1, sources + 1)] if sources > 1 else []
        revisions = ["--revisions=main"] * sources if sources > 1 else ["--revision=main"]
        text = (await self.run("app", "manifests", name, *places, *revisions)).ok
        return [one for one in re.split(r"^---$", text, flags=re.MULTILINE) if one.strip()]
