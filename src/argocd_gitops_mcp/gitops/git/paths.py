"""Which paths a change may write: inside the repository, past nothing that leads out of it, never git's own. Pure."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from argocd_gitops_mcp.errors import InvalidPath
from argocd_gitops_mcp.gitops.repository import Entry

_LONGEST_PATH, _LONGEST_NAME = 4095, 255  # bytes: PATH_MAX without its end, NAME_MAX
# Characters nobody sees; HFS+ leaves some of them out, so that `.g<U+200C>it` is `.git` there.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_MOST_NAMED = 5
# What NTFS takes for `.git`: git's own list is is_ntfs_dotgit() in path.c.
_OF_GIT = frozenset({".git", "git~1"})


def safe(path: str) -> str:
    """A path from the repository's root in normal form.

    Raises:
        InvalidPath: it leads out of the repository, into git's own folder, or is none on some system.
    """
    if not path:
        raise InvalidPath("An empty path names no file.")
    if unseen := [one for one in path if unicodedata.category(one) in _UNSEEN]:
        raise InvalidPath(f"The path {path!a} holds a character that is not shown: U+{ord(unseen[0]):04X}.")
    if "\\" in path:
        raise InvalidPath(f"The path {path!r} holds a backslash.", hint="Separate folders with `/`.")
    names = [name for name in path.split("/") if name != "."]
    found = "/".join(names)
    if found.startswith("/") or found[1:2] == ":":
        raise InvalidPath(f"The path {path!r} is absolute.")
    for name in names:
        _check(name, path)
    if not found:
        raise InvalidPath(f"The path {path!r} names no file.")
    if len(found.encode()) > _LONGEST_PATH:
        raise InvalidPath(f"The path {found[:60]!r}… is longer than {_LONGEST_PATH} bytes.")
    return found


def _check(name: str, path: str) -> None:
    if not name:
        raise InvalidPath(f"The path {path!r} holds an empty name.")
    if name == "..":
        raise InvalidPath(f"The path {path!r} goes up with `..`.")
    if name.split(":", maxsplit=1)[0].rstrip(". ").casefold() in _OF_GIT:
        raise InvalidPath(f"The path {path!r} leads into git's own folder.")
    if len(name.encode()) > _LONGEST_NAME:
        raise InvalidPath(f"A name in the path is longer than {_LONGEST_NAME} bytes: {name[:60]!r}…")


def not_through_link(path: str, tree: Mapping[str, Entry]) -> None:
    """Refuse a safe path that this commit holds no plain place for.

    Raises:
        InvalidPath: it, or a folder on the way, is a symbolic link, a submodule, or a file where a folder is needed.
    """
    for one in (*_ancestors(path), path):
        entry = tree.get(one)
        if entry is None:
            continue
        if entry.kind == "link":
            raise InvalidPath(f"{one} is a symbolic link: nothing is written through it.")
        if entry.kind == "module":
            raise InvalidPath(f"{one} is a submodule: its files are in another repository.")
        if one != path:
            raise InvalidPath(f"{one} is a file, so {path} cannot be in it.")
    if any(other.startswith(f"{path}/") for other in tree):
        raise InvalidPath(f"{path} is a folder.")


def _ancestors(path: str) -> Iterator[str]:
    names = path.split("/")[:-1]
    return ("/".join(names[: count + 1]) for count in range(len(names)))


def named(paths: Sequence[str]) -> str:
    """The first few of them, for a message, and how many more there are."""
    rest = len(paths) - _MOST_NAMED
    shown = (one if one.isprintable() else ascii(one) for one in paths[:_MOST_NAMED])
    return ", ".join(shown) + (f" and {rest} more" if rest > 0 else "")
