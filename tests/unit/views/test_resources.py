"""Managed resources, events and actions as lines."""

from typing import Any

import msgspec
import pytest

from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.argocd.resource_models import Action, ActionParameter, ManagedResource
from argocd_gitops_mcp.views import resources as views
from argocd_gitops_mcp.views.text import size
from argocd_gitops_mcp.views.view import BYTES_PER_TOKEN, FULL, NORMAL


def app(**status: Any) -> Application:
    return msgspec.convert(
        {"metadata": {"name": "shop"}, "spec": {"destination": {"namespace": "shop"}}, "status": status}, Application
    )


def managed(name: str, **more: Any) -> ManagedResource:
    return msgspec.convert({"kind": "ConfigMap", "namespace": "shop", "name": name, **more}, ManagedResource)


def status(name: str, **more: Any) -> dict[str, Any]:
    return {"kind": "ConfigMap", "namespace": "shop", "name": name, "status": "Synced", **more}


def test_every_kind_of_difference_is_seen() -> None:
    one = app(
        sync={"status": "OutOfSync"},
        resources=[
            status("changed", status="OutOfSync"),
            status("fine"),
            status("missing", status="OutOfSync", health={"status": "Missing"}),
            status("new", status="OutOfSync"),
            status("surplus", status="OutOfSync", requiresPruning=True),
            {"kind": "Job", "name": "migrate", "hook": True},
        ],
    )
    found = [managed("changed", modified=True), managed("fine"), managed("missing", modified=True), managed("surplus")]
    found.append(managed("new", modified=True, liveState="null"))
    lines = views.managed(one, found, {}).render(NORMAL).text.split("\n")
    assert lines[:2] == ["shop: 5 managed resources, sync OutOfSync", "hooks (not compared): Job/migrate"]
    ends = {line.split()[0]: line.split()[-1] for line in lines[3:]}
    assert ends == {
        "ConfigMap/changed": "modified",
        "ConfigMap/fine": "-",
        "ConfigMap/missing": "in_Git_only:_to_be_created",
        "ConfigMap/new": "in_Git_only:_to_be_created",
        "ConfigMap/surplus": "in_the_cluster_only:_to_be_pruned",
    }


def test_of_many_those_that_are_well_are_counted_unless_all_are_wanted() -> None:
    names = [f"settings-{index}" for index in range(100)]
    one = app(resources=[*(status(name) for name in names), status("changed", status="OutOfSync")])
    found = [*map(managed, names), managed("changed", modified=True)]
    text = views.managed(one, found, {}).render(NORMAL).text
    assert "detail=full lists them): 100 ConfigMap]" in text
    assert [line.split()[0] for line in text.split("\n") if line.startswith("ConfigMap/")] == ["ConfigMap/changed"]
    whole = views.managed(one, found, {}, whole=True).render(FULL).text
    assert sum(line.startswith("ConfigMap/") for line in whole.split("\n")) == 101


def test_states_stand_under_their_headings() -> None:
    text = views.managed(app(), [managed("web")], {"ConfigMap/web in Git": "a: 1\nb: 2"}).render(FULL).text
    assert text.endswith("--- ConfigMap/web in Git\na: 1\nb: 2")
    large_ = views.managed(app(), [managed("web")], {"ConfigMap/web in Git": "a: 1\n" * 9_000}).render(FULL).text
    assert size(large_) <= FULL
    assert "get_application_manifest and get_resource with detail=full show one state each]" in large_


def test_actions_with_their_parameters() -> None:
    found = [Action("scale", params=[ActionParameter("replicas")]), Action("restart"), Action("pause", disabled=True)]
    assert views.actions("Deployment/web", found).render(NORMAL).text.split("\n") == [
        "3 actions on Deployment/web",
        "pause disabled at present",
        "restart",
        "scale(replicas)",
    ]
    assert views.actions("Service/web", []).render(NORMAL).text == "Argo CD offers no action on Service/web"


HEALTHS = ("Degraded", "Missing", "Progressing", "Unknown")


def large(trouble: int, kinds: int) -> tuple[Application, list[ManagedResource]]:
    """1,700 resources; so many of them fail, of so many kinds."""
    names = [f"part-{index:04}" for index in range(1_700)]
    rows = [
        status(name, kind=f"Kind{index % kinds}", status="OutOfSync", health={"status": HEALTHS[index % 4]})
        if index < trouble
        else status(name)
        for index, name in enumerate(names)
    ]
    found = [
        managed(name, kind=f"Kind{index % kinds}", modified=True) if index < trouble else managed(name)
        for index, name in enumerate(names)
    ]
    return app(resources=rows, sync={"status": "OutOfSync"}), found


@pytest.mark.parametrize(("trouble", "kinds"), [(3, 1), (100, 15), (1_700, 15), (400, 400)])
def test_of_1700_each_kind_of_trouble_is_shown_or_counted_in_1000_tokens(trouble: int, kinds: int) -> None:
    one, found = large(trouble, kinds)
    text = views.managed(one, found, {}).render(NORMAL).text
    assert size(text) <= 1_000 * BYTES_PER_TOKEN
    rows = [line for line in text.split("\n") if line.startswith("Kind") and "/" in line.split()[0]]
    more = sum(int(line.split()[1]) for line in text.split("\n") if line.startswith("and "))
    assert len(rows) + more == trouble
    worst = [HEALTHS.index(one) for row in rows for one in HEALTHS if one in row]
    assert worst == sorted(worst, key=lambda one: (0, 1, 3, 2)[one])
    if trouble <= 100:
        assert {row.split("/")[0] for row in rows} == {f"Kind{index % kinds}" for index in range(trouble)}
    assert "detail=full lists them): " in text or trouble == 1_700


@pytest.mark.parametrize("letter", ["x", "ж", "件"])
@pytest.mark.parametrize("limit", [2_000, 8_000, 32_000])
@pytest.mark.parametrize("whole", [True, False])
def test_managed_resources_fit_in_any_script(letter: str, limit: int, whole: bool) -> None:
    names = [f"{letter * 200}-{index}" for index in range(200)]
    hooks = [{"kind": "Job", "name": f"{letter * 60}{index}", "hook": True} for index in range(300)]
    one = app(resources=[*hooks, *(status(name, status="OutOfSync") for name in names)])
    text = views.managed(one, [managed(name, modified=True) for name in names], {}, whole=whole).render(limit).text
    assert size(text) <= limit
    assert "more ConfigMap OutOfSync modified" in text or "of 200 lines shown; name a resource" in text
