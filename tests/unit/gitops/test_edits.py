"""Edits by intent: found through the application's own source, and refused where it would be a guess."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.errors import FailedPrecondition, InvalidArgument, InvalidPath, NothingToChange, NotYAML
from argocd_gitops_mcp.gitops import diffs, sources
from argocd_gitops_mcp.gitops.edits.drafts import Edit
from argocd_gitops_mcp.gitops.edits.intents import (
    Intent,
    SetChartVersion,
    SetHelmValue,
    SetImage,
    SetReplicas,
    SetTargetRevision,
)
from argocd_gitops_mcp.gitops.edits.planning import edit, whole
from argocd_gitops_mcp.gitops.edits.references import Reference, reference, wanted
from argocd_gitops_mcp.gitops.sources import Target
from tests.unit.gitops.edit_cases import (
    BASE,
    CASES,
    CHART,
    DEPLOYMENT,
    DIGEST,
    ENVIRONMENT,
    OVERLAY,
    PLAIN,
    PRODUCTION,
    REPO,
    UMBRELLA,
    WITH_IMAGES,
    WITHOUT,
    Case,
    source,
    text,
)

APPLICATION = """\
# The parent's.
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: payments}
spec:
  source:
    repoURL: %s
    path: %s
    targetRevision: main  # follows
    %s
"""


def edited(files: Mapping[str, str], intent: Intent, *given: Mapping[str, Any]) -> Edit:
    """With what it needs of the files, and the manifests beside."""
    target = Target("payments", given or OVERLAY, REPO)
    loaded = {file: content for file, content in files.items() if file.startswith("apps/")}
    while missing := sources.wanted(target, files, loaded):
        loaded |= {file: files[file] for file in missing}
    return edit(intent, target, files, loaded)


def changes(files: Mapping[str, str], found: Edit) -> dict[str, tuple[list[str], list[str]]]:
    return {file: lines(files.get(file), content) for file, content in found.files.items()}


def lines(before: str | None, after: str | None) -> tuple[list[str], list[str]]:
    body = diffs.unified({"a": before}, {"a": after}).splitlines()[2:]
    went, came = ([line[1:] for line in body if line.startswith(sign)] for sign in "-+")
    return went, came


@pytest.mark.parametrize("case", [pytest.param(one, id=one.name) for one in CASES])
def test_only_the_lines_that_change_change(case: Case) -> None:
    found = edited(case.files, case.intent, *case.sources)
    assert changes(case.files, found) == case.changes
    assert found.summary
    after = {**case.files, **{file: content for file, content in found.files.items() if content is not None}}
    with pytest.raises(NothingToChange):
        edited(after, case.intent, *case.sources)


def test_the_summary_tells_what_was_and_what_becomes() -> None:
    assert edited({**BASE, PRODUCTION: WITH_IMAGES}, SetImage("v1.2.3", image="payments")).summary == (
        f"{PRODUCTION}: images ghcr.io/acme/payments newTag v1.2.2 -> v1.2.3",
    )
    found = edited({**BASE, PRODUCTION: WITHOUT}, SetImage("v1.2.3", image="payments"))
    assert found.summary == (
        f"{PRODUCTION}: images (new) ghcr.io/acme/payments:v1.0.0 -> ghcr.io/acme/payments:v1.2.3",
    )
    assert "base stays" in found.notes[0]
    assert edited(CHART, SetHelmValue("worker.replicas", 4), *ENVIRONMENT).summary == (
        "charts/payments/values-eu.yaml: worker.replicas (new) 1 -> 4",
    )


@pytest.mark.parametrize(
    ("files", "given", "intent", "said"),
    [
        ({**BASE, PRODUCTION: WITHOUT}, OVERLAY, SetImage("v2"), r"Which image\? .*payments:v1.0.0.*envoy:v1.30.0"),
        (PLAIN, [source("apps/payments")], SetImage("v2"), r"Which image\? .*payments:v1.0.0.*envoy:v1.30.0"),
        (CHART, ENVIRONMENT, SetImage("v2"), r"Which image\? image \(ghcr.*worker\.image \(ghcr"),
        (CHART, ENVIRONMENT, SetReplicas(2), r"Whose replicas\? replicaCount \(3\), worker.replicas \(1\)"),
        (UMBRELLA, [source("umbrella")], SetChartVersion("1.2.0"), r"Which chart\? db, cache"),
        (CHART, ENVIRONMENT, SetImage("v2", image="nginx"), "No image of that name.*worker"),
        (CHART, ENVIRONMENT, SetReplicas(2, workload="web"), "No replicas of web.*replicaCount"),
        (PLAIN, [source("apps/payments")], SetImage("v2", image="nginx"), "No container with image 'nginx'.*envoy"),
        (PLAIN, [source("apps/payments")], SetReplicas(2, workload="web"), "no web with replicas.*Deployment/payments"),
        (UMBRELLA, [source("umbrella")], SetChartVersion("1.2.0", chart="web"), "no chart web.*db, cache"),
        (
            {**BASE, PRODUCTION: WITHOUT},
            OVERLAY,
            SetImage("v2", container="payments"),
            "for all of these at once: migrate of Deployment/eu-payments, payments of",
        ),
        (CHART, ENVIRONMENT, SetHelmValue("hosts[9].tls", value=True), "no list of so many"),
        (CHART, ENVIRONMENT, SetHelmValue("region.name", "eu"), "single value"),
        (PLAIN, [source("apps/payments")], SetImage("a b"), "no image version"),
        (PLAIN, [source("apps/payments")], SetImage("ghcr.io/acme/payments"), "no image version"),
        (
            PLAIN,
            [source("apps/payments"), source("apps/payments/old")],
            SetReplicas(3),
            "Several sources of payments hold it",
        ),
    ],
)
def test_what_could_mean_several_things_is_asked_back(
    files: Mapping[str, str], given: list[dict[str, Any]], intent: Intent, said: str
) -> None:
    with pytest.raises(InvalidArgument, match=said):
        edited(files, intent, *given)


CONFIG = {"apps/payments/a.yaml": "kind: ConfigMap\nmetadata: {name: a}\n"}


@pytest.mark.parametrize(
    ("files", "given", "intent", "said"),
    [
        (CONFIG, source("apps/payments"), SetImage("v2"), "No containers"),
        (CONFIG, source("apps/payments"), SetReplicas(2), "Nothing with replicas"),
        (CONFIG, source("apps/payments"), SetHelmValue("a", 1), "No source of payments"),
        (CONFIG, source("apps/payments"), SetChartVersion("1.0.0"), "no chart of another version"),
        (CONFIG, source("apps/payments", plugin={}), SetImage("v2"), "plugin"),
        (CONFIG, {"repoURL": "https://git.example.com/other", "path": "."}, SetImage("v2"), "No source of payments"),
        (CONFIG, source("apps/payments", kustomize={}), SetImage("v2"), "no kustomization in apps/payments"),
        ({PRODUCTION: "resources: ['https://x/y?ref=1']\n"}, OVERLAY[0], SetImage("v2"), "not in this repository"),
        ({"c/Chart.yaml": "name: c\n"}, source("c"), SetImage("v2"), "No image is seen"),
        ({"c/Chart.yaml": "name: c\n"}, source("c"), SetReplicas(2), "No replicas are seen"),
        (
            CHART,
            source("charts/payments", helm={"valueFiles": ["https://x/values.yaml"]}),
            SetReplicas(2, workload="worker"),
            "values files that are not in this repository: https://x/values.yaml",
        ),
        (CHART, ENVIRONMENT[0], SetImage(DIGEST, image="payments"), "no value for a digest"),
        (UMBRELLA, source("umbrella"), SetChartVersion("~1.2", chart="db"), "range"),
        (
            {**BASE, "base/deployment.yaml": DEPLOYMENT.replace("Deployment", "Rollout"), PRODUCTION: WITHOUT},
            OVERLAY[0],
            SetReplicas(3),
            "know no Rollout",
        ),
    ],
)
def test_what_git_does_not_hold_is_said(
    files: Mapping[str, str], given: dict[str, Any], intent: Intent, said: str
) -> None:
    with pytest.raises(FailedPrecondition, match=said):
        edited(files, intent, given)


def test_what_is_so_already_is_told_with_its_value() -> None:
    with pytest.raises(NothingToChange, match=r"ghcr\.io/acme/payments:v1\.2\.2 already"):
        edited({**BASE, PRODUCTION: WITH_IMAGES}, SetImage("v1.2.2", image="payments"))
    with pytest.raises(NothingToChange, match="2 already"):
        edited(PLAIN, SetReplicas(2), source("apps/payments"))


def test_a_file_that_is_not_yaml_is_told_with_its_line() -> None:
    with pytest.raises(NotYAML, match=r"base/deployment\.yaml, line 2"):
        edited({**BASE, "base/deployment.yaml": "a: 1\n b: 2\n", PRODUCTION: WITHOUT}, SetImage("v2"))


def test_an_entry_for_an_image_of_a_remote_base() -> None:
    files = {PRODUCTION: "resources: ['https://x/y?ref=1']\nimages: [{name: payments, newTag: v1}]\n"}
    assert changes(files, edited(files, SetImage("v2"))) == {
        PRODUCTION: (
            ["images: [{name: payments, newTag: v1}]"],
            ["images: [{name: payments, newTag: v2}]"],
        )
    }


def test_an_autoscaler_is_told_of() -> None:
    scaler = "kind: HorizontalPodAutoscaler\nmetadata: {name: p}\nspec: {scaleTargetRef: {name: payments}}\n"
    found = edited({**PLAIN, "apps/payments/hpa.yaml": scaler}, SetReplicas(3), source("apps/payments"))
    assert found.notes == ("apps/payments/hpa.yaml: HorizontalPodAutoscaler p scales Deployment/payments: it decides.",)


# What is set on the application itself.


def manifest(path: str, *more: str) -> dict[str, str]:
    below = "\n    ".join(more) or "# nothing more"
    return {
        "apps/payments.yaml": f"kind: ConfigMap\n---\n{APPLICATION % (REPO, path, below)}",
        "apps/template.yaml": "kind: Application\nname: payments\n{{ if }}",
    }


def test_images_of_the_application_have_the_last_word() -> None:
    files = {
        **BASE,
        PRODUCTION: WITH_IMAGES,
        **manifest("environments/production", "kustomize:", "  images: [a=b:c, 'ghcr.io/acme/payments:v9']"),
    }
    given = source("environments/production", kustomize={"images": ["a=b:c", "ghcr.io/acme/payments:v9"]})
    assert changes(files, edited(files, SetImage("v10", image="payments"), given)) == {
        "apps/payments.yaml": (
            ["      images: [a=b:c, 'ghcr.io/acme/payments:v9']"],
            ["      images: [a=b:c, 'ghcr.io/acme/payments:v10']"],
        )
    }


def test_what_is_only_on_the_object_is_not_looked_for_in_git() -> None:
    files = {**BASE, PRODUCTION: WITH_IMAGES, **manifest("environments/production")}
    given = source("environments/production", kustomize={"images": ["ghcr.io/acme/payments:v9"]})
    with pytest.raises(FailedPrecondition, match="set on the Application object itself") as caught:
        edited(files, SetImage("v10", image="payments"), given)
    assert "operation update" in caught.value.hint


def test_overrides_in_the_source_folder_come_before_the_manifest() -> None:
    override = "environments/production/.argocd-source-payments.yaml"
    files = {
        **BASE,
        PRODUCTION: WITH_IMAGES,
        override: "kustomize:\n  images:\n  - ghcr.io/acme/payments:v9 # by the updater\n",
    }
    assert changes(files, edited(files, SetImage("v10", image="payments"))) == {
        override: (
            ["  - ghcr.io/acme/payments:v9 # by the updater"],
            ["  - ghcr.io/acme/payments:v10 # by the updater"],
        )
    }


HELM = [
    (
        {"parameters": [{"name": "image.tag", "value": "v1"}]},
        ["helm:", "  parameters:", "  - name: image.tag", "    value: v1"],
        SetImage("1.10", image="payments"),
        (["        value: v1"], ['        value: "1.10"']),
    ),
    (
        {"valuesObject": {"replicaCount": 4}},
        ["helm:", "  valuesObject:", "    replicaCount: 4"],
        SetHelmValue("replicaCount", 5),
        (["        replicaCount: 4"], ["        replicaCount: 5"]),
    ),
    (
        {"values": "# ours\nreplicaCount: 4 # few\nimage:\n  tag: v1\n"},
        ["helm:", "  values: |", "    # ours", "    replicaCount: 4 # few", "    image:", "      tag: v1"],
        SetHelmValue("replicaCount", 5),
        (["        replicaCount: 4 # few"], ["        replicaCount: 5 # few"]),
    ),
]


@pytest.mark.parametrize(("helm", "more", "intent", "changed"), HELM)
def test_helm_values_of_the_application(
    helm: dict[str, Any], more: list[str], intent: Intent, changed: tuple[list[str], list[str]]
) -> None:
    files = {**CHART, **manifest("charts/payments", *more)}
    found = edited(files, intent, source("charts/payments", helm=helm))
    assert changes(files, found) == {"apps/payments.yaml": changed}


def test_a_value_of_a_chart_that_is_not_in_git_goes_to_the_manifest() -> None:
    chart = {"repoURL": "https://charts.example.com", "chart": "redis", "targetRevision": "1.0.0"}
    files = {
        "apps/redis.yaml": text("""
            apiVersion: argoproj.io/v1alpha1
            kind: Application
            metadata:
              name: payments
            spec:
              sources:
              - repoURL: https://charts.example.com
                chart: redis
                targetRevision: 1.0.0
            """)
    }
    assert changes(files, edited(files, SetHelmValue("a.b", 1), chart))["apps/redis.yaml"][1] == [
        "    helm:",
        "      valuesObject:",
        "        a:",
        "          b: 1",
    ]
    assert changes(files, edited(files, SetChartVersion("1.10.0"), chart))["apps/redis.yaml"] == (
        ["    targetRevision: 1.0.0"],
        ["    targetRevision: 1.10.0"],
    )


def test_the_revision_to_follow() -> None:
    files = manifest("apps/payments")
    found = edited(files, SetTargetRevision("1.10"), source("apps/payments"))
    assert changes(files, found) == {
        "apps/payments.yaml": (["    targetRevision: main  # follows"], ['    targetRevision: "1.10"  # follows'])
    }
    assert found.summary == ("apps/payments.yaml: targetRevision main -> 1.10",)
    with pytest.raises(InvalidArgument, match=r"Which source of payments\? a; b"):
        edited(files, SetTargetRevision("v1"), source("a"), source("b"))


def test_a_manifest_that_is_not_there_is_not_guessed() -> None:
    with pytest.raises(FailedPrecondition, match="targetRevision is set on the Application object payments") as caught:
        edited({}, SetTargetRevision("v1"), source("apps/payments"))
    assert "operation update" in caught.value.hint


def test_of_several_manifests_that_of_this_source_is_meant() -> None:
    files = {**manifest("apps/payments"), "apps/other.yaml": APPLICATION % (REPO, "apps/other", "")}
    assert set(edited(files, SetTargetRevision("v1"), source("apps/payments")).files) == {"apps/payments.yaml"}
    both = {**files, "apps/copy.yaml": files["apps/payments.yaml"]}
    with pytest.raises(InvalidArgument, match=r"apps/copy\.yaml, apps/payments\.yaml"):
        edited(both, SetTargetRevision("v1"), source("apps/payments"))


# Whole files, and references.


def test_whole_files() -> None:
    found = whole({"a.yaml": "1", "./b.yaml": "2", "c.yaml": None}, {"a.yaml": "1", "b.yaml": "1", "c.yaml": "1"})
    assert found.files == {"b.yaml": "2", "c.yaml": None}
    assert found.summary == ("b.yaml: changed", "c.yaml: removed")
    with pytest.raises(NothingToChange):
        whole({"a.yaml": "1", "d.yaml": None}, {"a.yaml": "1"})
    with pytest.raises(InvalidPath):
        whole({"../a.yaml": "1"}, {})


NAMES = st.from_regex(r"([a-z]{1,5}(\.[a-z]{2}|:[0-9]{2,4})/)?[a-z]{1,5}(/[a-z]{1,5})?", fullmatch=True)


@given(NAMES, st.sampled_from(["", "v1", "1.10"]), st.sampled_from(["", DIGEST]))
def test_a_reference_is_read_as_it_was_written(name: str, tag: str, digest: str) -> None:
    assert reference(str(Reference(name, tag, digest))) == Reference(name, tag, digest)


@pytest.mark.parametrize(
    ("given_", "found"),
    [
        ("v1", Reference("", "v1")),
        (DIGEST, Reference("", digest=DIGEST)),
        (f"@{DIGEST}", Reference("", digest=DIGEST)),
        ("localhost:5000/a:v1", Reference("localhost:5000/a", "v1")),
        (f"a:v1@{DIGEST}", Reference("a", "v1", DIGEST)),
    ],
)
def test_what_an_image_shall_be(given_: str, found: Reference) -> None:
    assert wanted(given_) == found


@pytest.mark.parametrize(
    "given_", ["", "a/b", "a:b c", "a@sha256:12", "localhost:5000/a", "-v1", ":v1 ", "a\n", "v1\n"]
)
def test_what_is_no_image_version(given_: str) -> None:
    with pytest.raises(InvalidArgument, match="no image version"):
        wanted(given_)
