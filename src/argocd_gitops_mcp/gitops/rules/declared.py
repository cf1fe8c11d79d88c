"""An application as a document declares it: an Application, or the template of an ApplicationSet. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from argocd_gitops_mcp.gitops.documents import Document
from argocd_gitops_mcp.gitops.rules.rule import APPLICATION, APPLICATION_SET
from argocd_gitops_mcp.gitops.rules.shape import Path, is_templated, items, mapping, text
from argocd_gitops_mcp.gitops.rules.surroundings import Surroundings

BOTH = (APPLICATION, APPLICATION_SET)


@dataclass(frozen=True, slots=True)
class Declared:
    """Where an application's spec stands in its document, and what it says.

    Args:
        metadata: path of its metadata.
        at: path of its spec.
        spec: that.
    """

    metadata: Path
    at: Path
    spec: dict[str, Any]

    def sources(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Its sources as Argo CD counts them: `sources` hides `source`, and `sourceHydrator` both."""
        if self.spec.get("sourceHydrator"):
            yield (*self.at, "sourceHydrator", "drySource"), mapping(self.spec, "sourceHydrator", "drySource")
        elif several := items(self.spec, "sources"):
            for index, one in enumerate(several):
                if isinstance(one, dict):
                    yield (*self.at, "sources", index), one
        elif isinstance(self.spec.get("source"), dict):
            yield (*self.at, "source"), self.spec["source"]

    def is_production(self, document: Document, around: Surroundings) -> bool:
        """Whether it deploys to production, as far as it can be told."""
        destination = mapping(self.spec, "destination")
        told = [text(self.spec, "project"), text(destination, "namespace"), text(destination, "name")]
        paths = [part for _, source in self.sources() for part in text(source, "path").split("/")]
        return around.is_production(document, *(one for one in told + paths if not is_templated(one)))


def declared(document: Document) -> Declared:
    """The application that a document declares."""
    if document.kind == "ApplicationSet":
        path: Path = ("spec", "template", "spec")
        return Declared(("spec", "template", "metadata"), path, mapping(document.value, *path))
    return Declared(("metadata",), ("spec",), mapping(document.value, "spec"))
