"""Who changed what in Git: the commits and chart versions of an application's deployments."""

import re
import time
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from argocd_gitops_mcp.argocd import applications, revisions
from argocd_gitops_mcp.argocd.models import Application, Source
from argocd_gitops_mcp.argocd.resources import Owner
from argocd_gitops_mcp.argocd.token import stamp
from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import InvalidArgument, NotFound, Rejected, ServerError, UnknownRevision
from argocd_gitops_mcp.operations._arguments import NamedArguments, Text
from argocd_gitops_mcp.operations._operation import APPLICATION, Deps, operation
from argocd_gitops_mcp.views import commits as views
from argocd_gitops_mcp.views.commits import Told, Wanted
from argocd_gitops_mcp.views.view import View

_SHA = re.compile(r"[0-9a-f]{7,40}")
_DEPLOYED, _NOW = "deployed", "in Git now"


class CommitArguments(NamedArguments):
    revision: Annotated[Text | None, Field(description="Commit; else what is deployed and what Git has")] = None


@operation("Get commits", Effect.READ, tool=APPLICATION, verb="commit")
async def get_commit(deps: Deps, asked: CommitArguments) -> View:
    """Show author, date, message of what is deployed and what Git has now, or of a revision."""
    app = await deps.argocd.send(applications.of(asked.owner))
    owner = Owner(app.metadata.name, app.spec.project, asked.owner.app_namespace)
    known = _known(app)
    if asked.revision is None:
        return views.commits(app, await _read(deps, owner, known), stamp(time.time()))
    wanted = _named(app, known, asked.revision)
    told = await _read(deps, owner, wanted)
    there = [one for one in told if not isinstance(one[1], Exception)]
    for _, failed in told:
        if not there and isinstance(failed, Exception):
            raise failed
    return views.commits(app, there, stamp(time.time()))


async def _read(deps: Deps, owner: Owner, wanted: Sequence[Wanted]) -> list[tuple[Wanted, Told]]:
    """What is known of each; that one cannot be read keeps nothing from the others."""

    async def of(one: Wanted) -> Told:
        if one.is_oci:
            return None
        at = {"source_index": one.place, "version_id": one.history}
        try:
            if one.source.chart:
                return await deps.argocd.send(revisions.chart(owner, one.revision, **at))
            return await deps.argocd.send(revisions.commit(owner, one.revision, **at))
        except (UnknownRevision, NotFound, Rejected, ServerError) as error:
            return error

    async with Together() as group:
        reading = [group.start(of(one)) for one in wanted]
    return [(one, task.result()) for one, task in zip(wanted, reading, strict=True)]


def _known(app: Application) -> list[Wanted]:
    """What is deployed, with the sources it came from, and what Git has now; once where both are the same."""
    last = max(app.status.history or [], key=lambda one: one.id, default=None)
    now = app.sources()
    found: list[Wanted] = []
    if last is not None:
        was = last.sources or ([last.source] if last.source is not None else now)
        found = _each(last.deployed(), was, _DEPLOYED, many=bool(last.sources), history=last.id)
    for one in _each(_compared(app), now, _NOW, many=bool(app.spec.sources)):
        same = next((place for place, each in enumerate(found) if each.same_as(one)), None)
        if same is None:
            found.append(one)
        else:
            found[same] = one._replace(role=f"{_DEPLOYED} and {_NOW}")
    return found


def _compared(app: Application) -> list[str]:
    return app.status.sync.revisions or [app.status.sync.revision]


def _each(
    found: Sequence[str], sources: Sequence[Source], role: str, *, many: bool, history: int | None = None
) -> list[Wanted]:
    return [
        Wanted(revision, role, source, index if many else None, history)
        for index, (revision, source) in enumerate(zip(found, sources, strict=False))
        if revision
    ]


def _named(app: Application, known: Sequence[Wanted], revision: str) -> list[Wanted]:
    """Where a revision is to be looked for, that Argo CD will take: it takes no branch and no tag.

    Raises:
        UnknownRevision: it is a name that the application does not follow.
        InvalidArgument: it follows it, and was not compared yet.
    """
    sources = app.sources()
    follows = {source.target_revision or "HEAD": index for index, source in enumerate(sources)}
    if revision in follows and not _SHA.fullmatch(revision):
        index = follows[revision]
        now = [one for one in known if _NOW in one.role and one.place in (None, index)]
        if not now:
            raise InvalidArgument(f"What {revision!r} means is not known: the application was not compared yet.")
        return now
    here = [one for one in known if one.revision == revision or (_SHA.fullmatch(revision) and one.begins(revision))]
    if here:
        return here
    charts = any(source.chart for source in sources)
    if not _SHA.fullmatch(revision) and not charts:
        raise UnknownRevision(
            f"{revision!r} is no commit, and none of the revisions that application {app.metadata.name!r} follows "
            f"({', '.join(follows)}).",
            hint="Give a commit (7 to 40 hexadecimal digits); Argo CD tells of no other branch or tag.",
        )
    role = "neither deployed nor what Git has now"
    return [
        Wanted(revision, role, source, index if app.spec.sources else None, None)
        for index, source in enumerate(sources)
        if bool(source.chart) != bool(_SHA.fullmatch(revision))
    ]
