"""Why pods do not run, as their containers and events say. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterator

from argocd_gitops_mcp.argocd.tree import Key, key
from argocd_gitops_mcp.insight.containers import Container, containers
from argocd_gitops_mcp.insight.evidence import Evidence, Resource
from argocd_gitops_mcp.insight.finding import Finding, Quote
from argocd_gitops_mcp.insight.rule import rule
from argocd_gitops_mcp.insight.telling import (
    began,
    events,
    last_words,
    name,
    of_application,
    of_resource,
    quoted,
    revision_before,
)

Hit = tuple[Resource, Container]


def failing(evidence: Evidence, fits: Callable[[Container], bool]) -> Iterator[list[Hit]]:
    """Containers that fit, together where they belong to the same workload: the newest pod first."""
    groups: dict[tuple[Key, str], list[Hit]] = defaultdict(list)
    for pod in evidence.of_kind("Pod"):
        for one in containers(pod):
            if fits(one):
                groups[key(evidence.owner(pod).node), one.name].append((pod, one))
    for hits in groups.values():
        yield sorted(hits, key=lambda hit: hit[0].node.created_at or "", reverse=True)


_UNPULLABLE = {"ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable"}


@rule("image-pull", "An image cannot be pulled", told_by="the container's waiting reason, and the pod's events")
def image_pull(evidence: Evidence) -> Iterator[Finding]:
    """Find containers that wait for their image."""
    app = evidence.application
    for hits in failing(evidence, lambda one: one.waiting in _UNPULLABLE):
        pod, one = hits[0]
        owner = evidence.owner(pod)
        said = events(pod, "Failed", "BackOff", "InspectFailed")
        since = began(said) or pod.node.created_at or ""
        yield Finding(
            f"{name(owner.node)}: image {one.image} of container {one.name} cannot be pulled ({one.waiting}).",
            "certain",
            owner.node,
            len(hits) - 1,
            since,
            revision_before(evidence, pod.node.created_at or since),
            (
                *quoted(pod, [event for event in said if "ailed" in event.message][:1]),
                Quote(f"status of {name(pod.node)}", f"{one.waiting}: {one.said}"),
            ),
            "Correct its name or tag in Git; where both are right, the cluster lacks the registry's credentials.",
            (
                of_resource(app, "get_resource_events", pod.node),
                of_application(app, "diff_application"),
            ),
        )


@rule(
    "crash-loop", "A container starts and ends, again and again", told_by="its waiting reason, last end and last lines"
)
def crash_loop(evidence: Evidence) -> Iterator[Finding]:
    """Find containers that are started again and again."""
    app = evidence.application
    for hits in failing(evidence, lambda one: one.waiting == "CrashLoopBackOff"):
        pod, one = hits[0]
        owner = evidence.owner(pod)
        since = pod.node.created_at or ""
        ended = f", exit code {one.ended.exit_code}" if one.ended is not None else ""
        yield Finding(
            f"{name(owner.node)}: container {one.name} crashes again and again ({one.restarts} restarts{ended}).",
            "certain",
            owner.node,
            len(hits) - 1,
            since,
            revision_before(evidence, since),
            (*last_words(pod, one.name), *quoted(pod, events(pod, "BackOff"))),
            "Its last words say why; a remedy is a commit.",
            (of_resource(app, "get_workload_logs", pod.node, container=one.name, previous=True),),
        )


RULES = (image_pull, crash_loop)
