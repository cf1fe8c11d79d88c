"""The forge's token: from each place, and never in a word of ours."""

import sys
import time
from pathlib import Path

import anyio
import pytest

from argocd_gitops_mcp.errors import NotConfigured
from argocd_gitops_mcp.gitops.forges import token as module
from argocd_gitops_mcp.gitops.forges.token import Token

pytestmark = pytest.mark.anyio

SECRET = "gta_0123456789abcdef"
PRINTING = f"{sys.executable} -c \"print('{SECRET}')\""


async def test_from_each_place(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{SECRET}\n")
    for one, read in (
        (Token(), None),
        (Token(f" {SECRET} "), SECRET),
        (Token(file=str(file)), SECRET),
        (Token(command=PRINTING), SECRET),
        (Token(SECRET, "missing", "no-such-program"), SECRET),
    ):
        await one.renew()
        assert one.read() == read
        assert one.command == PRINTING or SECRET not in repr(one)


def test_a_file_is_read_anew_each_time(tmp_path: Path) -> None:
    file = tmp_path / "token"
    one = Token(file=str(file))
    with pytest.raises(NotConfigured, match="forge token file"):
        one.read()
    for token in ("first", "second"):
        file.write_text(token)
        assert one.read() == token


async def test_a_command_is_run_once_a_minute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count = tmp_path / "count"
    program = f"import pathlib; p = pathlib.Path(r'{count}'); p.open('a').write('x'); print(len(p.read_text()))"
    one = Token(command=f'{sys.executable} -c "{program}"')
    for _ in range(3):
        await one.renew()
        assert one.read() == "1"
    monkeypatch.setattr(module, "_GOOD_FOR", 0.0)
    await one.renew()
    assert one.read() == "2"


FAILING = f"{sys.executable} -c \"print('{SECRET}'); exit(1)\""


@pytest.mark.parametrize("command", ["no-such-program", "", "'", FAILING])
async def test_a_command_that_fails_tells_nothing_of_what_it_printed(command: str) -> None:
    with pytest.raises(NotConfigured, match="--forge-token-command") as raised:
        await Token(command=command).renew()
    assert SECRET not in f"{raised.value} {raised.value.upstream} {raised.value.hint}"


async def test_a_command_runs_without_a_shell(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    one = Token(command=f"echo token; touch {trap}")
    await one.renew()
    assert one.read() == f"token; touch {trap}"
    assert not trap.exists()


async def test_a_slow_command_stops_nobody_else() -> None:
    one = Token(command=f"{sys.executable} -c \"import time; time.sleep(0.5); print('late')\"")
    longest = 0.0

    async def tick() -> None:
        nonlocal longest
        while one.read() is None:
            began = time.monotonic()
            await anyio.sleep(0.01)
            longest = max(longest, time.monotonic() - began)

    async with anyio.create_task_group() as group:
        group.start_soon(tick)
        await one.renew()
    assert one.read() == "late"
    assert longest < 0.4
