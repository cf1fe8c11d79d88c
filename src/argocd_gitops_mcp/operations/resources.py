"""What an application consists of: tree, managed resources, events, actions, manifests, parameters."""

from typing import Any, TypeVar

from argocd_gitops_mcp.argocd import account
from argocd_gitops_mcp.argocd import applications as application_calls
from argocd_gitops_mcp.argocd import repositories as repository_calls
from argocd_gitops_mcp.argocd import resources as calls
from argocd_gitops_mcp.argocd.call import Call
from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.argocd.resource_models import ManagedResource, Node, SourceDetails
from argocd_gitops_mcp.argocd.tree import descendants, find
from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import GitOpsError, InvalidArgument, UnknownResource
from argocd_gitops_mcp.operations._arguments import (
    Detail,
    OwnerArguments,
    ResourceArguments,
    ResourceFilter,
    Revision,
    need_live,
    resolved,
)
from argocd_gitops_mcp.operations._operation import RESOURCE, Deps, operation
from argocd_gitops_mcp.views import manifests, parameters, trees, values
from argocd_gitops_mcp.views import resources as views
from argocd_gitops_mcp.views.view import FULL, View

T = TypeVar("T")


async def _with_application(deps: Deps, asked: OwnerArguments, call: Call[T]) -> tuple[Application, T]:
    """The application, and at the same time the answer of another call about it."""
    about = application_calls.get(asked.application_name, project=asked.project, app_namespace=asked.app_namespace)
    async with Together() as group:
        app, found = group.start(deps.argocd.send(about)), group.start(deps.argocd.send(call))
    return app.result(), found.result()


class TreeArguments(ResourceFilter):
    detail: Detail = "summary"


@operation("Get the resource tree", Effect.READ, tool=RESOURCE)
async def get_resource_tree(deps: Deps, asked: TreeArguments) -> View:
    """Show resources with health, indented by ownership; with resource_name only its part."""
    app, found = await _with_application(deps, asked, calls.tree(asked.owner))
    whole = asked.detail == "full"
    if asked.resource_name is None:
        return trees.tree(app, found, whole=whole)
    root = find(found, asked.wanted(asked.resource_name), asked.application_name)
    return trees.tree(app, found, list(descendants(found, root)), whole=whole)


class ManagedArguments(ResourceFilter):
    detail: Detail = "summary"


@operation("Get managed resources", Effect.READ, tool=RESOURCE)
async def get_managed_resources(deps: Deps, asked: ManagedArguments) -> View:
    """List what Git declares with sync, health, what differs; resource_name + detail=full adds the states."""
    app, found = await _with_application(deps, asked, calls.managed(asked.owner))
    items = found.items or []
    if asked.resource_name is None:
        return views.managed(app, items, {}, whole=asked.detail == "full")
    wanted = asked.wanted(asked.resource_name)
    fitting = [one for one in items if wanted.fits(_as_node(one))]
    if not fitting:
        known = ", ".join(f"{one.kind}/{one.name}" for one in items[:20]) or "none"
        raise UnknownResource(
            f"{wanted} is not managed by application {asked.application_name!r}; managed are: {known}."
        )
    states: dict[str, str] = {}
    if asked.detail == "full":
        for one in fitting:
            whole = await deps.argocd.send(
                calls.managed(asked.owner, states=("targetState", "liveState"), node=_as_node(one))
            )
            for each in whole.items or []:
                states[f"{each.kind}/{each.name} in Git"] = _state(each.target_state)
                states[f"{each.kind}/{each.name} in the cluster"] = _state(each.live_state)
    return views.managed(app, fitting, states)


def _as_node(one: ManagedResource) -> Node:
    return Node(group=one.group, kind=one.kind, namespace=one.namespace, name=one.name)


def _state(text: str) -> str:
    manifest = manifests.parse(text)
    return manifests.yaml(manifest) if manifest else "(absent)"


@operation("Get resource actions", Effect.READ, tool=RESOURCE)
async def get_resource_actions(deps: Deps, asked: ResourceArguments) -> View:
    """List the actions Argo CD offers on a resource, with their parameters."""
    node, _ = await resolved(deps, asked)
    need_live(node, "actions")
    found = await deps.argocd.send(calls.actions(asked.owner, node))
    return views.actions(f"{calls.describe(node)} of {asked.owner.about}", found.actions or [])


class ManifestArguments(ResourceFilter):
    revision: Revision = None
    detail: Detail = "summary"


@operation("Get application manifests", Effect.READ, tool=RESOURCE, limit=FULL // 2)
async def get_application_manifest(deps: Deps, asked: ManifestArguments) -> View:
    """Show the manifests rendered from Git at a revision, Secrets masked; resource_name picks one."""
    project, where = asked.project, asked.app_namespace
    app = await deps.argocd.send(application_calls.get(asked.application_name, project=project, app_namespace=where))
    if asked.revision and app.spec.sources:
        raise InvalidArgument(
            f"application {asked.application_name!r} has several sources; Argo CD would ignore one revision.",
            hint="Leave revision out: each source's target revision is rendered.",
        )
    found = await deps.argocd.send(
        application_calls.manifests(
            asked.application_name, revision=asked.revision, project=project, app_namespace=where
        )
    )
    objects = [manifests.parse(text) for text in found.manifests or []]
    if asked.resource_name is not None:
        wanted = asked.wanted(asked.resource_name)
        fitting = [one for one in objects if wanted.fits(_node_of(one, wanted.namespace))]
        if not fitting:
            raise UnknownResource(
                f"{wanted} is not among the manifests: {', '.join(map(manifests.title, objects[:30])) or 'none'}."
            )
        objects = fitting
    revision = asked.revision or ", ".join(source.target_revision or "HEAD" for source in app.sources())
    return manifests.manifests(asked.application_name, revision, objects, deps.limit)


def _node_of(manifest: dict[str, Any], namespace: str | None) -> Node:
    """As a node to compare with; rendered manifests mostly lack their namespace, which then fits any."""
    meta = manifest.get("metadata") or {}
    group, _, version = str(manifest.get("apiVersion", "")).rpartition("/")
    return Node(
        group=group,
        version=version,
        kind=manifest.get("kind", ""),
        namespace=meta.get("namespace") or namespace or "",
        name=meta.get("name", ""),
    )


@operation("Get application parameters", Effect.READ, tool=RESOURCE)
async def get_application_parameters(deps: Deps, asked: OwnerArguments) -> View:
    """Show what the spec overrides (Helm, kustomize, ...) and the values in effect."""
    whole = await deps.argocd.send(
        application_calls.get_whole(asked.application_name, project=asked.project, app_namespace=asked.app_namespace),
    )
    spec = whole["spec"]
    hydrated = spec.get("sourceHydrator") or {}
    sources: list[dict[str, Any]] = spec.get("sources") or [hydrated.get("drySource") or spec.get("source") or {}]
    control_plane = (await deps.argocd.send(account.settings())).controller_namespace
    namespace = whole["metadata"].get("namespace")
    name = asked.application_name if namespace in (None, control_plane) else f"{namespace}/{asked.application_name}"
    async with Together() as group:
        views_ = [
            group.start(_source(deps, source, index, name, spec["project"])) for index, source in enumerate(sources)
        ]
    return parameters.Parameters(application=asked.application_name, sources=[one.result() for one in views_])


async def _source(
    deps: Deps, source: dict[str, Any], index: int, application: str, project: str
) -> parameters.SourceParameters:
    given = values.parsed((source.get("helm") or {}).get("values") or "")
    view = parameters.SourceParameters(
        source=f"{source.get('repoURL', '')} {source.get('path') or source.get('chart') or ''}".strip(),
        overrides=parameters.overrides(source, given),
    )
    try:
        details: SourceDetails = await deps.argocd.send(
            repository_calls.details(source, index, application=application, project=project)
        )
    except GitOpsError as error:
        view.note = f"Only the overrides: the repository's own values could not be read ({error.code}: {error.message})"
        return view
    view.type = details.type
    view.effective = parameters.effective(source, details, given)
    view.images = (details.kustomize.images if details.kustomize else None) or []
    return view
