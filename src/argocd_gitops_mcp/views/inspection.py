"""Single facts about an application as answers: a resource as it is and should be, links. Pure."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from argocd_gitops_mcp.ages import ago
from argocd_gitops_mcp.argocd.links import Link
from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.argocd.resource_models import Node
from argocd_gitops_mcp.argocd.tree import key
from argocd_gitops_mcp.views.budget import listed
from argocd_gitops_mcp.views.differences import States, drawn
from argocd_gitops_mcp.views.images import declared
from argocd_gitops_mcp.views.manifests import yaml
from argocd_gitops_mcp.views.masking import by_name
from argocd_gitops_mcp.views.redaction import masked_line
from argocd_gitops_mcp.views.text import line
from argocd_gitops_mcp.views.view import FULL, Lines, Record

_WEB = ("https://", "http://")
_IMAGES = 10
_LINKS = 10


class Resource(NamedTuple):
    """One resource in every state it has; `{}` where it has it not."""

    node: Node
    live: dict[str, Any]
    target: dict[str, Any]
    normalized: dict[str, Any]
    predicted: dict[str, Any]
    links: Sequence[Link]


def resource(app: Application, found: Resource, now: str, *, whole: bool = False) -> Lines:
    """The live manifest, or Git's where there is none, below what is to be known of it."""
    node = found.node
    meta = found.live.get("metadata") or {}
    status = next((one for one in app.status.resources or [] if key(one) == key(node)), None)
    health = node.health.status if node.health is not None else ""
    facts = [health, status.status if status is not None else "not declared in Git"]
    facts += [f"made {ago(node.created_at, now)}"] if node.created_at else []
    facts += [f"owned by {', '.join(f'{ref.kind}/{ref.name}' for ref in node.parent_refs)}"] if node.parent_refs else []
    head = [f"{node.kind}/{node.name} of {app.metadata.name}: {', '.join(filter(None, facts))}"]
    if node.health is not None and node.health.message:
        head.append(f'health says (data): "{masked_line(node.health.message, 300)}"')
    if images := list(dict.fromkeys(declared((found.live or found.target).get("spec")))):
        head.append(f"images: {listed([line(one, 200) for one in images], _IMAGES)}")
    if meta.get("deletionTimestamp"):
        held = listed([line(str(one), 200) for one in meta.get("finalizers") or []], _IMAGES) or "none"
        head.append(f"being deleted since {ago(str(meta['deletionTimestamp']), now)}; finalizers: {held}")
    addresses = [one for one in found.links if one.url.startswith(_WEB)]
    head += [f"link {line(one.title, 80)}: {line(one.url, 300)}" for one in addresses[:_LINKS]]
    head += [f"[{len(addresses) - _LINKS} more links]"] if len(addresses) > _LINKS else []
    lines = _differences(found)
    if found.live:
        shown = found.live if whole else {name: value for name, value in found.live.items() if name != "status"}
        if not whole and found.live.get("status"):
            head.append("[its status is left out; detail=full shows it]")
        heading = "as it is in the cluster:"
    else:
        shown, heading = found.target, "as Git has it; it is not in the cluster:"
    more = "the rest is larger than an answer" if whole else "detail=full shows more"
    return Lines(head=head, lines=[*lines, heading, *yaml(_masked(shown), FULL).split("\n")], more=more)


def _differences(found: Resource) -> list[str]:
    if not found.live or not found.target:
        return []
    one = drawn(key(found.node), States(found.normalized, found.predicted))
    if one is None:
        return ["does not differ from Git"]
    return [f"differs from Git (+{one.added} -{one.removed}), - in the cluster, + after a sync:", *one.lines]


def _masked(manifest: dict[str, Any]) -> dict[str, Any]:
    """Without what looks like a secret by its name; the masks of Secrets tell their values apart and stay."""
    hidden: dict[str, Any] = manifest if manifest.get("kind") == "Secret" else by_name(manifest)
    return hidden


class LinkList(Record):
    """Addresses by title."""

    MORE = "get_resource shows the links of one resource"

    application: str
    links: dict[str, str]
    note: str = ""


def links(app: Application, argocd: str, known: Sequence[Link]) -> LinkList:
    """Argo CD's own page of it, what it deploys, and what is configured; nothing but web addresses."""
    found: dict[str, str] = {}
    if argocd.startswith(_WEB):
        found["Argo CD"] = f"{argocd.rstrip('/')}/applications/{app.metadata.namespace}/{app.metadata.name}"
    for number, url in enumerate(app.status.summary.external_urls or [], 1):
        if url.startswith(_WEB):
            found[f"deployed {number}"] = line(url, 300)
    for one in known:
        if one.url.startswith(_WEB):
            title = line(one.title, 80) or "link"
            same = sum(each == title or each.startswith(f"{title} #") for each in found)
            found[f"{title} #{same + 1}" if same else title] = line(one.url, 300)
    return LinkList(application=app.metadata.name, links=found, note="" if known else "no deep links are configured")
