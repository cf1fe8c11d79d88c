"""Calls on projects, and what is read of them; the answers are as Argo CD 3.6 gave them."""

import msgspec
import pytest

from argocd_gitops_mcp.argocd import projects
from argocd_gitops_mcp.argocd.projects import (
    GlobalProjects,
    OpenWindows,
    ProjectList,
    ProjectSpec,
    ProjectWindow,
    merged,
)
from argocd_gitops_mcp.effects import Effect


def test_the_list_is_asked_for_no_more_than_is_read() -> None:
    call = projects.listed()
    assert (call.path, call.effect) == ("/api/v1/projects", Effect.READ)
    assert dict(call.query) == {"fields": "items.metadata.name,items.spec"}


def test_a_name_is_quoted() -> None:
    assert projects.open_windows("a/b").path == "/api/v1/projects/a%2Fb/syncwindows"
    assert projects.global_projects("a b").path == "/api/v1/projects/a%20b/globalprojects"


def test_what_a_project_says() -> None:
    answer = (
        b'{"items":[{"metadata":{"name":"elsewhere"},"spec":{"clusterResourceWhitelist":[{"group":"","kind":"Namespace"}],'
        b'"description":"x","destinations":[{"namespace":"elsewhere","server":"https://kubernetes.default.svc"}],'
        b'"sourceNamespaces":["argocd-apps"],"sourceRepos":["*"]}}]}'
    )
    (found,) = msgspec.json.decode(answer, type=ProjectList).items or []
    assert found.metadata.name == "elsewhere"
    assert found.spec.source_repos == ["*"]
    assert found.spec.namespace_resource_whitelist is None
    assert [(one.server, one.namespace) for one in found.spec.destinations or ()] == [
        ("https://kubernetes.default.svc", "elsewhere")
    ]


def test_nothing_visible_is_null_and_nothing_there_is_absent() -> None:
    assert msgspec.json.decode(b'{"metadata":{},"items":null}', type=ProjectList).items is None
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b"{}", type=ProjectList)
    assert msgspec.json.decode(b"{}", type=GlobalProjects).items is None
    assert msgspec.json.decode(b"{}", type=OpenWindows).windows is None


def test_a_window_as_a_file_has_it_equals_the_one_that_is_stored() -> None:
    given = {"kind": "deny", "schedule": "* * * * *", "duration": "1h", "applications": ["*"], "manualSync": True}
    stored = {**given, "timeZone": "UTC"}
    assert msgspec.convert(given, ProjectWindow) == msgspec.convert(stored, ProjectWindow)


def test_windows_and_scope_stay_a_projects_own() -> None:
    window = ProjectWindow("deny")
    other = ProjectSpec(sync_windows=[window], permit_only_project_scoped_clusters=True)
    assert merged(ProjectSpec(), [other]) == ProjectSpec()
    assert merged(other, [ProjectSpec()]) == other
