"""Repositories that are registered with Argo CD, without their credentials: those it cannot reach first. Pure."""

from collections import Counter
from collections.abc import Sequence

from msgspec import field

from argocd_gitops_mcp.ages import ago
from argocd_gitops_mcp.argocd.repositories import CredentialTemplate, RepositoryDetails
from argocd_gitops_mcp.gitops.urls import public
from argocd_gitops_mcp.views.listing import Entry, InDepth, few, listing
from argocd_gitops_mcp.views.redaction import masked_line
from argocd_gitops_mcp.views.text import line
from argocd_gitops_mcp.views.view import Lines, Record

_TEMPLATES = 5


def repositories(
    found: Sequence[RepositoryDetails], total: int, templates: Sequence[CredentialTemplate], now: str
) -> Lines:
    """One row a repository."""
    states = Counter(_state(one) for one in found)
    counts = ", ".join(f"{states[state]} {line(state, 40)}" for state in sorted(states, key=_rank))
    head = f"{len(found)} repositories{f' of {total}' if len(found) != total else ''} registered: {counts}"
    ordered = sorted(found, key=lambda one: (_rank(_state(one)), one.project, one.repo))
    columns = ("URL", "TYPE", "NAME", "PROJECT", "STATE", "TRIED")
    entries = [Entry(_cells(one, now), one.connection_state.message) for one in ordered]
    return listing(head, columns, entries, "repositories", prefixes(templates))


def prefixes(templates: Sequence[CredentialTemplate]) -> list[str]:
    """What else Argo CD has credentials for."""
    urls = sorted(line(public(one.url), 200) for one in templates)
    return [f"[credentials for every URL that begins with: {few(urls, _TEMPLATES)}]"] if urls else []


def _rank(state: str) -> int:
    return {"Failed": 0, "Successful": 2}.get(state, 1)


def _state(one: RepositoryDetails) -> str:
    return one.connection_state.status or "Unknown"


def _cells(one: RepositoryDetails, now: str) -> tuple[str, ...]:
    tried = one.connection_state.attempted_at
    return (
        line(public(one.repo), 300),
        line(one.type, 40),
        line(one.name, 100),
        line(one.project, 100),
        line(_state(one), 40),
        ago(tried, now) if tried else "",
    )


class Registration(Record):
    """A repository as it is registered, once for all projects or for one."""

    url: str
    type: str = ""
    name: str = ""
    project: str = ""
    connection: str = ""
    message: str = ""
    options: list[str] = field(default_factory=list)


class Registrations(InDepth):
    """One repository; it may be registered for several projects."""

    registered: list[Registration]


def registrations(found: Sequence[RepositoryDetails], now: str) -> Registrations:
    """A repository, each time that it is registered."""
    return Registrations(registered=[_registration(one, now) for one in found])


def _registration(one: RepositoryDetails, now: str) -> Registration:
    state = one.connection_state
    options = {
        "TLS is not verified": one.insecure,
        "SSH host keys are not verified": one.insecure_ignore_host_key,
        "credentials of a template": one.inherited_creds,
        "Git LFS": one.enable_lfs,
        "OCI": one.enable_oci,
        f"through proxy {public(one.proxy)}": bool(one.proxy),
        f"clones of depth {one.depth}": one.depth > 0,
    }
    return Registration(
        url=line(public(one.repo), 300),
        type=line(one.type, 40),
        name=line(one.name, 253),
        project=line(one.project, 253),
        connection=line(_state(one), 40) + (f", tried {ago(state.attempted_at, now)}" if state.attempted_at else ""),
        message=masked_line(state.message, 1000),
        options=[line(said, 200) for said, holds in options.items() if holds],
    )
