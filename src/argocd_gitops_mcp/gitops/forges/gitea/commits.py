"""Commits of a repository on Gitea or Forgejo, by its API."""

import base64
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.errors import (
    Conflict,
    Forbidden,
    GitOpsError,
    NotFound,
    ProtectedBranch,
    Rejected,
    ServerError,
    TooLarge,
)
from argocd_gitops_mcp.gitops.forges import merging, retries
from argocd_gitops_mcp.gitops.forges.addresses import reference, segments
from argocd_gitops_mcp.gitops.forges.api import API, AT_ONCE, MOST_PAGES
from argocd_gitops_mcp.gitops.forges.changes import Changes, Head, changes, first
from argocd_gitops_mcp.gitops.forges.gitea.models import Blob, Branch, ChangedFiles, Commit, Repo, Tree
from argocd_gitops_mcp.gitops.forges.wire import Done, Query
from argocd_gitops_mcp.gitops.repository import Draft, Entry, Files

T = TypeVar("T")

# Seen on 1.26, guarded by tests/e2e/test_gitea_commits.py.
_BY_TEXT: tuple[tuple[re.Pattern[str], type[GitOpsError], str], ...] = (
    # routers/private/hook_pre_receive.go: a rule's pattern has the new branch's name.
    (
        re.compile(r"Not allowed to push to protected branch "),
        ProtectedBranch,
        "The branch {} is protected; nothing was written to it.",
    ),
    # services/repository/files/update.go: VerifyBranchProtection.
    (
        re.compile(r"user cannot commit to repo "),
        ProtectedBranch,
        "The branch {} is protected; nothing was written to it.",
    ),
    # git itself, where `a/b` is to stand beside a branch `a`.
    (re.compile(r"cannot lock ref "), Conflict, "No branch {} can be beside the branches that are there."),
)
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
            part = await self._object(path, Tree, about, (("recursive", "true"), ("page", str(page))))
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
        blob = await self._object(f"{self._root}/git/blobs/{segments(sha)}", Blob, about)
        if blob.content is None:
            raise TooLarge(f"The {about} has {blob.size} bytes, more than the forge sends.", hint="")
        return base64.b64decode(blob.content)

    async def _object(self, path: str, answer: type[T], about: str, query: Query = ()) -> T:
        """A git object; Gitea answers 400 for one that is not there."""
        try:
            return await self._api.get(path, answer, about, query)
        except Rejected as error:
            raise NotFound(f"There are no {about}.", upstream=error.upstream) from error

    async def contains(self, commit: str, ancestor: str) -> bool:
        """Whether `ancestor` is `commit` or in its history."""
        # What can be reached from one and not from the other: nothing, where it is in its history.
        query = (("sha", ancestor), ("not", commit), ("limit", "1"), *_BRIEF)
        about = f"commit {ancestor[:12]} of {self._name}"
        try:
            return await self._api.look(f"{self._root}/commits", list[Commit], about, query) == []
        except ServerError:  # also for a commit that it does not have
            if await self.resolve(commit) is not None:
                raise
            return False

    async def earlier(self, draft: Draft) -> str | None:
        """The commit of an earlier try of this draft; None where there is no such branch."""
        return await retries.earlier(self, draft, await self._head(draft.branch))

    async def push(self, draft: Draft) -> str:
        """Put one commit on a new branch; Gitea makes both in one request."""
        there = await self.earlier(draft)
        if there is not None:
            return there
        wanted = changes(await self.tree(draft.base), draft.files)
        try:
            async with self._branch_at(draft.base) as source:
                made = await self._write(source, wanted, draft.message, draft.branch)
        except (Rejected, Conflict, NotFound):
            # Somebody made the branch at the same time: perhaps this very change, or a try whose answer was lost.
            there = await merging.settled(lambda: self.earlier(draft), lambda one: one is not None)
            if there is None:
                raise
            return there
        if [one.sha for one in made.parents] != [draft.base]:
            await self._delete_branch(draft.branch, made.sha)
            raise Conflict(f"The commit that {draft.branch} was to begin at is not the newest of its branch any more.")
        return made.sha

    @asynccontextmanager
    async def _branch_at(self, commit: str) -> AsyncIterator[str]:
        """A branch whose newest commit this is, since Gitea writes on top of branches only.

        The default branch mostly; once that went on, one that is made for the purpose and removed again.
        """
        default = await self.default_branch()
        if default is not None and await self.resolve(f"refs/heads/{default}") == commit:
            yield default
            return
        name = f"argocd-gitops-mcp/at-{commit}"
        about = f"branch {name} of {self._name}"
        try:
            body = {"new_branch_name": name, "old_ref_name": commit}
            await self._api.send("POST", f"{self._root}/branches", body, Branch, about)
        except Conflict:  # left behind by a try that was cut off
            pass
        try:
            yield name
        finally:
            await self._delete_branch(name, commit)

    async def begin(self, branch: str, files: Files, message: str) -> str:
        """Make the first commit of an empty repository."""
        wanted = changes({}, files)
        head = await self._head(branch)
        if head is not None:
            return first(branch, wanted, head, await self.tree(head.id))
        if await self.default_branch() is not None:
            raise Conflict(f"{self._name} has commits already.")
        return (await self._write(branch, wanted, message)).sha

    async def _head(self, branch: str) -> Head | None:
        about = f"branch {branch} of {self._name}"
        found = await self._api.look(f"{self._root}/branches/{reference(branch)}", Branch, about)
        if found is None or found.commit is None:
            return None
        commit = await self._commit(found.commit.id)
        parents = [one.sha for one in commit.parents] if commit is not None else []
        return Head(found.commit.id, parents, found.protected and not found.user_can_push)

    async def _delete_branch(self, branch: str, commit: str) -> None:
        """Remove a branch that we made, if nothing came onto it."""
        head = await self._head(branch)
        if head is not None and head.id == commit:
            path = f"{self._root}/branches/{reference(branch)}"
            await self._api.send("DELETE", path, None, Done, f"branch {branch} of {self._name}")

    async def _write(self, branch: str, wanted: Changes, message: str, new_branch: str = "") -> Commit:
        files: list[dict[str, str]] = []
        for one in wanted.files:
            written = {"operation": one.action, "path": one.path}
            if one.content is not None:
                written["content"] = base64.b64encode(one.content).decode()
            if one.before is not None:
                written["sha"] = one.before.id
            files.append(written)
        body = {"branch": branch, "new_branch": new_branch, "message": message, "files": files}
        about = f"branch {new_branch or branch} of {self._name}"
        try:
            return (await self._api.send("POST", f"{self._root}/contents", body, ChangedFiles, about)).commit
        except Forbidden as error:
            raise _meant(error, new_branch or branch) from error


def _meant(error: Forbidden, branch: str) -> GitOpsError:
    """What a 403 to a change of files means; a token without the right gets another text."""
    for pattern, kind, words in _BY_TEXT:
        if pattern.match(error.upstream):
            return kind(words.format(branch), upstream=error.upstream)
    return error
