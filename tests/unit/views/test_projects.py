"""Projects as small answers: however much one permits, it fits; a token is only counted."""

from typing import Any

import msgspec
import pytest

from argocd_gitops_mcp.argocd.project_details import DetailedProject, RoleToken, WholeProject
from argocd_gitops_mcp.views import projects as views
from argocd_gitops_mcp.views.text import size
from argocd_gitops_mcp.views.view import NORMAL
from tests.unit.fleet.rows import made

NOW = 1_800_000_000.0


def project(name: str = "shop", status: dict[str, Any] | None = None, **spec: Any) -> WholeProject:
    return msgspec.convert({"metadata": {"name": name}, "spec": spec, "status": status or {}}, WholeProject)


def told(one: WholeProject, **more: Any) -> dict[str, Any]:
    found = msgspec.convert({"project": msgspec.to_builtins(one), **more}, DetailedProject)
    return views.project(found, [], NOW, {}).render(NORMAL).structured or {}


def test_five_hundred_projects_fit_those_with_most_applications_first() -> None:
    places = [{"server": f"https://{number}.example.com", "namespace": "shop"} for number in range(40)]
    every = [
        project(
            f"team-{number:03}", sourceRepos=["https://git.example.com/*"], destinations=places, roles=[{"name": "a"}]
        )
        for number in range(500)
    ]
    rows = {"team-250": [made("a", health="Degraded"), made("b")], "team-499": [made("c")]}
    text = views.projects(every, 500, rows).render(NORMAL).text
    assert size(text) <= NORMAL
    head, columns, cut, first, second, third, *_ = text.split("\n")
    assert head.startswith("500 projects; ")
    assert columns == "NAME APPLICATIONS NOT_WELL SOURCES DESTINATIONS ROLES"
    assert cut.endswith("of 500 projects shown; narrow with query]")
    assert first == "team-250 2 1 https://git.example.com/* 40 1"
    assert (second.split()[0], third.split()[0]) == ("team-499", "team-000")


def test_a_project_of_thousands_of_rules_fits_and_says_what_was_cut() -> None:
    rules = [f"p, proj:shop:ci, applications, sync, shop/{number}, allow" for number in range(3000)]
    one = project(
        sourceRepos=[f"https://git.example.com/{number}" for number in range(3000)],
        destinations=[{"name": f"cluster-{number}", "namespace": "x"} for number in range(3000)],
        roles=[{"name": "ci", "policies": rules, "groups": [f"group-{number}" for number in range(3000)]}],
    )
    found = msgspec.convert({"project": msgspec.to_builtins(one)}, DetailedProject)
    rendered = views.project(found, [], NOW, {}).render(NORMAL)
    assert size(rendered.text) <= NORMAL
    said = " ".join((rendered.structured or {})["cut"])
    assert "of 3000 shown" in said
    assert "narrow with query" in said


def test_what_is_absent_means_otherwise_for_each_kind_of_list() -> None:
    """app_project_types.go: no list of namespaced kinds permits all, none of cluster-scoped ones permits none."""
    nothing = told(project())
    assert (nothing["clusterKinds"], nothing["namespacedKinds"]) == (["none"], ["all"])
    assert "without sources or destinations" in nothing["notes"][0]
    listed = told(project(namespaceResourceWhitelist=[], clusterResourceWhitelist=[{"group": "*", "kind": "*"}]))
    assert (listed["clusterKinds"], listed["namespacedKinds"]) == (["all"], ["none"])
    named = told(project(clusterResourceWhitelist=[{"group": "", "kind": "Namespace", "name": "shop-*"}]))
    assert named["clusterKinds"] == ["Namespace named shop-*"]
    kinds = told(project(namespaceResourceWhitelist=[{"group": "apps", "kind": "*"}]))
    assert kinds["namespacedKinds"] == ["apps/*"]


def test_a_roles_policies_are_short_unless_they_are_of_another() -> None:
    own, other = "p, proj:shop:ci, applications, sync, shop/*, allow", "g, somebody, role:admin"
    (role,) = told(project(roles=[{"name": "ci", "policies": [own, other]}]))["roles"]
    assert role["may"] == ["applications sync shop/* allow", other]
    assert "tokens" not in role


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ([], ""),
        ([0], "1, 1 without expiry"),
        ([NOW + 90, NOW - 5, 0], "3, 1 expired, next expires in 1m, 1 without expiry"),
        ([NOW - 5, NOW - 6], "2, 2 expired"),
    ],
)
def test_tokens_are_counted(ends: list[float], said: str) -> None:
    assert views.expiries([RoleToken(f"id-{end}", 1, int(end)) for end in ends], NOW) == said


def test_tokens_are_found_where_either_version_keeps_them_and_never_named() -> None:
    kept = {"jwtTokensByRole": {"ci": {"items": [{"id": "sesame", "iat": 1}]}}}
    for one in (
        project(roles=[{"name": "ci"}], status=kept),
        project(roles=[{"name": "ci", "jwtTokens": [{"id": "sesame", "iat": 1}]}]),
        project(roles=[{"name": "ci", "jwtTokens": [{"id": "sesame", "iat": 1}]}], status=kept),
    ):
        (role,) = told(one)["roles"]
        assert role["tokens"] == "1, 1 without expiry"
        assert "sesame" not in str(told(one))


def test_global_projects_are_named_with_what_they_mean() -> None:
    """Seen: what they permit stands among the project's own, twice where both do."""
    denied = [{"group": "", "kind": "ResourceQuota"}] * 2
    one = told(
        project(
            sourceRepos=["*", "*"],
            destinations=[{"server": "*", "namespace": "*"}] * 2,
            namespaceResourceBlacklist=denied,
        ),
        globalProjects=[{"metadata": {"name": "base"}, "spec": {}}],
        repositories=[{"repo": "https://bob:sesame@git.example.com/x"}],
        clusters=[{"name": "eu", "server": "https://eu.example.com"}],
    )
    assert one["globalProjects"] == ["base"]
    assert one["notes"] == ["what the global projects permit and deny is among this"]
    assert (one["sources"], one["destinations"], one["deniedNamespacedKinds"]) == (["*"], ["*/*"], ["ResourceQuota"])
    assert one["repositories"] == ["https://git.example.com/x"]
    assert one["clusters"] == ["eu"]


def test_windows_and_the_rest_in_a_line_each() -> None:
    window = {"kind": "allow", "schedule": "0 8 * * *", "duration": "2h", "applications": ["a", "b", "c", "d"]}
    one = told(
        project(
            syncWindows=[{**window, "namespaces": ["x"], "andOperator": True, "manualSync": True}],
            orphanedResources={"ignore": [{"kind": "ConfigMap", "name": "x*"}]},
            destinationServiceAccounts=[{"server": "*", "namespace": "x", "defaultServiceAccount": "deployer"}],
        )
    )
    assert one["windows"] == [
        "allow 0 8 * * * (UTC) for 2h, syncs by hand permitted: applications a,b,c,+1 and namespaces x"
    ]
    assert one["orphanedResources"] == "only shown in trees, except ConfigMap/x*"
    assert one["serviceAccounts"] == ["deployer in x of *"]
