"""A value that does not fit is refused by its name, with what was expected and what was given."""

from typing import Any

import pytest

from argocd_gitops_mcp.errors import InvalidValue
from argocd_gitops_mcp.gitops.templates.values import Value, checked, parsed

KNOWN = [
    Value("name", "string", "its name", form="name"),
    Value("count", "integer", "how many", default=1),
    Value("prune", "boolean", "whether", default=True),
    Value("folder", "string", "where", default="", form="path"),
    Value("forge", "string", "which", default="github", choices=["github", "gitlab"]),
    Value("labels", "object", "labels", default={}),
    Value("names", "list", "names", default=[], form="namespace"),
    Value("steps", "list", "steps", default=[], form="name", keys=["name", "revision"]),
    Value("token", "string", "a token", default=""),
    Value("channel", "string", "where to", default="", form="word"),
    Value("address", "string", "of the forge", default="", form="url"),
]


def refused(**given: Any) -> str:
    with pytest.raises(InvalidValue) as caught:
        checked(KNOWN, {"name": "web", **given})
    return caught.value.message


def test_defaults_fill_what_was_not_given() -> None:
    found = checked(KNOWN, {"name": "web", "count": 0, "prune": None})
    assert (found["count"], found["prune"], found["forge"], found["steps"]) == (0, True, "github", [])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"count": "3"}, "count: expected an integer, got '3' (a string)."),
        ({"count": True}, "count: expected an integer, got True (a boolean: quote it)."),
        ({"prune": "yes"}, "prune: expected a boolean, got 'yes' (a string)."),
        ({"forge": 1.0}, "forge: expected a string, got 1.0 (a number: quote it)."),
        ({"labels": ["a"]}, "labels: expected an object, got a list."),
        ({"names": "a"}, "names: expected a list, got 'a' (a string)."),
        ({"names": [1]}, "names[0]: expected a string, got 1 (an integer: quote it)."),
        ({"names": ["a", ""]}, "names[1]: expected a string, got '' (a string)."),
        ({"names": ["a", "b", "a"]}, "names: 'a' (a string) is given twice."),
        ({"steps": ["a"]}, "steps[0]: expected an object with name, revision, got 'a' (a string)."),
        ({"steps": [{"name": "a"}]}, "steps[0].revision: expected a string, got nothing."),
        ({"steps": [{"name": "a", "revison": "v1"}]}, "steps[0]: 'revison' is unknown; did you mean revision?"),
        ({"forge": "gitub"}, "forge: one of github, gitlab, got 'gitub' (a string)."),
        (
            {"folder": "../etc"},
            "folder: expected a path inside the repository, like apps/web, got '../etc' (a string).",
        ),
        ({"channel": "a\nb: c"}, "channel: expected letters, digits, '-', '_' and '.', got 'a\\nb: c' (a string)."),
        ({"address": "forge"}, "address: expected an address that begins with https://, got 'forge' (a string)."),
        ({"labels": {1: "a"}}, "labels: a key has to be a string, got 1 (an integer: quote it): quote it."),
        ({"labels": {"a": float("nan")}}, "labels: nan (a number: quote it) is nothing that JSON knows"),
        ({"labels": {"a": {1, 2}}}, "is nothing that JSON knows"),
        ({"labels": {"a": "\ud800"}}, "half a character"),
        ({"cuont": 1}, "'cuont' is no value of this template; did you mean count"),
        ({"zzz": 1}, "'zzz' is no value of this template; there are name, count"),
        ({"name": "Not A Name"}, "name: 'Not A Name' is not a DNS-1123 name"),
        ({"name": ""}, "name: is needed, and was given empty."),
        ({"forge": ""}, "forge: one of github, gitlab, got '' (a string)."),
        ({"name": None}, "Missing: name (string: its name)."),
        ({"forge": "x" * 500}, "'" + "x" * 59 + "…"),
    ],
)
def test_what_does_not_fit_is_told(given: dict[str, Any], told: str) -> None:
    assert told in refused(**given)


@pytest.mark.parametrize("path", ["/etc", "a/../b", "..", ".", "./a", "a//b", "a/", "a b", "a\\b", "~/a", "a\n"])
def test_a_path_stays_inside(path: str) -> None:
    assert "a path inside" in refused(folder=path)


@pytest.mark.parametrize("path", ["apps", "services/web/overlays/dev", ".github/x", "a.b/c-d_e", "..a"])
def test_a_plain_path_is_taken(path: str) -> None:
    assert checked(KNOWN, {"name": "web", "folder": path})["folder"] == path


def test_a_secret_is_not_repeated() -> None:
    assert refused(token=12345678) == "token: expected a string, got an integer."


def test_what_is_nested_without_end_or_measure_is_refused() -> None:
    deep: dict[str, Any] = {}
    deep["a"] = deep
    assert "nested too deeply" in refused(labels=deep)
    wide = {"a": [["x"] * 100] * 1000}
    assert "more than" in refused(labels=wide)


def test_values_are_taken_as_yaml_text_too() -> None:
    assert parsed("name: web\ncount: 2\nversion: '1.10'\n") == {"name": "web", "count": 2, "version": "1.10"}
    assert parsed("") == {}
    assert parsed({"name": "web"}) == {"name": "web"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- a", "expected an object (name: value), got a list."),
        ("a: [s3cret", "not YAML (line 1"),
        ("a: 1\na: 2", "not YAML (line 2"),
        ("[" * 1000, "nested too deeply"),
        ("a: " + "x" * 300_000, "at most"),
        ("a: !!python/object:os.system x", "not YAML"),
    ],
)
def test_a_text_that_is_no_object_is_refused(text: str, told: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        parsed(text)
    assert told in caught.value.message
    assert "s3cret" not in caught.value.message
