"""A chart of those figures that have a place in it, as SVG. Pure."""

import math
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from bench.results import Row, figure

_WIDTH, _LABELS, _BARS = 860, 300, 400
_LINE, _TITLE, _GAP = 24, 30, 18
_LOGARITHMIC_FROM = 50
"""Times the least, from which the greatest would leave nothing to see of it."""
_ORDER = ("Tokens", "Time", "Memory", "Calls")
"""First words of the titles."""
_STYLE = """\
text { font: 13px system-ui, sans-serif; fill: #57606a }
.title { font-weight: 600; fill: #24292f }
.ours { fill: #1f6feb } .other { fill: #afb8c1 }
@media (prefers-color-scheme: dark) { text { fill: #8b949e } .title { fill: #e6edf3 } .other { fill: #484f58 } }"""


def as_svg(rows: Sequence[Row]) -> str:
    """A group of bars for each title; of figures with one place the last counts."""
    found: dict[str, dict[str, Row]] = {}
    for row in rows:
        if row.bar is not None:
            found.setdefault(row.bar[0], {})[row.bar[1]] = row
    groups = dict(sorted(found.items(), key=lambda one: _ORDER.index(one[0].split()[0])))
    height = sum(_TITLE + _LINE * len(group) + _GAP for group in groups.values())
    size = f'width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}"'
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">', f"<style>\n{_STYLE}\n</style>"]
    top = 0
    for title, group in groups.items():
        lines += _group(title, group, top)
        top += _TITLE + _LINE * len(group) + _GAP
    return "\n".join([*lines, "</svg>", ""])


def _group(title: str, group: dict[str, Row], top: int) -> Iterator[str]:
    values = [max(row.value, 0.0) for row in group.values()]
    is_logarithmic = max(values) > _LOGARITHMIC_FROM * max(min(values), 1.0)
    said = f"{title}, logarithmic" if is_logarithmic else title
    yield f'<text class="title" x="0" y="{top + 18}">{escape(said)}</text>'
    for index, (label, row) in enumerate(group.items()):
        y = top + _TITLE + index * _LINE
        width = _BARS * _share(row.value, max(values), is_logarithmic=is_logarithmic)
        kind = "ours" if label.startswith("ours") else "other"
        yield f'<text x="{_LABELS - 8}" y="{y + 14}" text-anchor="end">{escape(label)}</text>'
        yield f'<rect class="{kind}" x="{_LABELS}" y="{y + 2}" width="{max(width, 1):.0f}" height="16" rx="2"/>'
        yield f'<text x="{_LABELS + width + 8:.0f}" y="{y + 14}">{escape(figure(row.value, row.unit))}</text>'


def _share(value: float, most: float, *, is_logarithmic: bool) -> float:
    """Of the whole width."""
    if not is_logarithmic:
        return max(value, 0.0) / (most or 1.0)
    return math.log10(max(value, 1.0)) / math.log10(most)
