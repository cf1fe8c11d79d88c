import pytest
from tests.unit.insight.recordings import found, recorded, what

_CREATED = "2026-11-26T23:00:00Z"


@pytest.mark.parametrize(
    ("story", "rule", "says"),
    [
        ("quota", "quota", "ResourceQuota/small of its namespace is used up. 2 of 3 pods exist."),
        ("quota-must-specify", "quota", "ResourceQuota/small of its namespace demands that its pods say"),
        ("limit-range", "quota", "a LimitRange of its namespace does not permit what its pods ask for. 0 of 1"),
        ("pod-security", "pod-security", "pod security level restricted:latest forbids its pods. 0 of 1 pods exist."),
        ("webhook-of-pods", "webhook", "admission webhook images.policy.example.com does not answer"),
    ],
)
def test_who_refuses_is_named(story: str, rule: str, says: str) -> None:
    assert says in what(recorded(story), rule)


# In the words of Kubernetes' source, which the testbed has no occasion to say.
@pytest.mark.parametrize(
    ("message", "rule", "says"),
    [
        (
            'error looking up service account shop/robot: serviceaccount \\"robot\\" not found',
            "service-account",
            "ServiceAccount/robot does not exist",
        ),
        (
            'admission webhook \\"policy.example.com\\" denied the request: no latest tags',
            "webhook",
            "admission webhook policy.example.com refuses its pods",
        ),
        ("the sky is falling", "not-created", "its pods are not created"),
    ],
)
def test_other_messages(message: str, rule: str, says: str) -> None:
    evidence = recorded("limit-range", (_LIMIT, message))
    assert says in what(evidence, rule)


_LIMIT = "maximum memory usage per Container is 128Mi, but limit is 1Gi"


def test_pods_that_were_created_since_end_it() -> None:
    evidence = recorded("quota")
    (replicas,) = evidence.of_kind("ReplicaSet")
    for one in replicas.events:
        if one.reason == "SuccessfulCreate":
            one.last_timestamp = _CREATED
    assert not found(evidence, "quota")


def test_a_healthy_workload_once_refused_is_not_told() -> None:
    evidence = recorded("quota")
    (replicas,) = evidence.of_kind("ReplicaSet")
    assert replicas.node.health is not None
    replicas.node.health.status = "Healthy"
    assert not found(evidence, "quota")
