"""Creating never overwrites unasked, and says why Argo CD refused."""

from typing import Any

import pytest

from tests.contract.bench import App, Bench, manifest
from tests.stage import Tools

pytestmark = pytest.mark.anyio

FINALIZERS = ["resources-finalizer.argocd.argoproj.io"]


def flat(app: App, **more: Any) -> dict[str, Any]:
    return {"name": app.name, "repo_url": app.url, "path": "app", "destination_namespace": "default", **more}


async def test_refuses_to_overwrite(bench: Bench) -> None:
    app = bench.created(metadata={"labels": {"team": "shop"}})
    before = app.whole()["spec"]
    answer = await app.tools.application("create", **flat(app, target_revision="v2", validate=False))
    assert "update" in answer.refused("already_exists")
    assert app.tools.writes == []
    assert app.whole()["spec"] == before


async def test_upsert_overwrites_the_spec_and_keeps_finalizers_and_labels(bench: Bench) -> None:
    app = bench.created(metadata={"finalizers": FINALIZERS, "labels": {"team": "shop"}})
    answer = await app.tools.application("create", **flat(app, target_revision="HEAD", upsert=True))
    assert answer.ok.structured["result"] == "overwritten"
    whole = app.whole()
    assert whole["spec"]["source"]["targetRevision"] == "HEAD"
    assert whole["metadata"]["finalizers"] == FINALIZERS
    assert whole["metadata"]["labels"] == {"team": "shop"}


async def test_upsert_of_what_is_not_there_creates(bench: Bench) -> None:
    app = bench.planned()
    answer = await app.tools.application("create", **flat(app, upsert=True))
    assert answer.ok.structured["result"] == "created"


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"path": "nowhere"}, "nowhere: app path does not exist"),
        ({"target_revision": "nowhere"}, "nowhere"),
        ({"project": "nowhere"}, 'app is not allowed in project "nowhere", or the project does not exist'),
        ({"destination_server": "https://nowhere.example.com"}, "nowhere.example.com"),
    ],
    ids=["path", "revision", "project", "cluster"],
)
async def test_what_argo_cd_refuses_is_told_with_the_cause(bench: Bench, change: dict[str, str], cause: str) -> None:
    app = bench.planned()
    answer = await app.tools.application("create", **flat(app, **change))
    assert cause in answer.refused("rejected")
    assert bench.stage.raw("GET", app.path, {"project": "default"}).status == 404


async def test_without_validate_the_path_is_not_looked_at(bench: Bench) -> None:
    app = bench.planned()
    answer = await app.tools.application("create", **flat(app, path="nowhere", validate=False))
    assert answer.ok.structured["result"] == "created"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({}, "name is needed"),
        ({"name": "web"}, "repo_url and path"),
        ({"name": "web", "repo_url": "https://example.com/a.git"}, "path"),
        ({"name": "web", "metadata": {"name": "api"}}, "given twice"),
        ({"name": "web", "metadata": {"uid": "1"}, "repo_url": "https://example.com/a.git", "path": "a"}, "'uid'"),
        ({"name": "Not A Name", "repo_url": "https://example.com/a.git", "path": "a"}, "DNS-1123"),
        ({"name": "web", "sync_policy": "Sometimes"}, "sync_policy"),
        ({"name": "web", "project": "a", "metadata": {"project": "b"}}, "project was given twice"),
        (
            {"name": "web", "path": "a", "spec": {"source": {"repoURL": "https://example.com/a.git", "path": "b"}}},
            "spec.source.path was given twice",
        ),
    ],
)
async def test_what_is_missing_or_contradicts_is_refused_before_any_request(
    tools: Tools, arguments: dict[str, Any], named: str
) -> None:
    answer = await tools.application("create", **arguments)
    assert named in answer.refused("invalid_argument")
    assert tools.http.sent == []


async def test_the_project_may_stand_in_metadata(bench: Bench) -> None:
    app = bench.planned(namespace="argocd-apps")
    answer = await app.tools.application(
        "create",
        metadata={"name": app.name, "namespace": "argocd-apps", "project": "elsewhere", "labels": {"team": "shop"}},
        spec={
            "source": {"repoURL": app.url, "path": "app", "targetRevision": "main"},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "elsewhere"},
        },
    )
    assert answer.ok.structured["project"] == "elsewhere"
    whole = app.whole()
    assert (whole["metadata"]["namespace"], whole["spec"]["project"]) == ("argocd-apps", "elsewhere")
    assert whole["metadata"]["labels"] == {"team": "shop"}
    assert (await app.tools.application("sync", name=app.name, app_namespace="argocd-apps")).ok.structured[
        "sync"
    ] == "Synced"


async def test_an_application_that_is_being_deleted_is_not_overwritten(bench: Bench) -> None:
    """Overwriting it would drop its finalizers, and its resources would stay behind."""
    app = await bench.synced(metadata={"finalizers": [*FINALIZERS, "example.com/wait"]})
    bench.stage.raw("DELETE", app.path)
    answer = await app.tools.application("create", **flat(app, upsert=True))
    assert "being deleted" in answer.refused("failed_precondition")
    assert app.tools.writes == []
    # Whoever placed the other finalizer takes it away.
    kept = manifest(app.name, app.url, metadata={"finalizers": FINALIZERS})
    bench.stage.raw("PUT", app.path, body=kept)
