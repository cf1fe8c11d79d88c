"""Every template makes readable manifests of any values that fit, and says what it takes."""

import re
from typing import Any

import pytest
from ruamel.yaml import YAML

from argocd_gitops_mcp.errors import InvalidValue, UnknownTemplate
from argocd_gitops_mcp.gitops.findings import at_or_above
from argocd_gitops_mcp.gitops.templates.catalogue import Template, find, render, templates
from argocd_gitops_mcp.gitops.validation.report import Options, validate
from tests.unit.gitops.samples import SAMPLES, bare, full

ALL = [pytest.param(template, id=template.name) for template in templates()]
AWKWARD = ["yes", "1.0", "a: b", "# x", "one\ntwo\n", 'say "hi"', "{{.env}}", "<name>", "!when/x", "*a", " ", "1e3"]


def read(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def test_there_is_one_for_each_way_to_deploy() -> None:
    assert [template.name for template in templates()] == [
        "app-of-apps",
        "application-helm",
        "application-helm-oci",
        "application-kustomize",
        "application-multi-source",
        "application-plain",
        "applicationset-clusters",
        "applicationset-git-directories",
        "applicationset-git-files",
        "applicationset-list",
        "applicationset-matrix",
        "applicationset-pull-requests",
        "appproject",
        "environments",
        "notifications",
        "progressive-rollout",
    ]


@pytest.mark.parametrize("template", ALL)
def test_the_least_and_everything_make_manifests(template: Template) -> None:
    for values in (bare(template), full(template)):
        for path, text in render(template.name, values).items():
            assert re.fullmatch(r"[\w./-]+\.yaml", path)
            assert {"apiVersion", "kind"} <= set(read(text)) or path.endswith("config.yaml")
            assert text.endswith("\n")
            assert not re.search(r"\t| $|!when|!each|\n\n|^ *(- )?[\w.-]+:$(?!\n +)(?!\n *-)", text, re.MULTILINE), text
            assert "<" not in re.sub(r"#.*", "", text)


@pytest.mark.parametrize("template", ALL)
def test_every_value_counts(template: Template) -> None:
    """A value that changes nothing would be a promise that nobody keeps."""
    everything = full(template)
    before = render(template.name, everything)
    for value in template.values:
        other = {"string": "other", "integer": 7, "boolean": not everything[value.name], "object": {"other": "x"}}
        changed: Any = other.get(
            value.kind, [{**everything[value.name][0], "name": "other"}] if value.keys else ["other"]
        )
        if value.choices:
            changed = next(one for one in value.choices if one != everything[value.name])
        if value.form == "url":
            continue  # mattermost's alone, below
        assert render(template.name, {**everything, value.name: changed}) != before, value.name


@pytest.mark.parametrize("template", ALL)
def test_any_string_comes_out_as_itself(template: Template) -> None:
    free = [one for one in template.values if one.kind == "string" and not one.form and not one.choices]
    for shift in range(len(AWKWARD)):
        given = {value.name: AWKWARD[(shift + place) % len(AWKWARD)] for place, value in enumerate(free)}
        found = [read(one) for one in render(template.name, {**full(template), **given}).values()]
        for name, text in given.items():
            assert any(text in one for document in found for one in strings(document)), (name, text)


def strings(data: Any) -> list[str]:
    if isinstance(data, dict):
        return [one for value in data.values() for one in strings(value)]
    if isinstance(data, list):
        return [one for value in data for one in strings(value)]
    return [data] if isinstance(data, str) else []


@pytest.mark.parametrize("template", ALL)
def test_it_says_what_it_takes(template: Template) -> None:
    assert template.title
    assert template.summary.endswith(".")
    assert len(template.summary) < 140
    for value in template.values:
        assert value.description
        assert len(value.description) < 120
    required = [value.name for value in template.values if value.is_required]
    with pytest.raises(InvalidValue) as caught:
        render(template.name, {})
    assert [name for name in required if f"{name} (" not in caught.value.message] == []


def test_samples_are_of_values_that_exist() -> None:
    assert set(SAMPLES) <= {value.name for template in templates() for value in template.values}


def test_an_unknown_template_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownTemplate, match="did you mean application-kustomize"):
        find("application-kustomise")
    with pytest.raises(UnknownTemplate, match="there are app-of-apps"):
        render("zzzzz", {})


def test_rendering_twice_gives_the_same() -> None:
    values = full(find("appproject"))
    assert render("appproject", values) == render("appproject", values)


def test_manual_applications_have_no_automated_policy() -> None:
    text = render("application-plain", {**bare(find("application-plain")), "automated": False})["apps/web.yaml"]
    assert "automated" not in read(text)["spec"]["syncPolicy"]
    assert "Git is the only way in" not in text


def test_production_runs_twice_and_is_guarded() -> None:
    files = render("environments", bare(find("environments")))
    overlays = {
        path: read(text) for path, text in files.items() if path.endswith("overlays/production/kustomization.yaml")
    }
    assert [one["replicas"][0]["count"] for one in overlays.values()] == [2]
    assert [path for path in files if path.endswith("disruption.yaml")] == [
        "services/web/overlays/production/disruption.yaml"
    ]


@pytest.mark.parametrize(
    ("forge", "where"), [("github", {"owner": "shop", "repo": "web"}), ("gitlab", {"project": "shop/web"})]
)
def test_previews_need_a_label_on_every_forge(forge: str, where: dict[str, str]) -> None:
    values = {**full(find("applicationset-pull-requests")), "forge": forge}
    generator = read(render("applicationset-pull-requests", values)["apps/web.yaml"])["spec"]["generators"][0][
        "pullRequest"
    ]
    assert set(generator) == {forge, "requeueAfterSeconds"}
    assert generator[forge]["labels"] == ["preview"]
    assert where.items() <= generator[forge].items()


def test_a_notification_names_its_service_and_no_token() -> None:
    values = {**full(find("notifications")), "service": "mattermost", "api_url": "https://chat.example.com"}
    data = read(render("notifications", values)["argocd/notifications.yaml"])["data"]
    assert read(data["service.mattermost"]) == {"apiURL": "https://chat.example.com", "token": "$notifications-token"}
    assert [name for name in data if name.startswith("service.")] == ["service.mattermost"]
    assert read(data["subscriptions"])[0]["recipients"] == ["mattermost:shop-alerts"]


@pytest.mark.parametrize("template", ALL)
def test_validation_finds_nothing_in_it(template: Template) -> None:
    for values in (bare(template), full(template)):
        report = validate(render(template.name, values), Options())
        assert [one for one in report.findings if at_or_above(one, "warning")] == []
        assert report.documents
