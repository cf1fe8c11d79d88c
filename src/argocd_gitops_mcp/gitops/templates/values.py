"""The values that a template takes: what each may be, and what was given checked against that. Pure."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from argocd_gitops_mcp import names
from argocd_gitops_mcp.errors import InvalidValue

Kind = Literal["string", "integer", "boolean", "list", "object"]
Form = Literal["", "name", "namespace", "path", "word", "url", "token", "owner"]

_TYPES: Mapping[str, type] = {"string": str, "integer": int, "boolean": bool, "list": list, "object": dict}
_SECRET = re.compile(r"pass(word|wd|phrase)|secret|token|credential|private|api_?key", re.IGNORECASE)
_EMPTY: tuple[Any, ...] = ("", [], {})
_SHOWN = 60
_TEXT_LIMIT = 256 * 1024
_PART_LIMIT = 20_000
_FORMS = {
    "path": (
        re.compile(r"(?!\.\.?(/|$))[\w.@+-]+(/(?!\.\.?(/|$))[\w.@+-]+)*", re.ASCII),
        "a path inside the repository, like apps/web",
    ),
    "word": (re.compile(r"\w[\w.-]*", re.ASCII), "letters, digits, '-', '_' and '.'"),
    "url": (re.compile(r"https?://[\w.:/-]+", re.ASCII), "an address that begins with https://"),
    "token": (re.compile(r"[^\s`<>|]+"), "no spaces, '`', '|', '<' or '>'"),
    "owner": (
        re.compile(r"@\w[\w./-]*|\w[\w.+-]*@\w[\w.-]*", re.ASCII),
        "a user or team like @shop/platform, or an e-mail address",
    ),
}


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a template.

    Args:
        description: what it is for, in a few words.
        default: None of one that has to be given.
        choices: the only ones there are; of any, if empty.
        form: `name` and `namespace` are Kubernetes' own; `path` is one inside the repository; the others say what
            they are in `_FORMS`.
        keys: of a list, what each of its items tells, `name` among it; without them the items are strings.
    """

    name: str
    kind: Kind
    description: str
    default: Any = None
    choices: Sequence[str] = field(default_factory=tuple)
    form: Form = ""
    keys: Sequence[str] = field(default_factory=tuple)

    @property
    def is_required(self) -> bool:
        """Whether it has to be given."""
        return self.default is None


def parsed(given: Mapping[str, Any] | str) -> dict[str, Any]:
    """Values as they were handed in: an object, or one as YAML text.

    Raises:
        InvalidValue: the text is not YAML, or no object.
    """
    if not isinstance(given, str):
        return dict(given)
    from ruamel.yaml import YAML  # noqa: PLC0415 - 30 ms that most sessions never need
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    if len(given) > _TEXT_LIMIT:
        raise InvalidValue(f"values: {len(given)} characters; at most {_TEXT_LIMIT} are read.")
    try:
        loaded = YAML(typ="safe", pure=True).load(given)
    except YAMLError as error:
        raise InvalidValue(f"values: not YAML{_problem(error)}.") from error
    except RecursionError as error:
        raise InvalidValue("values: nested too deeply.") from error
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise InvalidValue(f"values: expected an object (name: value), got {_kind(loaded)}.")
    return loaded


def checked(known: Sequence[Value], given: Mapping[str, Any]) -> dict[str, Any]:
    """Every value of a template, from what was given and the defaults.

    Raises:
        InvalidValue: names the value, what was expected and what was given.
    """
    by_name = {value.name: value for value in known}
    for name in given:
        if name not in by_name:
            raise InvalidValue(f"{str(name)[:_SHOWN]!r} is no value of this template{_nearest(str(name), by_name)}.")
    missing = [value for value in known if value.is_required and given.get(value.name) is None]
    if missing:
        told = ", ".join(f"{value.name} ({value.kind}: {value.description})" for value in missing)
        raise InvalidValue(f"Missing: {told}.")
    found = {}
    for value in known:
        one = given.get(value.name)
        found[value.name] = value.default if one is None else _fitting(value, _plain(value.name, one))
    return found


def _problem(error: Any) -> str:
    """Where and why, without the text itself, which may hold a secret."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark is not None else ""
    told = str(getattr(error, "problem", None) or "").partition("\n")[0]
    return f"{where}: {told}" if told else where


def _fitting(value: Value, given: Any) -> Any:
    if not _is_a(value.kind, given):
        raise InvalidValue(f"{value.name}: expected {_article(value.kind)}, got {_told(value.name, given)}.")
    if value.choices and given not in value.choices:
        raise InvalidValue(f"{value.name}: one of {', '.join(value.choices)}, got {_told(value.name, given)}.")
    if given in _EMPTY and value.default not in _EMPTY:
        raise InvalidValue(f"{value.name}: is needed, and was given empty.")
    if value.kind == "list":
        _check_items(value, given)
    elif given != "":
        _check_form(value.name, value.form, given)
    return given


def _check_items(value: Value, given: Sequence[Any]) -> None:
    for index, item in enumerate(given):
        place = f"{value.name}[{index}]"
        if value.keys:
            _check_item(place, value, item)
        elif not isinstance(item, str) or not item:
            raise InvalidValue(f"{place}: expected a string, got {_told(value.name, item)}.")
        _check_form(place, value.form, item["name"] if value.keys else item)
    said = [item["name"] if value.keys else item for item in given]
    if twice := next((one for index, one in enumerate(said) if one in said[:index]), None):
        raise InvalidValue(f"{value.name}: {_told(value.name, twice)} is given twice.")


def _check_item(place: str, value: Value, item: Any) -> None:
    if not isinstance(item, dict):
        raise InvalidValue(f"{place}: expected an object with {', '.join(value.keys)}, got {_told(place, item)}.")
    for key in item:
        if key not in value.keys:
            raise InvalidValue(f"{place}: {key[:_SHOWN]!r} is unknown{_nearest(key, value.keys)}.")
    for key in value.keys:
        if not isinstance(item.get(key), str) or not item[key]:
            raise InvalidValue(f"{place}.{key}: expected a string, got {_told(key, item.get(key))}.")


def _check_form(place: str, form: Form, given: Any) -> None:
    try:
        if form == "name":
            names.subdomain(given)
        elif form == "namespace":
            names.label(given)
    except ValueError as error:
        raise InvalidValue(f"{place}: {error}.") from error
    if form in _FORMS and not _FORMS[form][0].fullmatch(given):
        raise InvalidValue(f"{place}: expected {_FORMS[form][1]}, got {_told(place, given)}.")


def _plain(name: str, given: Any) -> Any:
    """A copy that JSON could hold, whatever was aliased; YAML also has dates, sets and keys that are no strings."""
    left = _PART_LIMIT

    def copy(one: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise InvalidValue(f"{name}: has more than {_PART_LIMIT} parts.")
        if isinstance(one, Mapping):
            if wrong := [key for key in one if not isinstance(key, str)]:
                raise InvalidValue(f"{name}: a key has to be a string, got {_told(name, wrong[0])}: quote it.")
            return {copy(key): copy(value) for key, value in one.items()}
        if isinstance(one, list | tuple):
            return [copy(item) for item in one]
        if isinstance(one, str):
            if any("\ud800" <= character <= "\udfff" for character in one):
                raise InvalidValue(f"{name}: holds half a character (a lone surrogate).")
            return one
        if one is None or (isinstance(one, bool | int | float) and (isinstance(one, int) or math.isfinite(one))):
            return one
        raise InvalidValue(f"{name}: {_told(name, one)} is nothing that JSON knows: quote it to make it a string.")

    try:
        return copy(given)
    except RecursionError as error:
        raise InvalidValue(f"{name}: nested too deeply.") from error


def _is_a(kind: Kind, given: Any) -> bool:
    return isinstance(given, _TYPES[kind]) and (kind == "boolean" or not isinstance(given, bool))


def _told(name: str, given: Any) -> str:
    """What was given, as far as it may be repeated."""
    if given is None:
        return "nothing"
    kind = _kind(given)
    if isinstance(given, dict | list) or _SECRET.search(name):
        return kind
    text = repr(given) if isinstance(given, str) else str(given)
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    hint = ": quote it" if isinstance(given, bool | int | float) else ""
    return f"{shown} ({kind}{hint})"


def _kind(given: Any) -> str:
    for kind, known in (("boolean", bool), *_TYPES.items()):
        if isinstance(given, known):
            return _article(kind)
    return "a number" if isinstance(given, float) else _article(type(given).__name__)


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _nearest(name: str, known: Mapping[str, Any] | Sequence[str]) -> str:
    found = names.nearest(name, known, 3)
    return f"; did you mean {' or '.join(found)}?" if found else f"; there are {', '.join(known)}"
