"""`doctor`: each way a set-up can be broken is named, with the next step, and nothing is changed or leaked."""

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from testbed import certificates

from argocd_gitops_mcp.sandbox.faults import Fault
from argocd_gitops_mcp.sandbox.server import Sandbox
from argocd_gitops_mcp.settings import Settings, at
from tests.doors.terminal import Terminal

Findings = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with Sandbox(seeds=False) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Sandbox]:
    """The sandbox, well configured for account ci."""
    for name in Settings.model_fields:
        for variable in at(name).environment:
            monkeypatch.delenv(variable, raising=False)
    for variable in ("ARGOCD_MCP_CONFIG", "ARGOCD_OPTS", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("ARGOCD_SERVER_URL", shared.url)
    monkeypatch.setenv("ARGOCD_TOKEN", shared.tokens["ci"])
    shared.requests.clear()
    yield shared
    shared.faults.clear()


@pytest.fixture
def terminal(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> Iterator[Terminal]:
    """Shows no token and changes nothing, whatever the test does."""
    terminal = Terminal(capsys)
    yield terminal
    for token in sandbox.tokens.values():
        assert token not in terminal.shown
    assert {one.method for one in sandbox.requests} <= {"GET"}


def examined(terminal: Terminal, *argv: str) -> tuple[int, Findings, list[dict[str, str]]]:
    """Exit code, the last finding of each step, and all of them."""
    ended = terminal.run("doctor", "--json", *argv)
    told = json.loads(ended.out)
    assert told["ok"] is (ended.code == 0)
    return ended.code, {one["step"]: one for one in told["findings"]}, told["findings"]


def test_a_good_set_up(terminal: Terminal) -> None:
    code, found, _ = examined(terminal)
    assert code == 0
    assert found["accepted"]["level"] == found["Argo CD"]["level"] == found["rights to read"]["level"] == "ok"
    assert "v3.6.1" in found["Argo CD"]["text"]
    text = terminal.run("doctor").out
    assert "token = set, not shown (from environment ARGOCD_TOKEN)" in text
    assert "warn  token: It never expires.\n      next: Mint one" in text


def test_nothing_is_configured(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARGOCD_SERVER_URL")
    monkeypatch.delenv("ARGOCD_TOKEN")
    code, found, _ = examined(terminal)
    assert code == 1
    assert found["address"]["level"] == found["token"]["level"] == "fail"
    assert "ARGOCD_SERVER_URL" in found["address"]["next"]


def test_a_setting_that_does_not_fit(sandbox: Sandbox, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGOCD_TIMEOUT", "soon")
    code, found, _ = examined(terminal)
    assert code == 1
    assert "ARGOCD_TIMEOUT" in found["settings"]["text"]
    assert sandbox.requests == []


def test_other_tools_spellings_are_noticed(
    sandbox: Sandbox, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ARGOCD_SERVER_URL")
    monkeypatch.setenv("ARGOCD_BASE_URL", sandbox.url)
    monkeypatch.setenv("ARGOCD_AUTH_TOKEN", "another")
    monkeypatch.setenv("NODE_TLS_REJECT_UNAUTHORIZED", "0")
    _, _, findings = examined(terminal)
    texts = [one["text"] for one in findings]
    assert any("ARGOCD_BASE_URL; another spelling of ARGOCD_SERVER_URL" in text for text in texts)
    assert any("ARGOCD_AUTH_TOKEN is set too, but environment ARGOCD_TOKEN wins" in text for text in texts)
    assert any("NODE_TLS_REJECT_UNAUTHORIZED is set but not used" in text for text in texts)


def test_a_token_others_may_read(
    sandbox: Sandbox, terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text(sandbox.tokens["ci"])
    file.chmod(0o644)
    monkeypatch.delenv("ARGOCD_TOKEN")
    code, found, _ = examined(terminal, "--token-file", str(file))
    assert code == 0
    assert found["token file"]["next"] == f"chmod 600 {file}"
    file.unlink()
    code, found, _ = examined(terminal, "--token-file", str(file))
    assert code == 1
    assert "cannot be read" in found["token"]["text"]
    assert found["Argo CD"]["level"] == "ok"


def test_a_settings_file(sandbox: Sandbox, terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(f'url = "{sandbox.url}"\ntoken = "{sandbox.tokens["ci"]}"\n')
    file.chmod(0o640)
    monkeypatch.delenv("ARGOCD_TOKEN")
    _, found, _ = examined(terminal, "--config", str(file))
    assert (found["settings file"]["level"], found["accepted"]["level"]) == ("warn", "ok")


def test_a_host_that_does_not_resolve(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGOCD_SERVER_URL", "https://argocd.invalid")
    code, found, _ = examined(terminal)
    assert (code, found["name"]["level"]) == (1, "fail")
    assert "port" not in found


def test_a_port_where_nobody_is(terminal: Terminal) -> None:
    code, found, _ = examined(terminal, "--url", "http://127.0.0.1:1")
    assert (code, found["port"]["level"]) == (1, "fail")
    assert "Connection refused" in found["port"]["text"]


@pytest.mark.parametrize(
    ("fault", "said"),
    [(Fault.HTML, "text/html"), (Fault.PROXY, "HTTP 502"), (Fault.BROKEN_JSON, "JSON"), (Fault.REDIRECT, "https://")],
)
def test_something_else_answers(sandbox: Sandbox, terminal: Terminal, fault: Fault, said: str) -> None:
    sandbox.faults.arm(fault, path="version", times=9, status=502)
    code, found, _ = examined(terminal)
    assert (code, found["Argo CD"]["level"]) == (1, "fail")
    assert said in found["Argo CD"]["text"]
    assert "accepted" not in found
    if fault is Fault.REDIRECT:
        assert found["Argo CD"]["next"] == f"Set ARGOCD_SERVER_URL={sandbox.url.replace('http:', 'https:')}"


def test_a_wrong_root_path(sandbox: Sandbox, terminal: Terminal) -> None:
    code, found, _ = examined(terminal, "--url", f"{sandbox.url}/argocd")
    assert code == 1
    assert found["Argo CD"]["next"].endswith(f"set ARGOCD_SERVER_URL={sandbox.url}")


class RootPath(BaseHTTPRequestHandler):
    """An Argo CD behind /argo-cd, beside a web page; keeps the tokens it was sent."""

    tokens: list[str | None]

    def do_GET(self) -> None:
        self.tokens.append(self.headers["authorization"])
        api = self.path == "/argo-cd/api/version"
        body = b'{"Version":"v3.6.1"}' if api else b"<html></html>"
        self.send_response(200)
        self.send_header("content-type", "application/json" if api else "text/html")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


def test_a_missing_root_path_is_found_and_the_token_kept_back(terminal: Terminal) -> None:
    tokens: list[str | None] = []
    handler = type("Handler", (RootPath,), {"tokens": tokens})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        try:
            code, found, _ = examined(terminal, "--url", url)
        finally:
            server.shutdown()
            thread.join()
    assert code == 1
    assert found["Argo CD"]["next"].endswith(f"set ARGOCD_SERVER_URL={url}/argo-cd")
    assert len(tokens) > 1
    assert set(tokens) == {None}


@pytest.mark.parametrize("step", ["resolve", "hang"])
def test_no_step_waits_long(sandbox: Sandbox, terminal: Terminal, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    monkeypatch.setattr("argocd_gitops_mcp.commands.checks.server.SECONDS", 0.2)
    monkeypatch.setattr("argocd_gitops_mcp.commands.checks.network.SECONDS", 0.2)
    if step == "hang":
        sandbox.faults.arm(Fault.HANG, path="version")
        code, found, _ = examined(terminal)
        assert (code, found["Argo CD"]["level"]) == (1, "fail")
        assert "in time" in found["Argo CD"]["text"]
        return
    waiting = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: waiting.wait(1) or [])
    try:
        _, found, _ = examined(terminal)
    finally:
        waiting.set()
    assert "not resolved within" in found["name"]["text"]


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("Bearer a.b.c", "the word Bearer"),
        ("nonsense", "not a JWT"),
        ("e30.eyJleHAiOjF9.e30", "expired at 1970-01-01T00:00:01Z"),
    ],
)
def test_a_token_that_cannot_be_good_is_not_sent(
    sandbox: Sandbox, terminal: Terminal, monkeypatch: pytest.MonkeyPatch, token: str, said: str
) -> None:
    monkeypatch.setenv("ARGOCD_TOKEN", token)
    code, found, _ = examined(terminal)
    assert (code, found["token"]["level"], found["Argo CD"]["level"]) == (1, "fail", "ok")
    assert said in found["token"]["text"]
    assert [one.path for one in sandbox.requests] == ["/api/version"]


def test_a_token_that_is_not_accepted(sandbox: Sandbox, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGOCD_TOKEN", sandbox.tokens["ci"][:-4] + "AAAA")
    code, found, _ = examined(terminal)
    assert (code, found["accepted"]["level"]) == (1, "fail")
    assert "signature is invalid" in found["accepted"]["text"]


@pytest.mark.parametrize(("account", "level"), [("ci", "ok"), ("reader", "warn")])
def test_rights_to_write_where_writes_are_allowed(
    sandbox: Sandbox, terminal: Terminal, monkeypatch: pytest.MonkeyPatch, account: str, level: str
) -> None:
    monkeypatch.setenv("ARGOCD_TOKEN", sandbox.tokens[account])
    code, found, _ = examined(terminal, "--allow-write")
    assert (code, found["rights to write"]["level"]) == (0, level)
    assert ("applications, sync, */*" in found["rights to write"]["text"]) is (level == "warn")


def test_no_git(terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    code, found, _ = examined(terminal)
    assert (code, found["git"]["level"]) == (0, "warn")


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, Path]]:
    folder = tmp_path_factory.mktemp("pki")
    authority = certificates.authority()
    certificate, key = authority.sign("argocd-server", ["127.0.0.1"])
    for name, content in (("ca", authority.pem), ("cert", certificate), ("key", key)):
        (folder / name).write_bytes(content)
    with Sandbox(seeds=False, tls=(str(folder / "cert"), str(folder / "key"))) as sandbox:
        yield sandbox, folder / "ca"


def test_certificates(encrypted: tuple[Sandbox, Path], terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox, authority = encrypted
    monkeypatch.setenv("ARGOCD_SERVER_URL", sandbox.url)
    monkeypatch.setenv("ARGOCD_TOKEN", sandbox.tokens["ci"])
    seen = {}
    for name, flags in {
        "trusted": ["--ca-file", str(authority)],
        "unknown": [],
        "bypassed": ["--bypass-tls"],
        "needless": ["--bypass-tls", "--ca-file", str(authority)],
    }.items():
        code, found, _ = examined(terminal, *flags)
        seen[name] = (code, found["TLS"]["level"])
        assert "argocd-server (for 127.0.0.1), by testbed, until 20" in found["TLS"]["text"]
        assert ("accepted" in found) is (name != "unknown")
    assert seen == {"trusted": (0, "ok"), "unknown": (1, "fail"), "bypassed": (0, "warn"), "needless": (0, "warn")}
    code, found, _ = examined(
        terminal, "--ca-file", str(authority), "--url", sandbox.url.replace("127.0.0.1", "localhost")
    )
    assert (code, "Use a name of the certificate" in found["TLS"]["next"]) == (1, True)
    assert sandbox.tokens["ci"] not in terminal.shown


def test_https_to_a_port_without_tls(sandbox: Sandbox, terminal: Terminal) -> None:
    code, found, _ = examined(terminal, "--url", sandbox.url.replace("http:", "https:"))
    assert (code, found["TLS"]["level"]) == (1, "fail")
    assert "use http://" in found["TLS"]["next"]


def test_a_ca_file_that_is_none(encrypted: tuple[Sandbox, Path], terminal: Terminal) -> None:
    code, found, _ = examined(terminal, "--url", encrypted[0].url, "--ca-file", sys.executable)
    assert (code, found["TLS"]["level"]) == (1, "fail")
    assert "--ca-file" in found["TLS"]["text"]


def test_no_repository_is_no_fault(terminal: Terminal) -> None:
    code, steps, _ = examined(terminal)
    assert code == 0
    assert steps["repositories"]["level"] == "ok"
    assert "--workspace" in steps["repositories"]["next"]
    _, steps, _ = examined(terminal, "--toolsets", "argocd")
    assert "repositories" not in steps


def test_the_workspace(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "deploy" / ".git").mkdir(parents=True)
    code, steps, _ = examined(terminal, "--workspace", str(tmp_path))
    assert (code, steps["workspace"]["level"]) == (0, "ok")
    assert "1 clones" in steps["workspace"]["text"]
    code, steps, _ = examined(terminal, "--workspace", str(tmp_path / "missing"))
    assert (code, steps["workspace"]["level"]) == (1, "fail")


def test_a_forge_that_is_not_there_or_half_configured(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGOCD_MCP_FORGE_TOKEN", "forge-secret-0815")
    code, steps, found = examined(terminal, "--forge", "gitea", "--forge-url", "http://127.0.0.1:9")
    assert (code, steps["forge"]["level"]) == (1, "fail")
    assert "forge-secret-0815" not in terminal.shown
    assert any(one["text"].startswith("forge_token = set, not shown") for one in found)
    code, steps, _ = examined(terminal, "--forge", "gitea")
    assert (code, steps["forge"]["level"]) == (1, "fail")
    assert "--forge-url" in steps["forge"]["text"]
    code, steps, _ = examined(terminal, "--forge-url", "http://127.0.0.1:9")
    assert "--forge github, gitlab or gitea" in steps["forge"]["text"]


def test_merging_without_writing_is_told(terminal: Terminal) -> None:
    _, _, found = examined(terminal, "--allow-merge")
    assert any("allow_merge has no effect" in one["text"] for one in found)
