"""What starts, stops and watches an operation."""

from typing import Any

from argocd_gitops_mcp.argocd import call, syncing
from argocd_gitops_mcp.argocd.resources import Owner

OWNER = Owner("shop", project="retail", app_namespace="teams")
OWN = {"project": "retail", "appNamespace": "teams"}


def body(one: call.Call[Any]) -> dict[str, Any]:
    assert isinstance(one.body, dict)
    return one.body


def test_a_sync_says_nothing_but_what_was_asked_for() -> None:
    assert body(syncing.sync(OWNER, request_id="r")) == {"infos": [{"name": "request-id", "value": "r"}], **OWN}


def test_sync_options_travel_as_argo_cd_wants_them() -> None:
    sent = body(syncing.sync(OWNER, request_id="r", sync_options=["Replace=true"]))
    assert sent["syncOptions"] == {"items": ["Replace=true"]}


def test_an_empty_list_of_sync_options_replaces_the_applications_own() -> None:
    assert body(syncing.sync(OWNER, request_id="r", sync_options=[]))["syncOptions"] == {"items": []}


def test_force_is_a_strategy() -> None:
    assert body(syncing.sync(OWNER, request_id="r", force=True))["strategy"] == {"hook": {"force": True}}


def test_no_further_attempt_is_said_too() -> None:
    assert body(syncing.sync(OWNER, request_id="r", retry_limit=0))["retryStrategy"]["limit"] == 0


def test_revisions_are_numbered_in_the_order_of_their_sources() -> None:
    sent = body(syncing.sync(OWNER, request_id="r", revisions=["v1", "v2"]))
    assert (sent["revisions"], sent["sourcePositions"]) == (["v1", "v2"], [1, 2])


def test_the_first_deployment_has_the_id_zero() -> None:
    assert body(syncing.rollback(OWNER, 0)) == {"id": 0, **OWN}
    assert body(syncing.rollback(OWNER, 3, prune=True, dry_run=True)) == {"id": 3, "prune": True, "dryRun": True, **OWN}


def test_the_owner_goes_along() -> None:
    for one in (syncing.terminate(OWNER), syncing.windows(OWNER), syncing.watch(OWNER)):
        assert OWN.items() <= dict(one.query).items(), one.path
        assert "shop" in one.path or ("name", "shop") in one.query


def test_a_watch_asks_for_all_that_a_course_reads() -> None:
    """A field that is not asked for comes empty, which looks like a state."""
    fields = dict(syncing.watch(OWNER).query)["fields"].split(",")
    for needed in (
        "metadata.uid",
        "metadata.resourceVersion",
        "spec.syncPolicy.automated",
        "operation",
        "status.sync.status",
        "status.health",
        "status.reconciledAt",
        "status.operationState.phase",
        "status.operationState.startedAt",
        "status.operationState.finishedAt",
        "status.operationState.operation",
    ):
        assert f"result.application.{needed}" in fields
    assert "result.type" in fields
