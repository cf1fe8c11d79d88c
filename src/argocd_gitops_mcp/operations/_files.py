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

    async def contents(self, paths: Iterable[str]) -> dict[str, bytes]:
        """What these files hold; those that are not there are left out.

        Raises:
            TooLarge: more than 2,000 files, or 20 MiB.
        """
        wanted = [path for path in paths if path in self.tree and self.tree[path].kind == "file"]
        missing = [path for path in wanted if path not in self._contents]
        size = sum(self.tree[path].size or 0 for path in missing)
        if len(missing) > _MOST_FILES or size > _MOST_BYTES:
            raise TooLarge(f"{len(missing)} files of {size} bytes are more than is read at once.")
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

    async def under(self, folders: Iterable[str]) -> dict[str, bytes]:
        """Every file in or below these folders."""
        starts = tuple(f"{one}/" if one else "" for one in folders)
        return await self.contents(sorted(path for path in self.paths if path.startswith(starts)))


async def files(repository: Repository, commit: str) -> Files:
    """The files of a commit."""
    return Files(repository, commit, await repository.commits.tree(commit))
