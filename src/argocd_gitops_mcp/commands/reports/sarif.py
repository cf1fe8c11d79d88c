"""A report as SARIF 2.1.0, which forges show at the lines of a pull request. Pure.

Source: OASIS, Static Analysis Results Interchange Format 2.1.0, sections 3.13 to 3.52.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from argocd_gitops_mcp import __version__
from argocd_gitops_mcp.gitops.findings import Finding
from argocd_gitops_mcp.gitops.validation.report import HELP, Report
from argocd_gitops_mcp.views.text import line

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def sarif(report: Report) -> dict[str, Any]:
    """The whole log; files are named from the root of the repository."""
    ids = sorted({one.rule for one in report.findings})
    indexes = {rule: index for index, rule in enumerate(ids)}
    notes = [{"level": "note", "message": {"text": line(one)}} for one in report.unchecked]
    driver = {"name": "argocd-gitops-mcp", "version": __version__, "rules": [_rule(one) for one in ids]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notes}],
        "results": [_result(one, indexes) for one in report.findings],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(name: str) -> dict[str, Any]:
    text = HELP.get(name, name)
    short = text.partition(". ")[0].rstrip(".") + "."
    return {"id": name, "shortDescription": {"text": short}, "help": {"text": text}}


def _result(finding: Finding, indexes: Mapping[str, int]) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(finding.file), "uriBaseId": "%SRCROOT%"}}
    if finding.line:
        place["region"] = {"startLine": finding.line}
        if finding.column:
            place["region"]["startColumn"] = finding.column
    location: dict[str, Any] = {"physicalLocation": place}
    if finding.subject:
        location["logicalLocations"] = [{"fullyQualifiedName": line(finding.subject, 300)}]
    return {
        "ruleId": finding.rule,
        "ruleIndex": indexes[finding.rule],
        "level": _LEVELS[finding.severity],
        "message": {"text": line(finding.message)},
        "locations": [location],
    }
