"""Paths, queries and bodies: what was given cannot become another request."""

from typing import Any
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.argocd import account, applications, call, repositories, resources, syncing
from argocd_gitops_mcp.argocd.resource_models import Node
from argocd_gitops_mcp.argocd.resources import Owner
from argocd_gitops_mcp.effects import Effect

OWNER = Owner("shop", project="retail", app_namespace="teams")
POD = Node(version="v1", kind="Pod", namespace="shop", name="web-0", uid="1")


@given(st.lists(st.text(min_size=1), min_size=1, max_size=4))
def test_a_segment_stays_one_segment(segments: list[str]) -> None:
    quoted = call.path(*segments).removeprefix("/api/v1/").split("/")
    assert [unquote(one) for one in quoted] == segments
    assert not any(mark in one for one in quoted for mark in "?#\\ ")


def test_traversal_is_quoted() -> None:
    assert call.path("applications", "../projects/p") == "/api/v1/applications/..%2Fprojects%2Fp"


@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.none() | st.text() | st.booleans() | st.integers())
)
def test_a_query_says_what_was_given_and_nothing_else(values: dict[str, str | bool | int | None]) -> None:
    pairs = dict(call.query(**values))
    assert set(pairs) == {name for name, value in values.items() if value is not None and value != ""}
    for name, said in pairs.items():
        value = values[name]
        assert said == (str(value).lower() if isinstance(value, bool) else str(value))


def test_false_and_zero_are_said() -> None:
    assert call.query(cascade=False, count=0) == (("cascade", "false"), ("count", "0"))


def test_lists_repeat_the_key() -> None:
    assert call.query(projects=["a", "b"]) == (("projects", "a"), ("projects", "b"))


def test_a_body_leaves_out_what_is_empty_but_keeps_false() -> None:
    assert call.body(a=None, b="", c=[], d={}, e=False, f=0) == {"e": False, "f": 0}


def test_only_reading_calls_are_reads() -> None:
    reads: list[call.Call[Any]] = [
        applications.listed(),
        applications.get("shop"),
        applications.get_whole("shop"),
        applications.manifests("shop"),
        resources.tree(OWNER),
        resources.managed(OWNER),
        resources.live(OWNER, POD),
        resources.events(OWNER),
        resources.actions(OWNER, POD),
        resources.logs(OWNER, POD, "main", tail_lines=1),
        syncing.windows(OWNER),
        syncing.watch(OWNER),
        account.whoami(),
        account.version(),
    ]
    writes: list[call.Call[Any]] = [
        applications.get("shop", refresh="normal"),
        applications.create({"metadata": {"name": "shop"}}),
        applications.patch("shop", []),
        syncing.sync(OWNER, request_id="r"),
        syncing.terminate(OWNER),
        resources.run_action(OWNER, POD, "restart", {}),
        resources.patch(OWNER, POD, "{}", "merge"),
        account.mint("ci", expires_in=1),
        account.revoke("ci", "id"),
    ]
    assert {(one.method, one.effect) for one in reads} == {("GET", Effect.READ)}
    assert {one.effect for one in writes} == {Effect.WRITE}
    destroying: list[call.Call[Any]] = [
        applications.delete("shop"),
        resources.delete(OWNER, POD),
        syncing.sync(OWNER, request_id="r", prune=True),
        syncing.sync(OWNER, request_id="r", force=True),
        syncing.rollback(OWNER, 0),
    ]
    assert {one.effect for one in destroying} == {Effect.DESTRUCTIVE}


def test_a_patch_of_an_application_travels_as_text_of_steps() -> None:
    steps = [{"op": "test", "path": "/spec/project", "value": "retail"}]
    sent = applications.patch("shop", steps, project="retail", app_namespace="teams").body
    assert sent == {
        "patch": '[{"op": "test", "path": "/spec/project", "value": "retail"}]',
        "patchType": "json",
        "appNamespace": "teams",
        "project": "retail",
    }


def test_a_patch_of_a_resource_is_text_under_its_type() -> None:
    found = resources.patch(OWNER, POD, '{"spec": {}}', "strategic-merge")
    assert found.body == '{"spec": {}}'
    assert ("patchType", "application/strategic-merge-patch+json") in found.query


def test_states_are_asked_for_by_name_since_they_are_nearly_all_the_bytes() -> None:
    (fields,) = [value for name, value in resources.managed(OWNER).query if name == "fields"]
    assert "State" not in fields
    (fields,) = [value for name, value in resources.managed(OWNER, states=("liveState",)).query if name == "fields"]
    assert [field for field in fields.split(",") if "State" in field] == ["items.liveState"]


def test_manifests_of_several_sources_are_numbered_in_their_order() -> None:
    found = applications.manifests("shop", revisions=["v1", "v2"]).query
    assert [value for name, value in found if name == "revisions"] == ["v1", "v2"]
    assert [value for name, value in found if name == "sourcePositions"] == ["1", "2"]


def test_the_owner_goes_along_with_every_call_on_a_resource() -> None:
    calls: list[call.Call[Any]] = [
        resources.tree(OWNER),
        resources.managed(OWNER, states=("targetState",), node=POD),
        resources.live(OWNER, POD),
        resources.events(OWNER, POD),
        resources.actions(OWNER, POD),
        resources.logs(OWNER, POD, "main", tail_lines=1),
        resources.patch(OWNER, POD, "{}", "merge"),
        resources.delete(OWNER, POD),
    ]
    for one in calls:
        assert {("project", "retail"), ("appNamespace", "teams")} <= set(one.query), one.path
    # This POST reads them from the body only.
    sent = resources.run_action(OWNER, POD, "restart", {}).body
    assert isinstance(sent, dict)
    assert {"project": "retail", "appNamespace": "teams"}.items() <= sent.items()


def test_events_of_a_resource_carry_its_uid() -> None:
    assert ("resourceUID", "1") in resources.events(OWNER, POD).query


def test_a_resource_travels_under_the_names_argo_cd_reads() -> None:
    names = {name for name, _ in resources.live(OWNER, POD).query}
    assert {"kind", "version", "namespace", "resourceName"} <= names
    assert "resourceKind" not in names


def test_manifests_are_rendered_anew() -> None:
    assert ("noCache", "true") in applications.manifests("shop").query


def test_a_repository_is_one_segment() -> None:
    found = repositories.details(
        {"repoURL": "https://git.example.com/a/b.git"}, 0, application="shop", project="retail"
    )
    assert found.path == "/api/v1/repositories/https%3A%2F%2Fgit.example.com%2Fa%2Fb.git/appdetails"
    assert found.effect is Effect.READ
