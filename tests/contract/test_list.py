"""Lists and single applications: filtered by Argo CD, counted, worst first, bounded."""

import re
from typing import Any

import pytest

from tests.contract.bench import Bench, manifest
from tests.stage import SEEDS, Stage, Tools

pytestmark = pytest.mark.anyio


def rows(text: str) -> list[str]:
    lines = text.splitlines()
    start = next((index for index, line in enumerate(lines) if line.startswith("NAME ")), len(lines))
    return [line.split()[0] for line in lines[start + 1 :]]


async def test_counts_and_worst_first(tools: Tools) -> None:
    text = (await tools.application("list", limit=1000)).ok.text
    names = rows(text)
    assert set(SEEDS) <= set(names)
    assert text.startswith(f"{len(names)} applications: ")
    order = [name for name in names if name in SEEDS]
    assert order[0] == "waiting"
    assert order[1:3] == ["crashing", "unpullable"]
    assert order[3] == "unrenderable"


async def test_get_without_a_name_lists(tools: Tools) -> None:
    assert "guestbook" in rows((await tools.application("get")).ok.text)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"selector": "team=web"}, {"guestbook", "sidecar"}),
        ({"selector": "team=web,tier=frontend"}, {"guestbook"}),
        ({"selector": "team in (api)"}, {"kustomized"}),
        ({"project": "elsewhere"}, {"elsewhere"}),
        ({"app_namespace": "argocd-apps"}, {"elsewhere"}),
        ({"project": "elsewhere", "app_namespace": "argocd-apps"}, {"elsewhere"}),
    ],
)
async def test_filters(tools: Tools, filters: dict[str, str], found: set[str]) -> None:
    assert set(rows((await tools.application("list", **filters)).ok.text)) & set(SEEDS) == found


async def test_nothing_found_is_no_table(tools: Tools) -> None:
    text = (await tools.application("list", selector="team=nobody")).ok.text
    assert text.startswith("0 applications with selector=team=nobody that this token may see")
    assert "\n" not in text


async def test_the_limit_keeps_the_worst_and_says_so(tools: Tools) -> None:
    text = (await tools.application("list", selector="team in (web,api)", limit=1)).ok.text
    assert len(rows(text)) == 1
    assert text.startswith("3 applications")
    assert "the 1 worst shown" in text


SELECTORS = [
    "team=web",
    "team==web,tier=frontend",
    "team!=web",
    "team in (web, api),tier!=frontend",
    "team notin (web)",
    "team",
    "!team",
    "tier,!missing",
    "team=",
    "missing notin (a,b)",
]


@pytest.mark.parametrize("selector", SELECTORS)
async def test_a_selector_selects_what_argo_cd_selects(tools: Tools, stage: Stage, selector: str) -> None:
    query = {"selector": selector, "fields": "items.metadata.name,items.metadata.namespace"}
    items = stage.raw("GET", "/api/v1/applications", query).json["items"] or []
    expected = {one["metadata"]["name"] for one in items} & set(SEEDS)
    assert set(rows((await tools.application("list", selector=selector, limit=1000)).ok.text)) & set(SEEDS) == expected


@pytest.mark.parametrize("selector", ["team in", "team in web", "=web", "team=web=api", "team,,tier", "te*m"])
async def test_a_bad_selector_is_refused_as_argo_cd_refuses_it(tools: Tools, stage: Stage, selector: str) -> None:
    assert stage.raw("GET", "/api/v1/applications", {"selector": selector}).status != 200
    assert "selector: " in (await tools.application("list", selector=selector)).refused("invalid_argument")
    assert not tools.http.streamed


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"query": "guestbook"}, {"guestbook"}),
        ({"query": "gestbok"}, {"guestbook"}),
        ({"query": "team=web side"}, {"sidecar"}),
        ({"namespace": "guestbook"}, {"guestbook"}),
        ({"health": "Missing", "query": "waiting"}, {"waiting"}),
        ({"health": "missing,PROGRESSING"}, {"waiting", "crashing", "unpullable"}),
        ({"sync": "Unknown"}, {"unrenderable"}),
        ({"sync": "OutOfSync", "health": "Missing", "project": "default"}, {"waiting"}),
        ({"repository": "private"}, {"private"}),
        ({"cluster": "in-cluster", "selector": "tier=frontend"}, {"guestbook"}),
        ({"cluster": "https://kubernetes.default.svc", "query": "multi"}, {"multi"}),
    ],
)
async def test_search(tools: Tools, filters: dict[str, str], found: set[str]) -> None:
    assert set(rows((await tools.application("list", **filters, limit=1000)).ok.text)) & set(SEEDS) == found


@pytest.mark.parametrize(
    ("argument", "value", "said"),
    [
        ("health", "Degradedd", "Did you mean 'Degraded'?"),
        ("sync", "Outofsink", "Did you mean 'OutOfSync'?"),
        ("phase", "Done", "It is one or more of Error, Failed"),
        ("changed_within", "yesterday", "no time such as 90s, 30m, 6h or 7d"),
        ("cursor", "next", "cursor 'next' is none that this server gives"),
        ("clusterr", "eu", "Did you mean 'cluster'?"),
    ],
)
async def test_an_unknown_value_is_refused_by_name(tools: Tools, argument: str, value: str, said: str) -> None:
    answer = await tools.application("list", **{argument: value})
    assert answer.is_error
    assert said in answer.text


async def test_a_project_that_nobody_has_is_told_with_the_nearest(tools: Tools) -> None:
    text = (await tools.application("list", project="elsewher")).ok.text
    assert text.startswith("0 applications with project=elsewher")
    assert "no application has project=elsewher; nearest: elsewhere" in text


async def test_pages_make_up_the_whole(tools: Tools) -> None:
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(100):
        text = (await tools.application("list", project="default", limit=4, **cursor)).ok.text
        seen += rows(text)
        found = re.search(r"cursor=(\S+)\]", text)
        if found is None:
            break
        cursor = {"cursor": found[1]}
    assert set(SEEDS) - {"elsewhere"} <= set(seen)
    assert all(seen.count(name) == 1 for name in SEEDS if name != "elsewhere")
    other = await tools.application("list", project="elsewhere", **cursor)
    assert "belongs to a list with other filters" in other.refused("invalid_argument")


async def test_a_summary_counts_what_a_list_lists(tools: Tools) -> None:
    assert (await tools.application("list", project="elsewhere")).ok.text.startswith("1 applications")
    head, columns, *groups = (await tools.application("summary", by="project")).ok.text.splitlines()
    assert columns.split()[:2] == ["PROJECT", "TOTAL"]
    assert next(one for one in groups if one.startswith("elsewhere ")).split()[1] == "1"
    assert head.startswith(f"{sum(int(one.split()[1]) for one in groups)} applications: ")


@pytest.mark.parametrize("by", ["project", "cluster", "namespace", "repository", "health", "sync"])
async def test_every_way_to_sum_up(tools: Tools, by: str) -> None:
    assert f"\n{by.upper()} TOTAL " in (await tools.application("summary", by=by)).ok.text


async def test_without_an_index_each_call_lists_and_says_the_same(stage: Stage) -> None:
    async with stage.tools() as kept, stage.tools(index=False) as listing:
        for filters in ({"selector": "team"}, {"project": "elsewhere"}, {"query": "guestbook"}):
            told = [(await one.application("list", **filters)).ok.text for one in (kept, listing)]
            assert rows(told[0]) == rows(told[1])
            assert "as of" in told[0]
            assert "as of" not in told[1]
        answer = await listing.application("summary", since="00000000-0")
        assert "since needs the index" in answer.refused("invalid_argument")


async def test_only_the_fields_of_a_row_are_asked_for(tools: Tools) -> None:
    await tools.application("list")
    (listed,) = [one for one in tools.http.streamed if one.path == "/api/v1/applications"]
    assert dict(listed.query)["fields"].startswith("items.metadata.name,")


@pytest.mark.parametrize("name", sorted(SEEDS))
async def test_sync_and_health_of_each_seed(tools: Tools, name: str) -> None:
    where = {"app_namespace": "argocd-apps"} if name == "elsewhere" else {}
    told = (await tools.application("get", name=name, **where)).ok.structured
    assert (told["sync"], told["health"]) == SEEDS[name]


async def test_what_is_wrong_is_spelled_out(tools: Tools) -> None:
    crashing = (await tools.application("get", name="crashing")).ok.structured
    assert crashing["healthMessage"] == "Caused by apps/Deployment:crashing/crasher"
    assert crashing["problems"][0].startswith("Deployment/crasher Synced Progressing")
    unrenderable = (await tools.application("get", name="unrenderable")).ok.structured
    assert "configmap.yaml" in unrenderable["conditions"][0]
    assert "health says nothing" in unrenderable["note"]


async def test_a_healthy_application_is_at_most_150_tokens_besides_its_url(tools: Tools, stage: Stage) -> None:
    text = (await tools.application("get", name="guestbook")).ok.text.replace(stage.repositories, "https://git")
    assert len(text) <= 150 * 4


async def test_full_is_more_and_bounded(bench: Bench) -> None:
    labels = {f"label-{index}": "x" * 60 for index in range(150)}
    annotations = {f"note-{index}": "y" * 900 for index in range(60)}
    app = bench.planned()
    values: dict[str, Any] = {f"key-{index}": "z" * 500 for index in range(60)}
    source = {"repoURL": app.url, "path": "app", "helm": {"valuesObject": values}}
    body = manifest(app.name, app.url, {"labels": labels, "annotations": annotations}, source=source)
    assert bench.stage.raw("POST", "/api/v1/applications", {"validate": "false"}, body=body).status == 200
    short = (await app.tools.application("get", name=app.name)).ok
    full = (await app.tools.application("get", name=app.name, detail="full")).ok
    assert len(short.text) < 4_000
    assert len(short.text) < len(full.text) <= 32_000
    assert full.structured["cut"]
    assert full.structured["name"] == app.name


async def test_full_adds_spec_resources_and_history(tools: Tools) -> None:
    told = (await tools.application("get", name="guestbook", detail="full")).ok.structured
    assert told["spec"]["syncPolicy"]["automated"] == {"prune": True, "selfHeal": True}
    assert "Deployment/web Synced Healthy" in told["resourceList"]
    assert told["history"][-1].startswith("id 0 ")
    assert told["labels"] == {"team": "web", "tier": "frontend"}
