"""What a model reads, in tokens (bytes by four)."""

import json
import time

from bench.place import Place
from bench.results import Row
from bench.stdio import OURS, Server

_TOOLS, _LIST, _GET, _LOGS = 5_500, 3_000, 150, 1.2
HEALTHY = "guestbook"
_PODS, _OF = 3, "kustomized"
_TAIL = 100
_SETTLED_WITHIN = 30.0


def tools(place: Place) -> list[Row]:
    """The list of tools, which every request carries."""
    rows = []
    for surface, toolsets in (("unified", "argocd"), ("unified", "argocd,git"), ("split", "argocd,git")):
        for mode, allowed in (("read-only", "false"), ("writes allowed", "true")):
            settings = {"ARGOCD_MCP_SURFACE": surface, "ARGOCD_ALLOW_WRITE": allowed, "ARGOCD_MCP_TOOLSETS": toolsets}
            with Server(OURS, place.environment(**settings)) as server:
                listed = server.request("tools/list", {})["tools"]
            size = _tokens(json.dumps(listed, separators=(",", ":"), ensure_ascii=False))
            # The target is the default surface's without Git; the other offers one tool an operation.
            target = _TOOLS if toolsets == "argocd" else None
            rows.append(
                Row(
                    f"tools/list, {surface}, {toolsets}, {mode}", size, "tokens", "size", target, f"{len(listed)} tools"
                )
            )
    return rows


def listing(server: Server, applications: int) -> Row:
    """The list of applications."""
    text = server.call("manage_argocd_application", operation="list")
    rows = sum(line.startswith("synthetic-") for line in text.splitlines())
    if rows != applications:
        raise RuntimeError(f"{rows} rows instead of {applications}:\n{text[:500]}")
    return Row(f"list of {applications} applications", _tokens(text), "tokens", "size", _LIST, f"{rows} rows")


def healthy(server: Server, place: Place) -> Row:
    """One application without problems."""
    text = _settled(server)
    return Row(f"get of a healthy application, {place.what}", _tokens(text), "tokens", "size", _GET, HEALTHY)


def logs(server: Server, place: Place) -> Row:
    """A tail over several pods, beside the bytes of the very lines."""
    nodes = place.lines(f"/api/v1/applications/{_OF}/resource-tree", {})[0]["nodes"]
    pods = [node for node in nodes if node["kind"] == "Pod"]
    if len(pods) != _PODS:
        raise RuntimeError(f"{_OF} has {len(pods)} pods instead of {_PODS}")
    contents: list[str] = []
    for pod in pods:
        query = {"podName": pod["name"], "namespace": pod["namespace"], "tailLines": str(_TAIL)}
        found = [message["result"] for message in place.lines(f"/api/v1/applications/{_OF}/logs", query)]
        contents += [one["content"] for one in found if not one.get("last")]
    text = server.call(
        "manage_argocd_resource",
        operation="get_workload_logs",
        application_name=_OF,
        resource_name=pods[0]["parentRefs"][0]["name"],
        resource_kind="ReplicaSet",
        tail_lines=_TAIL,
    )
    plain = sum(len(line.encode()) + 1 for line in contents)
    shown = f"{len(contents)} lines, {plain} bytes"
    return Row(f"logs over their own text, {place.what}", len(text.encode()) / plain, "x", "size", _LOGS, shown)


def _settled(server: Server) -> str:
    """A new sandbox needs a second until its applications are deployed."""
    deadline = time.monotonic() + _SETTLED_WITHIN
    while True:
        text = server.call("manage_argocd_application", operation="get", name=HEALTHY)
        other = server.call("manage_argocd_application", operation="get", name=_OF)
        if all(json.loads(one)["health"] == "Healthy" for one in (text, other)):
            return text
        if time.monotonic() > deadline:
            raise RuntimeError(f"{HEALTHY} and {_OF} do not become Healthy: {text}")
        time.sleep(0.5)


def _tokens(text: str) -> float:
    return len(text.encode()) / 4
