"""What becomes of an application's objects, told from what is rendered before and after."""

from typing import Any

import msgspec
import pytest

from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.operations._deployers import Deployer
from argocd_gitops_mcp.operations._effects import Objects, _compared, lines


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

    assert lines(both("before"), both("after")) == ["ConfigMap/c in one: data.a: before -> after"]


def test_an_object_that_moves_is_named_with_its_namespaces() -> None:
    def at(space: str) -> Objects:
        return {("", "ConfigMap", space, "c"): {"kind": "ConfigMap", "metadata": {"name": "c"}}}

    assert lines(at("one"), at("")) == ["ConfigMap/c in no namespace: created", "ConfigMap/c in one: no longer in Git"]


@pytest.mark.parametrize("field", ["data", "stringData"])
def test_a_secret_that_gets_another_value_does_change_and_shows_none(field: str) -> None:
    def secret(value: str, **more: Any) -> Objects:
        return objects(Secret={field: {"password": value, "user": "eA=="}, **more})

    assert lines(secret("YWFhYQ=="), secret("YmJiYg==")) == [f"Secret/web: {field}.password: changed"]
    both = lines(secret("YWFhYQ==", type="a"), secret("YmJiYg==", type="b"))
    assert both == [f"Secret/web: type: a -> b; {field}.password: changed"]
    assert lines(secret("YWFhYQ=="), secret("YWFhYQ==")) == []


def test_a_title_is_one_line() -> None:
    assert lines({}, {("", "ConfigMap", "", "a\nb"): {}}) == ["ConfigMap/a b: created"]


URL = "https://git.example.com/shop/deploy.git"
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME}\n"
CHART = {"repoURL": "https://charts.example.com", "chart": "shop", "helm": {"valueFiles": ["$values/values.yaml"]}}


def told(
    before: dict[str, str], after: dict[str, str], *sources: dict[str, Any], positions: tuple[int, ...]
) -> list[str]:
    """The lines of an application with these sources; URL stands for the repository that is changed."""
    spec = {"sources": [{"repoURL": URL, **one} for one in sources]}
    app = msgspec.convert({"metadata": {"name": "shop"}, "spec": spec}, Application)
    old, new = ({path: text.encode() for path, text in side.items()} for side in (before, after))
    return _compared(Deployer(app, positions, follows=True), old, new)


@pytest.mark.parametrize("path", [".", "./", "./app", "app/"])
def test_a_folder_in_any_spelling(path: str) -> None:
    name = "app/a.yaml" if "app" in path else "a.yaml"
    found = told({}, {name: MAP}, {"path": path}, positions=(0,))
    assert found == ["ConfigMap/NAME: created"]


def test_overrides_beside_the_files_count() -> None:
    files = {"app/kustomization.yaml": "resources: [a.yaml]\n", "app/a.yaml": MAP}
    override = "kustomize: {namePrefix: x-}\n"
    (line,) = told(files, {**files, "app/.argocd-source-shop.yaml": override}, {"path": "app"}, positions=(0,))
    assert "known once the branch is pushed" in line


def test_values_of_a_chart_that_is_elsewhere_are_not_nothing() -> None:
    values = {"values.yaml": "a: 1\n"}
    (line,) = told(values, {"values.yaml": "a: 2\n"}, CHART, {"ref": "values"}, positions=(1,))
    assert line.startswith("takes these values for a chart that is elsewhere: ")
    assert told(values, {**values, "b.yaml": "a: 2\n"}, CHART, {"ref": "values"}, positions=(1,)) == []


def test_a_chart_with_values_from_elsewhere_is_not_told_without_them() -> None:
    chart = {"c/Chart.yaml": "name: c\n", "c/values.yaml": "a: 1\n"}
    source = {"path": "c", "helm": {"valueFiles": ["https://example.com/values.yaml"]}}
    (line,) = told(chart, {**chart, "c/values.yaml": "a: 2\n"}, source, positions=(0,))
    assert line.startswith("has values files that are elsewhere: ")


def test_a_source_at_another_revision_is_not_reached() -> None:
    both = ({"path": "one"}, {"path": "two", "targetRevision": "v1"})
    after = {"one/a.yaml": MAP, "two/b.yaml": MAP.replace("NAME", "b")}
    assert told({}, after, *both, positions=(0,)) == ["ConfigMap/NAME: created"]
