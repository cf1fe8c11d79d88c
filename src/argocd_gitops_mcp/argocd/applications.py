"""Calls on Application objects. Shapes: ApplicationService in Argo CD's swagger 3.6."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from argocd_gitops_mcp.argocd.call import Call, body, path, query
from argocd_gitops_mcp.argocd.models import Application, ApplicationList, Empty
from argocd_gitops_mcp.argocd.resource_models import Manifests
from argocd_gitops_mcp.argocd.resources import Owner
from argocd_gitops_mcp.effects import Effect

# The list endpoint honours only these spellings, each one whole; anything else comes back empty.
ROW_FIELDS = (
    "items.metadata.name",
    "items.metadata.namespace",
    "items.spec.project",
    "items.spec.destination",
    "items.status.sync.status",
    "items.status.health",
    "items.status.operationState.phase",
)


SOURCE_FIELDS = (
    "items.metadata.name",
    "items.metadata.namespace",
    "items.metadata.deletionTimestamp",
    "items.spec",
)


def _about(name: str) -> str:
    return f"application {name!r}"


def listed(
    *,
    projects: list[str] | None = None,
    selector: str | None = None,
    app_namespace: str | None = None,
    name: str | None = None,
) -> Call[ApplicationList]:
    """Slim rows of every application the token may see; filters are ANDed."""
    return Call(
        "GET",
        path("applications"),
        ApplicationList,
        "the list of applications",
        query=query(
            projects=projects, selector=selector, appNamespace=app_namespace, name=name, fields=",".join(ROW_FIELDS)
        ),
    )


def named(owner: Owner) -> Call[ApplicationList]:
    """The application, whole, in a list of at most one: shown there even where its project does not exist."""
    return Call(
        "GET",
        path("applications"),
        ApplicationList,
        _about(owner.name),
        query=query(name=owner.name, appNamespace=owner.app_namespace),
    )


def with_sources(*, projects: list[str] | None = None) -> Call[ApplicationList]:
    """Every application the token may see, with its spec: what each deploys."""
    return Call(
        "GET",
        path("applications"),
        ApplicationList,
        "the list of applications",
        query=query(projects=projects, fields=",".join(SOURCE_FIELDS)),
    )


def get(
    name: str, *, project: str | None = None, app_namespace: str | None = None, refresh: str | None = None
) -> Call[Application]:
    """One application; `refresh` (normal or hard) compares anew first, and leaves annotations behind."""
    return Call(
        "GET",
        path("applications", name),
        Application,
        _about(name),
        effect=Effect.WRITE if refresh else Effect.READ,
        query=query(project=project, appNamespace=app_namespace, refresh=refresh),
        hides_missing=True,
    )


def of(owner: Owner, *, refresh: str | None = None) -> Call[Application]:
    """The application that owns resources, itself."""
    return get(owner.name, project=owner.project, app_namespace=owner.app_namespace, refresh=refresh)


def get_whole(name: str, *, project: str | None = None, app_namespace: str | None = None) -> Call[dict[str, Any]]:
    """One application with every field, for what must keep or repeat fields we do not model."""
    return Call(
        "GET",
        path("applications", name),
        dict[str, Any],
        _about(name),
        query=query(project=project, appNamespace=app_namespace),
        hides_missing=True,
    )


def create(manifest: Mapping[str, Any], *, upsert: bool = False, validate: bool = True) -> Call[Application]:
    """Create from a whole object; the namespace is read from its metadata only."""
    return Call(
        "POST",
        path("applications"),
        Application,
        _about(str(manifest["metadata"]["name"])),
        effect=Effect.WRITE,
        query=query(upsert=upsert or None, validate=None if validate else False),
        body=manifest,
    )


def patch(
    name: str, steps: Sequence[Mapping[str, Any]], *, project: str | None = None, app_namespace: str | None = None
) -> Call[dict[str, Any]]:
    """Patch one application by RFC 6902, whose `test` steps refuse it where it changed. Answers the whole object."""
    return Call(
        "PATCH",
        path("applications", name),
        dict[str, Any],
        _about(name),
        effect=Effect.WRITE,
        body=body(patch=json.dumps(steps), patchType="json", appNamespace=app_namespace, project=project),
        hides_missing=True,
    )


def delete(
    name: str,
    *,
    cascade: bool = True,
    propagation_policy: str | None = None,
    project: str | None = None,
    app_namespace: str | None = None,
) -> Call[Empty]:
    """Delete; with cascade the deployed resources go too. Argo CD answers before it is done."""
    return Call(
        "DELETE",
        path("applications", name),
        Empty,
        _about(name),
        effect=Effect.DESTRUCTIVE,
        query=query(cascade=cascade, propagationPolicy=propagation_policy, project=project, appNamespace=app_namespace),
        hides_missing=True,
    )


def manifests(
    name: str,
    *,
    revision: str | None = None,
    revisions: list[str] | None = None,
    project: str | None = None,
    app_namespace: str | None = None,
) -> Call[Manifests]:
    """The rendered manifests, of one source at `revision` or of several at `revisions`, one each in their order.

    `noCache` because a branch is else resolved from a cache that may be minutes old.
    """
    positions = [str(position) for position in range(1, len(revisions) + 1)] if revisions else None
    return Call(
        "GET",
        path("applications", name, "manifests"),
        Manifests,
        f"the manifests of {_about(name)}",
        query=query(
            revision=revision,
            revisions=revisions,
            sourcePositions=positions,
            noCache=True,
            project=project,
            appNamespace=app_namespace,
        ),
        hides_missing=True,
    )
