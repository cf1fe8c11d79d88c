"""What stands against a change in an Argo CD that neither stage is: foreign clusters, lost rights, silent servers."""

import json
import time
from collections.abc import Mapping
from typing import Any

import anyio
import pytest

from argocd_gitops_mcp.argocd import wire
from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.errors import TimedOut
from argocd_gitops_mcp.gitops.documents import Document, read
from argocd_gitops_mcp.gitops.findings import Finding
from argocd_gitops_mcp.gitops.validation.report import HELP
from argocd_gitops_mcp.http import HTTP, TLS, Reply
from argocd_gitops_mcp.operations import _reading
from argocd_gitops_mcp.operations._online import RULES, SUPERSEDED, online
from argocd_gitops_mcp.operations._operation import Deps

pytestmark = pytest.mark.anyio
API = "/api/v1/"
SHOP = "https://git.example.com/shop.git"
DENIED = (403, {"error": "permission denied", "code": 7, "message": "permission denied"})
OPEN = {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]}

Answer = tuple[int, Any]


class Argo(Client):
    """An Argo CD that gives these answers, by path; every application's source can be read unless it says otherwise."""

    def __init__(self, answers: Mapping[str, Answer | None]) -> None:
        super().__init__(HTTP("http://argocd.example.com", TLS(), 1), lambda: None)
        self.answers: dict[str, Answer | None] = {
            "projects": (200, {"items": [{"metadata": {"name": "shop"}, "spec": OPEN}]}),
            "clusters": (200, {"items": [cluster("https://a", "a")]}),
            "applications": (200, {"items": None}),
            "applicationsets": (200, {"items": None}),
            "repositories": (200, {"items": None}),
            "globalprojects": (200, {}),
            "syncwindows": (200, {}),
            "appdetails": (200, {"type": "Directory"}),
            "generate": (200, {}),
            "can-i": (200, {"value": "yes"}),
            **answers,
        }
        self.asked: list[str] = []

    async def send(self, call: Any, *, timeout: float | None = None) -> Any:  # noqa: ARG002, ASYNC109 - as overridden
        path = call.path.removeprefix(API)
        self.asked.append(path)
        name = "can-i" if "/can-i/" in path else path.rpartition("/")[2]
        answer = self.answers.get(path, self.answers[name])
        if answer is None:
            raise TimedOut("no answer")
        status, body = answer
        media = "application/json" if body is not None else "text/plain"
        return wire.decode(call, Reply(status, media, json.dumps(body).encode()))


def cluster(server: str, name: str, **more: Any) -> dict[str, Any]:
    return {"server": server, "name": name, "connectionState": {"status": "Successful"}, **more}


def app(name: str = "web", project: str = "shop", destination: str = "{server: https://a, namespace: shop}") -> str:
    return f"""\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}}}
spec:
  project: {project}
  source: {{repoURL: {SHOP}, path: {name}, targetRevision: main}}
  destination: {destination}
"""


SET = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: set}
spec:
  generators: [{list: {elements: [{name: a}]}}]
  template:
    metadata: {name: '{{name}}'}
    spec:
      project: PROJECT
      source: {repoURL: https://git.example.com/shop.git, path: '{{name}}'}
      destination: {server: https://nowhere, namespace: shop}
"""


def documents(*texts: str) -> list[Document]:
    found, findings = read("apps.yaml", "---\n".join(texts))
    assert not findings
    return found


async def held(argo: Argo, *texts: str) -> tuple[list[Finding], list[str]]:
    deps = Deps(argo, "r", 1000, anyio.sleep, time.monotonic, anyio.sleep)  # type: ignore[arg-type]
    found, unchecked = await online(deps, documents(*texts))
    assert {one.rule for one in found} <= set(RULES)
    return found, unchecked


async def one_finding(argo: Argo, *texts: str) -> Finding:
    (found,), unchecked = await held(argo, *texts)
    assert unchecked == []
    return found


def test_rules_have_ids_of_their_own_and_supersede_what_is_there() -> None:
    assert not set(RULES) & set(HELP)
    assert set(HELP) >= SUPERSEDED


async def test_each_list_is_asked_for_once_however_many_documents_there_are() -> None:
    argo = Argo({})
    assert await held(argo, *(app(f"web-{number}") for number in range(20))) == ([], [])
    others = [path for path in argo.asked if not path.endswith("appdetails")]
    assert sorted(others) == [
        "account/can-i/applications/get/*/*",
        "applications",
        "clusters",
        "projects",
        "projects/shop/globalprojects",
    ]


async def test_a_cluster_out_of_reach() -> None:
    state = {"status": "Failed", "message": "dial tcp: connection refused"}
    found = await one_finding(
        Argo({"clusters": (200, {"items": [cluster("https://a", "a", connectionState=state)]})}), app()
    )
    assert (found.rule, found.severity) == ("unreachable-cluster", "warning")
    assert "connection refused" in found.message


async def test_a_cluster_that_nothing_is_deployed_to_is_not_out_of_reach() -> None:
    state = {"status": "Unknown", "message": "Cluster has no applications and is not being monitored."}
    assert await held(
        Argo({"clusters": (200, {"items": [cluster("https://a", "a", connectionState=state)]})}), app()
    ) == (
        [],
        [],
    )


async def test_two_clusters_of_one_name() -> None:
    both = [cluster("https://a", "a"), cluster("https://b", "a")]
    wanted = app(destination="{name: a, namespace: shop}")
    found = await one_finding(Argo({"clusters": (200, {"items": both})}), wanted)
    assert found.rule == "unknown-cluster"
    assert "https://a, https://b" in found.message


async def test_a_slash_at_the_end_of_a_server_makes_no_difference() -> None:
    assert await held(Argo({}), app(destination="{server: https://a/, namespace: shop}")) == ([], [])


async def test_global_projects_permit_and_deny_too() -> None:
    own = {"items": [{"metadata": {"name": "shop"}, "spec": {**OPEN, "sourceRepos": []}}]}
    added = {"items": [{"metadata": {"name": "all"}, "spec": {"sourceRepos": ["https://git.example.com/*"]}}]}
    assert await held(Argo({"projects": (200, own), "globalprojects": (200, added)}), app()) == ([], [])
    denied = {"items": [{"metadata": {"name": "all"}, "spec": {"sourceRepos": [f"!{SHOP}"]}}]}
    found = await one_finding(Argo({"globalprojects": (200, denied)}), app())
    assert found.rule == "source-not-permitted"


async def test_a_project_that_is_held_to_clusters_of_its_own() -> None:
    held_ = {"items": [{"metadata": {"name": "shop"}, "spec": {**OPEN, "permitOnlyProjectScopedClusters": True}}]}
    found = await one_finding(Argo({"projects": (200, held_)}), app())
    assert found.rule == "destination-not-permitted"
    assert "only clusters that are registered for it" in found.message


@pytest.mark.parametrize("what", ["projects", "clusters", "applications"])
async def test_a_list_that_is_not_permitted_is_no_list_of_nothing(what: str) -> None:
    found, unchecked = await held(Argo({what: DENIED, "can-i": (200, {"value": "no"})}), app())
    assert found == []
    assert unchecked
    assert all("was not checked" in one and one.endswith(".") for one in unchecked)


async def test_names_of_applications_that_one_may_not_see() -> None:
    argo = Argo({"account/can-i/applications/get/*/*": (200, {"value": "no"})})
    found, unchecked = await held(argo, app())
    assert found == []
    assert unchecked == [
        "Whether names are taken in other projects was not checked: this token may not see every application."
    ]


async def test_an_application_of_another_namespace_takes_no_name() -> None:
    there = {"items": [{"metadata": {"name": "web", "namespace": "team-b"}, "spec": {"project": "other"}}]}
    named = app().replace("{name: web}", "{name: web, namespace: argocd}")
    assert await held(Argo({"applications": (200, there)}), named) == ([], [])
    found = await one_finding(Argo({"applications": (200, there)}), app())
    assert found.rule == "name-taken", "without a namespace it may become that one"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (None, "Argo CD did not answer in time"),
        ((503, {"error": "x", "code": 14, "message": "repo server down"}), "Argo CD did not answer in time"),
        (DENIED, "Argo CD does not permit it"),
        (
            (403, {"error": "", "code": 7, "message": "permission denied: repositories, get, x, sub: a"}),
            "this token lacks the right repositories, get",
        ),
    ],
)
async def test_a_source_that_could_not_be_tried(answer: Answer | None, reason: str) -> None:
    found, unchecked = await held(Argo({"appdetails": answer}), app())
    assert found == []
    assert unchecked == [f"Whether Argo CD can read the sources of web was not checked: {reason}."]


async def test_a_repository_that_could_not_be_tried_is_looked_up() -> None:
    failed = {
        "repo": "https://git.example.com/SHOP",
        "connectionState": {"status": "Failed", "message": "bad password"},
    }
    argo = Argo({"appdetails": DENIED, "repositories": (200, {"items": [failed]})})
    found, _ = await held(argo, app("a"), app("b"))
    assert [(one.rule, one.severity) for one in found] == [("unreachable-repository", "warning")]
    assert "bad password" in found[0].message
    other = {"repo": "https://git.example.com/other"}
    argo = Argo({"appdetails": DENIED, "repositories": (200, {"items": [other]})})
    found, _ = await held(argo, app("a"), app("b"))
    assert [(one.rule, one.severity) for one in found] == [("unknown-repository", "info")]


async def test_credentials_that_do_not_fit() -> None:
    said = "failed to list refs: authentication required: Unauthorized"
    registered = {"repo": SHOP, "connectionState": {"status": "Failed"}}
    argo = Argo(
        {
            "appdetails": (500, {"error": said, "code": 2, "message": said}),
            "repositories": (200, {"items": [registered]}),
        }
    )
    found = await one_finding(argo, app())
    assert "its credentials do not fit" in found.message


async def test_what_argo_cd_says_is_one_short_line() -> None:
    said = "something odd\n\x1b[31m" + "x" * 5000
    found = await one_finding(Argo({"appdetails": (500, {"error": said, "code": 2, "message": said})}), app())
    assert found.message.startswith("Argo CD cannot read this source")
    assert len(found.message) < 450
    assert found.message.isprintable()


async def test_no_more_sources_are_read_than_can_be_borne(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_reading, "MOST", 3)
    argo = Argo({})
    _, unchecked = await held(argo, *(app(f"web-{number}") for number in range(5)))
    assert sum(path.endswith("appdetails") for path in argo.asked) == 3
    assert unchecked == [
        "Whether Argo CD can read the sources of web-3, web-4 was not checked: no more than 3 are read at a time."
    ]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (DENIED, "this token lacks the right applicationsets, create"),
        (None, "Argo CD did not answer in time"),
        ((404, None), "this Argo CD does not offer it"),
    ],
)
async def test_where_a_set_cannot_be_generated_its_template_is_looked_at(answer: Answer | None, reason: str) -> None:
    found, unchecked = await held(Argo({"generate": answer}), SET.replace("PROJECT", "nope"))
    assert {one.rule for one in found} == {"nonexistent-project", "unknown-cluster"}
    assert unchecked == [f"Which applications ApplicationSet/set makes was not checked: {reason}."]


async def test_parts_of_objects_and_templates_are_passed_over() -> None:
    patch = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web}\nspec: {project: nope}\n"
    project = "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: shop}\nspec: {description: x}\n"
    named = app("'{{ .Values.name }}'")
    argo = Argo({})
    assert await held(argo, patch, project, named) == ([], [])
    assert argo.asked == []


async def test_a_project_without_its_shape_is_said_to_be_unchecked() -> None:
    project = "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: x}\nspec: {sourceRepos: [1]}\n"
    found, unchecked = await held(Argo({}), project)
    assert found == []
    assert unchecked == ["AppProject x was not held against Argo CD: its spec has not the shape."]


async def test_values_of_helm_are_not_sent() -> None:
    sent: list[Any] = []

    class Listening(Argo):
        async def send(self, call: Any, *, timeout: float | None = None) -> Any:  # noqa: ASYNC109 - as overridden
            sent.append(call.body)
            return await super().send(call, timeout=timeout)

    secretive = app().replace("targetRevision: main", "targetRevision: main, helm: {values: 'password: hunter2'}")
    assert await held(Listening({}), secretive) == ([], [])
    assert "hunter2" not in json.dumps(sent)
    assert any(body and "appName" in body for body in sent)
