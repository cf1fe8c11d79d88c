"""Calls on ApplicationSets; the answers are as Argo CD 3.6 gave them."""

import msgspec

from argocd_gitops_mcp.argocd import applicationsets
from argocd_gitops_mcp.argocd.applicationsets import ApplicationSetList, GeneratedList
from argocd_gitops_mcp.effects import Effect


def test_generating_reads_and_can_store_nothing() -> None:
    call = applicationsets.generated({"metadata": {"name": "set"}, "spec": {}})
    assert (call.method, call.path, call.effect) == ("POST", "/api/v1/applicationsets/generate", Effect.READ)
    assert call.body == {"applicationSet": {"metadata": {"name": "set"}, "spec": {}}}


def test_what_would_be_made() -> None:
    answer = (
        b'{"applications":[{"metadata":{"name":"a","finalizers":["resources-finalizer.argocd.argoproj.io"]},'
        b'"spec":{"source":{"repoURL":"https://h/x"},"destination":{"name":"in-cluster"},"project":"default"},'
        b'"status":{"health":{}}}]}'
    )
    (found,) = msgspec.json.decode(answer, type=GeneratedList).applications or []
    assert found.metadata.name == "a"
    assert found.spec["source"] == {"repoURL": "https://h/x"}
    assert msgspec.json.decode(b"{}", type=GeneratedList).applications is None


def test_what_a_set_has_made() -> None:
    answer = (
        b'{"items":[{"metadata":{"name":"set"},"status":{"resources":[{"group":"argoproj.io","kind":"Application",'
        b'"namespace":"argocd","name":"a","health":{}}],"resourcesCount":1}},{"metadata":{"name":"new"}}]}'
    )
    made, new = msgspec.json.decode(answer, type=ApplicationSetList).items or []
    assert [one.name for one in made.status.resources or ()] == ["a"]
    assert new.status.resources is None
