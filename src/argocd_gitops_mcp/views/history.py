"""An application's deployments as lines. Pure."""

from argocd_gitops_mcp.argocd.models import Application, HistoryEntry
from argocd_gitops_mcp.views.applications import source
from argocd_gitops_mcp.views.text import revision
from argocd_gitops_mcp.views.view import Lines, table


def history(app: Application) -> Lines:
    """Newest first; the first is what was deployed last."""
    entries = list(reversed(app.status.history or []))
    head = [f"deployments of application {app.metadata.name!r}: {len(entries) or 'none yet'}"]
    if not entries:
        return Lines(head=head)
    columns, *rows = table(("ID", "REVISION", "DEPLOYED", "BY", "SOURCE"), [_row(one, app) for one in entries])
    return Lines(head=[*head, columns], lines=rows, more="get with detail=full", unit="deployments")


def _row(one: HistoryEntry, app: Application) -> tuple[str, ...]:
    sources = one.sources or ([one.source] if one.source else [])
    # The source is told where it is not the present one: rolling back brings it back, too.
    differs = sources != app.sources()
    told = ", ".join(map(source, sources)) if differs else ""
    return (str(one.id), revisions(one), one.deployed_at or "", by(one), told)


def revisions(one: HistoryEntry) -> str:
    """The revision of each source, commits as git abbreviates them."""
    return ",".join(revision(each) for each in one.deployed())


def by(one: HistoryEntry) -> str:
    """Who deployed it."""
    who = one.initiated_by
    return "" if who is None else ("auto-sync" if who.automated else who.username)
