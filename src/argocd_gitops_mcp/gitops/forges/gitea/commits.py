"""Commits of a repository on Gitea or Forgejo, by its API."""

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.errors import Conflict, Forbidden, GitOpsError, NotFound, ProtectedBranch, Rejected, TooLarge
from argocd_gitops_mcp.gitops.forges.addresses import reference, segments
from argocd_gitops_mcp.gitops.forges.api import API, AT_ONCE, MOST_PAGES
from argocd_gitops_mcp.gitops.forges.changes import Changes, Head, changes, earlier
from argocd_gitops_mcp.gitops.forges.gitea.models import Blob, Branch, ChangedFiles, Commit, Repo, Tree
from argocd_gitops_mcp.gitops.forges.wire import Done
from argocd_gitops_mcp.gitops.repository import Draft, Entry, Files

_KINDS: Mapping[str, str] = {"120000": "link", "160000": "module"}
_BRIEF = (("stat", "false"), ("verification", "false"), ("files", "false"))


class GiteaCommits:
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
        return None if repo.empty else repo.default_branch

    async def resolve(self, revision: str) -> str | None:
        """The commit of a branch, tag or (short) commit."""
        found = await self._commit(revision)
        return found.sha if found is not None else None

    async def _commit(self, revision: str) -> Commit | None:
        path = f"{self._root}/git/commits/{segments(revision)}"
        try:
            return await self._api.look(path, Commit, f"revision {revision} of {self._name}", _BRIEF)
        except Rejected:  # 422: no such name is possible
            return None

    async def tree(self, commit: str) -> Mapping[str, Entry]:
        """Every file of a commit, by path; the forge sends so many at a time."""
        path, about = f"{self._root}/git/trees/{segments(commit)}", f"files of commit {commit[:12]} of {self._name}"
        found: dict[str, Entry] = {}
        for page in range(1, MOST_PAGES + 1):
            part = await self._api.get(path, Tree, about, (("recursive", "true"), ("page", str(page))))
            for one in part.tree or ():
                if one.type != "tree":
                    kind: Any = _KINDS.get(one.mode, "file")
                    found[one.path] = Entry(kind, one.sha, one.size if kind == "file" else None)
            if not part.truncated:
                return found
        raise TooLarge(f"Commit {commit[:12]} of {self._name} has too many files.", hint="Work in a clone of it.")

    async def blobs(self, ids: Iterable[str]) -> Mapping[str, bytes]:
        """Contents by object id."""
        async with Together(AT_ONCE) as together:
            tasks = {one: together.start(self._blob(one)) for one in dict.fromkeys(ids)}
        return {one: task.result() for one, task in tasks.items()}

    async def _blob(self, sha: str) -> bytes:
        about = f"file {sha[:12]} of {self._name}"
        blob = await self._api.get(f"{self._root}/git/blobs/{segments(sha)}", Blob, about)
        if blob.content is None:
            raise TooLarge(f"The {about} has {blob.size} bytes, more than the forge sends.", hint="")
        return base64.b64decode(blob.content)

    async def contains(self, commit: str, ancestor: str) -> bool:
        """Whether `ancestor` is `commit` or in its history."""
        # What can be reached from one and not from the other: nothing, where it is in its history.
        query = (("sha", ancestor), ("not", commit), ("limit", "1"), *_BRIEF)
        about = f"commit {ancestor[:12]} of {self._name}"
        return await self._api.look(f"{self._root}/commits", list[Commit], about, query) == []

    async def push(self, draft: Draft) -> str:
        """Put one commit on a new branch: the branch first, exactly at the base, then the files in one commit.

        Left alone with the branch, a further try goes on from there.
        """
        wanted = changes(await self.tree(draft.base), draft.files)
        head = await self._head(draft.branch)
        if head is None:
            await self._create_branch(draft)
        elif head.id != draft.base:
            return earlier(draft, wanted, head, await self.tree(head.id))
        try:
            made = await self._write(draft.branch, wanted, draft.message)
        except GitOpsError:
            await self._take_back(draft)
            raise
        if [one.sha for one in made.parents] != [draft.base]:
            raise Conflict(f"The branch {draft.branch} moved while it was written to.")
        return made.sha

    async def begin(self, branch: str, files: Files, message: str) -> str:
        """Make the first commit of an empty repository."""
        wanted = changes({}, files)
        head = await self._head(branch)
        if head is not None:
            return earlier(Draft("", branch, files, message), wanted, head, await self.tree(head.id))
        if await self.default_branch() is not None:
            raise Conflict(f"{self._name} has commits already.")
        return (await self._write(branch, wanted, message)).sha

    async def _head(self, branch: str) -> Head | None:
        about = f"branch {branch} of {self._name}"
        found = await self._api.look(f"{self._root}/branches/{reference(branch)}", Branch, about)
        if found is None or found.commit is None:
            return None
        commit = await self._commit(found.commit.id)
        return Head(found.commit.id, [one.sha for one in commit.parents] if commit is not None else ())

    async def _create_branch(self, draft: Draft) -> None:
        about = f"branch {draft.branch} of {self._name}"
        body = {"new_branch_name": draft.branch, "old_ref_name": draft.base}
        await self._api.send("POST", f"{self._root}/branches", body, Branch, about)

    async def _write(self, branch: str, wanted: Changes, message: str) -> Commit:
        files: list[dict[str, str]] = []
        for one in wanted.files:
            written = {"operation": one.action, "path": one.path}
            if one.content is not None:
                written["content"] = base64.b64encode(one.content).decode()
            if one.before is not None:
                written["sha"] = one.before.id
            files.append(written)
        body = {"branch": branch, "message": message, "files": files}
        about = f"branch {branch} of {self._name}"
        try:
            return (await self._api.send("POST", f"{self._root}/contents", body, ChangedFiles, about)).commit
        except Forbidden as error:
            if await self._is_protected(branch):
                raise ProtectedBranch(
                    f"The branch {branch} is protected; nothing was written to it.", upstream=error.upstream
                ) from error
            raise

    async def _is_protected(self, branch: str) -> bool:
        about = f"branch {branch} of {self._name}"
        found = await self._api.look(f"{self._root}/branches/{reference(branch)}", Branch, about)
        return found is not None and found.protected and not found.user_can_push

    async def _take_back(self, draft: Draft) -> None:
        """Remove the branch again, if nothing came onto it."""
        head = await self._head(draft.branch)
        if head is not None and head.id == draft.base:
            path = f"{self._root}/branches/{reference(draft.branch)}"
            try:
                await self._api.send("DELETE", path, None, Done, f"branch {draft.branch} of {self._name}")
            except NotFound:
                return
