"""Fills the testbed: repositories, projects and applications that show what Argo CD can do and what can go wrong."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from testbed import git_server, repositories
from testbed.errors import NotYetError
from testbed.rest import Rest
from testbed.run import Run

_SEEDS = Path(__file__).parent.parent / "src" / "argocd_gitops_mcp" / "sandbox" / "seeds"
_DATE = "2026-01-05T09:00:00Z"
_TAG = "v1.0.0"
_SYNCED_BY_HAND = ("multi", "waves")
_API = "/apis/argoproj.io/v1alpha1/namespaces"
# Sync and health status in which each settles; all that are not named here are Synced and Healthy.
_EXPECTED = {
    "crashing": ("Synced", "Progressing"),
    "unpullable": ("Synced", "Progressing"),
    "unrenderable": ("Unknown", "Healthy"),
    "waiting": ("OutOfSync", "Missing"),
}
_SETTLE_SECONDS = 120


def create_repositories(run: Run) -> None:
    for folder, seed in ((run.repositories, "apps"), (run.private_repositories, "private")):
        repository = folder / f"{seed}.git"
        repositories.create(repository, repositories.tree(_SEEDS / "repositories" / seed), f"Add {seed}", _DATE)
        repositories.tag(repository, _TAG)


def serve_private_repositories(run: Run) -> str:
    """Start the HTTP server that asks for a password, and give its URL."""
    run.processes.start(
        "git",
        Path(sys.executable),
        Path(git_server.__file__),
        run.private_repositories,
        str(run.ports.git),
        environment={git_server.PASSWORD_VARIABLE: run.passwords[git_server.USER]},
    )
    return f"http://127.0.0.1:{run.ports.git}"


def deploy(run: Run, kubernetes: Rest, admin: Rest, private: str) -> None:
    """Create projects and applications, sync those that wait for it, and see each settle."""
    repository = f"{private}/private.git"
    credentials = {"username": git_server.USER, "password": run.passwords[git_server.USER]}
    run.processes.until(
        "the private repository", lambda: bool(admin.post("/api/v1/repositories", {"repo": repository, **credentials}))
    )
    places = {"$REPOSITORIES": run.repositories.as_uri(), "$PRIVATE": private}
    for plural in ("projects", "applications"):
        for manifest in _manifests(_SEEDS / plural, places):
            kind = "appprojects" if plural == "projects" else plural
            kubernetes.post(f"{_API}/{manifest['metadata']['namespace']}/{kind}", manifest)
    for name in _SYNCED_BY_HAND:
        admin.post(f"/api/v1/applications/{name}/sync", {})
    run.processes.until("the applications", lambda: _settled(admin), _SETTLE_SECONDS)


def _settled(admin: Rest) -> bool:
    compared = map(_compare, admin.get("/api/v1/applications")["items"])
    if others := [f"{name} is {found}, not {wanted}" for name, found, wanted in compared if found != wanted]:
        raise NotYetError("; ".join(others))
    return True


def _compare(application: dict[str, Any]) -> tuple[str, tuple[str, str], tuple[str, str]]:
    name, status = application["metadata"]["name"], application.get("status", {})
    found = (status.get("sync", {}).get("status", ""), status.get("health", {}).get("status", ""))
    return name, found, _EXPECTED.get(name, ("Synced", "Healthy"))


def _manifests(folder: Path, places: dict[str, str]) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("*.yaml")):
        text = path.read_text()
        for placeholder, url in places.items():
            text = text.replace(placeholder, url)
        yield YAML(typ="safe", pure=True).load(text)
