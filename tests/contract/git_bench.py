"""Bare repositories of the stage's own, and what tests of changes to Git put into them."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.contract.bench import IN_CLUSTER, NAMESPACE, App, Bench, config_map, deployment, manifest
from tests.stage import Files, Stage

IMAGE = "registry.example.com/shop"

CHART = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels:
      app: {{ .Release.Name }}
  template:
    metadata:
      labels:
        app: {{ .Release.Name }}
    spec:
      containers:
        - name: main
          image: {{ .Values.image.repository }}:{{ .Values.image.tag }}
"""


def plain(name: str, tag: str = "v1") -> dict[str, str]:
    """A folder `app` of plain YAML."""
    return {"app/web.yaml": deployment(name, f"{IMAGE}:{tag}"), "app/settings.yaml": config_map(name)}


def kustomized(name: str, *overlays: str) -> dict[str, str]:
    """A base, and overlays that share it, each with a tag of its own."""
    files = {
        "base/kustomization.yaml": "resources:\n  - web.yaml\n",
        "base/web.yaml": deployment(name, f"{IMAGE}:v0"),
    }
    for one in overlays:
        files[f"overlays/{one}/kustomization.yaml"] = (
            f"# {one}\nresources:\n  - ../../base\nimages:\n  - name: {IMAGE}\n    newTag: v1 # as released\n"
        )
    return files


def charted() -> dict[str, str]:
    """A chart, with the values of production beside it."""
    return {
        "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
        "chart/templates/web.yaml": CHART,
        "chart/values.yaml": f"# of every environment\nreplicas: 1\nimage:\n  repository: {IMAGE}\n  tag: v0\n",
        "chart/values-production.yaml": "image:\n  tag: v1 # as released\n",
    }


@dataclass(frozen=True)
class Bare:
    """One bare repository."""

    stage: Stage
    name: str
    url: str

    @property
    def where(self) -> str:
        """As the tools are told of it."""
        return f"{self.name}.git"

    @property
    def folder(self) -> Path:
        return Path(self.stage.repositories.removeprefix("file://")) / self.where

    def git(self, *arguments: str, given: str | None = None) -> str:
        done = subprocess.run(  # noqa: S603 - the tests' own arguments
            ["git", "-c", "user.name=Other", "-c", "user.email=other@example.com", *arguments],  # noqa: S607
            cwd=self.folder,
            input=given,
            capture_output=True,
            check=False,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.rstrip("\n")

    def refs(self) -> str:
        """Every branch and tag with its commit: what a refused change leaves as it was."""
        return self.git("for-each-ref", "--format=%(refname) %(objectname)")

    def head(self, branch: str = "main") -> str:
        return self.git("rev-parse", f"refs/heads/{branch}")

    def show(self, path: str, revision: str = "main") -> str:
        return self.git("show", f"{revision}:{path}") + "\n"

    def commit(self, files: Files, message: str = "Change") -> str:
        """Somebody else's commit on main."""
        return self.stage.commit(self.name, files, message)

    def branch(self, name: str, files: Files, base: str = "main", *, mode: str = "100644", message: str = "") -> str:
        """Somebody else's commit on a branch, which begins at the base; answers it. A link's mode is 120000."""
        start = f"refs/heads/{name}" if f"refs/heads/{name} " in self.refs() else f"refs/heads/{base}"
        told = [f"commit refs/heads/{name}", "committer Other <other@example.com> now", _data(message or f"To {name}")]
        told += [f"from {start}^0"]
        for path, text in files.items():
            told += [f"D {_quoted(path)}"] if text is None else [f"M {mode} inline {_quoted(path)}", _data(text)]
        self.git("fast-import", "--quiet", "--date-format=now", given="\n".join([*told, ""]))
        return self.head(name)


@dataclass(frozen=True)
class GitBench:
    """Makes repositories, and applications that deploy them; the bench removes them."""

    bench: Bench

    def repository(self, files: dict[str, str] | None = None, name: str = "") -> Bare:
        """A bare repository of one commit on main: plain YAML, or these files."""
        stage, name = self.bench.stage, name or self.bench.stage.unique()
        url = stage.new_repository(name, {"README.md": f"# {name}\n", **(plain(name) if files is None else files)})
        self.bench.repositories.append(name)
        return Bare(stage, name, url)

    def empty(self) -> Bare:
        """A bare repository without any commit."""
        stage, name = self.bench.stage, self.bench.stage.unique()
        bare = Bare(stage, name, f"{stage.repositories}/{name}.git")
        bare.folder.mkdir()
        bare.git("init", "--quiet", "--bare", "--initial-branch=main")
        self.bench.repositories.append(name)
        return bare

    def application(self, bare: Bare, path: str = "app", suffix: str = "", **spec: Any) -> App:
        """One that deploys a folder of main, by itself; `spec` is laid over its spec."""
        name = bare.name + suffix
        app = App(self.bench.stage, self.bench.tools, name, bare.url)
        self.bench.apps.append(app)
        namespace = f"contract{suffix}" if suffix else NAMESPACE
        whole = {
            "source": {"repoURL": bare.url, "path": path, "targetRevision": "main"},
            "destination": {"server": IN_CLUSTER, "namespace": namespace},
            "syncPolicy": {"automated": {}, "syncOptions": ["CreateNamespace=true"]},
            **spec,
        }
        answer = app.stage.raw(
            "POST", "/api/v1/applications", {"validate": "false"}, body=manifest(name, bare.url, **whole)
        )
        assert answer.status == 200, answer.text
        return app


def _data(text: str) -> str:
    return f"data {len(text.encode())}\n{text}"


def _quoted(path: str) -> str:
    return (
        '"'
        + "".join(f"\\{byte:03o}" if byte < 33 or byte > 126 or byte in b'"\\' else chr(byte) for byte in path.encode())
        + '"'
    )
