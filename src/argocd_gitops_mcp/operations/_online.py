"""What an Argo CD at hand says of the Applications, AppProjects and ApplicationSets of a change. Only reads."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from argocd_gitops_mcp import names
from argocd_gitops_mcp.argocd import account, applications, applicationsets, clusters, projects
from argocd_gitops_mcp.argocd.call import Call
from argocd_gitops_mcp.argocd.projects import ProjectSpec, ProjectWindow
from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.errors import (
    FailedPrecondition,
    Forbidden,
    NotArgoCD,
    NotFound,
    Rejected,
    ServerError,
    TimedOut,
    Unavailable,
    UnknownRevision,
)
from argocd_gitops_mcp.gitops.documents import Document
from argocd_gitops_mcp.gitops.findings import Finding
from argocd_gitops_mcp.operations import _admission, _announced, _reading
from argocd_gitops_mcp.operations._admission import Live, Standing, listed
from argocd_gitops_mcp.operations._announced import Announced, Announcement
from argocd_gitops_mcp.operations._operation import Deps
from argocd_gitops_mcp.operations._reading import Reading
from argocd_gitops_mcp.views.redaction import masked_line

RULES: Mapping[str, str] = MappingProxyType(
    {
        **_admission.RULES,
        **_reading.RULES,
        "applicationset-refused": "An ApplicationSet of which Argo CD cannot make applications.",
        "generated-applications": "The applications that an ApplicationSet makes, as things are now.",
        "removed-applications": "Applications that an ApplicationSet no longer makes: Argo CD deletes them.",
    }
)
"""What each rule finds that asks an Argo CD."""

SUPERSEDED = frozenset({"unknown-project", "source-not-allowed", "destination-not-allowed"})
"""House rules that guess from the files alone what is known here."""

T = TypeVar("T")

_AT_ONCE = 8
_SHOWN = 3


async def online(
    deps: Deps, documents: Sequence[Document], *, files: Collection[str] = ()
) -> tuple[list[Finding], list[str]]:
    """Hold the documents of a change against the Argo CD that they are meant for.

    An AppProject that comes with the change counts in place of the one that is there. What the token may not see or
    do is told as unchecked, a sentence each, and is no finding.

    Args:
        deps: of the operation.
        documents: of the change; others than Argo CD's are passed over.
        files: paths that the repository will hold, so that a folder which comes with the change is not missed.

    Raises:
        GitOpsError: Argo CD could not be asked at all.
    """
    change = _announced.announcement(documents)
    if not change:
        return [], change.unchecked
    return await _Look(deps, change).held(files)


class _Look:
    """One look at an Argo CD, for one change."""

    def __init__(self, deps: Deps, change: Announcement) -> None:
        self._deps, self._change = deps, change
        self._findings: list[Finding] = []
        self._unchecked = list(change.unchecked)
        self._live = Live()

    async def held(self, files: Collection[str]) -> tuple[list[Finding], list[str]]:
        await self._look()
        made = await self._made()
        alone = self._change.applications
        wanted = [*alone, *(one for several in made.values() for one in several)]
        await self._look_closer(wanted)
        reading = Reading(self._deps, self._live, files)
        for one in alone:
            self._findings += self._admitted(one, reading)
        for several in made.values():
            found = [(one.name, self._admitted(one, reading)) for one in several]
            self._findings += _together(found)
        self._findings += _admission.projects(self._change, self._live)
        self._unchecked += _admission.unchecked(wanted, self._live)
        read, unread = await reading.read()
        return sorted({*self._findings, *read}), [*self._unchecked, *unread]

    def _admitted(self, one: Announced, reading: Reading) -> list[Finding]:
        found = list(_admission.application(one, self._live))
        if not {"nonexistent-project", "source-not-permitted"} & {each.rule for each in found} and one.project:
            reading.want(one)
        return found

    async def _look(self) -> None:
        """What there is: one list of each kind."""
        # Only where a project changes does it matter what its applications have.
        all_applications = applications.with_sources() if self._change.projects else applications.listed()
        async with Together() as together:
            there = together.start(self._seen(projects.listed()))
            known = together.start(self._seen(clusters.listed()))
            apps = together.start(self._seen(all_applications))
            sets = together.start(self._seen(applicationsets.listed())) if self._change.sets else None
        self._live = Live(
            before={one.metadata.name: one.spec for found in there.result() for one in found.items or ()},
            clusters=[one for found in known.result() for one in found.items or ()],
            applications=[one for found in apps.result() for one in found.items or ()],
            sets=[one for found in sets.result() for one in found.items or ()] if sets is not None else (),
        )

    async def _seen(self, call: Call[T]) -> list[T]:
        """A list; none where it is not permitted: the rights are asked for where something is missing."""
        try:
            return [await self._deps.argocd.send(call)]
        except Forbidden:
            return []

    async def _made(self) -> dict[str, list[Announced]]:
        """The applications of each set, by its place; as much of the template as is known where there are none."""
        async with Together(_AT_ONCE) as together:
            tasks = [(one, together.start(self._generated(one))) for one in self._change.sets]
        return {f"{one.file} {one.index} {one.line}": task.result() for one, task in tasks}

    async def _generated(self, document: Document) -> list[Announced]:
        template = [_announced.template(document)]
        project = template[0].project
        if project in self._change.projects and project not in self._live.before:
            self._skip(document, f"its project {project} does not exist yet")
            return template
        try:
            found = await self._deps.argocd.send(applicationsets.generated(document.value))
        except Forbidden:
            self._skip(document, "this token lacks the right applicationsets, create")
            return template
        except (TimedOut, Unavailable):
            self._skip(document, "Argo CD did not answer in time")
            return template
        except (NotArgoCD, NotFound):
            self._skip(document, "this Argo CD does not offer it")
            return template
        except (Rejected, FailedPrecondition, UnknownRevision, ServerError) as error:
            if "references project" not in error.upstream:  # which is told of the project
                # What follows the first line is its log, with the generators dumped.
                said = masked_line(error.upstream.partition("\n")[0] or error.message, 300)
                self._refuse(document, f'Argo CD cannot make its applications, it says "{said}"')
            return template
        made = _announced.generated(document, found.applications or ())
        self._tell(document, made)
        return made

    def _skip(self, document: Document, reason: str) -> None:
        self._unchecked.append(f"Which applications {document.subject} makes was not checked: {reason}.")

    def _refuse(self, document: Document, said: str) -> None:
        self._findings.append(document.finding("applicationset-refused", "error", said, "spec", "template"))

    def _tell(self, document: Document, made: Sequence[Announced]) -> None:
        """Which applications a set makes and no longer makes, and what the server does not refuse about their names."""
        called = [one.name for one in made]
        many = f"{len(called)} applications: {listed(sorted(called))}" if called else "no application"
        where = ("spec", "generators")
        said = f"as things are now, it makes {many}"
        self._findings.append(document.finding("generated-applications", "info", said, *where))
        before = self._live.made_by(document.name, document.namespace)
        if before is not None:
            there = "it exists in Argo CD: the merge updates it"
            self._findings.append(document.finding("already-exists", "info", there, "metadata", "name"))
        gone = sorted((before or frozenset()) - set(called))
        if gone:
            said = f"it no longer makes {listed(gone)}: Argo CD deletes them, unless its syncPolicy keeps them"
            self._findings.append(document.finding("removed-applications", "warning", said, *where))
        twice = sorted({name for name in called if called.count(name) > 1})
        if twice:
            self._refuse(document, f"it makes several applications of one name ({listed(twice)}), so none of that name")
        odd = sorted({name for name in called if not _is_name(name)})
        if odd:
            self._refuse(document, f"it makes applications whose name is none: {listed(map(repr, odd))}")

    async def _look_closer(self, wanted: Sequence[Announced]) -> None:
        """At the projects that are used, and at why something was not found."""
        changed = self._change.projects
        used = {one.project for one in wanted} | set(changed)
        there = sorted(used & set(self._live.before))
        missing = sorted(used - set(self._live.before) - set(changed) - {""})
        lost = any(not self._live.having(one.destination) for one in wanted if one.is_placed)
        async with Together(_AT_ONCE) as together:
            added = {name: together.start(self._added(name)) for name in there}
            windows = {
                name: together.start(self._open_windows(name)) for name in there if self._live.before[name].sync_windows
            }
            seen = {name: together.start(self._may("projects", name)) for name in missing}
            all_clusters = together.start(self._may("clusters", "*")) if lost else None
            all_apps = together.start(self._may("applications", "*/*")) if wanted else None
        before = {name: projects.merged(self._live.before[name], task.result()) for name, task in added.items()}
        opened = {name: task.result() for name, task in windows.items()}
        standing = {name: Standing(spec, are_open=opened.get(name, ())) for name, spec in before.items()}
        for name, (_, spec) in changed.items():
            own = self._live.before.get(name)
            same = own is not None and own.sync_windows == spec.sync_windows
            globals_ = added[name].result() if name in added else []
            is_timed = opened.get(name, ()) if same else None
            standing[name] = Standing(projects.merged(spec, globals_), is_of_change=True, are_open=is_timed)
        # Those that nobody uses are known too, for what a name may have been meant to be.
        others = {name: Standing(spec) for name, spec in self._live.before.items() if name not in standing}
        self._live = replace(
            self._live,
            before={**self._live.before, **before},
            projects={**others, **standing},
            hidden_projects=[name for name, task in seen.items() if not task.result()],
            sees_clusters=all_clusters is None or all_clusters.result(),
        )
        if all_apps is not None and not all_apps.result():
            said = "this token may not see every application"
            self._unchecked.append(f"Whether names are taken in other projects was not checked: {said}.")

    async def _added(self, project: str) -> list[ProjectSpec]:
        try:
            found = await self._deps.argocd.send(projects.global_projects(project))
        except (Forbidden, NotFound):
            return []
        return [one.spec for one in found.items or ()]

    async def _open_windows(self, project: str) -> Sequence[ProjectWindow] | None:
        try:
            return (await self._deps.argocd.send(projects.open_windows(project))).windows or ()
        except (Forbidden, NotFound):
            return None

    async def _may(self, resource: str, what: str) -> bool:
        return (await self._deps.argocd.send(account.can_i(resource, "get", what))).value == "yes"


def _is_name(name: str) -> bool:
    try:
        names.subdomain(name)
    except ValueError:
        return False
    return True


def _together(found: Sequence[tuple[str, Iterable[Finding]]]) -> list[Finding]:
    """The findings about a set's applications, each once, with the applications that it is about unless it is all."""
    about: dict[Finding, list[str]] = {}
    for name, findings in found:
        for one in findings:
            about.setdefault(one, []).append(name)
    told = []
    for one, called in about.items():
        if len(called) == len(found) or any(f"`{name}`" in one.message for name in called):
            told.append(one)
            continue
        more = f" and {len(called) - _SHOWN} more" if len(called) > _SHOWN else ""
        told.append(replace(one, message=f"{one.message} (of {', '.join(called[:_SHOWN])}{more})"))
    return told
