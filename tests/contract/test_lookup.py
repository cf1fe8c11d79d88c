"""What the API needs and the caller left out is looked up; what is ambiguous or unknown is answered with names."""

import pytest

from tests.contract.bench import Bench, config_map, deployment
from tests.stage import Tools

pytestmark = pytest.mark.anyio


async def test_an_ambiguous_name_is_answered_with_the_candidates(tools: Tools) -> None:
    told = (await tools.resource("get_resource_actions", "guestbook", resource_name="web")).refused(
        "ambiguous_resource"
    )
    assert "Deployment/web (guestbook)" in told
    assert "Service/web (guestbook)" in told
    assert "resource_kind" in told


@pytest.mark.parametrize("narrower", [{"resource_kind": "Deployment"}, {"resource_group": "apps"}])
async def test_whatever_tells_them_apart_will_do(tools: Tools, narrower: dict[str, str]) -> None:
    answer = await tools.resource("get_resource_actions", "guestbook", resource_name="web", **narrower)
    assert "restart" in answer.ok.text


async def test_a_uid_will_do(tools: Tools, bench: Bench) -> None:
    nodes = bench.stage.raw("GET", "/api/v1/applications/guestbook/resource-tree").json["nodes"]
    service = next(one for one in nodes if one["kind"] == "Service")
    answer = await tools.resource("get_resource_events", "guestbook", resource_name="web", resource_uid=service["uid"])
    assert "events of Service/web" in answer.ok.text


async def test_a_namespace_will_do(bench: Bench) -> None:
    other = config_map("{name}").replace("  name: {name}\n", "  name: {name}\n  namespace: argocd-apps\n")
    app = await bench.synced(
        {"web.yaml": deployment("web-{name}"), "here.yaml": config_map("{name}"), "there.yaml": other}
    )
    answer = await app.resource("get_managed_resources", resource_name=app.name, resource_namespace="argocd-apps")
    assert f"ConfigMap/{app.name} argocd-apps Synced" in answer.ok.text
    both = await app.resource("get_resource_events", resource_name=app.name, resource_kind="ConfigMap")
    assert "(argocd-apps)" in both.refused("ambiguous_resource")


@pytest.mark.parametrize(
    ("arguments", "nearest"),
    [
        ({"resource_name": "weeb", "resource_kind": "Deployment"}, "Deployment/web"),
        ({"resource_name": "web", "resource_kind": "StatefulSet"}, "Deployment/web"),
        ({"resource_name": "setings"}, "ConfigMap/settings"),
    ],
)
async def test_an_unknown_name_is_answered_with_the_nearest(
    tools: Tools, arguments: dict[str, str], nearest: str
) -> None:
    told = (await tools.resource("get_resource_events", "guestbook", **arguments)).refused("unknown_resource")
    assert nearest in told


async def test_an_application_without_resources_says_so(tools: Tools) -> None:
    answer = await tools.resource("get_resource_actions", "unrenderable", resource_name="web")
    assert "has no resources in its tree" in answer.refused("unknown_resource")


async def test_an_application_that_is_not_there(tools: Tools) -> None:
    for operation in ("get_resource_tree", "get_managed_resources", "get_application_manifest"):
        (await tools.resource(operation, "nowhere")).refused("missing_or_forbidden")
        (await tools.resource(operation, "nowhere", project="default")).refused("not_found")


async def test_an_application_in_another_namespace(tools: Tools) -> None:
    where = {"app_namespace": "argocd-apps"}
    tree = await tools.resource("get_resource_tree", "elsewhere", **where)
    assert "Deployment/worker Healthy" in tree.ok.text
    logs = await tools.resource("get_workload_logs", "elsewhere", resource_name="worker", tail_lines=2, **where)
    assert logs.ok.text.startswith("2 lines")
    actions = await tools.resource("get_resource_actions", "elsewhere", resource_name="worker", **where)
    assert "restart" in actions.ok.text
    got = await tools.application("get", name="elsewhere", namespace="argocd-apps")
    assert got.ok.structured["namespace"] == "argocd-apps"
    (await tools.application("get", name="elsewhere")).refused("missing_or_forbidden")
