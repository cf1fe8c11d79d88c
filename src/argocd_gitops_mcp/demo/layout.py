"""The files of the demo's repository: a base, and an overlay that says how production differs."""

OVERLAY = "overlays/production"
GOOD, BAD, BETTER = "1.0.0", "broken", "1.0.1"
"""Image tags. A container of the sandbox and of the testbed crashes when its tag is `broken`."""


def readme(name: str) -> dict[str, str]:
    """What the repository begins with."""
    return {"README.md": f"# {name}\n\n`base` is shared; an overlay says what is different in one environment.\n"}


def application(name: str) -> dict[str, str]:
    """Base and overlay, at the first good release."""
    return {
        "base/deployment.yaml": _DEPLOYMENT.format(name=name),
        "base/service.yaml": _SERVICE.format(name=name),
        "base/kustomization.yaml": _BASE,
        **release(name, GOOD),
    }


def release(name: str, tag: str) -> dict[str, str]:
    """The one file that a release changes."""
    return {f"{OVERLAY}/kustomization.yaml": _OVERLAY.format(name=name, tag=tag)}


_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  labels: {{app: {name}}}
spec:
  replicas: 1
  selector:
    matchLabels: {{app: {name}}}
  template:
    metadata:
      labels: {{app: {name}}}
    spec:
      containers:
        - name: main
          image: registry.example.com/shop
          ports: [{{containerPort: 8080}}]
          resources:
            requests: {{cpu: 50m, memory: 64Mi}}
            limits: {{memory: 128Mi}}
"""
_SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: {name}
spec:
  selector: {{app: {name}}}
  ports:
    - {{port: 80, targetPort: 8080}}
"""
_BASE = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [deployment.yaml, service.yaml]
"""
_OVERLAY = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../../base]
images:
  - name: registry.example.com/shop
    newTag: "{tag}"
replicas:
  - name: {name}
    count: 2
"""
