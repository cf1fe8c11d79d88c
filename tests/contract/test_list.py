"""Lists and single applications: filtered by Argo CD, counted, worst first, bounded."""

from typing import Any

import pytest

from tests.contract.bench import Bench, manifest
from tests.stage import SEEDS, Stage, Tools

pytestmark = pytest.mark.anyio


def rows(text: str) -> list[str]:
    lines = text.splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("NAME "))
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
    text = (await tools.application("list", selector="team", limit=1)).ok.text
    assert len(rows(text)) == 1
    assert text.startswith("3 applications")
    assert "the 1 worst shown" in text


async def test_a_bad_selector_is_an_error(tools: Tools) -> None:
    answer = await tools.application("list", selector="team in")
    assert "selector: it ends where ( is expected" in answer.refused("invalid_argument")
    assert not tools.http.streamed


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
