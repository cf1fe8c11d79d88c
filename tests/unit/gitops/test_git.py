"""The git program as it is run: what it inherits, how long it may take, and what of its words is passed on."""

import asyncio
import os
import re
import socket
import subprocess
import time
from pathlib import Path

import pytest

from argocd_gitops_mcp.errors import GitFailed, NotConfigured, TimedOut, TooLarge
from argocd_gitops_mcp.gitops.git.program import Git, quotable
from tests.unit.gitops.git_stage import GitStage

pytestmark = pytest.mark.anyio


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    stage = GitStage.of(tmp_path, monkeypatch)
    stage.empty()
    return Git(stage.clone)


async def shell(git: Git, script: str, seconds: float = 20, most: int = 1000) -> str:
    """An alias of the command line's stands for a program that git runs, as it runs a helper."""
    return (await git.run("-c", f"alias.x=!{script}", "x", seconds=seconds, most=most)).text


async def test_answers_what_the_program_says(git: Git) -> None:
    ran = await git.run("hash-object", "--stdin", given=b"a\n")
    assert (ran.code, ran.text) == (0, "78981922613b2afb6025042ff6bd878ac1994e85")
    assert (await git.run("rev-parse", "--verify", "--quiet", "nothing", codes=(0, 1))).code == 1


async def test_a_failure_is_told_in_its_own_words(git: Git) -> None:
    with pytest.raises(GitFailed, match=r"git cat-file failed \(exit status 128\)") as caught:
        await git.run("cat-file", "-p", "nothing")
    assert "Not a valid object name" in caught.value.upstream


@pytest.mark.parametrize(
    ("said", "quoted"),
    [
        (b"fatal: cannot read 'https://ada:hunter2@git.example/x'", "fatal: cannot read 'https://git.example/x'"),
        (b"https://token@git.example ssh://git@git.example", "https://git.example ssh://git.example"),
        (b"remote: \x1b[31mno\x1b[0m\x07\n", "remote: [31mno[0m"),
        (b"\xff" + b"x" * 5000, "x" * 2000),
    ],
)
def test_words_are_bounded_and_hold_no_credentials(said: bytes, quoted: str) -> None:
    assert quotable(said) == quoted


async def test_what_leads_git_astray_is_not_inherited(
    git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_EXEC_PATH", "GIT_TRACE"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    monkeypatch.setenv("ARGOCD_TOKEN", "hunter2")
    assert (await git.run("rev-parse", "--show-toplevel")).text == str(git.folder)
    told = await shell(git, "env", most=100_000)
    assert "elsewhere" not in told
    assert "hunter2" not in told
    assert not (tmp_path / "elsewhere").exists()


async def test_how_the_user_reaches_remotes_is_inherited(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "GIT_SSH_COMMAND": "ssh -i key",
        "SSH_AUTH_SOCK": "/run/agent",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "http.extraHeader",
        "GIT_CONFIG_VALUE_0": "Authorization: Basic x",
        "GH_TOKEN": "x",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    told = (await shell(git, "env", most=100_000)).split("\n")
    assert {f"{name}={value}" for name, value in given.items()} <= set(told)
    assert (await git.run("config", "http.extraHeader")).text == "Authorization: Basic x"


async def test_there_is_nothing_to_ask_a_question_on(git: Git) -> None:
    """No terminal, no standard input, no askpass: what would ask fails instead."""
    assert await shell(git, "cat; (: < /dev/tty) 2>/dev/null || echo no terminal; echo $SSH_ASKPASS_REQUIRE") == (
        "no terminal\nnever"
    )
    with pytest.raises(GitFailed):
        await git.run("credential", "fill", given=b"protocol=https\nhost=git.example\n\n", seconds=5)


async def test_the_time_is_bounded_also_for_what_git_started(git: Git) -> None:
    began = time.monotonic()
    with pytest.raises(TimedOut):
        await shell(git, f"sleep 30 & echo $! > {git.folder}/pid; wait", seconds=0.5)
    assert time.monotonic() - began < 10
    assert await ended(int((git.folder / "pid").read_text("utf-8")))


async def test_a_remote_that_never_answers_is_given_up(git: Git) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/deploy.git"
        with pytest.raises(TimedOut):
            await git.run("ls-remote", "--", url, seconds=0.5)


async def test_whoever_stops_waiting_stops_git(git: Git) -> None:
    task = asyncio.create_task(shell(git, f"sleep 30 & echo $! > {git.folder}/pid; wait"))
    while not (git.folder / "pid").exists() or not (git.folder / "pid").read_text("utf-8"):  # noqa: ASYNC110 - a process
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await ended(int((git.folder / "pid").read_text("utf-8")))


async def ended(pid: int) -> bool:
    for _ in range(500):
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], stdout=subprocess.PIPE, check=False)  # noqa: ASYNC221, S603, S607
        if not state.stdout.strip() or state.stdout.startswith(b"Z"):
            return True
        await asyncio.sleep(0.01)
    return False


async def test_the_output_is_bounded(git: Git) -> None:
    with pytest.raises(TooLarge):
        await shell(git, "yes")


async def test_the_end_of_too_much_output_is_seen_where_its_reader_is_late(
    git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then asyncio's buffer is full, and it reads no further by itself."""
    read = asyncio.StreamReader.read

    async def slow(stream: asyncio.StreamReader, count: int = -1) -> bytes:
        await asyncio.sleep(0.1)
        return await read(stream, count)

    monkeypatch.setattr(asyncio.StreamReader, "read", slow)
    with pytest.raises(TooLarge):
        await shell(git, "yes", seconds=5)


async def test_what_stays_behind_does_not_hold_the_answer_up(git: Git) -> None:
    """As ssh's ControlPersist does: it keeps standard error open."""
    began = time.monotonic()
    assert await shell(git, "sleep 3 > /dev/null & echo done") == "done"
    assert time.monotonic() - began < 2.5


async def test_input_that_is_not_read_is_no_failure(git: Git) -> None:
    assert (await git.run("version", given=b"x" * 1_000_000)).text.startswith("git version")


async def test_no_git_is_told(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(git.folder))
    with pytest.raises(NotConfigured, match="no git"):
        await git.run("version")


async def test_a_folder_inside_a_clone_is_not_taken_for_it(git: Git) -> None:
    inner = git.folder / "inner"
    inner.mkdir()
    with pytest.raises(GitFailed, match="rev-parse"):
        await Git(inner).run("rev-parse", "--git-dir")


async def test_messages_of_git_are_english(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("LANGUAGE", "de")
    told = await shell(git, "env", most=100_000)
    assert re.search(r"^LC_ALL=C$", told, re.MULTILINE)
    assert os.environ["LC_ALL"] == "de_DE.UTF-8"
