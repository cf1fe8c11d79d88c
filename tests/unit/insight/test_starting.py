import pytest
from tests.unit.insight.recordings import found, later, only, recorded, status, what


@pytest.mark.parametrize(
    ("story", "lacks"),
    [
        ("missing-config-map", "ConfigMap/tuning does not exist"),
        ("missing-secret", "Secret/credentials does not exist"),
        ("missing-key", "key SPEED is missing in ConfigMap/settings"),
    ],
)
def test_what_is_missing_is_named(story: str, lacks: str) -> None:
    assert what(recorded(story), "missing-reference").endswith(f"cannot be configured: {lacks}.")


def test_what_git_declares_and_nobody_deployed_is_to_be_synced() -> None:
    evidence = recorded("missing-config-map", ('configmap \\"tuning\\"', 'configmap \\"settings\\"'))
    settings = only(evidence, "ConfigMap")
    settings.node.uid = ""
    (one,) = found(evidence, "missing-reference")
    assert one.next[0].operation == "sync_application"


def test_an_image_that_runs_as_root_is_no_missing_reference() -> None:
    evidence = recorded("missing-config-map")
    said = "container has runAsNonRoot and image will run as root (pod: web, container: main)"
    status(only(evidence, "Pod"))["state"]["waiting"]["message"] = said
    assert not found(evidence, "missing-reference")
    assert "it must not run as root" in what(evidence, "container-config")


def test_a_volume_is_told_with_what_it_is_made_of() -> None:
    assert "volume conf cannot be mounted: ConfigMap/tuning does not exist" in what(
        recorded("mount-failed"), "mount-failed"
    )


def test_a_mount_that_succeeded_since_is_not_told() -> None:
    evidence = recorded("mount-failed")
    pod = only(evidence, "Pod")
    (failed,) = (one for one in pod.events if one.reason == "FailedMount")
    pulled = next(one for one in recorded("readiness-probe").of_kind("Pod")).events
    started = next(one for one in pulled if one.reason == "Started")
    started.last_timestamp = failed.last_timestamp
    pod.events.append(started)
    assert not found(evidence, "mount-failed")


def test_a_mount_may_fail_once() -> None:
    evidence = recorded("mount-failed", ('"count": 8', '"count": 1'))
    assert not found(evidence, "mount-failed")
    assert found(later(evidence, 40), "mount-failed")


@pytest.mark.parametrize(
    ("story", "why"),
    [
        ("unschedulable", "they have too little cpu left (it asks for 5k)."),
        ("unschedulable-selector", "they do not fit its nodeSelector or node affinity (nodeSelector disk=fast)."),
        ("unschedulable-taint", "it does not tolerate their taints and they do not fit its nodeSelector"),
    ],
)
def test_why_no_node_takes_it(story: str, why: str) -> None:
    assert f"none of the nodes takes its pod: {why}" in what(recorded(story), "unschedulable")


def test_a_pod_that_has_found_its_node_is_not_told() -> None:
    evidence = recorded("unschedulable")
    live = only(evidence, "Pod").live
    assert live is not None
    live["spec"]["nodeName"] = "node-0"
    assert not found(evidence, "unschedulable")


def test_a_pod_that_waits_for_its_claim_is_told_by_the_claim() -> None:
    assert not found(recorded("volume-claim-pending"), "unschedulable")


def test_a_claim_that_does_not_exist_is_named() -> None:
    said = '0/2 nodes are available: persistentvolumeclaim \\"data\\" not found. preemption: none.'
    evidence = recorded("volume-claim-pending", (_UNBOUND, said))
    assert "PersistentVolumeClaim/data, which does not exist" in what(evidence, "unschedulable")


_UNBOUND = "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"
