"""Builds Argo CD, a Kubernetes control plane, kwok, Helm, kustomize, and Gitea from published Go modules."""

from dataclasses import dataclass
from pathlib import Path

from testbed.home import Home, locked
from testbed.recipe import Environment, Recipe

ARGOCD = "3.6.1"
KUBERNETES = "1.37.0"
HELM = "4.3.1"
GITEA = "1.26.0"
_MAJOR, _MINOR, _ = KUBERNETES.split(".")

_HERE = Path(__file__).parent
_ARGOCD_MODULE = "github.com/argoproj/argo-cd/v3"
_GITEA_MODULE = "code.gitea.io/gitea"
_VERSIONS = {
    # Without a version in the API server, charts with a kubeVersion are refused.
    "k8s.io/component-base/version.gitVersion": f"v{KUBERNETES}",
    "k8s.io/component-base/version.gitMajor": _MAJOR,
    "k8s.io/component-base/version.gitMinor": _MINOR,
    f"{_ARGOCD_MODULE}/common.version": ARGOCD,
    f"{_ARGOCD_MODULE}/common.kubectlVersion": "v0.37.0",
    "helm.sh/helm/v4/internal/version.version": f"v{HELM}",
}


@dataclass(frozen=True)
class Programs:
    """The folders of what was built: `argocd` with everything that Argo CD runs on, and `gitea`."""

    argocd: Path
    gitea: Path


def build(home: Home) -> Programs:
    """Build what is missing; a second caller waits for the first one's result."""
    with locked(home.build_lock):
        missing = [recipe for recipe in (_CLUSTER, _GITEA) if not recipe.folder(home).exists()]
        for recipe in missing:
            recipe.check()
        for recipe in missing:
            recipe.build(home)
    return Programs(_CLUSTER.folder(home), _GITEA.folder(home))


def _finish_cluster(draft: Path, environment: Environment) -> None:
    (draft / "cmd").rename(draft / "argocd")
    _CLUSTER.copy(_ARGOCD_MODULE, {"manifests/crds": "crds"}, draft, environment)


def _finish_gitea(draft: Path, environment: Environment) -> None:
    # Read when it runs; the binary has none of them inside.
    _GITEA.copy(_GITEA_MODULE, {name: name for name in ("options", "public", "templates")}, draft, environment)


_CLUSTER = Recipe(
    title=f"Argo CD v{ARGOCD} and Kubernetes v{KUBERNETES}",
    costs="8 to 15 minutes on two cores and 10 GB of Go caches",
    prefix="bin",
    module=_HERE,
    sources=("main.go",),
    packages=("tool", "."),
    ldflags=" ".join(["-s -w", *(f"-X {name}={value}" for name, value in _VERSIONS.items())]),
    finish=_finish_cluster,
)
_GITEA = Recipe(
    title=f"Gitea v{GITEA}",
    costs="about 4 minutes on two cores",
    prefix="gitea",
    module=_HERE / "gitea",
    sources=(),
    packages=("tool",),
    ldflags=f"-s -w -X main.Version={GITEA}",
    finish=_finish_gitea,
    tags="sqlite sqlite_unlock_notify",
    in_c=True,
)
