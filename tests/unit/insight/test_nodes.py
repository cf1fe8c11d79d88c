from tests.unit.insight.recordings import found, only, recorded, what

from argocd_gitops_mcp.argocd.models import Health


def test_a_lost_node_is_named() -> None:
    assert what(recorded("node-lost"), "node-lost") == (
        "Deployment/web: node node-0 does not answer, so that 1 of its pods there does not count as ready."
    )


def test_a_node_that_is_back_is_not_told() -> None:
    evidence = recorded("node-lost")
    live = only(evidence, "Pod").live
    assert live is not None
    for one in live["status"]["conditions"]:
        one["status"] = "True"
    assert not found(evidence, "node-lost")


def test_pods_that_were_made_again_elsewhere_end_it() -> None:
    evidence = recorded("node-lost")
    only(evidence, "Deployment").node.health = Health(status="Healthy")
    assert not found(evidence, "node-lost")


def test_a_bare_pod_that_was_evicted_stays_away() -> None:
    assert what(recorded("evicted"), "evicted") == (
        "Pod/web: it was evicted from its node, and nothing makes it again."
    )


def test_a_failed_pod_was_not_evicted() -> None:
    assert not found(recorded("evicted", ('"reason": "Evicted"', '"reason": "Error"')), "evicted")
