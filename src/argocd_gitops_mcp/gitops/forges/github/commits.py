"""Commits of a repository on GitHub, by its Git database API: nothing is seen of a commit until its branch is made."""

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.errors import Conflict, Forbidden, ProtectedBranch, Rejected, TooLarge
from argocd_gitops_mcp.gitops.forges import merging, retries
from argocd_gitops_mcp.gitops.forges.addresses import reference, segments
from argocd_gitops_mcp.gitops.forges.api import API, AT_ONCE
from argocd_gitops_mcp.gitops.forges.changes import Change, Changes, Head, changes, first
from argocd_gitops_mcp.gitops.forges.github.models import (
    Blob,
    Branch,
    Commit,
    Comparison,
    GitRef,
    Repo,
    Rule,
    Sha,
    Tree,
    TreeEntry,
    Written,
)
from argocd_gitops_mcp.gitops.repository import Draft, Entry, Files

_KINDS: Mapping[str, str] = {"120000": "link", "160000": "module"}
_REGULAR = "100644"


class GitHubCommits:
    """The commits of one repository.

    Args:
        api: the forge.
        name: `owner/name`.
    """

    def __init__(self, api: API, name: str) -> None:
        self._api = api
        self._name = name
        self._root = f"/repos/{segments(*name.split('/'))}"

    async def default_branch(self) -> str | None:
        """The default branch; None of an empty repository."""
        repo = await self._api.get(self._root, Repo, f"repository {self._name}")
        return repo.default_branch if await self._ref(repo.default_branch) is not None else None

    async def resolve(self, revision: str) -> str | None:
        """The commit of a branch, tag or (short) commit."""
        path, about = f"{self._root}/commits/{reference(revision)}", f"revision {revision} of {self._name}"
        try:
            # Its files come by pages too, and are not read.
            found = await self._api.look(path, Sha, about, (("per_page", "1"),))
        except (Rejected, Conflict):  # 422: no commit has this id; 409: the repository is empty
            return None
        return found.sha if found is not None else None

    async def tree(self, commit: str) -> Mapping[str, Entry]:
        """Every file of a commit, by path."""
        return _plain(await self._entries(commit))

    async def _entries(self, tree: str, folder: str = "") -> dict[str, TreeEntry]:
        """Every file of a commit or tree; where GitHub sends a part only, folder by folder."""
        path, about = f"{self._root}/git/trees/{segments(tree)}", f"files of {tree[:12]} of {self._name}"
        whole = await self._api.get(path, Tree, about, (("recursive", "1"),))
        if not whole.truncated:
            return {f"{folder}{one.path}": one for one in whole.tree if one.type != "tree"}
        level = await self._api.get(path, Tree, about)
        if level.truncated:
            raise TooLarge(
                f"A folder of {tree[:12]} of {self._name} has too many files.", hint="Work in a clone of it."
            )
        found: dict[str, TreeEntry] = {}
        for one in level.tree:
            if one.type == "tree":
                found |= await self._entries(one.sha, f"{folder}{one.path}/")
            else:
                found[f"{folder}{one.path}"] = one
        return found

    async def blobs(self, ids: Iterable[str]) -> Mapping[str, bytes]:
        """Contents by object id."""
        async with Together(AT_ONCE) as together:
            tasks = {one: together.start(self._blob(one)) for one in dict.fromkeys(ids)}
        return {one: task.result() for one, task in tasks.items()}

    async def _blob(self, sha: str) -> bytes:
        path = f"{self._root}/git/blobs/{segments(sha)}"
        return base64.b64decode((await self._api.get(path, Blob, f"file {sha[:12]} of {self._name}")).content)

    async def contains(self, commit: str, ancestor: str) -> bool:
        """Whether `ancestor` is `commit` or in its history."""
        path = f"{self._root}/compare/{segments(ancestor)}...{segments(commit)}"
        about = f"commits {ancestor[:12]} and {commit[:12]} of {self._name}"
        # 404 also where they have no common history.
        found = await self._api.look(path, Comparison, about, (("per_page", "1"),))
        return found is not None and found.status in {"ahead", "identical"}

    async def earlier(self, draft: Draft) -> str | None:
        """The commit of an earlier try of this draft; None where there is no such branch."""
        return await retries.earlier(self, draft, await self._head(draft.branch))

    async def push(self, draft: Draft) -> str:
        """Put one commit on a new branch."""
        there = await self.earlier(draft)
        if there is not None:
            return there
        entries = await self._entries(draft.base)
        wanted = changes(_plain(entries), draft.files)
        about = f"base {draft.base[:12]} of {self._name}"
        base = await self._api.get(f"{self._root}/git/commits/{segments(draft.base)}", Commit, about)
        tree = await self._make_tree(wanted, entries, base.tree.sha if base.tree is not None else "")
        made = await self._make_commit(draft.message, tree, [draft.base])
        try:
            await self._create_branch(draft.branch, made)
        except (Rejected, Conflict):
            # Somebody made the branch at the same time: perhaps this very change, or a try whose answer was lost.
            there = await merging.settled(lambda: self.earlier(draft), lambda one: one is not None)
            if there is None:
                raise
            return there
        return made

    async def begin(self, branch: str, files: Files, message: str) -> str:
        """Make the first commit of an empty repository.

        The Git database of an empty repository takes nothing, so one file is written first; a commit with all files
        then takes the place of that one. A further try goes on from there.
        """
        wanted = changes({}, files)
        head = await self._head(branch)
        if head is None:
            if await self.default_branch() is not None:
                raise Conflict(f"{self._name} has commits already.")
            seed = await self._write_first(branch, wanted.files[0], message)
            if len(wanted.files) == 1:
                return seed
        else:
            there = await self.tree(head.id)
            if head.parents or list(there) != [wanted.files[0].path] or wanted.are_in(there):
                return first(branch, wanted, head, there)
        made = await self._make_commit(message, await self._make_tree(wanted, {}, ""), [])
        path, about = f"{self._root}/git/refs/heads/{reference(branch)}", f"branch {branch} of {self._name}"
        await self._api.send("PATCH", path, {"sha": made, "force": True}, GitRef, about)
        return made

    async def _ref(self, branch: str) -> str | None:
        path = f"{self._root}/git/ref/heads/{reference(branch)}"
        try:
            found = await self._api.look(path, GitRef, f"branch {branch} of {self._name}")
        except Conflict:  # 409: the repository is empty
            return None
        return found.object.sha if found is not None else None

    async def _head(self, branch: str) -> Head | None:
        path = f"{self._root}/branches/{segments(branch)}"
        found = await self._api.look(path, Branch, f"branch {branch} of {self._name}")
        if found is None:
            return None
        return Head(found.commit.sha, [one.sha for one in found.commit.parents], found.protected)

    async def _make_tree(self, wanted: Changes, entries: Mapping[str, TreeEntry], base: str) -> str:
        items: list[dict[str, Any]] = []
        for one in wanted.files:
            before = entries.get(one.path)
            item = {"path": one.path, "mode": before.mode if before is not None else _REGULAR, "type": "blob"}
            items.append({**item, **await self._content(one)})
        body = {"tree": items, **({"base_tree": base} if base else {})}
        return (await self._api.send("POST", f"{self._root}/git/trees", body, Sha, f"files in {self._name}")).sha

    async def _content(self, change: Change) -> Mapping[str, str | None]:
        """Text goes along with the tree, so that one request makes all files; anything else as a blob of its own."""
        if change.content is None:
            return {"sha": None}
        try:
            text = change.content.decode()
        except UnicodeDecodeError:
            text = "\0"
        if "\0" not in text:
            return {"content": text}
        body = {"content": base64.b64encode(change.content).decode(), "encoding": "base64"}
        path, about = f"{self._root}/git/blobs", f"file {change.path} of {self._name}"
        return {"sha": (await self._api.send("POST", path, body, Sha, about)).sha}

    async def _make_commit(self, message: str, tree: str, parents: list[str]) -> str:
        body = {"message": message, "tree": tree, "parents": parents}
        return (await self._api.send("POST", f"{self._root}/git/commits", body, Sha, f"commit in {self._name}")).sha

    async def _create_branch(self, branch: str, commit: str) -> None:
        body, about = {"ref": f"refs/heads/{branch}", "sha": commit}, f"branch {branch} of {self._name}"
        try:
            await self._api.send("POST", f"{self._root}/git/refs", body, GitRef, about)
        except (Forbidden, Rejected) as error:
            path = f"{self._root}/rules/branches/{segments(branch)}"
            rules = await self._api.look(path, list[Rule], f"rules of {about}")
            if any(rule.type == "creation" for rule in rules or ()):
                raise ProtectedBranch(
                    f"A rule of {self._name} forbids to make a branch {branch}.", upstream=error.upstream
                ) from error
            raise

    async def _write_first(self, branch: str, change: Change, message: str) -> str:
        body = {"message": message, "content": base64.b64encode(change.content or b"").decode(), "branch": branch}
        path, about = f"{self._root}/contents/{segments(*change.path.split('/'))}", f"branch {branch} of {self._name}"
        return (await self._api.send("PUT", path, body, Written, about)).commit.sha


def _plain(entries: Mapping[str, TreeEntry]) -> Mapping[str, Entry]:
    found: dict[str, Entry] = {}
    for path, one in entries.items():
        kind: Any = _KINDS.get(one.mode, "file")
        found[path] = Entry(kind, one.sha, one.size if kind == "file" else None)
    return found
