import pytest
from tests.unit.insight.recordings import found, later, only, recorded, what

_NO_API = "the server could not find the requested resource (get pods.metrics.k8s.io)"
_UNABLE = f"unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: {_NO_API}"


def test_a_claim_is_told_with_its_class_and_who_waits() -> None:
    (one,) = found(recorded("storage-class-missing"), "volume-pending")
    assert one.what == "PersistentVolumeClaim/data gets no volume of storage class fast; Deployment/web waits for it."
    assert [quote.text.split(":")[0] for quote in one.evidence] == ["ProvisioningFailed", "FailedScheduling"]


def test_a_claim_that_nobody_speaks_of_may_wait() -> None:
    evidence = recorded("volume-claim-pending")
    only(evidence, "PersistentVolumeClaim").events.clear()
    assert found(evidence, "volume-pending")
    only(evidence, "Pod").events.clear()
    assert not found(evidence, "volume-pending")


def test_a_pod_that_waits_for_another_claim_is_not_its_user() -> None:
    evidence = recorded("volume-claim-pending", ('"claimName": "data"', '"claimName": "other"'))
    assert what(evidence, "volume-pending") == "PersistentVolumeClaim/data gets no volume."


def test_an_address_may_take_a_while() -> None:
    evidence = recorded("load-balancer-new")
    assert not found(evidence, "address-pending")
    assert "Service/web has had no address for 10 minutes" in what(later(evidence, 600), "address-pending")


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (_UNABLE, "the cluster has no metrics API"),
        ("missing request for cpu in container main of Pod web-1", "its pods do not say how much they ask for"),
    ],
)
def test_why_an_autoscaler_does_not_scale(message: str, why: str) -> None:
    evidence = recorded("metrics-missing", (_UNABLE, message))
    assert what(evidence, "autoscaler").startswith(f"HorizontalPodAutoscaler/web does not scale Deployment/web: {why}")


def test_a_new_autoscaler_may_have_no_numbers_yet() -> None:
    evidence = recorded("metrics-missing", (_UNABLE, "no metrics returned from resource metrics API"))
    assert not found(evidence, "autoscaler")
    assert not found(evidence, "degraded")
    assert found(later(evidence, 300), "autoscaler")
