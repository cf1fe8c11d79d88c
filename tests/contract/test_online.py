"""What an Argo CD at hand says of a change, on the sandbox and on a real one."""

import io
import time
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import anyio
import pytest
from ruamel.yaml import YAML

from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.gitops.documents import Document, read
from argocd_gitops_mcp.gitops.findings import SEVERITIES, Finding
from argocd_gitops_mcp.http import TLS
from argocd_gitops_mcp.operations._online import RULES, online
from argocd_gitops_mcp.operations._operation import Deps
from tests.contract.bench import IN_CLUSTER
from tests.stage import Recorder, Stage, until

pytestmark = pytest.mark.anyio
Object = dict[str, Any]
PROJECTS = "/api/v1/projects"


@dataclass
class Desk:
    """A client of one account that holds documents against the stage."""

    stage: Stage
    http: Recorder
    token: str
    made: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)

    async def held(self, *objects: Object, files: Collection[str] = ()) -> list[Finding]:
        deps = Deps(Client(self.http, lambda: self.token), "r", 9000, anyio.sleep, time.monotonic, anyio.sleep)  # type: ignore[arg-type]
        found, self.unchecked = await online(deps, documents(*objects), files=files)
        assert {one.rule for one in found} <= set(RULES)
        return found

    async def rules(self, *objects: Object, files: Collection[str] = ()) -> dict[str, str]:
        """The rules that found something, each with its worst severity."""
        found = await self.held(*objects, files=files)
        return {one.rule: one.severity for one in sorted(found, key=lambda one: SEVERITIES.index(one.severity))}

    def project(self, **spec: Any) -> str:
        name = self.stage.unique("online")
        whole = {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}], **spec}
        answer = self.stage.raw("POST", PROJECTS, body={"project": {"metadata": {"name": name}, "spec": whole}})
        assert answer.status == 200, answer.text
        self.made.append(f"{PROJECTS}/{name}")
        return name

    def deployed(self, project: str) -> str:
        name = self.stage.unique("online")
        answer = self.stage.raw("POST", "/api/v1/applications", body=application(self.stage, name, project=project))
        assert answer.status == 200, answer.text
        self.made.append(f"/api/v1/applications/{name}")
        return name

    def close(self) -> None:
        for path in reversed(self.made):
            query = {"cascade": "false"} if "applications" in path else None
            assert self.stage.raw("DELETE", path, query).status == 200, path


def documents(*objects: Object) -> list[Document]:
    text = io.StringIO()
    YAML(typ="safe", pure=True).dump_all(objects, text)
    found, findings = read("apps/all.yaml", text.getvalue())
    assert not findings
    return found


def application(stage: Stage, name: str, *, project: str = "default", **spec: Any) -> Object:
    source = {"repoURL": f"{stage.repositories}/apps.git", "path": "guestbook", "targetRevision": "main"}
    source |= spec.pop("source", {})
    destination = {"server": IN_CLUSTER, "namespace": "default"}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name},
        "spec": {"project": project, "source": source, "destination": destination, **spec},
    }


def app_project(name: str, **spec: Any) -> Object:
    whole = {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}], **spec}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": name}, "spec": whole}


def application_set(stage: Stage, name: str, *elements: Object, **template: Any) -> Object:
    spec = application(stage, "", **template)["spec"]
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "ApplicationSet",
        "metadata": {"name": name},
        "spec": {
            "goTemplate": True,
            "goTemplateOptions": ["missingkey=error"],
            "generators": [{"list": {"elements": list(elements)}}],
            "template": {"metadata": {"name": "{{.name}}"}, "spec": spec},
        },
    }


async def opened(stage: Stage, account: str) -> AsyncIterator[Desk]:
    async with Recorder(stage.url, TLS(ca_file=stage.ca_file)) as http:
        desk = Desk(stage, http, stage.tokens[account])
        yield desk
        desk.close()


@pytest.fixture
async def desk(stage: Stage) -> AsyncIterator[Desk]:
    async for one in opened(stage, "ci"):
        yield one


@pytest.fixture
async def reader(stage: Stage) -> AsyncIterator[Desk]:
    async for one in opened(stage, "reader"):
        yield one


@pytest.fixture
async def nologs(stage: Stage) -> AsyncIterator[Desk]:
    async for one in opened(stage, "nologs"):
        yield one


@pytest.fixture
def name(stage: Stage) -> str:
    return stage.unique("online")


async def test_a_good_application_is_found_good_and_nothing_is_made(stage: Stage, desk: Desk, name: str) -> None:
    assert await desk.held(application(stage, name)) == []
    assert desk.unchecked == []
    assert stage.raw("GET", f"/api/v1/applications/{name}", {"project": "default"}).status == 404


async def test_without_objects_of_argo_cd_nothing_is_asked(desk: Desk) -> None:
    assert await desk.held({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}) == []
    assert desk.http.sent == []


async def test_a_project_that_is_not_there(stage: Stage, desk: Desk, name: str) -> None:
    found = await desk.held(application(stage, name, project="defaults"))
    assert [(one.rule, one.severity, one.subject) for one in found] == [
        ("nonexistent-project", "error", f"Application/{name}")
    ]
    assert "did you mean default?" in found[0].message


async def test_a_project_may_come_with_the_change(stage: Stage, desk: Desk, name: str) -> None:
    """Its sources are then read for another project that permits them."""
    project = app_project(stage.unique("online"))
    wanted = application(stage, name, project=project["metadata"]["name"])
    assert await desk.held(wanted, project) == []
    assert desk.unchecked == []
    wanted["spec"]["source"]["path"] = "nowhere"
    assert await desk.rules(wanted, project) == {"unresolved-source": "error"}


async def test_what_a_project_does_not_permit(stage: Stage, desk: Desk, name: str) -> None:
    project = desk.project(
        sourceRepos=["https://git.example.com/**"], destinations=[{"name": "in-cluster", "namespace": "shop-*"}]
    )
    found = await desk.held(application(stage, name, project=project))
    assert {one.rule for one in found} == {"destination-not-permitted", "source-not-permitted"}
    said = " ".join(one.message for one in found)
    assert "it permits https://git.example.com/**" in said
    assert "it permits shop-* on in-cluster" in said
    refused = stage.raw("POST", "/api/v1/applications", body=application(stage, name, project=project))
    assert refused.status == 400, "Argo CD is of the same mind"


async def test_the_project_that_comes_with_the_change_counts(stage: Stage, desk: Desk, name: str) -> None:
    project = desk.project(sourceRepos=["https://git.example.com/**"])
    found = await desk.rules(application(stage, name, project=project), app_project(project))
    assert found == {"already-exists": "info"}
    narrow = app_project(project, destinations=[{"server": IN_CLUSTER, "namespace": "shop"}])
    found_ = await desk.held(application(stage, name, project=project), narrow)
    assert any(one.rule == "destination-not-permitted" and "of this change" in one.message for one in found_)


@pytest.mark.parametrize("destination", [{"name": "mars"}, {"server": "https://mars.example.com"}])
async def test_a_cluster_that_is_not_there(stage: Stage, desk: Desk, name: str, destination: Object) -> None:
    wanted = application(stage, name, destination={"namespace": "default", **destination})
    (found,) = await desk.held(wanted)
    assert (found.rule, found.severity) == ("unknown-cluster", "error")
    assert "in-cluster" in found.message or IN_CLUSTER in found.message
    assert stage.raw("POST", "/api/v1/applications", body=wanted).status == 400


async def test_names_that_are_there(stage: Stage, desk: Desk) -> None:
    assert await desk.rules(application(stage, "guestbook")) == {"already-exists": "info"}
    project = desk.project()
    assert await desk.rules(application(stage, "guestbook", project=project)) == {"name-taken": "error"}


@pytest.mark.parametrize(
    ("source", "key", "says"),
    [
        ({"path": "nowhere"}, "path", "app path does not exist"),
        ({"path": "guestbook/service.yaml"}, "path", "app path is not a directory"),
        ({"targetRevision": "v9.9.9"}, "targetRevision", "revision not found"),
        ({"targetRevision": "0" * 40}, "targetRevision", "Failed to checkout revision"),
    ],
)
async def test_a_source_that_cannot_be_read(
    stage: Stage, desk: Desk, name: str, source: Object, key: str, says: str
) -> None:
    wanted = application(stage, name, source=source)
    (found,) = await desk.held(wanted)
    assert (found.rule, found.severity) == ("unresolved-source", "error")
    assert says in found.message
    (document,) = documents(wanted)
    assert (found.line, found.column) == document.position("spec", "source", key)


async def test_a_repository_that_is_not_there_or_closed(stage: Stage, desk: Desk, name: str) -> None:
    missing = application(stage, name, source={"repoURL": f"{stage.repositories}/{name}.git"})
    (found,) = await desk.held(missing)
    assert (found.rule, found.severity) == ("unresolved-source", "error")
    assert "register it, with credentials" in found.message


async def test_a_kustomization_that_does_not_build(stage: Stage, desk: Desk, name: str) -> None:
    url = stage.new_repository(name, {"app/kustomization.yaml": "resources: [missing.yaml]\n"})
    try:
        (found,) = await desk.held(application(stage, name, source={"repoURL": url, "path": "app"}))
        assert (found.rule, found.severity) == ("unresolved-source", "error")
        assert "missing.yaml" in found.message
    finally:
        stage.remove_repository(name)


async def test_a_folder_that_comes_with_the_change_is_no_mistake(stage: Stage, desk: Desk, name: str) -> None:
    wanted = application(stage, name, source={"path": "brand-new"})
    assert await desk.rules(wanted, files=["brand-new/cm.yaml"]) == {"unresolved-source": "info"}
    assert await desk.rules(wanted, files=["brand-newer/cm.yaml"]) == {"unresolved-source": "error"}


async def test_an_existing_application_may_get_another_source(stage: Stage, desk: Desk) -> None:
    """Asked under its own name, Argo CD would answer 403 to any source but the present one."""
    assert await desk.rules(application(stage, "guestbook", source={"path": "waves"})) == {"already-exists": "info"}
    found = await desk.rules(application(stage, "guestbook", source={"path": "nowhere"}))
    assert found["unresolved-source"] == "error"
    assert desk.unchecked == []


async def test_sources_that_are_only_referred_to_are_read_too(stage: Stage, desk: Desk, name: str) -> None:
    url = f"{stage.repositories}/apps.git"
    chart = {"repoURL": url, "path": "charts/shop", "targetRevision": "main", "helm": {"valueFiles": ["$v/x.yaml"]}}
    wanted = application(stage, name)
    del wanted["spec"]["source"]
    wanted["spec"]["sources"] = [chart, {"repoURL": url, "targetRevision": "main", "ref": "v"}]
    assert await desk.held(wanted) == []
    wanted["spec"]["sources"][1]["targetRevision"] = "nowhere"
    (found,) = await desk.held(wanted)
    (document,) = documents(wanted)
    assert (found.line, found.column) == document.position("spec", "sources", 1, "targetRevision")


async def test_one_source_of_many_applications_is_read_once(stage: Stage, desk: Desk) -> None:
    several = [application(stage, stage.unique("online"), source={"path": "nowhere"}) for _ in range(5)]
    found = await desk.held(*several)
    assert len(found) == 5
    paths = [one.path for one in desk.http.sent]
    assert sum(path.endswith("/appdetails") for path in paths) == 1
    assert len(paths) == len(set(paths)), "each list, and each project, is asked for once"


NEVER_NOW = f"0 0 1 {(datetime.now(UTC).month + 5) % 12 + 1} *"


@pytest.mark.parametrize(
    ("window", "severity"),
    [
        ({"kind": "deny", "schedule": "* * * * *"}, "warning"),
        ({"kind": "deny", "schedule": "* * * * *", "manualSync": True}, "info"),
        ({"kind": "deny", "schedule": NEVER_NOW}, ""),
        ({"kind": "allow", "schedule": NEVER_NOW}, "warning"),
        ({"kind": "allow", "schedule": "* * * * *"}, ""),
        ({"kind": "deny", "schedule": "* * * * *", "applications": ["other"]}, ""),
    ],
)
async def test_sync_windows(stage: Stage, desk: Desk, name: str, window: Object, severity: str) -> None:
    project = desk.project(syncWindows=[{"duration": "1h", "applications": ["*"], **window}])
    found = await desk.held(application(stage, name, project=project))
    assert [(one.rule, one.severity) for one in found] == ([("sync-blocked", severity)] if severity else [])


async def test_windows_that_the_change_alters_are_said_to_be_unchecked(stage: Stage, desk: Desk, name: str) -> None:
    window = {"kind": "deny", "schedule": "* * * * *", "duration": "1h", "applications": ["*"]}
    project = desk.project(syncWindows=[window])
    wanted = application(stage, name, project=project)
    assert "sync-blocked" in await desk.rules(wanted, app_project(project, syncWindows=[window]))
    assert "sync-blocked" not in await desk.rules(
        wanted, app_project(project, syncWindows=[{**window, "duration": "2h"}])
    )
    assert any(f"Sync windows of AppProject {project} were not checked" in one for one in desk.unchecked)


async def test_a_project_that_would_no_longer_permit_what_runs(stage: Stage, desk: Desk) -> None:
    project = desk.project()
    app = desk.deployed(project)
    narrow = app_project(project, sourceRepos=["https://git.example.com/**"])
    found = {one.rule: one for one in await desk.held(narrow)}
    assert found["project-breaks-applications"].severity == "error"
    assert f"`{app}`" in found["project-breaks-applications"].message
    elsewhere = app_project(project, destinations=[{"server": "*", "namespace": "elsewhere"}])
    assert "project-breaks-applications" in await desk.rules(elsewhere)
    assert await desk.rules(app_project(project)) == {"already-exists": "info"}
    moved = application(stage, app, project=project, destination={"server": IN_CLUSTER, "namespace": "elsewhere"})
    assert set(await desk.rules(elsewhere, moved)) == {"already-exists"}, "the change itself mends it"


async def test_the_applications_that_a_set_makes_are_told_and_checked(stage: Stage, desk: Desk, name: str) -> None:
    wanted = application_set(
        stage,
        name,
        {"name": f"{name}-a", "to": "default"},
        {"name": f"{name}-b", "to": "elsewhere"},
        project="elsewhere",
        destination={"server": IN_CLUSTER, "namespace": "{{.to}}"},
    )
    found = {one.rule: one for one in await desk.held(wanted)}
    assert set(found) == {"generated-applications", "destination-not-permitted"}
    assert f"makes 2 applications: {name}-a, {name}-b" in found["generated-applications"].message
    assert f"(of {name}-a)" in found["destination-not-permitted"].message
    (document,) = documents(wanted)
    where = document.position("spec", "template", "spec", "destination")
    assert (found["destination-not-permitted"].line, found["destination-not-permitted"].column) == where
    assert stage.raw("GET", f"/api/v1/applicationsets/{name}").status == 404, "nothing was stored"
    assert not [one for one in desk.http.sent if one.method == "POST" and one.path.endswith("/applicationsets")]


async def test_a_set_of_which_nothing_can_be_made(stage: Stage, desk: Desk, name: str) -> None:
    wanted = application_set(stage, name, {"nom": "x"})
    (found,) = await desk.held(wanted)
    assert (found.rule, found.severity) == ("applicationset-refused", "error")
    assert 'map has no entry for key "name"' in found.message
    assert "level=error" not in found.message, "Argo CD's log, with the generators dumped, stays out"


@pytest.mark.parametrize("odd", ["same", "Capital"])
async def test_names_that_a_set_cannot_make(stage: Stage, desk: Desk, name: str, odd: str) -> None:
    wanted = application_set(stage, name, {"name": f"{name}-{odd}"}, {"name": f"{name}-{odd}"})
    assert (await desk.rules(wanted))["applicationset-refused"] == "error"


async def test_a_set_whose_project_is_not_there(stage: Stage, desk: Desk, name: str) -> None:
    wanted = application_set(stage, name, {"name": f"{name}-a"}, project="nope")
    assert await desk.rules(wanted) == {"nonexistent-project": "error"}
    assert await desk.held(wanted, app_project("nope")) == []
    assert desk.unchecked == [
        f"Which applications ApplicationSet/{name} makes was not checked: its project nope does not exist yet."
    ]


async def test_a_set_that_would_take_an_application_over(stage: Stage, desk: Desk, name: str) -> None:
    found = await desk.rules(application_set(stage, name, {"name": "guestbook"}))
    assert found == {"generated-applications": "info", "already-exists": "warning"}


@pytest.mark.real
async def test_an_application_that_a_set_no_longer_makes(stage: Stage, desk: Desk, name: str) -> None:
    both = application_set(stage, name, {"name": f"{name}-a"}, {"name": f"{name}-b"})
    assert stage.raw("POST", "/api/v1/applicationsets", body=both).status == 200
    try:
        path = f"/api/v1/applicationsets/{name}"
        await until(lambda: stage.raw("GET", path).json["status"].get("resources") or [], lambda made: len(made) == 2)
        usual = {"generated-applications": "info", "already-exists": "info"}
        assert await desk.rules(both) == usual
        one = application_set(stage, name, {"name": f"{name}-a"})
        assert await desk.rules(one) == {**usual, "removed-applications": "warning"}
    finally:
        assert stage.raw("DELETE", f"/api/v1/applicationsets/{name}").status == 200


@pytest.mark.real
async def test_a_repository_that_is_out_of_reach_is_a_warning(stage: Stage, desk: Desk, name: str) -> None:
    wanted = application(stage, name, source={"repoURL": "https://127.0.0.1:1/x.git"})
    assert await desk.rules(wanted) == {"unresolved-source": "warning"}


async def test_what_the_token_may_not_do_is_said_and_is_no_finding(stage: Stage, reader: Desk, name: str) -> None:
    app = application(stage, name, source={"path": "nowhere"})
    found = await reader.rules(app, application_set(stage, name, {"name": name}))
    assert found == {"unknown-repository": "info"}
    makes, reads = reader.unchecked
    assert f"ApplicationSet/{name} makes was not checked: this token lacks the right applicationsets, create" in makes
    assert f"the sources of {name} was not checked: this token lacks the right applications, create" in reads


async def test_what_the_token_may_not_see_is_said_and_is_no_finding(stage: Stage, nologs: Desk, name: str) -> None:
    wanted = application(stage, name, project="nope", destination={"name": "mars", "namespace": "default"})
    assert await nologs.held(wanted) == []
    project, cluster, source = nologs.unchecked
    assert project == "What AppProject nope permits was not checked: this token may not look at it."
    assert cluster == "Destination mars was not checked: this token may not see every cluster."
    assert f"the sources of {name} was not checked: this token lacks the right repositories, get" in source


async def test_nothing_that_is_asked_is_a_write(stage: Stage, desk: Desk, name: str) -> None:
    """The client is a read-only one, so that a write would be refused before a byte leaves."""
    await desk.held(application(stage, name), app_project(name), application_set(stage, name, {"name": name}))
    posts = {one.path.rpartition("/")[2] for one in desk.http.sent if one.method != "GET"}
    assert posts == {"appdetails", "generate"}
