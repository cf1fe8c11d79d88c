"""What a kustomization may not name: kustomize would fetch it, run it, or read it off the machine."""

import pytest

from argocd_gitops_mcp.gitops.validation.confinement import refusal
from argocd_gitops_mcp.gitops.validation.rendering import Programs, render
from argocd_gitops_mcp.gitops.validation.targets import Target

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
configMapGenerator:
  - name: settings
    files: [settings.ini, key=other.ini]
    envs: [a.env]
    literals: ["url=https://example.com/x"]
openapi: {path: schema.json}
images: [{name: registry.example.com/a, newTag: v1}]
"""


def tree(text: str) -> dict[str, str]:
    return {
        "overlays/one/kustomization.yaml": text,
        "base/kustomization.yaml": "resources: [web.yaml]\n",
        "parts/kustomization.yaml": "kind: Component\n",
    }


def test_what_stays_inside_is_built() -> None:
    assert refusal("overlays/one", tree(WITHIN)) == ""


@pytest.mark.parametrize(
    "text",
    [
        "resources: ['http://127.0.0.1:1/a.yaml']",
        "resources: ['https://github.com/a/b//c?ref=v1']",
        "resources: [../../../outside]",
        "resources: [/etc]",
        "components: [../../../outside]",
        "patches: [{path: 'http://127.0.0.1:1/p.yaml'}]",
        "patches: [{path: ../../../p.yaml}]",
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
    ],
)
@pytest.mark.parametrize("is_below", [False, True])
def test_what_would_fetch_run_or_lead_out_is_refused(text: str, is_below: bool) -> None:
    files = tree(text)
    if is_below:  # the base of what is asked for
        files["top/kustomization.yaml"] = "resources: [../overlays/one]\n"
    folder = "top" if is_below else "overlays/one"
    assert refusal(folder, files).startswith("overlays/one/kustomization.yaml ")


def test_nobody_renders_around_it() -> None:
    """The program that would be run does not even exist."""
    target = Target("kustomize", "overlays/one/kustomization.yaml", folders=("",))
    (made,) = render(tree("resources: ['http://127.0.0.1:1/']"), [target], Programs("/nowhere/kustomize"))
    assert "not fetched" in made.refusal
    assert made.text == made.failure == ""
