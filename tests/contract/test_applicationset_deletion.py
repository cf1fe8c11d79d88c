"""ApplicationSets: what becomes of their applications when they are deleted, and what is said of hidden ones."""

from collections.abc import Iterator

import pytest

from argocd_gitops_mcp.operations import _set_writing
from tests.contract.bench import Bench
from tests.contract.instance_bench import INSTANCE, PROJECTS, READING, SETS, SetBench, set_bench
from tests.stage import Stage, until

pytestmark = pytest.mark.anyio


@pytest.fixture
def sets(bench: Bench) -> Iterator[SetBench]:
    with set_bench(bench) as found:
        yield found


async def test_a_deletion_names_the_applications_and_sees_them_gone(sets: SetBench) -> None:
    await sets.made(["a", "b"])
    plan = (await sets.call("delete_applicationset", plan=True)).ok.structured
    assert plan["removes"] == [f"Application/{sets.app('a')}", f"Application/{sets.app('b')}"]
    assert "deleted with them" in plan["warnings"][0]
    refused = await sets.call("delete_applicationset")
    assert f"Application/{sets.app('a')}" in refused.refused("not_confirmed")
    assert sets.read().status == 200
    done = (await sets.call("delete_applicationset", confirm=sets.name)).ok.structured
    assert done["result"] == "deleted"
    assert done["applications"] == [sets.app("a"), sets.app("b")]
    assert sets.application("a") is None
    assert sets.read().status == 404


async def test_a_deletion_that_preserves_resources_says_so(stage: Stage, sets: SetBench) -> None:
    await sets.made(["a"], syncPolicy={"preserveResourcesOnDeletion": True})
    assert stage.raw("POST", f"/api/v1/applications/{sets.app('a')}/sync", body={}).status == 200

    def phase() -> str:
        state = (sets.application("a") or {}).get("status", {}).get("operationState", {})
        return str(state.get("phase", ""))

    await until(phase, lambda found: found == "Succeeded")
    done = (await sets.call("delete_applicationset", confirm=sets.name)).ok.structured
    assert done["result"] == "deleted"
    assert "go on running" in done["warnings"][0]
    # Made anew, it finds its ConfigMap there.
    await sets.made(["a"])
    found = await until(
        lambda: (sets.application("a") or {}).get("status", {}).get("resources") or [],
        bool,
    )
    assert [one.get("health", {}).get("status") for one in found] != ["Missing"]


async def test_a_set_that_lets_its_applications_go_says_so(sets: SetBench) -> None:
    spec = sets.spec(["a"], syncPolicy={"applicationsSync": "create-update"})
    held = {"finalizers": ["resources-finalizer.argocd.argoproj.io"]}
    assert (await sets.call("create_applicationset", spec=spec, metadata=held)).ok
    shown = await sets.bench.tools.call(READING, operation="applicationsets", name=sets.name)
    assert shown.ok.structured["deletion"].startswith("its applications stay")
    plan = (await sets.call("delete_applicationset", plan=True)).ok.structured
    assert "removes" not in plan
    assert "Its applications stay" in plan["warnings"][0]
    done = (await sets.call("delete_applicationset", confirm=sets.name)).ok.structured
    assert done["result"] == "deleted"
    assert sets.read().status == 404
    whole = sets.application("a")
    assert whole is not None
    assert "ownerReferences" not in whole["metadata"]


async def blind(stage: Stage, name: str) -> str:
    """A token that may do all with the sets of a project of this name, and sees none of its applications."""
    everywhere = {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]}
    role = {"name": "sets", "policies": [f"p, proj:{name}:sets, applicationsets, *, {name}/*, allow"]}
    body = {"project": {"metadata": {"name": name}, "spec": {**everywhere, "roles": [role]}}}
    assert stage.raw("POST", PROJECTS, body=body).status == 200
    minted = stage.raw("POST", f"{PROJECTS}/{name}/roles/sets/token", body={"id": "sets", "expiresIn": 600})
    token: str = minted.json["token"]
    path = f"/api/v1/account/can-i/applicationsets/create/{name}/{name}"
    await until(lambda: stage.raw("GET", path, token=token).json, lambda said: said == {"value": "yes"})
    return token


async def test_of_applications_that_the_token_does_not_see_no_more_is_said_than_the_set_says(
    stage: Stage, sets: SetBench
) -> None:
    spec = sets.spec(["a", "b"])
    spec["template"]["spec"]["project"] = sets.name
    try:
        async with stage.tools(await blind(stage, sets.name), elicit="accept") as tools:
            seen = (await tools.call(READING, operation="preview_applicationset", name=sets.name, spec=spec)).ok
            assert "does not see all applications" in seen.structured["warnings"][0]
            made = (await tools.call(INSTANCE, operation="create_applicationset", name=sets.name, spec=spec)).ok
            assert made.structured["result"] == "created; its applications are as foreseen"
            assert f"{sets.app('a')}, {sets.app('b')} were made says the set" in made.structured["note"]
            assert "pending" not in made.structured
            gone = (await tools.call(INSTANCE, operation="delete_applicationset", name=sets.name)).ok.structured
            assert gone["result"] == "deleted"
            assert gone["hidden"] == [sets.app("a"), sets.app("b")]
            assert "applications" not in gone
    finally:
        path = f"{PROJECTS}/{sets.name}"
        await until(lambda: stage.raw("DELETE", path).status, lambda status: status in (200, 404))


async def test_a_finalizer_of_others_lets_them_go_too(
    stage: Stage, sets: SetBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_set_writing, "SECONDS", 2)
    held, policy = ["example.com/other"], {"applicationsSync": "create-only"}
    spec = sets.spec(["a"], syncPolicy=policy)
    assert (await sets.call("create_applicationset", spec=spec, metadata={"finalizers": held})).ok
    done = (await sets.call("delete_applicationset", confirm=sets.name)).ok.structured
    assert done["result"] == "deletion requested, not finished"
    assert "Its applications stay" in done["warnings"][0]
    assert sets.whole()["metadata"]["finalizers"] == held
    whole = await until(lambda: sets.application("a"), lambda one: one is not None)
    assert whole is not None
    assert "ownerReferences" not in whole["metadata"]
    freed = {"metadata": {"name": sets.name}, "spec": spec}
    assert stage.raw("POST", SETS, {"upsert": "true"}, body=freed).status == 200
    await until(lambda: sets.read().status, lambda status: status == 404)
    assert sets.application("a") is not None


async def test_one_in_another_namespace_is_found_there(stage: Stage, sets: SetBench) -> None:
    where = {"namespace": "argocd-apps"}
    body = {"metadata": {"name": sets.name, **where}, "spec": sets.spec(["a"])}
    assert stage.raw("POST", SETS, body=body).status == 200
    try:
        for refused in (
            await sets.call("update_applicationset", spec={"goTemplate": True}),
            await sets.call("delete_applicationset", confirm=sets.name),
        ):
            text = refused.refused("not_found")
            assert "is not there, but in namespace argocd-apps" in text
            assert "Give metadata={'namespace': 'argocd-apps'}" in text
        elsewhere = await sets.call("delete_applicationset", metadata={"namespace": "nowhere"}, confirm=sets.name)
        assert elsewhere.refused("rejected")
    finally:
        stage.raw("DELETE", f"{SETS}/{sets.name}", {"appsetNamespace": "argocd-apps"})
    text = (await sets.call("delete_applicationset", confirm=sets.name)).refused("not_found")
    assert "does not exist in Argo CD's own namespace" in text
