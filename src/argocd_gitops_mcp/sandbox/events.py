"""Kubernetes events: of the cluster's objects and of Applications."""

import uuid
from datetime import timedelta

from argocd_gitops_mcp.sandbox.world import CONTROL_PLANE, Application, Object, World, stamp

KEPT = timedelta(hours=1)
MOST = 2000


def record(world: World, obj: Object, what: tuple[str, str, str, str], times: int = 1) -> None:
    """Add an event (type, reason, message, component) to a cluster object; the same one again only counts up."""
    _, reason, message, _ = what
    uid, now = obj["metadata"]["uid"], stamp(world.clock())
    for event in world.events:
        if event["involvedObject"]["uid"] == uid and (event["reason"], event["message"]) == (reason, message):
            event["count"] += times
            event["lastTimestamp"] = now
            return
    involved = {
        "kind": obj["kind"],
        "namespace": obj["metadata"].get("namespace", ""),
        "name": obj["metadata"]["name"],
        "uid": uid,
        "apiVersion": obj["apiVersion"],
        "resourceVersion": obj["metadata"].get("resourceVersion", ""),
    }
    _add(world, involved, what)["count"] = times


def record_application(
    world: World, application: Application, what: tuple[str, str, str], *, warning: bool = False
) -> None:
    """Add an event (reason, message, component) to an Application: who did what, or what its controller saw."""
    involved = {
        "kind": "Application",
        "namespace": application.namespace,
        "name": application.name,
        "uid": application.metadata["uid"],
        "apiVersion": "argoproj.io/v1alpha1",
        "resourceVersion": application.metadata["resourceVersion"],
    }
    event = _add(world, involved, ("Warning" if warning else "Normal", *what))
    destination = application.spec["destination"]
    event["metadata"]["annotations"] = {
        "dest-namespace": destination.get("namespace", ""),
        "dest-server": destination.get("server", ""),
        **({"user": what[1].partition(" ")[0]} if what[2] == "argocd-server" else {}),
    }
    del event["reportingComponent"], event["reportingInstance"]


def of(world: World, uid: str) -> list[Object]:
    oldest = stamp(world.clock() - KEPT)
    return [e for e in world.events if e["involvedObject"]["uid"] == uid and e["lastTimestamp"] >= oldest]


def _add(world: World, involved: Object, what: tuple[str, str, str, str]) -> Object:
    now, (kind, reason, message, component) = stamp(world.clock()), what
    fields = {"manager": component, "operation": "Update", "apiVersion": "v1", "time": now, "fieldsType": "FieldsV1"}
    event = {
        "metadata": {
            "name": f"{involved['name']}.{world.next_version():x}",
            "namespace": involved["namespace"] or CONTROL_PLANE,
            "uid": str(uuid.uuid4()),
            "resourceVersion": str(world.version),
            "creationTimestamp": now,
            "managedFields": [fields],
        },
        "involvedObject": involved,
        "reason": reason,
        "message": message,
        "source": {"component": component},
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
        "type": kind,
        "eventTime": None,
        "reportingComponent": component,
        "reportingInstance": "",
    }
    world.events.append(event)
    del world.events[:-MOST]
    return event
