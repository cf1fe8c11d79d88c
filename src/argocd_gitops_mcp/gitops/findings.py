"""A finding of validation: what is wrong, where, and how bad. Pure."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")
"""From harmless to bad; matters of taste are `info`."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One finding.

    Args:
        file: path as it was given, with `/`.
        line: from 1; 0 where it concerns the whole file.
        column: from 1; 0 where unknown.
        rule: id, e.g. `yaml-syntax`, `unknown-field`, `latest-tag`.
        severity: how bad.
        message: what is wrong and what would be right, in one line.
        subject: `Kind/name` of the object, if it is about one.
    """

    file: str
    line: int
    column: int
    rule: str
    severity: Severity
    message: str
    subject: str = ""


def at_or_above(finding: Finding, severity: Severity) -> bool:
    """Whether a finding is at least this bad."""
    return SEVERITIES.index(finding.severity) >= SEVERITIES.index(severity)
