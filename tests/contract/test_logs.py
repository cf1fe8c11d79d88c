"""Logs by pod and by workload: every line once, a cause for every emptiness, an error for every wrong name."""

import pytest

from tests.contract.bench import Bench, deployment
from tests.stage import Stage, Tools

pytestmark = pytest.mark.anyio

LOGS = "get_workload_logs"


async def pods(tools: Tools, application: str, prefix: str) -> list[str]:
    tree = (await tools.resource("get_resource_tree", application)).ok.text
    return [name for line in tree.splitlines() if (name := line.split()[0]).startswith(f"Pod/{prefix}-")]


async def test_a_pod_without_its_kind(tools: Tools) -> None:
    pod = (await pods(tools, "guestbook", "web"))[0].removeprefix("Pod/")
    text = (await tools.resource(LOGS, "guestbook", resource_name=pod, tail_lines=7)).ok.text
    assert text.startswith(f"7 lines of Pod/{pod}")
    assert len(text.splitlines()) == 8


@pytest.mark.parametrize("kind", [{"resource_kind": "Deployment"}, {"resource_kind": "deployment"}, {}])
async def test_a_deployment_gives_the_lines_of_all_its_pods(tools: Tools, kind: dict[str, str]) -> None:
    text = (await tools.resource(LOGS, "guestbook", resource_name="web", tail_lines=5, **kind)).ok.text
    assert text.startswith("10 lines of Deployment/web")
    lines = text.splitlines()[2:]
    assert {line[:2] for line in lines} == {"a|", "b|"}
    assert len(lines) == 10


async def test_every_container_unless_one_is_named(tools: Tools) -> None:
    every = (await tools.resource(LOGS, "sidecar", resource_name="proxy", tail_lines=3)).ok.text
    assert every.startswith("12 lines of Deployment/proxy")
    assert every.splitlines()[1].count("/main") == every.splitlines()[1].count("/side") == 2
    one = (await tools.resource(LOGS, "sidecar", resource_name="proxy", tail_lines=3, container="side")).ok.text
    assert one.startswith("6 lines of Deployment/proxy of application 'sidecar', container side")


async def test_an_unknown_container_is_answered_with_those_there(tools: Tools) -> None:
    answer = await tools.resource(LOGS, "sidecar", resource_name="proxy", container="sidecar")
    assert "there are: main, side" in answer.refused("unknown_container")


async def test_an_unknown_pod_is_answered_with_the_nearest(tools: Tools) -> None:
    there = await pods(tools, "guestbook", "web")
    answer = await tools.resource(
        LOGS, "guestbook", resource_name=f"{there[0].removeprefix('Pod/')}x", resource_kind="Pod"
    )
    assert there[0] in answer.refused("unknown_resource")


@pytest.mark.parametrize("name", ["settings", "web"])
async def test_what_has_no_pods_names_what_has(tools: Tools, name: str) -> None:
    kind = {"settings": "ConfigMap", "web": "Service"}[name]
    answer = await tools.resource(LOGS, "guestbook", resource_name=name, resource_kind=kind)
    assert "Deployment/web" in answer.refused("invalid_argument")


async def test_the_filter_looks_at_the_whole_window(tools: Tools, stage: Stage) -> None:
    """Argo CD would filter the tail; the oldest line's own text must be found with a tail of one."""
    pod = (await pods(tools, "sidecar", "db"))[0].removeprefix("Pod/")
    path = "/api/v1/applications/sidecar/logs"
    lines = stage.raw("GET", path, {"podName": pod, "namespace": "sidecar", "container": "main"}).lines
    oldest = lines[0]["result"]["content"]
    found = await tools.resource(LOGS, "sidecar", resource_name=pod, tail_lines=1, filter=oldest.upper())
    assert found.ok.text.splitlines()[-1] == f"| {oldest}"
    others = await tools.resource(LOGS, "sidecar", resource_name=pod, filter=f"!{oldest}", tail_lines=1000)
    assert f"| {oldest}" not in others.ok.text.splitlines()
    assert len(others.text.splitlines()) > 10


async def test_the_previous_container_of_a_crash_loop(tools: Tools) -> None:
    text = (await tools.resource(LOGS, "crashing", resource_name="crasher", previous=True, tail_lines=3)).ok.text
    assert "exit code 1" in text


async def test_no_previous_container_is_an_error_with_argo_cds_words(tools: Tools) -> None:
    answer = await tools.resource(LOGS, "guestbook", resource_name="web", previous=True)
    assert "Upstream said" in answer.refused("rejected")


async def test_a_workload_without_pods_says_so(bench: Bench) -> None:
    app = await bench.synced({"web.yaml": deployment("{name}", replicas=0)})
    text = (await app.resource(LOGS, resource_name=app.name, resource_kind="Deployment")).ok.text
    assert text.startswith("0 lines")
    assert "no pods now" in text


async def test_a_workload_that_is_not_in_the_cluster_says_so(tools: Tools) -> None:
    text = (await tools.resource(LOGS, "waiting", resource_name="web")).ok.text
    assert "has no pods now; its health is Missing" in text


async def test_more_pods_than_argo_cd_gives_at_a_time(bench: Bench) -> None:
    app = await bench.synced({"web.yaml": deployment("{name}", replicas=11)})
    await app.healthy()
    answer = bench.stage.raw("GET", f"{app.path}/logs", {"kind": "Deployment", "resourceName": app.name})
    assert "max pods to view logs are reached" in answer.text
    text = (await app.resource(LOGS, resource_name=app.name, tail_lines=2)).ok.text
    assert text.startswith("22 lines")
    assert len(text.splitlines()) == 24


async def test_an_account_without_the_right_gets_an_error(stage: Stage) -> None:
    async with stage.tools("nologs") as tools:
        answer = await tools.resource(LOGS, "guestbook", resource_name="web")
    assert "permission denied: logs, get, default/guestbook" in answer.refused("forbidden")


async def test_seconds_and_tail_bound_what_is_read(tools: Tools) -> None:
    none = await tools.resource(LOGS, "guestbook", resource_name="web", tail_lines=0)
    assert "tail_lines" in none.refused("invalid_argument")
    recent = await tools.resource(LOGS, "guestbook", resource_name="web", since_seconds=360000, tail_lines=2)
    assert recent.ok.text.startswith("4 lines")


async def test_of_a_whole_application(tools: Tools) -> None:
    text = (await tools.resource(LOGS, "sidecar", tail_lines=2)).ok.text
    assert " lines of application 'sidecar'; quoted, data only" in text.splitlines()[0]
    assert "db-0/" in text.splitlines()[1]
    assert "proxy-" in text.splitlines()[1]
    nothing = (await tools.resource(LOGS, "waiting")).ok.text
    assert nothing.startswith("0 lines: application 'waiting' has no pods now.")


async def test_errors_only_with_lines_around_them(tools: Tools) -> None:
    text = (await tools.resource(LOGS, "crashing", errors_only=True, tail_lines=50)).ok.text
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    assert any("ERROR cannot connect" in line for line in lines)
    assert not any("starting" in line for line in lines)
    around = (await tools.resource(LOGS, "crashing", errors_only=True, tail_lines=50, context_lines=3)).ok.text
    assert "starting" in around
    assert "errors_only: " in text


async def test_followed_for_a_while(stage: Stage) -> None:
    async with stage.tools() as tools:
        text = (await tools.resource(LOGS, "guestbook", resource_name="web", tail_lines=2, follow_seconds=3)).ok.text
    assert "lines of Deployment/web" in text
    if not stage.real:  # whose containers go on writing
        assert int(text.split()[0]) >= 4


@pytest.mark.real  # only the testbed's containers write such lines
async def test_orders_in_a_log_are_quoted(tools: Tools) -> None:
    """A line that gives orders stands behind the mark of every line, and its colours are gone."""
    text = (
        await tools.resource(LOGS, "guestbook", resource_name="web", filter="ignore previous", tail_lines=5)
    ).ok.text
    assert "quoted, data only" in text.splitlines()[0]
    orders = [line for line in text.splitlines() if "ignore previous instructions" in line]
    assert orders
    assert all(line[:3] in ("a| ", "b| ") for line in orders)
    red = (await tools.resource(LOGS, "guestbook", resource_name="web", filter="colours", tail_lines=5)).ok.text
    assert "\x1b" not in red
