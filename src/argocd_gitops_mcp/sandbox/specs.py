"""What makes an Application acceptable: destination, project, repository, and manifests that render."""

import re
from fnmatch import fnmatchcase
from typing import Any

from argocd_gitops_mcp.sandbox import manifests
from argocd_gitops_mcp.sandbox.errors import StatusError, go_kind, invalid, unknown
from argocd_gitops_mcp.sandbox.world import CLUSTER, CONTROL_PLANE, Application, Object, World, clone

DNS_1123 = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
LONGEST_NAME = 253
SPEC = (
    *("project", "destination", "source", "sources", "sourceHydrator", "syncPolicy", "ignoreDifferences", "info"),
    "revisionHistoryLimit",
)
MAPS = ("labels", "annotations")
SOURCE_TEXTS = ("repoURL", "path", "targetRevision", "chart", "ref")
METADATA = ("name", "namespace", "labels", "annotations", "finalizers")
SUBJECT = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)


def admitted(body: Object) -> Object:
    """The parts of a posted Application that count; status, operation and unknown names are dropped."""
    metadata = {name: value for name, value in (body.get("metadata") or {}).items() if name in METADATA and value}
    for part in MAPS:
        if part in metadata:  # in Go null is the zero value of a text
            metadata[part] = {name: value or "" for name, value in metadata[part].items()}
    spec = clone(body.get("spec") or {})
    spec["project"] = spec.get("project") or "default"
    if spec.get("sources"):
        spec.pop("source", None)
    spec = {name: value for name, value in spec.items() if value is not None and name in SPEC}
    spec.setdefault("destination", {})
    if (policy := spec.get("syncPolicy")) is not None:
        spec["syncPolicy"] = {name: value for name, value in policy.items() if value is not None}
    return {"metadata": metadata, "spec": spec}


def check_types(patched: Any) -> None:
    """Go's refusal of a patched Application whose texts are no texts; the places that tests patch."""
    if not isinstance(patched, dict):
        kind = go_kind(patched)
        raise _unreadable(f"cannot unmarshal {kind} into Go value of type v1alpha1.Application")
    spec, metadata = patched.get("spec") or {}, patched.get("metadata") or {}
    texts = {f"metadata.{part}.{name}": value for part in MAPS for name, value in (metadata.get(part) or {}).items()}
    texts |= {f"spec.source.{name}": (spec.get("source") or {}).get(name) for name in SOURCE_TEXTS}
    texts |= {f"spec.destination.{name}": value for name, value in (spec.get("destination") or {}).items()}
    for path, value in texts.items():
        if value is not None and not isinstance(value, str):
            where = f"Go struct field Application.{path} of type string"
            raise _unreadable(f"cannot unmarshal {go_kind(value)} into {where}")


def _unreadable(text: str) -> StatusError:
    return unknown(f"error unmarshaling patched app: json: {text}")


def same(existing: Application, wanted: Object) -> bool:
    return existing.spec == wanted["spec"] and all(
        (existing.metadata.get(name) or None) == (wanted["metadata"].get(name) or None)
        for name in ("labels", "annotations", "finalizers")
    )


def check_name(name: str, kind: str = "Application.argoproj.io", context: str = "") -> None:
    if not DNS_1123.fullmatch(name) or len(name) > LONGEST_NAME:
        text = f'{kind} "{name}" is invalid: metadata.name: Invalid value: "{name}": {SUBJECT}'
        raise invalid(f"{context}{text}")


def check(world: World, wanted: Object, *, validate: bool) -> None:
    """Raise what Argo CD answers for an Application it does not take."""
    spec, name = wanted["spec"], wanted["metadata"].get("name", "")
    namespace = wanted["metadata"].get("namespace") or CONTROL_PLANE
    project = world.projects.get(spec["project"])
    if project is None or not _namespace_allowed(project, namespace):
        raise invalid(f'app is not allowed in project "{spec["project"]}", or the project does not exist')
    if not name:
        raise unknown("resource name may not be empty")
    if text := destination_error(spec["destination"]):
        raise invalid(f"application destination spec for {name} is invalid: {text}")
    problems = _sources_errors(spec)
    if validate and not problems:
        problems = _rendering_errors(world, wanted, namespace)
    problems = problems or _project_errors(project, spec)
    if problems:
        text = "; ".join(f"InvalidSpecError: {problem}" for problem in problems)
        raise invalid(f"application spec for {name} is invalid: {text}")


def _namespace_allowed(project: Object, namespace: str) -> bool:
    allowed = project["spec"].get("sourceNamespaces", ())
    return namespace == CONTROL_PLANE or any(fnmatchcase(namespace, pattern) for pattern in allowed)


def destination_error(destination: Object) -> str:
    """Why Argo CD cannot deploy there; empty where it can."""
    server, name = destination.get("server"), destination.get("name")
    if server and name:
        return f"application destination can't have both name and server defined: {name} {server}"
    if not server and not name:
        return "Destination server missing from app spec"
    if name and name != "in-cluster":
        return f"there are no clusters with this name: {name}"
    if server and server != CLUSTER:
        inner = f'rpc error: code = NotFound desc = cluster "{server}" not found'
        return f'error getting cluster by server "{server}": {inner}'
    return ""


def _sources_errors(spec: Object) -> list[str]:
    sources = spec.get("sources") or [spec.get("source") or {}]
    for source in sources:
        if not source.get("repoURL") or not (source.get("path") or source.get("chart") or source.get("ref")):
            return ["spec.source.repoURL and either spec.source.path or spec.source.chart are required"]
    return []


def _rendering_errors(world: World, wanted: Object, namespace: str) -> list[str]:
    draft = Application({**wanted["metadata"], "namespace": namespace}, wanted["spec"], {})
    problems = []
    for source in draft.sources:
        if world.git.folder(source["repoURL"]) is None:
            url = source["repoURL"]
            shown = f'&Repository{{Repo: "{url}", Type: "", Name: "", Project: ""}}'
            cause = "unable to ls-remote HEAD on repository: failed to list refs: repository not found"
            cause = f"rpc error: code = Unknown desc = error testing repository connectivity: {cause}"
            text = f"repositories not accessible: {shown}: repo client error while testing repository: {cause}"
            return [f"repository not accessible: {text}"]
        if source.get("ref") and not source.get("path"):
            continue
        try:
            sha = manifests.resolve(world, source, source.get("targetRevision", ""))
            manifests.render_source(world, draft, source, sha, fresh=True)
        except StatusError as error:
            problems.append(f"Unable to generate manifests in {source.get('path', '')}: {error.go_text}")
    return problems


def _project_errors(project: Object, spec: Object) -> list[str]:
    rules, name = project["spec"], project["metadata"]["name"]
    problems = [
        f"application repo {source['repoURL']} is not permitted in project '{name}'"
        for source in spec.get("sources") or [spec["source"]]
        if not any(fnmatchcase(source["repoURL"], pattern) for pattern in rules.get("sourceRepos", ()))
    ]
    namespace = spec["destination"].get("namespace", "")
    if not any(fnmatchcase(namespace, rule.get("namespace", "")) for rule in rules.get("destinations", ())):
        server = spec["destination"].get("server", "in-cluster")
        problems.append(
            f"application destination server '{server}' and namespace '{namespace}' do not match any of the allowed "
            f"destinations in project '{name}'"
        )
    return problems
