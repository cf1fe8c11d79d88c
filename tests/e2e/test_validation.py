"""Validation against the real thing: what we find, the API server refuses; kustomize and Helm themselves render."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml
from scripts import schemas
from testbed.record import Testbed

from argocd_gitops_mcp.gitops.validation import rendering
from argocd_gitops_mcp.gitops.validation.inspection import inspected
from argocd_gitops_mcp.gitops.validation.report import Options, validate
from tests.unit.gitops import test_kubernetes as kubernetes
from tests.unit.gitops import test_schemas as argocd

pytestmark = pytest.mark.real

GOOD = [kubernetes.DEPLOYMENT, kubernetes.SERVICE, argocd.APPLICATION, argocd.APPLICATION_SET, argocd.PROJECT]
MISTAKES = [(base, old, new) for base, old, new, *_ in (*kubernetes.MISTAKES, *argocd.MISTAKES)]
TREE: dict[str, str | bytes] = {
    "base/kustomization.yaml": "resources: [app.yaml]\n",
    "base/app.yaml": kubernetes.DEPLOYMENT,
    "good/kustomization.yaml": "resources: [../base]\nimages: [{name: nginx, newTag: 1.27.1}]\n",
    "typo/kustomization.yaml": "resources:\n  - ../base\nimagez: []\n",
    "lost/kustomization.yaml": "resources:\n  - ../base\npatches:\n  - path: patch.yaml\n",
    "lost/patch.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: nobody}\nspec: {replicas: 1}\n",
    "odd/kustomization.yaml": 'resources: [../base]\npatches:\n  - patch: "{apiVersion: apps/v1, kind: Deployment, '
    'metadata: {name: shop}, spec: {replicaz: 1}}"\n',
    "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.1.0\n",
    "chart/values.yaml": "tag: '1'\n",
    "chart/values-bad.yaml": "replicas: many\n",
    "chart/values-good.yaml": "replicas: 2\n",
    "chart/templates/app.yaml": kubernetes.DEPLOYMENT.replace("replicas: 3", "replicas: {{ .Values.replicas }}"),
    "broken/Chart.yaml": "apiVersion: v2\nname: broken\nversion: 0.1.0\n",
    "broken/templates/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: {{ .Values.b.c }}}\n",
}


def apply(testbed: Testbed, text: str) -> str:
    """What the API server says of applying this; '' if it would."""
    kube = str(Path(testbed.argocd_cli).parent / "kube")
    about = ["--dry-run=server", "--validate=strict", "--namespace=default", "--filename=-"]
    done = subprocess.run(  # noqa: S603 - the testbed's own kubectl
        [kube, "kubectl", "--kubeconfig", testbed.kubeconfig, "apply", *about],
        env={**os.environ, "HOME": str(Path(testbed.kubeconfig).parent)},
        input=text.replace("namespace: argocd", "namespace: default"),
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stderr


@pytest.mark.parametrize("text", GOOD)
def test_the_api_server_takes_what_is_good(testbed: Testbed, text: str) -> None:
    assert apply(testbed, text) == ""
    assert [one for one in validate({"a.yaml": text}, Options()).findings if one.severity == "error"] == []


@pytest.mark.parametrize(("base", "old", "new"), MISTAKES)
def test_the_api_server_refuses_what_is_found(testbed: Testbed, base: str, old: str, new: str) -> None:
    text = base.replace(old, new, 1)
    assert apply(testbed, text) != ""
    assert [one for one in validate({"a.yaml": text}, Options()).findings if one.severity == "error"]


@pytest.mark.parametrize("text", ["automated:", "automated: null"])
def test_null_is_dropped(testbed: Testbed, text: str) -> None:
    assert apply(testbed, argocd.APPLICATION.replace("automated: {prune: true, selfHeal: true}", text)) == ""


def test_the_schemas_are_those_of_this_argo_cd(testbed: Testbed) -> None:
    folder = Path(testbed.argocd_cli).parent / "crds"
    crds = [yaml.safe_load((folder / f"{name}-crd.yaml").read_text("utf-8")) for name in schemas.CRDS]
    assert json.loads(schemas.TARGET.read_text("utf-8")) == schemas.schemas(crds)


def test_kustomize_and_helm_render_what_can_be(testbed: Testbed) -> None:
    programs = rendering.found(str(Path(testbed.argocd_cli).parent))
    report = inspected(TREE, Options(), programs)
    errors = [one for one in report.findings if one.severity == "error"]
    assert [(one.file, one.line, one.rule) for one in errors] == [
        ("broken/templates/map.yaml", 4, "helm-template"),
        ("chart/templates/app.yaml", 0, "wrong-type"),
        ("lost/kustomization.yaml", 0, "kustomize-build"),
        ("odd/kustomization.yaml", 0, "unknown-field"),
        ("typo/kustomization.yaml", 0, "kustomize-build"),
        ("typo/kustomization.yaml", 3, "unknown-field"),
    ]
    assert report.rendered == 4
    assert "nobody" in errors[2].message
    assert "imagez" in errors[4].message
    assert all("/tmp" not in one.message for one in errors)  # noqa: S108 - where the copies were
