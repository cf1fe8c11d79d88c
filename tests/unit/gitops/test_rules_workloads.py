"""House rules over workloads, their privileges, and objects of any kind."""

import pytest

from tests.unit.gitops.manifests import MARK, container, deployment, everything, lines, marked, plain, together

IMAGE = "registry.example.com:5000/shop/web"
SELECTOR = "selector:\n  matchLabels:\n    app: web"
REQUESTS = "resources: {requests: {cpu: 10m, memory: 16Mi}, limits: {memory: 32Mi}}"
PRODUCTION = "web/production/web.yaml"
KUSTOMIZATION = "web/kustomization.yaml"


def image(name: str) -> str:
    return deployment(container(image=f"{name}  {MARK}"))


def context(*rows: str) -> str:
    return deployment(container("securityContext:", *(f"  {row}" for row in rows)))


def service(*ports: str, selector: str = "{app: web}") -> str:
    listed = "".join(f"\n    - {one}" for one in ports)
    return f"apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec:\n  selector: {selector}\n  ports:{listed}\n"


def cron(schedule: str) -> str:
    return f"apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: c}}\nspec:\n  schedule: {schedule}  {MARK}\n"


SCALER = """apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}"""
FIXED = deployment(container(), f"replicas: 2  {MARK}")
BAD = [
    ("latest-tag", "a.yaml", image("web")),
    ("latest-tag", "a.yaml", image(f"{IMAGE}:latest")),
    ("latest-tag", "a.yaml", image(IMAGE)),
    ("latest-tag", KUSTOMIZATION, f"images:\n  - name: web\n    newTag: latest  {MARK}"),
    ("latest-tag", "values.yaml", f"image:\n  repository: {IMAGE}\n  tag: latest  {MARK}"),
    ("latest-tag", "values.yaml", f"sidecarImage:\n  tag: latest  {MARK}"),
    (
        "latest-tag",
        "a.yaml",
        plain(f"\n  repoURL: u\n  helm:\n    parameters:\n      - name: web.image.tag\n        value: latest  {MARK}"),
    ),
    ("latest-tag", "a.yaml", plain(f"\n  repoURL: u\n  kustomize:\n    images:\n      - {IMAGE}:latest  {MARK}")),
    (
        "latest-tag",
        "a.yaml",
        plain(f"\n  repoURL: u\n  helm:\n    valuesObject:\n      image:\n        tag: latest  {MARK}"),
    ),
    ("selector-mismatch", "a.yaml", deployment(container(), f"{SELECTOR}  {MARK}", labels="{app: api}")),
    ("selector-mismatch", "a.yaml", deployment(container(), f"{SELECTOR}\n    tier: front  {MARK}")),
    ("missing-requests", "a.yaml", deployment(container()).replace("- name: web", f"- name: web  {MARK}")),
    (
        "missing-requests",
        "a.yaml",
        deployment(container("resources: {limits: {cpu: 1}}")).replace("- name: web", f"- name: web  {MARK}"),
    ),
    (
        "missing-readiness",
        "a.yaml",
        deployment(container("ports: [{containerPort: 80}]")).replace("- name: web", f"- name: web  {MARK}"),
    ),
    ("single-replica", PRODUCTION, deployment(container(), f"replicas: 1  {MARK}")),
    ("replicas-of-autoscaler", "a.yaml", together(FIXED, SCALER)),
    ("cron-schedule", "a.yaml", cron('"0 0 30 2 * *"')),
    ("cron-schedule", "a.yaml", cron('"@fortnightly"')),
    ("port-names", "a.yaml", service("port: 80\n      name: http", f"port: 443  {MARK}")),
    ("port-names", "a.yaml", service("{port: 80, name: http}", f"{{port: 443, name: http}}  {MARK}")),
    (
        "port-names",
        "a.yaml",
        deployment(
            container("ports:", "  - {containerPort: 1, name: http}", f"  - {{containerPort: 2, name: http}}  {MARK}")
        ),
    ),
    ("service-without-pods", "a.yaml", together(deployment(container()), service(selector=f"{{app: api}}  {MARK}"))),
    ("privileged", "a.yaml", context(f"privileged: true  {MARK}")),
    ("privileged", "a.yaml", context(f"allowPrivilegeEscalation: true  {MARK}")),
    ("privileged", "a.yaml", context("capabilities:", "  add:", f"    - SYS_ADMIN  {MARK}")),
    (
        "privileged",
        "a.yaml",
        deployment(f"initContainers:\n  - name: init\n    securityContext:\n      privileged: true  {MARK}"),
    ),
    ("host-access", "a.yaml", deployment(f"hostNetwork: true  {MARK}")),
    ("host-access", "a.yaml", deployment(f"volumes:\n  - name: root\n    hostPath: {{path: /}}  {MARK}")),
    ("runs-as-root", "a.yaml", deployment(f"securityContext:\n  runAsUser: 0  {MARK}")),
    ("runs-as-root", "a.yaml", context(f"runAsNonRoot: false  {MARK}")),
    (
        "duplicate-object",
        "a.yaml",
        together(
            deployment(container()), deployment(container()).replace("name: web\nspec", f"name: web  {MARK}\nspec")
        ),
    ),
    ("old-kustomize-field", KUSTOMIZATION, f"bases: [../base]  {MARK}\nresources: []"),
]
FINE = [
    ("latest-tag", "a.yaml", image(f"{IMAGE}:1.0.0")),
    ("latest-tag", "a.yaml", image(f"{IMAGE}@sha256:{'0' * 64}")),
    ("latest-tag", "a.yaml", image("'{{ .Values.image }}'")),
    ("latest-tag", "values.yaml", "release: {tag: latest}"),
    ("latest-tag", "values.yaml", f"image: {{repository: {IMAGE}, tag: ''}}"),
    ("selector-mismatch", "a.yaml", deployment(container(), SELECTOR, labels="{app: web, tier: front}")),
    ("missing-requests", "a.yaml", deployment(container(REQUESTS))),
    ("missing-requests", "a.yaml", deployment(container("resources: {limits: {cpu: 1, memory: 1Gi}}"))),
    ("missing-readiness", "a.yaml", deployment(container())),
    ("single-replica", "web/staging/web.yaml", deployment(container(), "replicas: 1")),
    ("replicas-of-autoscaler", "a.yaml", FIXED),
    ("replicas-of-autoscaler", "a.yaml", together(FIXED, SCALER.replace("name: web}}", "name: api}}"))),
    ("cron-schedule", "a.yaml", cron('"@daily"')),
    ("port-names", "a.yaml", service("{port: 80}")),
    ("service-without-pods", "a.yaml", service()),
    ("service-without-pods", "a.yaml", together(deployment(container()), service())),
    ("privileged", "a.yaml", context("privileged: false", "capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}")),
    ("host-access", "a.yaml", deployment("hostNetwork: true\nvolumes: [{hostPath: {path: /}}]", kind="DaemonSet")),
    ("runs-as-root", "a.yaml", context("runAsUser: 1000", "runAsNonRoot: true")),
    ("duplicate-object", "a.yaml", together(deployment(container()), service())),
    ("old-kustomize-field", KUSTOMIZATION, "resources: []\npatches: []\nlabels: []"),
]


@pytest.mark.parametrize(("rule", "file", "text"), BAD)
def test_it_is_found_at_its_line(rule: str, file: str, text: str) -> None:
    assert marked(text)
    assert lines(rule, text, file) == marked(text)


@pytest.mark.parametrize(("rule", "file", "text"), FINE)
def test_what_only_looks_like_it_is_not(rule: str, file: str, text: str) -> None:
    assert lines(rule, text, file) == []


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"overlay/kustomization.yaml": f"images: [{{name: '{IMAGE}', newTag: 1.0.0}}]"},
        {"overlay/kustomization.yaml": f"images: [{{name: '{IMAGE}', digest: 'sha256:0'}}]"},
        {"app.yaml": plain(f"{{repoURL: u, kustomize: {{images: ['{IMAGE}=other.example.com/web:1.0.0']}}}}")},
    ],
)
def test_an_image_whose_tag_is_set_elsewhere_does_not_move(elsewhere: dict[str, str]) -> None:
    assert everything({"base/web.yaml": image(IMAGE)}, "latest-tag") == [("base/web.yaml", 11)]
    assert everything({"base/web.yaml": image(IMAGE), **elsewhere}, "latest-tag") == []


def test_an_application_that_ignores_replicas_leaves_them_to_the_autoscaler() -> None:
    text = together(FIXED, SCALER)
    app = plain("", "ignoreDifferences: [{kind: Deployment, group: apps, jsonPointers: [/spec/replicas]}]")
    assert everything({"a.yaml": text, "app.yaml": app}, "replicas-of-autoscaler") == []


def test_what_is_deployed_together_declares_an_object_once() -> None:
    text = deployment(container())
    files = {"web/a.yaml": text, "web/b.yaml": text}
    twice = [("web/b.yaml", 4)]
    listed = {KUSTOMIZATION: "resources: [a.yaml, b.yaml]"}
    deployed = {"app.yaml": plain("{repoURL: u, path: web}")}
    for together_by in (listed, deployed):
        assert everything({**files, **together_by}, "duplicate-object") == twice
        assert everything({**files, **together_by}, "repeated-object") == []
    chosen = {"app.yaml": plain("{repoURL: u, path: web, directory: {include: a.yaml}}")}
    for alone in ({}, chosen):
        assert everything({**files, **alone}, "duplicate-object") == []
        assert everything({**files, **alone}, "repeated-object") == twice
    assert everything({**files, KUSTOMIZATION: "resources: [a.yaml]"}, "duplicate-object") == []


def test_another_folder_or_namespace_is_another_object() -> None:
    text = deployment(container())
    other = text.replace("name: web\nspec", "name: web\n  namespace: other\nspec")
    assert everything({"web/a.yaml": text, "api/b.yaml": text}, "repeated-object") == []
    assert everything({"web/a.yaml": text, "web/b.yaml": other}, "repeated-object") == []


def test_what_kustomize_takes_for_patches_are_parts_of_objects() -> None:
    patch = deployment(container(image="").replace("    image: \n", ""))
    files = {"web/a.yaml": deployment(container()), "web/patch.yaml": patch}
    listed = "resources: [a.yaml, patch.yaml]\npatches: [{path: patch.yaml}]"
    without = "resources: [a.yaml, patch.yaml]"
    assert everything({**files, KUSTOMIZATION: without}, "duplicate-object") == [("web/patch.yaml", 4)]
    assert everything({**files, KUSTOMIZATION: listed}, "duplicate-object") == []
    assert ("web/patch.yaml", 10) in everything(files, "missing-requests")
    found = everything({**files, KUSTOMIZATION: listed}, "missing-requests")
    assert [file for file, _ in found] == ["web/a.yaml"]
