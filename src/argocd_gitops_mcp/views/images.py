"""Images by what runs them, and those that Git would have instead. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import field

from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.argocd.resource_models import Node, ResourceTree
from argocd_gitops_mcp.argocd.tree import Key, key, nodes
from argocd_gitops_mcp.views.manifests import title
from argocd_gitops_mcp.views.view import Record

_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod", "Rollout")
_CONTAINERS = ("initContainers", "containers")


class Images(Record):
    """Images by what runs them."""

    MORE = "get_resource shows the images of one workload"

    application: str
    running: dict[str, list[str]] = field(default_factory=dict)
    several: list[str] = field(default_factory=list)
    git: list[str] = field(default_factory=list)
    note: str = ""


def differing(app: Application) -> list[Node]:
    """The workloads that are not as Git has them: only their images may differ, too."""
    return [
        Node(group=one.group, version=one.version, kind=one.kind, namespace=one.namespace, name=one.name)
        for one in app.status.resources or []
        if one.kind in _WORKLOADS and one.status == "OutOfSync" and not one.requires_pruning
    ]


def images(
    app: Application,
    found: ResourceTree,
    states: Sequence[tuple[dict[str, Any], dict[str, Any]]] = (),
    *,
    unread: int = 0,
) -> Images:
    """Each image with the workloads of the pods that run it.

    Args:
        app: the application.
        found: its resources.
        states: workloads that differ, as Git has them and as they are (`{}` where they are not).
        unread: how many more of these there are.
    """
    by_key = {key(node): node for node in nodes(found)}
    users: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    versions: dict[tuple[str, str], set[str]] = defaultdict(set)
    for node in by_key.values():
        if node.kind != "Pod" or node.group:
            continue
        owner = _top(node, by_key)
        for image in dict.fromkeys(node.images or []):
            users[image][f"{owner.kind}/{owner.name}"] += 1
            versions[f"{owner.kind}/{owner.name}", _repository(image)].add(image)
    notes = [] if users else ["no pod runs; get_resource shows what a workload is to run"]
    if unread:
        notes.append(f"of {unread} more workloads that differ from Git the images there were not read")
    return Images(
        application=app.metadata.name,
        running={
            image: [f"{owner} ({count} pod{'' if count == 1 else 's'})" for owner, count in sorted(owners.items())]
            for image, owners in sorted(users.items())
        },
        several=[f"{at} runs {', '.join(sorted(all_))}" for (at, _), all_ in sorted(versions.items()) if len(all_) > 1],
        git=[said for target, live in states if (said := _said(target, live))],
        note="; ".join(notes),
    )


def declared(value: Any) -> Iterator[str]:
    """The images of all containers anywhere in a manifest, those of custom resources too."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name in _CONTAINERS and isinstance(item, list):
                yield from (str(one["image"]) for one in item if isinstance(one, dict) and one.get("image"))
            elif isinstance(item, dict):
                yield from declared(item)


def _said(target: dict[str, Any], live: dict[str, Any]) -> str:
    wanted, there = (list(dict.fromkeys(declared(one.get("spec")))) for one in (target, live))
    new, old = ([one for one in these if one not in those] for these, those in ((wanted, there), (there, wanted)))
    if not new and not old:
        return ""
    instead = f" instead of {', '.join(old)}" if old else "" if live else " (it is not in the cluster yet)"
    return f"{title(target)}: {', '.join(new) or 'none'}{instead}"


def _top(node: Node, by_key: Mapping[Key, Node]) -> Node:
    seen: set[Key] = set()
    while key(node) not in seen:
        seen.add(key(node))
        above = [by_key.get(key(ref)) for ref in node.parent_refs or []]
        node = next((one for one in above if one is not None), node)
    return node


def _repository(image: str) -> str:
    """An image without tag and digest."""
    bare = image.partition("@")[0]
    head, slash, tail = bare.rpartition("/")
    return f"{head}{slash}{tail.partition(':')[0]}"
