"""What validation found, as lines. Pure."""

from collections.abc import Sequence

from argocd_gitops_mcp.gitops.findings import SEVERITIES, Finding
from argocd_gitops_mcp.gitops.validation import Report
from argocd_gitops_mcp.views.text import line
from argocd_gitops_mcp.views.view import Lines


def report(found: Report, findings: Sequence[Finding], unchecked: Sequence[str]) -> Lines:
    """Worst first, with what was looked at and what was not."""
    counts = {one: sum(finding.severity == one for finding in findings) for one in reversed(SEVERITIES)}
    told = ", ".join(f"{count} {severity}" for severity, count in counts.items() if count) or "no findings"
    version = f", Kubernetes {found.kubernetes_version}" if found.kubernetes_version else ""
    looked = (
        f"{found.files} files, {found.documents} documents, {found.objects} against schemas, {found.rendered} rendered"
    )
    head = [f"{told} in {looked}{version}", *(f"not checked: {line(one, 300)}" for one in unchecked)]
    ordered = sorted(findings, key=lambda one: (-SEVERITIES.index(one.severity), one))
    return Lines(head=head, lines=[told_of(one) for one in ordered], unit="findings", more="validate fewer paths")


def told_of(one: Finding) -> str:
    """A finding in a line."""
    place = f"{one.file}:{one.line}" if one.line else one.file
    about = f" ({one.subject})" if one.subject else ""
    return line(f"{place} {one.severity} {one.rule}: {one.message}{about}", 500)
