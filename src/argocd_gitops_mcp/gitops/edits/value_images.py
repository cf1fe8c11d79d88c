"""Images in Helm values, in the shapes that charts give them. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from argocd_gitops_mcp.gitops.edits.references import Reference, reference
from argocd_gitops_mcp.gitops.yaml.changes import Path

_TEXT = re.compile(r"(?:[\w.-]+(?::\d+)?/)*[\w.-]+(?::[\w][\w.-]*)?(?:@sha256:[0-9a-f]{64})?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class ValueImage:
    """An image in values.

    Args:
        path: of what holds it.
        reference: what it is now; a tag may be missing where the chart's own version stands for it.
        is_text: whether it is one string, at `path`.
        tag: where its tag is, or would be.
        digest: where its digest is; empty where the chart has no place for one.
        registry: the registry, where it has a place of its own.
        repository: where its name is; empty where the values do not have it.
    """

    path: Path
    reference: Reference
    is_text: bool = False
    tag: Path = ()
    digest: Path = ()
    registry: str = ""
    repository: Path = ()

    def renamed(self, name: str) -> list[tuple[Path, str]]:
        """The values that give it another name."""
        if self.is_text or not self.repository:
            return []
        prefix = f"{self.registry}/"
        if not self.registry or name.startswith(prefix):
            return [(self.repository, name.removeprefix(prefix) if self.registry else name)]
        registry, _, rest = name.partition("/")
        return [((*self.path, "registry"), registry), (self.repository, rest)]


def is_about(path: Path, name: str) -> bool:
    """Whether a path leads through a part of this name."""
    return name in path


def images(value: Any, at: Path = ()) -> list[ValueImage]:
    """Every image in values."""
    return list(_found(value, at))


def _found(value: Any, at: Path) -> Iterator[ValueImage]:
    if isinstance(value, list):
        for index, one in enumerate(value):
            yield from _found(one, (*at, index))
    if not isinstance(value, dict):
        return
    own = _of_mapping(value, at)
    if own is not None:
        yield own
    for key, one in value.items():
        if own is not None and (*at, key) in {own.path, own.repository, own.tag}:
            continue
        if (
            _names_image(key)
            and isinstance(one, str)
            and "/" in one + (":" if ":" in one else "") + "/"
            and _is_image(one)
        ):
            yield ValueImage((*at, key), reference(one), is_text=True)
        else:
            yield from _found(one, (*at, key))


def _names_image(key: str) -> bool:
    return key == "image" or key.endswith("Image")


def _is_image(text: str) -> bool:
    return bool(text) and _TEXT.match(text) is not None


def _of_mapping(value: Mapping[str, Any], at: Path) -> ValueImage | None:
    """`{repository, tag}`, with registry and digest or without; or `image` and `imageTag` side by side."""
    repository = value.get("repository")
    is_named = bool(at) and _names_image(str(at[-1]))
    if (isinstance(repository, str) and ("tag" in value or is_named)) or (is_named and "tag" in value):
        registry = value.get("registry") if isinstance(value.get("registry"), str) else ""
        name = f"{registry}/{repository or ''}" if registry else str(repository or "")
        found = reference(name)
        tag, _, digest = _text(value.get("tag")).partition("@")
        digest = _text(value.get("digest")) or digest
        return ValueImage(
            at,
            Reference(found.name, tag or found.tag, digest),
            tag=(*at, "tag"),
            digest=(*at, "digest") if "digest" in value else (),
            registry=str(registry or ""),
            repository=(*at, "repository") if isinstance(repository, str) else (),
        )
    image = value.get("image")
    tag_key = next((key for key in ("imageTag", "tag") if key in value), None)
    if isinstance(image, str) and tag_key is not None and not reference(image).tag and _is_image(image):
        named = Reference(reference(image).name, _text(value.get(tag_key)))
        return ValueImage(at, named, tag=(*at, tag_key), repository=(*at, "image"))
    return None


def _text(value: Any) -> str:
    return "" if value is None else str(value)
