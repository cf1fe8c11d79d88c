"""Templates and the files they make, as text. Pure."""

from collections.abc import Mapping, Sequence

from argocd_gitops_mcp.gitops.templates.catalogue import Template
from argocd_gitops_mcp.gitops.templates.values import Value
from argocd_gitops_mcp.views.budget import listed
from argocd_gitops_mcp.views.text import clean, line
from argocd_gitops_mcp.views.view import Lines

_MOST = 20_000
_FEW = 20


def listing(found: Sequence[Template]) -> Lines:
    """Every template with what it must be given."""
    rows = []
    for one in found:
        needed = [value.name for value in one.values if value.default is None]
        rows.append(f"{one.name}: {one.summary}" + (f" Needs {', '.join(needed)}." if needed else ""))
    return Lines(
        head=[f"{len(found)} templates; list_templates with template=NAME tells its values"],
        lines=rows,
        unit="templates",
    )


def described(name: str, summary: str, values: Sequence[Value]) -> Lines:
    """The values of one."""
    return Lines(head=[f"{name}: {summary}"], lines=[_value(one) for one in values], unit="values")


def _value(one: Value) -> str:
    kind = f"list of {', '.join(one.keys)}" if one.keys else " | ".join(one.choices) or one.kind
    default = "required" if one.default is None else f"default {one.default!r}"
    return line(f"{one.name} ({kind}, {default}): {one.description}", 300)


def files(template: str, made: Mapping[str, str], unchanged: Sequence[str] = ()) -> Lines:
    """The files as they would be written."""
    lines = []
    for path, text in made.items():
        lines += [f"--- {path}", *clean(text.rstrip("\n"), _MOST).split("\n")]
    head = f"{template}: {len(made)} file{'' if len(made) == 1 else 's'}"
    already = f"; so already: {listed(unchanged, _FEW)}" if unchanged else ""
    return Lines(head=[head + already], lines=lines, more="open_pull_request with the same values writes all of it")
