"""Application manifests from what the caller gave: whole for create, a merge patch for update. Pure."""

import copy
from typing import Annotated, Any, Literal

from pydantic import Field

from argocd_gitops_mcp.errors import InvalidArgument
from argocd_gitops_mcp.operations._arguments import (
    AppNamespace,
    Name,
    Namespace,
    Object,
    OwnNamespace,
    Project,
    Text,
    Texts,
    agreed,
    identified,
)
from argocd_gitops_mcp.operations._operation import Arguments
from argocd_gitops_mcp.views.changes import merged

_IN_CLUSTER = "https://kubernetes.default.svc"
_METADATA = ("name", "namespace", "project", "labels", "annotations", "finalizers")
# Argo CD leaves these behind on a mere refresh; they are no change of the caller's.
_VOLATILE = ("argocd.argoproj.io/refresh", "argocd.argoproj.io/hydrate", "argocd.argoproj.io/hydrate-timestamp")

SyncOptions = Annotated[Texts | None, Field(description="e.g. CreateNamespace=true; added to its own")]


class ManifestArguments(Arguments):
    """Flat arguments, or metadata and spec in Argo CD's own form, or both; contradictions are refused."""

    name: Annotated[Name | None, Field(description="Application name")] = None
    namespace: OwnNamespace = None
    project: Project = None
    repo_url: Annotated[Text | None, Field(description="Git or Helm repository URL")] = None
    path: Annotated[Text | None, Field(description="Directory in the repository")] = None
    target_revision: Annotated[Text | None, Field(description="Branch, tag or commit to follow")] = None
    destination_server: Annotated[Text | None, Field(description="Cluster URL (default: Argo CD's own)")] = None
    destination_namespace: Annotated[Namespace | None, Field(description="Namespace to deploy into")] = None
    sync_policy: Annotated[
        Literal["Automated", "Manual"] | None,
        Field(description="Automated: Argo CD syncs by itself; prune, selfHeal via spec"),
    ] = None
    sync_options: SyncOptions = None
    metadata: Annotated[Object | None, Field(description="Its metadata; may hold project")] = None
    spec: Annotated[Object | None, Field(description="Its spec in Argo CD's own form")] = None
    app_namespace: AppNamespace = None

    @property
    def target(self) -> str:
        """The application, wherever its name was given."""
        return str(self.name or (self.metadata or {}).get("name") or "")


def identity(asked: ManifestArguments) -> tuple[str, str | None]:
    """The application's name and namespace.

    Raises:
        InvalidArgument: no name, two names, or no Kubernetes name.
    """
    name = agreed("name", asked.name, (asked.metadata or {}).get("name"))
    namespace = agreed("namespace", asked.namespace, asked.app_namespace, (asked.metadata or {}).get("namespace"))
    return identified(name, namespace)


def new(asked: ManifestArguments) -> dict[str, Any]:
    """A whole Application for create."""
    name, namespace = identity(asked)
    spec = _merged(_shaped(asked), _flat(asked))
    spec["project"] = _project(asked) or "default"
    if spec.get("source") and spec.get("sources"):
        raise InvalidArgument("Give source or sources: Argo CD would ignore source beside sources.")
    if not (spec.get("source") or spec.get("sources") or spec.get("sourceHydrator")):
        raise InvalidArgument("A source is needed: repo_url and path, or spec.source, spec.sources.")
    source = spec.get("source")
    if source and not (source.get("repoURL") and (source.get("path") or source.get("chart"))):
        raise InvalidArgument("The source needs repo_url and path (or in spec.source: repoURL and path or chart).")
    destination = _part(spec, "destination")
    if not destination.get("server") and not destination.get("name"):
        destination["server"] = _IN_CLUSTER
    if asked.sync_policy == "Automated":
        _part(_part(spec, "syncPolicy"), "automated")
    if asked.sync_policy == "Manual" and spec.get("syncPolicy"):
        spec["syncPolicy"].pop("automated", None)
    if asked.sync_options:
        policy = _part(spec, "syncPolicy")
        policy["syncOptions"] = combined(policy.get("syncOptions") or [], asked.sync_options)
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {**_metadata(asked), "name": name, **({"namespace": namespace} if namespace else {})},
        "spec": spec,
    }


def patch(asked: ManifestArguments, before: dict[str, Any]) -> dict[str, Any]:
    """A merge patch with just what was given; `before` is the application as it is."""
    spec_before = before.get("spec") or {}
    flat = _flat(asked)
    spec = _merged(_shaped(asked), flat)
    kind = next((kind for kind in ("sources", "sourceHydrator") if spec_before.get(kind)), None)
    if spec.get("source") and kind is not None and kind not in spec:
        raise InvalidArgument(
            f"This application has spec.{kind}, so repo_url, path and target_revision fit no single source.",
            hint=f"Give spec.{kind} whole.",
        )
    if asked.destination_server and (spec_before.get("destination") or {}).get("name"):
        spec["destination"]["name"] = None  # Argo CD refuses both
    project = _project(asked)
    if project:
        spec["project"] = project
    policy_before = spec_before.get("syncPolicy") or {}
    if asked.sync_policy == "Manual":
        _part(spec, "syncPolicy")["automated"] = None
    elif asked.sync_policy == "Automated":
        automated = _part(_part(spec, "syncPolicy"), "automated")
        if (policy_before.get("automated") or {}).get("enabled") is False:
            automated["enabled"] = None
    if asked.sync_options:
        given = _part(spec, "syncPolicy").get("syncOptions")
        own = policy_before.get("syncOptions") or []
        spec["syncPolicy"]["syncOptions"] = combined(own if given is None else given, asked.sync_options)
    metadata = _metadata(asked)
    merge = {key: value for key, value in (("metadata", metadata), ("spec", spec)) if value}
    if not merge:
        raise InvalidArgument("Nothing to change was given.")
    return merge


def editable(whole: dict[str, Any]) -> dict[str, Any]:
    """What a caller can change of an application, for before and after."""
    metadata = whole.get("metadata") or {}
    annotations = {name: value for name, value in (metadata.get("annotations") or {}).items() if name not in _VOLATILE}
    kept = {name: metadata[name] for name in ("labels", "finalizers") if metadata.get(name)}
    return {
        "metadata": {**kept, **({"annotations": annotations} if annotations else {})},
        "spec": whole.get("spec") or {},
    }


def steps(before: dict[str, Any], merge: dict[str, Any]) -> list[dict[str, Any]]:
    """The merge patch as a JSON patch whose tests hold only while what it changes is as it was read."""
    found: list[dict[str, Any]] = []
    if "spec" in merge:
        found += _guarded("/spec", before.get("spec"), merged(before.get("spec"), merge["spec"]))
    metadata, given = before.get("metadata") or {}, merge.get("metadata") or {}
    for name in ("labels", "annotations", "finalizers"):
        if name not in given:
            continue
        old, new = metadata.get(name), given[name]
        if not isinstance(new, dict) or not old:
            found += _guarded(f"/metadata/{name}", old, merged(old, new))
            continue
        # Key by key: Argo CD itself writes annotations at any time.
        for key, value in new.items():
            found += _guarded(f"/metadata/{name}/{key.replace('~', '~0').replace('/', '~1')}", old.get(key), value)
    return found


def _guarded(path: str, old: Any, new: Any) -> list[dict[str, Any]]:
    test = {"op": "test", "path": path, "value": old}
    if new in (None, {}, []):
        return [test, {"op": "remove", "path": path}] if old is not None else [test]
    return [test, {"op": "add", "path": path, "value": new}]


def combined(own: list[str], added: list[str]) -> list[str]:
    """Sync options with the added ones in place of own ones of the same name."""
    replaced = {option.partition("=")[0] for option in added}
    return [option for option in own if option.partition("=")[0] not in replaced] + added


def _project(asked: ManifestArguments) -> str | None:
    return agreed("project", asked.project, (asked.metadata or {}).get("project"), (asked.spec or {}).get("project"))


def _metadata(asked: ManifestArguments) -> dict[str, Any]:
    given = asked.metadata or {}
    unknown = sorted(set(given) - set(_METADATA))
    if unknown:
        raise InvalidArgument(f"metadata has {', '.join(map(repr, unknown))}; it may have {', '.join(_METADATA)}.")
    return {name: given[name] for name in ("labels", "annotations", "finalizers") if name in given}


def _flat(asked: ManifestArguments) -> dict[str, Any]:
    source = {"repoURL": asked.repo_url, "path": asked.path, "targetRevision": asked.target_revision}
    destination = {"server": asked.destination_server, "namespace": asked.destination_namespace}
    parts = {"source": source, "destination": destination}
    return {
        name: found
        for name, part in parts.items()
        if (found := {key: value for key, value in part.items() if value is not None})
    }


def _shaped(asked: ManifestArguments) -> dict[str, Any]:
    """A copy of the given spec, whose parts have the shapes that are read here; Argo CD checks the rest."""
    spec = copy.deepcopy(asked.spec or {})
    policy = spec.get("syncPolicy")
    objects = {name: spec.get(name) for name in ("source", "destination", "syncPolicy", "sourceHydrator")}
    lists = {"sources": spec.get("sources")}
    if isinstance(policy, dict):
        objects["syncPolicy.automated"] = policy.get("automated")
        lists["syncPolicy.syncOptions"] = policy.get("syncOptions")
    for kind, word, parts in ((dict, "an object", objects), (list, "a list", lists)):
        for name, value in parts.items():
            if value is not None and not isinstance(value, kind):
                raise InvalidArgument(f"spec.{name} must be {word}.")
    return spec


def _part(holder: dict[str, Any], name: str) -> dict[str, Any]:
    """An object inside an object, made where it is absent or null."""
    part: dict[str, Any] = holder.get(name) or {}
    holder[name] = part
    return part


def _merged(spec: dict[str, Any], flat: dict[str, Any]) -> dict[str, Any]:
    merged = dict(spec)
    for name, part in flat.items():
        given = spec.get(name)
        for field, value in part.items():
            if isinstance(given, dict) and given.get(field, value) != value:
                raise InvalidArgument(f"spec.{name}.{field} was given twice, differently.")
        merged[name] = {**(given if isinstance(given, dict) else {}), **part}
    return merged
