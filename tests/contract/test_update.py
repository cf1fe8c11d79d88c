"""An update changes what was named and nothing else: whole objects are compared before and after."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from argocd_gitops_mcp.http import Reply, Request
from argocd_gitops_mcp.operations._manifest import editable
from tests.contract.bench import App, Bench
from tests.stage import Tools

pytestmark = pytest.mark.anyio

Whole = dict[str, Any]

RICH: Whole = {
    "metadata": {
        "labels": {"team": "shop", "tier": "web"},
        "annotations": {"notifications.argoproj.io/subscribe.on-sync-failed.slack": "shop", "note": "kept"},
        "finalizers": ["resources-finalizer.argocd.argoproj.io"],
    },
    "destination": {"server": "https://kubernetes.default.svc", "namespace": "default"},
    "syncPolicy": {
        "automated": {"prune": True, "selfHeal": True, "enabled": False},
        "syncOptions": ["CreateNamespace=true", "PruneLast=true"],
        "retry": {"limit": 3, "backoff": {"duration": "5s", "factor": 2, "maxDuration": "3m"}},
    },
    "ignoreDifferences": [{"group": "apps", "kind": "Deployment", "jsonPointers": ["/spec/replicas"]}],
    "info": [{"name": "owner", "value": "shop"}],
    "revisionHistoryLimit": 3,
}
HELM = {
    "releaseName": "shop",
    "valueFiles": ["values-production.yaml"],
    "parameters": [{"name": "image.tag", "value": "v7"}, {"name": "web.replicas", "value": "3", "forceString": True}],
    "valuesObject": {"settings": {"motd": "hello"}},
}


def rich(bench: Bench) -> App:
    source = {"repoURL": f"{bench.stage.repositories}/apps.git", "path": "charts/shop", "targetRevision": "main"}
    return bench.created(source={**source, "helm": HELM}, **RICH)


def put(*path: str, value: Any) -> Callable[[Whole], None]:
    def change(whole: Whole) -> None:
        *above, last = path
        for name in above:
            whole = whole[name]
        if value is None:
            del whole[last]
        else:
            whole[last] = value

    return change


CHANGES: list[tuple[Whole, Callable[[Whole], None]]] = [
    ({"target_revision": "v1.0.0"}, put("spec", "source", "targetRevision", value="v1.0.0")),
    ({"destination_namespace": "elsewhere"}, put("spec", "destination", "namespace", value="elsewhere")),
    ({"metadata": {"labels": {"tier": None}}}, put("metadata", "labels", "tier", value=None)),
    ({"metadata": {"annotations": {"note": "new"}}}, put("metadata", "annotations", "note", value="new")),
    ({"sync_policy": "Manual"}, put("spec", "syncPolicy", "automated", value=None)),
    ({"sync_policy": "Automated"}, put("spec", "syncPolicy", "automated", "enabled", value=None)),
    (
        {"sync_options": ["PruneLast=false"]},
        put("spec", "syncPolicy", "syncOptions", value=["CreateNamespace=true", "PruneLast=false"]),
    ),
    ({"spec": {"revisionHistoryLimit": 5}}, put("spec", "revisionHistoryLimit", value=5)),
    ({"spec": {"ignoreDifferences": None}}, put("spec", "ignoreDifferences", value=None)),
    (
        {"spec": {"source": {"helm": {"valuesObject": {"settings": {"motd": "bye"}}}}}},
        put("spec", "source", "helm", "valuesObject", value={"settings": {"motd": "bye"}}),
    ),
]


@pytest.mark.parametrize(("arguments", "change"), CHANGES, ids=[str(one) for one, _ in CHANGES])
async def test_only_what_was_named_changes(bench: Bench, arguments: Whole, change: Callable[[Whole], None]) -> None:
    app = rich(bench)
    wanted = editable(app.whole())
    change(wanted)
    answer = await app.tools.application("update", name=app.name, **arguments)
    assert len(answer.ok.structured["changed"]) == 1
    assert editable(app.whole()) == wanted
    assert [request.method for request in app.tools.writes] == ["PATCH"]


async def test_what_is_so_already_is_unchanged(bench: Bench) -> None:
    app = rich(bench)
    before = editable(app.whole())
    answer = await app.tools.application("update", name=app.name, target_revision="main")
    assert answer.ok.structured["result"].startswith("unchanged")
    assert editable(app.whole()) == before


async def test_an_update_of_nothing_is_refused(bench: Bench) -> None:
    app = rich(bench)
    answer = await app.tools.application("update", name=app.name)
    assert "Nothing to change" in answer.refused("invalid_argument")
    assert app.tools.writes == []


async def test_an_application_that_is_not_there_is_not_made(tools: Tools, bench: Bench) -> None:
    answer = await tools.application("update", name=bench.stage.unique(), target_revision="main")
    answer.refused("missing_or_forbidden")
    assert tools.writes == []


async def test_a_path_that_does_not_exist_is_refused_with_the_cause(bench: Bench) -> None:
    app = rich(bench)
    before = editable(app.whole())
    answer = await app.tools.application("update", name=app.name, path="charts/nothing")
    assert "charts/nothing" in answer.refused("rejected")
    assert editable(app.whole()) == before


async def test_a_single_source_does_not_fit_several(tools: Tools) -> None:
    answer = await tools.application("update", name="multi", target_revision="v1.0.0")
    assert "spec.sources" in answer.refused("invalid_argument")
    assert tools.writes == []


async def test_a_manual_application_is_told_to_sync(bench: Bench) -> None:
    app = bench.created()
    answer = await app.tools.application("update", name=app.name, target_revision="HEAD")
    assert "sync" in answer.ok.structured["note"]


async def test_an_application_in_another_namespace(bench: Bench) -> None:
    app = bench.planned(namespace="argocd-apps")
    spec = {
        "project": "elsewhere",
        "destination": {"server": "https://kubernetes.default.svc", "namespace": "elsewhere"},
    }
    where = {"metadata": {"name": app.name, "namespace": "argocd-apps"}}
    created = await app.tools.application("create", **where, spec=spec, repo_url=app.url, path="app")
    assert created.ok.structured["namespace"] == "argocd-apps"
    updated = await app.tools.application(
        "update", name=app.name, app_namespace="argocd-apps", metadata={"labels": {"team": "shop"}}
    )
    assert updated.ok.structured["result"] == "updated"
    assert app.whole()["metadata"]["labels"] == {"team": "shop"}


async def test_a_source_beside_sources_would_be_ignored_and_is_refused(tools: Tools) -> None:
    for arguments in ({"target_revision": "HEAD"}, {"spec": {"source": {"targetRevision": "HEAD"}}}):
        answer = await tools.application("update", name="multi", **arguments)
        assert "spec.sources" in answer.refused("invalid_argument")
    assert tools.writes == []


@pytest.mark.parametrize(
    ("spec", "named"),
    [
        ({"source": "x"}, "spec.source must be an object"),
        ({"sources": {}}, "spec.sources must be a list"),
        ({"syncPolicy": []}, "spec.syncPolicy must be an object"),
        ({"syncPolicy": {"automated": True}}, "spec.syncPolicy.automated must be an object"),
        ({"syncPolicy": {"syncOptions": "A=b"}}, "spec.syncPolicy.syncOptions must be a list"),
    ],
)
async def test_a_spec_of_the_wrong_shape_is_refused_by_name(tools: Tools, spec: dict[str, Any], named: str) -> None:
    for operation in ("create", "update"):
        answer = await tools.application(operation, name="guestbook", spec=spec, sync_policy="Automated")
        assert named in answer.refused("invalid_argument")
    assert tools.writes == []


async def test_what_changed_since_it_was_read_is_not_overwritten(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    app = bench.created()
    send = app.tools.http.send

    async def late(request: Request, *, timeout: float | None = None) -> Reply:  # noqa: ASYNC109 - as replaced
        if request.method == "PATCH":  # somebody else is faster
            body = {"patch": json.dumps({"spec": {"revisionHistoryLimit": 3}}), "patchType": "merge"}
            assert bench.stage.raw("PATCH", app.path, body=body).status == 200
        return await send(request, timeout=timeout)

    monkeypatch.setattr(app.tools.http, "send", late)
    answer = await app.tools.application("update", name=app.name, target_revision="HEAD")
    assert "changed since it was read" in answer.refused("conflict")
    spec = app.whole()["spec"]
    assert (spec["source"]["targetRevision"], spec["revisionHistoryLimit"]) == ("main", 3)


async def test_annotations_that_argo_cd_writes_itself_are_no_conflict(bench: Bench) -> None:
    app = bench.created(metadata={"annotations": {"note": "old"}})
    app.refresh()
    changed = {"annotations": {"note": "new", "example.com/a": "1"}, "labels": {"team": "shop"}}
    told = (await app.tools.application("update", name=app.name, metadata=changed)).ok.structured
    assert "metadata.annotations.note: old -> new" in told["changed"]
    assert app.whole()["metadata"]["annotations"]["example.com/a"] == "1"
    gone = await app.tools.application(
        "update", name=app.name, metadata={"labels": None, "annotations": {"note": None}}
    )
    assert gone.ok
    metadata = app.whole()["metadata"]
    assert "labels" not in metadata
    assert "note" not in metadata["annotations"]
