"""What a repository's `.argocd-gitops.yaml` says of the rules. Pure.

rules: {single-replica: "off", default-namespace: warning}
production: ["live", "live-*"]
allow: {privileged: ["DaemonSet/node-exporter", "infra/*"]}
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any, Literal

from argocd_gitops_mcp import names
from argocd_gitops_mcp.errors import InvalidArgument, NotYAML
from argocd_gitops_mcp.gitops import documents
from argocd_gitops_mcp.gitops.findings import SEVERITIES, Finding, Severity

FILE = ".argocd-gitops.yaml"
PRODUCTION = (
    *("prod", "production", "prod-*", "production-*", "*-prod", "*-production", "*-prod-*", "*-production-*"),
    *("!*non-prod*", "!*pre-prod*", "!*not-prod*"),
)
_KEYS = ("rules", "production", "allow")


@dataclass(frozen=True, slots=True)
class Config:
    """How the rules are meant in one repository.

    Args:
        severities: by rule, where it is not the rule's own.
        production: globs over names, namespaces, folders and files; what a `!` glob matches is never production.
        allowed: globs over subjects (`Kind/name`) and files, by rule: there the rule does not count.
    """

    severities: Mapping[str, Severity | Literal["off"]] = field(default_factory=dict)
    production: tuple[str, ...] = PRODUCTION
    allowed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def applied(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings that count here, with the severities of here; of any check, not only of house rules."""
        counted = []
        for one in findings:
            severity = self.severities.get(one.rule, one.severity)
            if severity != "off" and not self._is_allowed(one):
                counted.append(replace(one, severity=severity))
        return counted

    def _is_allowed(self, finding: Finding) -> bool:
        globs = self.allowed.get(finding.rule, ())
        return any(fnmatchcase(finding.subject, glob) or fnmatchcase(finding.file, glob) for glob in globs)

    def is_production(self, words: Iterable[str]) -> bool:
        """Whether one of these names, namespaces or folders means production."""
        return any(self._means_production(word.lower()) for word in words)

    def _means_production(self, word: str) -> bool:
        if any(fnmatchcase(word, glob[1:]) for glob in self.production if glob.startswith("!")):
            return False
        return any(fnmatchcase(word, glob) for glob in self.production if not glob.startswith("!"))


def configured(text: str | None, rules: Collection[str]) -> Config:
    """Read a configuration.

    Args:
        text: of the file; None where there is none.
        rules: every id that it may name.

    Raises:
        NotYAML: it cannot be read.
        InvalidArgument: a key, rule, severity or glob that there is not.
    """
    if text is None:
        return Config()
    found, unreadable = documents.read(FILE, text)
    if unreadable:
        raise NotYAML(f"{FILE}, line {unreadable[0].line}: {unreadable[0].message}.")
    if len(found) > 1:
        raise InvalidArgument(f"{FILE} holds several documents; it has one.")
    given = found[0].value if found else {}
    if not isinstance(given, dict):
        raise InvalidArgument(f"{FILE} must be a mapping of {', '.join(_KEYS)}.")
    for key in given:
        _known(key, _KEYS, "key")
    return Config(
        {name: _severity(name, value) for name, value in _by_rule(given, "rules", rules).items()},
        PRODUCTION if given.get("production") is None else _globs("production", given["production"]),
        {name: _globs(f"allow.{name}", value) for name, value in _by_rule(given, "allow", rules).items()},
    )


def _by_rule(given: dict[str, Any], key: str, rules: Collection[str]) -> dict[str, Any]:
    found = {} if given.get(key) is None else given[key]
    if not isinstance(found, dict):
        raise InvalidArgument(f"{FILE}: {key} must be a mapping by rule.")
    for name in found:
        _known(name, rules, "rule")
    return found


def _known(name: str, known: Collection[str], what: str) -> None:
    if name not in known:
        near = names.nearest(name, known, 1)
        raise InvalidArgument(f"{FILE}: there is no {what} {name!r}{f'; did you mean {near[0]!r}?' if near else '.'}")


def _severity(name: str, value: Any) -> Severity | Literal["off"]:
    if value is False or value == "off":  # YAML of Kubernetes reads a bare `off` as false
        return "off"
    for severity in SEVERITIES:
        if value == severity:
            return severity
    raise InvalidArgument(f"{FILE}: rules.{name} must be off, info, warning or error.")


def _globs(where: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise InvalidArgument(f"{FILE}: {where} must be a list of globs.")
    return tuple(value)
