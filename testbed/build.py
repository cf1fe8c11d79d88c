"""Builds Argo CD, a Kubernetes control plane, kwok, Helm and kustomize from published Go modules."""

import hashlib
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from testbed import toolchain
from testbed.errors import NotReadyError
from testbed.home import Home, locked

ARGOCD = "3.6.1"
KUBERNETES = "1.37.0"
HELM = "4.3.1"
_MAJOR, _MINOR, _ = KUBERNETES.split(".")

_MODULE = Path(__file__).parent
_ARGOCD_MODULE = "github.com/argoproj/argo-cd/v3"
_VERSIONS = {
    # Without a version in the API server, charts with a kubeVersion are refused.
    "k8s.io/component-base/version.gitVersion": f"v{KUBERNETES}",
    "k8s.io/component-base/version.gitMajor": _MAJOR,
    "k8s.io/component-base/version.gitMinor": _MINOR,
    f"{_ARGOCD_MODULE}/common.version": ARGOCD,
    f"{_ARGOCD_MODULE}/common.kubectlVersion": "v0.37.0",
    "helm.sh/helm/v4/internal/version.version": f"v{HELM}",
}
_LDFLAGS = " ".join(["-s -w", *(f"-X {name}={value}" for name, value in _VERSIONS.items())])
_PROGRESS_SECONDS = 15


def binaries(home: Home) -> Path:
    """Tell the folder of the binaries of this very source, built or not yet."""
    digest = hashlib.sha256()
    for name in ("go.mod", "go.sum", "main.go"):
        digest.update((_MODULE / name).read_bytes())
    digest.update(f"{_LDFLAGS} {toolchain.GO_PACKAGE}".encode())
    return home.folder / f"bin-{digest.hexdigest()[:12]}"


def build(home: Home) -> Path:
    """Build what is missing; a second caller waits for the first one's result."""
    target = binaries(home)
    with locked(home.build_lock):
        if target.exists():
            return target
        print(f"Building Argo CD v{ARGOCD} and Kubernetes v{KUBERNETES} into {target}")
        print("The first time takes 8 to 15 minutes on two cores and 8 GB of Go caches; later a minute.", flush=True)
        began = time.monotonic()
        environment = toolchain.install(home)
        with tempfile.TemporaryDirectory(dir=home.folder, prefix="building-") as folder:
            draft = Path(folder) / "bin"
            draft.mkdir()
            _compile(draft, environment)
            (draft / "cmd").rename(draft / "argocd")
            shutil.copytree(_module_folder(environment) / "manifests" / "crds", draft / "crds")
            draft.rename(target)
        print(f"Built in {time.monotonic() - began:.0f} s", flush=True)
        for old in home.folder.glob("bin-*"):
            if old != target:
                shutil.rmtree(old)
    return target


def _compile(target: Path, environment: Mapping[str, str]) -> None:
    command = ["go", "build", "-v", "-ldflags", _LDFLAGS, "-o", f"{target}{os.sep}", "tool", "."]
    with subprocess.Popen(command, cwd=_MODULE, env=environment, stderr=subprocess.PIPE, text=True) as compiler:
        if compiler.stderr is None:
            raise NotReadyError("go build has no output to read")
        progress = _Progress()
        reader = threading.Thread(target=progress.read, args=(compiler.stderr,), daemon=True)
        reader.start()
        while reader.is_alive():
            reader.join(_PROGRESS_SECONDS)
            print(f"  {progress}", flush=True)
        if compiler.wait() != 0:
            raise NotReadyError("go build failed:\n" + "\n".join(progress.last))


class _Progress:
    """Counts what `go build -v` says it downloads and compiles."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.downloaded = 0
        self.compiled = 0
        self.last: list[str] = []

    def read(self, lines: IO[str]) -> None:
        for line in lines:
            if line.startswith("go: downloading"):
                self.downloaded += 1
            else:
                self.compiled += 1
            self.last = [*self.last[-29:], line.rstrip()]

    def __str__(self) -> str:
        seconds = time.monotonic() - self.began
        return f"{seconds:4.0f} s: {self.downloaded} modules downloaded, {self.compiled} packages compiled"


def _module_folder(environment: Mapping[str, str]) -> Path:
    command = ["go", "list", "-m", "-f", "{{.Dir}}", _ARGOCD_MODULE]
    found = subprocess.run(command, cwd=_MODULE, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return Path(found.stdout.strip())
