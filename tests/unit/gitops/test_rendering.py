"""Programs are run without shell, network or secrets, and bounded; the real ones are met in tests/e2e."""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest

from argocd_gitops_mcp.gitops.validation import rendering
from argocd_gitops_mcp.gitops.validation import report as validation
from argocd_gitops_mcp.gitops.validation.inspection import inspected
from argocd_gitops_mcp.gitops.validation.rendering import Programs, render
from argocd_gitops_mcp.gitops.validation.report import Options
from argocd_gitops_mcp.gitops.validation.targets import Target, targets

Make = Callable[[str], str]
OVERLAY = Target("kustomize", "over/kustomization.yaml", folders=("base", "over"))
FILES: dict[str, str | bytes] = {
    "base/kustomization.yaml": "resources: [app.yaml]\n",
    "base/app.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
    "over/kustomization.yaml": "namePrefix: x-\nresources:\n  - ../base\npatches:\n  - path: patch.yaml\n",
    "over/patch.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b}\n",
    "elsewhere/large.bin": b"\xff",
}


@pytest.fixture
def program(tmp_path: Path) -> Make:
    """A program that runs these lines of Python."""

    def make(lines: str) -> str:
        path = tmp_path / "program"
        path.write_text(f"#!{sys.executable}\nimport os, sys, time\n{lines}\n", encoding="utf-8")
        path.chmod(0o755)
        return str(path)

    return make


def wanted(files: validation.Files) -> tuple[list[Target], list[str]]:
    found = validation.contents(files)
    return targets(found.tree, found.by_file)


def test_what_others_use_is_not_rendered_by_itself() -> None:
    component = {"part/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"}
    found, unfit = wanted({**FILES, **component})
    assert found == [OVERLAY]
    assert unfit == []


def test_a_chart_is_rendered_with_each_file_of_values_beside_it() -> None:
    chart = {"c/Chart.yaml": "name: c\n", "c/values.yaml": "a: 1\n", "c/templates/a.yaml": "{{ .x }}\n"}
    assert wanted(chart) == ([Target("helm", "c/Chart.yaml", (), ("c",))], [])
    found, _ = wanted({**chart, "c/values-prod.yaml": "a: 2\n", "c/values.dev.yaml": "a: 3\n"})
    assert [one.values for one in found] == [("c/values-prod.yaml",), ("c/values.dev.yaml",)]


@pytest.mark.parametrize(
    "files",
    [
        {"c/Chart.yaml": "name: c\ndependencies: [{name: redis}]"},
        {"c/Chart.yaml": "name: c", "c/requirements.yaml": "dependencies: [{name: redis}]"},
    ],
)
def test_a_dependency_that_would_have_to_be_fetched_is_told(files: dict[str, str]) -> None:
    found, (said,) = wanted(files)
    assert found == []
    assert "`redis` is not in charts/" in said


def test_what_is_refused_is_told(program: Make) -> None:
    files = {**FILES, "over/kustomization.yaml": "resources: [../base, 'https://example.com/a.yaml']"}
    report = inspected(files, Options(), Programs(kustomize=program("print('a: 1')")))
    assert report.rendered == 0
    (said,) = [one for one in report.unchecked if "not rendered" in one]
    assert said.startswith("over/kustomization.yaml was not rendered: over/kustomization.yaml takes in 'https://exam")


def test_a_schema_that_refers_elsewhere_is_not_applied(program: Make) -> None:
    files = {"c/Chart.yaml": "name: c", "c/values.schema.json": '{"$ref": "http://127.0.0.1:1/"}'}
    shown = program("print(f'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {{name: a}}\\ndata: {{a: \"{sys.argv}\"}}')")
    target = Target("helm", "c/Chart.yaml", folders=("c",))
    (made,) = render(files, [target], Programs(helm=shown))
    assert "--skip-schema-validation" in made.text
    report = inspected(files, Options(), Programs(helm=shown))
    assert any("c/Chart.yaml: values were not checked against schemas" in one for one in report.unchecked)
    (made,) = render({**files, "c/values.schema.json": "{}"}, [target], Programs(helm=shown))
    assert "--skip-schema-validation" not in made.text
    assert made.note == ""


@pytest.mark.parametrize("vendored", ["c/charts/redis/Chart.yaml", "c/charts/redis-1.0.0.tgz"])
def test_what_is_vendored_is_not_fetched(vendored: str) -> None:
    found, unfit = wanted({"c/Chart.yaml": "name: c\ndependencies: [{name: redis}]", vendored: ""})
    assert [one.file for one in found] == ["c/Chart.yaml"]
    assert unfit == []


def test_only_the_target_is_laid_out_and_nothing_of_ours_is_handed_on(
    program: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARGOCD_TOKEN", "hunter2")
    code = """
names = sorted(os.path.join(at, name) for at, _, names in os.walk(".") for name in names)
print("apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: x}\\ndata:")
print(f"  files: '{names}'".replace("'[", "[").replace("]'", "]"))
print(f"  environment: {sorted(os.environ)}")
print(f"  arguments: {sys.argv[1:2]}")
print(f"  path: '{os.environ['PATH']}'")
"""
    (made,) = render(FILES, [OVERLAY], Programs(kustomize=program(code)))
    assert made.failure == ""
    assert "elsewhere" not in made.text
    assert "./over/patch.yaml" in made.text
    assert "TOKEN" not in made.text
    assert "path: ''" in made.text
    assert "['build']" in made.text


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        ("print('Error: no such thing', file=sys.stderr); sys.exit(1)", "no such thing"),
        ("sys.exit(3)", "it failed without a word"),
        ("print('Error: in', os.getcwd() + '/over', 'bad\\nWARNING: x\\nUse --debug', file=sys.stderr); sys.exit(1)",
         "in over bad"),
        ("sys.stdout.write('x' * 30_000_000)", "more than 20 MB of objects"),
        ("os.kill(os.getpid(), 9)", "it failed without a word"),
    ],
)  # fmt: skip
def test_failures_are_told_in_the_programs_words(program: Make, code: str, failure: str) -> None:
    (made,) = render(FILES, [OVERLAY], Programs(kustomize=program(code)))
    assert (made.text, made.failure) == ("", failure)


def test_a_program_that_hangs_is_ended(program: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "_SECONDS", 0.3)
    (made,) = render(FILES, [OVERLAY], Programs(kustomize=program("time.sleep(60)")))
    assert made.failure.startswith("no answer within")


def test_nobody_waits_for_what_was_given_up(program: Make, tmp_path: Path) -> None:
    """Neither the program that runs is let go on, nor are those begun whose turn is still to come."""
    begun = tmp_path / "begun"
    code = f"open({str(begun)!r}, 'a').write('x'); time.sleep(60)"
    stop = Event()

    def give_up() -> None:
        while not begun.exists():
            time.sleep(0.01)
        stop.set()

    thread = Thread(target=give_up)
    thread.start()
    began = time.monotonic()
    targets = [OVERLAY, *(replace(OVERLAY, release=str(one)) for one in range(20))]
    made = render(FILES, targets, Programs(kustomize=program(code)), stop=stop)
    thread.join()
    assert time.monotonic() - began < 20
    assert {one.failure for one in made} == {"nobody waits for it any more"}
    assert len(begun.read_text()) < len(targets)


@pytest.mark.skipif(sys.platform != "linux", reason="limits are set from outside on Linux alone")
def test_memory_is_bounded(program: Make) -> None:
    code = """
time.sleep(0.3)
try:
    a = bytearray(3 * 2**30)
except MemoryError:
    print("fatal error: out of memory", file=sys.stderr)
    sys.exit(2)
"""
    (made,) = render(FILES, [OVERLAY], Programs(kustomize=program(code)))
    assert made.failure == "it takes more than a gigabyte of memory"


def test_complaints_are_bounded(program: Make) -> None:
    code = "sys.stderr.write('x' * 30_000_000); sys.stderr.flush(); time.sleep(60)"
    (made,) = render(FILES, [OVERLAY], Programs(kustomize=program(code)))
    assert made.failure == "more than 20 MB of objects"


def test_nothing_is_laid_out_where_no_program_is(tmp_path: Path) -> None:
    assert rendering.found(str(tmp_path)) == Programs()
    assert render(FILES, [OVERLAY], Programs()) == []
    report = inspected(FILES, Options(), Programs())
    assert "over/kustomization.yaml was not rendered: there is no kustomize here." in report.unchecked


def test_paths_out_of_the_copy_are_not_written(program: Make) -> None:
    target = Target("kustomize", "kustomization.yaml", folders=("",))
    files = {"../evil.yaml": "x", "a/../../evil.yaml": "x", "kustomization.yaml": ""}
    listing = program("print([name for _, _, names in os.walk('..') for name in names])")
    (made,) = render(files, [target], Programs(kustomize=listing))
    assert "evil" not in made.text
    assert "kustomization.yaml" in made.text


def test_mistakes_in_what_was_rendered_are_found_at_its_origin(program: Make) -> None:
    code = "print('apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: x-a}\\nextra: 1')"
    report = inspected(FILES, Options(), Programs(kustomize=program(code)))
    (finding,) = report.findings
    assert (finding.file, finding.line, finding.rule) == ("over/kustomization.yaml", 0, "unknown-field")
    assert finding.subject == "ConfigMap/x-a"
    assert report.rendered == 1


def test_a_mistake_of_a_source_is_told_once(program: Make) -> None:
    files = {**FILES, "base/app.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nextra: 1\n"}
    code = "print('apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: x-a}\\nextra: 1')"
    report = inspected(files, Options(), Programs(kustomize=program(code)))
    assert [(one.file, one.line) for one in report.findings] == [("base/app.yaml", 4)]


def test_a_chart_s_objects_lead_to_their_templates(program: Make) -> None:
    files = {"c/Chart.yaml": "name: web\n", "c/templates/a.yaml": "{{ .x }}", "c/templates/b.yaml": "{{ .x }}"}
    code = """
for name in "ab":
    print(f"---\\n# Source: web/templates/{name}.yaml\\napiVersion: v1\\nkind: ConfigMap\\nmetadata: {{name: {name}}}")
print("bad: 1")
"""
    report = inspected(files, Options(kubernetes_version="1.30"), Programs(helm=program(code)))
    (finding,) = report.findings
    assert (finding.file, finding.subject) == ("c/templates/b.yaml", "ConfigMap/b")


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("Error: web/templates/a.yaml:3:7\\n  executing at <.x>: nil pointer", ("c/templates/a.yaml", 3, 7)),
        ("Error: YAML parse error on web/templates/a.yaml: did not find", ("c/templates/a.yaml", 0, 0)),
        ("Error: validation: chart.metadata.version is required", ("c/Chart.yaml", 0, 0)),
    ],
)
def test_a_chart_s_failure_leads_to_the_template_it_names(
    program: Make, said: str, place: tuple[str, int, int]
) -> None:
    files = {"c/Chart.yaml": "name: web\n", "c/templates/a.yaml": "{{ .x }}"}
    report = inspected(files, Options(), Programs(helm=program(f"print('{said}', file=sys.stderr); sys.exit(1)")))
    (finding,) = report.findings
    assert (finding.file, finding.line, finding.column) == place
    assert finding.rule == "helm-template"


def test_a_kustomization_s_failure_leads_to_what_it_names(program: Make) -> None:
    code = "print('Error: trouble with patch.yaml', file=sys.stderr); sys.exit(1)"
    (finding,) = inspected(FILES, Options(), Programs(kustomize=program(code))).findings
    assert (finding.file, finding.line, finding.rule) == ("over/kustomization.yaml", 5, "kustomize-build")


def test_what_a_change_does_not_touch_is_not_rendered(program: Make) -> None:
    made = Programs(kustomize=program("print('apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: x-a}\\nextra: 1')"))
    assert inspected(FILES, Options(only=("elsewhere",)), made).rendered == 0
    report = inspected(FILES, Options(only=("base/app.yaml",)), made)
    assert report.rendered == 1
    assert [one.file for one in report.findings] == ["over/kustomization.yaml"]
