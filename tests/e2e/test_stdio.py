"""The program as a client starts it: all operations over stdio, TLS verified, bad credentials told apart."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from mcp.types import TextContent

from tests.contract.bench import Bench
from tests.stage import APPLICATION, RESOURCE, Answer, Era, Stage

pytestmark = [pytest.mark.anyio, pytest.mark.real]


@asynccontextmanager
async def program(stage: Stage, /, mode: Era = "2026-07-28", **environment: str) -> AsyncIterator[Client]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ARGOCD_")}
    given = {"ARGOCD_SERVER_URL": stage.url, "ARGOCD_CA_FILE": stage.ca_file or "", "ARGOCD_TOKEN": stage.tokens["ci"]}
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "argocd_gitops_mcp"], env={**inherited, **given, **environment}
    )
    async with Client(server, mode=mode) as client:
        yield client


async def call(client: Client, tool: str, **arguments: Any) -> Answer:
    result = await client.call_tool(tool, arguments)
    text = "\n".join(one.text for one in result.content if isinstance(one, TextContent))
    return Answer(bool(result.is_error), text, result.structured_content or {})


@pytest.mark.parametrize("era", ["legacy", "2026-07-28"])
async def test_every_operation(stage: Stage, bench: Bench, era: Era) -> None:
    app = bench.planned()
    flat = {"name": app.name, "repo_url": app.url, "path": "app", "destination_namespace": "default"}
    web = {"resource_name": app.name, "resource_kind": "Deployment"}
    applications: list[dict[str, Any]] = [
        {"operation": "create", **flat, "sync_policy": "Manual"},
        {"operation": "update", "name": app.name, "target_revision": "main"},
        {"operation": "sync", "name": app.name},
        {"operation": "wait", "name": app.name},
        {"operation": "history", "name": app.name},
        {"operation": "refresh", "name": app.name},
        {"operation": "get", "name": app.name},
        {"operation": "list"},
    ]
    resources: list[dict[str, Any]] = [
        {"operation": "get_resource_tree"},
        {"operation": "get_managed_resources"},
        {"operation": "get_workload_logs", **web, "tail_lines": 5},
        {"operation": "get_resource_events", **web},
        {"operation": "get_resource_actions", **web},
        {"operation": "run_resource_action", **web, "action_name": "restart", "action_params": {"force": True}},
        {"operation": "patch_resource", **web, "patch": {"spec": {"replicas": 2}}},
        {"operation": "delete_resource", **web, "confirm": app.name},
        {"operation": "get_application_manifest", "revision": "main"},
        {"operation": "get_application_parameters"},
    ]
    async with program(stage, era, ARGOCD_ALLOW_WRITE="true") as client:
        for arguments in applications:
            assert app.name in (await call(client, APPLICATION, **arguments)).ok.text
        await app.healthy()
        for arguments in resources:
            assert app.name in (await call(client, RESOURCE, application_name=app.name, **arguments)).ok.text
        back = await call(client, APPLICATION, operation="rollback", name=app.name, history_id=0, confirm=app.name)
        assert back.ok.structured["phase"] == "Succeeded"
        plan = await call(client, APPLICATION, operation="delete", name=app.name, plan=True)
        applying = {"operation": "apply_plan", "plan_id": plan.ok.structured["planId"]}
        deleted = await call(client, APPLICATION, **applying, confirm=app.name)
        assert deleted.ok.structured["result"] == "deleted"


async def refusal(stage: Stage, code: str, **environment: str) -> str:
    async with program(stage, "legacy", **environment) as client:
        return (await call(client, APPLICATION, operation="list")).refused(code)


async def test_the_certificate_is_verified(stage: Stage) -> None:
    assert "--ca-file" in await refusal(stage, "tls_failed", ARGOCD_CA_FILE="")


async def test_verification_can_be_turned_off(stage: Stage) -> None:
    async with program(stage, ARGOCD_CA_FILE="", ARGOCD_BYPASS_TLS="true") as client:
        assert "guestbook" in (await call(client, APPLICATION, operation="list")).ok.text


async def test_an_expired_token(stage: Stage) -> None:
    assert "expired at" in await refusal(stage, "token_expired", ARGOCD_TOKEN=await stage.expired_token())


async def test_no_token(stage: Stage) -> None:
    await refusal(stage, "unauthenticated", ARGOCD_TOKEN="")


async def test_nobody_there(stage: Stage) -> None:
    await refusal(stage, "unreachable", ARGOCD_SERVER_URL="https://127.0.0.1:9")


async def test_a_reader_reads_and_is_told_what_it_may_not(stage: Stage) -> None:
    async with program(stage, ARGOCD_TOKEN=stage.tokens["reader"], ARGOCD_ALLOW_WRITE="true") as client:
        tree = await call(client, RESOURCE, operation="get_resource_tree", application_name="guestbook")
        assert "Deployment/web" in tree.ok.text
        web = {"application_name": "guestbook", "resource_name": "web", "resource_kind": "Deployment"}
        assert (await call(client, RESOURCE, operation="get_workload_logs", **web)).ok
        sync = await call(client, APPLICATION, operation="sync", name="guestbook")
        assert "applications, sync, default/guestbook" in sync.refused("forbidden")


async def test_read_only_unless_allowed(stage: Stage) -> None:
    async with program(stage) as client:
        sync = await call(client, APPLICATION, operation="sync", name="guestbook")
    assert "--allow-write" in sync.refused("read_only")
