"""Routes that change one live resource of an application: patch and delete."""

import base64
import json
from typing import Any

from argocd_gitops_mcp.sandbox import cluster, events, jsonpatch, rbac, tree, validation
from argocd_gitops_mcp.sandbox.applications import SERVER, find
from argocd_gitops_mcp.sandbox.errors import Code, StatusError, go_kind, invalid, precondition, unknown
from argocd_gitops_mcp.sandbox.exchange import Exchange, required
from argocd_gitops_mcp.sandbox.masking import mask
from argocd_gitops_mcp.sandbox.merging import patch, strategic, with_defaults
from argocd_gitops_mcp.sandbox.world import Application, Key, Object, clone, key_of

CONTEXT = "error patching resource: "
BASE = "json: cannot unmarshal {} into Go value of type "
MAP = f"{BASE}map[string]interface {{{{}}}}"


def patch_resource(request: Exchange) -> Object:
    """The body is the patch as a JSON string; the version is asked for and not looked at."""
    text = _text(request)
    _demand_names(request)
    for name, given in (("patch", text is not None), ("patchType", bool(request.many("patchType")))):
        if not given:
            raise required(name)
    application, obj = _target(request, "update")
    try:
        changed = with_defaults(validation.pruned(_patched(obj, text or "", request.one("patchType"))))
        _check(changed, obj)
    except StatusError as error:
        if (obj["kind"], obj["apiVersion"]) == ("Secret", "v1"):
            # What went wrong could tell of the values.
            raise unknown(f"failed to patch Secret {obj['metadata']['namespace']}/{obj['metadata']['name']}") from error
        raise StatusError(error.code, f"{CONTEXT}{error.message}") from error
    if changed != obj:
        cluster.update(request.world, obj, changed)
    _record(request, application, obj, "ResourceUpdated", "patched")
    return {"manifest": json.dumps(mask(changed), separators=(",", ":"))}


def delete_resource(request: Exchange) -> Object:
    _demand_names(request)
    orphan = request.flag("orphan")
    request.flag("force")
    application, obj = _target(request, "delete")
    request.world.remove(key_of(obj), orphan=orphan)
    _record(request, application, obj, "ResourceDeleted", "deleted")
    return {}


def _text(request: Exchange) -> str | None:
    if not request.body.strip():
        return None
    try:
        value = json.loads(request.body)
    except ValueError as error:
        raise invalid("unexpected EOF") from error
    if value is not None and not isinstance(value, str):
        raise invalid(f"json: cannot unmarshal {go_kind(value)} into Go value of type string")
    return value


def _demand_names(request: Exchange) -> None:
    for name in ("resourceName", "version", "kind"):
        if not request.many(name):
            raise required(name)


def _target(request: Exchange, action: str) -> tuple[Application, Object]:
    application = find(request)
    rbac.demand_bare(request.caller, "applications", action)
    key = Key(request.one("group"), request.one("kind"), request.one("namespace"), request.one("resourceName"))
    obj = tree.live_node(request.world, application, key)
    if obj is None:
        raise invalid(f"{key.kind} {key.group} {key.name} not found as part of application {application.name}")
    return application, obj


def _patched(obj: Object, text: str, kind: str) -> Object:
    try:
        wanted = json.loads(text)
    except ValueError as error:
        raise precondition("invalid JSON patch") from error
    match kind:
        case "application/json-patch+json":
            if not isinstance(wanted, list):
                raise precondition(f"error decoding patch: {BASE.format(go_kind(wanted))}[]handlers.jsonPatchOp")
            try:
                changed: Object = jsonpatch.apply(obj, jsonpatch.decode(text))
            except (jsonpatch.PatchError, jsonpatch.UnreadableError) as error:
                raise invalid("the server rejected our request due to an error in our request") from error
            return changed
        case "application/merge-patch+json":
            if not isinstance(wanted, dict):
                raise precondition(f"error decoding patch: {MAP.format(go_kind(wanted))}")
            return patch(clone(obj), wanted)
        case "application/strategic-merge-patch+json":
            if not isinstance(wanted, dict):
                raise precondition(MAP.format(go_kind(wanted)))
            return strategic(clone(obj), wanted)
        case "application/apply-patch+yaml":
            why = "fieldManager: Required value: is required for apply patch"
            raise invalid(f'PatchOptions.meta.k8s.io "" is invalid: {why}')
    raise unknown("415: Unsupported Media Type")


def _check(changed: Object, obj: Object) -> None:
    key, old, new = key_of(obj), obj["metadata"], changed["metadata"]
    if new.get("name") != key.name:
        mismatch = f"does not match the name on the URL ({key.name})"
        raise precondition(f"the name of the object ({new.get('name', '')}) {mismatch}")
    if new.get("resourceVersion") != old["resourceVersion"]:
        kinds = ".".join(filter(None, (f"{key.kind.lower()}s", key.group)))
        why = "the object has been modified; please apply your changes to the latest version and try again"
        raise StatusError(Code.ABORTED, f'Operation cannot be fulfilled on {kinds} "{key.name}": {why}')
    if (text := validation.mistyped(changed)) is not None:
        raise invalid(text)
    validation.check(changed, obj)
    if key.kind == "Secret":
        for name, value in (changed.pop("stringData", None) or {}).items():
            changed.setdefault("data", {})[name] = base64.b64encode(str(value).encode()).decode()
        for value in (changed.get("data") or {}).values():
            try:
                base64.b64decode(value, validate=True)
            except ValueError as error:
                raise invalid("illegal base64 data") from error


def _record(request: Exchange, application: Application, obj: Object, reason: str, verb: str) -> None:
    key = key_of(obj)
    text = f"{request.caller.account} {verb} resource {key.group}/{key.kind} '{key.name}'"
    events.record_application(request.world, application, (reason, text, SERVER))


ROUTES: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/api/v1/applications/{name}/resource", patch_resource),
    ("DELETE", "/api/v1/applications/{name}/resource", delete_resource),
)
