"""A repository's objects by git's plumbing: read, and written without touching branches, index or working tree."""

import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from argocd_gitops_mcp.errors import FailedPrecondition, GitFailed, InvalidArgument, NotConfigured, NotFound
from argocd_gitops_mcp.gitops.git.program import NETWORK_SECONDS, Git
from argocd_gitops_mcp.gitops.repository import Entry, Files

PLAIN = "100644"
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_KINDS: Mapping[str, str] = {"120000": "link", "160000": "module"}
_USAGE, _FATAL = 129, 128


@dataclass(frozen=True, slots=True)
class Node:
    """One entry as git keeps it; `mode` in git's octal digits."""

    mode: str
    id: str
    size: int | None = None

    def entry(self) -> Entry:
        """What others read of it."""
        kind = _KINDS.get(self.mode)
        return Entry("link" if kind == "link" else "module" if kind == "module" else "file", self.id, self.size)


@dataclass(frozen=True, slots=True)
class Merge:
    """Two commits merged: the tree, or the paths that conflict."""

    tree: str
    conflicts: Sequence[str] = ()


def checked(commit: str) -> str:
    """The same id.

    Raises:
        InvalidArgument: it is no whole object id, and might be taken for something else.
    """
    if not _ID.fullmatch(commit):
        raise InvalidArgument(f"{commit[:80]!r} is no whole commit id.")
    return commit


class Objects:
    """The objects of one repository."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._listed: dict[str, Mapping[str, Node]] = {}

    async def has(self, ids: Iterable[str]) -> frozenset[str]:
        """Those commits of these that are here."""
        asked = "".join(f"{checked(one)}\n" for one in ids)
        ran = await self._git.run("cat-file", "--batch-check=%(objectname) %(objecttype)", given=asked.encode())
        return frozenset(line.split()[0] for line in ran.text.splitlines() if line.endswith(" commit"))

    async def listing(self, commit: str) -> Mapping[str, Node]:
        """Every file, link and submodule of a commit or tree, by path."""
        if commit not in self._listed:
            ran = await self._git.run("ls-tree", "-r", "-z", "--long", "--full-tree", checked(commit))
            nodes: dict[str, Node] = {}
            for line in filter(None, ran.output.split(b"\0")):
                about, _, path = line.partition(b"\t")
                mode, _, found, size = about.decode().split()
                nodes[path.decode(errors="surrogateescape")] = Node(mode, found, int(size) if size.isdigit() else None)
            if len(self._listed) >= 4:  # noqa: PLR2004 - base, head and their merge, and one more
                del self._listed[next(iter(self._listed))]
            self._listed[commit] = nodes
        return self._listed[commit]

    async def blobs(self, ids: Iterable[str]) -> Mapping[str, bytes]:
        """Contents by id.

        Raises:
            NotFound: one is not here.
        """
        asked = list(dict.fromkeys(checked(one) for one in ids))
        if not asked:
            return {}
        given = "".join(f"{one}\n" for one in asked).encode()
        output = (await self._git.run("cat-file", "--batch", given=given, seconds=NETWORK_SECONDS)).output
        contents: dict[str, bytes] = {}
        at = 0
        for one in asked:
            end = output.index(b"\n", at)
            head = output[at:end].decode().split()
            if head[-1] == "missing":
                raise NotFound(f"The repository has no object {one}.")
            start, size = end + 1, int(head[2])
            contents[one] = output[start : start + size]
            at = start + size + 1
        return contents

    async def contains(self, commit: str, ancestor: str) -> bool:
        """Whether `ancestor` is `commit` or in its history.

        Raises:
            FailedPrecondition: the clone is shallow, so that it cannot be told.
        """
        ran = await self._git.run("merge-base", "--is-ancestor", checked(ancestor), checked(commit), codes=(0, 1))
        if ran.code and (await self._git.run("rev-parse", "--is-shallow-repository")).text == "true":
            raise FailedPrecondition(
                "The clone is shallow: its history ends before this can be told.",
                hint="Run `git fetch --unshallow` in the clone.",
            )
        return ran.code == 0

    async def reached(self, commit: str, tips: Iterable[str]) -> bool:
        """Whether a commit is in the history of any of these."""
        given = "".join(f"^{checked(one)}\n" for one in tips).encode()
        ran = await self._git.run("rev-list", "--max-count=1", checked(commit), "--stdin", given=given)
        return not ran.output

    async def parents(self, commit: str) -> Sequence[str]:
        """Its parents' ids."""
        return (await self._git.run("rev-list", "--parents", "--max-count=1", checked(commit))).text.split()[1:]

    async def changed(self, old: str, new: str) -> frozenset[str]:
        """Paths that differ between two commits or trees."""
        before, after = await self.listing(old), await self.listing(new)
        return frozenset(path for path in before.keys() | after.keys() if _key(before, path) != _key(after, path))

    async def stored(self, files: Files, base: str | None, *, write: bool = True) -> Mapping[str, Node | None]:
        """Write contents as they are, without filters, or only name them; each keeps the mode it has in the base."""
        known = await self.listing(base) if base else {}
        written = {path: content for path, content in files.items() if content is not None}
        with tempfile.TemporaryDirectory(prefix="argocd-gitops-") as folder:
            given = _spread(folder, written.values())
            how = ("-w", "--no-filters", "--stdin-paths") if write else ("--no-filters", "--stdin-paths")
            ids = (await self._git.run("hash-object", *how, given=given)).text.split()
        nodes = dict(zip(written, ids, strict=True))
        return {
            path: Node(known[path].mode if path in known else PLAIN, nodes[path]) if path in nodes else None
            for path in files
        }

    async def tree(self, base: str | None, nodes: Mapping[str, Node | None]) -> str:
        """The base's tree with these entries put or, where None, removed; answers the tree."""
        with tempfile.TemporaryDirectory(prefix="argocd-gitops-") as folder:
            index = {"GIT_INDEX_FILE": f"{folder}/index"}
            await self._git.run("read-tree", checked(base) if base else "--empty", extra=index)
            none = "0" * len(next((node.id for node in nodes.values() if node), "0" * 40))
            lines = [f"{node.mode} {node.id}\t{path}" if node else f"0 {none}\t{path}" for path, node in nodes.items()]
            given = "".join(f"{line}\0" for line in lines).encode(errors="surrogateescape")
            await self._git.run("update-index", "-z", "--index-info", given=given, extra=index)
            return (await self._git.run("write-tree", extra=index)).text

    async def commit(self, tree: str, parents: Sequence[str], message: str) -> str:
        """Write a commit as the user's git would: their name, and signed where that is set up.

        Raises:
            NotConfigured: git was not told who commits.
            GitFailed: it could not be signed.
        """
        given = f"{message.rstrip()}\n".encode(errors="replace")
        if not message.strip() or b"\0" in given:
            raise InvalidArgument("A commit needs a message, of text.")
        await self.identity()
        wanted = await self._git.run("config", "--type=bool", "--default=false", "--get", "commit.gpgSign")
        signing = ["-S"] if wanted.text == "true" else []
        ancestors = [part for one in parents for part in ("-p", checked(one))]
        ran = await self._git.run(
            "commit-tree", *signing, *ancestors, "-F", "-", checked(tree), given=given, codes=(0, 1, _FATAL)
        )
        if ran.code and signing:
            hint = "Signing is set up in git (commit.gpgSign); its agent or key must work without asking."
            raise GitFailed("The commit could not be signed.", hint=hint, upstream=ran.said)
        if ran.code:
            raise GitFailed("The commit could not be written.", upstream=ran.said)
        return ran.text

    async def identity(self) -> str:
        """Who commits: `Name <address>`.

        Raises:
            NotConfigured: git was not told.
        """
        told = ""
        for who in ("GIT_COMMITTER_IDENT", "GIT_AUTHOR_IDENT"):
            ran = await self._git.run("var", who, codes=(0, 1, _FATAL))
            if ran.code:
                hint = "Set both: `git config --global user.name NAME` and `git config --global user.email ADDRESS`."
                raise NotConfigured("Git was not told who commits.", hint=hint, upstream=ran.said)
            told = ran.text
        return told[: told.rindex(">") + 1]

    async def merged(self, base: str, head: str) -> Merge:
        """Merge two commits as `git merge` would, in no working tree.

        Raises:
            NotConfigured: git is too old.
        """
        ran = await self._git.run(
            *("merge-tree", "--write-tree", "--no-messages", "--name-only", "-z", checked(base), checked(head)),
            codes=(0, 1, _USAGE),
        )
        if ran.code == _USAGE:
            raise NotConfigured("This git cannot merge outside a working tree.", hint="Install git, 2.38 or later.")
        tree, *conflicts = [part.decode(errors="replace") for part in ran.output.split(b"\0") if part]
        return Merge(tree, tuple(conflicts))


def _spread(folder: str, contents: Iterable[bytes]) -> bytes:
    """Put each into a file of its own; answers their paths, a line each."""
    lines = []
    for at, content in enumerate(contents):
        Path(folder, str(at)).write_bytes(content)
        lines.append(f"{folder}/{at}\n")
    return "".join(lines).encode()


def _key(nodes: Mapping[str, Node], path: str) -> tuple[str, str] | None:
    node = nodes.get(path)
    return (node.mode, node.id) if node else None
