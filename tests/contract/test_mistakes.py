"""Mistakes that other servers for Argo CD shipped, each a test; the numbers are those of the list they come from."""

import json
from typing import Any

import pytest

from argocd_gitops_mcp import settings
from argocd_gitops_mcp.errors import TimedOut
from argocd_gitops_mcp.http import Reply, Request
from argocd_gitops_mcp.operations._manifest import editable
from tests.contract.bench import Bench, config_map
from tests.stage import Stage, Tools

pytestmark = pytest.mark.anyio


async def test_mistake_01_a_bad_token_is_an_error_and_no_empty_list(stage: Stage) -> None:
    """The HTTP status was never checked."""
    header, payload, _ = stage.tokens["ci"].split(".")
    async with stage.tools(f"{header}.{payload}.{'A' * 43}") as tools:
        for answer in (await tools.application("list"), await tools.application("get", name="guestbook")):
            assert "invalid session" in answer.refused("unauthenticated")


async def test_mistake_02_update_is_no_blind_put(bench: Bench) -> None:
    """Helm values, labels, finalizers and the like were dropped; test_update compares every part."""
    metadata = {"labels": {"team": "shop"}, "finalizers": ["resources-finalizer.argocd.argoproj.io"]}
    app = bench.created(metadata=metadata, ignoreDifferences=[{"kind": "ConfigMap", "jsonPointers": ["/data"]}])
    before = editable(app.whole())
    assert (await app.tools.application("update", name=app.name, target_revision="HEAD")).ok
    before["spec"]["source"]["targetRevision"] = "HEAD"
    assert editable(app.whole()) == before


@pytest.mark.parametrize("name", ["../projects/default", "..", ".", "a/b", "a%2Fb", "a?b", "A", "a b", ""])
async def test_mistake_03_a_name_is_no_path(stage: Stage, name: str) -> None:
    """`../projects/p` read, and even deleted, a project."""
    async with stage.tools(elicit="accept") as tools:
        answers = [
            await tools.application("get", name=name),
            await tools.application("sync", name=name),
            await tools.application("delete", name=name, confirm=name),
            await tools.resource("get_resource_tree", name),
            await tools.resource(
                "get_workload_logs", "guestbook", resource_name=name.replace("A", "..").replace("a b", "../x")
            ),
        ]
        for answer in answers:
            answer.refused("invalid_argument")
        assert tools.http.sent == []


async def test_mistake_04_no_argument_is_silently_ignored(tools: Tools) -> None:
    """`search`, `limit` and `continue` went to an API that knows none of them, and the whole fleet came back."""
    answer = await tools.application("list", search="guest")
    assert "no argument 'search'" in answer.refused("unknown_argument")
    assert tools.http.sent == []
    text = (await tools.application("list", limit=2)).ok.text
    assert len(text.splitlines()) == 5
    assert not {"limit", "search", "continue"} & set(dict(tools.http.streamed[0].query))


async def test_mistake_05_sync_options_are_sent_as_items(bench: Bench) -> None:
    """A plain list is always a 400, and was reported as success."""
    app = bench.created()
    plain = bench.stage.raw("POST", f"{app.path}/sync", body={"syncOptions": ["PruneLast=true"]})
    assert plain.said[:2] == (400, 3)
    assert (await app.sync(sync_options=["PruneLast=true"])).ok
    assert json.loads(app.tools.writes[0].body or b"")["syncOptions"] == {"items": ["PruneLast=true"]}
    assert app.whole()["status"]["operationState"]["operation"]["sync"]["syncOptions"] == ["PruneLast=true"]


async def test_mistake_06_the_difference_is_read_from_what_argo_cd_fills(bench: Bench) -> None:
    """The diff came from a field that is never there, so nothing ever differed."""
    app = await bench.synced()
    app.commit({"settings.yaml": config_map(app.name, mode="loud")})
    app.refresh()
    item = bench.stage.raw("GET", f"{app.path}/managed-resources", {"kind": "ConfigMap"}).json["items"][0]
    assert "diff" not in item
    assert item["modified"] is True
    text = (await app.resource("get_managed_resources")).ok.text
    assert next(line for line in text.splitlines() if line.startswith("ConfigMap/")).endswith("modified")


async def test_mistake_07_what_is_missing_in_the_cluster_is_shown(tools: Tools) -> None:
    """A list of what is modified hid what is in Git but not in the cluster."""
    text = (await tools.resource("get_managed_resources", "waiting")).ok.text
    assert "Deployment/web apps waiting OutOfSync Missing in_Git_only:_to_be_created" in text


async def test_mistake_08_no_clock_decides_whose_operation_it_is(bench: Bench) -> None:
    """A finished sync timed out: `startedAt` is in whole seconds, and before the client's own clock."""
    app = await bench.synced()
    first, second = (await app.sync()).ok.structured, (await app.sync()).ok.structured
    for told in (first, second):
        assert told["phase"] == "Succeeded"
    assert first["operationId"] != second["operationId"]


async def test_mistake_09_a_repeated_sync_is_a_second_operation(bench: Bench) -> None:
    """A cache swallowed it, and the previous operation's phase was the answer."""
    app = await bench.synced()
    for _ in range(2):
        told = (await app.sync()).ok.structured
        info = app.whole()["status"]["operationState"]["operation"]["info"]
        assert {"name": "request-id", "value": told["operationId"]} in info
    assert len(app.tools.writes) == 2


async def test_mistake_10_server_side_diff_is_not_asked_over_rest(bench: Bench) -> None:
    """It compares what the caller sends, REST cannot send it, so everything was "not modified"."""
    app = await bench.synced()
    asked = bench.stage.raw("GET", f"{app.path}/server-side-diff")
    assert asked.status != 200 or not asked.json.get("modified")
    await app.resource("get_managed_resources")
    assert not [request.path for request in app.tools.http.sent if "diff" in request.path]


async def test_mistake_11_logs_are_read_line_by_line_and_their_errors_kept(tools: Tools) -> None:
    """The second line crashed a parser of one document; a missing pod had "no logs"."""
    text = (await tools.resource("get_workload_logs", "sidecar", resource_name="proxy", tail_lines=50)).ok.text
    assert text.startswith("200 lines")
    missing = await tools.resource("get_workload_logs", "sidecar", resource_name="proxy-0", resource_kind="Pod")
    missing.refused("unknown_resource")


async def test_mistake_12_nothing_is_written_unless_allowed(stage: Stage) -> None:
    """Writes were on by default; read-only knew only the exact string `true`."""
    assert settings.load({}, {}).settings.writes is False
    for spelled in ("true", "TRUE", "1", "yes", "on"):
        environ = {"ARGOCD_ALLOW_WRITE": "true", "ARGOCD_READ_ONLY": spelled}
        assert settings.load({}, environ).settings.writes is False
    writes: list[dict[str, Any]] = [
        {"operation": "create", "name": "web", "repo_url": "https://example.com/a.git", "path": "a"},
        {"operation": "update", "name": "guestbook", "target_revision": "v1.0.0"},
        {"operation": "sync", "name": "guestbook"},
        {"operation": "delete", "name": "guestbook", "confirm": "guestbook"},
    ]
    async with stage.tools(allow_write=False) as tools:
        for arguments in writes:
            (await tools.call("manage_argocd_application", **arguments)).refused("read_only")
        action = {"resource_name": "web", "action_name": "restart"}
        (await tools.resource("run_resource_action", "guestbook", **action)).refused("read_only")
        assert tools.http.sent == []
        assert {entry.verdict for entry in tools.audit} == {"refused"}


async def test_mistake_13_a_write_is_not_repeated_after_a_time_out(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """POST and DELETE were sent again. Here it is looked for instead, found, and followed."""
    app = bench.created()
    send = app.tools.http.send

    async def late(request: Request, *, timeout: float | None = None) -> Reply:  # noqa: ASYNC109 - as replaced
        reply = await send(request, timeout=timeout)
        if request.method != "GET":
            raise TimedOut("too late")
        return reply

    monkeypatch.setattr(app.tools.http, "send", late)
    assert (await app.sync()).ok.structured["phase"] == "Succeeded"
    assert len(app.tools.writes) == 1
    assert len(app.whole()["status"]["history"]) == 1


async def test_mistake_14_the_namespace_of_an_application_has_an_argument(tools: Tools) -> None:
    """`namespace/name` broke as soon as a default namespace was set."""
    (await tools.application("get", name="argocd-apps/elsewhere")).refused("invalid_argument")
    for spelled in ("namespace", "app_namespace"):
        got = await tools.application("get", name="elsewhere", **{spelled: "argocd-apps"})
        assert got.ok.structured["namespace"] == "argocd-apps"
    both = await tools.application("get", name="elsewhere", namespace="argocd", app_namespace="argocd-apps")
    assert "given twice" in both.refused("invalid_argument")


async def test_mistake_16_no_secret_passes_through_the_model(stage: Stage) -> None:
    """Tokens stood in logs, passwords and keys were arguments."""
    async with stage.tools("nologs") as tools:
        answers = [
            await tools.application("list"),
            await tools.application("sync", name="nowhere"),
            await tools.resource("get_workload_logs", "guestbook", resource_name="web"),
            await tools.resource("get_managed_resources", "secretive", resource_name="credentials", detail="full"),
        ]
        said = "\n".join([*(answer.text for answer in answers), *map(repr, tools.audit)])
        for hidden in (stage.tokens["nologs"].split(".")[2], "seed-password", "seed-api-key", "c2VlZC"):
            assert hidden not in said
        listed = (await tools.client.list_tools()).tools
    names = {name for tool in listed for name in tool.input_schema["properties"]}
    assert not [name for name in names if any(word in name for word in ("token", "password", "secret", "key"))]


async def test_mistake_17_only_what_exists_is_asked_for(stage: Stage) -> None:
    """Endpoints of no version, events without the uid, `resourceKind` where `kind` is read."""
    where = {"resource_name": "web", "resource_kind": "Deployment"}
    async with stage.tools() as tools:
        for operation in ("get_resource_events", "get_resource_actions", "get_workload_logs"):
            assert (await tools.resource(operation, "guestbook", **where)).ok
        for operation in ("get_application_parameters", "get_application_manifest", "get_managed_resources"):
            assert (await tools.resource(operation, "guestbook")).ok
        queries = {request.path.rpartition("/")[2]: dict(request.query) for request in tools.http.sent}
    assert "parameters" not in queries
    assert {"resourceName", "resourceNamespace", "resourceUID"} <= set(queries["events"])
    assert queries["actions"]["kind"] == "Deployment"
    assert not [query for query in queries.values() if "resourceKind" in query]
