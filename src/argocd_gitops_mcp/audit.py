"""Who asked for what, what was decided and how it ended: one JSON line each, without secrets or answers."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from argocd_gitops_mcp.errors import NotConfigured

Verdict = Literal["allowed", "confirmed", "refused"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation, refusals and failures too; `outcome` is `ok` or the error's code."""

    request_id: str
    asker: str
    user: str
    operation: str
    target: str
    effect: str
    verdict: Verdict
    outcome: str
    milliseconds: int
    plan: str = ""
    """Short name of the plan that was made or applied; the same in both lines."""


Audit = Callable[[Entry], None]


def writer(path: str | None) -> Audit:
    """Write to a file (created with mode 0600, appended to), or to stderr."""
    if path is None:
        return lambda entry: print(_line(entry), file=sys.stderr, flush=True)
    file = Path(path)
    try:
        file.touch(mode=0o600)
    except OSError as error:
        raise NotConfigured(f"The audit file {path!r} cannot be written.", upstream=str(error)) from error

    def append(entry: Entry) -> None:
        line = _line(entry).encode() + b"\n"
        # At once, so that lines of several servers do not mix; opened anew, so that the file may be rotated.
        out = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            if os.write(out, line) < len(line):
                raise OSError(f"{path} took only a part of the line")
        finally:
            os.close(out)

    return append


def _line(entry: Entry) -> str:
    return json.dumps(
        {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "audit": 1, **msgspec.to_builtins(entry)}
    )
