"""Which resources are worth a request for their events, and what is said of those that cannot be read."""

from typing import Any

import pytest

from argocd_gitops_mcp.argocd.models import Health
from argocd_gitops_mcp.argocd.resource_models import Event, Events, Node
from argocd_gitops_mcp.argocd.resources import Owner
from argocd_gitops_mcp.errors import Forbidden, GitOpsError, Rejected, ServerError, Unauthenticated
from argocd_gitops_mcp.operations import _events

OWNER = Owner("shop")


def node(kind: str, name: str = "web", health: str = "", at: str = "", uid: str = "1") -> Node:
    return Node(kind=kind, name=name, uid=uid, created_at=at, health=Health(status=health) if health else None)


class Answering:
    """In place of a client: by the resource's name an error, else one event."""

    def __init__(self, errors: dict[str, GitOpsError]) -> None:
        self._errors = errors
        self.argocd = self

    async def send(self, call: Any) -> Events:
        name = dict(call.query)["resourceName"]
        if name in self._errors:
            raise self._errors[name]
        return Events([Event(reason="Pulled")])


def test_what_is_not_well_comes_first_then_workloads_and_the_newest_pods() -> None:
    found = [
        node("ConfigMap"),
        node("ReplicaSet"),
        node("Pod", "old", at="2026-01-05T08:00:00Z"),
        node("Pod", "new", at="2026-01-05T09:00:00Z"),
        node("Deployment", health="Healthy"),
        node("Service", health="Degraded"),
        node("Job", "absent", uid=""),
    ]
    order = [f"{one.kind}/{one.name}" for one in _events.worth_asking(found)]
    assert order == ["Service/web", "Deployment/web", "Pod/new", "Pod/old", "ReplicaSet/web", "ConfigMap/web"]


@pytest.mark.anyio
async def test_one_that_cannot_be_read_keeps_nothing_from_the_others() -> None:
    deps: Any = Answering({"a": Forbidden("no"), "b": Rejected("gone"), "c": ServerError("Argo CD failed.")})
    read, unread = await _events.read(deps, OWNER, [node("Pod", name) for name in "abcd"])
    assert [at[3] for at in read] == ["d"]
    assert unread == [
        "events of Pod/a: this token may not read them",
        "events of Pod/b: it is no longer part of the application",
        "events of Pod/c: Argo CD failed.",
    ]


@pytest.mark.anyio
async def test_a_token_that_is_none_fails_all() -> None:
    deps: Any = Answering({"a": Unauthenticated("no")})
    with pytest.raises(Unauthenticated):
        await _events.read(deps, OWNER, [node("Pod", "a"), node("Pod", "b")])
