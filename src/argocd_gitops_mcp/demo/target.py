"""The Argo CD that the demo plays on: one that a handle file tells of, or a sandbox started for it."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from argocd_gitops_mcp.demo.errors import NotReady

_SANDBOX = (sys.executable, "-m", "argocd_gitops_mcp", "sandbox", "--lifetime", "600")
_START_SECONDS = 30.0
_ACCOUNT = "ci"


@dataclass(frozen=True, slots=True)
class Target:
    """Where it is and how to get in."""

    what: str
    url: str
    token: str
    ca_file: str = ""
    pid: int | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Settings for our server that allow writing."""
        given = {"ARGOCD_SERVER_URL": self.url, "ARGOCD_TOKEN": self.token, "ARGOCD_ALLOW_WRITE": "true"}
        return {**given, **({"ARGOCD_CA_FILE": self.ca_file} if self.ca_file else {})}


@contextmanager
def target(handle: Path | None) -> Iterator[Target]:
    """The Argo CD of the handle file, or a sandbox that ends with the block.

    Raises:
        NotReady: with the reason.
    """
    if handle is not None:
        yield _from_file(handle)
        return
    with subprocess.Popen(_SANDBOX, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=os.environ) as process:  # noqa: S603 - our own program
        try:
            yield _target("the sandbox, an embedded imitation of Argo CD", _first_line(process))
        finally:
            process.terminate()


def _from_file(handle: Path) -> Target:
    try:
        facts = json.loads(handle.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotReady(f"The handle file {str(handle)!r} cannot be read: {error}") from error
    return _target("Argo CD", facts)


def _first_line(process: subprocess.Popen[bytes]) -> Any:
    assert process.stdout is not None  # noqa: S101 - it was asked for
    ready, _, _ = select.select([process.stdout], [], [], _START_SECONDS)
    line = process.stdout.readline() if ready else b""
    if not line:
        raise NotReady("The sandbox did not start; its output says why.")
    return json.loads(line)


def _target(what: str, facts: Any) -> Target:
    try:
        return Target(what, facts["url"], facts["tokens"][_ACCOUNT], facts.get("ca_file") or "", facts.get("pid"))
    except (KeyError, TypeError, AttributeError) as error:
        raise NotReady(f"The handle needs url and tokens.{_ACCOUNT}: {error}") from error
