"""What validation found, as lines. Pure."""

from collections.abc import Sequence

from argocd_gitops_mcp.gitops.findings import SEVERITIES, Finding
from argocd_gitops_mcp.gitops.git.paths import named
from argocd_gitops_mcp.gitops.validation.report import Report
from argocd_gitops_mcp.views.text import line
from argocd_gitops_mcp.views.view import Lines

_FEW = 5
_IDLE = ": nothing changes"


def report(found: Report, findings: Sequence[Finding], unchecked: Sequence[str], effects: Sequence[str] = ()) -> Lines:
    """Worst first, with what was looked at and what was not; then what it would change once merged."""
    counts = {one: sum(finding.severity == one for finding in findings) for one in reversed(SEVERITIES)}
    told = ", ".join(f"{count} {severity}" for severity, count in counts.items() if count) or "no findings"
    version = f", Kubernetes {found.kubernetes_version}" if found.kubernetes_version else ""
    looked = (
        f"{found.files} files, {found.documents} documents, {found.objects} against schemas, {found.rendered} rendered"
    )
    head = [f"{told} in {looked}{version}", *(f"not checked: {line(one, 300)}" for one in unchecked[:_FEW])]
    if len(unchecked) > _FEW:
        head.append(f"not checked, too: {len(unchecked) - _FEW} more; validate fewer paths to see why")
    ordered = sorted(findings, key=lambda one: (-SEVERITIES.index(one.severity), one))
    return Lines(
        head=head, lines=[*map(told_of, ordered), *_merged(effects)], unit="findings", more="validate fewer paths"
    )


def _merged(effects: Sequence[str]) -> list[str]:
    idle = [one.removesuffix(_IDLE) for one in effects if one.endswith(_IDLE)]
    told = [f"once merged: {line(one, 500)}" for one in effects if not one.endswith(_IDLE)]
    return told + ([line(f"once merged: nothing changes in {', '.join(idle)}", 500)] if idle else [])


def told_of(one: Finding) -> str:
    """A finding in a line."""
    file = named([one.file])
    place = f"{file}:{one.line}" if one.line else file
    about = f" ({one.subject})" if one.subject else ""
    return line(f"{place} {one.severity} {one.rule}: {one.message}{about}", 500)
