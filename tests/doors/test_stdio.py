"""The program as a client starts it, spoken to line by line: stdout carries JSON-RPC and nothing else."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, Self

import pytest

from argocd_gitops_mcp.__main__ import main
from argocd_gitops_mcp.audit import Entry
from argocd_gitops_mcp.sandbox.faults import Fault
from argocd_gitops_mcp.sandbox.server import Sandbox
from tests.stage import APPLICATION

SECONDS = 30.0
VERSION = "2026-07-28"
MODERN = {
    "io.modelcontextprotocol/protocolVersion": VERSION,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
}
GUIDES = {"argocd://workflow_guide", "argocd://best_practices"}
Json = dict[str, Any]


class Program:
    """The server as a subprocess, killed if it takes too long; every line of its stdout is checked."""

    def __init__(self, folder: Path, *argv: str, environment: dict[str, str], modern: bool = False) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ARGOCD_", "MCP_"))}
        self.modern = modern
        self.out = ""
        self._errors = folder / "stderr"
        with self._errors.open("w") as errors:
            self._process = subprocess.Popen(  # noqa: S603 - the very program under test
                [sys.executable, "-m", "argocd_gitops_mcp", *argv],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={**inherited, "XDG_CONFIG_HOME": str(folder), **environment},
            )
        self._watchdog = threading.Timer(SECONDS, self._process.kill)
        self._watchdog.start()
        self._asked = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._watchdog.cancel()
        self._process.kill()
        with self._process:
            pass

    @property
    def err(self) -> str:
        return self._errors.read_text()

    def write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def ask(self, method: str, **params: Any) -> Json:
        """The whole answer to one request; notifications before it are passed over."""
        self._asked += 1
        meta = {"_meta": MODERN} if self.modern else {}
        self.write(json.dumps({"jsonrpc": "2.0", "id": self._asked, "method": method, "params": {**params, **meta}}))
        while True:
            message = self._message()
            if message.get("id") == self._asked:
                return message

    def result(self, method: str, **params: Any) -> Json:
        answer = self.ask(method, **params)
        assert "result" in answer, answer
        found: Json = answer["result"]
        return found

    def call(self, operation: str, **arguments: Any) -> tuple[bool, str]:
        """Whether it is an error, and its text."""
        found = self.result("tools/call", name=APPLICATION, arguments={"operation": operation, **arguments})
        return found.get("isError", False), found["content"][0]["text"]

    def discover(self) -> Json:
        self.modern = True
        found = self.result("server/discover")
        assert VERSION in found["supportedVersions"]
        return found

    def initialize(self) -> Json:
        self.modern = False
        client = {"name": "test", "version": "1"}
        found = self.result("initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo=client)
        self.write(json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}))
        return found

    def end(self) -> int:
        """Close its stdin, read the rest, and give its exit code."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        rest = self._process.stdout.read()
        self.out += rest
        assert [json.loads(line)["jsonrpc"] for line in rest.splitlines()] == ["2.0"] * len(rest.splitlines())
        return self._process.wait(SECONDS)

    def _message(self) -> Json:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"it ended: {self.err}"
        self.out += line
        message: Json = json.loads(line)
        assert message["jsonrpc"] == "2.0"
        return message


Start = Callable[..., Program]


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with Sandbox(seeds=False, applications=1) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared: Sandbox) -> Iterator[Sandbox]:
    shared.requests.clear()
    yield shared
    shared.faults.clear()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the program with these settings flags, and variables in `environment`."""
    started: list[Program] = []

    def one(*argv: str, **environment: str) -> Program:
        started.append(Program(tmp_path, *argv, environment=environment))
        return started[-1]

    yield one
    for program in started:
        program.__exit__()


def probe_then_handshake(program: Program) -> Json:
    discovered = program.discover()
    initialized = program.initialize()
    assert discovered["instructions"] == initialized["instructions"]
    return initialized


def modern(program: Program) -> Json:
    """Begins with a request of its own; the probe may come any time."""
    program.modern = True
    assert program.result("tools/list")["resultType"] == "complete"
    return program.discover()


OPENINGS = [probe_then_handshake, modern, Program.initialize]


@pytest.mark.parametrize("opening", OPENINGS)
def test_everything_but_calls_needs_no_settings(start: Start, opening: Callable[[Program], Json]) -> None:
    program = start()
    instructions = opening(program)["instructions"]
    assert APPLICATION in instructions
    assert len(instructions.encode()) < 2000

    tools = {one["name"]: one for one in program.result("tools/list")["tools"]}
    assert tools.keys() == {
        "manage_argocd_application",
        "manage_argocd_resource",
        "read_argocd_instance",
        "manage_gitops_repository",
    }
    assert tools[APPLICATION]["annotations"]["readOnlyHint"] is True

    assert {one["uri"] for one in program.result("resources/list")["resources"]} == GUIDES
    for uri in GUIDES:
        [content] = program.result("resources/read", uri=uri)["contents"]
        assert content["mimeType"] == "text/markdown"
        assert content["text"].startswith("# ")

    is_error, text = program.call("list")
    assert is_error
    assert text.startswith("error not_configured:")
    assert "ARGOCD_SERVER_URL" in text
    assert program.end() == 0


def test_stdout_is_json_rpc_whatever_happens_and_no_token_is_anywhere(start: Start, sandbox: Sandbox) -> None:
    token = sandbox.tokens["ci"]
    program = start("serve", "--bypass-tls", "--allow-write", ARGOCD_SERVER_URL=sandbox.url, ARGOCD_TOKEN=token)
    probe_then_handshake(program)
    assert len(program.result("tools/list")["tools"]) == 8
    program.result("resources/list")
    program.result("resources/read", uri="argocd://workflow_guide")
    program.write("no JSON at all")
    assert "error" in program.ask("tools/nonsense")
    assert "error" in program.ask("resources/read", uri="argocd://nonsense")
    assert program.call("nonsense")[1].startswith("error unknown_operation:")
    assert program.call("get", name="../../session")[1].startswith("error invalid_argument:")
    assert sandbox.requests == []
    assert program.call("get", name="nobody")[1].startswith("error missing_or_forbidden:")
    for fault, code in [(Fault.HTML, "not_argocd"), (Fault.REDIRECT, "not_argocd"), (Fault.RESET, "connection_lost")]:
        sandbox.faults.arm(fault)
        assert program.call("get", name="synthetic-00000")[1].startswith(f"error {code}:")
    assert "synthetic-00000" in program.call("list")[1]
    assert program.end() == 0

    assert program.err.startswith("WARNING: TLS certificates are NOT verified")
    assert '"outcome": "connection_lost"' in program.err
    for part in (token, token.rpartition(".")[2]):
        assert part not in program.out
        assert part not in program.err


def test_the_audit_file(start: Start, sandbox: Sandbox, tmp_path: Path) -> None:
    token, file = sandbox.tokens["ci"], tmp_path / "audit.jsonl"
    program = start("--audit-file", str(file), ARGOCD_SERVER_URL=sandbox.url, ARGOCD_TOKEN=token)
    program.initialize()
    program.call("list")
    program.call("get", name="nobody")
    program.call("delete", name="synthetic-00000", confirm="synthetic-00000")
    assert program.end() == 0

    assert file.stat().st_mode & 0o777 == 0o600
    text = file.read_text()
    assert token not in text
    assert "audit" not in program.err
    lines = [json.loads(line) for line in text.splitlines()]
    assert all(line.keys() == {"time", "audit", *(field.name for field in fields(Entry))} for line in lines)
    assert [(line["operation"], line["verdict"], line["outcome"]) for line in lines] == [
        ("list_applications", "allowed", "ok"),
        ("get_application", "allowed", "missing_or_forbidden"),
        ("delete_application", "refused", "read_only"),
    ]
    assert {line["asker"] for line in lines} == {"mcp"}
    assert {line["user"] for line in lines} == {"ci:apiKey"}
    assert lines[1]["target"] == "nobody"
    assert len({line["request_id"] for line in lines}) == len(lines)
    assert {one.method for one in sandbox.requests} == {"GET"}


@pytest.mark.parametrize("opening", OPENINGS)
def test_a_prompt_brings_its_facts(start: Start, sandbox: Sandbox, opening: Callable[[Program], Json]) -> None:
    program = start(ARGOCD_SERVER_URL=sandbox.url, ARGOCD_TOKEN=sandbox.tokens["ci"])
    opening(program)
    [first, *_] = program.result("prompts/list")["prompts"]
    assert first["name"] == "troubleshoot_application"
    assert first["arguments"][0]["required"] is True
    [message] = program.result("prompts/get", name=first["name"], arguments={"name": "synthetic-00000"})["messages"]
    assert '> {"application":"synthetic-00000"' in message["content"]["text"]
    for name, arguments in [(first["name"], {}), ("nonsense", {"name": "web"})]:
        assert program.ask("prompts/get", name=name, arguments=arguments)["error"]["code"] == -32602
    assert program.end() == 0
    assert "Traceback" not in program.err


def test_wrong_settings_end_it_with_the_reason(start: Start) -> None:
    program = start(ARGOCD_TIMEOUT="soon", ARGOCD_TOKEN="s3cret-token")
    assert program.end() == 1
    assert program.out == ""
    assert "timeout (from environment ARGOCD_TIMEOUT)" in program.err
    assert "Traceback" not in program.err
    assert "s3cret-token" not in program.err


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        (["--surface", "both"], "surface (from flag --surface)"),
        (["serve", "--url", "ftp://argocd.example.com"], "url (from flag --url): must be an http or https URL"),
        (["--config", "missing.toml"], "The settings file 'missing.toml' cannot be read"),
        (["--audit-file", "missing/audit.jsonl"], "The audit file 'missing/audit.jsonl' cannot be written"),
    ],
)
def test_each_wrong_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], argv: list[str], reason: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["argocd-gitops-mcp", *argv])
    with pytest.raises(SystemExit) as ended:
        main()
    assert reason in str(ended.value.code)
    assert capsys.readouterr().out == ""
