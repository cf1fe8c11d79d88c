"""The same from a shell, on the real Argo CD: each command is a process of its own."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.contract.bench import Bench, config_map
from tests.stage import Stage

pytestmark = [pytest.mark.anyio, pytest.mark.real]


def run(stage: Stage, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ARGOCD_")}
    given = {"ARGOCD_SERVER_URL": stage.url, "ARGOCD_CA_FILE": stage.ca_file or "", "ARGOCD_TOKEN": stage.tokens["ci"]}
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "argocd_gitops_mcp", "call", *words],
        env={**inherited, **given, "ARGOCD_ALLOW_WRITE": "true", "ARGOCD_AUDIT_FILE": os.devnull, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def answer(stage: Stage, *words: str, **environment: str) -> dict[str, Any]:
    done = run(stage, *words, "--json", **environment)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


async def test_plan_apply_wait_and_roll_back(stage: Stage, bench: Bench) -> None:
    app = await bench.synced()
    app.commit({"more.yaml": config_map(f"{app.name}-more")})
    only_plans = {"ARGOCD_REQUIRE_PLAN": "true"}
    refused = run(stage, "sync_application", "--name", app.name, **only_plans)
    assert refused.returncode == 1
    assert "error plan_required" in refused.stderr

    plan = answer(stage, "sync_application", "--name", app.name, "--plan", **only_plans)
    assert plan["changes"] == [f"ConfigMap/{app.name}-more: created"]
    applied = answer(stage, "apply_plan", "--plan-id", plan["planId"], **only_plans)
    waiting = ("wait_for_application", "--name", app.name, "--operation-id", applied["operationId"])
    assert answer(stage, *waiting)["result"] == "synced and healthy"
    again = run(stage, "apply_plan", "--plan-id", plan["planId"], **only_plans)
    assert "error plan_outdated" in again.stderr

    back = ("rollback_application", "--name", app.name, "--history-id", "0")
    refused = run(stage, *back)  # nobody sits at the terminal
    assert "error not_confirmed" in refused.stderr
    assert f"confirm='{app.name}'" in refused.stderr
    assert answer(stage, *back, "--yes")["phase"] == "Succeeded"
    history = run(stage, "get_history", "--name", app.name).stdout.splitlines()[2:]
    assert [row.split()[0] for row in history] == ["2", "1", "0"]
