"""Reading values whose shape nobody has checked: what does not fit is as good as absent. Pure."""

from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]


def at(value: Any, *path: str | int) -> Any:
    """The value at this path; None where there is none."""
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def mapping(value: Any, *path: str | int) -> dict[str, Any]:
    """The mapping at this path; empty where there is none."""
    found = at(value, *path)
    return found if isinstance(found, dict) else {}


def items(value: Any, *path: str | int) -> list[Any]:
    """The list at this path; empty where there is none."""
    found = at(value, *path)
    return found if isinstance(found, list) else []


def text(value: Any, *path: str | int) -> str:
    """The string at this path; empty where there is none."""
    found = at(value, *path)
    return found if isinstance(found, str) else ""


def strings(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every string in a value, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from strings(part, (*path, name))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from strings(part, (*path, index))


def annotations(value: Any) -> dict[str, str]:
    """The annotations of an object that are strings."""
    return {name: note for name, note in mapping(value, "metadata", "annotations").items() if isinstance(note, str)}


def is_templated(value: str) -> bool:
    """Whether its text is only known once a template was filled in."""
    return "{{" in value or "${" in value


def is_within(labels: dict[str, Any], all_labels: dict[str, Any]) -> bool:
    """Whether all these labels are among those."""
    return all(name in all_labels and all_labels[name] == value for name, value in labels.items())
