"""ApplicationSets and projects that an application deploys from Git: a change of them is warned of."""

import json

import pytest

from tests.contract.bench import IN_CLUSTER, Bench, manifest
from tests.contract.instance_bench import INSTANCE, PROJECTS, SETS
from tests.stage import Stage

pytestmark = [pytest.mark.anyio, pytest.mark.real]


async def test_what_git_declares_is_changed_with_a_warning(stage: Stage, bench: Bench) -> None:
    name = stage.unique("declared")
    template = {**manifest("shop-{{name}}", "https://git.example.com/shop.git")}
    declared = {
        "set.yaml": ("ApplicationSet", {"generators": [{"list": {"elements": []}}], "template": template}),
        "project.yaml": ("AppProject", {"sourceRepos": ["*"]}),
    }
    files = {
        path: json.dumps(
            {
                "apiVersion": "argoproj.io/v1alpha1",
                "kind": kind,
                "metadata": {"name": name, "namespace": "argocd"},
                "spec": spec,
            }
        )
        for path, (kind, spec) in declared.items()
    }
    try:
        app = await bench.synced(files, destination={"server": IN_CLUSTER, "namespace": "argocd"})
        for operation, change in (
            ("update_applicationset", {"metadata": {"labels": {"team": "shop"}}}),
            ("update_project", {"spec": {"description": "Shops"}}),
        ):
            given = {"operation": operation, "name": name, **change}
            plan = (await bench.tools.call(INSTANCE, plan=True, **given)).ok.structured
            assert f"Application {app.name!r} deploys this" in plan["warnings"][0]
            assert (await bench.tools.call(INSTANCE, **given)).ok.structured["warnings"] == plan["warnings"]
        (sent,) = [one for one in bench.tools.writes if one.path == SETS]
        # What Argo CD and kubectl note there is not sent back.
        assert json.loads(sent.body or b"")["metadata"] == {
            "name": name,
            "namespace": "argocd",
            "labels": {"team": "shop"},
        }
    finally:
        stage.raw("DELETE", f"{SETS}/{name}")
        stage.raw("DELETE", f"{PROJECTS}/{name}")
