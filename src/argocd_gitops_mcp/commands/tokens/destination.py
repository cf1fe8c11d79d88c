"""Where an obtained token goes: stdout, the shell, or a file that nobody else could ever read."""

import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import typer

from argocd_gitops_mcp.errors import InvalidArgument

OPTIONS = "--print, --export or --output FILE"


@dataclass(frozen=True, slots=True)
class Destination:
    """What the person asked for; none of it means that the token is shown nowhere."""

    shown: bool = False
    export: bool = False
    output: Path | None = None
    force: bool = False

    @property
    def given(self) -> bool:
        """Whether the token goes anywhere at all."""
        return self.shown or self.export or self.output is not None

    @contextmanager
    def opened(self) -> Iterator[Callable[[str], None]]:
        """Give the function that delivers; the file is made first, so that no token is obtained and then lost."""
        if self.output is None:
            yield self._show
            return
        with _private(self.output, force=self.force) as save:

            def deliver(token: str) -> None:
                save(token)
                self._show(token)
                typer.echo(f"Written to {self.output} (mode 0600): set ARGOCD_TOKEN_FILE to it.", err=True)

            yield deliver

    def _show(self, token: str) -> None:
        if self.shown:
            typer.echo(token)
        if self.export:
            typer.echo(f"export ARGOCD_TOKEN={shlex.quote(token)}")


@contextmanager
def _private(path: Path, *, force: bool) -> Iterator[Callable[[str], None]]:
    """A new file; with `force` it takes the old one's place in one step, a link is replaced and not followed."""
    target = path.with_name(f".{path.name}.{os.getpid()}") if force else path
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    try:
        descriptor = os.open(target, flags, 0o600)
    except FileExistsError as error:
        raise InvalidArgument(f"{str(path)!r} exists already.", hint="Add --force to replace it.") from error
    except OSError as error:
        raise InvalidArgument(f"{str(path)!r} cannot be written: {error.strerror}.") from error
    written = False

    def save(token: str) -> None:
        nonlocal written
        with os.fdopen(descriptor, "w", encoding="utf-8", closefd=False) as out:
            out.write(token + "\n")
        if force:
            target.replace(path)
        written = True

    try:
        yield save
    finally:
        os.close(descriptor)
        if not written:
            with suppress(FileNotFoundError):
                target.unlink()
