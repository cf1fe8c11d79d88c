"""The index says what Argo CD says: after changes, breaks, silence, and not at all for a token that was revoked."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import msgspec
import pytest

from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.assembly import read_token
from argocd_gitops_mcp.errors import Unauthenticated
from argocd_gitops_mcp.fleet.fleets import Fleets
from argocd_gitops_mcp.fleet.row import Row
from argocd_gitops_mcp.http import TLS, Request, Stream
from argocd_gitops_mcp.settings import Settings
from tests.contract.bench import App, Bench, config_map
from tests.proxy import Proxy, Strike
from tests.stage import SEEDS, Recorder, Stage, Tools, until

pytestmark = pytest.mark.anyio

SECONDS = 12.0
WATCH = "/api/v1/stream/applications"


def cells(text: str, name: str) -> list[str]:
    """The row of an application."""
    return next((line.split() for line in text.splitlines() if line.startswith(f"{name} ")), [])


async def eventually(ask: Callable[[], Awaitable[str]], wanted: Callable[[str], object]) -> str:
    text = await ask()
    with anyio.move_on_after(SECONDS):
        while not wanted(text):
            await anyio.sleep(0.05)
            text = await ask()
    assert wanted(text), text
    return text


def asking(tools: Tools, name: str, **filters: Any) -> Callable[[], Awaitable[str]]:
    async def ask() -> str:
        return (await tools.application("list", query=name, **filters)).ok.text

    return ask


def lists(tools: Tools) -> int:
    return sum(one.path == "/api/v1/applications" for one in tools.http.streamed)


def label(stage: Stage, app: App, **labels: str) -> None:
    body = {"patch": f'{{"metadata":{{"labels":{_json(labels)}}}}}', "patchType": "merge"}
    assert stage.raw("PATCH", app.path, body=body).status == 200


def _json(values: Mapping[str, str]) -> str:
    return "{" + ",".join(f'"{name}":"{value}"' for name, value in values.items()) + "}"


async def test_what_is_created_changed_and_deleted(bench: Bench) -> None:
    tools, stage = bench.tools, bench.stage
    assert (await tools.application("list")).ok.text.splitlines()[0].endswith("as of 0 s ago]")
    cursor = re.findall(r"cursor=(\S+)", (await tools.application("summary")).ok.text)[-1]
    app = bench.created()
    ask = asking(tools, app.name)
    await eventually(ask, lambda text: cells(text, app.name)[2:4] == ["OutOfSync", "Missing"])
    label(stage, app, team=app.name)
    await eventually(_selected(tools, app.name), lambda text: cells(text, app.name))
    news = (await tools.application("summary", since=cursor, query=app.name)).ok.text
    assert f"appeared {app.name} (default) - -> Missing, - -> OutOfSync" in news
    stage.raw("DELETE", app.path, {"cascade": "false"})
    await eventually(ask, lambda text: not cells(text, app.name))
    news = (await tools.application("summary", since=cursor)).ok.text
    assert app.name not in news


def _selected(tools: Tools, team: str) -> Callable[[], Awaitable[str]]:
    async def ask() -> str:
        return (await tools.application("list", selector=f"team={team}")).ok.text

    return ask


async def test_a_sync_is_seen_to_its_end(bench: Bench) -> None:
    await bench.tools.application("list")
    app = bench.created({"settings.yaml": config_map("{name}")})
    app.start_sync()
    ask = asking(bench.tools, app.name)
    text = await eventually(ask, lambda text: cells(text, app.name)[2:4] == ["Synced", "Healthy"])
    whole = app.whole()
    assert whole["status"]["sync"]["revision"][:8] in text


async def test_it_says_what_argo_cd_says(bench: Bench) -> None:
    stage, fleets = bench.stage, Fleets(keeps=True)
    async with _client(stage) as client:
        await fleets.fresh(client)
        apps = [bench.created({"settings.yaml": config_map("{name}")}) for _ in range(4)]
        for app in apps[:2]:
            app.start_sync()
        label(stage, apps[2], team="moved")
        stage.raw("DELETE", apps[3].path, {"cascade": "false"})
        for app in apps[:2]:
            await app.ended()

        async def ours() -> dict[str, Any]:
            found = await fleets.fresh(client)
            return {row.name: (row.sync, row.health, row.revision, row.labels) for row in found.rows}

        theirs = _theirs(stage)
        with anyio.move_on_after(SECONDS):
            while (mine := await ours()) != theirs:
                theirs = _theirs(stage)
                await anyio.sleep(0.1)
        assert mine == theirs
        await fleets.close()


def _theirs(stage: Stage) -> dict[str, Any]:
    """From the plain list, without `fields`."""
    found = {}
    for item in stage.raw("GET", "/api/v1/applications").json["items"]:
        status = item["status"]
        sync = status.get("sync") or {}
        found[item["metadata"]["name"]] = (
            sync.get("status", ""),
            (status.get("health") or {}).get("status", ""),
            sync.get("revision", ""),
            item["metadata"].get("labels") or {},
        )
    return found


@asynccontextmanager
async def _client(stage: Stage, read: Callable[[], str | None] | None = None) -> AsyncIterator[Client]:
    async with Recorder(stage.url, TLS(ca_file=stage.ca_file)) as http:
        yield Client(http, read or (lambda: stage.tokens["ci"]))


class Struck:
    """A client whose watch goes through a proxy that can break it."""

    def __init__(self, tools: Tools, proxy: Proxy) -> None:
        self.tools = tools
        self.watches: list[Strike] = []
        stream = tools.http.stream

        @asynccontextmanager
        async def streaming(request: Request, **how: Any) -> AsyncIterator[Stream]:
            if request.path == WATCH:
                self.watches.append(proxy.arm("pass"))
            async with stream(request, **how) as found:
                yield found

        tools.http.stream = streaming  # type: ignore[method-assign]


@pytest.fixture
async def struck(stage: Stage) -> AsyncIterator[Struck]:
    async with Proxy(stage) as proxy, stage.tools(url=proxy.url) as tools:
        yield Struck(tools, proxy)


async def test_a_watch_that_breaks_is_opened_anew_and_nothing_is_missed(bench: Bench, struck: Struck) -> None:
    await struck.tools.application("list")
    for _ in range(2):
        await until(struck.watches[-1].hit.is_set, bool)
        count = len(struck.watches)
        struck.watches[-1].sever()
        app = bench.created()
        await eventually(asking(struck.tools, app.name), lambda text, name=app.name: cells(text, name))  # type: ignore[misc]
        await until(lambda count=count: len(struck.watches) > count, bool)  # type: ignore[misc]


async def test_a_watch_that_falls_silent_is_found_out(bench: Bench, struck: Struck) -> None:
    """Nothing is closed: it looks as if nothing happened."""
    await struck.tools.application("list")
    await until(struck.watches[-1].hit.is_set, bool)
    struck.watches[-1].action = "stall"
    app = bench.created()
    await eventually(asking(struck.tools, app.name), lambda text: cells(text, app.name))
    bench.stage.raw("DELETE", app.path, {"cascade": "false"})
    await eventually(asking(struck.tools, app.name), lambda text: not cells(text, app.name))


@pytest.fixture
def minted(stage: Stage) -> Iterator[tuple[str, Callable[[], None]]]:
    """A token, and what revokes it."""
    name = stage.unique("token")
    token: str = stage.raw("POST", "/api/v1/account/ci/token", body={"expiresIn": 600, "id": name}).json["token"]

    def revoke() -> None:
        stage.raw("DELETE", f"/api/v1/account/ci/token/{name}")

    yield token, revoke
    revoke()


async def test_for_a_revoked_token_it_says_nothing(stage: Stage, minted: tuple[str, Callable[[], None]]) -> None:
    """Argo CD's watch goes on for it (3.6), so that no end of it can be waited for."""
    token, revoke = minted
    async with stage.tools(token=token) as tools:
        assert "guestbook" in (await tools.application("list", query="guestbook")).ok.text
        revoke()
        await anyio.sleep(1.1)
        for operation in ("list", "summary", "list"):
            text = (await tools.application(operation)).refused("unauthenticated")
            assert "guestbook" not in text


async def test_each_token_has_an_index_of_its_own(stage: Stage, minted: tuple[str, Callable[[], None]]) -> None:
    current = [minted[0]]
    fleets = Fleets(keeps=True)
    async with _client(stage, lambda: current[0]) as client:
        first = await fleets.fresh(client)
        current[0] = stage.tokens["reader"]
        second = await fleets.fresh(client)
        assert first.table is not second.table
        minted[1]()
        await anyio.sleep(1.1)
        assert (await fleets.fresh(client)).table is second.table
        current[0] = minted[0]
        with pytest.raises(Unauthenticated):
            await fleets.fresh(client)
        await fleets.close()


async def test_it_is_listed_once_for_many_who_ask(stage: Stage) -> None:
    async with stage.tools() as tools, anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(tools.application, "list")
    assert lists(tools) == 1
    assert sum(one.path == WATCH for one in tools.http.streamed) == 1


async def test_nothing_is_opened_before_it_is_asked(stage: Stage) -> None:
    async with stage.tools() as tools:
        await tools.application("get", name="guestbook")
        assert tools.http.streamed == []


@pytest.fixture
def limited(bench: Bench) -> Iterator[tuple[str, str, Callable[[], None]]]:
    """A project, a token that may see its applications and no other, and what revokes it."""
    stage, name = bench.stage, bench.stage.unique("project")
    rule = f"p, proj:{name}:look, applications, get, {name}/*, allow"
    everywhere = [{"server": "*", "namespace": "*"}]
    spec = {
        "sourceRepos": ["*"],
        "destinations": everywhere,
        "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
        "roles": [{"name": "look", "policies": [rule]}],
    }
    made = stage.raw("POST", "/api/v1/projects", body={"project": {"metadata": {"name": name}, "spec": spec}})
    assert made.status == 200, made.text
    where = f"/api/v1/projects/{name}/roles/look/token"
    token = stage.raw("POST", where, body={"expiresIn": 600, "id": name}).json["token"]

    def revoke() -> None:
        (role,) = stage.raw("GET", f"/api/v1/projects/{name}").json["spec"]["roles"]
        issued = role["jwtTokens"][0]["iat"]
        assert stage.raw("DELETE", f"{where}/{issued}", {"id": name}).status == 200

    yield name, token, revoke
    bench.close()
    bench.apps.clear()
    bench.repositories.clear()
    stage.raw("DELETE", f"/api/v1/projects/{name}")


async def test_a_token_of_few_rights_sees_its_own_and_nothing_of_what_another_knows(
    bench: Bench, limited: tuple[str, str, Callable[[], None]]
) -> None:
    project, token, revoke = limited
    first, other = bench.created(project=project), bench.created()
    current = [bench.stage.tokens["ci"]]
    fleets = Fleets(keeps=True)

    async def names() -> set[str]:
        return {row.name for row in (await fleets.fresh(client)).rows}

    async with _client(bench.stage, lambda: current[0]) as client:
        assert {first.name, other.name, "guestbook"} <= await names()
        current[0] = token
        assert await names() == {first.name}
        # What the watch tells is as little as the list.
        label(bench.stage, other, team="moved")
        second = bench.created(project=project)
        with anyio.move_on_after(SECONDS):
            while second.name not in (found := await names()):
                assert found == {first.name}
                await anyio.sleep(0.05)
        assert await names() == {first.name, second.name}
        revoke()
        await anyio.sleep(1.1)
        for _ in range(2):
            with pytest.raises(Unauthenticated):
                await names()
        current[0] = bench.stage.tokens["reader"]
        assert other.name in await names()
        await fleets.close()


async def test_a_token_that_is_rotated_in_its_file_is_followed(
    bench: Bench, limited: tuple[str, str, Callable[[], None]], tmp_path: Path
) -> None:
    project, token, _ = limited
    app = bench.created(project=project)
    file = tmp_path / "token"
    file.write_text(f"{bench.stage.tokens['reader']}\n")
    given = Settings(token_file=str(file))
    fleets = Fleets(keeps=True)
    async with _client(bench.stage, lambda: read_token(given)) as client:
        assert len((await fleets.fresh(client)).rows) > 1
        file.write_text(f"{token}\n")
        assert [row.name for row in (await fleets.fresh(client)).rows] == [app.name]
        file.write_text("nonsense\n")
        with pytest.raises(Unauthenticated):
            await fleets.fresh(client)
        await fleets.close()


class Older(Recorder):
    """An Argo CD that knows no `fields`."""

    @asynccontextmanager
    async def stream(self, request: Request, **how: Any) -> AsyncIterator[Stream]:
        kept = [(name, value) for name, value in request.query if name != "fields"]
        async with super().stream(replace(request, query=kept), **how) as found:
            yield found


async def test_an_argo_cd_that_ignores_fields_is_understood_as_well(bench: Bench) -> None:
    stage, fleets, older = bench.stage, Fleets(keeps=True), Fleets(keeps=True)

    async def rows(of: Fleets, client: Client) -> dict[str, Row]:
        found = [row for row in (await of.fresh(client)).rows if row.name in (*SEEDS, app.name)]
        # When a change was seen is each one's own.
        return {row.name: msgspec.structs.replace(row, seen=0) for row in found}

    app = bench.created({"settings.yaml": config_map("{name}")})
    async with _client(stage) as client, Older(stage.url, TLS(ca_file=stage.ca_file)) as http:
        aged = Client(http, lambda: stage.tokens["ci"])
        await rows(older, aged)
        app.start_sync()
        await app.ended()
        label(stage, app, team=app.name)
        told, known = await rows(older, aged), await rows(fleets, client)
        with anyio.move_on_after(SECONDS):
            while told != known:
                await anyio.sleep(0.1)
                told, known = await rows(older, aged), await rows(fleets, client)
        assert told == known
        assert told[app.name].labels == {"team": app.name}
        await fleets.close()
        await older.close()


@pytest.mark.parametrize(
    ("operation", "argument", "value", "said"),
    [
        ("summary", "by", "team", "'project', 'cluster'"),
        ("summary", "since", "yesterday", "since 'yesterday' is no cursor that summary gives"),
        ("summary", "since", "0123abcd-0", "of an index that is no more"),
        ("summary", "helth", "Degraded", "Did you mean 'health'?"),
        ("list", "cursor", "AAAA", "cursor 'AAAA' is none that this server gives"),
        ("list", "fields", "metadata.name", "fields"),
        ("list", "selector", "team in web", "selector: "),
    ],
)
async def test_what_is_unknown_is_refused_by_name(
    stage: Stage, operation: str, argument: str, value: str, said: str
) -> None:
    async with stage.tools() as tools:
        answer = await tools.application(operation, **{argument: value})
        assert answer.is_error
        assert said in answer.text
