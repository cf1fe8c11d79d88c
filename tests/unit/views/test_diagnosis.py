"""A diagnosis as an answer: three findings whole, the others in a line each, all within its limit."""

from typing import Any

import msgspec

from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.argocd.resource_models import Node
from argocd_gitops_mcp.insight.diagnosis import Found
from argocd_gitops_mcp.insight.evidence import Evidence
from argocd_gitops_mcp.insight.finding import Finding, NextCall, Quote
from argocd_gitops_mcp.insight.rules.catalogue import RULES
from argocd_gitops_mcp.operations.diagnosis import LIMIT
from argocd_gitops_mcp.views import diagnosis as views

EVIDENCE = Evidence(application=msgspec.convert({"metadata": {"name": "shop"}}, Application))


def found(number: int) -> Found:
    quote = Quote(f"log of Pod/web-{number}", "ERROR one\nFATAL token=s3cr3t-value-of-ours " + "x" * 3_000)
    call = NextCall("get_workload_logs", {"application_name": "shop", "resource_name": f"web-{number}"})
    node = Node(kind="Deployment", name=f"web-{number}")
    return Found(RULES[0], Finding(f"web-{number} is bad.", "certain", node, evidence=(quote,), next=(call,)))


def shown(count: int) -> tuple[dict[str, Any], str]:
    rendered = views.diagnosis(
        EVIDENCE, [found(number) for number in range(count)], lambda name, given: {"operation": name, **given}
    ).render(LIMIT)
    assert rendered.structured is not None
    return rendered.structured, rendered.text


def test_three_are_told_whole_and_the_others_in_a_line() -> None:
    structured, text = shown(5)
    assert [one["resource"] for one in structured["findings"]] == [f"Deployment/web-{number}" for number in range(3)]
    assert structured["also"] == [f"{RULES[0].id}: web-{number} is bad." for number in (3, 4)]
    assert structured["verdict"].startswith("5 findings")
    assert len(text) <= LIMIT


def test_many_findings_are_cut_and_counted() -> None:
    structured, text = shown(400)
    assert len(text) <= LIMIT
    assert len(structured["findings"]) == 3
    assert any(one.startswith("also: ") for one in structured["cut"])


def test_a_quotation_is_masked_and_bounded() -> None:
    structured, _ = shown(1)
    (quote,) = structured["findings"][0]["evidence"]
    assert quote.startswith('log of Pod/web-0: "')
    assert "s3cr3t" not in quote
    assert len(quote) < 600
