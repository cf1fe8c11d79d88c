"""What the documents of a change announce to Argo CD: applications, projects, sets. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from argocd_gitops_mcp.argocd.applicationsets import Generated
from argocd_gitops_mcp.argocd.models import Destination
from argocd_gitops_mcp.argocd.projects import ProjectSpec
from argocd_gitops_mcp.gitops.documents import Document
from argocd_gitops_mcp.gitops.findings import Finding, Severity
from argocd_gitops_mcp.gitops.rules.declared import Declared, declared
from argocd_gitops_mcp.gitops.rules.shape import Path, at, is_templated, items, mapping, text

GROUP = "argoproj.io"


@dataclass(frozen=True, slots=True)
class Source:
    """A source of an application, and where it stands.

    Args:
        at: its path in the document.
        value: as it is given.
    """

    at: Path
    value: Mapping[str, Any]

    @property
    def url(self) -> str:
        """Of its repository; '' where it is not known before a template is filled in."""
        return fixed(self.value, "repoURL")


@dataclass(frozen=True, slots=True)
class Announced:
    """An application that a change makes or updates.

    Args:
        document: that announces it, or the set that generates it.
        declared: where its spec stands there, and what it says.
        name: '' where it is not known before a template is filled in.
        namespace: of the object itself; '' where the document leaves it open.
        of_set: whether a set makes it.
    """

    document: Document
    declared: Declared
    name: str
    namespace: str
    of_set: bool = False

    @property
    def project(self) -> str:
        """The project's name; '' where it is not known before a template is filled in."""
        return fixed(self.declared.spec, "project") or ("" if text(self.declared.spec, "project") else "default")

    @property
    def destination(self) -> Destination:
        """As the spec gives it."""
        given = mapping(self.declared.spec, "destination")
        return Destination(*(fixed(given, name) for name in ("server", "name", "namespace")))

    @property
    def is_placed(self) -> bool:
        """Whether its destination holds no template."""
        given = mapping(self.declared.spec, "destination")
        return not any(is_templated(text(given, name)) for name in ("server", "name", "namespace"))

    def sources(self) -> Iterator[Source]:
        """Every source; of a hydrated application the dry one."""
        for path, value in self.declared.sources():
            yield Source(path, value)

    def finding(self, rule: str, severity: Severity, message: str, *path: str | int) -> Finding:
        """A finding at this path of its spec."""
        return self.document.finding(rule, severity, message, *self.declared.at, *path)


def fixed(value: Any, *path: str | int) -> str:
    """The string at this path, unless a template is yet to be filled in."""
    found = text(value, *path)
    return "" if is_templated(found) else found


@dataclass(slots=True)
class Announcement:
    """Everything that a change announces.

    Args:
        applications: of documents, those of sets left out.
        projects: by name, with what they permit.
        sets: the ApplicationSets.
        unchecked: what was passed over, and why.
    """

    applications: list[Announced] = field(default_factory=list)
    projects: dict[str, tuple[Document, ProjectSpec]] = field(default_factory=dict)
    sets: list[Document] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether it announces anything."""
        return bool(self.applications or self.projects or self.sets)


def announcement(documents: Sequence[Document]) -> Announcement:
    """What these documents announce; parts of objects, as patches hold them, announce nothing."""
    found = Announcement()
    for one in documents:
        if one.group != GROUP or not one.name or is_templated(one.name):
            continue
        if one.kind == "Application" and _is_whole(one):
            found.applications.append(Announced(one, declared(one), one.name, one.namespace))
        elif one.kind == "ApplicationSet" and items(one.value, "spec", "generators") and _is_whole(one):
            found.sets.append(one)
        elif one.kind == "AppProject":
            _add_project(found, one)
    return found


def _is_whole(document: Document) -> bool:
    app = declared(document)
    patch = text(document.value, "spec", "templatePatch")
    return bool(patch) or (bool(mapping(app.spec, "destination")) and any(app.sources()))


def _add_project(found: Announcement, document: Document) -> None:
    spec = at(document.value, "spec")
    if not (items(spec, "sourceRepos") or items(spec, "destinations")):
        return
    try:
        found.projects[document.name] = (document, msgspec.convert(spec, ProjectSpec))
    except msgspec.ValidationError:
        found.unchecked.append(f"AppProject {document.name} was not held against Argo CD: its spec has not the shape.")


def generated(document: Document, made: Sequence[Generated]) -> list[Announced]:
    """The applications that a set would make."""
    template = declared(document)
    return [
        Announced(
            document,
            replace(template, spec=one.spec),
            one.metadata.name,
            one.metadata.namespace or document.namespace,
            of_set=True,
        )
        for one in made
    ]


def template(document: Document) -> Announced:
    """The application that a set's template shows, as far as it is known before it is filled in."""
    name = fixed(document.value, "spec", "template", "metadata", "name")
    return Announced(document, declared(document), name, document.namespace, of_set=True)
