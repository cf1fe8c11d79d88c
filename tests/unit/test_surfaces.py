"""Operations as tools, on every surface and under every policy."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, create_model

from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import UnknownOperation
from argocd_gitops_mcp.operations.catalogue import OPERATIONS, selected
from argocd_gitops_mcp.policy import Policy
from argocd_gitops_mcp.surfaces import ToolSpec, portable, tools

WRITING, READING = Policy(allow_write=True), Policy()
MERGING = Policy(allow_write=True, permissions=frozenset({"allow_merge"}))
UNIFIED = {
    "manage_argocd_application",
    "manage_argocd_resource",
    "read_argocd_instance",
    "manage_gitops_repository",
}
TWINS = {"read_argocd_application", "read_argocd_resource", "read_gitops_repository"}
WRITING_ALONE = {"manage_argocd_instance"}
FIELD_TYPES: list[Any] = [str, int, float, bool, list[str], dict[str, Any], str | None, int | None, list[str] | None]


def listed(policy: Policy, surface: str) -> dict[str, ToolSpec]:
    return {spec.name: spec for spec in tools(OPERATIONS, policy, surface) if spec.listed}


@given(st.dictionaries(st.from_regex("[a-z]{1,6}", fullmatch=True), st.sampled_from(FIELD_TYPES), min_size=1))
def test_whatever_pydantic_says_becomes_portable(fields: dict[str, Any]) -> None:
    definitions: Any = {name: (kind, Field(description="x")) for name, kind in fields.items()}
    model: type[BaseModel] = create_model("Model", **definitions)
    for schema in model.model_json_schema()["properties"].values():
        found = portable(schema)
        assert isinstance(found["type"], str)
        assert found["type"] != "null"
        assert found["description"] == "x"
        assert not {"anyOf", "title", "additionalProperties", "$ref"} & set(found)


def test_portable_leaves_its_argument_alone() -> None:
    schema = {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None, "title": "A"}
    assert portable(schema) == {"type": "string"}
    assert schema == {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None, "title": "A"}


def test_upper_bounds_stay_and_so_do_defaults_that_say_something() -> None:
    assert portable({"type": "integer", "default": 100, "minimum": 1, "maximum": 1000}) == {
        "type": "integer",
        "default": 100,
        "maximum": 1000,
    }
    assert portable({"type": "boolean", "default": True}) == {"type": "boolean", "default": True}
    assert portable({"type": "boolean", "default": False}) == {"type": "boolean"}


@pytest.mark.parametrize(
    ("policy", "surface", "names"),
    [
        (READING, "unified", UNIFIED),
        (WRITING, "unified", UNIFIED | TWINS | WRITING_ALONE),
        (READING, "split", {one.name for one in OPERATIONS if one.effect is Effect.READ}),
        (WRITING, "split", {one.name for one in OPERATIONS if not one.permission}),
        (MERGING, "split", {one.name for one in OPERATIONS}),
    ],
)
def test_what_is_listed(policy: Policy, surface: str, names: set[str]) -> None:
    assert set(listed(policy, surface)) == names


@pytest.mark.parametrize("surface", ["unified", "split"])
def test_read_only_offers_reads_alone_and_says_so(surface: str) -> None:
    for spec in listed(READING, surface).values():
        assert spec.effect is Effect.READ
        assert not {"confirm", "plan", "plan_id"} & set(spec.schema["properties"])
        if spec.unified:
            assert not {"create", "update", "delete", "sync", "run_resource_action"} & set(
                spec.schema["properties"]["operation"]["enum"]
            )
            assert spec.description.startswith("Read ")
            assert not spec.description.startswith("Read and change")


def test_the_twins_read_whatever_the_policy() -> None:
    for name in TWINS:
        spec = listed(WRITING, "unified")[name]
        assert spec.effect is Effect.READ
        assert {one.effect for one in spec.operations.values()} == {Effect.READ}


def test_aliases_answer_the_same_and_are_not_listed() -> None:
    for policy in (READING, WRITING):
        specs = {spec.name: spec for spec in tools(OPERATIONS, policy, "unified")}
        for alias, name in (
            ("manage_application", "manage_argocd_application"),
            ("manage_resource", "manage_argocd_resource"),
        ):
            assert not specs[alias].listed
            assert specs[alias].operations == specs[name].operations
            assert specs[alias].schema["properties"].keys() == {"operation"}, "nobody lists it"
            assert specs[alias].effect == specs[name].effect


def test_a_refused_operation_is_routed_so_that_the_hallway_says_why() -> None:
    spec = listed(READING, "unified")["manage_argocd_application"]
    assert spec.route({"operation": "delete", "name": "shop"}) == ("delete_application", {"name": "shop"})
    split = {one.name: one for one in tools(OPERATIONS, READING, "split")}
    assert not split["delete_application"].listed
    assert split["delete_application"].route({"name": "shop"}) == ("delete_application", {"name": "shop"})


def test_a_tool_means_what_its_operation_says() -> None:
    spec = listed(WRITING, "unified")["manage_argocd_application"]
    given_ = {"operation": "get", "name": "shop"}
    assert spec.route(given_) == ("get_application", {"name": "shop"})
    assert given_ == {"operation": "get", "name": "shop"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"operation": "get_resource_tre", "application_name": "shop"}, "Did you mean 'get_resource_tree'?"),
        ({"operation": "drop"}, "no operation 'drop'"),
        ({"application_name": "shop"}, "needs operation"),
        ({"operation": None}, "needs operation"),
        ({"operation": 5}, "no operation '5'"),
        ({"operation": ["get"]}, "no operation"),
        ({"operation": "x" * 9000}, "no operation"),
    ],
)
def test_an_unknown_operation_answers_with_those_there(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(UnknownOperation) as raised:
        listed(WRITING, "unified")["manage_argocd_resource"].route(arguments)
    assert said in raised.value.message
    assert len(raised.value.message) < 250
    assert "run_resource_action" in raised.value.hint


def test_arguments_of_few_operations_say_which() -> None:
    properties = listed(WRITING, "unified")["manage_argocd_application"].schema["properties"]
    assert properties["cascade"]["description"].startswith("(delete)")
    assert properties["upsert"]["description"].startswith("(create)")
    assert properties["sync_options"]["description"].startswith("(create, update, sync)")
    resource = listed(WRITING, "unified")["manage_argocd_resource"].schema["properties"]
    assert resource["confirm"]["description"].startswith("(delete_resource, apply_plan)")
    assert not properties["project"]["description"].startswith("(")


def test_every_write_can_be_planned_and_what_destroys_confirmed() -> None:
    for name, spec in listed(WRITING, "split").items():
        properties = spec.schema["properties"]
        assert ("plan" in properties) is (spec.effect is not Effect.READ and name != "apply_plan")
        assert ("confirm" in properties) is (spec.effect is Effect.DESTRUCTIVE)
    for name in ("manage_argocd_application", "manage_argocd_resource"):
        assert {"plan", "plan_id", "confirm"} <= set(listed(WRITING, "unified")[name].schema["properties"])


def test_required_is_what_all_operations_need() -> None:
    found = listed(WRITING, "unified")
    assert found["manage_argocd_application"].schema["required"] == ["operation"]
    # A plan names its application itself.
    assert found["manage_argocd_resource"].schema["required"] == ["operation"]
    assert found["read_argocd_resource"].schema["required"] == ["operation", "application_name"]
    assert listed(WRITING, "split")["delete_application"].schema["required"] == ["name"]


@pytest.mark.parametrize(
    ("toolsets", "names"),
    [
        ("argocd,git", UNIFIED),
        ("argocd", UNIFIED - {"manage_gitops_repository"}),
        ("git", {"manage_gitops_repository"}),
    ],
)
def test_a_toolset_that_is_not_offered_leaves_nothing_behind(toolsets: str, names: set[str]) -> None:
    specs = tools(selected(toolsets), READING, "unified")
    assert {spec.name for spec in specs if spec.listed} == names
    writing = tools(selected(toolsets), WRITING, "unified")
    assert all("apply_plan" in spec.operations for spec in writing if spec.name in names - {"read_argocd_instance"})


def test_what_needs_a_permission_is_offered_with_it_alone() -> None:
    def verbs(policy: Policy) -> Any:
        return listed(policy, "unified")["manage_gitops_repository"].schema["properties"]["operation"]["enum"]

    assert "merge_pull_request" not in verbs(WRITING)
    assert "merge_pull_request" in verbs(MERGING)
