"""Values go into a template as data; what is not asked for goes with its comment."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from ruamel.yaml import YAML

from argocd_gitops_mcp.errors import NotYAML
from argocd_gitops_mcp.gitops.templates.filling import filled, filled_text

TEMPLATE = """\
# Kept: <name>
metadata:
  name: <name>
  # Goes with the note.
  note: <note>  # at the end
  labels: <labels>
spec:
  path: 'apps/<name>/{{.env}}'
  # Why it prunes.
  automated: !when/prune
    prune: true
    # Why it heals.
    selfHeal: <heal>
  github: !when/forge=github {owner: <name>}
  text: |
    one <name>

  steps:
    # A step.
    - !each/steps
      weight: <item.weight>
      of: [<item.name>, <name>]
    - !when/prune last
  names:
    - !each/names x-<item>
  flow: {a: <name>, b: ["<note>"]}
end: true
"""
VALUES = {
    "name": "web",
    "note": "n",
    "labels": {"team": "shop"},
    "prune": True,
    "heal": False,
    "forge": "github",
    "steps": [{"name": "a", "weight": "1"}, {"name": "b", "weight": "w"}],
    "names": ["1", "2"],
}


def test_every_mark_gets_its_value() -> None:
    assert filled(TEMPLATE, VALUES) == (
        '# Kept: <name>\nmetadata:\n  name: web\n  # Goes with the note.\n  note: "n"  # at the end\n'
        '  labels:\n    team: shop\nspec:\n  path: "apps/web/{{.env}}"\n'
        "  # Why it prunes.\n  automated:\n    prune: true\n    # Why it heals.\n    selfHeal: false\n"
        "  github: {owner: web}\n  text: |\n    one web\n\n  steps:\n"
        '    # A step.\n    - weight: "1"\n      of: [a, web]\n'
        "    # A step.\n    - weight: w\n      of: [b, web]\n    - last\n"
        "  names:\n    - x-1\n    - x-2\n"
        '  flow: {a: web, b: ["n"]}\nend: true\n'
    )


def test_what_is_empty_or_not_asked_for_is_left_out_with_its_comment() -> None:
    bare = {**VALUES, "note": "", "labels": {}, "prune": False, "forge": "gitea", "steps": [], "names": ["1"]}
    assert filled(TEMPLATE, bare) == (
        '# Kept: <name>\nmetadata:\n  name: web\nspec:\n  path: "apps/web/{{.env}}"\n'
        '  text: |\n    one web\n\n  names:\n    - x-1\n  flow: {a: web, b: [""]}\nend: true\n'
    )


@settings(max_examples=60)
@given(text=some.text(some.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_string_comes_out_as_itself(text: str) -> None:
    template = (
        "a:\n  b: <name>  # why\n  c: 'x-<name>'\n  d: {e: [<name>]}\n  f:\n    - !each/names <item>\nend: true\n"
    )
    made = filled(template, {"name": text, "names": [text, "x"]})
    for version in ("1.1", "1.2"):  # Go reads 1.1
        yaml = YAML(typ="safe", pure=True)
        yaml.version = version
        found = yaml.load(made)
        assert found == {"a": {"b": text, "c": f"x-{text}", "d": {"e": [text]}, "f": [text, "x"]}, "end": True}


def test_a_value_that_looks_like_a_mark_is_no_mark() -> None:
    assert filled("a: <name>\nb: <note>\n", {"name": "<note>", "note": "x"}) == 'a: "<note>"\nb: x\n'


def test_other_texts_are_filled_as_they_stand() -> None:
    assert filled_text("<folder>/<item.name>.md", {"folder": "docs", "item": {"name": "web"}}) == "docs/web.md"


def test_a_template_of_comments_alone_stays() -> None:
    assert filled("# <name>\n", VALUES) == "# <name>\n"


@pytest.mark.parametrize(("text", "place"), [("a: [1\n", "line"), ("a: 1\n b: 2\n", "line 2"), ("[" * 1000, "nested")])
def test_what_is_no_yaml_is_refused_with_its_place(text: str, place: str) -> None:
    with pytest.raises(NotYAML, match=place):
        filled(text, VALUES)
