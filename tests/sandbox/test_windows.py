"""Sync windows, the projects that hold them, and schedules."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from argocd_gitops_mcp.sandbox import cron, durations
from argocd_gitops_mcp.sandbox.server import Sandbox
from tests.sandbox.conftest import Client, config, done, eventually

APPS, PROJECTS = "/api/v1/applications", "/api/v1/projects"
OPEN = {"schedule": "* * * * *", "duration": "1h", "applications": ["*"]}
SHUT = {"schedule": "0 0 30 2 *", "duration": "1m", "applications": ["*"]}
DENY = {"kind": "deny", **OPEN}
BLOCKED = (403, 7, "cannot sync: blocked by sync window")
SPEC = {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]}


def project(name: str, windows: list[Any] | None = None, **spec: Any) -> Any:
    return {"project": {"metadata": {"name": name}, "spec": {**SPEC, "syncWindows": windows or [], **spec}}}


def said(answer: tuple[int, Any]) -> tuple[int, int, str]:
    return answer[0], answer[1]["code"], answer[1]["message"]


@pytest.fixture
def own(client: Client, new_app: str) -> Iterator[str]:
    """A project of the application's own, of the same name."""
    assert client("POST", PROJECTS, project(new_app))[0] == 200
    patch = f'{{"spec": {{"project": "{new_app}"}}}}'
    assert client("PATCH", f"{APPS}/{new_app}", {"patch": patch, "patchType": "merge"})[0] == 200
    yield new_app
    set_windows(client, new_app)
    client("DELETE", f"{APPS}/{new_app}")
    eventually(lambda: client("DELETE", f"{PROJECTS}/{new_app}")[0] in {200, 404})


def set_windows(client: Client, name: str, *windows: Any) -> None:
    assert client("POST", PROJECTS, {**project(name, list(windows)), "upsert": True})[0] == 200


@pytest.mark.parametrize(
    ("windows", "active", "can_sync"),
    [
        ([], 0, True),
        ([DENY], 1, False),
        ([{**DENY, "manualSync": True}], 1, True),
        ([{**DENY, "manualSync": True}, {**DENY, "schedule": "*/5 * * * *"}], 2, False),
        ([{"kind": "deny", **SHUT}], 0, True),
        ([{"kind": "allow", **SHUT}], 0, False),
        ([{"kind": "allow", **SHUT, "manualSync": True, "timeZone": "Europe/Berlin"}], 0, True),
        ([{"kind": "allow", **OPEN}, {"kind": "allow", **SHUT}], 1, True),
        ([{"kind": "allow", **OPEN}, DENY], 2, False),
    ],
)
def test_windows(client: Client, own: str, windows: list[Any], active: int, can_sync: bool) -> None:
    set_windows(client, own, *windows)
    shown = client.get(f"{APPS}/{own}/syncwindows")
    rows = [{name: w[name] for name in ("kind", "schedule", "duration")} for w in windows]
    rows = [row | {"manualSync": w.get("manualSync", False)} for row, w in zip(rows, windows, strict=True)]
    assert shown.get("assignedWindows", []) == rows
    assert (len(shown.get("activeWindows", [])), shown["canSync"]) == (active, can_sync)
    assert ("assignedWindows" in shown, "activeWindows" in shown) == (bool(rows), bool(active))
    answer = client("POST", f"{APPS}/{own}/sync", {"dryRun": True})
    assert answer[0] == 200 if can_sync else said(answer) == BLOCKED


@pytest.mark.parametrize(
    ("targets", "assigned"),
    [
        ({"applications": ["nobody-*"]}, False),
        ({"applications": ["nobody"], "namespaces": ["*"]}, True),
        ({"applications": ["nobody"], "namespaces": ["*"], "andOperator": True}, False),
        ({"clusters": ["https://kubernetes.*"]}, True),
        ({"clusters": ["in-cluster"]}, False),
        ({"namespaces": ["which-*"]}, True),
    ],
)
def test_which_ones_count(client: Client, own: str, targets: Any, assigned: bool) -> None:
    set_windows(client, own, {"kind": "deny", "schedule": "* * * * *", "duration": "1h", **targets})
    assert ("assignedWindows" in client.get(f"{APPS}/{own}/syncwindows")) is assigned


def test_a_window_is_asked_before_the_right(client: Client, own: str, as_account: Callable[[str], Client]) -> None:
    set_windows(client, own, DENY)
    assert said(as_account("reader")("POST", f"{APPS}/{own}/sync", {})) == BLOCKED


def test_automated_syncs_wait(client: Client, own: str) -> None:
    set_windows(client, own, {**DENY, "manualSync": True})
    patch = {"patch": '{"spec": {"syncPolicy": {"automated": {}}}}', "patchType": "merge"}
    client("PATCH", f"{APPS}/{own}", patch)
    status = client.app(own, "?refresh=normal")["status"]
    assert (status["sync"]["status"], "operationState" in status, "conditions" in status) == ("OutOfSync", False, False)
    set_windows(client, own)
    client.app(own, "?refresh=normal")
    assert done(client, own)["status"]["sync"]["status"] == "Synced"


def test_a_rollback_hangs_until_the_window_closes(client: Client, sandbox: Sandbox, own: str) -> None:
    client("POST", f"{APPS}/{own}/sync", {})
    done(client, own)
    sandbox.commit(own, {"app/settings.yaml": config("red")})
    client("POST", f"{APPS}/{own}/sync", {})
    done(client, own)
    set_windows(client, own, DENY)

    def hanging() -> Any:
        state = client.app(own)["status"].get("operationState", {})
        return state.get("message") == "Sync operation blocked by sync window" and state

    for _ in range(2):
        assert client("POST", f"{APPS}/{own}/rollback", {"id": 0})[0] == 200
        state = eventually(hanging)
        assert (state["phase"], "resources" in state["syncResult"]) == ("Running", False)
        assert client("DELETE", f"{APPS}/{own}/operation") == (200, {})
        state = done(client, own)["status"]["operationState"]
        assert (state["phase"], state["message"]) == ("Failed", "Operation terminated")
    client("POST", f"{APPS}/{own}/rollback", {"id": 0})
    eventually(hanging)
    set_windows(client, own)
    assert done(client, own)["status"]["operationState"]["phase"] == "Succeeded"


def test_projects(client: Client, as_account: Callable[[str], Client]) -> None:
    body = project("made", [DENY])
    status, made = client("POST", PROJECTS, body)
    assert (status, made["spec"]["syncWindows"]) == (200, [{**DENY, "timeZone": "UTC"}])
    assert client("POST", PROJECTS, body)[0] == 200
    different = said(client("POST", PROJECTS, project("made")))
    assert different[:2] == (400, 3)
    assert different[2].startswith("existing project spec is different; use upsert flag to force update; difference in")
    changed = client("POST", PROJECTS, {**project("made", description="d"), "upsert": True})[1]
    assert (changed["spec"]["description"], changed["metadata"]["generation"]) == ("d", 2)
    assert "syncWindows" not in client.get(f"{PROJECTS}/made")["spec"]
    missing = (400, 3, "missing payload 'project' in request")
    assert said(client("POST", PROJECTS, body["project"])) == said(client("POST", PROJECTS, {})) == missing
    for account, call, action in (
        ("reader", "POST", "create"),
        ("reader", "DELETE", "delete"),
        ("nologs", "GET", "get"),
    ):
        path = PROJECTS if call == "POST" else f"{PROJECTS}/made"
        message = said(as_account(account)(call, path, body if call == "POST" else None))[2]
        assert message.startswith(f"permission denied: projects, {action}, made, sub: {account}")
    assert client("DELETE", f"{PROJECTS}/made") == (200, {})
    gone = (404, 5, 'appprojects.argoproj.io "made" not found')
    assert said(client("DELETE", f"{PROJECTS}/made")) == said(client("GET", f"{PROJECTS}/made")) == gone
    reserved = (400, 3, "name 'default' is reserved and cannot be deleted")
    assert said(client("DELETE", f"{PROJECTS}/default")) == reserved


def test_a_project_in_use_stays(client: Client, own: str) -> None:
    assert said(client("DELETE", f"{PROJECTS}/{own}")) == (400, 3, "project is referenced by 1 applications")


@pytest.mark.parametrize(
    ("window", "status", "code", "text"),
    [
        ({**DENY, "kind": "x"}, 500, 2, "error validating project: kind 'x' mismatch: can only be allow or deny"),
        ({**DENY, "schedule": "x"}, 500, 2, "cannot parse schedule 'x': expected exactly 5 fields, found 1: [x]"),
        ({**DENY, "duration": "1d"}, 500, 2, 'cannot parse duration \'1d\': time: unknown unit "d" in duration "1d"'),
        ({**DENY, "applications": []}, 400, 11, "requires one of application, cluster or namespace"),
        ({**DENY, "applications": "*"}, 400, 3, "project.spec.syncWindows.0.applications of type []string"),
        ({**DENY, "manualSync": "true"}, 400, 3, "project.spec.syncWindows.0.manualSync of type bool"),
    ],
)
def test_windows_that_are_none(client: Client, window: Any, status: int, code: int, text: str) -> None:
    found = said(client("POST", PROJECTS, project("never", [window])))
    assert found[:2] == (status, code)
    assert found[2].endswith(text)


NOON = datetime(2026, 11, 26, 12, 0, 30, tzinfo=UTC)  # a Thursday


@pytest.mark.parametrize(
    ("schedule", "seconds", "open_"),
    [
        ("0 12 * * *", 60, True),
        ("0 12 * * *", 30, False),
        ("0 11 * * *", 3600, False),
        ("30 11-13 * * *", 3600, True),
        ("*/15 9-17 * * MON-FRI", 60, True),
        ("* * * * 1-3", 7200, False),
        ("* * * * sat,sun", 3600, False),
        ("0 0 * nov *", 86400, True),
        ("0 0 1 * *", 86400, False),
        ("0 0 1 * thu", 86400, True),
        ("0 0 25/1 * *", 86400, True),
        ("0 0 * * 0", 86400 * 5, True),
    ],
)
def test_schedules(schedule: str, seconds: float, open_: bool) -> None:
    assert cron.parse(schedule).started_within(NOON, seconds) is open_


@pytest.mark.parametrize(
    ("schedule", "text"),
    [
        ("", "empty spec string"),
        ("@hourly", "parser does not accept descriptors: @hourly"),
        ("* 24 * * *", "end of range (24) above maximum (23): 24"),
        ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
        ("5-3 * * * *", "beginning of range (5) beyond end of range (3): 5-3"),
        ("*/0 * * * *", "step of range should be a positive number: */0"),
        ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
        ("x * * * *", 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'),
    ],
)
def test_what_is_no_schedule(schedule: str, text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        cron.parse(schedule)


def test_durations() -> None:
    assert [durations.seconds(text) for text in ("1h30m", "1.5h", "500ms", "0", "-1m")] == [5400, 5400, 0.5, 0, -60]
    for text, complaint in (
        ("x", "invalid"),
        ("", "invalid"),
        ("90", "missing unit in"),
        ("1h 30m", 'unknown unit "h "'),
    ):
        with pytest.raises(ValueError, match=f"time: {complaint}"):
            durations.seconds(text)
