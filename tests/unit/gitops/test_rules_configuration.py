"""What `.argocd-gitops.yaml` says of the rules, and what is refused of it."""

import pytest

from argocd_gitops_mcp.errors import InvalidArgument, NotYAML
from argocd_gitops_mcp.gitops import rules
from argocd_gitops_mcp.gitops.findings import Finding
from argocd_gitops_mcp.gitops.rules import Config, configured
from tests.unit.gitops.manifests import container, deployment, everything

PRIVILEGED = deployment(container("securityContext: {privileged: true}"), name="node-exporter")


def found(text: str, rule: str = "privileged", file: str = "infra/node.yaml") -> list[tuple[str, int]]:
    return everything({file: PRIVILEGED}, rule, configured(text))


def test_without_a_file_every_rule_has_its_own_severity() -> None:
    assert configured(None) == configured("") == Config()
    assert found("") == [("infra/node.yaml", 12)]


@pytest.mark.parametrize("off", ["off", '"off"', "false"])
def test_a_rule_is_switched_off(off: str) -> None:
    assert found(f"rules: {{privileged: {off}}}") == []


def test_a_severity_is_changed_also_of_what_is_no_house_rule() -> None:
    config = configured("rules: {unknown-field: info}", ["unknown-field"])
    one = Finding("a.yaml", 1, 1, "unknown-field", "error", "no such field")
    assert [one.severity for one in config.applied([one])] == ["info"]


@pytest.mark.parametrize("glob", ["Deployment/node-exporter", "Deployment/node-*", "infra/*", "*/node.yaml"])
def test_a_rule_is_let_pass_by_subject_or_file(glob: str) -> None:
    assert found(f"allow: {{privileged: ['{glob}']}}") == []
    assert found(f"allow: {{host-access: ['{glob}']}}") != []


@pytest.mark.parametrize("glob", ["Deployment/node", "node-exporter", "infra", "DaemonSet/node-exporter"])
def test_a_glob_is_for_the_whole(glob: str) -> None:
    assert found(f"allow: {{privileged: ['{glob}']}}") != []


@pytest.mark.parametrize(
    ("word", "is_production"),
    [
        *((word, True) for word in ("prod", "production", "PROD", "shop-prod", "prod-eu", "eu-production-1")),
        *((word, False) for word in ("product", "reproduction", "non-prod", "eu-pre-prod", "nonprod", "staging", "")),
    ],
)
def test_what_production_is_called(word: str, *, is_production: bool) -> None:
    assert Config().is_production([word]) is is_production
    assert Config().is_production(["staging", word]) is is_production


def test_production_is_what_the_repository_calls_so() -> None:
    config = configured("production: [live, 'live-*', '!live-test']")
    assert [word for word in ("live", "live-eu", "live-test", "prod") if config.is_production([word])] == [
        "live",
        "live-eu",
    ]
    assert not configured("production: []").is_production(["production"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rules: {privilegd: off}", "no rule 'privilegd'; did you mean 'privileged'?"),
        ("allow: {latest-tags: [a]}", "no rule 'latest-tags'; did you mean 'latest-tag'?"),
        ("rule: {}", "no key 'rule'; did you mean 'rules'?"),
        ("rules: {privileged: warn}", "rules.privileged must be off, info, warning or error"),
        ("rules: {privileged: true}", "rules.privileged must be off, info, warning or error"),
        ("rules: [privileged]", "rules must be a mapping"),
        ("allow: {privileged: infra/*}", "allow.privileged must be a list of globs"),
        ("production: prod", "production must be a list of globs"),
        ("production: [1]", "production must be a list of globs"),
        ("- rules", "must be a mapping of rules, production, allow"),
        ("rules: {}\n---\nrules: {}", "several documents"),
    ],
)
def test_a_bad_configuration_is_refused_with_what_is_meant(text: str, said: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        configured(text)
    assert said in refused.value.message
    assert refused.value.code == "invalid_argument"


@pytest.mark.parametrize("text", ["rules: {", "rules: {}\nrules: {}", "a: 'b"])
def test_what_is_not_yaml_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(NotYAML, match=rf"{rules.FILE}, line \d"):
        configured(text)
