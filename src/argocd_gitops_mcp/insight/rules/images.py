"""Images that cannot be pulled. Pure."""

import re
from collections.abc import Iterator

from argocd_gitops_mcp.insight.evidence import Evidence
from argocd_gitops_mcp.insight.finding import Finding
from argocd_gitops_mcp.insight.groups import failing
from argocd_gitops_mcp.insight.rule import rule
from argocd_gitops_mcp.insight.telling import began, container_quote, events, of_application, of_resource, plain

_WAITING = {"ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable"}
# What kubelet passes on of containerd and the registry: what that means, and what helps. In this order.
_CAUSES: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        re.compile(r"toomanyrequests|429|rate limit", re.IGNORECASE),
        "the registry limits how often it may be pulled",
        "Wait, or give the cluster credentials of the registry, which have a higher limit.",
    ),
    (
        re.compile(r"no such host|dial tcp|connection refused|i/o timeout|x509|TLS handshake", re.IGNORECASE),
        "the registry cannot be reached",
        "Correct the registry's name in Git, or look after the network from the nodes to it.",
    ),
    (
        re.compile(
            r"pull access denied|unauthorized|authentication required|403 Forbidden|no basic auth", re.IGNORECASE
        ),
        "the registry refuses access, or has no such repository",
        "Correct the image's name in Git, or give the pod an imagePullSecret that may pull it.",
    ),
    (
        re.compile(r"not found|manifest unknown|does not exist", re.IGNORECASE),
        "the registry has no such image or tag",
        "Correct the image's tag in Git to one that was pushed, or push it.",
    ),
    (
        re.compile(r"invalid reference format|InvalidImageName|couldn't parse image", re.IGNORECASE),
        "its name is not valid",
        "Correct the image's name in Git.",
    ),
)
_OTHERWISE = (
    "the message says why",
    "Correct its name or tag in Git; where both are right, the cluster lacks the registry's credentials.",
)


@rule("image-pull", "An image cannot be pulled", told_by="the container's waiting reason and message, the pod's events")
def image_pull(evidence: Evidence) -> Iterator[Finding]:
    """Find containers that wait for their image."""
    app = evidence.application
    for one in failing(evidence, lambda _, container: container.waiting in _WAITING):
        image = one.container.image
        told = [event.message for event in events(one.pod, "Failed", "InspectFailed") if image in event.message]
        telling = max([*told, one.container.said], key=len)
        why, remedy = next((found[1:] for found in _CAUSES if found[0].search(telling)), _OTHERWISE)
        yield Finding(
            f"{one.about}: image {plain(image)} of container {one.container.name} cannot be pulled: {why}.{one.extent}",
            "certain",
            one.owner.node,
            since=began(events(one.pod, "Failed", "BackOff")) or one.since,
            revision=one.revision,
            evidence=(container_quote(one.pod, one.container, telling),),
            remedy=remedy,
            next=(
                of_resource(app, "get_resource_events", one.pod.node),
                of_application(app, "get_history" if one.older[1] else "list_images"),
            ),
            covers=one.nodes,
        )


RULES = (image_pull,)
