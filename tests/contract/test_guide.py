"""Every call of the workflow guide, as it stands there: both tools, their aliases, both forms, both protocol eras."""

from typing import Any

import pytest

from tests.contract.bench import IN_CLUSTER, NAMESPACE, Bench, deployment
from tests.stage import Era, Stage

pytestmark = pytest.mark.anyio

READS: list[tuple[dict[str, Any], str]] = [
    ({"operation": "get_resource_tree"}, "Deployment/web Healthy"),
    ({"operation": "get_managed_resources"}, "Deployment/web apps guestbook Synced Healthy"),
    (
        {"operation": "get_resource_events", "resource_name": "web", "resource_kind": "Deployment"},
        "events of Deployment/web",
    ),
    ({"operation": "get_resource_actions", "resource_name": "web", "resource_kind": "Deployment"}, "restart"),
    ({"operation": "get_application_manifest", "revision": "v1.0.0"}, "example.com/guestbook:v1"),
    ({"operation": "get_application_parameters"}, "Directory"),
]


@pytest.mark.parametrize("era", ["legacy", "2026-07-28"])
@pytest.mark.parametrize("tool", ["manage_argocd_resource", "manage_resource", "read_argocd_resource"])
async def test_reads_resources(stage: Stage, tool: str, era: Era) -> None:
    async with stage.tools(era=era) as tools:
        for arguments, fact in READS:
            answer = await tools.call(tool, application_name="guestbook", **arguments)
            assert fact in answer.ok.text, arguments


@pytest.mark.parametrize("tool", ["manage_argocd_application", "manage_application", "read_argocd_application"])
async def test_gets_an_application(stage: Stage, tool: str) -> None:
    async with stage.tools() as tools:
        answer = await tools.call(tool, operation="get", name="guestbook")
    assert (answer.ok.structured["sync"], answer.structured["health"]) == ("Synced", "Healthy")


async def test_aliases_answer_but_are_not_listed(stage: Stage) -> None:
    async with stage.tools() as tools:
        listed = {tool.name for tool in (await tools.client.list_tools()).tools}
    assert listed == {
        "manage_argocd_application",
        "read_argocd_application",
        "manage_argocd_resource",
        "read_argocd_resource",
        "read_argocd_instance",
        "manage_argocd_instance",
        "manage_gitops_repository",
        "read_gitops_repository",
    }


@pytest.mark.parametrize("surface", ["unified", "split"])
async def test_a_server_that_may_not_write_lists_reads_only(stage: Stage, surface: str) -> None:
    async with stage.tools(allow_write=False, surface=surface) as tools:
        listed = (await tools.client.list_tools()).tools
    assert listed
    assert all(tool.annotations and tool.annotations.read_only_hint for tool in listed)


@pytest.mark.parametrize("era", ["legacy", "2026-07-28"])
@pytest.mark.parametrize("namespace", [{}, {"namespace": "argocd"}])
async def test_the_flat_form(stage: Stage, bench: Bench, era: Era, namespace: dict[str, str]) -> None:
    app = bench.planned()
    flat = {
        "name": app.name,
        "project": "default",
        "repo_url": app.url,
        "path": "app",
        "target_revision": "HEAD",
        "destination_server": IN_CLUSTER,
        "destination_namespace": NAMESPACE,
    }
    async with stage.tools(era=era) as tools:
        created = await tools.application("create", **flat, **namespace, sync_policy="Manual")
        assert created.ok.structured["syncPolicy"] == "Manual"
        assert (await tools.application("sync", name=app.name)).ok.structured["sync"] == "Synced"
        whole = await app.healthy()
        assert whole["spec"]["source"] == {"repoURL": app.url, "path": "app", "targetRevision": "HEAD"}
        new = {**flat, "target_revision": "main"}
        updated = await tools.application("update", **new, **namespace, sync_policy="Automated")
        assert any("targetRevision: HEAD -> main" in change for change in updated.ok.structured["changed"])
        assert "automated" in app.whole()["spec"]["syncPolicy"]
        deleted = await tools.application("delete", name=app.name, cascade=True, confirm=app.name)
        assert deleted.ok.structured["result"] == "deleted"
    assert stage.raw("GET", app.path, {"project": "default"}).status == 404


async def test_the_structured_form(bench: Bench) -> None:
    app = bench.planned()
    created = await app.tools.call(
        "manage_application",
        operation="create",
        metadata={"name": app.name, "namespace": "argocd", "project": "default"},
        spec={
            "source": {"repoURL": app.url, "path": "app", "targetRevision": "main"},
            "destination": {"server": IN_CLUSTER, "namespace": NAMESPACE},
            "syncPolicy": {"automated": {"prune": True, "selfHeal": True}},
        },
    )
    assert created.ok.structured["syncPolicy"] == "Automated(prune, selfHeal)"
    whole = await app.healthy()
    assert whole["spec"]["project"] == "default"
    got = await app.tools.call("manage_application", operation="get", name=app.name)
    assert got.ok.structured["sync"] == "Synced"
    tree = await app.tools.call("manage_resource", operation="get_resource_tree", application_name=app.name)
    assert f"Deployment/{app.name} Healthy" in tree.ok.text


async def test_logs_and_actions_of_a_workload(bench: Bench) -> None:
    app = await bench.synced({"web.yaml": deployment("{name}", replicas=2)})
    await app.healthy()
    tree = await app.resource("get_resource_tree")
    pod = next(line.split()[0] for line in tree.ok.text.splitlines() if "Pod/" in line).removeprefix("Pod/")
    by_kind = await app.resource(
        "get_workload_logs", resource_name=pod, resource_kind="Pod", tail_lines=100, container="main"
    )
    bare = await app.tools.call(
        "manage_resource",
        operation="get_workload_logs",
        application_name=app.name,
        resource_name=pod,
        tail_lines=100,
    )
    assert by_kind.ok.text.splitlines()[1:] == bare.ok.text.splitlines()[1:] != []
    run = await app.resource(
        "run_resource_action",
        resource_name=app.name,
        resource_kind="Deployment",
        action_name="restart",
        action_params={"force": True},
    )
    assert run.ok.structured["ignored"] == ["force: not a parameter of restart, not sent"]
