"""Resource actions: what one can do with a live object, and doing it."""

from argocd_gitops_mcp.sandbox import cluster, workloads
from argocd_gitops_mcp.sandbox.errors import invalid, unknown
from argocd_gitops_mcp.sandbox.world import LOT, Object, World, clone, stamp

RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"


def of(obj: Object) -> list[Object]:
    """The actions of an object, in random order as on the real one."""
    spec = obj.get("spec", {})
    restart = {"name": "restart", "iconClass": "fa fa-fw fa-redo"}
    scale = {"name": "scale", "iconClass": "fa fa-fw fa-plus-circle", "params": [{"name": "replicas"}]}
    found: list[Object] = []
    match obj["kind"]:
        case "Deployment":
            paused = bool(spec.get("paused"))
            pause = {"name": "pause", "iconClass": "fa fa-fw fa-pause-circle", "disabled": paused}
            resume = {"name": "resume", "iconClass": "fa fa-fw fa-play-circle", "disabled": not paused}
            found = [restart, pause, resume, scale]
        case "StatefulSet":
            found = [restart, scale]
        case "DaemonSet":
            found = [restart]
        case "CronJob":
            create = {"name": "create-job", "iconClass": "fa fa-fw fa-plus", "displayName": "Create Job"}
            toggle = {"name": "resume", "iconClass": "fa fa-fw fa-play"}
            found = [create, toggle if spec.get("suspend") else {"name": "suspend", "iconClass": "fa fa-fw fa-pause"}]
    found = [{name: value for name, value in action.items() if value is not False} for action in found]
    LOT.shuffle(found)
    return found


def run(world: World, live: Object, action: str, parameters: dict[str, str]) -> None:
    """Run an action, also a disabled one, as the real one does."""
    obj = clone(live)
    match live["kind"], action:
        case (("Deployment" | "StatefulSet" | "DaemonSet"), "restart"):
            template = obj["spec"]["template"].setdefault("metadata", {})
            template.setdefault("annotations", {})[RESTARTED_AT] = stamp(world.clock())
        case (("Deployment" | "StatefulSet"), "scale"):
            obj["spec"]["replicas"] = _replicas(obj, parameters)
        case "Deployment", ("pause" | "resume"):
            obj["spec"].pop("paused", None)
            obj["spec"] |= {"paused": True} if action == "pause" else {}
        case "CronJob", ("suspend" | "resume"):
            obj["spec"]["suspend"] = action == "suspend"
        case "CronJob", "create-job":
            number = f"{int(world.clock().timestamp() * 1000) % 10**12:012d}"
            workloads.create_job(world, live, f"{live['metadata']['name']}-{number}")
            return
        case _:
            raise unknown("error getting Lua resource action: built-in script does not exist")
    if obj != live:
        cluster.update(world, live, obj)
        workloads.advance(world)


def _replicas(obj: Object, parameters: dict[str, str]) -> int:
    value = parameters.get("replicas")
    if value is None:
        raise unknown(
            "error executing Lua resource action: <string>:5: cannot perform concat operation between string and nil"
        )
    if not value.lstrip("-").isdigit():
        raise unknown(f"error executing Lua resource action: invalid number: {value}")
    if int(value) < 0:
        kind, name = obj["kind"], obj["metadata"]["name"]
        text = "must be greater than or equal to 0"
        raise invalid(
            f'error patching resource: {kind}.apps "{name}" is invalid: spec.replicas: Invalid value: {value}: {text}'
        )
    return int(value)
