"""Files of a commit, loaded as far as they are needed."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from argocd_gitops_mcp.errors import TooLarge
from argocd_gitops_mcp.gitops import sources
from argocd_gitops_mcp.gitops.repository import Entry, Repository
from argocd_gitops_mcp.gitops.sources import Target

_MOST_FILES = 2000
_MOST_BYTES = 20 * 2**20
_LARGE = 2**18
_AT_ONCE = _MOST_BYTES // _LARGE


@dataclass(slots=True)
class Files:
    """The files of one commit: which there are, and the contents of those that were asked for.

    Args:
        repository: to read from.
        commit: which one.
        tree: every entry, by path.
    """

    repository: Repository
    commit: str
    tree: Mapping[str, Entry]
    _contents: dict[str, bytes] = field(default_factory=dict)

    @property
    def paths(self) -> Collection[str]:
        """Every plain file."""
        return {path for path, one in self.tree.items() if one.kind == "file"}

    def fits(self, paths: Collection[str]) -> bool:
        """Whether these are few and small enough to be read at once."""
        return len(paths) <= _MOST_FILES and sum(self.tree[path].size or 0 for path in paths) <= _MOST_BYTES

    async def mentioning(self, paths: Iterable[str], *words: str) -> dict[str, str]:
        """The texts among these that hold all words, however many there are; large files are not looked into."""
        small = sorted(path for path in paths if (self.tree[path].size or 0) <= _LARGE)
        found: dict[str, str] = {}
        for start in range(0, len(small), _AT_ONCE):
            texts = await self.texts(small[start : start + _AT_ONCE])
            found |= {path: text for path, text in texts.items() if all(word in text for word in words)}
        return found

    async def contents(self, paths: Iterable[str]) -> dict[str, bytes]:
        """What these files hold; those that are not there are left out.

        Raises:
            TooLarge: more than 2,000 files, or 20 MiB.
        """
        wanted = [path for path in paths if path in self.tree and self.tree[path].kind == "file"]
        missing = [path for path in wanted if path not in self._contents]
        if not self.fits(missing):
            size = sum(self.tree[path].size or 0 for path in missing)
            raise TooLarge(
                f"{len(missing)} files of {size} bytes are more than is read at once.",
                hint="Name fewer files or paths.",
            )
        blobs = await self.repository.commits.blobs({self.tree[path].id for path in missing})
        self._contents |= {path: blobs[self.tree[path].id] for path in missing}
        return {path: self._contents[path] for path in wanted}

    async def texts(self, paths: Iterable[str]) -> dict[str, str]:
        """The same as text; what is no UTF-8 is left out."""
        found = {}
        for path, content in (await self.contents(paths)).items():
            try:
                found[path] = content.decode()
            except UnicodeDecodeError:
                continue
        return found

    async def of(self, target: Target, after: Mapping[str, str | None] = MappingProxyType({})) -> dict[str, str]:
        """The files that an application uses, through bases, components and values files.

        Args:
            target: the application.
            after: files that are changed; None of one that is removed.

        Raises:
            InvalidPath, NotYAML, TooLarge: its sources lead out of the repository, cannot be read, or are too many.
        """
        changed = {path: text for path, text in after.items() if text is not None}
        tree = {path for path in self.paths if path not in after} | set(changed)
        loaded: dict[str, str] = {}
        while missing := sources.wanted(target, tree, loaded):
            found = {**await self.texts(missing - set(changed)), **changed}
            # What is there but no text counts as loaded, or it would be asked for again.
            loaded |= {path: found.get(path, "") for path in missing}
        return loaded


async def files(repository: Repository, commit: str) -> Files:
    """The files of a commit."""
    return Files(repository, commit, await repository.commits.tree(commit))
