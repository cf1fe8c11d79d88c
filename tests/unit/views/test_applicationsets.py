"""ApplicationSets as small answers: what fails first, a generator in a line, applications as they are."""

from typing import Any

import msgspec
import pytest

from argocd_gitops_mcp.argocd.applicationset_details import WholeSet
from argocd_gitops_mcp.fleet.row import Row
from argocd_gitops_mcp.views import applicationsets as views
from argocd_gitops_mcp.views.generators import short, told
from argocd_gitops_mcp.views.text import size
from argocd_gitops_mcp.views.view import NORMAL
from tests.unit.fleet.rows import made

NOW = "2026-11-26T12:00:00Z"
WHY = "error generating params from git: failed to list refs: connection refused"
BROKEN = [
    {"type": "ErrorOccurred", "status": "True", "reason": "ApplicationGenerationFromParamsError", "message": WHY},
    {"type": "ParametersGenerated", "status": "False", "reason": "ErrorOccurred", "message": WHY},
    {"type": "ResourcesUpToDate", "status": "False", "reason": "ErrorOccurred", "message": WHY},
]
WELL = [
    {"type": "ErrorOccurred", "status": "False", "reason": "ApplicationSetUpToDate", "message": "All is well"},
    {"type": "ParametersGenerated", "status": "True", "reason": "ParametersGenerated", "message": "All is well"},
    {"type": "ResourcesUpToDate", "status": "True", "reason": "ApplicationSetUpToDate", "message": "All is well"},
]
GIT = {
    "git": {
        "repoURL": "https://bob:sesame@git.example.com/x.git",
        "revision": "main",
        "directories": [{"path": "apps/*"}],
    }
}


def one(name: str = "shops", status: dict[str, Any] | None = None, **spec: Any) -> WholeSet:
    template = {
        "metadata": {"name": "shop-{{n}}"},
        "spec": {
            "project": "shop",
            "source": {"repoURL": "https://bob:sesame@git.example.com/x.git", "path": "{{path}}"},
            "destination": {"name": "{{cluster}}", "namespace": "shop"},
            "syncPolicy": {"automated": {"prune": True}},
        },
    }
    whole = {"generators": [GIT], "template": template, **spec}
    given = {"metadata": {"name": name, "namespace": "argocd"}, "spec": whole, "status": status or {"conditions": WELL}}
    return msgspec.convert(given, WholeSet)


def makes(count: int, **more: Any) -> dict[str, Any]:
    resources = [{"name": f"app-{number}", "namespace": "argocd", "health": {}} for number in range(count)]
    return {"conditions": WELL, "resources": resources, "resourcesCount": count, **more}


def rows(*every: Row) -> dict[tuple[str, str], Row]:
    return {row.key: row for row in every}


def test_two_thousand_sets_fit_those_that_fail_first() -> None:
    every = [one(f"set-{number:04}", makes(3)) for number in range(1990)]
    every += [one(f"broken-{number}", {"conditions": BROKEN}) for number in range(10)]
    every += [one("unwell", makes(2))]
    known = rows(made("app-0"), made("app-1", health="Degraded"))
    text = views.applicationsets(every, 2001, known).render(NORMAL).text
    assert size(text) <= NORMAL
    assert text.startswith("2001 ApplicationSets: 10 failing\n")
    assert "of 2001 ApplicationSets shown; narrow with query]" in text
    names = [row.split()[0] for row in text.split("\n") if row.startswith(("broken", "set", "unwell"))]
    assert names[:10] == [f"broken-{number}" for number in range(10)]
    assert f'  (data) "{WHY}"' in text
    assert "\nbroken-0 shop git 0 - ApplicationGenerationFromParamsError\n" in text


def test_why_it_fails_is_said_once_though_argocd_says_it_three_times() -> None:
    found = views.applicationset(one(status={"conditions": BROKEN}), {}, NOW).render(NORMAL).structured or {}
    (why,) = found["failing"]
    assert why.startswith("ErrorOccurred, ParametersGenerated, ResourcesUpToDate (ApplicationGenerationFromParamsError")
    assert why.endswith(f'it says (data): "{WHY}"')
    assert found["applications"] == "0 made"


def test_of_thousands_of_applications_the_worst_are_shown_and_all_are_counted() -> None:
    known = rows(*(made(f"app-{number}", health="Healthy" if number % 10 else "Degraded") for number in range(4_999)))
    rendered = views.applicationset(one(status=makes(5_000, resourcesCount=6_000)), known, NOW).render(NORMAL)
    found = rendered.structured or {}
    assert size(rendered.text) <= NORMAL
    assert found["applications"] == "6000 made: 500 Degraded, 4499 Healthy; 4999 Synced"
    assert found["worst"][0] == "app-0: Degraded, Synced"
    assert "Argo CD names 5000 of its 6000 applications" in found["notes"]
    assert "1 of its applications this token does not see, or they are gone" in found["notes"]
    assert any("worst" in cut and "of 5000 shown" in cut for cut in found["cut"])


@pytest.mark.parametrize(
    ("sync", "finalizers", "deletion"),
    [
        ("create-only", ["resources-finalizer.argocd.argoproj.io"], "its applications stay, and belong to nobody"),
        ("create-update", ["resources-finalizer.argocd.argoproj.io"], "its applications stay, and belong to nobody"),
        (
            "create-delete",
            ["resources-finalizer.argocd.argoproj.io"],
            "its applications go, what they deployed goes, too",
        ),
        ("create-only", ["example.com/other"], "its applications stay, and belong to nobody"),
        ("create-only", None, "its applications go, what they deployed goes, too"),
    ],
)
def test_a_finalizer_lets_a_policy_keep_the_applications(
    sync: str, finalizers: list[str] | None, deletion: str
) -> None:
    found = one(syncPolicy={"applicationsSync": sync})
    found.metadata.finalizers = finalizers
    assert views.applicationset(found, {}, NOW).deletion.startswith(deletion)


def test_of_a_rollout_of_many_applications_it_is_said_what_was_cut() -> None:
    states = [{"application": f"app-{number}", "status": "Waiting", "step": "1"} for number in range(500)]
    status = makes(1, applicationStatus=states)
    found = views.applicationset(one(status=status), {}, NOW).render(NORMAL).structured or {}
    assert any("rollout" in cut and "of 500 shown" in cut for cut in found["cut"])


def test_a_set_is_told_without_credentials_and_with_what_its_deletion_means() -> None:
    spec: dict[str, Any] = {
        "syncPolicy": {"preserveResourcesOnDeletion": True, "applicationsSync": "create-only"},
        "goTemplate": True,
        "goTemplateOptions": ["missingkey=error"],
        "templatePatch": "spec: {}",
        "preservedFields": {"annotations": ["notified"], "labels": None},
        "strategy": {
            "type": "RollingSync",
            "rollingSync": {
                "steps": [
                    {"matchExpressions": [{"key": "env", "operator": "In", "values": ["dev"]}], "maxUpdate": "10%"},
                    {"matchExpressions": []},
                ]
            },
        },
    }
    rendered = views.applicationset(one("shops", makes(1), **spec), rows(made("app-0")), NOW).render(NORMAL)
    found = rendered.structured or {}
    assert "sesame" not in rendered.text
    assert found["template"]["sources"] == ["https://git.example.com/x.git {{path}} @HEAD"]
    assert found["template"]["destination"] == "{{cluster}}/shop"
    assert found["template"]["sync"] == "automated prune"
    assert found["deletion"] == "its applications go, what they deployed stays"
    assert found["applicationsSync"] == "create-only"
    assert found["goTemplate"] == "yes missingkey=error"
    assert found["preserved"] == ["annotations notified"]
    assert found["strategy"][:3] == ["RollingSync", "step 1: env In dev, at most 10% at once", "step 2: everything"]
    assert "progressive syncs may be switched off" in found["strategy"][3]
    usual = views.applicationset(one(), {}, NOW).render(NORMAL).structured or {}
    assert usual["deletion"] == "its applications go, what they deployed goes, too"
    assert usual["applicationsSync"] == "sync, unless Argo CD's controller is set otherwise"


@pytest.mark.parametrize(
    ("finalizers", "preserves", "stays"),
    [
        (None, False, False),
        (None, True, True),
        (["resources-finalizer.argocd.argoproj.io"], True, False),
        (["example.com/mine"], False, True),
    ],
)
def test_the_templates_own_finalizers_decide_what_a_deletion_leaves(
    finalizers: list[str] | None, preserves: bool, stays: bool
) -> None:
    given = one(syncPolicy={"preserveResourcesOnDeletion": preserves})
    given.spec.template.metadata.finalizers = finalizers
    found = views.applicationset(given, {}, NOW)
    assert found.deletion.endswith("what they deployed stays") is stays


@pytest.mark.parametrize(
    ("generator", "said"),
    [
        ({"list": {"elements": [{"a": 1, "b": 2}, {"a": 3}], "template": {}}}, "list: 2 elements with a,b"),
        ({"list": {"elementsYaml": "{{ .x }}"}}, "list: elements of a template"),
        (GIT, "git: directories apps/* of https://git.example.com/x.git @main"),
        (
            {"git": {"repoURL": "https://x/y", "files": [{"path": "a.json"}, {"path": "b.json", "exclude": True}]}},
            "git: files a.json,not b.json of https://x/y @HEAD",
        ),
        ({"clusters": {}}, "clusters: all clusters"),
        (
            {
                "clusters": {
                    "selector": {
                        "matchLabels": {"env": "prod"},
                        "matchExpressions": [{"key": "x", "operator": "Exists"}],
                    }
                }
            },
            "clusters: env=prod and x Exists",
        ),
        (
            {"matrix": {"generators": [GIT, {"clusters": {}}]}},
            "matrix: (git: directories apps/* of https://git.example.com/x.git @main) x (clusters: all clusters)",
        ),
        (
            {"merge": {"mergeKeys": ["n"], "generators": [{"list": {"elements": []}}, {"clusters": {}}]}},
            "merge: (list: 0 elements) x (clusters: all clusters) by n",
        ),
        (
            {"scmProvider": {"github": {"organization": "shop", "tokenRef": {"secretName": "s", "key": "k"}}}},
            "scmProvider: github shop",
        ),
        (
            {
                "pullRequest": {
                    "gitea": {"owner": "shop", "repo": "x", "api": "https://a:b@g.example.com", "labels": ["p"]}
                }
            },
            "pullRequest: gitea shop x https://g.example.com with p",
        ),
        ({"plugin": {"configMapRef": {"name": "mine"}}}, "plugin: mine"),
        ({"clusterDecisionResource": {"configMapRef": "map", "name": "quak"}}, "clusterDecisionResource: map quak"),
        ({"oci": {"repoURL": "oci://x/y", "revision": "1.0"}}, "oci: oci://x/y @1.0"),
        (
            {"list": {"elements": [{"a": 1}]}, "selector": {"matchLabels": {"a": "1"}}},
            "list: 1 elements with a, of these where a=1",
        ),
        ({}, "(none)"),
        ({"new": "of a later version"}, "new"),
        ({"git": None}, "git: directories  of  @HEAD"),
    ],
)
def test_a_generator_in_a_line(generator: dict[str, Any], said: str) -> None:
    assert told(generator) == said


def test_generators_in_short() -> None:
    assert (
        short({"matrix": {"generators": [GIT, {"merge": {"generators": [{"list": {}}]}}]}}) == "matrix(git,merge(list))"
    )
