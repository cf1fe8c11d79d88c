"""The command line: any operation from a shell, with the same locks as for an agent."""

import io
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from argocd_gitops_mcp import __version__, settings
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.operations.catalogue import OPERATIONS
from argocd_gitops_mcp.sandbox.server import Sandbox
from argocd_gitops_mcp.settings import Settings
from tests.doors.terminal import Terminal

MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: greeting}\ndata: {text: hello}\n"


class Typed(io.StringIO):
    """A terminal at which somebody has typed this."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with Sandbox(seeds=False, applications=3) as sandbox:
        sandbox.new_repository("shop", {"app/greeting.yaml": MANIFEST})
        yield sandbox


@pytest.fixture(autouse=True)
def _unconfigured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is set, and nobody sits at a terminal."""
    for name in list(os.environ):
        if name.startswith(("ARGOCD_", "MCP_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "stdin", io.StringIO())


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str], shared: Sandbox) -> Iterator[Terminal]:
    """Shows no token, whatever the test does."""
    terminal = Terminal(capsys)
    yield terminal
    for token in shared.tokens.values():
        assert token not in terminal.shown


@pytest.fixture
def sandbox(shared: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Configured for account ci; remembers what this test sends."""
    monkeypatch.setenv("ARGOCD_SERVER_URL", shared.url)
    monkeypatch.setenv("ARGOCD_TOKEN", shared.tokens["ci"])
    shared.requests.clear()
    return shared


@pytest.fixture
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("something was sent")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def create(terminal: Terminal, sandbox: Sandbox, name: str, *flags: str) -> tuple[int, str]:
    where = ["--repo-url", f"{sandbox.repositories}/shop.git", "--path", "app", "--destination-namespace", "default"]
    ended = terminal.run("call", "create_application", "--name", name, *where, *flags)
    return ended.code, ended.out + ended.err


def changes(sandbox: Sandbox) -> list[tuple[str, str]]:
    return [(one.method, one.path) for one in sandbox.requests if one.method != "GET"]


@pytest.mark.usefixtures("_offline")
def test_help_needs_nothing(terminal: Terminal) -> None:
    root = terminal.run("--help")
    assert root.code == 0
    for command in ("serve", "call", "token", "doctor", "sandbox", "demo"):
        assert f"\n  {command} " in root.out
    for name in ["config", *(name for name in Settings.model_fields if settings.at(name).flag)]:
        assert f"  {settings.flag(name)} " in root.out
    assert "--token " not in root.out

    group = terminal.run("call", "--help")
    assert group.code == 0
    for operation in OPERATIONS:
        assert f"\n  {operation.name} " in group.out


@pytest.mark.usefixtures("_offline")
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_help_of_an_operation(terminal: Terminal, operation: Any) -> None:
    ended = terminal.run("call", operation.name, "--help")
    assert ended.code == 0
    assert " ".join(operation.description.split()) in " ".join(ended.out.split())
    shown = {word.rstrip(",") for word in ended.out.split() if word.startswith("--")}
    arguments = operation.arguments.model_json_schema(by_alias=True)["properties"]
    assert {f"--{name.replace('_', '-')}" for name in arguments} <= shown
    assert ("--yes" in shown) is ("--confirm" in shown) is (operation.highest_effect is Effect.DESTRUCTIVE)


@pytest.mark.usefixtures("_offline")
def test_version(terminal: Terminal) -> None:
    assert terminal.run("--version").out == f"{__version__}\n"


def test_a_read(sandbox: Sandbox, terminal: Terminal) -> None:
    ended = terminal.run("call", "get_application", "--name", "synthetic-00000")
    assert ended.code == 0
    assert "synthetic-00000" in ended.out
    entry = json.loads(ended.err)
    assert (entry["asker"], entry["operation"], entry["outcome"]) == ("cli", "get_application", "ok")
    assert {one.method for one in sandbox.requests} == {"GET"}


def test_json(sandbox: Sandbox, terminal: Terminal) -> None:
    told = json.loads(terminal.run("call", "get_application", "--name", "synthetic-00000", "--json").out)
    assert (told["name"], told["sync"], told["health"]) == ("synthetic-00000", "Synced", "Healthy")
    assert sandbox.requests


def test_a_failure_is_no_answer(sandbox: Sandbox, terminal: Terminal) -> None:
    ended = terminal.run("call", "get_application", "--name", "nobody", "--json")
    assert (ended.code, ended.out) == (1, "")
    assert "error missing_or_forbidden:" in ended.err
    assert sandbox.requests


@pytest.mark.parametrize(
    "argv",
    [
        ["delete_application", "--name", "shop", "--yes"],
        ["sync_application", "--name", "shop"],
        ["update_application", "--name", "shop", "--path", "other"],
        ["run_resource_action", "--application-name", "shop", "--resource-name", "web", "--action-name", "restart"],
    ],
)
def test_a_write_while_read_only_sends_nothing(sandbox: Sandbox, terminal: Terminal, argv: list[str]) -> None:
    ended = terminal.run("call", *argv)
    assert (ended.code, ended.out) == (1, "")
    assert "error read_only:" in ended.err
    assert "--allow-write" in ended.err
    assert sandbox.requests == []


def test_writes_from_creation_to_deletion(sandbox: Sandbox, terminal: Terminal) -> None:
    code, said = create(terminal, sandbox, "shop", "--allow-write")
    assert code == 0, said
    labels = json.dumps({"labels": {"team": "shop"}})
    updated = terminal.run("call", "--allow-write", "update_application", "--name", "shop", "--metadata", labels)
    assert updated.code == 0, updated.err
    synced = terminal.run("--allow-write", "call", "sync_application", "--name", "shop", "--json")
    assert synced.code == 0, synced.err
    assert json.loads(synced.out)["name"] == "shop"
    sandbox.requests.clear()

    refused = terminal.run("call", "delete_application", "--name", "shop", "--allow-write")
    assert refused.code == 1
    assert "error not_confirmed:" in refused.err
    wrong = terminal.run("call", "delete_application", "--name", "shop", "--allow-write", "--confirm", "shops")
    assert wrong.code == 1
    assert "error not_confirmed:" in wrong.err
    assert changes(sandbox) == []

    deleted = terminal.run("call", "delete_application", "--name", "shop", "--allow-write", "--confirm", "shop")
    assert deleted.code == 0, deleted.err
    assert changes(sandbox) == [("DELETE", "/api/v1/applications/shop")]
    assert terminal.run("call", "get_application", "--name", "shop").code == 1


@pytest.mark.parametrize("how", ["--yes", "y\n"])
def test_a_person_says_yes(sandbox: Sandbox, terminal: Terminal, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    assert create(terminal, sandbox, "shop", "--allow-write")[0] == 0
    sandbox.requests.clear()
    monkeypatch.setattr(sys, "stdin", Typed("" if how == "--yes" else how))
    flags = [how] if how == "--yes" else []
    ended = terminal.run("call", "delete_application", "--name", "shop", "--allow-write", *flags)
    assert ended.code == 0, ended.err
    assert ("Go ahead?" in ended.err) is (how != "--yes")
    assert '"verdict": "confirmed"' in ended.err
    assert changes(sandbox) == [("DELETE", "/api/v1/applications/shop")]


def test_a_person_says_no(sandbox: Sandbox, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Typed("n\n"))
    argv = ["call", "delete_application", "--name", "synthetic-00001", "--confirm", "synthetic-00001"]
    ended = terminal.run(*argv, "--allow-write")
    assert ended.code == 1
    assert "Delete application 'synthetic-00001' with its resources. Removes 16: " in ended.err
    assert "was declined" in ended.err
    assert changes(sandbox) == []


def test_a_plan_is_made_by_one_process_and_applied_by_another(sandbox: Sandbox, terminal: Terminal) -> None:
    assert create(terminal, sandbox, "shop", "--allow-write")[0] == 0
    sandbox.requests.clear()
    writes = ("--allow-write", "--require-plan")
    refused = terminal.run("call", "delete_application", "--name", "shop", "--yes", *writes)
    assert "error plan_required" in refused.err
    planned = terminal.run("call", "delete_application", "--name", "shop", "--plan", "--json", *writes)
    assert planned.code == 0, planned.err
    assert changes(sandbox) == []
    plan_id = json.loads(planned.out)["planId"]
    done = terminal.run("call", "apply_plan", "--plan-id", plan_id, "--yes", *writes)
    assert done.code == 0, done.err
    assert changes(sandbox) == [("DELETE", "/api/v1/applications/shop")]


@pytest.mark.parametrize(
    ("argv", "code", "reason"),
    [
        (["call", "list_application"], 2, "Did you mean 'list_applications'"),
        (["call", "get_application", "--nam", "shop"], 2, "--name"),
        (["call", "sync_application"], 2, "Missing option '--name'"),
        (["call", "get_workload_logs", "--application-name", "shop", "--tail-lines", "all"], 2, "'--tail-lines'"),
        (
            ["call", "update_application", "--name", "shop", "--spec", "{source"],
            1,
            "invalid_argument: --spec is not JSON",
        ),
        (
            ["call", "update_application", "--name", "shop", "--spec", "[1]"],
            1,
            "invalid_argument: update_application: spec",
        ),
        (["call", "get_application", "--name", "../shop"], 1, "invalid_argument: get_application: name"),
        (["call", "list_applications", "--url", "ftp://example.com"], 1, "must be an http or https URL"),
        (["call", "list_applications", "--config", "missing.toml"], 1, "The system said"),
        (["call", "list_applications", "--token", "secret"], 2, "No such option: --token"),
    ],
)
def test_mistakes_are_named_and_nothing_is_sent(
    sandbox: Sandbox, terminal: Terminal, argv: list[str], code: int, reason: str
) -> None:
    ended = terminal.run(*argv)
    assert (ended.code, ended.out) == (code, "")
    assert reason in ended.err
    assert "Upstream said" not in ended.err
    assert sandbox.requests == []


@pytest.mark.usefixtures("_offline")
def test_not_configured(terminal: Terminal) -> None:
    ended = terminal.run("call", "list_applications")
    assert (ended.code, ended.out) == (1, "")
    assert "error not_configured:" in ended.err
    assert "ARGOCD_SERVER_URL" in ended.err


def test_a_settings_file(terminal: Terminal, shared: Sandbox, tmp_path: Path) -> None:
    audit = tmp_path / "audit.jsonl"
    file = tmp_path / "own.toml"
    file.write_text(f'url = "{shared.url}"\ntoken = "{shared.tokens["ci"]}"\naudit_file = "{audit}"\n')
    ended = terminal.run("call", "list_applications", "--config", str(file))
    assert ended.code == 0, ended.err
    assert "synthetic-00000" in ended.out
    assert "list_applications" in audit.read_text()


def test_a_flag_is_stronger_than_the_environment(
    terminal: Terminal, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARGOCD_SERVER_URL", "http://127.0.0.1:1")
    assert "error unreachable:" in terminal.run("call", "list_applications").err
    assert sandbox.requests == []
    assert terminal.run("call", "list_applications", "--url", sandbox.url).code == 0


@pytest.mark.parametrize(
    ("address", "token"), [("ARGOCD_BASE_URL", "ARGOCD_API_TOKEN"), ("ARGOCD_SERVER", "ARGOCD_AUTH_TOKEN")]
)
def test_other_programs_variables(
    terminal: Terminal, shared: Sandbox, monkeypatch: pytest.MonkeyPatch, address: str, token: str
) -> None:
    monkeypatch.setenv(address, shared.url)
    monkeypatch.setenv(token, shared.tokens["ci"])
    ended = terminal.run("call", "list_applications")
    assert ended.code == 0, ended.err
    assert "synthetic-00000" in ended.out


def test_read_only_wins(terminal: Terminal, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCP_READ_ONLY", "true")
    monkeypatch.setenv("ARGOCD_ALLOW_WRITE", "true")
    code, said = create(terminal, sandbox, "shop", "--allow-write")
    assert code == 1
    assert "error read_only:" in said
    assert sandbox.requests == []


def test_a_sandbox_for_a_while() -> None:
    command = [sys.executable, "-m", "argocd_gitops_mcp", "sandbox", "--no-seeds", "--lifetime", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - the program under test
        try:
            assert process.stdout is not None
            facts = json.loads(process.stdout.readline())
            assert facts.keys() >= {"url", "tokens", "passwords", "repositories", "pid"}
            account = {"Authorization": f"Bearer {facts['tokens']['reader']}"}
            assert httpx2.get(f"{facts['url']}/api/v1/session/userinfo", headers=account).json()["loggedIn"] is True
            rest, _ = process.communicate(timeout=20)
        finally:
            process.kill()
    assert (process.returncode, rest) == (0, "")
    assert not Path(facts["repositories"].removeprefix("file://")).exists()
