"""A repository as a whole: which files are what, what a report counts, and what it says it did not check."""

import re

import pytest

from argocd_gitops_mcp.errors import InvalidArgument, NotYAML
from argocd_gitops_mcp.gitops import rules
from argocd_gitops_mcp.gitops.validation import kubernetes
from argocd_gitops_mcp.gitops.validation import report as validation
from argocd_gitops_mcp.gitops.validation.inspection import inspected
from argocd_gitops_mcp.gitops.validation.report import HELP, Files, Options, Report, validate

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\ndata: {a: b}\n"
LIST = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n  date: {}\n"


def report(files: Files, **options: str) -> Report:
    return validate(files, Options(**options))  # type: ignore[arg-type]


def found(files: Files) -> list[tuple[str, int, str]]:
    return [(one.file, one.line, one.rule) for one in report(files).findings]


def test_a_good_repository_is_clean() -> None:
    files: Files = {
        "apps/a.yaml": MAP,
        "apps/kustomization.yaml": "resources: [a.yaml]\nimages: [{name: nginx, newTag: 1.27.0}]\n",
        ".github/workflows/ci.yml": "on: push\njobs: {a: {steps: [{run: 'echo ${{ x }}'}]}}\n",
        "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.1.0\n",
        "chart/values.yaml": "kind: Whatever\nreplicas: 1\n",
        "chart/templates/a.yaml": "{{ if .x }}\nnot: yaml: at all\n{{ end }}\n",
        "README.md": "# no: yaml: at all",
        "package.json": '{"name": "web"}',
        "empty.yaml": "---\n# nothing\n",
        "logo.png": b"\x89PNG",
    }
    got = report(files)
    assert list(got.findings) == []
    assert (got.files, got.documents, got.objects) == (7, 5, 1)
    assert got.kubernetes_version == "1.37"
    assert got.unchecked == ["Templates of charts (1) are checked only as they are rendered."]


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        ({"a.yaml": MAP + "---\na: [\n"}, ("a.yaml", 6, "yaml-syntax")),
        ({"a.yaml": b"a: 1\nb: \xff\n"}, ("a.yaml", 2, "yaml-syntax")),
        ({"a.yaml": MAP.replace("\ndata", "\ndate")}, ("a.yaml", 4, "unknown-field")),
        ({"a.yaml": MAP.replace("name: a, ", "")}, ("a.yaml", 3, "missing-name")),
        ({"a.yaml": MAP.replace("name: a, ", "name: A_b, ")}, ("a.yaml", 3, "invalid-name")),
        ({"a.yaml": MAP.replace("apiVersion: v1\n", "")}, ("a.yaml", 1, "missing-field")),
        ({"a.yaml": MAP.replace("kind: ConfigMap\n", "")}, ("a.yaml", 1, "missing-field")),
        ({"a.json": '{"apiVersion": "v1",\n"kind": "ConfigMap", "metadata": {"name": "a"},\n"date": {}}'},
         ("a.json", 3, "unknown-field")),
        ({"kustomization.yaml": "resource: [a.yaml]\n"}, ("kustomization.yaml", 1, "unknown-field")),
        ({"kustomization.yaml": "resources:\n- a.yaml\n- b.yaml\n", "a.yaml": MAP},
         ("kustomization.yaml", 3, "missing-file")),
        ({"o/kustomization.yml": "resources:\n- ../b\n", "b/a.yaml": MAP}, ("o/kustomization.yml", 2, "missing-file")),
        ({"o/kustomization.yaml": "patches:\n- path: p.yaml\n"}, ("o/kustomization.yaml", 2, "missing-file")),
        ({"kustomization.yaml": "- a\n"}, ("kustomization.yaml", 1, "wrong-type")),
        ({"list.yaml": LIST}, ("list.yaml", 7, "unknown-field")),
        ({"r.yaml": MAP.replace("v1", "a.example.com/v1").replace("ConfigMap", "It")}, ("r.yaml", 2, "no-schema")),
    ],
)  # fmt: skip
def test_a_mistake_is_found_at_its_line(files: Files, wanted: tuple[str, int, str]) -> None:
    assert found(files) == [wanted]


@pytest.mark.parametrize("metadata", ["{generateName: a-}", '{name: "{{ .Name }}"}', "{name: a.b-c}"])
def test_names_that_are_names(metadata: str) -> None:
    assert found({"a.yaml": f"apiVersion: v1\nkind: ConfigMap\nmetadata: {metadata}\n"}) == []
    role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: 'system:x'}\nrules: []\n"
    assert found({"a.yaml": role}) == []


def test_a_patch_is_a_part_of_an_object() -> None:
    patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n$patch: delete\nspec: {replica: 2}\n"
    base = {"k/kustomization.yaml": "patches: [{path: ../p.yaml}]\n", "p.yaml": patch}
    assert found(base) == [("p.yaml", 5, "unknown-field")]


def test_files_around_are_read_but_not_told() -> None:
    files = {"a/a.yaml": "a: [\n", "b/b.yaml": "b: [\n", "bb/b.yaml": "b: [\n"}
    got = report(files, only=("b",))  # type: ignore[arg-type]
    assert [one.file for one in got.findings] == ["b/b.yaml"]
    assert got.files == 1


def test_kinds_without_schema_are_told_once() -> None:
    one = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a%d}\n"
    got = report({f"{index}.yaml": one % index for index in range(5)})
    (finding,) = got.findings
    assert (finding.severity, finding.rule) == ("info", "no-schema")
    assert "5 objects" in finding.message
    assert list(got.unchecked) == ["No schema is known of: Thing (example.com/v1)."]


def test_without_the_extra_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kubernetes, "chosen", lambda _: None)
    application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec: {projekt: x}\n"
    got = report({"a.yaml": MAP.replace("\ndata", "\ndate"), "b.yaml": application})
    assert {one.file for one in got.findings} == {"b.yaml"}
    assert got.kubernetes_version == ""
    (said,) = got.unchecked
    assert said.startswith("The fields of one object of Kubernetes were not checked")
    assert "argocd-gitops-mcp[validate]" in said


def test_the_repository_configures_the_rules() -> None:
    bad = MAP.replace("\ndata", "\ndate")
    assert found({"a.yaml": bad, rules.FILE: 'rules: {unknown-field: "off"}\n'}) == []
    assert found({"a.yaml": bad, rules.FILE: "allow: {unknown-field: [ConfigMap/a]}\n"}) == []
    assert found({"a.yaml": bad.replace("date:", "# argocd-gitops: ignore unknown-field\ndate:")}) == []
    (finding,) = report({"a.yaml": bad, rules.FILE: "rules: {unknown-field: info}\n"}).findings
    assert finding.severity == "info"
    given = Options(config=validation.configured({}, 'rules: {unknown-field: "off"}'))
    assert list(validate({"a.yaml": bad}, given).findings) == []


def test_house_rules_are_asked() -> None:
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: 'nginx:latest'}]}\n"
    assert ("a.yaml", 4, "latest-tag") in found({"a.yaml": pod})


def test_what_cannot_run_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="did you mean"):
        report({rules.FILE: "rules: {unknown-feld: info}\n"})
    with pytest.raises(NotYAML):
        report({rules.FILE: "rules: [\n"})
    with pytest.raises(InvalidArgument, match="no schemas"):
        report({}, kubernetes_version="0.1")
    with pytest.raises(InvalidArgument, match="no schemas"):
        inspected({}, Options(kubernetes_version="0.1"))


def test_every_rule_is_explained() -> None:
    assert all(re.fullmatch(r"[a-z0-9-]+", name) and text.endswith(".") for name, text in HELP.items())
    assert {"yaml-syntax", "unknown-field", "removed-api", "kustomize-build", "latest-tag"} <= set(HELP)
