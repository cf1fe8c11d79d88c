"""A report for people at a terminal. Pure."""

from collections import Counter
from collections.abc import Callable, Iterator

import typer

from argocd_gitops_mcp.gitops.findings import SEVERITIES, Finding
from argocd_gitops_mcp.gitops.validation.report import Report
from argocd_gitops_mcp.views.text import line

_COLOURS = {"error": "red", "warning": "yellow", "info": "blue"}


def rows(report: Report, shown: Callable[[str], str]) -> Iterator[str]:
    """A line for each finding; a terminal makes `file:line:column` a link.

    Args:
        report: what was found.
        shown: makes a file's path one that the person can open.
    """
    for one in report.findings:
        severity = typer.style(f"{one.severity:7}", fg=_COLOURS[one.severity])
        subject = f" ({line(one.subject, 100)})" if one.subject else ""
        yield f"{_place(one, shown)}  {severity}  {line(one.message, 600)}{subject}  [{one.rule}]"


def _place(finding: Finding, shown: Callable[[str], str]) -> str:
    parts = [line(shown(finding.file), 400), *(str(one) for one in (finding.line, finding.column) if one)]
    return ":".join(parts)


def summary(report: Report) -> Iterator[str]:
    """What was checked and what came of it, and what was not checked."""
    counts = Counter(one.severity for one in report.findings)
    found = ", ".join(_counted(counts[one], one) for one in reversed(SEVERITIES) if counts[one]) or "nothing found"
    of = f" of Kubernetes {report.kubernetes_version}" if report.kubernetes_version else ""
    made = f", {_counted(report.rendered, 'rendering')}" if report.rendered else ""
    objects = f"{_counted(report.objects, 'object')} against schemas{of if report.objects else ''}"
    yield f"Checked {_counted(report.files, 'file')} ({objects}{made}): {found}."
    for one in report.unchecked:
        yield f"Not checked: {line(one, 600)}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 or what == "info" else f"{count} {what}s"
