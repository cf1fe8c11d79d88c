"""The API server of the simulated cluster: apply, patch and what an object looks like afterwards."""

import json
import secrets
from typing import NamedTuple

from argocd_gitops_mcp.sandbox import validation
from argocd_gitops_mcp.sandbox.errors import StatusError, invalid, unknown
from argocd_gitops_mcp.sandbox.merging import merge, with_defaults
from argocd_gitops_mcp.sandbox.world import CLUSTER_SCOPED, Key, Object, World, clone, key_of, split_api_version, stamp

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
UNMANAGED = (
    ". Warning: resource {0} is missing the kubectl.kubernetes.io/last-applied-configuration annotation which is "
    "required by  apply.  apply should only be used on resources created declaratively by either  create --save-config "
    "or  apply. The missing annotation will be patched automatically."
)
WITHOUT_GENERATION = frozenset({"ConfigMap", "Secret", "Service", "Namespace", "ServiceAccount"})


class Manner(NamedTuple):
    """How to apply: by the server, by replacing, by deleting first if nothing else helps."""

    server_side: bool = False
    replace: bool = False
    force: bool = False


CLIENT_SIDE = Manner()


def applied(live: Object, target: Object) -> Object:
    """What the live object becomes when the target is applied to it."""
    last = json.loads(live["metadata"].get("annotations", {}).get(LAST_APPLIED, "{}"))
    return merge(live, target, last)


def apply(world: World, target: Object, manner: Manner = CLIENT_SIDE, *, dry_run: bool = False) -> str:
    """Apply a manifest as kubectl does; answers in kubectl's words. A dry run never asks the server."""
    key = key_of(target)
    live = world.objects.get(key)
    if not key.name:
        raise unknown(_nameless(key, target))
    kind = ".".join(filter(None, (key.kind.lower(), key.group)))
    name, suffix = f"{kind}/{key.name}", " (dry run)" if dry_run else ""
    if dry_run:
        return f"{name} {_rehearsed(live, target, manner)}{suffix}{_warning(live, manner._replace(server_side=False))}"
    if key.namespace and Key("", "Namespace", "", key.namespace) not in world.objects:
        raise invalid(f'namespaces "{key.namespace}" not found')
    if live is None:
        validation.check(target)
        world.put(_stored(world, with_defaults(target), target, manner))
        return f"{name} {'serverside-applied' if manner.server_side else 'created'}"
    if manner.replace and manner.force:
        validation.check(target)
        world.remove(key)
        world.put(_stored(world, with_defaults(target), target, manner))
        return f'{kind} "{key.name}" deleted from {key.namespace} namespace\n{name} replaced'
    warning = _warning(live, manner)
    return f"{name} {_changed(world, live, target, manner)}{warning}"


def _nameless(key: Key, target: Object) -> str:
    version = split_api_version(target)[1]
    what = f'Resource: "{key.group}/{version}, Resource={key.kind.lower()}s"'
    what += f', GroupVersionKind: "{key.group}/{version}, Kind={key.kind}"'
    where = f'Name: "", Namespace: "{key.namespace}"\nfrom server for: "{_file()}"'
    return f"error when retrieving current configuration of:\n{what}\n{where}: resource name may not be empty"


def _rehearsed(live: Object | None, target: Object, manner: Manner) -> str:
    if live is None:
        return "created"
    if manner.replace:
        return "replaced"
    return "unchanged" if applied(live, target) == live and LAST_APPLIED in _annotations(live) else "configured"


def _changed(world: World, live: Object, target: Object, manner: Manner) -> str:
    changed = applied(live, target)
    try:
        validation.check(changed, live)
    except validation.ImmutableError as error:
        if not manner.force:
            raise StatusError(error.code, f"{_where(manner)}{error.message}") from error
        world.remove(key_of(live))
        world.put(_stored(world, with_defaults(target), target, manner))
        return "configured"
    except StatusError as error:
        raise StatusError(error.code, f"{_where(manner)}{error.message}") from error
    same = changed == live and (LAST_APPLIED in _annotations(live)) is not manner.server_side
    if not same:
        update(world, live, _stored(world, with_defaults(changed), target, manner))
    if manner.server_side or manner.replace:
        return "serverside-applied" if manner.server_side else "replaced"
    return "unchanged" if same else "configured"


def _where(manner: Manner) -> str:
    """The temporary file that kubectl was given, as it says."""
    if manner.server_side:
        return ""
    return f'error when {"replacing" if manner.replace else "patching"} "{_file()}": '


def _file() -> str:
    return f"/dev/shm/{secrets.randbelow(1 << 32)}"  # noqa: S108 a name, no file


def _warning(live: Object | None, manner: Manner) -> str:
    if live is None or manner.replace or LAST_APPLIED in _annotations(live):
        return ""
    return "" if manner.server_side else UNMANAGED.format(f"{live['kind'].lower()}s/{live['metadata']['name']}")


def _annotations(obj: Object) -> Object:
    return dict(obj["metadata"].get("annotations", {}))


def update(world: World, live: Object, changed: Object) -> None:
    """Store a changed object; its generation counts changes of the spec."""
    if changed.get("spec") != live.get("spec") and "generation" in changed["metadata"]:
        changed["metadata"]["generation"] += 1
    world.put(changed)


def ensure_namespace(world: World, name: str, *, dry_run: bool = False) -> bool:
    """Create a namespace; False if it was there."""
    if Key("", "Namespace", "", name) in world.objects:
        return False
    if dry_run:
        return True
    metadata = {"name": name, "labels": {"kubernetes.io/metadata.name": name}}
    status = {"phase": "Active"}
    world.put({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata, "spec": {}, "status": status})
    return True


def serves(group: str) -> bool:
    """Whether the API server knows a group: Kubernetes' own, as no custom resource is defined."""
    return "." not in group or group.endswith(".k8s.io")


def is_namespaced(obj: Object) -> bool:
    return obj["kind"] not in CLUSTER_SCOPED


def _stored(world: World, obj: Object, target: Object, manner: Manner) -> Object:
    obj = clone(obj)
    metadata = obj["metadata"]
    last = metadata.setdefault("annotations", {})
    if manner.server_side:
        last.pop(LAST_APPLIED, None)
    else:
        last[LAST_APPLIED] = json.dumps(target, separators=(",", ":"), sort_keys=True) + "\n"
    if obj["kind"] not in WITHOUT_GENERATION:
        metadata.setdefault("generation", 1)
    fields = {name: _fields(value) for name, value in (("f:metadata", metadata), ("f:spec", obj.get("spec", {})))}
    metadata["managedFields"] = [
        {
            "manager": "argocd-controller",
            "operation": "Update",
            "apiVersion": obj["apiVersion"],
            "time": stamp(world.clock()),
            "fieldsType": "FieldsV1",
            "fieldsV1": fields,
        }
    ]
    return obj


def _fields(value: object) -> Object:
    if not isinstance(value, dict):
        return {}
    return {f"f:{name}": _fields(below) for name, below in value.items() if name != "managedFields"}
