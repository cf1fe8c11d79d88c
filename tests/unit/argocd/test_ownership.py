"""Who puts an application, or a resource of one, back the way it was."""

from typing import Any

import msgspec
import pytest

from argocd_gitops_mcp.argocd import ownership
from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.argocd.ownership import Owned
from argocd_gitops_mcp.argocd.resource_models import Node

TRACKING = "argocd.argoproj.io/tracking-id"
DEPLOYMENT = Node(group="apps", version="v1", kind="Deployment", namespace="shop", name="web", uid="1")
DECLARED = {"group": "apps", "version": "v1beta1", "kind": "Deployment", "namespace": "shop", "name": "web"}


def app(*, automated: Any = None, resources: Any = None, **metadata: Any) -> Application:
    whole = {
        "metadata": {"name": "shop", "namespace": "argocd", **metadata},
        "spec": {"syncPolicy": {"automated": automated}},
        "status": {"resources": resources},
    }
    return msgspec.convert(whole, Application)


def tracked(value: str) -> Application:
    return app(annotations={TRACKING: value})


def test_an_application_set_owns_what_it_makes() -> None:
    made = app(ownerReferences=[{"kind": "Other", "name": "x"}, {"kind": "ApplicationSet", "name": "shops"}])
    assert ownership.owner(made) == Owned("ApplicationSet", "shops", "argocd")
    assert "ApplicationSet 'shops'" in ownership.warning(made)
    assert "template" in ownership.warning(made)


@pytest.mark.parametrize(
    ("tracking", "name", "namespace"),
    [
        ("root:argoproj.io/Application:argocd/shop", "root", ""),
        ("teams_root:argoproj.io/Application:argocd/shop", "root", "teams"),
        ("team-a_my.root:argoproj.io/Application:argocd/shop", "my.root", "team-a"),
    ],
)
def test_an_application_deploys_applications_from_git(tracking: str, name: str, namespace: str) -> None:
    found = tracked(tracking)
    assert ownership.owner(found) == Owned("Application", name, namespace)
    assert f"Application {name!r}" in ownership.warning(found)
    assert "Git" in ownership.warning(found)


@pytest.mark.parametrize("kind", ["ApplicationSet", "AppProject"])
def test_what_else_an_application_deploys_from_git(kind: str) -> None:
    metadata = tracked(f"root:argoproj.io/{kind}:argocd/shops").metadata
    assert ownership.deployer(metadata, kind) == Owned("Application", "root")
    assert ownership.deployer(metadata, "Application") is None
    assert ownership.owner(tracked(f"root:argoproj.io/{kind}:argocd/shops")) is None


@pytest.mark.parametrize(
    ("automated", "when"),
    [(None, "at its next sync"), ({}, "at its next sync"), ({"selfHeal": True}, "within seconds")],
)
def test_a_parent_that_heals_puts_it_back_at_once(automated: Any, when: str) -> None:
    child = tracked("root:argoproj.io/Application:argocd/shop")
    assert when in ownership.warning(child, app(automated=automated))
    assert "at its next sync" in ownership.warning(child)


@pytest.mark.parametrize("tracking", ["", "root", "root:", "root:apps/Deployment:shop/web", ":", "root:argoproj.io"])
def test_what_tracks_something_else_owns_no_application(tracking: str) -> None:
    assert ownership.owner(tracked(tracking)) is None
    assert ownership.warning(tracked(tracking)) == ""


def test_an_application_made_by_hand_has_no_owner() -> None:
    assert ownership.owner(app()) is None
    assert ownership.owner(app(ownerReferences=[{"kind": "Other", "name": "x"}])) is None


@pytest.mark.parametrize(
    ("automated", "said"),
    [
        ({"selfHeal": True}, "within seconds"),
        ({"selfHeal": True, "enabled": False}, "next sync"),
        ({"prune": True}, "next sync"),
        (None, "next sync"),
    ],
)
def test_git_undoes_what_is_changed_live(automated: Any, said: str) -> None:
    assert said in ownership.live_warning(app(automated=automated, resources=[DECLARED]), DEPLOYMENT)


@pytest.mark.parametrize(
    "resources", [None, [], [{**DECLARED, "namespace": "other"}], [{**DECLARED, "group": "extensions"}]]
)
def test_what_git_does_not_declare_stays_changed(resources: Any) -> None:
    assert ownership.live_warning(app(automated={"selfHeal": True}, resources=resources), DEPLOYMENT) == ""
