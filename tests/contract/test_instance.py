"""What an Argo CD has besides applications, read with rights of every size; a real one says the same."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.bench import IN_CLUSTER, NAMESPACE
from tests.stage import Answer, Stage, Tools, state, until

pytestmark = pytest.mark.anyio

TOOL = "read_argocd_instance"
TOKENS = 2_000


async def read(tools: Tools, operation: str, **arguments: Any) -> Answer:
    answer = await tools.call(TOOL, operation=operation, **arguments)
    assert len(answer.text) <= TOKENS * 4
    return answer


def rule(project: str, action: str, name: str) -> str:
    return f"p, proj:{project}:deployer, applications, {action}, {project}/{name}, allow"


@pytest.fixture
def project(stage: Stage) -> Iterator[str]:
    """A project that permits little, with a role of two tokens."""
    name = stage.unique("team")
    spec = {
        "description": "Shops\nonly",
        "sourceRepos": ["https://git.example.com/*", "!https://git.example.com/secret"],
        "destinations": [{"server": IN_CLUSTER, "namespace": "shop-*"}],
        "clusterResourceWhitelist": [{"group": "", "kind": "Namespace"}],
        "namespaceResourceBlacklist": [{"group": "", "kind": "ResourceQuota"}],
        "roles": [
            {"name": "deployer", "policies": [rule(name, "sync", "*"), rule(name, "get", "one")], "groups": ["shops"]}
        ],
        "syncWindows": [
            {
                "kind": "deny",
                "schedule": "0 22 * * *",
                "duration": "1h",
                "applications": ["*"],
                "timeZone": "Asia/Tokyo",
            }
        ],
        "orphanedResources": {"warn": True},
        "signatureKeys": [{"keyID": "4AEE18F83AFDEB23"}],
        "sourceNamespaces": ["argocd-apps"],
    }
    body = {"project": {"metadata": {"name": name, "labels": {"team": "shops"}}, "spec": spec}}
    made = stage.raw("POST", "/api/v1/projects", body=body)
    assert made.status == 200, made.text
    for token in ({"id": "short", "expiresIn": 3600}, {"id": "long"}):
        minted = stage.raw("POST", f"/api/v1/projects/{name}/roles/deployer/token", body=token)
        assert minted.status == 200, minted.text
    yield name
    stage.raw("DELETE", f"/api/v1/projects/{name}")


@pytest.fixture
def application_set(stage: Stage) -> Iterator[str]:
    """A set of two applications that nobody syncs."""
    name = stage.unique("set")
    template = {
        "metadata": {"name": f"{name}-{{{{n}}}}"},
        "spec": {
            "project": "default",
            "source": {"repoURL": f"{stage.repositories}/apps.git", "path": "waiting", "targetRevision": "main"},
            "destination": {"server": IN_CLUSTER, "namespace": NAMESPACE},
        },
    }
    generators = [{"list": {"elements": [{"n": "a", "size": "1"}, {"n": "b", "size": "2"}]}}]
    spec = {"generators": generators, "template": template, "syncPolicy": {"preserveResourcesOnDeletion": True}}
    made = stage.raw("POST", "/api/v1/applicationsets", body={"metadata": {"name": name}, "spec": spec})
    assert made.status == 200, made.text
    yield name
    stage.raw("DELETE", f"/api/v1/applicationsets/{name}")


async def test_projects_are_listed_with_what_they_have(tools: Tools, project: str) -> None:
    told = (await read(tools, "projects")).ok.text
    columns, *rows = told.split("\n")[1:]
    assert columns == "NAME APPLICATIONS NOT_WELL SOURCES DESTINATIONS ROLES WINDOWS"
    by_name = {row.split()[0]: row.split()[1:] for row in rows}
    assert by_name[project] == ["0", "-", "2", f"{IN_CLUSTER}/shop-*", "1", "1_deny"]
    assert int(by_name["default"][0]) >= 12
    assert rows[0].startswith("default ")
    only = (await read(tools, "projects", query=f"{project[:-1]} git.EXAMPLE.com")).ok.text
    assert only.startswith("1 projects of ")
    assert f"\n{project} 0 " in only


async def test_a_project_is_told_with_all_it_permits_and_no_token(stage: Stage, tools: Tools, project: str) -> None:
    answer = (await read(tools, "projects", name=project)).ok
    told = answer.structured
    assert told["description"] == "Shops only"
    assert told["sources"] == ["https://git.example.com/*", "!https://git.example.com/secret"]
    assert told["destinations"] == [f"{IN_CLUSTER}/shop-*"]
    assert (told["clusterKinds"], told["namespacedKinds"]) == (["Namespace"], ["all"])
    assert told["deniedNamespacedKinds"] == ["ResourceQuota"]
    (role,) = told["roles"]
    assert role["may"] == [f"applications sync {project}/* allow", f"applications get {project}/one allow"]
    assert role["groups"] == ["shops"]
    assert role["tokens"] == "2, next expires in 59m, 1 without expiry"
    assert told["windows"] == ["deny 0 22 * * * (Asia/Tokyo) for 1h: applications *"]
    assert (told["orphanedResources"], told["signatureKeys"]) == ("warned about", ["4AEE18F83AFDEB23"])
    assert told["applicationNamespaces"] == ["argocd-apps"]
    assert told["applications"] == "0 that this token sees"
    assert '"short"' not in answer.text
    assert "globalProjects" not in told
    default = (await read(tools, "projects", name="default")).ok.structured
    assert default["clusterKinds"] == ["all"]
    assert default["next"]["project"] == "default"
    assert "Missing" in default["applications"]
    assert stage.raw("GET", f"/api/v1/projects/{project}/globalprojects").json == {}


async def test_of_one_that_is_large_a_query_leaves_what_fits(tools: Tools, project: str) -> None:
    told = (await read(tools, "projects", name=project, query="secret")).ok.structured
    assert told["sources"] == ["!https://git.example.com/secret"]
    assert "sources: 1 without 'secret' left out" in told["notes"]
    assert "destinations: 1 without 'secret' left out" in told["notes"]


async def test_clusters_are_listed_and_found_by_name_or_address(tools: Tools) -> None:
    told = (await read(tools, "clusters")).ok.text
    assert told.startswith("1 clusters: 1 Successful\n")
    assert "\nin-cluster https://kubernetes.default.svc Successful v1." in told
    by_name = (await read(tools, "clusters", name="in-cluster")).ok.structured
    by_address = (await read(tools, "clusters", name=IN_CLUSTER)).ok.structured
    assert by_name["server"] == by_address["server"] == IN_CLUSTER
    assert by_name["connection"].startswith("Successful")
    assert by_name["applications"] >= 12
    assert by_name["next"]["cluster"] == "in-cluster"
    assert "resources of" in by_name["cache"]
    assert "apiVersions" not in str(by_name)
    assert (await read(tools, "clusters", query="successful")).ok.text == told
    assert "none of 1 clusters fits 'failed'" in (await read(tools, "clusters", query="failed")).ok.text


async def test_repositories_are_told_without_credentials(stage: Stage, tools: Tools) -> None:
    listed = stage.raw("GET", "/api/v1/repositories").json["items"]
    url = listed[0]["repo"]
    told = (await read(tools, "repositories")).ok.text
    assert f"\n{url} git " in told
    assert " Successful " in told
    (found,) = (await read(tools, "repositories", name=url.removesuffix(".git"))).ok.structured["registered"]
    assert (found["url"], found["type"]) == (url, "git")
    assert "username" not in str(found)
    assert url in (await read(tools, "repositories", name=f"{url}x")).refused("not_found")


async def test_application_sets_are_told_with_how_their_applications_are(
    stage: Stage, tools: Tools, application_set: str
) -> None:
    path = f"/api/v1/applicationsets/{application_set}"
    await until(lambda: stage.raw("GET", path).json["status"].get("resourcesCount"), lambda count: count == 2)
    made = [f"{application_set}-{one}" for one in "ab"]
    await until(
        lambda: [state(stage.get(name)["status"]) for name in made],
        lambda states: states == [("OutOfSync", "Missing")] * 2,
    )
    listed = (await read(tools, "applicationsets")).ok.text
    assert f"\n{application_set} default list 2 2\n" in f"{listed}\n"
    answer = (await read(tools, "applicationsets", name=application_set)).ok
    told = answer.structured
    assert told["generators"] == ["list: 2 elements with n,size"]
    assert told["template"]["sources"] == [f"{stage.repositories}/apps.git waiting @main"]
    assert told["template"]["destination"] == f"{IN_CLUSTER}/{NAMESPACE}"
    assert told["deletion"] == "its applications go, what they deployed stays"
    assert told["applications"] == "2 made: 2 Missing; 2 OutOfSync"
    assert told["worst"] == [f"{name}: Missing, OutOfSync" for name in made]
    assert "failing" not in told
    # What the set itself holds of them is of the moment it made them.
    assert [one["health"] for one in stage.raw("GET", path).json["status"]["resources"]] == [{}, {}]
    near = (await read(tools, "applicationsets", name=application_set[:-1])).refused("not_found")
    assert application_set in near
    assert f"{application_set[:-1]}' does not exist in Argo CD's own namespace" in near
    elsewhere = await read(tools, "applicationsets", name=application_set, app_namespace="argocd-apps")
    assert "is not there, but in namespace argocd." in elsewhere.refused("not_found")
    assert (
        "none in namespace nowhere, as far as Argo CD looks at it"
        in (await read(tools, "applicationsets", app_namespace="nowhere")).ok.text
    )
    assert "does not look at" in (
        await read(tools, "applicationsets", name=application_set, app_namespace="nowhere")
    ).refused("rejected")


async def test_whose_token_it_is(stage: Stage, tools: Tools) -> None:
    told = (await read(tools, "account")).ok.structured
    assert (told["user"], told["kind"], told["issuer"]) == ("ci", "API token of a local account", "argocd")
    assert told["token"].startswith("never expires, issued ")
    assert set(told["capabilities"]) == {"apiKey", "login"}
    reader = (await read(tools, "account", name="reader")).ok
    assert reader.structured["account"] == "reader"
    assert reader.structured["tokens"][0].endswith(": never expires")
    assert stage.tokens["reader"] not in reader.text
    assert "nologs" in (await read(tools, "account", name="nolog")).refused("not_found")
    async with stage.tools(token="nobody.knows.this") as other:
        (await read(other, "account")).refused("unauthenticated")


RIGHTS = [
    ("ci", ("applications", "delete", "default/guestbook"), "yes"),
    ("ci", ("applications", "sync", None), "yes"),
    ("ci", ("clusters", "get", IN_CLUSTER), "yes"),
    ("reader", ("applications", "sync", "default/guestbook"), "no"),
    ("reader", ("logs", "get", None), "yes"),
    ("nologs", ("applications", "sync", "default/*"), "yes"),
    ("nologs", ("logs", "get", "default/guestbook"), "no"),
    ("nologs", ("projects", "get", None), "no"),
]


@pytest.mark.parametrize(("token", "right", "may"), RIGHTS)
async def test_a_right_is_answered(stage: Stage, token: str, right: tuple[str, str, str | None], may: str) -> None:
    resource, action, wanted = right
    given = {"resource": resource, "action": action, **({"object": wanted} if wanted else {})}
    async with stage.tools(token=token) as tools:
        told = (await read(tools, "can_i", **given)).ok.structured
    assert told["may"] == may
    assert ("note" in told) == ((action, may) == ("delete", "yes") or (may == "no" and wanted is None))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"resource": "application", "action": "get"}, "'applications'"),
        ({"resource": "applications", "action": "synch"}, "'sync'"),
        ({"resource": "applications", "action": "update/*"}, "means nothing"),
        ({"resource": "applications", "action": "action"}, "means nothing"),
        ({"resource": "logs", "action": "get", "object": "guestbook"}, "project/name"),
        ({"resource": "clusters", "action": "get", "object": "https://10.0.0.1:6443"}, "last ':'"),
    ],
)
async def test_what_cannot_be_asked_is_refused_with_what_can(tools: Tools, given: dict[str, str], says: str) -> None:
    assert says in (await read(tools, "can_i", **given)).refused("invalid_argument")


async def test_why_those_are_refused_argocd_answers_even_an_administrator_so(stage: Stage) -> None:
    for what, status, text in (
        ("applications/get/*", 200, '"no"'),
        ("applications/action/*/*", 200, '"no"'),
        ("clusters/get/https%3A%2F%2F10.0.0.1%3A6443", 404, "Not Found"),
        ("clusters/get/https://kubernetes.default.svc", 307, ""),
    ):
        answer = stage.raw("GET", f"/api/v1/account/can-i/{what}")
        assert (answer.status, text in answer.text) == (status, True), what


async def test_the_settings_and_what_depends_on_the_version(tools: Tools) -> None:
    told = (await read(tools, "settings")).ok.structured
    assert told["version"].startswith("v3.")
    assert "logs take the right logs, get" in told["versionSays"]
    assert told["namespace"] == "argocd"
    assert told["applicationsInAnyNamespace"] is True
    assert told["trackingMethod"] == "annotation"
    assert {"kustomize", "helm"} <= set(told["tools"])
    assert told["customizedKinds"] == {"*/*": "ignoreDifferences, ignoreResourceUpdates"}
    assert told["off"] == ["web terminal (exec)", "source hydrator", "impersonation"]


async def test_a_token_of_few_rights_is_told_what_it_lacks_and_nothing_of_what_is_there(stage: Stage) -> None:
    async with stage.tools(token="nologs") as tools:
        for operation, right in (
            ("projects", "projects, get, *"),
            ("clusters", "clusters, get, *"),
            ("repositories", "repositories, get, *"),
            ("applicationsets", "applicationsets, get, */*"),
        ):
            told = (await read(tools, operation)).ok.text
            assert f"that this token may see; it lacks the right to get all ({right})" in told
        for operation, there in (("projects", "default"), ("clusters", "in-cluster"), ("account", "ci")):
            missing = (await read(tools, operation, name="nowhere")).refused("missing_or_forbidden")
            hidden = (await read(tools, operation, name=there)).refused("missing_or_forbidden")
            assert missing.replace("nowhere", there) == hidden
        assert (await read(tools, "account", name="nologs")).ok.structured["account"] == "nologs"


async def test_a_reader_is_told_what_is_missing(stage: Stage) -> None:
    async with stage.tools(token="reader") as tools:
        assert "Nearest: default" in (await read(tools, "projects", name="defualt")).refused("not_found")
        assert "Nearest: in-cluster" in (await read(tools, "clusters", name="incluster")).refused("not_found")
        (await read(tools, "repositories", name="https://git.example.com/none.git")).refused("not_found")
        assert "nearest: default" in (await read(tools, "projects", query="defaults")).ok.text
        (await read(tools, "projects", name="No_Project")).refused("invalid_argument")
        assert tools.writes == []
