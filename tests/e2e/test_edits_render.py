"""What an edit changes when kustomize and Helm themselves render it: what was wanted, and nothing else."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from testbed.record import Testbed

from argocd_gitops_mcp.gitops import diffs, sources
from argocd_gitops_mcp.gitops.edits.planning import edit
from tests.unit.gitops.edit_cases import CASES, UMBRELLA, Case, source

pytestmark = pytest.mark.real

RENDERED = [pytest.param(one, id=one.name) for one in CASES if one.rendered is not None]


@pytest.fixture(scope="module")
def programs(testbed: Testbed) -> Path:
    return Path(testbed.argocd_cli).parent


def written(folder: Path, files: Mapping[str, str]) -> Path:
    for name, content in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)
    return folder


def run(folder: Path, *command: str) -> str:
    environment = {**os.environ, "HELM_CACHE_HOME": str(folder), "HELM_CONFIG_HOME": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)  # noqa: S603
    assert done.returncode == 0, done.stderr
    return done.stdout


def rendered(programs: Path, folder: Path, case: Case, files: Mapping[str, str]) -> str:
    written(folder, files)
    (one, *_) = case.sources
    if sources.kind_of(one, set(files)) == "kustomize":
        return run(folder, str(programs / "kustomize"), "build", one["path"])
    values = [f"--values={name}" for name in sources.value_files(case.target, one, set(files))]
    return run(folder, str(programs / "helm"), "template", "payments", one["path"], *values)


def after(case: Case) -> dict[str, str]:
    loaded: dict[str, str] = {}
    while missing := sources.wanted(case.target, case.files, loaded):
        loaded |= {name: case.files[name] for name in missing}
    found = edit(case.intent, case.target, case.files, loaded)
    return {**case.files, **{name: content for name, content in found.files.items() if content is not None}}


@pytest.mark.parametrize("case", RENDERED)
def test_what_is_rendered_changes_as_was_wanted(tmp_path: Path, programs: Path, case: Case) -> None:
    before = rendered(programs, tmp_path / "before", case, case.files)
    new = rendered(programs, tmp_path / "after", case, after(case))
    body = diffs.unified({"a": before}, {"a": new}).splitlines()[2:]
    went, came = ([line[1:].strip(" -") for line in body if line.startswith(sign)] for sign in "-+")
    assert (went, came) == case.rendered


def test_helm_builds_dependencies_from_the_lock(tmp_path: Path, programs: Path) -> None:
    case = next(one for one in CASES if one.files is UMBRELLA)
    written(tmp_path, after(case))
    run(tmp_path, str(programs / "helm"), "dependency", "build", str(source("umbrella")["path"]))
    assert (tmp_path / "umbrella/charts/db-1.1.0.tgz").exists()
