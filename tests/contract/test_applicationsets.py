"""ApplicationSets: what a set would make, and that nothing is deleted or taken over that nobody asked for."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from argocd_gitops_mcp.operations import _set_writing
from tests.contract.bench import Bench
from tests.contract.instance_bench import INSTANCE, READING, SETS, SetBench, set_bench
from tests.stage import Stage, Tools, until

pytestmark = pytest.mark.anyio


@pytest.fixture
def sets(bench: Bench) -> Iterator[SetBench]:
    with set_bench(bench) as found:
        yield found


def source(sets: SetBench, element: str) -> dict[str, Any]:
    whole = sets.application(element)
    assert whole is not None
    found: dict[str, Any] = whole["spec"]["source"]
    return found


async def test_a_preview_of_a_set_that_is_not_there_yet(sets: SetBench) -> None:
    told = (await sets.call("preview_applicationset", spec=sets.spec(["a", "b"]))).ok.structured
    assert told["result"] == "nothing was changed; it makes 2 applications: 2 new"
    assert told["created"] == [sets.app("a"), sets.app("b")]
    assert "no such set" in told["note"]
    assert sets.read().status == 404


async def test_a_preview_says_what_is_new_gone_changed_and_the_same(sets: SetBench) -> None:
    await sets.made(["a", "b", "c"])
    told = (await sets.call("preview_applicationset")).ok.structured
    assert told["result"] == "nothing was changed; it makes 3 applications: 3 same"
    assert set(told) == {"result", "name"}
    rows = sets.elements(["a", "b", "d"])
    rows["generators"][0]["list"]["elements"][1]["path"] = "c"
    told = (await sets.call("preview_applicationset", spec=rows)).ok.structured
    assert told["deleted"] == [sets.app("c")]
    assert told["changed"] == [f"{sets.app('b')}: spec.source.path: b -> c"]
    assert told["created"] == [sets.app("d")]
    assert "1 new, 1 changed, 1 same; 1 of those made before are not made any more" in told["result"]
    assert "deleted with them" in told["warnings"][0]
    assert sets.resources() == [sets.app(one) for one in "abc"]


async def test_what_is_the_same_of_many_is_told_once(sets: SetBench) -> None:
    await sets.made(["a", "b"])
    change = {"template": {"spec": {"source": {"targetRevision": "HEAD"}}}}
    told = (await sets.call("preview_applicationset", spec=change)).ok.structured
    assert told["changed"] == [f"{sets.app('a')}, {sets.app('b')}: spec.source.targetRevision: main -> HEAD"]
    assert told["setChanges"] == ["spec.template.spec.source.targetRevision: main -> HEAD"]


async def test_a_preview_needs_no_permission_to_write(stage: Stage, sets: SetBench) -> None:
    async with stage.tools(allow_write=False) as tools:
        given = {"name": sets.name, "spec": sets.spec(["a"])}
        assert (await tools.call(READING, operation="preview_applicationset", **given)).ok
        (await tools.call(INSTANCE, operation="create_applicationset", **given)).refused("read_only")
    async with stage.tools("reader") as tools:
        refused = await tools.call(READING, operation="preview_applicationset", **given)
        assert "applicationsets, create" in refused.refused("forbidden")


async def test_a_set_that_is_not_there_is_no_empty_one(sets: SetBench) -> None:
    (await sets.call("preview_applicationset")).refused("not_found")
    (await sets.call("update_applicationset", spec={"goTemplate": True})).refused("not_found")
    (await sets.call("delete_applicationset", confirm=sets.name)).refused("not_found")
    assert [one for one in sets.bench.tools.writes if "generate" not in one.path] == []


async def test_created_applications_are_seen_before_it_is_said(sets: SetBench) -> None:
    told = (await sets.call("create_applicationset", spec=sets.spec(["a", "b"]))).ok.structured
    assert told["result"] == "created; its applications are as foreseen"
    assert told["applications"][0] == "2 applications: 2 new"
    assert source(sets, "a")["path"] == "a"
    assert source(sets, "b")["path"] == "b"
    (sent,) = [one for one in sets.bench.tools.writes if one.path == SETS]
    assert sent.query == ()


async def test_a_set_is_never_created_over_another(sets: SetBench) -> None:
    await sets.made(["a"])
    refused = await sets.call("create_applicationset", spec=sets.spec(["b"]))
    assert "update_applicationset" in refused.refused("already_exists")
    assert [one for one in sets.bench.tools.writes if one.path == SETS] == []
    assert sets.resources() == [sets.app("a")]


async def test_a_set_that_was_created_meanwhile_is_not_overwritten(sets: SetBench) -> None:
    """Argo CD says 400 where 409 would be right."""
    sets.stored(["a"])
    body = {"metadata": {"name": sets.name}, "spec": sets.spec(["b"])}
    answer = sets.bench.stage.raw("POST", SETS, body=body)
    text = "existing ApplicationSet spec is different, use upsert flag to force update"
    assert answer.said == (400, 3, text)


async def test_what_is_not_given_stays(sets: SetBench) -> None:
    await sets.made(["a", "b"], syncPolicy={"preserveResourcesOnDeletion": True})
    change = {"template": {"spec": {"source": {"targetRevision": "HEAD"}}}}
    told = (await sets.call("update_applicationset", spec=change, metadata={"labels": {"team": "shop"}})).ok.structured
    assert told["result"] == "updated; its applications are as foreseen"
    assert sorted(told["changed"]) == [
        "metadata.labels: (unset) -> {'team': 'shop'}",
        "spec.template.spec.source.targetRevision: main -> HEAD",
    ]
    assert source(sets, "a") == {"repoURL": sets.url, "path": "a", "targetRevision": "HEAD"}
    whole = sets.whole()
    assert whole["spec"]["syncPolicy"] == {"preserveResourcesOnDeletion": True}
    assert sets.resources() == [sets.app("a"), sets.app("b")]


async def test_an_update_that_changes_nothing_is_not_sent(sets: SetBench) -> None:
    await sets.made(["a"])
    told = (await sets.call("update_applicationset", spec=sets.elements(["a"]))).ok.structured
    assert told["result"].startswith("unchanged")
    assert [one for one in sets.bench.tools.writes if one.path == SETS] == []


async def test_applications_are_not_deleted_unasked(sets: SetBench) -> None:
    await sets.made(["a", "b", "c"])
    refused = await sets.call("update_applicationset", spec=sets.elements(["a"]))
    text = refused.refused("failed_precondition")
    assert f"{sets.app('b')}, {sets.app('c')}" in text
    assert "prune=true" in text
    refused = await sets.call("update_applicationset", spec=sets.elements(["a"]), prune=True)
    text = refused.refused("not_confirmed")
    assert f"Removes 2: Application/{sets.app('b')}, Application/{sets.app('c')}" in text
    assert [one for one in sets.bench.tools.writes if one.path == SETS] == []
    assert sets.resources() == [sets.app(one) for one in "abc"]
    done = await sets.call("update_applicationset", spec=sets.elements(["a"]), prune=True, confirm=sets.name)
    assert done.ok.structured["result"] == "updated; its applications are as foreseen"
    assert sets.application("b") is None
    assert sets.application("c") is None
    assert sets.application("a") is not None


async def test_a_plan_shows_what_would_be_deleted_and_is_applied_as_it_was(sets: SetBench) -> None:
    await sets.made(["a", "b"])
    given: dict[str, Any] = {"spec": sets.elements(["a", "d"]), "prune": True}
    plan = (await sets.call("update_applicationset", plan=True, **given)).ok.structured
    assert plan["removes"] == [f"Application/{sets.app('b')}"]
    assert f"created: {sets.app('d')}" in plan["changes"]
    assert f"deleted: {sets.app('b')}" in plan["changes"]
    assert plan["rights"] == [
        f"applicationsets, create, default/{sets.name}: yes",
        f"applicationsets, update, default/{sets.name}: yes",
    ]
    given = {"plan_id": plan["planId"], "confirm": sets.name}
    done = await sets.bench.tools.call(INSTANCE, operation="apply_plan", **given)
    assert done.ok.structured["result"] == "updated; its applications are as foreseen"
    assert sets.resources() == [sets.app("a"), sets.app("d")]
    again = await sets.bench.tools.call(INSTANCE, operation="apply_plan", **given)
    again.refused("plan_outdated")


async def test_a_policy_that_keeps_applications_keeps_them(sets: SetBench) -> None:
    await sets.made(["a", "b"], syncPolicy={"applicationsSync": "create-update"})
    told = (await sets.call("update_applicationset", spec=sets.elements(["a"]))).ok.structured
    assert f"not made any more, and left (applicationsSync is create-update): {sets.app('b')}" in told["applications"]
    assert sets.application("b") is not None


async def test_an_application_that_is_there_already_is_not_taken_over_unasked(bench: Bench, sets: SetBench) -> None:
    mine = {"repoURL": sets.url, "path": "c", "targetRevision": "main"}
    body = {"metadata": {"name": sets.app("a")}, "spec": {**sets.spec([])["template"]["spec"], "source": mine}}
    assert bench.stage.raw("POST", "/api/v1/applications", body=body).status == 200
    refused = await sets.call("create_applicationset", spec=sets.spec(["a"]))
    assert f"take them over and overwrite them: {sets.app('a')}" in refused.refused("failed_precondition")
    assert source(sets, "a")["path"] == "c"
    done = await sets.call("create_applicationset", spec=sets.spec(["a"]), prune=True, confirm=sets.name)
    assert done.ok.structured["result"] == "created; its applications are as foreseen"
    assert source(sets, "a")["path"] == "a"


async def test_an_application_of_another_set_is_told_and_stays_its_own(bench: Bench, sets: SetBench) -> None:
    await sets.made(["a"])
    other = f"{sets.name}-other"
    try:
        given = {"operation": "create_applicationset", "name": other, "spec": sets.spec(["a"])}
        told = (await bench.tools.call(INSTANCE, **given)).ok.structured
        assert told["result"] == "created; it reports an error"
        assert f"belongs to ApplicationSet {sets.name!r}" in told["warnings"][0]
        assert "already owned by another ApplicationSet" in told["problems"][0]
    finally:
        bench.stage.raw("DELETE", f"{SETS}/{other}")


async def test_a_name_that_is_made_twice_makes_no_application(sets: SetBench) -> None:
    told = (await sets.call("create_applicationset", spec=sets.spec(["a", "b", "b"]))).ok.structured
    assert "made twice" in told["applications"][0]
    assert sets.app("b") in told["warnings"][0]
    assert "duplicate name" in told["problems"][0]
    assert sets.application("b") is None


async def test_what_argo_cd_does_not_know_is_told(sets: SetBench) -> None:
    spec = sets.spec(["a"], syncPolicies={"applicationsSync": "create-only"})
    told = (await sets.call("create_applicationset", spec=spec)).ok.structured
    assert told["ignored"] == ["spec.syncPolicies"]
    told = (await sets.call("update_applicationset", spec={"strategies": {"type": "RollingSync"}})).ok.structured
    assert told["result"] == "unchanged: Argo CD knows nothing of what was given"
    assert told["ignored"] == ["spec.strategies"]


async def test_a_set_that_cannot_be_generated_is_refused_before_it_is_stored(sets: SetBench) -> None:
    broken = [
        (sets.spec(["a"], generators=[{"unknown": {}}]), "rejected", "unrecognized generators"),
        (sets.spec(["a"], goTemplate=True, goTemplateOptions=["missingkey=error"]), "", ""),
    ]
    strict = broken[1][0]
    strict["template"]["metadata"]["name"] = "{{.missing}}"
    for spec, code, text in [broken[0], (strict, "rejected", "map has no entry")]:
        refused = await sets.call("create_applicationset", spec=spec)
        assert text in refused.refused(code)
    for project, code in (("{{name}}", "invalid_argument"), ("", "invalid_argument"), ("nowhere", "rejected")):
        spec = sets.spec(["a"])
        spec["template"]["spec"]["project"] = project
        (await sets.call("create_applicationset", spec=spec)).refused(code)
    assert sets.read().status == 404


async def test_what_a_generator_lacks_is_not_the_set(sets: SetBench) -> None:
    """Argo CD answers 404, as if the set were missing."""
    await sets.made(["a"])
    lacking = {"generators": [{"plugin": {"configMapRef": {"name": "nowhere"}}}]}
    for operation in ("preview_applicationset", "update_applicationset"):
        text = (await sets.call(operation, spec=lacking)).refused("rejected")
        assert "cannot make the applications" in text
        assert 'configmaps "nowhere" not found' in text


async def test_why_nothing_can_be_made_is_told_without_the_values_of_its_elements(sets: SetBench) -> None:
    """Argo CD sends its log along, which shows all of them, as numbers, too."""
    spec = sets.spec([], goTemplate=True, goTemplateOptions=["missingkey=error"])
    spec["generators"] = [{"list": {"elements": [{"login": "hidden-word"}]}}]
    spec["template"]["metadata"]["name"] = "{{.missing}}"
    sent = {"metadata": {"name": sets.name}, "spec": spec}
    raw = sets.bench.stage.raw("POST", f"{SETS}/generate", body={"applicationSet": sent}).json["message"]
    dumped = str([*b"hidden-word"])[1:-1].replace(",", "")
    assert dumped in raw
    text = (await sets.call("preview_applicationset", spec=spec)).refused("rejected")
    assert "map has no entry" in text
    assert dumped not in text
    assert "hidden-word" not in text


async def test_labels_that_cannot_be_removed_are_refused(sets: SetBench) -> None:
    assert (await sets.call("create_applicationset", spec=sets.spec(["a"]), metadata={"labels": {"a": "1"}})).ok
    refused = await sets.call("update_applicationset", metadata={"labels": {"a": None}})
    assert "only adds" in refused.refused("invalid_argument")
    assert (await sets.call("update_applicationset", metadata={"labels": {"a": "2"}})).ok
    assert sets.whole()["metadata"]["labels"] == {"a": "2"}


async def test_finalizers_survive_an_update(sets: SetBench) -> None:
    held = ["resources-finalizer.argocd.argoproj.io"]
    assert (await sets.call("create_applicationset", spec=sets.spec(["a"]), metadata={"finalizers": held})).ok
    change = {"template": {"spec": {"source": {"targetRevision": "HEAD"}}}}
    assert (await sets.call("update_applicationset", spec=change)).ok
    assert sets.whole()["metadata"]["finalizers"] == held


async def test_a_template_that_stops_working_is_told_as_the_set_reports_it(stage: Stage, sets: SetBench) -> None:
    """Not by the tools, which have it generated before it is stored."""
    spec = sets.spec(["a"], goTemplate=True, goTemplateOptions=["missingkey=error"])
    spec["template"]["metadata"]["name"] = "{{.missing}}"
    assert stage.raw("POST", SETS, body={"metadata": {"name": sets.name}, "spec": spec}).status == 200
    status = await until(lambda: sets.whole()["status"], lambda found: "conditions" in found)
    where = 'template: base:1:2: executing "base" at <.missing>: map has no entry for key "missing"'
    text = f"failed to execute go template {{{{.missing}}}}: {where}"
    told = [(one["type"], one["status"], one["reason"], one["message"]) for one in status["conditions"]]
    assert told == [
        ("ErrorOccurred", "True", "RenderTemplateParamsError", text),
        ("ParametersGenerated", "False", "ErrorOccurred", text),
        ("ResourcesUpToDate", "False", "ErrorOccurred", text),
    ]
    mended = {"template": {"metadata": {"name": sets.name + "-{{.name}}"}, "spec": {"source": {"path": "{{.path}}"}}}}
    told_ = (await sets.call("update_applicationset", spec=mended)).ok.structured
    assert told_["result"] == "updated; its applications are as foreseen"


async def test_a_set_that_no_controller_looks_at(stage: Stage, sets: SetBench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Argo CD's API takes it, and its controller watches other namespaces."""
    monkeypatch.setattr(_set_writing, "SECONDS", 2)
    where = {"namespace": "argocd-apps"}
    try:
        told = (await sets.call("create_applicationset", spec=sets.spec(["a"]), metadata=where)).ok.structured
        assert "has not looked at it" in told["result"]
        assert told["pending"] == [f"{sets.app('a')}: not there yet"]
        less = {"spec": {"generators": []}, "app_namespace": "argocd-apps"}
        seen = (await sets.call("preview_applicationset", **less)).ok.structured
        assert seen["deleted"] == [sets.app("a")]
        assert "has said nothing of this set yet" in seen["warnings"][0]
        done = (await sets.call("delete_applicationset", metadata=where, confirm=sets.name)).ok.structured
        assert done["result"] == "deleted"
        assert "applications" not in done, "none was there to be deleted"
        assert done["note"] == "It had made no applications."
    finally:
        stage.raw("DELETE", f"{SETS}/{sets.name}", {"appsetNamespace": "argocd-apps"})


async def test_who_may_not_write_sends_nothing(stage: Stage, sets: SetBench) -> None:
    await sets.made(["a"])
    async with stage.tools("reader", elicit="accept") as tools:
        for operation, right, more in (
            ("update_applicationset", "create", {"spec": sets.elements(["a", "b"])}),
            ("delete_applicationset", "delete", {}),
        ):
            refused = await tools.call(INSTANCE, operation=operation, name=sets.name, **more)
            assert f"applicationsets, {right}, default/{sets.name}" in refused.refused("forbidden")
        assert tools.writes == []


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "name is needed"),
        ({"name": "set"}, "spec is needed"),
        ({"name": "set", "metadata": {"name": "other"}, "spec": {}}, "differently"),
        ({"name": "set", "metadata": {"uid": "x"}, "spec": {}}, "'uid'"),
        ({"name": "set", "metadata": {"labels": {"a": 1}}, "spec": {}}, "texts"),
        ({"name": "Not_A_Name", "spec": {}}, "DNS-1123"),
        ({"name": "set", "spec": {"template": "x"}}, "spec.template.spec.project"),
        ({"name": "set", "spec": [1]}, "spec"),
    ],
    ids=json.dumps,
)
async def test_bad_arguments_send_nothing(tools: Tools, given: dict[str, Any], told: str) -> None:
    refused = await tools.call(INSTANCE, operation="create_applicationset", **given)
    assert told in refused.refused("invalid_argument")
    assert tools.writes == []
