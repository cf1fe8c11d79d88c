"""What becomes of an application's objects, told from what is rendered before and after."""

from typing import Any

from argocd_gitops_mcp.operations._effects import Objects, lines


def objects(**named: dict[str, Any]) -> Objects:
    """Objects by their kind; each is called `web`."""
    return {
        ("", kind, "shop", "web"): {"apiVersion": "v1", "kind": kind, "metadata": {"name": "web"}, **rest}
        for kind, rest in named.items()
    }


def test_what_is_created_changed_and_gone() -> None:
    old = objects(Service={"spec": {"port": 80}}, ConfigMap={"data": {"a": "1", "b": "1"}}, Secret={})
    new = objects(Service={"spec": {"port": 80}}, ConfigMap={"data": {"a": "2", "b": "1"}}, Job={})
    assert lines(old, new) == ["Job/web: created", "ConfigMap/web: data.a: 1 -> 2", "Secret/web: no longer in Git"]
    assert lines(new, new) == []


def test_several_changes_of_one_object_are_one_line() -> None:
    old, new = objects(ConfigMap={"data": {"a": "1", "b": "1"}}), objects(ConfigMap={"data": {"a": "2", "c": "1"}})
    (line,) = lines(old, new)
    assert line.startswith("ConfigMap/web: ")
    assert line.count("; ") == 2


def test_one_name_in_two_namespaces_is_two_objects() -> None:
    def both(first: str) -> Objects:
        return {
            ("", "ConfigMap", space, "c"): {"kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": value}}
            for space, value in (("one", first), ("two", "same"))
        }

    assert lines(both("before"), both("after")) == ["ConfigMap/c: data.a: before -> after"]


def test_a_secret_that_gets_another_value_does_change_and_shows_none() -> None:
    def secret(value: str) -> Objects:
        return objects(Secret={"data": {"password": value}})

    assert lines(secret("YWFhYQ=="), secret("YmJiYg==")) == ["Secret/web: values that are not shown"]
