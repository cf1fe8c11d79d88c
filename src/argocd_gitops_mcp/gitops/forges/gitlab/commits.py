"""Commits of a project on GitLab, by its API."""

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.errors import Conflict, Forbidden, ProtectedBranch, Rejected
from argocd_gitops_mcp.gitops.forges import merging, retries
from argocd_gitops_mcp.gitops.forges.addresses import segments
from argocd_gitops_mcp.gitops.forges.api import API, AT_ONCE
from argocd_gitops_mcp.gitops.forges.changes import Changes, Head, changes, first
from argocd_gitops_mcp.gitops.forges.gitlab.models import Blob, Branch, Commit, Project, TreeEntry
from argocd_gitops_mcp.gitops.repository import Draft, Entry, Files

_KINDS: Mapping[str, str] = {"120000": "link", "160000": "module"}


class GitLabCommits:
    """The commits of one project.

    Args:
        api: the forge.
        name: path of the project, with its groups.
    """

    def __init__(self, api: API, name: str) -> None:
        self._api = api
        self._name = name
        self._root = f"/projects/{segments(name)}"
        self._repository = f"{self._root}/repository"

    async def default_branch(self) -> str | None:
        """The default branch; None of an empty repository."""
        project = await self._api.get(self._root, Project, f"project {self._name}")
        return None if project.empty_repo else project.default_branch

    async def resolve(self, revision: str) -> str | None:
        """The commit of a branch, tag or (short) commit."""
        path = f"{self._repository}/commits/{segments(revision)}"
        found = await self._api.look(path, Commit, f"revision {revision} of {self._name}", (("stats", "false"),))
        return found.id if found is not None else None

    async def tree(self, commit: str) -> Mapping[str, Entry]:
        """Every file of a commit, by path; GitLab tells no sizes."""
        query = (("ref", commit), ("recursive", "true"), ("pagination", "keyset"), ("per_page", "100"))
        about = f"files of commit {commit[:12]} of {self._name}"
        found: dict[str, Entry] = {}
        for page in await self._api.pages(f"{self._repository}/tree", list[TreeEntry], about, query):
            for one in page:
                if one.type != "tree":
                    kind: Any = _KINDS.get(one.mode, "file")
                    found[one.path] = Entry(kind, one.id)
        return found

    async def blobs(self, ids: Iterable[str]) -> Mapping[str, bytes]:
        """Contents by object id."""
        async with Together(AT_ONCE) as together:
            tasks = {one: together.start(self._blob(one)) for one in dict.fromkeys(ids)}
        return {one: task.result() for one, task in tasks.items()}

    async def _blob(self, sha: str) -> bytes:
        path = f"{self._repository}/blobs/{segments(sha)}"
        return base64.b64decode((await self._api.get(path, Blob, f"file {sha[:12]} of {self._name}")).content)

    async def contains(self, commit: str, ancestor: str) -> bool:
        """Whether `ancestor` is `commit` or in its history."""
        query = (("refs[]", commit), ("refs[]", ancestor))
        about = f"commits {ancestor[:12]} and {commit[:12]} of {self._name}"
        try:
            found = await self._api.look(f"{self._repository}/merge_base", Commit, about, query)
        except Rejected:  # 400: it has no such commit
            return False
        return found is not None and found.id == ancestor

    async def earlier(self, draft: Draft) -> str | None:
        """The commit of an earlier try of this draft; None where there is no such branch."""
        return await retries.earlier(self, draft, await self._head(draft.branch))

    async def push(self, draft: Draft) -> str:
        """Put one commit on a new branch; GitLab makes both in one request."""
        there = await self.earlier(draft)
        if there is not None:
            return there
        wanted = changes(await self.tree(draft.base), draft.files)
        try:
            return await self._write(draft.branch, wanted, draft.message, draft.base)
        except (Rejected, Conflict):
            # Somebody made the branch at the same time: perhaps this very change, or a try whose answer was lost.
            there = await merging.settled(lambda: self.earlier(draft), lambda one: one is not None)
            if there is None:
                raise
            return there

    async def begin(self, branch: str, files: Files, message: str) -> str:
        """Make the first commit of an empty repository."""
        wanted = changes({}, files)
        if await self.default_branch() is None:
            return await self._write(branch, wanted, message, None)
        head = await self._head(branch)
        if head is None:
            raise Conflict(f"{self._name} has commits already.")
        return first(branch, wanted, head, await self.tree(head.id))

    async def _branch(self, branch: str) -> Branch | None:
        path = f"{self._repository}/branches/{segments(branch)}"
        return await self._api.look(path, Branch, f"branch {branch} of {self._name}")

    async def _head(self, branch: str) -> Head | None:
        found = await self._branch(branch)
        if found is None:
            return None
        path, about = f"{self._repository}/commits/{segments(found.commit.id)}", f"branch {branch} of {self._name}"
        commit = await self._api.get(path, Commit, about, (("stats", "false"),))
        return Head(commit.id, commit.parent_ids or [], found.protected and not found.can_push)

    async def _write(self, branch: str, wanted: Changes, message: str, base: str | None) -> str:
        actions: list[dict[str, str]] = []
        for one in wanted.files:
            action = {"action": one.action, "file_path": one.path}
            if one.content is not None:
                action |= {"content": base64.b64encode(one.content).decode(), "encoding": "base64"}
            actions.append(action)
        body = {"branch": branch, "commit_message": message, "actions": actions}
        if base is not None:
            # With a commit to start from, GitLab makes the branch, and refuses one that is there.
            body["start_sha"] = base
        about = f"branch {branch} of {self._name}"
        try:
            return (await self._api.send("POST", f"{self._repository}/commits", body, Commit, about)).id
        except (Forbidden, Rejected) as error:
            if await self._is_protected(branch):
                raise ProtectedBranch(
                    f"The branch {branch} is protected; nothing was written to it.", upstream=error.upstream
                ) from error
            raise

    async def _is_protected(self, branch: str) -> bool:
        """Whether a rule names this branch, be it there or not; what rules there are, maintainers are told."""
        found = await self._branch(branch)
        if found is not None:
            return found.protected and not found.can_push
        try:
            path = f"{self._root}/protected_branches/{segments(branch)}"
            return await self._api.look(path, dict[str, Any], f"protection of branch {branch}") is not None
        except Forbidden:
            return False
