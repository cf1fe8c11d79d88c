"""The files of a repository, validated: syntax, schemas, kustomizations, house rules, and what was rendered. Pure.

`inspection.inspected` adds the rendering; call that one unless nothing is to be run.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from argocd_gitops_mcp.gitops import rules
from argocd_gitops_mcp.gitops.documents import RULES as SYNTAX
from argocd_gitops_mcp.gitops.documents import Document, read
from argocd_gitops_mcp.gitops.findings import Finding
from argocd_gitops_mcp.gitops.rules.secrecy import is_encrypted
from argocd_gitops_mcp.gitops.tree import Tree, inside, within
from argocd_gitops_mcp.gitops.validation import (
    argocd_kinds,
    identity,
    kubernetes,
    kustomization_checks,
    rendered,
    rendering,
    schemas,
)
from argocd_gitops_mcp.gitops.validation.rendering import Rendered

Files = Mapping[str, str | bytes]
"""Every file of a repository (or as much as is known of it), by path from its root with `/`."""

HELP: Mapping[str, str] = MappingProxyType(
    {
        **SYNTAX,
        **schemas.RULES,
        **kubernetes.RULES,
        **identity.RULES,
        **kustomization_checks.RULES,
        **rendering.RULES,
        "no-schema": "A kind of an operator's, whose fields nothing is known about here: only house rules look at it.",
        **{one.id: f"{one.summary}. {one.why} {one.remedy}" for one in rules.RULES},
    }
)
"""What each rule finds, by id."""

_UNNAMED = frozenset({"kustomize.config.k8s.io", "builtin", "config.kubernetes.io"})


@dataclass(frozen=True, slots=True)
class Options:
    """What validation is to do.

    Args:
        kubernetes_version: `1.33`; None for the newest there are schemas of.
        config: of the rules; None for the repository's own `.argocd-gitops.yaml`.
        only: files and folders whose findings are wanted; the others are read for what they tell about these.
    """

    kubernetes_version: str | None = None
    config: rules.Config | None = None
    only: tuple[str, ...] = ("",)


@dataclass(frozen=True, slots=True)
class Report:
    """What validation found.

    Args:
        findings: by file, line and column.
        files: how many were read.
        documents: how many they hold.
        objects: how many of those were checked against a schema.
        rendered: how many kustomizations and charts were rendered.
        kubernetes_version: of the schemas; '' where there are none.
        unchecked: what could not be checked, and why, a sentence each.
    """

    findings: Sequence[Finding]
    files: int
    documents: int
    objects: int
    rendered: int = 0
    kubernetes_version: str = ""
    unchecked: Sequence[str] = ()


@dataclass(slots=True)
class Contents:
    """A tree as it was read.

    Args:
        texts: of the files that were read.
        documents: of all of them, in order.
        by_file: the first document of each.
        findings: what could not be read.
    """

    tree: Tree
    texts: dict[str, str] = field(default_factory=dict)
    documents: list[Document] = field(default_factory=list)
    by_file: dict[str, Document] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def contents(files: Files) -> Contents:
    """Read every file that validation looks at."""
    found = Contents(Tree(files.keys()))
    for file in sorted(files):
        if not found.tree.is_read(file):
            continue
        content = files[file]
        try:
            text = content if isinstance(content, str) else content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            found.findings.append(Finding(file, line, 0, "yaml-syntax", "error", "this is not UTF-8 text"))
            continue
        documents, findings = read(file, text)
        found.texts[file] = text
        found.documents += documents
        found.findings += findings
        if documents:
            found.by_file[file] = documents[0]
    return found


def configured(files: Files, given: str | None = None) -> rules.Config:
    """The rules' configuration: the text given, or else the repository's own file.

    Raises:
        NotYAML, InvalidArgument: it is not a configuration.
    """
    own = files.get(rules.FILE)
    text = given if given is not None else own.decode(errors="replace") if isinstance(own, bytes) else own
    return rules.configured(text, HELP)


def validate(files: Files, options: Options, made: Iterable[Rendered] = ()) -> Report:
    """Validate files, and what was rendered of them.

    Raises:
        NotYAML, InvalidArgument: the rules' configuration, or a version of Kubernetes that there are no schemas of.
    """
    return checked(contents(files), options.config or configured(files), options, made)


def checked(found: Contents, config: rules.Config, options: Options, made: Iterable[Rendered] = ()) -> Report:
    """The same of what was read already."""
    check = _Check(found.tree, kubernetes.chosen(options.kubernetes_version))
    patches = _patches(found)
    for document in found.documents:
        if document.file in found.tree.kustomizations.values():
            check.findings += kustomization_checks.check(document, found.tree)
        elif found.tree.is_object_file(document.file):
            check.source(document, is_part=document.file in patches)
    findings = [*found.findings, *check.findings, *check.without_schema(), *rules.check(found.documents, config)]
    wanted = [one for one in findings if within(one.file, options.only)]
    for one in made:
        wanted += check.made(one, found.by_file)
    return Report(
        sorted(set(rules.kept(config.applied(wanted), found.texts))),
        sum(within(file, options.only) for file in found.texts),
        sum(within(one.file, options.only) for one in found.documents),
        check.objects,
        check.rendered,
        check.version or "",
        check.unchecked(),
    )


def _patches(found: Contents) -> frozenset[str]:
    """Files that hold parts of objects."""
    return frozenset(
        inside(folder, one.target)
        for folder, file in found.tree.kustomizations.items()
        if file in found.by_file
        for one in kustomization_checks.references(found.by_file[file].value)
        if one.is_patch
    )


class _Check:
    def __init__(self, tree: Tree, version: str | None) -> None:
        self._tree, self.version = tree, version
        self.findings: list[Finding] = []
        self.objects = self.rendered = 0
        self._unknown: dict[tuple[str, str], Document] = {}
        self._counts: Counter[tuple[str, str]] = Counter()
        self._skipped = 0

    def source(self, document: Document, *, is_part: bool) -> None:
        """Check an object as it stands in a file; a part of one is not complete, and says so with `$patch`."""
        if not document.is_object:
            self.findings += identity.incomplete(document)
            return
        found = self._schema(document)
        if not is_part:
            self.findings += found
            return
        self.findings += [one for one in found if one.rule != "missing-field" and "`$" not in one.message]

    def made(self, one: Rendered, documents: Mapping[str, Document]) -> list[Finding]:
        """What is wrong with what a kustomization or a chart makes, but for what a file of the tree has just so."""
        if one.refusal:
            return []
        if one.failure:
            return [rendered.failure(one, self._tree, documents)]
        self.rendered += 1
        known = {(found.rule, found.message, found.subject.partition("/")[0]) for found in self.findings}
        placed, findings = rendered.objects(one, self._tree)
        for document, file in placed:
            for found in self._schema(document) if document.is_object else ():
                if (found.rule, found.message, document.kind) not in known:
                    findings.append(replace(found, file=file, line=0, column=0))
        return findings

    def _schema(self, document: Document) -> list[Finding]:
        if is_encrypted(document.value):
            return []  # what SOPS adds is taken off again before anything is applied
        found = argocd_kinds.check(document)
        if found is None and self.version is not None:
            found = kubernetes.check(document, self.version)
        if found is not None:
            self.objects += 1
            return found + identity.check(document)
        if self.version is None and document.group != argocd_kinds.GROUP:
            self._skipped += 1
        elif document.group not in _UNNAMED:
            kind = (document.api_version, document.kind)
            self._unknown.setdefault(kind, document)
            self._counts[kind] += 1
        return []

    def without_schema(self) -> list[Finding]:
        """One finding for each kind that nothing is known about."""
        return [
            one.finding(
                "no-schema", "info", f"there is no schema of {kind} ({version}): {_times(count)} unchecked", "kind"
            )
            for (version, kind), count in self._counts.items()
            for one in [self._unknown[version, kind]]
        ]

    def unchecked(self) -> list[str]:
        """What could not be checked against a schema."""
        found = []
        if self._skipped:
            said = f"The fields of {_times(self._skipped)} of Kubernetes were not checked, for want of schemas"
            found.append(f"{said}: {kubernetes.INSTALL} brings them.")
        if self._unknown:
            kinds = ", ".join(f"{kind} ({version})" for version, kind in sorted(self._unknown))
            found.append(f"No schema is known of: {kinds}.")
        templates = sum(self._tree.is_template(file) for file in self._tree.files)
        if templates:
            found.append(f"Templates of charts ({templates}) are checked only as they are rendered.")
        return found


def _times(count: int) -> str:
    return "one object" if count == 1 else f"{count} objects"
