"""Routes of ApplicationSets: list, get, create (and with `upsert` update: there is no PUT), delete, generate, tree."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from argocd_gitops_mcp.sandbox import applicationset_controller, messages, rbac, specs, templating
from argocd_gitops_mcp.sandbox.errors import Code, StatusError, invalid, not_found, unknown
from argocd_gitops_mcp.sandbox.exchange import Exchange
from argocd_gitops_mcp.sandbox.messages import Struct
from argocd_gitops_mcp.sandbox.selectors import parse
from argocd_gitops_mcp.sandbox.world import CONTROL_PLANE, Object, clone, stamp

# The generators of Argo CD; others than `list` have not been seen yet, and so are not answered.
GENERATORS = ("clusters", "git", "list", "matrix", "merge", "oci", "plugin", "pullRequest", "scmProvider")
POLICIES = ("create-only", "create-update", "create-delete", "sync")
SET = Struct("ApplicationSetGenerateRequest.applicationSet", {"spec": Struct("", {"goTemplate": bool})})
SPEC = (
    *("generators", "template", "templatePatch", "goTemplate", "goTemplateOptions", "syncPolicy", "strategy"),
    *("preservedFields", "ignoreApplicationDifferences", "applyNestedSelectors"),
)
METADATA = ("name", "namespace", "labels", "annotations", "finalizers")
UNFILLED: Object = {"metadata": {}, "spec": {"destination": {}, "project": ""}}
DIFFERENT = "existing ApplicationSet spec is different, use upsert flag to force update"


def list_application_sets(request: Exchange) -> Object:
    """Sorted by name; `fields` is not read."""
    caller, world = request.caller, request.world
    projects, namespace = request.many("projects"), request.one("appsetNamespace")
    try:
        labels = parse(request.one("selector"))
    except ValueError as error:
        raise unknown(f"error parsing the selector: {error}") from error
    found = [
        one
        for one in sorted(world.application_sets.values(), key=_name)
        if rbac.permits(world, caller, "applicationsets", "get", _rbac_name(one))
        if (not projects or _project(one) in projects)
        if (not namespace or one["metadata"]["namespace"] == namespace) and labels(one["metadata"].get("labels") or {})
    ]
    return {"metadata": {"resourceVersion": str(world.version)}, "items": found or None}


def get_application_set(request: Exchange) -> Object:
    _check_namespace(request, request.one("appsetNamespace") or CONTROL_PLANE)
    found = _found(request, "error getting ApplicationSet: applicationset.argoproj.io")
    _demand(request, "get", found)
    return found


def resource_tree(request: Exchange) -> Object:
    """Its applications, as its status has them."""
    found = get_application_set(request)
    metadata = found["metadata"]
    names = {name: metadata[name] for name in ("namespace", "name", "uid")}
    parent = {"group": "argoproj.io", "version": "v1alpha1", "kind": "ApplicationSet", **names}
    rows = [
        {name: value for name, value in row.items() if name != "status"} for row in found["status"].get("resources", ())
    ]
    return {"nodes": [{**row, "parentRefs": [parent]} for row in rows]} if rows else {}


def create(request: Exchange) -> Object:
    body, world = request.json(""), request.world
    messages.decode(body, Struct("", {"spec": Struct("", {"generators": messages.Each(GENERATOR)})}))
    metadata = {name: value for name, value in (body.get("metadata") or {}).items() if name in METADATA and value}
    spec = _stored(body.get("spec") or {})
    wanted: Object = {"metadata": metadata, "spec": spec}
    name, namespace = str(metadata.get("name", "")), metadata.get("namespace") or CONTROL_PLANE
    _validate(wanted)
    _check_namespace(request, namespace)
    _check_permissions(request, wanted)
    if request.flag("dryRun"):
        rows = _generated(spec, metadata.get("namespace", ""))
        return {**wanted, "status": {"resources": [{"name": _name(one), "health": {}} for one in rows], "health": {}}}
    if (body.get("metadata") or {}).get("resourceVersion"):
        text = "error creating ApplicationSet: resourceVersion should not be set on objects to be created"
        raise StatusError(Code.INTERNAL, text)
    existing = world.application_sets.get((namespace, name))
    _admit(wanted)
    if existing is None:
        made = {"metadata": {**metadata, "namespace": namespace, "uid": str(uuid.uuid4()), "generation": 1}}
        made["metadata"] |= {"creationTimestamp": stamp(world.clock())}
        made |= {"spec": spec, "status": {"health": {}}}
        world.application_sets[namespace, name] = made
    else:
        same = all((existing["metadata"].get(part) or {}) == (metadata.get(part) or {}) for part in METADATA[2:])
        if same and existing["spec"] == spec:
            return clone(existing)
        if not request.flag("upsert"):
            raise invalid(DIFFERENT)
        _demand(request, "update", wanted)
        made = existing
        if existing["spec"] != spec:
            existing["metadata"]["generation"] += 1
        existing["spec"] = spec
        for part in ("labels", "annotations"):  # none is ever removed
            if merged := {**existing["metadata"].get(part, {}), **metadata.get(part, {})}:
                existing["metadata"][part] = merged
        existing["metadata"].pop("finalizers", None)
        existing["metadata"] |= {"finalizers": metadata["finalizers"]} if "finalizers" in metadata else {}
    made["metadata"]["resourceVersion"] = str(world.next_version())
    return clone(made)


def delete(request: Exchange) -> Object:
    """Its finalizers hold it; its applications go with it, or keep their resources as their own finalizers say."""
    found = _found(request, "error getting ApplicationSets: applicationsets.argoproj.io")
    _demand(request, "delete", found)
    found["metadata"].setdefault("deletionTimestamp", stamp(request.world.clock()))
    found["metadata"] |= {"deletionGracePeriodSeconds": 0, "resourceVersion": str(request.world.next_version())}
    if not found["metadata"].get("finalizers"):
        applicationset_controller.forget(request.world, found)
    return {}


def generate(request: Exchange) -> Object:
    """The applications that a set would make; nothing is stored."""
    request.caller  # noqa: B018 a bad token is refused before anything else
    wanted = request.json("ApplicationSetGenerateRequest").get("applicationSet")
    if wanted is None:
        raise unknown("error creating ApplicationSets: ApplicationSets is nil in request")
    messages.decode(wanted, SET)
    namespace = (wanted.get("metadata") or {}).get("namespace") or ""
    _check_namespace(request, namespace or CONTROL_PLANE)
    _validate(wanted)
    _check_permissions(request, wanted)
    made = _generated(wanted.get("spec") or {}, namespace)
    return {"applications": made} if made else {}


def _generated(spec: Object, namespace: str) -> list[Object]:
    try:
        return templating.applications(spec, namespace)
    except templating.TemplateError as error:
        raise unknown(_logged(spec, str(error))) from error
    except StatusError as error:
        if error.code != Code.NOT_FOUND:
            raise
        raise not_found(_logged(spec, error.message)) from error


def _logged(spec: Object, error: str) -> str:
    """What went wrong, and what Argo CD's log said of it, which shows the generator's elements as Go prints bytes."""
    dumped = [
        str([*json.dumps(one).encode()]).replace(",", "")
        for generator in spec.get("generators") or ()
        for one in (generator.get("list") or {}).get("elements") or ()
    ]
    log = f'level=error msg="error generating application from params" error="{error}" generator="{" ".join(dumped)}"'
    whole = f"unable to generate Applications of ApplicationSet: error generating applications: {error}"
    return f'{whole}\ntime="{stamp(datetime.now(UTC))}" {log}\n'


def _found(request: Exchange, what: str) -> Object:
    request.caller  # noqa: B018 a bad token is refused before anything else
    name, namespace = request.parameters["name"], request.one("appsetNamespace") or CONTROL_PLANE
    found = request.world.application_sets.get((namespace, name))
    if found is None:
        raise not_found(f'{what} "{name}" not found')
    return found


def _demand(request: Exchange, action: str, one: Object) -> None:
    target = _rbac_name(one)
    if not rbac.permits(request.world, request.caller, "applicationsets", action, target):
        raise rbac.refused(request.caller, "applicationsets", action, target)


def _validate(wanted: Object) -> None:
    name, spec = (wanted.get("metadata") or {}).get("name", ""), wanted.get("spec") or {}
    if "{{" in _project(wanted):
        text = "the Argo CD API does not currently support creating ApplicationSets with templated `project` fields"
        raise unknown(f"error validating ApplicationSets: {text}")
    if any(not set(one) & set(GENERATORS) for one in spec.get("generators") or []):
        text = f"ApplicationSet {name} contains unrecognized generators"
        raise unknown(f"error validating ApplicationSets: {text}")


def _check_namespace(request: Exchange, namespace: str) -> None:
    if namespace not in request.world.application_namespaces:
        raise unknown(f"namespace '{namespace}' is not permitted")


def _check_permissions(request: Exchange, wanted: Object) -> None:
    _demand(request, "create", wanted)
    project = _project(wanted)
    if not project:
        name = (wanted.get("metadata") or {}).get("name", "")
        text = 'error getting ApplicationSet\'s project "": resource name may not be empty'
        raise unknown(f"error checking create permissions for ApplicationSets {name} : {text}")
    if project not in request.world.projects:
        raise invalid(f"ApplicationSet references project {project} which does not exist")


def _admit(wanted: Object) -> None:
    """What Kubernetes refuses by the definition of the kind."""
    name, spec = str(wanted["metadata"].get("name", "")), wanted["spec"]
    if not name:
        text = (
            'ApplicationSet.argoproj.io "" is invalid: metadata.name: Required value: name or generateName is required'
        )
        raise invalid(f"error creating ApplicationSet: {text}")
    specs.check_name(name, "ApplicationSet.argoproj.io", "error creating ApplicationSet: ")
    broken = f'error creating ApplicationSet: ApplicationSet.argoproj.io "{name}" is invalid: '
    if "generators" not in spec:
        raise invalid(f"{broken}spec.generators: Required value")
    policy = (spec.get("syncPolicy") or {}).get("applicationsSync", "sync")
    if policy not in POLICIES:
        known = ", ".join(f'"{one}"' for one in POLICIES)
        text = f'spec.syncPolicy.applicationsSync: Unsupported value: "{policy}": supported values: {known}'
        raise invalid(f"{broken}{text}")


def _stored(spec: Object) -> Object:
    """As Go writes it: unknown names and zero values go, a list generator gets an empty template."""
    kept: Object = {name: _plain(value) for name, value in spec.items() if name in SPEC and value is not None}
    kept = {name: value for name, value in kept.items() if value or name in ("generators", "syncPolicy")}
    for place, generator in enumerate(spec.get("generators") or ()):
        if "list" in generator:
            elements = (generator["list"] or {}).get("elements")
            kept["generators"][place]["list"] = {"elements": elements or [], "template": clone(UNFILLED)}
    template = kept.get("template") or {}
    if "spec" in template:
        template["spec"] = {name: value for name, value in template["spec"].items() if name in specs.SPEC}
    return kept


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: _plain(one) for name, one in value.items() if one or isinstance(one, dict)}


def _name(one: Object) -> str:
    return str(one["metadata"].get("name", ""))


def _project(one: Object) -> str:
    template = (one.get("spec") or {}).get("template") or {}
    return str((template.get("spec") or {}).get("project", ""))


def _rbac_name(one: Object) -> str:
    metadata = one.get("metadata") or {}
    namespace = metadata.get("namespace") or CONTROL_PLANE
    middle = "" if namespace == CONTROL_PLANE else f"{namespace}/"
    return f"{_project(one)}/{middle}{metadata.get('name', '')}"


GENERATOR = Struct("v1alpha1.ApplicationSetGenerator", {})
ROUTES: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/api/v1/applicationsets", list_application_sets),
    ("POST", "/api/v1/applicationsets", create),
    ("POST", "/api/v1/applicationsets/generate", generate),
    ("GET", "/api/v1/applicationsets/{name}", get_application_set),
    ("DELETE", "/api/v1/applicationsets/{name}", delete),
    ("GET", "/api/v1/applicationsets/{name}/resource-tree", resource_tree),
)
