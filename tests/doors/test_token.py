"""`token` and the script, against the sandbox."""

import io
import json
import os
import pty
import select
import shlex
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from argocd_gitops_mcp.argocd.token import claims
from argocd_gitops_mcp.sandbox import rbac
from argocd_gitops_mcp.sandbox.faults import Fault
from argocd_gitops_mcp.sandbox.server import Sandbox
from argocd_gitops_mcp.settings import Settings, at
from tests.doors.terminal import Terminal

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "fetch_argocd_token.py"
WRONG = "not-the-password"


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with Sandbox(seeds=False, applications=1) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Sandbox]:
    """The sandbox as the only thing that is configured; no token yet."""
    for name in Settings.model_fields:
        for variable in at(name).environment:
            monkeypatch.delenv(variable, raising=False)
    for variable in ("ARGOCD_USERNAME", "ARGOCD_PASSWORD", "ARGOCD_MCP_CONFIG"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("ARGOCD_SERVER_URL", shared.url)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    shared.world.failed_logins.clear()
    shared.requests.clear()
    yield shared
    shared.faults.clear()


@pytest.fixture
def terminal(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> Iterator[Terminal]:
    """Shows no password, whatever the test does."""
    terminal = Terminal(capsys)
    yield terminal
    for password in [*sandbox.passwords.values(), WRONG]:
        assert password not in terminal.shown


@pytest.fixture
def as_ci(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGOCD_TOKEN", sandbox.tokens["ci"])


def sign_in_as(name: str, password: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGOCD_USERNAME", name)
    monkeypatch.setenv("ARGOCD_PASSWORD", password)


def sent(sandbox: Sandbox, method: str) -> list[str]:
    return [one.path for one in sandbox.requests if one.method == method]


def test_login_tells_what_it_got_and_shows_nothing(
    sandbox: Sandbox, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in_as("reader", sandbox.passwords["reader"], monkeypatch)
    ended = terminal.run("token", "login")
    assert (ended.code, ended.out) == (0, "")
    assert "session token of reader, expires 20" in ended.err
    assert "--print, --export or --output" in ended.err
    assert "eyJ" not in terminal.shown


def test_login_for_the_shell(sandbox: Sandbox, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(sandbox.passwords["reader"] + "\n"))
    ended = terminal.run("token", "login", "--username", "reader", "--password-stdin", "--export")
    [word, assignment] = shlex.split(ended.out)
    assert word == "export"
    name, _, token = assignment.partition("=")
    known = claims(token)
    assert name == "ARGOCD_TOKEN"
    assert known is not None
    assert known.sub == "reader:login"


def test_a_wrong_password_is_tried_once(sandbox: Sandbox, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in_as("reader", WRONG, monkeypatch)
    ended = terminal.run("token", "login", "--print")
    assert (ended.code, ended.out) == (1, "")
    assert "unauthenticated" in ended.err
    assert "argocd login --sso" in ended.err
    assert sent(sandbox, "POST") == ["/api/v1/session"]


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.STATUS, Fault.PROXY, Fault.REDIRECT, Fault.HTML])
def test_a_login_that_fails_is_not_repeated(
    sandbox: Sandbox, terminal: Terminal, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    sign_in_as("reader", sandbox.passwords["reader"], monkeypatch)
    sandbox.faults.arm(fault, method="POST", status=503)
    assert terminal.run("token", "login", "--print").code == 1
    assert sent(sandbox, "POST") == ["/api/v1/session"]


def test_no_way_to_ask_sends_nothing(sandbox: Sandbox, terminal: Terminal) -> None:
    ended = terminal.run("token", "login")
    assert ended.code == 1
    assert "no terminal" in ended.err
    assert "argocd login --sso" in ended.err
    assert sandbox.requests == []


def test_a_failed_login_leaves_no_file(
    sandbox: Sandbox, terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sign_in_as("reader", WRONG, monkeypatch)
    file = tmp_path / "token"
    assert terminal.run("token", "login", "--output", str(file)).code == 1
    assert not file.exists()
    assert len(sandbox.requests) == 1


@pytest.mark.usefixtures("as_ci")
def test_mint_validate_revoke(
    sandbox: Sandbox, terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    assert terminal.run("token", "mint", "--expires-in", "12h", "--id", "try", "--output", str(file)).code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    known = claims(file.read_text().strip())
    assert known is not None
    assert (known.sub, known.jti) == ("ci:apiKey", "try")
    assert known.exp is not None
    assert known.iat is not None
    assert known.exp - known.iat == 12 * 3600

    monkeypatch.delenv("ARGOCD_TOKEN")
    monkeypatch.setenv("ARGOCD_TOKEN_FILE", str(file))
    valid = terminal.run("token", "validate")
    assert valid.code == 0
    assert "account API token" in valid.out
    assert terminal.run("token", "revoke").code == 1
    assert sent(sandbox, "DELETE") == []
    assert terminal.run("token", "revoke", "--yes").code == 0
    assert sent(sandbox, "DELETE") == ["/api/v1/account/ci/token/try"]
    refused = terminal.run("token", "validate")
    assert refused.code == 1
    assert "does not have token with id try" in refused.err
    assert file.read_text().strip() not in terminal.shown


@pytest.mark.usefixtures("as_ci")
@pytest.mark.parametrize(("flags", "seconds"), [([], 30 * 86400), (["--no-expiry"], None)])
def test_a_token_ends_unless_told_otherwise(terminal: Terminal, flags: list[str], seconds: int | None) -> None:
    ended = terminal.run("token", "mint", "--print", *flags)
    known = claims(ended.out.strip())
    assert known is not None
    assert known.iat is not None
    assert known.exp == (None if seconds is None else known.iat + seconds)
    assert terminal.run("token", "revoke", known.jti, "--yes").code == 0


@pytest.mark.usefixtures("as_ci")
@pytest.mark.parametrize(
    "flags",
    [
        [],
        ["--print", "--expires-in", "0d"],
        ["--print", "--expires-in", "forever"],
        ["--print", "--expires-in", "1d", "--no-expiry"],
    ],
)
def test_a_mint_that_makes_no_sense_sends_nothing(sandbox: Sandbox, terminal: Terminal, flags: list[str]) -> None:
    assert terminal.run("token", "mint", *flags).code == 1
    assert sandbox.requests == []


def test_mint_after_signing_in(sandbox: Sandbox, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in_as("reader", sandbox.passwords["reader"], monkeypatch)
    known = claims(terminal.run("token", "mint", "--print").out.strip())
    assert known is not None
    assert known.sub == "reader:apiKey"


def test_an_account_without_api_keys_is_told_how(
    sandbox: Sandbox, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARGOCD_TOKEN", sandbox.tokens["admin"])
    ended = terminal.run("token", "mint", "--print")
    assert ended.code == 1
    assert "accounts.admin: apiKey, login" in ended.err
    assert sent(sandbox, "POST") == []
    assert "not an account's API token" in terminal.run("token", "revoke", "--yes").err


@pytest.mark.usefixtures("as_ci")
def test_an_unknown_id_is_answered_with_those_there(sandbox: Sandbox, terminal: Terminal) -> None:
    made = claims(terminal.run("token", "mint", "--id", "build", "--print").out.strip())
    assert made is not None
    ended = terminal.run("token", "revoke", "biuld", "--yes")
    assert ended.code == 1
    assert "'build'" in ended.err
    assert sent(sandbox, "DELETE") == []
    assert terminal.run("token", "revoke", "build", "--yes").code == 0


@pytest.mark.parametrize(("account", "sync"), [("ci", "yes"), ("reader", "no")])
def test_validate_shows_what_the_token_may(
    sandbox: Sandbox, terminal: Terminal, monkeypatch: pytest.MonkeyPatch, account: str, sync: str
) -> None:
    monkeypatch.setenv("ARGOCD_TOKEN", sandbox.tokens[account])
    told = json.loads(terminal.run("token", "validate", "--json").out)
    rights = {(one["resource"], one["action"]): one["may"] for one in told["rights"]}
    assert (told["valid"], told["username"], told["issuer"], told["expires_at"]) == (True, account, "argocd", None)
    assert rights["applications", "get"] == "yes"
    assert rights["applications", "sync"] == sync
    assert "applications, sync    */*" in terminal.run("token", "validate").out
    assert sandbox.tokens[account] not in terminal.shown
    assert {one.method for one in sandbox.requests} == {"GET"}


@pytest.mark.usefixtures("as_ci")
def test_rights_in_one_project(sandbox: Sandbox, terminal: Terminal) -> None:
    assert "shop/*" in terminal.run("token", "validate", "--project", "shop").out
    assert "/api/v1/account/can-i/applications/sync/shop/*" in sent(sandbox, "GET")


@pytest.mark.usefixtures("as_ci")
def test_rights_where_the_token_sees_applications(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rbac, "can_i", lambda *asked: asked[2:] == ("applications", "get", "default/*"))
    told = json.loads(terminal.run("token", "validate", "--json").out)
    assert [one["objects"] for one in told["rights"] if one["may"] == "yes"] == ["default/*"]


@pytest.mark.parametrize("token", ["a.b.c", "nonsense"])
def test_userinfo_that_knows_nobody_is_no_success(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("ARGOCD_TOKEN", token)
    ended = terminal.run("token", "validate", "--json")
    assert ended.code == 1
    assert json.loads(ended.out)["valid"] is False


def test_an_expired_token_is_called_expired(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGOCD_TOKEN", "e30.eyJleHAiOjF9.e30")
    ended = terminal.run("token", "validate")
    assert ended.code == 1
    assert "token_expired: The Argo CD token expired at 1970-01-01T00:00:01Z" in ended.err


@pytest.mark.parametrize("token", ["Bearer a.b.c", "a.b\nSECRET.c", '"a.b.c"', "SECRETé"])
def test_what_cannot_be_a_token_is_not_sent(
    sandbox: Sandbox, terminal: Terminal, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("ARGOCD_TOKEN", token)
    for command in (["validate"], ["mint", "--print"], ["revoke", "--yes"], ["fetch"]):
        assert terminal.run("token", *command).code == 1
    assert sandbox.requests == []
    assert "SECRET" not in terminal.shown


def test_help_needs_nothing(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGOCD_SERVER_URL", "ftp://nowhere")
    for command in ("login", "mint", "validate", "revoke", "fetch"):
        assert terminal.run("token", command, "--help").code == 0


def test_the_script_obtains_and_validates(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARGOCD_SERVER_URL")
    sign_in_as("ci", sandbox.passwords["ci"], monkeypatch)
    command = [sys.executable, str(SCRIPT), "--url", sandbox.url, "--export"]
    done = subprocess.run(  # noqa: S603 our own script
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=30
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("export ARGOCD_TOKEN=ey")
    assert len(done.stdout.splitlines()) == 1
    assert f"Valid: {sandbox.url} accepts the token." in done.stderr
    assert sandbox.passwords["ci"] not in done.stderr


# The first terminal that a session's leader opens becomes its own, which is where passwords are asked for.
IN_TERMINAL = (
    "import os, sys; os.open(sys.argv[1], os.O_RDWR); os.execv(sys.executable, [sys.executable, *sys.argv[2:]])"
)


def test_the_password_is_asked_for_on_the_terminal(sandbox: Sandbox) -> None:
    ours, theirs = pty.openpty()
    login = ["-m", "argocd_gitops_mcp", "token", "login", "--print"]
    child = subprocess.Popen(  # noqa: S603 our own program
        [sys.executable, "-c", IN_TERMINAL, os.ttyname(theirs), *login],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        start_new_session=True,
        text=True,
    )
    try:
        shown = read_until(ours, "Username")
        os.write(ours, b"reader\n")
        shown += read_until(ours, "Password of reader")
        os.write(ours, sandbox.passwords["reader"].encode() + b"\n")
        out, _ = child.communicate(timeout=20)
        shown += read_until(ours, "Obtained")
    finally:
        child.kill()
        child.wait()
        os.close(ours)
        os.close(theirs)
    known = claims(out.strip())
    assert known is not None
    assert known.sub == "reader:login"
    assert sandbox.passwords["reader"] not in shown


def read_until(terminal: int, text: str) -> str:
    shown = ""
    while text not in shown:
        ready, _, _ = select.select([terminal], [], [], 20)
        assert ready, f"{text!r} was not shown, but {shown!r}"
        shown += os.read(terminal, 4096).decode()
    return shown
