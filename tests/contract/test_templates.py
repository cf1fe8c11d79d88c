"""Argo CD takes what the templates make, field for field, and the layout becomes running applications."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from ruamel.yaml import YAML

from argocd_gitops_mcp.gitops.templates.catalogue import find, render, templates
from argocd_gitops_mcp.gitops.templates.scaffolding import layout
from tests.contract.bench import IN_CLUSTER, Bench
from tests.stage import Stage, state, until
from tests.unit.gitops.samples import bare, full

pytestmark = pytest.mark.anyio

APPLICATIONS = [one.name for one in templates() if one.name.startswith("application-")]
SETS = [one.name for one in templates() if one.name.startswith("applicationset-")] + ["progressive-rollout"]


def made(template: str, kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest of this kind that a template makes."""
    loaded = [YAML(typ="safe", pure=True).load(text) for text in render(template, values).values()]
    found: dict[str, Any] = next(one for one in loaded if one.get("kind") == kind)
    return found


def missing(wanted: Any, held: Any, path: str = "") -> list[str]:
    """Paths of what Argo CD does not hold as it was asked: it drops fields that it does not know, without a word."""
    if isinstance(wanted, dict) and isinstance(held, dict):
        return [one for key in wanted for one in missing(wanted[key], held.get(key), f"{path}.{key}")]
    if isinstance(wanted, list) and isinstance(held, list) and len(wanted) == len(held):
        pairs = enumerate(zip(wanted, held, strict=True))
        return [one for index, (a, b) in pairs for one in missing(a, b, f"{path}[{index}]")]
    return [] if wanted == held or (held is None and not wanted) else [path]


@pytest.mark.parametrize("template", APPLICATIONS)
async def test_an_application_is_held_as_it_was_made(stage: Stage, template: str) -> None:
    for values in (bare(find(template)), full(find(template))):
        wanted = made(template, "Application", {**values, "name": stage.unique(), "project": "default"})
        path = f"/api/v1/applications/{wanted['metadata']['name']}"
        answer = stage.raw("POST", "/api/v1/applications", {"validate": "false"}, body=wanted)
        try:
            assert answer.status == 200, answer.text
            assert missing(wanted["spec"], answer.json["spec"]) == []
            assert missing(wanted["metadata"], answer.json["metadata"]) == []
        finally:
            stage.raw("DELETE", path, {"cascade": "false"})


@pytest.mark.real
@pytest.mark.parametrize("template", ["appproject", "app-of-apps"])
async def test_a_project_is_held_as_it_was_made(stage: Stage, template: str) -> None:
    for values in (bare(find(template)), full(find(template))):
        wanted = made(template, "AppProject", {**values, "name": stage.unique()})
        answer = stage.raw("POST", "/api/v1/projects", body={"project": wanted})
        try:
            assert answer.status == 200, answer.text
            assert missing(wanted["spec"], answer.json["spec"]) == []
        finally:
            stage.raw("DELETE", f"/api/v1/projects/{wanted['metadata']['name']}")


@pytest.fixture
def repository(stage: Stage) -> Iterator[str]:
    """URL of a repository whose first commit is the layout, and a configuration file for a set."""
    name = stage.unique()
    files = render("applicationset-git-files", {**bare(find("applicationset-git-files")), "path": "configurations"})
    yield stage.new_repository(name, {**scaffold(f"{stage.repositories}/{name}.git", "web"), **files})
    stage.remove_repository(name)


def scaffold(url: str, service: str) -> dict[str, str]:
    given = {"repo_url": url, "service": service, "image": "registry.example.com/shop/web", "tag": "1.2.3"}
    return dict(layout({**given, "owners": ["@shop/platform"], "environments": ["staging", "production"]}, "git").files)


@pytest.mark.real
@pytest.mark.parametrize(
    ("template", "change", "paths"),
    [
        ("applicationset-list", {}, {"web-staging": "staging", "web-production": "production"}),
        ("progressive-rollout", {}, {"web-staging": "staging", "web-production": "production"}),
        (
            "applicationset-git-directories",
            {"exclude": ["services/web/overlays/staging"]},
            {"web-production": "production"},
        ),
        ("applicationset-git-files", {"path": "configurations"}, {"web-production": "production"}),
        ("applicationset-clusters", {}, {}),
        ("applicationset-matrix", {}, {}),
    ],
)
async def test_a_set_makes_the_applications_that_it_promises(
    stage: Stage, repository: str, template: str, change: dict[str, Any], paths: dict[str, str]
) -> None:
    """Argo CD asks Git for it, even for a dry run; no cluster is registered beside its own, which has no labels."""
    values = {**full(find(template)), "project": "default", "repo_url": repository, **change}
    wanted = made(template, "ApplicationSet", {**values, **({"revision": "main"} if "revision" in values else {})})
    tried = stage.raw("POST", "/api/v1/applicationsets", {"dryRun": "true"}, body=wanted)
    assert tried.status == 200, tried.text
    assert missing(wanted["spec"], tried.json["spec"]) == []
    answer = stage.raw("POST", "/api/v1/applicationsets/generate", body={"applicationSet": wanted})
    found = {one["metadata"]["name"]: one["spec"]["source"]["path"] for one in answer.json.get("applications") or []}
    assert found == {name: f"services/web/overlays/{path}" for name, path in paths.items()}


@pytest.mark.real
@pytest.mark.parametrize("forge", ["github", "gitlab", "gitea"])
async def test_previews_wait_for_the_token_alone(stage: Stage, forge: str) -> None:
    """Argo CD reads the Secret before it asks the forge, so this is as far as one gets without a forge."""
    values = {**full(find("applicationset-pull-requests")), "forge": forge, "project": "default", "token_name": "none"}
    wanted = made("applicationset-pull-requests", "ApplicationSet", values)
    answer = stage.raw("POST", "/api/v1/applicationsets", {"dryRun": "true"}, body=wanted)
    assert answer.status == 404
    assert 'secrets "none" not found' in answer.json["message"]


TOKEN = """\
apiVersion: v1
kind: Secret
metadata:
  name: "{name}"
  namespace: argocd
  labels:
    argocd.argoproj.io/secret-type: scm-creds
stringData:
  token: TOKEN
"""


@pytest.mark.real
async def test_a_labelled_pull_request_becomes_a_preview(bench: Bench) -> None:
    """Without its label Argo CD's API does not take the Secret; the application set's controller can be told to."""
    stage = bench.stage
    assert stage.gitea is not None
    forge, user = stage.gitea.gitea, stage.gitea.gitea.users["bot"]
    app = await bench.synced({"token.yaml": TOKEN.replace("TOKEN", user.token)})
    url = stage.gitea.create(app.name, scaffold(stage.gitea.url(app.name), "web"))
    try:
        api, repository = stage.gitea.api(), f"/repos/{forge.organisation}/{app.name}"
        label = api.post(f"{repository}/labels", {"name": "preview", "color": "#00aabb"})["id"]
        for branch, labels in (("wanted", [label]), ("other", [])):
            stage.gitea.commit(app.name, {"notes.md": branch}, new_branch=branch)
            api.post(f"{repository}/pulls", {"head": branch, "base": "main", "title": branch, "labels": labels})
        where = {"forge": "gitea", "api": forge.url, "owner": forge.organisation, "repo": app.name, "repo_url": url}
        values = {**bare(find("applicationset-pull-requests")), **where, "project": "default", "token_name": app.name}
        wanted = made("applicationset-pull-requests", "ApplicationSet", values)
        wanted["spec"]["generators"][0]["pullRequest"]["gitea"]["insecure"] = True  # a CA of the testbed's own
        answer = stage.raw("POST", "/api/v1/applicationsets/generate", body={"applicationSet": wanted})
        assert answer.status == 200, answer.text
        revisions = {
            one["metadata"]["name"]: one["spec"]["source"]["targetRevision"] for one in answer.json["applications"]
        }
        assert revisions == {"web-1": stage.gitea.head(app.name, "wanted")}
    finally:
        stage.gitea.delete(app.name)


async def test_every_overlay_of_the_layout_is_deployed(bench: Bench) -> None:
    for environment in ("staging", "production"):
        app = bench.planned({})
        bench.stage.commit(app.name, scaffold(app.url, app.name), "The layout")
        path = f"services/{app.name}/overlays/{environment}"
        where = {"repo_url": app.url, "path": path, "revision": "main"}
        values = {"name": app.name, "project": "default", "namespace": "default", "automated": False}
        body = made("application-kustomize", "Application", {**where, **values})
        answer = bench.stage.raw("POST", "/api/v1/applications", body=body)
        assert answer.status == 200, answer.text
        app.start_sync()
        assert (await app.ended())["phase"] == "Succeeded"
        whole = await app.healthy()
        kinds = [one["kind"] for one in whole["status"]["resources"]]
        assert sorted(kinds) == ["Deployment", *["PodDisruptionBudget"] * (environment == "production"), "Service"]
        assert whole["status"]["sourceType"] == "Kustomize"


@pytest.mark.real
async def test_the_first_application_brings_all_the_others(stage: Stage) -> None:
    """As the README of the layout says it: a project and an Application by hand, the rest out of Git."""
    service = stage.unique("web")
    url = stage.new_repository(service, {})
    files = scaffold(url, service)
    stage.commit(service, files, "The layout")
    load = YAML(typ="safe", pure=True).load
    names = [f"{service}-staging", f"{service}-production"]
    root = f"{service}-root"
    project, application = load(files["root/project.yaml"]), load(files["root/application.yaml"])
    assert stage.raw("POST", "/api/v1/projects", body={"project": project}).status == 200
    try:
        answer = stage.raw("POST", "/api/v1/applications", body=application)
        assert answer.status == 200, answer.text
        wanted = dict.fromkeys([root, *names], ("Synced", "Healthy"))
        await until(lambda: states(stage, service), lambda found: found == wanted, seconds=120)
        assert stage.get(names[0])["spec"]["destination"] == {"server": IN_CLUSTER, "namespace": names[0]}
    finally:
        stage.raw("DELETE", f"/api/v1/applications/{root}")
        # Their projects go after them, so that nothing is left that nobody may delete any more.
        await until(lambda: states(stage, service), lambda found: not found, seconds=60)
        stage.raw("DELETE", f"/api/v1/projects/{root}")
        stage.remove_repository(service)
    projects = [one["metadata"]["name"] for one in stage.raw("GET", "/api/v1/projects").json["items"]]
    assert [name for name in projects if name.startswith(service)] == []


def states(stage: Stage, prefix: str) -> dict[str, tuple[str, str]]:
    items = stage.raw("GET", "/api/v1/applications").json["items"] or []
    found = {one["metadata"]["name"]: state(one["status"]) for one in items}
    return {name: one for name, one in found.items() if name.startswith(prefix)}
