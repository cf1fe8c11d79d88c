from copy import deepcopy

from tests.unit.insight.recordings import found, later, recorded, what


def test_what_is_held_names_its_finalizer() -> None:
    assert what(recorded("stuck-finalizer"), "stuck-finalizer") == (
        "ConfigMap/held is being deleted and held by finalizer example.com/archive; the application's deletion waits "
        "for that."
    )


def test_what_is_pruned_may_be_held_too() -> None:
    assert "its deletion waits" in what(recorded("prune-stuck"), "stuck-finalizer")


def test_a_finalizer_has_half_a_minute() -> None:
    assert not found(later(recorded("stuck-finalizer"), -20), "stuck-finalizer")


def test_kubernetes_own_finalizers_go_by_themselves() -> None:
    evidence = recorded("prune-stuck", ('"example.com/archive"', '"foregroundDeletion"'))
    assert not found(evidence, "stuck-finalizer")


def test_several_that_wait_for_the_same_are_one_finding() -> None:
    evidence = recorded("prune-stuck")
    held = next(one for one in evidence.resources if one.node.name == "held")
    other = deepcopy(held)
    other.node.name = "other"
    evidence.resources.append(other)
    (one,) = found(evidence, "stuck-finalizer")
    assert one.more == 1


def test_a_finalizer_of_what_stays_is_nothing() -> None:
    evidence = recorded("prune-stuck", ('"deletionTimestamp": "', '"deletedBefore": "'))
    assert not found(evidence, "stuck-finalizer")


def test_a_running_operation_keeps_the_application() -> None:
    evidence = recorded("wave-waiting")
    assert not found(evidence, "deletion-blocked")
    evidence.application.metadata.deletion_timestamp = evidence.now
    (one,) = found(evidence, "deletion-blocked")
    assert [each.operation for each in one.next] == ["terminate_operation"]
