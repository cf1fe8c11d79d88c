"""Projects: an update keeps what it does not name, tokens of roles above all, and a deletion leaves nobody behind."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.contract.bench import Bench, manifest
from tests.contract.instance_bench import INSTANCE, PROJECTS, SetBench, set_bench
from tests.stage import Answer, Stage, Tools, until

pytestmark = pytest.mark.anyio

SPEC: dict[str, Any] = {
    "description": "Shops",
    "sourceRepos": ["*"],
    "destinations": [{"server": "*", "namespace": "*"}],
}


@dataclass
class ProjectBench:
    """One project."""

    bench: Bench
    name: str

    def role(self, name: str) -> dict[str, Any]:
        return {"name": name, "policies": [f"p, proj:{self.name}:{name}, applications, get, {self.name}/*, allow"]}

    def stored(self, **spec: Any) -> None:
        """By Argo CD's own API."""
        body = {"project": {"metadata": {"name": self.name}, "spec": {**SPEC, **spec}}}
        answer = self.bench.stage.raw("POST", PROJECTS, body=body)
        assert answer.status == 200, answer.text

    def token(self, role: str) -> None:
        body = {"expiresIn": 3600, "id": f"of-{role}"}
        answer = self.bench.stage.raw("POST", f"{PROJECTS}/{self.name}/roles/{role}/token", body=body)
        assert answer.status == 200, answer.text

    def whole(self) -> dict[str, Any] | None:
        answer = self.bench.stage.raw("GET", f"{PROJECTS}/{self.name}")
        found: dict[str, Any] = answer.json
        return found if answer.status == 200 else None

    @property
    def spec(self) -> dict[str, Any]:
        whole = self.whole()
        assert whole is not None
        found: dict[str, Any] = whole["spec"]
        return found

    @property
    def tokens(self) -> dict[str, list[str]]:
        """By role, as the status has them."""
        by_role = (self.whole() or {})["status"].get("jwtTokensByRole", {})
        return {role: [one["id"] for one in found.get("items", [])] for role, found in by_role.items()}

    async def call(self, operation: str, **arguments: Any) -> Answer:
        return await self.bench.tools.call(INSTANCE, operation=operation, name=self.name, **arguments)


@pytest.fixture
async def project(bench: Bench) -> AsyncIterator[ProjectBench]:
    name = bench.stage.unique("project")
    try:
        yield ProjectBench(bench, name)
    finally:
        for app in bench.apps:
            bench.stage.raw("DELETE", app.path, {"cascade": "false", **app.where})
        # Not before its applications are gone.
        path = f"{PROJECTS}/{name}"
        await until(lambda: bench.stage.raw("DELETE", path).status, lambda status: status in (200, 404))


async def test_a_project_is_created_and_never_over_another(project: ProjectBench) -> None:
    given = {"spec": SPEC, "metadata": {"labels": {"team": "shop"}}}
    plan = (await project.call("create_project", plan=True, **given)).ok.structured
    assert plan["rights"] == [f"projects, create, {project.name}: yes"]
    assert project.whole() is None
    told = (await project.call("create_project", **given)).ok.structured
    assert told["result"] == "created"
    assert "spec.description: (unset) -> Shops" in told["changed"]
    assert project.spec == SPEC
    refused = await project.call("create_project", spec={**SPEC, "description": "Other"})
    assert "update_project" in refused.refused("already_exists")
    assert project.spec == SPEC


async def test_a_project_of_another_spec_is_no_conflict_to_argo_cd(project: ProjectBench) -> None:
    project.stored()
    body = {"project": {"metadata": {"name": project.name}, "spec": {**SPEC, "description": "Other"}}}
    answer = project.bench.stage.raw("POST", PROJECTS, body=body)
    text = 'existing project spec is different; use upsert flag to force update; difference in keys "Description"'
    assert answer.said == (400, 3, text)


async def test_an_update_keeps_what_it_does_not_name(project: ProjectBench) -> None:
    project.stored(roles=[project.role("ci")])
    project.token("ci")
    plan = (await project.call("update_project", spec={"description": "All shops"}, plan=True)).ok.structured
    assert plan["changes"] == ["spec.description: Shops -> All shops"]
    assert "of-ci" not in json.dumps(plan)
    told = (await project.call("update_project", spec={"description": "All shops"})).ok.structured
    assert told == {
        "result": "updated",
        "name": project.name,
        "changed": ["spec.description: Shops -> All shops"],
    }
    assert project.spec["sourceRepos"] == ["*"]
    assert project.tokens == {"ci": ["of-ci"]}
    told = (await project.call("update_project", spec={"description": None})).ok.structured
    assert told["changed"] == ["spec.description: All shops -> (unset)"]
    assert "description" not in project.spec


async def test_roles_keep_their_tokens_when_the_list_is_replaced(project: ProjectBench) -> None:
    project.stored(roles=[project.role("ci"), project.role("people")])
    project.token("ci")
    changed = {**project.role("ci"), "description": "The pipeline"}
    roles = {"roles": [changed, project.role("people"), project.role("audit")]}
    told = (await project.call("update_project", spec=roles)).ok.structured
    assert "revoked" not in told
    assert "spec.roles.ci.description: (unset) -> The pipeline" in told["changed"]
    assert project.tokens == {"ci": ["of-ci"], "people": [], "audit": []}


async def test_tokens_are_not_revoked_unasked(project: ProjectBench) -> None:
    project.stored(roles=[project.role("ci"), project.role("people")])
    project.token("ci")
    roles = {"roles": [project.role("people")]}
    refused = await project.call("update_project", spec=roles)
    assert "role ci: token of-ci" in refused.refused("failed_precondition")
    refused = await project.call("update_project", spec=roles, prune=True)
    assert "role ci: token of-ci" in refused.refused("not_confirmed")
    assert project.tokens == {"ci": ["of-ci"], "people": []}
    done = (await project.call("update_project", spec=roles, prune=True, confirm=project.name)).ok.structured
    assert done["revoked"] == ["role ci: token of-ci"]
    assert project.tokens == {"people": []}


async def test_tokens_are_nobodys_to_write(project: ProjectBench) -> None:
    project.stored(roles=[project.role("ci")])
    roles = {"roles": [{**project.role("ci"), "jwtTokens": [{"iat": 1, "id": "mine"}]}]}
    assert "jwtTokens" in (await project.call("update_project", spec=roles)).refused("invalid_argument")
    assert project.tokens == {"ci": []}


async def test_a_project_that_changed_meanwhile_is_not_overwritten(project: ProjectBench) -> None:
    project.stored()
    whole = project.whole()
    assert whole is not None
    stale = {**whole, "metadata": {**whole["metadata"], "resourceVersion": "1"}}
    answer = project.bench.stage.raw("PUT", f"{PROJECTS}/{project.name}", body={"project": stale})
    assert answer.said[:2] == (409, 10)
    plan = (await project.call("update_project", spec={"description": "Mine"}, plan=True)).ok.structured
    theirs = {**whole, "spec": {**whole["spec"], "description": "Theirs"}}
    assert project.bench.stage.raw("PUT", f"{PROJECTS}/{project.name}", body={"project": theirs}).status == 200
    given = {"operation": "apply_plan", "plan_id": plan["planId"]}
    refused = await project.bench.tools.call(INSTANCE, **given)
    assert "spec and metadata" in refused.refused("plan_outdated")
    assert project.spec["description"] == "Theirs"


async def test_labels_are_added_and_removed(project: ProjectBench) -> None:
    project.stored()
    assert (await project.call("update_project", metadata={"labels": {"a": "1", "b": "2"}})).ok
    told = (await project.call("update_project", metadata={"labels": {"a": None}})).ok.structured
    assert told["changed"] == ["metadata.labels.a: 1 -> (unset)"]
    assert (project.whole() or {})["metadata"]["labels"] == {"b": "2"}


async def test_an_update_that_changes_nothing_is_not_sent(project: ProjectBench) -> None:
    project.stored()
    told = (await project.call("update_project", spec={"description": "Shops"})).ok.structured
    assert told["result"].startswith("unchanged")
    assert project.bench.tools.writes == []


async def test_what_argo_cd_does_not_know_is_told(project: ProjectBench) -> None:
    told = (await project.call("create_project", spec={**SPEC, "sourceRepositories": ["*"]})).ok.structured
    assert told["ignored"] == ["spec.sourceRepositories"]


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({"syncWindows": [{"kind": "deny", "schedule": "never", "duration": "1h", "applications": ["*"]}]}, "never"),
        ({"syncWindows": [{"kind": "deny", "schedule": "0 1 * * *", "duration": "long", "clusters": ["*"]}]}, "long"),
        ({"syncWindows": [{"kind": "maybe", "schedule": "0 1 * * *", "duration": "1h", "clusters": ["*"]}]}, "maybe"),
        ({"roles": [{"name": "ci"}, {"name": "ci"}]}, "'ci' already exists"),
    ],
    ids=["schedule", "duration", "kind", "role"],
)
@pytest.mark.parametrize("operation", ["create_project", "update_project"])
async def test_mistakes_in_a_project_are_the_callers(
    project: ProjectBench, operation: str, spec: dict[str, Any], says: str
) -> None:
    if operation == "update_project":
        project.stored()
    text = (await project.call(operation, spec=spec)).refused("rejected")
    assert says in text.partition("Upstream said")[2]


async def test_of_one_that_is_missing_the_nearest_is_told(bench: Bench) -> None:
    for operation, more in (
        ("update_project", {"spec": {"description": "x"}}),
        ("delete_project", {"confirm": "defalt"}),
    ):
        text = (await bench.tools.call(INSTANCE, operation=operation, name="defalt", **more)).refused("not_found")
        assert "Nearest: default" in text


async def test_what_argo_cd_knows_nothing_of_changes_nothing(project: ProjectBench) -> None:
    project.stored()
    told = (await project.call("update_project", spec={"sourceRepo": ["*"]})).ok.structured
    assert told["result"] == "unchanged: Argo CD knows nothing of what was given"
    assert told["ignored"] == ["spec.sourceRepo"]
    assert "changed" not in told


async def test_an_update_that_shuts_applications_out_is_refused_by_argo_cd(bench: Bench, project: ProjectBench) -> None:
    project.stored()
    app = bench.created(project=project.name)
    refused = await project.call("update_project", spec={"sourceRepos": ["https://example.com/*"]})
    text = refused.refused("rejected")
    assert "1 applications source became invalid" in text
    assert app.name in text
    assert project.spec["sourceRepos"] == ["*"]


async def test_a_project_with_applications_is_not_deleted(bench: Bench, project: ProjectBench) -> None:
    project.stored()
    app = bench.created(project=project.name)
    refused = await project.call("delete_project", confirm=project.name)
    assert f"argocd/{app.name}" in refused.refused("failed_precondition")
    answer = bench.stage.raw("DELETE", f"{PROJECTS}/{project.name}")
    assert answer.said == (400, 3, "project is referenced by 1 applications")
    assert [one for one in bench.tools.writes if one.path.startswith(PROJECTS)] == []


async def test_applications_elsewhere_count_though_argo_cd_forgets_them(bench: Bench, project: ProjectBench) -> None:
    project.stored(sourceNamespaces=["argocd-apps"])
    app = bench.planned(namespace="argocd-apps")
    body = manifest(app.name, app.url, {"namespace": "argocd-apps"}, project=project.name)
    assert bench.stage.raw("POST", "/api/v1/applications", body=body).status == 200
    refused = await project.call("delete_project", confirm=project.name)
    assert f"argocd-apps/{app.name}" in refused.refused("failed_precondition")
    assert project.whole() is not None


@pytest.fixture
def sets(bench: Bench) -> Iterator[SetBench]:
    with set_bench(bench) as found:
        yield found


async def test_a_deletion_is_confirmed_and_seen(sets: SetBench, project: ProjectBench) -> None:
    project.stored(roles=[project.role("ci")])
    project.token("ci")
    spec = sets.spec([])
    spec["template"]["spec"]["project"] = project.name
    assert (await sets.call("create_applicationset", spec=spec)).ok
    plan = (await project.call("delete_project", plan=True)).ok.structured
    assert plan["removes"] == ["role ci: token of-ci"]
    assert sets.name in plan["warnings"][0]
    (await project.call("delete_project")).refused("not_confirmed")
    assert project.whole() is not None
    done = (await project.call("delete_project", confirm=project.name)).ok.structured
    assert done["result"] == "deleted"
    assert project.whole() is None
    (await project.call("delete_project", confirm=project.name)).refused("not_found")


async def test_the_default_project_stays(tools: Tools) -> None:
    refused = await tools.call(INSTANCE, operation="delete_project", name="default", confirm="default")
    refused.refused("invalid_argument")
    assert tools.http.sent == []


async def test_who_may_not_write_sends_nothing(stage: Stage, project: ProjectBench) -> None:
    project.stored()
    async with stage.tools("reader", elicit="accept") as tools:
        for operation, more in (
            ("create_project", {"spec": SPEC}),
            ("update_project", {"spec": {"description": "Mine"}}),
            ("delete_project", {}),
        ):
            refused = await tools.call(INSTANCE, operation=operation, name=project.name, **more)
            right = operation.removesuffix("_project")
            assert f"projects, {right}, {project.name}" in refused.refused("forbidden")
        assert tools.writes == []


async def test_a_read_only_server_writes_nothing(stage: Stage, project: ProjectBench) -> None:
    async with stage.tools(allow_write=False) as tools:
        given = {"operation": "create_project", "name": project.name, "spec": SPEC}
        (await tools.call(INSTANCE, **given)).refused("read_only")
        assert tools.http.sent == []
        assert "read-only" in (await tools.call(INSTANCE, plan=True, **given)).ok.structured["next"]
    assert project.whole() is None
