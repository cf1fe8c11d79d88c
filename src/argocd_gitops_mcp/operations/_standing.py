"""How an application stands before it is written to: what it is, what its token may do, which windows are open."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from argocd_gitops_mcp.argocd import account, ownership, syncing
from argocd_gitops_mcp.argocd import applications as calls
from argocd_gitops_mcp.argocd.models import Application, SyncWindows
from argocd_gitops_mcp.argocd.resources import Owner
from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.errors import FailedPrecondition, Forbidden, GitOpsError
from argocd_gitops_mcp.operations._operation import Deps

Answer = Literal["yes", "no", "cannot be asked"]


@dataclass(frozen=True, slots=True)
class Right:
    """A right and whether the token has it; Argo CD cannot be asked for rights on an application's single resources."""

    action: str
    on: str
    answer: Answer
    resource: str = "applications"

    def __str__(self) -> str:
        return f"{self.resource}, {self.action}, {self.on}"


@dataclass(frozen=True, slots=True)
class Standing:
    """What was read; `owner` names the application fully."""

    app: Application
    owner: Owner
    rights: tuple[Right, ...] = ()
    windows: SyncWindows | None = None


async def standing(deps: Deps, owner: Owner, *actions: str, windows: bool = False) -> Standing:
    """Read the application, and whether the token may do this to it.

    Raises:
        Forbidden: a right is missing; nothing was sent.
    """
    app = await deps.argocd.send(calls.of(owner))
    known = Owner(owner.name, app.spec.project, owner.app_namespace)
    async with Together() as group:
        asked = {action: group.start(may(deps, action, rbac_object(app))) for action in actions}
        found = group.start(deps.argocd.send(syncing.windows(known))) if windows else None
    rights = tuple(one.result() for one in asked.values())
    refuse_without(rights)
    return Standing(app, known, rights, found.result() if found is not None else None)


def rbac_object(app: Application) -> str:
    """As policies name an application: with its namespace where that is not Argo CD's own."""
    namespace, own = app.metadata.namespace, app.status.controller_namespace
    middle = f"{namespace}/" if own and namespace != own else ""
    return f"{app.spec.project}/{middle}{app.metadata.name}"


async def object_of(deps: Deps, project: str, name: str, namespace: str | None) -> str:
    """What is or will be of a project, as policies name it; only Argo CD knows which namespace is its own."""
    if namespace is None or namespace == (await deps.argocd.send(account.settings())).controller_namespace:
        return f"{project}/{name}"
    return f"{project}/{namespace}/{name}"


async def may(deps: Deps, action: str, on: str, resource: str = "applications") -> Right:
    """Ask Argo CD for a right."""
    said = await deps.argocd.send(account.can_i(resource, action, on))
    return Right(action, on, "yes" if said.value == "yes" else "no", resource)


def refuse_without(rights: tuple[Right, ...]) -> None:
    """Refuse what Argo CD would refuse, sometimes without saying why.

    Raises:
        Forbidden: names the right.
    """
    missing = [str(one) for one in rights if one.answer == "no"]
    if missing:
        raise Forbidden(f"This token lacks the right {' and '.join(missing)}; nothing was sent.")


def refuse_deleting(app: Application) -> None:
    """Refuse to touch what is on its way out.

    Raises:
        FailedPrecondition: it is being deleted.
    """
    if app.metadata.deletion_timestamp:
        raise FailedPrecondition(
            f"application {app.metadata.name!r} is being deleted since {app.metadata.deletion_timestamp}; "
            "nothing was sent."
        )


async def owner_warnings(deps: Deps, app: Application) -> list[str]:
    """What to know before changing an application that something else makes."""
    owned, parent = ownership.owner(app), None
    if owned is not None and owned.kind == "Application":
        # A courtesy: who may not see the parent is warned without its self-heal.
        with suppress(GitOpsError):
            parent = await deps.argocd.send(calls.get(owned.name, app_namespace=owned.namespace or None))
    said = ownership.warning(app, parent)
    return [said] if said else []


def refuse_windows(found: Standing) -> None:
    """Refuse what a sync window blocks.

    Raises:
        FailedPrecondition: names the window.
    """
    if found.windows is None or found.windows.can_sync:
        return
    shown = "; ".join(windows(found.windows)) or "none is open"
    raise FailedPrecondition(
        f"A sync window blocks application {found.owner.name!r} ({shown}); nothing was sent.",
        hint="Wait for the window, or have the project's sync windows changed.",
    )


def windows(found: SyncWindows) -> list[str]:
    """The windows that are open, each in a line; else how many there are."""
    active = [
        f"{one.kind} {one.schedule!r} for {one.duration}{', manual syncs allowed' if one.manual_sync else ''}"
        for one in found.active_windows or []
    ]
    closed = len(found.assigned_windows or []) - len(active)
    return active + ([f"{closed} more, not open now"] if closed > 0 else [])
