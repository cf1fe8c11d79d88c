"""Argo CD's own kinds against the schemas of its CRDs: each mistake at its line, with the name that was meant."""

import json
from importlib import resources
from typing import Any

import pytest

from argocd_gitops_mcp.gitops.documents import Document, read
from argocd_gitops_mcp.gitops.findings import Finding
from argocd_gitops_mcp.gitops.validation import argocd_kinds
from argocd_gitops_mcp.gitops.validation.schemas import Schema, dotted

APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: shop
  namespace: argocd
  finalizers: [resources-finalizer.argocd.argoproj.io]
spec:
  project: shop
  source:
    repoURL: https://git.example.com/shop.git
    targetRevision: v1.2.3
    path: deploy
    helm:
      valuesObject: {image: {tag: 1}, anything: [goes]}
      parameters:
        - name: replicas
          value: "3"
  destination: {server: "https://kubernetes.default.svc", namespace: shop}
  syncPolicy:
    automated: {prune: true, selfHeal: true}
    syncOptions: [CreateNamespace=true]
    retry: {limit: 5, backoff: {duration: 5s, factor: 2}}
"""
APPLICATION_SET = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: shops, namespace: argocd}
spec:
  goTemplate: true
  generators:
    - matrix:
        generators:
          - git:
              repoURL: https://git.example.com/shop.git
              revision: HEAD
              directories: [{path: "apps/*"}]
          - clusters:
              selector: {matchLabels: {env: prod}}
  template:
    metadata: {name: "{{.path.basename}}"}
    spec:
      project: shop
      source: {repoURL: "https://git.example.com/shop.git", path: "{{.path.path}}"}
      destination: {server: "{{.server}}"}
"""
PROJECT = """\
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: shop, namespace: argocd}
spec:
  sourceRepos: ["https://git.example.com/shop.git"]
  destinations: [{server: "https://kubernetes.default.svc", namespace: shop}]
  roles: [{name: ci, policies: ["p, proj:shop:ci, applications, sync, shop/*, allow"]}]
  syncWindows: [{kind: allow, schedule: "0 8 * * *", duration: 8h, applications: ["*"]}]
"""
MISTAKES: list[tuple[str, str, str, tuple[int, int], str, str]] = [
    (APPLICATION, "targetRevision", "targetRevison", (11, 5), "unknown-field", "did you mean `targetRevision`?"),
    (APPLICATION, "repoURL", "repoUrl", (10, 5), "unknown-field", "did you mean `repoURL`?"),
    (APPLICATION, "    path: deploy", "    project: deploy", (12, 5), "unknown-field", "belongs into `spec`"),
    (APPLICATION, "  destination:", "  server: x\n  destination:", (18, 3), "unknown-field", "`spec.destination`"),
    (APPLICATION, "{prune: true,", "{prune: 'true',", (20, 24), "wrong-type", "must be a boolean, and is a string"),
    (APPLICATION, "limit: 5", "limit: five", (22, 20), "wrong-type", "must be an integer, and is a string"),
    (APPLICATION, "[CreateNamespace=true]", "CreateNamespace=true", (21, 18), "wrong-type", "must be a list"),
    (APPLICATION, 'value: "3"', "value: 3", (17, 18), "wrong-type", "a number: quote it"),
    (APPLICATION, "targetRevision: v1.2.3", "targetRevision: 1.0", (11, 21), "wrong-type", "a number: quote it"),
    (APPLICATION, "namespace: shop}", "namespace: on}", (18, 70), "wrong-type", "quote it"),
    (APPLICATION, "  project: shop\n", "", (7, 1), "missing-field", "`spec.project` is required and missing"),
    (APPLICATION, "project: shop", "project:", (8, 3), "missing-field", "`spec.project` is empty, but required"),
    (APPLICATION, "finalizers: [r", "lables: [r", (6, 3), "unknown-field", "did you mean `labels`?"),
    (APPLICATION, "kind: Application\n", "kind: Aplication\n", (2, 1), "unknown-kind", "`Application`?"),
    (APPLICATION, "io/v1alpha1", "io/v1", (1, 1), "unknown-kind", "is of `argoproj.io/v1alpha1`"),
    (APPLICATION_SET, "directories", "directory", (12, 15), "unknown-field", "did you mean `directories`?"),
    (APPLICATION_SET, "goTemplate: true", "goTemplates: true", (5, 3), "unknown-field", "`goTemplate`?"),
    (APPLICATION_SET, "          - clusters", "          - cluster", (13, 13), "unknown-field", "`clusters`?"),
    (APPLICATION_SET, "      project: shop\n", "", (17, 5), "missing-field", "`spec.template.spec.project`"),
    (PROJECT, "[{server", "[{servers", (6, 19), "unknown-field", "did you mean `server`?"),
    (PROJECT, "policies: [", "policies: [1, ", (7, 33), "wrong-type", "`spec.roles[0].policies[0]`"),
]  # fmt: skip


def document(text: str) -> Document:
    (found,), findings = read("a.yaml", text)
    assert findings == []
    return found


def check(text: str) -> list[Finding]:
    found = argocd_kinds.check(document(text))
    assert found is not None
    return found


@pytest.mark.parametrize("text", [APPLICATION, APPLICATION_SET, PROJECT], ids=["app", "set", "project"])
def test_good_objects_have_no_finding(text: str) -> None:
    assert check(text) == []


@pytest.mark.parametrize(("base", "old", "new", "where", "rule", "message"), MISTAKES)
def test_a_mistake_is_found_at_its_place(
    base: str, old: str, new: str, where: tuple[int, int], rule: str, message: str
) -> None:
    assert base.count(old) >= 1
    (finding,) = check(base.replace(old, new, 1))
    assert (finding.line, finding.column, finding.rule, finding.severity) == (*where, rule, "error")
    assert message in finding.message
    assert finding.message.count("\n") == 0


def test_null_is_as_good_as_nothing() -> None:
    """Seen: kubectl drops it before the API server would refuse it."""
    assert check(APPLICATION.replace("automated: {prune: true, selfHeal: true}", "automated:")) == []


def test_values_are_not_repeated() -> None:
    finding = check(APPLICATION.replace('value: "3"', "value: {password: hunter2}"))
    assert "hunter2" not in repr(finding)


@pytest.mark.parametrize("kind", ["Rollout", "Workflow", "AnalysisTemplate", "Sensor"])
def test_other_kinds_of_the_group_are_none_of_ours(kind: str) -> None:
    assert argocd_kinds.check(document(f"apiVersion: argoproj.io/v1alpha1\nkind: {kind}\nspec: {{a: 1}}\n")) is None
    assert argocd_kinds.check(document("apiVersion: v1\nkind: Service\n")) is None


def test_every_reference_of_the_data_leads_somewhere() -> None:
    data = json.loads(
        resources.files("argocd_gitops_mcp.gitops.validation").joinpath("data/argocd.json").read_text("utf-8")
    )
    seen: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                seen.add(value["$ref"].removeprefix("#/$defs/"))
            for one in value.values():
                walk(one)

    walk(data)
    assert seen == set(data["$defs"])
    assert len(data["kinds"]) == 3


@pytest.mark.parametrize(
    ("value", "schema", "rules"),
    [
        ({"a": {}}, {"type": "object"}, []),
        ({"a": 1}, {"properties": {"a": {"type": "integer"}}}, []),
        ({"a": 3.0}, {"properties": {"a": {"type": "integer"}}}, []),
        ({"a": 3.5}, {"properties": {"a": {"type": "integer"}}}, ["wrong-type"]),
        ({"a": True}, {"properties": {"a": {"type": "integer"}}}, ["wrong-type"]),
        ({"a": 1}, {"properties": {"a": {"x-kubernetes-int-or-string": True}}}, []),
        ({"a": [1]}, {"properties": {"a": {"x-kubernetes-int-or-string": True}}}, ["wrong-type"]),
        ({"b": 1}, {"properties": {"a": {}}}, ["unknown-field"]),
        ({"b": 1}, {"properties": {"a": {}}, "x-kubernetes-preserve-unknown-fields": True}, []),
        ({"b": 1}, {"additionalProperties": {"type": "string"}}, ["wrong-type"]),
        ({"a": "x"}, {"properties": {"a": {"enum": ["y"]}}}, ["invalid-value"]),
        ({"a": [{}, {"b": 1}]}, {"properties": {"a": {"items": {"required": ["b"]}}}}, ["missing-field"]),
        ({"a": "1x"}, {"properties": {"a": {"$ref": "#/$defs/x.Quantity"}}}, ["invalid-value"]),
        ({"a": "512Mi"}, {"properties": {"a": {"$ref": "#/$defs/x.Quantity"}}}, []),
    ],
)
def test_keywords(value: dict[str, Any], schema: dict[str, Any], rules: list[str]) -> None:
    found = Schema(schema, {"x.Quantity": {"oneOf": [{"type": "string"}, {"type": "number"}]}})
    assert [one.rule for one in found.check(document(json.dumps(value)))] == rules


def test_paths_are_told_as_people_write_them() -> None:
    assert dotted(("spec", "containers", 0, "image")) == "spec.containers[0].image"
    assert dotted(("metadata", "labels", "app.kubernetes.io/name")) == 'metadata.labels["app.kubernetes.io/name"]'
