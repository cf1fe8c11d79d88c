"""Every answer of lines, of more than fits, in any script: it keeps to its limit and says what it left out."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from argocd_gitops_mcp.argocd.links import Link
from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.argocd.resource_models import Event, Node, ResourceTree
from argocd_gitops_mcp.gitops.findings import Finding
from argocd_gitops_mcp.gitops.templates.catalogue import templates
from argocd_gitops_mcp.gitops.validation.report import Report
from argocd_gitops_mcp.operations._log_lines import Kept
from argocd_gitops_mcp.views import events, findings, history, inspection, logs, manifests, trees
from argocd_gitops_mcp.views import templates as template_views
from argocd_gitops_mcp.views.text import size
from argocd_gitops_mcp.views.view import FULL, View

NOW = "2026-01-05T10:00:00Z"
KINDS = ("Pod", "Deployment", "Job")


def app(**status: Any) -> Application:
    whole = {"metadata": {"name": "shop"}, "spec": {"source": {"repoURL": "https://git.example.com"}}, "status": status}
    return msgspec.convert(whole, Application)


def some_events(text: str) -> View:
    found = {
        f"Pod/web-{index}": [msgspec.convert({"type": "Warning", "reason": "X", "message": f"{index} {text}"}, Event)]
        for index in range(400)
    }
    return events.events("application 'shop'", found, 400, NOW, ["not read: " + text[:300]] * 50)


def some_logs(text: str) -> View:
    origins = [logs.Origin(f"web-{index}/main", [Kept(NOW, f"{index} {text}")] * 50) for index in range(60)]
    return logs.logs("application 'shop'", origins, ["note " + text[:300]] * 20)


def some_history(text: str) -> View:
    entries = [{"id": index, "revision": text, "source": {"repoURL": text, "path": "x"}} for index in range(100)]
    return history.history(app(history=entries))


def some_findings(text: str) -> View:
    found = [Finding("a.yaml", index, 1, "latest-tag", "warning", text) for index in range(300)]
    return findings.report(Report([], 1, 1, 1), found, [text] * 90, [f"shop: {text}", "cart: nothing changes"] * 90)


def some_files(text: str) -> View:
    unchanged = [f"{text[:100]}{index}" for index in range(500)]
    return template_views.files("web", {f"app/{index}.yaml": f"{text}\n" * 50 for index in range(20)}, unchanged)


def a_resource(text: str) -> View:
    links = [Link(f"{text}{index}", f"https://git.example.com/{text}") for index in range(100)]
    meta = {"name": "web", "deletionTimestamp": NOW, "finalizers": [f"example.com/{text}"] * 40}
    live = {"kind": "Pod", "metadata": meta, "spec": {"containers": [{"image": text}] * 30}, "data": {"page": text * 9}}
    node = msgspec.convert({"kind": "Pod", "name": "web", "health": {"status": "Degraded", "message": text}}, Node)
    found = inspection.Resource(node, live, {**live, "data": {"page": "x"}}, live, {**live, "data": {}}, links)
    return inspection.resource(app(), found, NOW)


def an_empty_tree(text: str) -> View:
    conditions = [{"type": "ComparisonError", "message": text}] * 50
    return trees.tree(app(conditions=conditions), ResourceTree())


ANSWERS = (some_events, some_logs, some_history, some_findings, some_files, a_resource, an_empty_tree)


@pytest.mark.parametrize("letters", ["x", "ж", "件", "🚀", "a b\n"])
@pytest.mark.parametrize("limit", [2_000, 3_001, 8_000, FULL])
@pytest.mark.parametrize("answer", ANSWERS)
def test_it_fits_and_says_that_it_is_not_all(answer: Callable[[str], View], letters: str, limit: int) -> None:
    text = answer(letters * 600).render(limit).text
    assert size(text) <= limit
    assert "[cut: " in text or "more " in text


@pytest.mark.parametrize("letters", ["x", "ж", "件"])
@pytest.mark.parametrize("limit", [4_000, 16_000, FULL])
@pytest.mark.parametrize("count", [1, 40])
def test_manifests_fit_or_are_named(letters: str, limit: int, count: int) -> None:
    found = [
        {"kind": "ConfigMap", "metadata": {"name": f"{index}"}, "data": {"page": letters * 40_000, "other": "x"}}
        for index in range(count)
    ]
    text = manifests.manifests("shop", letters * 900, found, limit).render(limit).text
    assert size(text) <= limit
    assert ("[not shown for size: ConfigMap/" if count > 1 else "[cut: ") in text
    assert ("detail=full" in text) is (limit < FULL)


def test_all_templates_are_listed_in_the_smallest_answer() -> None:
    text = template_views.listing(templates()).render(2_000).text
    assert all(f"{one.name}: " in text for one in templates()) or "templates shown" in text
