"""Validation against the real thing: what we find, the API server refuses; kustomize and Helm themselves render."""

import json
import os
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml
from scripts import schemas
from testbed.record import Testbed

from argocd_gitops_mcp.gitops.validation import rendering
from argocd_gitops_mcp.gitops.validation.inspection import inspected
from argocd_gitops_mcp.gitops.validation.report import Options, validate
from argocd_gitops_mcp.gitops.validation.targets import Target
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


class Listener:
    """A server on this machine, which a program that leaves the copy can reach."""

    def __init__(self) -> None:
        asked = self.asked = list[str]()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(CONFIG_MAP.encode())

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()
    thread = Thread(target=found.server.serve_forever)
    thread.start()
    yield found
    found.server.shutdown()
    thread.join()
    found.server.server_close()


CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
CHART = {"k/Chart.yaml": "apiVersion: v2\nname: k\nversion: 0.1.0\n", "k/values.yaml": "a: 1\n"}
OUTWARD: list[dict[str, str | bytes]] = [
    {"k/kustomization.yaml": "resources: [a.yaml, 'URL/a']\n"},
    {"k/kustomization.yaml": "RESOURCES: [a.yaml, 'URL/a']\n"},
    {"k/kustomization.yaml": "resources: [a.yaml]\nconfigMapGenerator: [{name: x, Files: ['a=URL/a']}]\n"},
    {"k/kustomization.yaml": "resources: [a.yaml]\nopenapi: {path: 'URL/a'}\n"},
    {"k/kustomization.yaml": "resources: [a.yaml]\nvalidators: ['URL/a']\n"},
    {"k/kustomization.yaml": "resources: [a.yaml, 'URL/a']\n".encode("utf-16")},
    {**CHART, "k/values.schema.json": '{"properties": {"a": {"$ref": "URL/a"}}}'},
]


@pytest.mark.parametrize("files", OUTWARD, ids=range(len(OUTWARD)))
def test_nothing_is_fetched(
    testbed: Testbed, tmp_path: Path, listener: Listener, files: dict[str, str | bytes]
) -> None:
    programs = rendering.found(str(Path(testbed.argocd_cli).parent))
    here = {"k/templates/a.yaml": CONFIG_MAP, "k/a.yaml": CONFIG_MAP} | {
        name: _at(listener.url, text) for name, text in files.items()
    }
    target = Target("helm" if "k/Chart.yaml" in files else "kustomize", next(iter(files)), folders=("",))
    (made,) = rendering.render(here, [target], programs)
    assert made.refusal or made.note
    assert listener.asked == []
    # By themselves they do ask.
    for name, content in here.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    command = [programs.helm, "template"] if target.tool == "helm" else [programs.kustomize, "build"]
    subprocess.run([*map(str, command), "k"], cwd=tmp_path, capture_output=True, check=False)  # noqa: S603
    assert listener.asked


def _at(url: str, content: str | bytes) -> str | bytes:
    if isinstance(content, bytes):
        return content.decode("utf-16").replace("URL", url).encode("utf-16")
    return content.replace("URL", url)


def test_no_folder_of_the_machine_is_taken_in(testbed: Testbed, tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: [a.yaml]\n")
    (tmp_path / "a.yaml").write_text(CONFIG_MAP)
    out = "../" * 12 + "x\\n/.." + str(tmp_path)
    target = Target("kustomize", "k/kustomization.yaml", folders=("",))
    programs = rendering.found(str(Path(testbed.argocd_cli).parent))
    (made,) = rendering.render({"k/kustomization.yaml": f'resources: ["{out}"]\n'}, [target], programs)
    assert "outside of the repository" in made.refusal
    assert made.text == ""


def test_a_chart_that_takes_all_memory_is_ended(testbed: Testbed) -> None:
    programs = rendering.found(str(Path(testbed.argocd_cli).parent))
    files: dict[str, str | bytes] = {**CHART, "k/templates/a.yaml": 'a: {{ repeat 300000000 "abcd" }}\n'}
    (made,) = rendering.render(files, [Target("helm", "k/Chart.yaml", folders=("k",))], programs)
    assert made.failure == "it takes more than a gigabyte of memory"
