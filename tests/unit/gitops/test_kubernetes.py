"""Kubernetes' objects against its schemas; where the library finds a mistake, so do we, and more, at its line."""

import json
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.errors import InvalidArgument
from argocd_gitops_mcp.gitops.documents import read
from argocd_gitops_mcp.gitops.findings import Finding
from argocd_gitops_mcp.gitops.validation import kubernetes

NEWEST = "1.37"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
  labels: {app: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: shop}}
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 25%, maxUnavailable: 0}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers:
        - name: web
          image: nginx:1.27
          imagePullPolicy: IfNotPresent
          env:
            - {name: LEVEL, value: "1"}
          ports: [{containerPort: 80, protocol: TCP}]
          resources: {requests: {cpu: 100m, memory: 1.5Gi}, limits: {memory: 2e9, cpu: 2}}
          livenessProbe: {httpGet: {path: /, port: http}}
      volumes: [{name: data, emptyDir: {}}]
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: shop}
spec:
  type: ClusterIP
  selector: {app: shop}
  ports: [{port: 80, targetPort: http}]
"""
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: shop}\ndata: {key: aGVsbG8=, other: <path:a#b>}\n"
MISTAKES: list[tuple[str, str, str, tuple[int, int], str, str]] = [
    (DEPLOYMENT, "imagePullPolicy:", "imagePullPolice:", (16, 11), "unknown-field", "mean `imagePullPolicy`?"),
    (DEPLOYMENT, "replicas: 3", 'replicas: "3"', (7, 13), "wrong-type", "write it without quotes"),
    (DEPLOYMENT, "containerPort: 80", "containerPort: http", (19, 35), "wrong-type", "must be an integer"),
    (DEPLOYMENT, 'value: "1"', "value: yes", (18, 36), "wrong-type", "quote it"),
    (DEPLOYMENT, "{app: shop}\nspec", "{app: 1}\nspec", (5, 17), "wrong-type", "`metadata.labels.app`"),
    (DEPLOYMENT, "IfNotPresent", "ifNotPresent", (16, 28), "invalid-value", "did you mean `IfNotPresent`?"),
    (DEPLOYMENT, "memory: 1.5Gi", "memory: 512MB", (20, 53), "invalid-value", "is no quantity"),
    (DEPLOYMENT, "containerPort: 80, ", "", (19, 19), "missing-field", "containerPort` is required"),
    (DEPLOYMENT, "  selector: {matchLabels: {app: shop}}\n", "", (6, 1), "missing-field", "`spec.selector`"),
    (DEPLOYMENT, "      volumes:", "      volume:", (22, 7), "unknown-field", "did you mean `volumes`?"),
    (DEPLOYMENT, "          livenessProbe", "          volumes: []\n          livenessProbe", (21, 11),
     "unknown-field", "it belongs into `spec.template.spec`"),
    (DEPLOYMENT, "      volumes", "      image: x\n      volumes", (22, 7), "unknown-field", "no field `image`"),
    (DEPLOYMENT, "apps/v1", "apps/v1beta2", (1, 1), "removed-api", "use `apps/v1`"),
    (DEPLOYMENT, "apps/v1", "extensions/v1beta1", (1, 1), "removed-api", "use `apps/v1`"),
    (DEPLOYMENT, "apps/v1", "v1", (1, 1), "unknown-kind", "Deployment is of `apps/v1`"),
    (DEPLOYMENT, "apps/v1", "app/v1", (1, 1), "unknown-kind", "Deployment is of `apps/v1`"),
    (DEPLOYMENT, "kind: Deployment", "kind: Deploymnet", (2, 1), "unknown-kind", "did you mean `Deployment`?"),
    (SERVICE, "ClusterIP", "clusterIP", (5, 9), "invalid-value", "did you mean `ClusterIP`?"),
    (SERVICE, "ports: [", "port: [", (7, 3), "unknown-field", "did you mean `ports`?"),
    (SECRET, "aGVsbG8=", "hunter2!", (4, 13), "invalid-value", "is not base64"),
]  # fmt: skip


def check(text: str, version: str = NEWEST) -> list[Finding] | None:
    documents, findings = read("a.yaml", text)
    assert findings == []
    return kubernetes.check(documents[0], version)


@pytest.mark.parametrize("text", [DEPLOYMENT, SERVICE, SECRET], ids=["deployment", "service", "secret"])
@pytest.mark.parametrize("version", ["1.25", NEWEST])
def test_good_objects_have_no_finding(text: str, version: str) -> None:
    assert check(text, version) == []


@pytest.mark.parametrize(("base", "old", "new", "where", "rule", "message"), MISTAKES)
def test_a_mistake_is_found_at_its_place(
    base: str, old: str, new: str, where: tuple[int, int], rule: str, message: str
) -> None:
    assert base.count(old) >= 1
    found = check(base.replace(old, new, 1))
    assert found is not None
    (finding,) = found
    assert (finding.line, finding.column, finding.rule) == (*where, rule)
    assert message in finding.message
    assert "hunter2" not in finding.message


@pytest.mark.parametrize(
    ("place", "kind", "version", "rule", "message"),
    [
        ("networking.k8s.io/v1beta1", "Ingress", NEWEST, "removed-api", "use `networking.k8s.io/v1`"),
        ("extensions/v1beta1", "Ingress", NEWEST, "removed-api", "use `networking.k8s.io/v1`"),
        ("batch/v1beta1", "CronJob", NEWEST, "removed-api", "use `batch/v1`"),
        ("policy/v1beta1", "PodDisruptionBudget", NEWEST, "removed-api", "use `policy/v1`"),
        ("policy/v1beta1", "PodSecurityPolicy", NEWEST, "removed-api", "Pod Security Admission"),
        ("autoscaling/v2beta2", "HorizontalPodAutoscaler", NEWEST, "removed-api", "use `autoscaling/v2`"),
        ("flowcontrol.apiserver.k8s.io/v1beta2", "FlowSchema", "1.27", "deprecated-api", "gone from Kubernetes 1.37"),
        ("resource.k8s.io/v1beta1", "DeviceClass", NEWEST, "deprecated-api", "use `resource.k8s.io/v1`"),
    ],
)
def test_old_api_versions_name_their_successor(place: str, kind: str, version: str, rule: str, message: str) -> None:
    found = check(f"apiVersion: {place}\nkind: {kind}\nmetadata: {{name: x}}\n", version)
    assert found is not None
    (finding,) = [one for one in found if one.rule == rule]
    assert (finding.line, message in finding.message) in {(1, True), (2, True)}


@pytest.mark.parametrize(
    "place", ["gateway.networking.k8s.io/v1", "example.com/v1", "cert-manager.io/v1", "cluster.x-k8s.io/v1"]
)
def test_what_operators_define_is_not_known(place: str) -> None:
    assert check(f"apiVersion: {place}\nkind: Gateway\nmetadata: {{name: x}}\n") is None


@pytest.mark.parametrize(
    "text", ["apiVersion: v1\nkind: Secret\nmetadata: x\n", "apiVersion: v1\nkind: Secret\ndata: [a]\n"]
)
def test_odd_objects_are_findings(text: str) -> None:
    found = check(text)
    assert found is not None
    assert [one.rule for one in found] == ["wrong-type"]


def test_a_version_is_chosen() -> None:
    assert kubernetes.chosen(None) == NEWEST
    assert kubernetes.chosen("1.30") == kubernetes.chosen("v1.30.4") == "1.30"
    for odd in ("1.9", "1.99", "newest", "", "2", "1.30x"):
        with pytest.raises(InvalidArgument, match="no schemas"):
            kubernetes.chosen(odd)


def test_without_the_extra_there_are_no_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    kubernetes.versions.cache_clear()
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    try:
        assert kubernetes.versions() == {}
        assert kubernetes.chosen(None) is None
        assert kubernetes.chosen("1.30") is None
    finally:
        kubernetes.versions.cache_clear()


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, one in inner for found in _paths(one, (*path, key)))]


GOOD = [read("a.yaml", text)[0][0].value for text in (DEPLOYMENT, SERVICE, SECRET)]
ODD = st.sampled_from(["x", "1", 1, 1.5, True, [], {}, ["x"], {"x": 1}, [{"name": "a"}]])


@given(st.sampled_from(GOOD), st.data(), ODD)
def test_what_the_library_finds_is_found_too(good: dict[str, Any], data: st.DataObject, odd: object) -> None:
    """The library is the oracle of types, names and required fields; of values it knows less."""
    value = json.loads(json.dumps(good))
    path = data.draw(st.sampled_from([one for one in _paths(value) if one and one[0] not in {"apiVersion", "kind"}]))
    owner = value
    for step in path[:-1]:
        owner = owner[step]
    key: Any = data.draw(st.sampled_from([path[-1], "surplus"])) if isinstance(owner, dict) else path[-1]
    owner[key] = odd
    found = check(json.dumps(value))
    assert found is not None
    try:
        kubernetes_validate.validate(value, NEWEST, strict=True)
    except kubernetes_validate.ValidationError:
        assert found
    else:
        assert all(one.rule == "invalid-value" for one in found)
