"""Repositories in the layouts that people use, and what one intent changes in them: in the files, and when rendered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

from argocd_gitops_mcp.gitops.edits.intents import (
    Intent,
    SetChartVersion,
    SetHelmValue,
    SetImage,
    SetReplicas,
)
from argocd_gitops_mcp.gitops.sources import Target

REPO = "https://git.example.com/acme/deploy.git"
DIGEST = f"sha256:{'ab' * 32}"

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: payments
spec:
  replicas: 2   # see the runbook
  selector:
    matchLabels: {app: payments}
  template:
    metadata:
      labels: {app: payments}
    spec:
      initContainers:
      - name: migrate
        image: ghcr.io/acme/payments:v1.0.0
      containers:
      - name: payments
        image: ghcr.io/acme/payments:v1.0.0   # the release
      - name: proxy
        image: envoyproxy/envoy:v1.30.0
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: payments
spec:
  ports: [{port: 80}]
"""


def text(given: str) -> str:
    return dedent(given).lstrip("\n")


@dataclass(frozen=True)
class Case:
    """One repository and one intent.

    Args:
        files: of the repository.
        sources: of the application, called payments.
        intent: what is wanted.
        changes: by file, the lines that go and those that come.
        rendered: the lines that go and come when it is rendered; None where it cannot be without a network.
    """

    name: str
    files: Mapping[str, str]
    sources: Sequence[Mapping[str, Any]]
    intent: Intent
    changes: Mapping[str, tuple[list[str], list[str]]]
    rendered: tuple[list[str], list[str]] | None

    @property
    def target(self) -> Target:
        return Target("payments", self.sources, REPO)


def source(path: str, **more: Any) -> dict[str, Any]:
    return {"repoURL": REPO, "path": path, "targetRevision": "main", **more}


BASE = {
    "base/kustomization.yaml": text("""
        resources:
        - deployment.yaml
        - service.yaml
        """),
    "base/deployment.yaml": DEPLOYMENT,
    "base/service.yaml": SERVICE,
}
PRODUCTION = "environments/production/kustomization.yaml"
WITH_IMAGES = text("""
    # Production.
    resources:
      - ../../base

    images:
      # The release.
      - name: ghcr.io/acme/payments
        newTag: "v1.2.2" # by the pipeline
      - name: envoyproxy/envoy
        newTag: v1.31.0

    replicas:
      - name: payments
        count: 5
    """)
WITHOUT = "resources:\n- ../../base\nnamePrefix: eu-\n"
PATCHED = {
    **BASE,
    PRODUCTION: text("""
        resources:
        - ../../base
        patches:
        - path: payments.yaml
        - target: {kind: Deployment}
          patch: |-
            - op: replace
              path: /spec/replicas
              value: 7
        """),
    "environments/production/payments.yaml": text("""
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: payments
        spec:
          template:
            spec:
              containers:
              - name: proxy
                image: envoyproxy/envoy:v1.29.0
        """),
}
COMPONENTS = {
    **BASE,
    "components/registry/kustomization.yaml": text("""
        apiVersion: kustomize.config.k8s.io/v1alpha1
        kind: Component
        images:
        - name: ghcr.io/acme/payments
          newName: mirror.example.com/payments
        """),
    PRODUCTION: "resources: [../../base]\ncomponents: [../../components/registry]\n",
}
OVERLAY = [source("environments/production")]

CHART = {
    "charts/payments/Chart.yaml": "apiVersion: v2\nname: payments\nversion: 0.1.0\nappVersion: 1.0.0\n",
    "charts/payments/values.yaml": text("""
        # Defaults of every environment.
        replicaCount: 1
        image:
          repository: ghcr.io/acme/payments
          tag: ""
        worker:
          replicas: 1
          image:
            registry: ghcr.io
            repository: acme/worker
            tag: v1.0.0
            digest: ""
        hosts:
          - name: a.example.com
            tls: false
          - name: b.example.com
            tls: false
        """),
    "charts/payments/values-production.yaml": text("""
        replicaCount: 3 # by hand

        image:
            tag: 'v1.2.2'
        """),
    "charts/payments/values-eu.yaml": "region: eu\n",
    "charts/payments/templates/all.yaml": text("""
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: all}
        data:
          image: {{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
          {{- with .Values.worker.image }}
          worker: {{ .registry }}/{{ .repository }}:{{ .tag }}{{ with .digest }}@{{ . }}{{ end }}
          {{- end }}
          replicas: {{ .Values.replicaCount | quote }}
          workers: {{ .Values.worker.replicas | quote }}
          region: {{ .Values.region | default "none" | toJson }}
          {{- range .Values.hosts }}
          {{ .name }}: {{ .tls | quote }}
          {{- end }}
        """),
}
ENVIRONMENT = [source("charts/payments", helm={"valueFiles": ["values-production.yaml", "values-eu.yaml"]})]
PLAIN = {
    "apps/payments/deployment.yaml": DEPLOYMENT,
    "apps/payments/service.json": '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "payments"}}\n',
    "apps/payments/old/deployment.yaml": DEPLOYMENT,
}
UMBRELLA = {
    "umbrella/Chart.yaml": text("""
        apiVersion: v2
        name: umbrella
        version: 0.1.0
        dependencies:
          - name: db   # ours
            version: 1.0.0
            repository: file://../db
            condition: db.enabled
          - {name: cache, version: 2.0.0, repository: "file://../cache", alias: hot}
        """),
    "umbrella/Chart.lock": text("""
        dependencies:
        - name: db
          repository: file://../db
          version: 1.0.0
        - name: cache
          repository: file://../cache
          version: 2.0.0
        digest: sha256:0000000000000000000000000000000000000000000000000000000000000000
        generated: "2026-01-01T00:00:00Z"
        """),
    "db/Chart.yaml": "apiVersion: v2\nname: db\nversion: 1.1.0\n",
    "cache/Chart.yaml": "apiVersion: v2\nname: cache\nversion: 2.0.0\n",
}

IMAGE = ["image: ghcr.io/acme/payments:v1.0.0"]

CASES = [
    Case(
        "the overlay's own entry",
        {**BASE, PRODUCTION: WITH_IMAGES},
        OVERLAY,
        SetImage("v1.2.3", image="payments"),
        {PRODUCTION: (['    newTag: "v1.2.2" # by the pipeline'], ['    newTag: "v1.2.3" # by the pipeline'])},
        (["image: ghcr.io/acme/payments:v1.2.2"] * 2, ["image: ghcr.io/acme/payments:v1.2.3"] * 2),
    ),
    Case(
        "a digest instead of the tag",
        {**BASE, PRODUCTION: WITH_IMAGES},
        OVERLAY,
        SetImage(DIGEST, image="ghcr.io/acme/payments"),
        {
            PRODUCTION: (
                ['    newTag: "v1.2.2" # by the pipeline'],
                [f"    digest: {DIGEST}"],
            )
        },
        (["image: ghcr.io/acme/payments:v1.2.2"] * 2, [f"image: ghcr.io/acme/payments@{DIGEST}"] * 2),
    ),
    Case(
        "tag and digest",
        {**BASE, PRODUCTION: WITH_IMAGES},
        OVERLAY,
        SetImage(f"ghcr.io/acme/payments:1.10@{DIGEST}"),
        {
            PRODUCTION: (
                ['    newTag: "v1.2.2" # by the pipeline'],
                ['    newTag: "1.10" # by the pipeline', f"    digest: {DIGEST}"],
            )
        },
        (["image: ghcr.io/acme/payments:v1.2.2"] * 2, [f"image: ghcr.io/acme/payments:1.10@{DIGEST}"] * 2),
    ),
    Case(
        "the base stays",
        {**BASE, PRODUCTION: WITHOUT},
        OVERLAY,
        SetImage("1.10", image="payments"),
        {PRODUCTION: ([], ["images:", "- name: ghcr.io/acme/payments", '  newTag: "1.10"'])},
        (IMAGE * 2, ["image: ghcr.io/acme/payments:1.10"] * 2),
    ),
    Case(
        "the overlay's own patch",
        PATCHED,
        OVERLAY,
        SetImage("v1.31.0", container="proxy"),
        {
            "environments/production/payments.yaml": (
                ["        image: envoyproxy/envoy:v1.29.0"],
                ["        image: envoyproxy/envoy:v1.31.0"],
            )
        },
        (["image: envoyproxy/envoy:v1.29.0"], ["image: envoyproxy/envoy:v1.31.0"]),
    ),
    Case(
        "replicas of a patch in the kustomization",
        PATCHED,
        OVERLAY,
        SetReplicas(9),
        {PRODUCTION: (["      value: 7"], ["      value: 9"])},
        (["replicas: 7"], ["replicas: 9"]),
    ),
    Case(
        "replicas in the overlay's own list",
        {**BASE, PRODUCTION: WITH_IMAGES},
        OVERLAY,
        SetReplicas(6, workload="payments"),
        {PRODUCTION: (["    count: 5"], ["    count: 6"])},
        (["replicas: 5"], ["replicas: 6"]),
    ),
    Case(
        "replicas of what the base holds",
        {**BASE, PRODUCTION: WITHOUT},
        OVERLAY,
        SetReplicas(4, workload="Deployment/eu-payments"),
        {PRODUCTION: ([], ["replicas:", "- name: payments", "  count: 4"])},
        (["replicas: 2"], ["replicas: 4"]),
    ),
    Case(
        "an image that a component renamed",
        COMPONENTS,
        OVERLAY,
        SetImage("v1.2.3", image="mirror.example.com/payments"),
        {PRODUCTION: ([], ["images:", "- name: mirror.example.com/payments", "  newTag: v1.2.3"])},
        (["image: mirror.example.com/payments:v1.0.0"] * 2, ["image: mirror.example.com/payments:v1.2.3"] * 2),
    ),
    Case(
        "another name",
        {**BASE, PRODUCTION: WITHOUT},
        OVERLAY,
        SetImage("mirror.example.com/payments:v2", image="payments"),
        {
            PRODUCTION: (
                [],
                [
                    "images:",
                    "- name: ghcr.io/acme/payments",
                    "  newName: mirror.example.com/payments",
                    "  newTag: v2",
                ],
            )
        },
        (IMAGE * 2, ["image: mirror.example.com/payments:v2"] * 2),
    ),
    Case(
        "manifests of the kustomization itself",
        BASE,
        [source("base")],
        SetImage("v1.2.3", container="payments"),
        {
            "base/deployment.yaml": (
                ["        image: ghcr.io/acme/payments:v1.0.0   # the release"],
                ["        image: ghcr.io/acme/payments:v1.2.3   # the release"],
            )
        },
        (IMAGE, ["image: ghcr.io/acme/payments:v1.2.3"]),
    ),
    Case(
        "a tag in the values file that has it",
        CHART,
        ENVIRONMENT,
        SetImage("v1.2.3", image="payments"),
        {"charts/payments/values-production.yaml": (["    tag: 'v1.2.2'"], ["    tag: 'v1.2.3'"])},
        (["image: ghcr.io/acme/payments:v1.2.2"], ["image: ghcr.io/acme/payments:v1.2.3"]),
    ),
    Case(
        "a tag that the chart holds goes to the environment",
        CHART,
        ENVIRONMENT,
        SetImage("1.10", workload="worker"),
        {"charts/payments/values-eu.yaml": ([], ["worker:", "  image:", '    tag: "1.10"'])},
        (["worker: ghcr.io/acme/worker:v1.0.0"], ["worker: ghcr.io/acme/worker:1.10"]),
    ),
    Case(
        "a digest where the chart has a place for it",
        CHART,
        ENVIRONMENT,
        SetImage(f"ghcr.io/acme/worker:v2@{DIGEST}"),
        {
            "charts/payments/values-eu.yaml": (
                [],
                ["worker:", "  image:", "    tag: v2", f"    digest: {DIGEST}"],
            )
        },
        (["worker: ghcr.io/acme/worker:v1.0.0"], [f"worker: ghcr.io/acme/worker:v2@{DIGEST}"]),
    ),
    Case(
        "a chart without environments",
        CHART,
        [source("charts/payments")],
        SetImage("v1.2.3", image="payments"),
        {"charts/payments/values.yaml": (['  tag: ""'], ['  tag: "v1.2.3"'])},
        (["image: ghcr.io/acme/payments:1.0.0"], ["image: ghcr.io/acme/payments:v1.2.3"]),
    ),
    Case(
        "replicas in values",
        CHART,
        ENVIRONMENT,
        SetReplicas(4, workload="worker"),
        {"charts/payments/values-eu.yaml": ([], ["worker:", "  replicas: 4"])},
        (['workers: "1"'], ['workers: "4"']),
    ),
    Case(
        "a value that is nowhere yet",
        CHART,
        ENVIRONMENT,
        SetHelmValue("region", "yes"),
        {"charts/payments/values-eu.yaml": (["region: eu"], ['region: "yes"'])},
        (['region: "eu"'], ['region: "yes"']),
    ),
    Case(
        "an item of a list that the chart holds",
        CHART,
        ENVIRONMENT,
        SetHelmValue("hosts[1].tls", value=True),
        {
            "charts/payments/values-eu.yaml": (
                [],
                ["hosts:", "- name: a.example.com", "  tls: false", "- name: b.example.com", "  tls: true"],
            )
        },
        (['b.example.com: "false"'], ['b.example.com: "true"']),
    ),
    Case(
        "values of another source",
        {**CHART, "values/payments.yaml": "replicaCount: 2\n"},
        [
            source("charts/payments", helm={"valueFiles": ["$values/values/payments.yaml"]}),
            {"repoURL": REPO, "targetRevision": "main", "ref": "values"},
        ],
        SetHelmValue("replicaCount", 8),
        {"values/payments.yaml": (["replicaCount: 2"], ["replicaCount: 8"])},
        (['replicas: "2"'], ['replicas: "8"']),
    ),
    Case(
        "a plain directory",
        PLAIN,
        [source("apps/payments")],
        SetImage("v1.2.3", image="payments"),
        {
            "apps/payments/deployment.yaml": (
                [
                    "        image: ghcr.io/acme/payments:v1.0.0",
                    "        image: ghcr.io/acme/payments:v1.0.0   # the release",
                ],
                [
                    "        image: ghcr.io/acme/payments:v1.2.3",
                    "        image: ghcr.io/acme/payments:v1.2.3   # the release",
                ],
            )
        },
        None,
    ),
    Case(
        "replicas in a plain directory",
        PLAIN,
        [source("apps/payments", directory={"recurse": True, "exclude": "{old/*,*.json}"})],
        SetReplicas(3),
        {
            "apps/payments/deployment.yaml": (
                ["  replicas: 2   # see the runbook"],
                ["  replicas: 3   # see the runbook"],
            )
        },
        None,
    ),
    Case(
        "a dependency and its lock",
        UMBRELLA,
        [source("umbrella")],
        SetChartVersion("1.1.0", chart="db"),
        {
            "umbrella/Chart.yaml": (["    version: 1.0.0"], ["    version: 1.1.0"]),
            "umbrella/Chart.lock": (
                ["  version: 1.0.0", "digest: sha256:0000000000000000000000000000000000000000000000000000000000000000"],
                ["  version: 1.1.0", "digest: sha256:11e43a5dff1fa23e1ccae0156d72ebb89b66458c5961e9bcf36603e541ef6c75"],
            ),
        },
        None,
    ),
]
