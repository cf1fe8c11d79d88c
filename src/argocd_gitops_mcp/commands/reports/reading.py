"""The files of a folder or repository on this machine, for validation."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from argocd_gitops_mcp.errors import InvalidArgument
from argocd_gitops_mcp.gitops import rules

_MARKS = (".git", rules.FILE)
_SKIPPED = frozenset({".git", "node_modules", ".venv", "__pycache__", ".terraform", ".tox"})
_LARGEST = 10_000_000


class Folder(Mapping[str, bytes]):
    """Files by their path from a root, each read when it is asked for."""

    def __init__(self, root: Path, names: Sequence[str]) -> None:
        self._root, self._names = root, dict.fromkeys(names)

    def __getitem__(self, name: str) -> bytes:
        if name not in self._names:
            raise KeyError(name)
        try:
            return (self._root / name).read_bytes()
        except OSError as error:
            raise InvalidArgument(f"{name} cannot be read.", upstream=str(error)) from error

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclass(frozen=True, slots=True)
class Read:
    """What is to be validated.

    Args:
        root: of the repository, or of what was given where that is in none.
        files: everything below the root.
        only: what was asked for, from the root.
        unchecked: what was left out, and why.
    """

    root: Path
    files: Folder
    only: tuple[str, ...]
    unchecked: tuple[str, ...] = ()


def read(paths: Sequence[Path]) -> Read:
    """Find the files of these paths, and of the repository around them, which tells what they refer to.

    Raises:
        InvalidArgument: a path that is not there.
    """
    given = [_existing(one) for one in paths]
    root, is_marked = _root(given)
    walk = _Walk(root)
    for start in [root] if is_marked else given:
        walk.take(start)
    only = tuple("" if one == root else one.relative_to(root).as_posix() for one in given)
    return Read(root, Folder(root, sorted(walk.names)), only, tuple(walk.unchecked()))


def _existing(path: Path) -> Path:
    try:
        return path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise InvalidArgument(f"There is no {str(path)!r}.", hint="Give files or folders.") from error


def _root(given: Sequence[Path]) -> tuple[Path, bool]:
    """The repository, if all of it is in one; else the folder that holds what was given, and only that."""
    common = Path(os.path.commonpath(given))
    folder = common if common.is_dir() else common.parent
    for one in (folder, *folder.parents):
        if any((one / mark).exists() for mark in _MARKS):
            return one, True
    return folder, False


class _Walk:
    def __init__(self, root: Path) -> None:
        self._root = root
        self.names: set[str] = set()
        self._links: list[str] = []
        self._large: list[str] = []

    def take(self, start: Path) -> None:
        """Take a file, or everything below a folder."""
        if start.is_file():
            self._file(start)
        for folder, inner, names in os.walk(start):
            for one in [one for one in inner if (Path(folder) / one).is_symlink()]:
                self._links.append(self._name(Path(folder) / one))
            inner[:] = sorted(one for one in inner if one not in _SKIPPED)
            for name in names:
                self._file(Path(folder) / name)

    def _file(self, path: Path) -> None:
        name = self._name(path)
        if path.is_symlink() and self._root not in path.resolve().parents:
            self._links.append(name)
        elif path.is_file():
            (self._large.append if path.stat().st_size > _LARGEST else self.names.add)(name)

    def _name(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()

    def unchecked(self) -> Iterator[str]:
        """What was left out."""
        if self._links:
            yield f"Links to folders, and out of the tree, are not followed: {_listed(self._links)}."
        if self._large:
            yield f"Larger than {_LARGEST // 1_000_000} MB, and left out: {_listed(self._large)}."


def _listed(names: Sequence[str]) -> str:
    shown = 3
    return ", ".join(sorted(names)[:shown]) + (f" and {len(names) - shown} more" if len(names) > shown else "")
