"""`validate` as a pipeline runs it: exit codes, a table, JSON, SARIF; no Argo CD, no settings."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from argocd_gitops_mcp.__main__ import main

GOOD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\ndata: {a: b}\n"
BAD = GOOD.replace("\ndata", "\ndate")
TASTE = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}}
    spec: {containers: [{name: a, image: "nginx:1.27.1"}]}
"""


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


Validate = Callable[..., Done]


@pytest.fixture
def validate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Validate:
    """The program in a folder of its own, where it finds neither settings nor other programs."""
    for name in list(os.environ):
        if name.startswith(("ARGOCD_", "MCP_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("PATH", "")
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["argocd-gitops-mcp", "validate", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Done(int(ended.value.code or 0), said.out, said.err)

    return run


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_a_clean_repository_is_passed(validate: Validate, tmp_path: Path) -> None:
    write(tmp_path, {"a/a.yaml": GOOD, "a/kustomization.yaml": "resources: [a.yaml]\n"})
    done = validate("a")
    assert done.returncode == 0, done.stdout
    assert done.stderr == ""
    first, second = done.stdout.splitlines()
    assert first == "Checked 2 files (1 object against schemas of Kubernetes 1.37): nothing found."
    assert second == "Not checked: kustomization.yaml was not rendered: there is no kustomize here."


def test_a_finding_is_told_at_its_place_and_fails(validate: Validate, tmp_path: Path) -> None:
    write(tmp_path, {"a/a.yaml": TASTE, "a/b c.yaml": BAD})
    done = validate(".", "--fail-on", "error")
    assert done.returncode == 1
    (row,) = [one for one in done.stdout.splitlines() if "error  " in one]
    assert row.startswith("a/b c.yaml:4:1  error    ConfigMap has no field `date`; did you mean `data`?")
    assert row.endswith("(ConfigMap/a)  [unknown-field]")
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(("fail_on", "code"), [("info", 1), ("warning", 0), ("error", 0), ("never", 0)])
def test_matters_of_taste_fail_only_where_asked(validate: Validate, tmp_path: Path, fail_on: str, code: int) -> None:
    write(tmp_path, {"a.yaml": TASTE})
    done = validate("a.yaml", "--fail-on", fail_on)
    assert done.returncode == code
    assert "info" in done.stdout


def test_findings_never_fail_where_that_is_asked(validate: Validate, tmp_path: Path) -> None:
    write(tmp_path, {"a.yaml": BAD})
    assert validate("a.yaml", "--fail-on", "never").returncode == 0
    assert validate("a.yaml", "--fail-on", "error").returncode == 1


def test_json_is_for_programs(validate: Validate, tmp_path: Path) -> None:
    write(tmp_path, {"a/b.yaml": BAD})
    done = validate("a", "--format", "json")
    report = json.loads(done.stdout)
    (finding,) = report["findings"]
    assert finding["file"] == "b.yaml"  # the folder given is the root where no repository is around it
    assert (finding["line"], finding["column"], finding["rule"]) == (4, 1, "unknown-field")
    assert (report["files"], report["objects"], report["kubernetes_version"]) == (1, 1, "1.37")
    assert "Checked 1 file" in done.stderr


def test_sarif_is_for_forges(validate: Validate, tmp_path: Path) -> None:
    write(tmp_path, {".git/HEAD": "", "a/b c.yaml": BAD, "k/kustomization.yaml": "- a\n", "k/x.yaml": "kind: {{x}}\n"})
    done = validate("a", "k", "--format", "sarif")
    assert done.returncode == 1
    log: dict[str, Any] = json.loads(done.stdout)
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    assert all(one["help"]["text"] and one["shortDescription"]["text"] for one in rules)
    results = log["runs"][0]["results"]
    assert {one["level"] for one in results} == {"error"}
    for one in results:
        assert rules[one["ruleIndex"]]["id"] == one["ruleId"]
    places = [one["locations"][0]["physicalLocation"] for one in results]
    assert [one["artifactLocation"]["uri"] for one in places] == ["a/b%20c.yaml", "k/kustomization.yaml", "k/x.yaml"]
    assert places[0]["region"] == {"startLine": 4, "startColumn": 1}
    assert results[0]["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": "ConfigMap/a"}]
    assert str(tmp_path) not in done.stdout


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["nothing"], "There is no 'nothing'"),
        (["."], "did you mean 'latest-tag'"),
        ([".", "--rules", "nothing.yaml"], "cannot be read"),
        ([".", "--rules", "a.yaml", "--kubernetes-version", "1.3"], "no key 'apiVersion'"),
        ([".", "--rules", "rules.yaml", "--kubernetes-version", "1.3"], "no schemas of Kubernetes '1.3'"),
        ([".", "--format", "xml"], "--format"),
        ([], "paths"),
    ],
)
def test_what_cannot_run_exits_2(validate: Validate, tmp_path: Path, words: list[str], part: str) -> None:
    write(tmp_path, {"a.yaml": GOOD, ".argocd-gitops.yaml": "rules: {latest-tags: info}\n", "rules.yaml": "{}\n"})
    done = validate(*words)
    assert done.returncode == 2
    assert part in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_the_repository_around_a_file_tells_about_it(validate: Validate, tmp_path: Path) -> None:
    """A patch is one only because the kustomization beside it says so."""
    write(tmp_path, {
        ".git/HEAD": "", "o/p/patch.yaml": TASTE.replace("  selector: {matchLabels: {app: a}}\n", ""),
        "o/kustomization.yaml": "patches: [{path: p/patch.yaml}]\n", "other.yaml": "a: [\n",
    })  # fmt: skip
    assert validate("o/p/patch.yaml").returncode == 0
    assert validate("other.yaml").returncode == 1


def test_links_out_of_the_tree_are_not_followed(validate: Validate, tmp_path: Path) -> None:
    write(tmp_path, {"tree/a.yaml": GOOD, "secret/b.yaml": "a: [hunter2\n", "tree/real/c.yaml": GOOD})
    (tmp_path / "tree/b.yaml").symlink_to(tmp_path / "secret/b.yaml")
    (tmp_path / "tree/folder").symlink_to(tmp_path / "secret")
    (tmp_path / "tree/inside.yaml").symlink_to(tmp_path / "tree/real/c.yaml")
    (tmp_path / "tree/loop").symlink_to(tmp_path / "tree")
    write(tmp_path, {"tree/.argocd-gitops.yaml": 'rules: {duplicate-object: "off"}\n'})
    done = validate("tree")
    assert "Checked 4 files" in done.stdout
    assert "not followed: b.yaml, folder, loop." in done.stdout
    assert "hunter2" not in done.stdout
