"""Every record there is, filled with whatever a cluster may hold: it fits, says what was cut, and how to get it."""

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from argocd_gitops_mcp import views
from argocd_gitops_mcp.operations.catalogue import OPERATIONS
from argocd_gitops_mcp.views.text import size
from argocd_gitops_mcp.views.view import FULL, Record

LETTERS = ("x", "ж", "件", "🚀", '"', "a\n", "\\")
LIMITS = st.integers(2_000, FULL)
PARTS = {"Registration", "RoleView", "SourceParameters"}
"""These stand in others."""
NOTHING_MORE = {"AccountView", "Commented", "Identity", "Merged", "Right", "SettingsView"}
"""Of these nothing else could be asked for."""


def _records(base: type[Record] = Record) -> Iterator[type[Record]]:
    for one in base.__subclasses__():
        if one.__module__.startswith(views.__name__):
            yield one
        yield from _records(one)


for module in pkgutil.iter_modules(views.__path__):
    importlib.import_module(f"{views.__name__}.{module.name}")
RECORDS = sorted(set(_records()), key=lambda one: one.__name__)


def test_all_records_are_looked_at() -> None:
    assert len(RECORDS) > 20
    assert {"ApplicationView", "Diagnosis", "OperationView", "PlanView"} <= {one.__name__ for one in RECORDS}


class Filler:
    """Makes a value of any field's type, as large as is wanted."""

    def __init__(self, letters: str, length: int, count: int) -> None:
        self._text = letters * length
        self._count = count

    def record(self, kind: type[Any], heavy: frozenset[str]) -> Any:
        """One whose heavy fields are large, and the others small."""
        small = Filler("s", 3, 1)
        hints = get_type_hints(kind)
        made = {
            field.name: (self if field.name in heavy else small).value(hints[field.name])
            for field in msgspec.structs.fields(kind)
            if field.name not in ("cut", "notices")
        }
        return kind(**made)

    def value(self, kind: Any) -> Any:
        """Of this type."""
        if get_origin(kind) is list:
            return [self.value(get_args(kind)[0]) for _ in range(self._count)]
        if get_origin(kind) is dict:
            return {f"{self._text[:200]}{index}": self.value(get_args(kind)[1]) for index in range(self._count)}
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return self.record(kind, frozenset(one.name for one in msgspec.structs.fields(kind)))
        options = [one for one in get_args(kind) if one is not type(None)]
        if options and not isinstance(options[0], str):
            return self.value(options[0])
        return {str: self._text, int: 7, float: 0.5, bool: True}.get(kind, self._text)


@st.composite
def large(draw: st.DrawFn) -> tuple[Record, list[str]]:
    """A record, some of whose fields are too large for any answer."""
    kind = draw(st.sampled_from(RECORDS))
    names = [one.name for one in msgspec.structs.fields(kind) if one.name not in ("cut", "notices", *kind.WHOLE)]
    names = [one for one in names if one not in ("plan_id", "expires")]
    heavy = draw(st.sets(st.sampled_from(names), min_size=1))
    filler = Filler(draw(st.sampled_from(LETTERS)), draw(st.integers(1, 3_000)), draw(st.integers(1, 60)))
    return filler.record(kind, frozenset(heavy)), sorted(heavy)


@given(large(), LIMITS, st.integers(0, 20))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_every_record_fits_and_says_what_was_cut(made: tuple[Record, list[str]], limit: int, notices: int) -> None:
    record, _ = made
    record.notices = ["something happened on the way"] * notices
    whole = json.loads(record.render(10**9).text)
    rendered = record.render(limit)
    assert size(rendered.text) <= limit
    shown = json.loads(rendered.text)
    assert shown == rendered.structured
    cut = shown.pop("cut", [])
    if shown == whole:
        return
    assert cut
    changed = [name for name, value in whole.items() if shown.get(name) != value]
    counted = [one for one in cut if re.fullmatch(r"and \d+ more parts", one)]
    assert counted or all(any(one.startswith(name) for one in cut) for name in changed)
    if record.MORE:
        assert cut[-1] == record.MORE


@pytest.mark.parametrize("kind", RECORDS, ids=lambda one: one.__name__)
def test_what_a_record_names_for_more_is_there(kind: type[Record]) -> None:
    assert kind.MORE or kind.__name__ in PARTS | NOTHING_MORE
    known = {name for one in OPERATIONS for name in (one.verb, one.name, *one.tools, *one.arguments.model_fields)}
    assert set(re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", kind.MORE)) <= known
