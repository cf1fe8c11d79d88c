"""Paths, queries and bodies: what was given cannot become another request."""

from typing import Any
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.argocd import account, applications, call, repositories, resources
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
        account.whoami(),
        account.version(),
    ]
    writes: list[call.Call[Any]] = [
        applications.get("shop", refresh="normal"),
        applications.create({"metadata": {"name": "shop"}}),
        applications.patch("shop", {}),
        applications.sync("shop", request_id="r"),
        resources.run_action(OWNER, POD, "restart", {}),
        account.mint("ci", expires_in=1),
        account.revoke("ci", "id"),
    ]
    assert {(one.method, one.effect) for one in reads} == {("GET", Effect.READ)}
    assert {one.effect for one in writes} == {Effect.WRITE}
    assert applications.delete("shop").effect is Effect.DESTRUCTIVE
    assert applications.sync("shop", request_id="r", prune=True).effect is Effect.DESTRUCTIVE


def test_sync_options_travel_as_argo_cd_wants_them() -> None:
    sent = applications.sync("shop", request_id="r", sync_options=["Replace=true"]).body or {}
    assert sent["syncOptions"] == {"items": ["Replace=true"]}
    assert sent["infos"] == [{"name": "request-id", "value": "r"}]
    assert "syncOptions" not in (applications.sync("shop", request_id="r").body or {})


def test_the_owner_goes_along_with_every_call_on_a_resource() -> None:
    calls: list[call.Call[Any]] = [
        resources.tree(OWNER),
        resources.managed(OWNER, states=True, node=POD),
        resources.live(OWNER, POD),
        resources.events(OWNER, POD),
        resources.actions(OWNER, POD),
        resources.logs(OWNER, POD, "main", tail_lines=1),
    ]
    for one in calls:
        assert {("project", "retail"), ("appNamespace", "teams")} <= set(one.query), one.path
    # A POST reads them from the body only.
    assert {"project": "retail", "appNamespace": "teams"}.items() <= (
        resources.run_action(OWNER, POD, "restart", {}).body or {}
    ).items()


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
