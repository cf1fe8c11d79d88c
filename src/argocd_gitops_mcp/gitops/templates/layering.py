"""A rendered file laid over the one that is there: its comments, its order and what only it has stay. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from argocd_gitops_mcp.errors import NotYAML
from argocd_gitops_mcp.gitops.yaml.changes import put
from argocd_gitops_mcp.gitops.yaml.places import documents
from argocd_gitops_mcp.gitops.yaml.values import loaded

# What tells an item of a list from the others, where all of its items have it.
_IDENTITIES = (("name", "namespace"), ("name",), ("key",), ("group", "kind"), ("server", "namespace"), ("path",))


@dataclass(frozen=True, slots=True)
class Laid:
    """Rendered files against those that are there.

    Args:
        files: those that are new or change, by path, as they are to be written.
        unchanged: paths of those that say all of it already.
    """

    files: Mapping[str, str]
    unchanged: Sequence[str]


def laid(rendered: Mapping[str, str], existing: Mapping[str, str]) -> Laid:
    """Each rendered file laid over the one at its path, if there is one.

    Raises:
        NotYAML: what is there cannot be read; names the file and the line.
    """
    files = {path: merged(existing[path], text, path) if path in existing else text for path, text in rendered.items()}
    unchanged = [path for path, text in files.items() if existing.get(path) == text]
    return Laid({path: text for path, text in files.items() if path not in unchanged}, unchanged)


def merged(existing: str, rendered: str, file: str = "") -> str:
    """The existing text with what was rendered set in it.

    The document of the same object is changed, or a new one added. Keys and items that only the existing text has stay:
    its lists are added to, never taken from. Lists whose items cannot be told apart are set as a whole.

    Args:
        existing: any number of documents.
        rendered: one document.
        file: the path, for errors.

    Raises:
        NotYAML: the existing text cannot be read; with the line.
    """
    wanted = _data(rendered)[0]
    present = _data(existing, file)
    place = next((index for index, one in enumerate(present) if _is_same(one, wanted)), None)
    if place is None:
        return _appended(existing, rendered, begins=not any(present))
    return put(existing, (), _over(present[place], wanted), document=place, file=file)


def _data(text: str, file: str = "") -> list[Any]:
    found = [loaded(one, file) for one in documents(text, file)]
    if any(one is not None and not isinstance(one, dict) for one in found):
        raise NotYAML(f"{file or 'The text'} is there already, and no YAML of objects.")
    return found


def _is_same(present: Any, wanted: Mapping[str, Any]) -> bool:
    if not isinstance(present, dict):
        return False
    (*one, one_namespace), (*other, other_namespace) = _identity(present), _identity(wanted)
    return one == other and (one_namespace == other_namespace or None in (one_namespace, other_namespace))


def _identity(data: Mapping[str, Any]) -> tuple[Any, ...]:
    metadata = data.get("metadata")
    named = metadata if isinstance(metadata, dict) else {}
    group = str(data.get("apiVersion", "")).rpartition("/")[0]
    return group, data.get("kind"), named.get("name"), named.get("namespace")


def _appended(existing: str, rendered: str, *, begins: bool) -> str:
    end = "\r\n" if "\r\n" in existing else "\n"
    before = existing.rstrip("\r\n") + end if existing.strip() else ""
    return before + ("" if begins else f"---{end}") + rendered.replace("\n", end)


def _over(present: Any, wanted: Any) -> Any:
    if isinstance(present, dict) and isinstance(wanted, dict):
        return {**present, **{key: _over(present[key], one) if key in present else one for key, one in wanted.items()}}
    if isinstance(present, list) and isinstance(wanted, list):
        return _items(present, wanted)
    return wanted


def _items(present: list[Any], wanted: list[Any]) -> list[Any]:
    keys = _keys([*present, *wanted])
    if keys is None:
        return wanted
    before, after = ({_key(one, keys): one for one in items} for items in (present, wanted))
    if len(before) < len(present) or len(after) < len(wanted):
        return wanted  # not told apart after all
    kept = [_over(one, after[key]) if key in after else one for key, one in before.items()]
    return [*kept, *(one for key, one in after.items() if key not in before)]


def _keys(items: Sequence[Any]) -> tuple[str, ...] | None:
    """What tells these items apart: keys of each, nothing for texts; None where nothing does."""
    if all(isinstance(one, str) for one in items):
        return ()
    if not all(isinstance(one, dict) for one in items):
        return None
    if all(len(one) == 1 for one in items):
        return ("",)
    return next((keys for keys in _IDENTITIES if all(key in one for one in items for key in keys)), None)


def _key(item: Any, keys: tuple[str, ...]) -> tuple[str, ...]:
    if not keys:
        name, equals, _ = str(item).partition("=")  # options: CreateNamespace=true
        return (name, equals) if equals and name.isalpha() else (item,)
    return (next(iter(item)),) if keys == ("",) else tuple(str(item[key]) for key in keys)
