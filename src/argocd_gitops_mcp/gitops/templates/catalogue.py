"""Templates of manifests: which there are, what each asks for, and what it makes of the values. Pure.

They lie in `data`, one a file: first what it asks for and makes, then a document for each file that it makes,
to be read as `filling` tells. `_values.yaml` describes the values that several of them ask for.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from argocd_gitops_mcp import names
from argocd_gitops_mcp.errors import UnknownTemplate
from argocd_gitops_mcp.gitops.templates.filling import Scope, filled, filled_text, holds
from argocd_gitops_mcp.gitops.templates.values import Value, checked

_DATA = files("argocd_gitops_mcp.gitops.templates").joinpath("data")
_SHARED = "_values.yaml"


@dataclass(frozen=True, slots=True)
class Template:
    """One template, by what it asks for."""

    name: str
    title: str
    summary: str
    values: Sequence[Value]


@dataclass(frozen=True, slots=True)
class _Part:
    """A file that a template makes, or one for each item of a list."""

    path: str
    text: str
    each: str = ""
    when: str = ""


def templates() -> Sequence[Template]:
    """Every template, by name."""
    return tuple(template for template, _ in _catalogue().values())


def find(name: str) -> Template:
    """The template of this name.

    Raises:
        UnknownTemplate: with the nearest.
    """
    return _find(name)[0]


def render(name: str, values: Mapping[str, Any]) -> dict[str, str]:
    """The files that a template makes, by path from the repository's root.

    Raises:
        UnknownTemplate: with the nearest.
        InvalidValue: names the value, what was expected and what was given.
    """
    template, parts = _find(name)
    scope = checked(template.values, values)
    return {filled_text(part.path, one): filled(part.text, one) for part in parts for one in _scopes(part, scope)}


def _scopes(part: _Part, scope: Scope) -> Iterator[Scope]:
    for one in [{**scope, "item": item} for item in scope[part.each]] if part.each else [scope]:
        if not part.when or holds(part.when, one):
            yield one


def _find(name: str) -> tuple[Template, Sequence[_Part]]:
    known = _catalogue()
    if name not in known:
        near = names.nearest(name, known, 3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}."
        raise UnknownTemplate(f"There is no template {name[:80]!r}; {hint}")
    return known[name]


@cache
def _catalogue() -> dict[str, tuple[Template, Sequence[_Part]]]:
    shared = _read((_DATA / _SHARED).read_text("utf-8"))
    texts = {
        one.name.removesuffix(".yaml"): one.read_text("utf-8")
        for one in _DATA.iterdir()
        if one.name.endswith(".yaml") and one.name != _SHARED
    }
    return {name: _template(name, text, shared) for name, text in sorted(texts.items())}


def _template(name: str, text: str, shared: Mapping[str, Any]) -> tuple[Template, Sequence[_Part]]:
    first, *others = text.removesuffix("\n").split("\n---\n")
    front = _read(first)
    values = [Value(one, **{**shared.get(one, {}), **(said or {})}) for one, said in front["values"].items()]
    made = [one if isinstance(one, dict) else {"path": one} for one in front["files"]]
    parts = [_Part(text=f"{other}\n", **one) for one, other in zip(made, others, strict=True)]
    return Template(name, front["title"], front["summary"], values), parts


def _read(text: str) -> dict[str, Any]:
    from ruamel.yaml import YAML  # noqa: PLC0415 - 30 ms that most sessions never need

    read: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    return read
