"""What kustomize and Helm made of a tree, brought back to its files. Pure."""

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import replace

from argocd_gitops_mcp.gitops.documents import Document, read
from argocd_gitops_mcp.gitops.findings import Finding
from argocd_gitops_mcp.gitops.tree import Tree, inside
from argocd_gitops_mcp.gitops.validation.kustomization_checks import references
from argocd_gitops_mcp.gitops.validation.rendering import Rendered

_SOURCE = re.compile(r"^# Source: [^/\n]+/(.+)$", re.MULTILINE)
_TEMPLATE = re.compile(r"(?:^|[\s(])[\w.-]+/((?:charts/[\w.-]+/)*templates/[^\s:)]+)(?::(\d+))?(?::(\d+))?")


def failure(rendered: Rendered, tree: Tree, documents: Mapping[str, Document]) -> Finding:
    """The finding of a target that could not be rendered, at the file or line that the program names."""
    target = rendered.target
    rule = "kustomize-build" if target.tool == "kustomize" else "helm-template"
    found = Finding(target.file, 0, 0, rule, "error", rendered.failure)
    if target.tool == "helm":
        for match in _TEMPLATE.finditer(rendered.failure):
            file = inside(target.folder, match[1])
            if file in tree.files:
                return replace(found, file=file, line=int(match[2] or 0), column=int(match[3] or 0))
        return found
    document = documents.get(target.file)
    named = [one for one in references(document.value) if one.target in rendered.failure] if document else []
    if document is None or not named:
        return found
    line, column = document.position(*max(named, key=lambda one: len(one.target)).path)
    return replace(found, line=line, column=column)


def objects(rendered: Rendered, tree: Tree) -> tuple[list[tuple[Document, str]], list[Finding]]:
    """Every object with the file it came from (of a chart its template, else the kustomization), and odd output."""
    target = rendered.target
    documents, findings = read(target.file, rendered.text)
    sources = list(_SOURCE.finditer(rendered.text)) if target.tool == "helm" else []
    starts = [rendered.text.count("\n", 0, one.start()) + 1 for one in sources]
    placed = []
    for document in documents:
        above = bisect_right(starts, document.line)
        file = inside(target.folder, sources[above - 1][1]) if above else target.file
        placed.append((document, file if file in tree.files else target.file))
    return placed, [replace(one, line=0, column=0) for one in findings]
