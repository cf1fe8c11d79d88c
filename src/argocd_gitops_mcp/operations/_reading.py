"""Whether Argo CD can read the sources of a change: the nearest thing to a dry run that it offers for an Application.

Creating one knows no dry run (`?dryRun=true` is ignored, and it is created); the details of a source do resolve its
revision, look for its path, fetch its chart and build its kustomization, and store nothing.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import msgspec

from argocd_gitops_mcp.argocd import git_urls, repositories
from argocd_gitops_mcp.argocd.permission import permits_source
from argocd_gitops_mcp.argocd.repositories import Repository
from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.errors import (
    FailedPrecondition,
    Forbidden,
    GitOpsError,
    NotFound,
    Rejected,
    ServerError,
    TimedOut,
    TooLarge,
    Unavailable,
    UnknownRevision,
)
from argocd_gitops_mcp.gitops.findings import Finding, Severity
from argocd_gitops_mcp.gitops.rules.shape import is_templated, text
from argocd_gitops_mcp.operations._admission import Live, listed
from argocd_gitops_mcp.operations._announced import Announced, Source
from argocd_gitops_mcp.operations._operation import Deps
from argocd_gitops_mcp.views.redaction import masked_line

RULES: Mapping[str, str] = MappingProxyType(
    {
        "unresolved-source": "A source that Argo CD cannot read or build: its repository, revision, path or chart.",
        "unknown-repository": "A repository that is not registered while others are, and could not be tried.",
        "unreachable-repository": "A registered repository that Argo CD could not connect to.",
    }
)
"""What each rule of this room finds."""

MOST = 60
"""Sources that are read; each makes Argo CD fetch a repository."""

_AT_ONCE = 4
_SECONDS = 30.0
_RIGHT = re.compile(r"permission denied: (\w+, \w+)")
# What Argo CD's repository server says (3.6): where it is about, how bad that is, and in our words. In this order.
_SAID: tuple[tuple[re.Pattern[str], str, Severity, str], ...] = (
    (re.compile(r"app path does not exist"), "path", "error", "there is no such folder at this revision"),
    (re.compile(r"app path is not a directory"), "path", "error", "the path is a file, not a folder"),
    (re.compile(r"app path outside root"), "path", "error", "the path leads out of the repository"),
    (
        re.compile(r"unable to resolve '.*' to a commit SHA|Failed to checkout revision"),
        "targetRevision",
        "error",
        "the repository has no such revision",
    ),
    (re.compile(r"remote repository is empty"), "repoURL", "error", "the repository is empty"),
    (re.compile(r"repository not found|authentication required"), "repoURL", "error", "Argo CD may not read it"),
    (
        re.compile(r"dial tcp|i/o timeout|connection refused|no such host|deadline exceeded"),
        "repoURL",
        "warning",
        "Argo CD does not reach it at present",
    ),
    (re.compile(r"error fetching chart"), "chart", "error", "Argo CD cannot fetch the chart"),
    (re.compile(r"kustomize build"), "path", "error", "the kustomization does not build"),
)
_OTHERWISE: tuple[str, Severity, str] = ("repoURL", "error", "Argo CD cannot read this source")
_COMES = re.compile(r"app path does not exist|remote repository is empty")
_CLOSED = re.compile(r"repository not found|authentication required")


@dataclass(frozen=True, slots=True)
class _Tried:
    """What Argo CD said of a source: `refused` in its words, or why it was not asked; neither of one it can read."""

    refused: str = ""
    undone: str = ""


class Reading:
    """Reads sources, each once, however many applications have it.

    Args:
        deps: of the operation.
        live: Argo CD as it is.
        files: paths that the repository of the change will hold; a folder among them may be yet to come.
    """

    def __init__(self, deps: Deps, live: Live, files: Collection[str]) -> None:
        self._deps, self._live, self._files = deps, live, files
        self._taken = {one.metadata.name for one in live.applications}
        self._wanted: list[tuple[Announced, Source, bytes]] = []

    def want(self, one: Announced) -> None:
        """Have an application's sources read."""
        for source in one.sources():
            sent = _sent(source.value)
            if sent is not None and source.url:
                self._wanted.append((one, source, msgspec.json.encode([self._project(one, source), sent])))

    async def read(self) -> tuple[list[Finding], list[str]]:
        """What stands against the sources, and what could not be read."""
        distinct = {key: (one, source) for one, source, key in self._wanted}
        async with Together(_AT_ONCE) as together:
            tasks = {
                key: together.start(self._try(one, source)) for key, (one, source) in list(distinct.items())[:MOST]
            }
        results = {key: task.result() for key, task in tasks.items()}
        left = _Tried(undone=f"no more than {MOST} are read at a time")
        tried = [(one, source, results.get(key, left)) for one, source, key in self._wanted]
        registered: Sequence[Repository] = ()
        if any(found.undone or _CLOSED.search(found.refused) for _, _, found in tried):
            registered = await self._registered()
        return self._findings(tried, registered), _undone(tried)

    async def _registered(self) -> Sequence[Repository]:
        try:
            return (await self._deps.argocd.send(repositories.listed())).items or ()
        except (Forbidden, TimedOut):
            return ()

    def _project(self, one: Announced, source: Source) -> str:
        """The project to read it for: its own, unless that comes with the change, or does not permit it before that."""
        among = dict.fromkeys([one.project, "default", *sorted(self._live.before)])
        fit = (
            name for name in among if name in self._live.before and permits_source(self._live.before[name], source.url)
        )
        return one.project if one.project in self._live.hidden_projects else next(fit, "")

    async def _try(self, one: Announced, source: Source) -> _Tried:
        project = self._project(one, source)
        if not project:
            return _Tried(undone="their project does not exist yet, and no other permits them")
        # A name that nobody has, so that the source need not be the present one.
        name = f"{one.name}-proposed" if one.name in self._taken else one.name or "proposed"
        call = repositories.details(_sent(source.value) or {}, 0, application=name, project=project)
        try:
            await self._deps.argocd.send(call, timeout=_SECONDS)
        except (Unavailable, TimedOut, TooLarge):
            return _Tried(undone="Argo CD did not answer in time")
        except Forbidden as error:
            right = _RIGHT.match(error.upstream)
            return _Tried(undone=f"this token lacks the right {right[1]}" if right else "Argo CD does not permit it")
        except NotFound:
            return _Tried(undone="their project went away meanwhile")
        except (Rejected, FailedPrecondition, UnknownRevision, ServerError) as error:
            return _Tried(refused=_said(error))
        return _Tried()

    def _findings(
        self, tried: Sequence[tuple[Announced, Source, _Tried]], registered: Sequence[Repository]
    ) -> list[Finding]:
        known = {git_urls.normal(one.repo): one for one in registered}
        found: list[Finding] = []
        told: set[str] = set()
        for one, source, result in tried:
            url = git_urls.normal(source.url)
            repository = known.get(url)
            if result.refused:
                found.append(self._refused(one, source, result.refused, is_registered=repository is not None))
            if not result.undone or url in told:
                continue
            told.add(url)
            if repository is None and registered:
                said = "not registered in Argo CD: it can be read if it is public, or credentials cover its address"
                found.append(one.document.finding("unknown-repository", "info", said, *source.at, "repoURL"))
            elif repository is not None and repository.connection_state.status == "Failed":
                said = f'Argo CD could not connect to it: "{masked_line(repository.connection_state.message, 200)}"'
                found.append(one.document.finding("unreachable-repository", "warning", said, *source.at, "repoURL"))
        return found

    def _refused(self, one: Announced, source: Source, refused: str, *, is_registered: bool) -> Finding:
        place, severity, words = next((one[1:] for one in _SAID if one[0].search(refused)), _OTHERWISE)
        if _COMES.search(refused) and self._comes(source):
            severity, words = "info", "not there yet; it comes with this change, if this is its repository"
        elif _CLOSED.search(refused):
            words += ": its credentials do not fit" if is_registered else ": register it, with credentials"
        message = f'{words}; Argo CD says "{masked_line(refused, 300)}"'
        return one.document.finding("unresolved-source", severity, message, *source.at, place)

    def _comes(self, source: Source) -> bool:
        folder = text(source.value, "path").strip("/")
        return any(not folder or path.startswith(f"{folder}/") for path in self._files)


def _undone(tried: Sequence[tuple[Announced, Source, _Tried]]) -> list[str]:
    by_reason: dict[str, list[str]] = {}
    for one, _, result in tried:
        known = by_reason.setdefault(result.undone, [])
        name = one.name or one.document.name
        if name not in known:
            known.append(name)
    return [
        f"Whether Argo CD can read the sources of {listed(names)} was not checked: {reason}."
        for reason, names in by_reason.items()
        if reason
    ]


def _said(error: GitOpsError) -> str:
    return error.upstream or error.message


def _sent(source: Mapping[str, Any]) -> dict[str, Any] | None:
    """The parts of a source that decide whether it can be read; None of one that holds a template, or nothing to read.

    Helm's values are left out: they are not looked at, and may hold what is nobody's business.
    """
    sent = {
        name: source[name]
        for name in ("repoURL", "targetRevision", "path", "chart", "kustomize", "directory", "plugin")
        if source.get(name)
    }
    if any(is_templated(text(sent, name)) for name in ("repoURL", "targetRevision", "path", "chart")):
        return None
    if not sent.get("path") and not sent.get("chart"):
        if not source.get("ref"):
            return None
        # Its files are only referred to; said to be a directory, nothing of it is built.
        sent |= {"path": ".", "directory": {"recurse": True}}
    return sent
