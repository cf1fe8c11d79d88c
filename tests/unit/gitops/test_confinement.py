"""What a kustomization or chart may not name: kustomize and Helm would fetch it, run it, or read it off the machine."""

from typing import Any

import pytest
import yaml

from argocd_gitops_mcp.gitops.documents import read
from argocd_gitops_mcp.gitops.validation.confinement import Files, confined
from argocd_gitops_mcp.gitops.validation.rendering import Programs, render
from argocd_gitops_mcp.gitops.validation.targets import Target

FILE = "overlays/one/kustomization.yaml"
WITHIN = """\
resources: [../../base, web.yaml, plain]
components: [../../parts]
patches:
  - path: patch.yaml
  - patch: |-
      - op: replace
        path: /spec/replicas
        value: 2
    target: {kind: Deployment}
patchesStrategicMerge:
  - "{apiVersion: v1, kind: ConfigMap, metadata: {name: ../../../../a}}"
  - |-
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: ../../../../a}
configMapGenerator:
  - name: settings
    files: [settings.ini, key=other.ini]
    envs: [a.env]
    literals: ["url=https://example.com/x"]
openapi: {path: schema.json}
images: [{name: registry.example.com/a, newTag: v1}]
"""


def tree(text: str | bytes) -> dict[str, str | bytes]:
    return {
        FILE: text,
        "base/kustomization.yaml": "resources: [web.yaml]\n",
        "parts/kustomization.yaml": "kind: Component\n",
    }


def refusal(folder: str, files: Files) -> str:
    return confined(Target("kustomize", f"{folder}/kustomization.yaml"), files).refusal


def test_what_stays_inside_is_built() -> None:
    assert refusal("overlays/one", tree(WITHIN)) == ""


@pytest.mark.parametrize(
    "text",
    [
        "resources: ['http://127.0.0.1:1/a.yaml']",
        "resources: ['HTTP://127.0.0.1:1/a.yaml']",
        "resources: ['https://github.com/a/b//c?ref=v1']",
        "resources: [github.com/a/b]",
        "resources: ['git@github.com:a/b.git']",
        "bases: [a.co/b]",
        "resources: [../../../outside]",
        'resources: ["../../../x\\n/../outside"]',
        "resources: [/etc]",
        "components: [../../../outside]",
        "patches: [{path: 'http://127.0.0.1:1/p.yaml'}]",
        "patches: [{path: ../../../p.yaml}]",
        "patchesStrategicMerge: ['http://127.0.0.1:1/p.yaml']",
        "configMapGenerator: [{name: a, files: ['k=http://127.0.0.1:1/']}]",
        "configMapGenerator: [{name: a, files: [../../../../etc/passwd]}]",
        "configMapGenerator: [{name: a, envs: ['http://127.0.0.1:1/']}]",
        "secretGenerator: [{name: a, env: ../../../x}]",
        "openapi: {path: 'http://127.0.0.1:1/'}",
        "crds: ['http://127.0.0.1:1/']",
        "configurations: [../../../c.yaml]",
        "replacements: [{path: ../../../r.yaml}]",
        "validators: [../../..]",
        "generators: [g.yaml]",
        "transformers: [t.yaml]",
        "helmCharts: [{name: a, repo: 'https://charts.example.com'}]",
        # As Go reads JSON, which kustomize turns its YAML into, and as YAML may be written.
        "Resources: ['http://127.0.0.1:1/']",
        '"re\\u017Fource\\u017F": ["http://127.0.0.1:1/"]',
        "configMapGenerator: [{name: a, FILES: ['http://127.0.0.1:1/']}]",
        "patches: [{Path: 'http://127.0.0.1:1/'}]",
        "Validators: [v.yaml]",
        "<<: {resources: ['http://127.0.0.1:1/']}",
        "kind: List\nitems: [{a: 1}]\nresources: ['http://127.0.0.1:1/']",
        "resources: []\nresources: ['http://127.0.0.1:1/']",
        "? null\n: a\nresources: ['http://127.0.0.1:1/']",
        "a: [\nresources: ['http://127.0.0.1:1/']",
        "resources: ['http://127.0.0.1:1/']".encode("utf-16"),
        "resources: ['http://127.0.0.1:1/']\n# \udcff".encode(errors="surrogateescape"),
    ],
)
@pytest.mark.parametrize("is_below", [False, True])
def test_what_would_fetch_run_or_lead_out_is_refused(text: str | bytes, is_below: bool) -> None:
    files = tree(text)
    if is_below:  # the base of what is asked for
        files["top/kustomization.yaml"] = "resources: [../overlays/one]\n"
    folder = "top" if is_below else "overlays/one"
    assert refusal(folder, files).startswith(f"{FILE} ")


@pytest.mark.parametrize(
    "text",
    [
        WITHIN,
        "images: [{newTag: yes}, {newTag: 0777}, {newTag: 1.10}, {newTag: '1e3'}, {newTag: ~}]",
        'namePrefix: "a\\u2028\\u0085\\x7F\\U0001F600\\\\ud83d\\\\ude00"',
        "commonLabels: {a: &a b, c: *a}",
        "---\n---\nresources: ['http://127.0.0.1:1/']",
        "",
    ],
)
def test_what_is_built_is_what_was_read(text: str) -> None:
    found = confined(Target("kustomize", FILE), tree(text))
    assert found.refusal == ""
    first: Any = next((one.value for one in read(FILE, text)[0] if one.index == 0), None)
    assert (yaml.safe_load(found.files[FILE]) or None) == first
    assert next((one.value for one in read(FILE, found.files[FILE])[0]), None) in (first, {})


def test_nobody_renders_around_it() -> None:
    """The program that would be run does not even exist."""
    target = Target("kustomize", FILE, folders=("",))
    (made,) = render(tree("resources: ['http://127.0.0.1:1/']"), [target], Programs("/nowhere/kustomize"))
    assert "not fetched" in made.refusal
    assert made.text == made.failure == ""
