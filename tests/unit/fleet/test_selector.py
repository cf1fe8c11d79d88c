"""Label selectors as Kubernetes reads them; tests/contract/test_list.py asks Argo CD the same."""

import pytest

from argocd_gitops_mcp.errors import InvalidArgument
from argocd_gitops_mcp.fleet.selector import parsed

LABELS = {"team": "shop", "tier": "web", "cost": "5", "empty": "", "example.com/owner": "ada"}


@pytest.mark.parametrize(
    "text",
    [
        "team=shop",
        "team==shop",
        "team = shop , tier != api",
        "team in (shop, web)",
        "team in (shop,web),tier notin (api)",
        "missing notin (a)",
        "missing!=a",
        "!missing",
        "! missing,team",
        "empty=",
        "empty in (,x)",
        "example.com/owner=ada",
        "cost>4,cost<6",
        "team",
    ],
)
def test_what_fits(text: str) -> None:
    assert parsed(text)(LABELS)


@pytest.mark.parametrize(
    "text",
    [
        "team=web",
        "team!=shop",
        "team notin (shop)",
        "missing",
        "!team",
        "missing in (a)",
        "missing=",
        "cost>5",
        "team>1",
    ],
)
def test_what_does_not_fit(text: str) -> None:
    assert not parsed(text)(LABELS)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("team in", "it ends where ("),
        ("team in shop", "'shop' stands where ("),
        ("team in (shop", "it ends where )"),
        ("team=shop tier=web", "'tier' stands where a comma"),
        ("team=shop,", "it ends where a label's name"),
        ("=shop", "'=' stands where a label's name"),
        ("team=sh*p", "'sh*p' stands where a label's value"),
        ("team~shop", "'team~shop' stands where a label's name"),
        ("team shop", "'shop' stands where =, =="),
        ("cost>much", "'much' stands where a whole number"),
        ("a/b/c=d", "'a/b/c' stands where a label's name"),
        (" ", "it ends where a label's name"),
    ],
)
def test_what_is_none_is_refused_with_the_place(text: str, where: str) -> None:
    with pytest.raises(InvalidArgument, match="selector: ") as raised:
        parsed(text)
    assert where in raised.value.message
