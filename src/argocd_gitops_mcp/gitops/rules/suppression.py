"""Findings that a file's own comments let pass: `# argocd-gitops: ignore RULE[, RULE]`. Pure."""

import re
from collections.abc import Iterable, Mapping

from argocd_gitops_mcp.gitops.findings import Finding

_COMMENT = re.compile(r"(?:^|\s)#\s*argocd-gitops:\s*ignore\s+([a-z0-9-]+(?:\s*,\s*[a-z0-9-]+)*)")


def kept(findings: Iterable[Finding], texts: Mapping[str, str]) -> list[Finding]:
    """The findings that no comment at the end of their line, or on lines of its own above it, lets pass.

    Args:
        findings: of any check.
        texts: the files, by the path that findings carry.
    """
    passed = {file: _passed(text) if "argocd-gitops:" in text else {} for file, text in texts.items()}
    return [one for one in findings if one.rule not in passed.get(one.file, {}).get(one.line, ())]


def _passed(text: str) -> dict[int, set[str]]:
    """The rules that are let pass, by line."""
    found: dict[int, set[str]] = {}
    above: set[str] = set()
    for number, line in enumerate(text.split("\n"), 1):
        match = _COMMENT.search(line)
        here = {one.strip() for one in match[1].split(",")} if match else set()
        if line.lstrip().startswith("#"):
            above |= here
            continue
        if (here | above) and line.strip():
            found[number] = here | above
        above = set()
    return found
