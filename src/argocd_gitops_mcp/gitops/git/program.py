"""Runs the git program: no shell, no prompt, bounded time and output, and its failures become ours."""

import asyncio
import contextlib
import os
import re
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from argocd_gitops_mcp.errors import GitFailed, NotConfigured, TimedOut, TooLarge

SECONDS = 60.0
"""Of one command; fetching and pushing get more."""
NETWORK_SECONDS = 180.0
_MOST_OUTPUT = 64 * 2**20
_MOST_SAID = 2000
_CHUNK = 2**16
_GRACE_SECONDS = 5.0

# Variables of git's that say how the user reaches remotes and who commits. Every other GIT_* would point git at another
# repository, index or set of programs than the one it is told here.
_KEPT = frozenset(
    {
        *("GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_ASKPASS", "GIT_PROXY_COMMAND", "GIT_HTTP_USER_AGENT"),
        *("GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_SSL_CERT", "GIT_SSL_KEY"),
        *("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"),
        *("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"),
    }
)
# Settings of git's given in the environment, as continuous integration gives credentials.
_KEPT_SETTINGS = re.compile(r"GIT_CONFIG_(?:COUNT|KEY_\d+|VALUE_\d+)")

# A clone's own configuration may name programs. These are not needed here, so they are not run. Not all can be kept
# off: `git status` asks the clone's `filter.*.clean` whether a touched file is a changed one, as it does whenever its
# user looks. A bare repository's configuration is not read at all (workspace.py).
_SETTINGS = (
    *("core.hooksPath=/dev/null", "core.fsmonitor=false", "core.pager=cat", "core.quotePath=false"),
    *("gc.auto=0", "maintenance.auto=false", "fetch.recurseSubmodules=no", "push.recurseSubmodules=no"),
    *("push.gpgSign=false", "push.followTags=false", "protocol.ext.allow=never", "submodule.recurse=false"),
    *(
        "user.useConfigOnly=true",
        "i18n.commitEncoding=utf-8",
        "i18n.logOutputEncoding=utf-8",
        "advice.detachedHead=false",
    ),
)
_CREDENTIALS = re.compile(r"(?<=://)[^\s/@'\"]+@")
_UNPRINTABLE = re.compile(r"[^\n\t\x20-\x7e\xa0-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command answered.

    Args:
        code: its exit status.
        said: its standard error, fit to be quoted.
    """

    code: int
    output: bytes
    said: str

    @property
    def text(self) -> str:
        """The output as text, without the last line's end; bytes that are none survive as surrogates."""
        return self.output.decode(errors="surrogateescape").rstrip("\n")


class Git:
    """The git program over one repository.

    Args:
        folder: the folder of the clone, or the bare repository.
        git_dir: git's own folder, once known; without it git looks for it in `folder`, and only there.
    """

    def __init__(self, folder: Path, git_dir: Path | None = None) -> None:
        self.folder = folder
        self.git_dir = git_dir

    async def run(
        self,
        *arguments: str,
        given: bytes = b"",
        codes: Sequence[int] = (0,),
        extra: Mapping[str, str] | None = None,
        seconds: float = SECONDS,
        most: int = _MOST_OUTPUT,
    ) -> Ran:
        """Run one command.

        Args:
            arguments: the command and its arguments; what comes from outside stands behind `--` or `--end-of-options`.
            given: to its standard input.
            codes: exit statuses that are answers.
            extra: more environment.
            seconds: the command and what it started end after that.
            most: bytes of output.

        Raises:
            GitFailed: it ended with another status.
            TimedOut, TooLarge: it was ended.
            NotConfigured: there is no git.
        """
        command = ["git", "--no-pager", *(part for one in _SETTINGS for part in ("-c", one))]
        if self.git_dir is not None:
            command.append(f"--git-dir={self.git_dir}")
        environment = (
            _environment(os.environ) | {"GIT_CEILING_DIRECTORIES": str(self.folder.parent)} | dict(extra or {})
        )
        name = arguments[0]
        # Not a pipe: what git leaves behind (ssh's ControlPersist) would hold it open.
        with tempfile.TemporaryFile() as heard:
            try:
                process = await asyncio.create_subprocess_exec(
                    *command,
                    *arguments,
                    cwd=self.folder,
                    env=environment,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=heard,
                    start_new_session=True,  # no terminal to ask on, and a group that can be ended as a whole
                )
            except FileNotFoundError as error:
                raise NotConfigured("There is no git program here.", hint="Install git, 2.38 or later.") from error
            try:
                output = await asyncio.wait_for(_talk(process, given, most), seconds)
            except TimeoutError as error:
                raise TimedOut(
                    f"git {name} took longer than {seconds:.0f} s and was ended.",
                    hint="The remote may be slow; after a push, look at the branch first.",
                ) from error
            finally:
                await _end(process)
            ran = Ran(process.returncode or 0, output, quotable(_tail(heard)))
        if len(output) > most:
            raise TooLarge(f"git {name} answered more than {most} bytes.")
        if ran.code not in codes:
            raise GitFailed(f"git {name} failed (exit status {ran.code}).", upstream=ran.said)
        return ran


def quotable(said: bytes) -> str:
    """Words of git's or a remote's: bounded, printable, without credentials."""
    text = _CREDENTIALS.sub("", said.decode(errors="replace"))
    return _UNPRINTABLE.sub("", text).strip()[-_MOST_SAID:]


def _environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """The user's environment, as their helpers and agents need it, without what would lead git astray.

    Of ours nothing is handed on: no helper of git's needs Argo CD's token.
    """
    kept = {
        name: value
        for name, value in inherited.items()
        if not name.startswith("ARGOCD_")
        and name != "SSH_ASKPASS"
        and (not name.startswith("GIT_") or name in _KEPT or _KEPT_SETTINGS.fullmatch(name))
    }
    return kept | {
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_EDITOR": "false",
        "SSH_ASKPASS_REQUIRE": "never",  # and no terminal: as ssh's BatchMode, whichever command the user has for ssh
        "GCM_INTERACTIVE": "never",
    }


async def _talk(process: asyncio.subprocess.Process, given: bytes, most: int) -> bytes:
    if process.stdin is None or process.stdout is None:
        raise AssertionError("both are pipes")
    _, output, _ = await asyncio.gather(
        _give(process.stdin, given), _take(process, process.stdout, most), process.wait()
    )
    return output


async def _give(stream: asyncio.StreamWriter, given: bytes) -> None:
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it ended without reading: its status says why
        stream.write(given)
        await stream.drain()
        stream.close()
        await stream.wait_closed()


async def _take(process: asyncio.subprocess.Process, stream: asyncio.StreamReader, most: int) -> bytes:
    taken = bytearray()
    while chunk := await stream.read(_CHUNK):
        if len(taken) <= most:
            taken += chunk
            if len(taken) > most:
                # Read on to the end all the same: a full buffer stops asyncio's reading, and so the end is not seen.
                _kill(process)
    return bytes(taken)


def _kill(process: asyncio.subprocess.Process) -> None:
    """End it and all that it started."""
    with contextlib.suppress(ProcessLookupError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)


async def _end(process: asyncio.subprocess.Process) -> None:
    """See that it is over, also when the asker went away."""
    if process.returncode is None:
        _kill(process)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _GRACE_SECONDS)


def _tail(heard: IO[bytes]) -> bytes:
    size = heard.seek(0, os.SEEK_END)
    heard.seek(max(0, size - 4 * _MOST_SAID))
    return heard.read()
