"""What a draft does to a commit's tree, known before it is sent, and known again when an earlier try sent it. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from argocd_gitops_mcp.errors import Conflict, GitOpsError, InvalidPath, NothingToChange, ProtectedBranch
from argocd_gitops_mcp.gitops.git.paths import not_through_link, safe
from argocd_gitops_mcp.gitops.repository import Entry, Files


@dataclass(frozen=True, slots=True)
class Change:
    """One file that becomes different.

    Args:
        content: None removes it.
        before: the entry it has in the base, None where it is new.
    """

    path: str
    content: bytes | None
    before: Entry | None

    @property
    def action(self) -> Literal["create", "update", "delete"]:
        """In the words of GitLab and Gitea."""
        if self.content is None:
            return "delete"
        return "create" if self.before is None else "update"


@dataclass(frozen=True, slots=True)
class Changes:
    """What a draft changes.

    Args:
        files: those that become different, by path.
        after: kind and object id of every file then.
    """

    files: Sequence[Change]
    after: Mapping[str, tuple[str, str]]

    def are_in(self, tree: Mapping[str, Entry]) -> bool:
        """Whether this is the tree that the changes make."""
        return self.after == _plain(tree)


@dataclass(frozen=True, slots=True)
class Head:
    """The newest commit of a branch; `is_protected` where the token may not push to it."""

    id: str
    parents: Sequence[str]
    is_protected: bool = False


def changes(tree: Mapping[str, Entry], files: Files) -> Changes:
    """What these files change in a commit's tree.

    Raises:
        InvalidPath: a path that no file can have there, or one to remove that is not there.
        NothingToChange: the tree has all of it already.
    """
    length = len(next((entry.id for entry in tree.values()), ""))
    found: list[Change] = []
    after = _plain(tree)
    for given, content in sorted(files.items()):
        path = safe(given)
        not_through_link(path, tree)
        before = tree.get(path)
        if content is None:
            if before is None:
                raise InvalidPath(f"{path} is to be removed and is not in the commit it is based on.")
            del after[path]
        else:
            after[path] = ("file", blob_id(content, length))
            if before is not None and before.id == after[path][1]:
                continue
        found.append(Change(path, content, before))
    if not found:
        raise NothingToChange("Every file already has this content.")
    return Changes(found, after)


def blob_id(content: bytes, length: int) -> str:
    """The object id git gives to a content: of 40 digits (SHA-1), or of 64 in a SHA-256 repository."""
    kind = "sha256" if length == 64 else "sha1"  # noqa: PLR2004
    return hashlib.new(kind, b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def first(branch: str, wanted: Changes, head: Head, tree: Mapping[str, Entry]) -> str:
    """The commit of an earlier try of a repository's first commit, which a branch that is there already may be.

    Raises:
        ProtectedBranch, Conflict: the branch has something else.
    """
    if not head.parents and wanted.are_in(tree):
        return head.id
    raise taken(branch, head)


def taken(branch: str, head: Head) -> GitOpsError:
    """What is said of a branch that has something else than was to be pushed."""
    if head.is_protected:
        return ProtectedBranch(f"The branch {branch} is protected; nothing was written to it.")
    return Conflict(
        f"The branch {branch} exists already, with something else (commit {head.id[:12]}).",
        hint="Choose another branch name, or change what is on that branch by hand.",
    )


def _plain(tree: Mapping[str, Entry]) -> dict[str, tuple[str, str]]:
    return {path: (entry.kind, entry.id) for path, entry in tree.items()}
