"""The token of a forge: as it is, from its file, or from a command, never from an argument."""

import asyncio
import shlex
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from argocd_gitops_mcp.errors import NotConfigured

_SECONDS = 30.0
_GOOD_FOR = 60.0
"""Seconds after which the command is run again: tokens of some are good for an hour, others are taken back."""


@dataclass(slots=True)
class Token:
    """Where the token comes from; the first that is given wins.

    Args:
        value: itself.
        file: read at each request, so that a rotated one is seen.
        command: run without a shell, at most once a minute.
    """

    value: str | None = field(default=None, repr=False)
    file: str | None = None
    command: str | None = None
    _printed: str | None = field(default=None, repr=False)
    _at: float = field(default=float("-inf"))

    def read(self) -> str | None:
        """The token, of a command as it was printed last.

        Raises:
            NotConfigured: the file cannot be read.
        """
        if self.value:
            return self.value.strip()
        if self.file is None:
            return self._printed
        try:
            return Path(self.file).read_text(encoding="utf-8").strip() or None
        except OSError as error:
            raise NotConfigured(f"The forge token file {self.file!r} cannot be read.", upstream=str(error)) from error

    async def renew(self) -> None:
        """Run the command where that is due, beside whatever else the server does.

        Raises:
            NotConfigured: it failed; never with what it printed.
        """
        if self.value or self.file is not None or self.command is None or time.monotonic() - self._at < _GOOD_FOR:
            return
        self._printed = await asyncio.to_thread(_printed_by, self.command)
        self._at = time.monotonic()


def _printed_by(command: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own command, no shell
            shlex.split(command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
            timeout=_SECONDS,
        )
    except (OSError, ValueError, IndexError, subprocess.SubprocessError) as error:
        raise NotConfigured("The command that gives the forge's token failed (--forge-token-command).") from error
    return done.stdout.strip() or None
