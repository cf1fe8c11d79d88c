"""What holds for every house rule."""

import re
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.gitops import documents
from argocd_gitops_mcp.gitops.findings import SEVERITIES
from argocd_gitops_mcp.gitops.rules import IDS, RULES, Config, check, configured

HERE = Path(__file__).parent
FIELDS = re.compile(r"[A-Za-z][\w./-]+(?=:)")
KEYS = sorted({key for one in HERE.glob("*/**/*.yaml") for key in FIELDS.findall(one.read_text("utf-8"))})
KINDS = [("argoproj.io/v1alpha1", kind) for kind in ("Application", "ApplicationSet", "AppProject", "Rollout")] + [
    ("v1", "Secret"),
    ("v1", "ConfigMap"),
    ("v1", "Service"),
    ("apps/v1", "Deployment"),
    ("batch/v1", "CronJob"),
]
LEAVES = (
    st.none() | st.booleans() | st.integers(-9, 99) | st.floats(allow_nan=False) | st.text("a{}*/!.:@%= -1", max_size=9)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=25,
)


def test_ids_are_stable_words_and_texts_are_whole() -> None:
    assert len(set(IDS)) == len(IDS)
    for one in RULES:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", one.id)
        assert one.severity in SEVERITIES
        assert not one.summary.endswith(".")
        assert one.why.endswith(".")
        assert one.remedy.endswith(".")


def test_every_rule_has_a_test_that_finds_it() -> None:
    tests = "".join(one.read_text("utf-8") for one in HERE.glob("test_rules_*.py"))
    assert [one for one in IDS if f'"{one}"' not in tests] == []


def test_a_rule_that_is_off_is_not_asked() -> None:
    found, _ = documents.read("a.yaml", (HERE / "mistakes/latest_image.yaml").read_text("utf-8"))
    off = configured("rules: {" + ", ".join(f"{one}: off" for one in IDS) + "}")
    assert check(found, Config())
    assert check(found, off) == []


@given(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5), st.booleans())
def test_no_shape_of_an_object_breaks_a_rule(kind: tuple[str, str], body: dict[str, Any], within: bool) -> None:
    value = {"apiVersion": kind[0], "kind": kind[1], "metadata": {"name": "x"}, **({"spec": body} if within else body)}
    for file in ("a.yaml", "kustomization.yaml", "production/values.yaml"):
        found, unreadable = documents.read(file, yaml.safe_dump(value if file == "a.yaml" else body))
        assert not unreadable
        for one in check(found, Config()):
            assert one.rule in IDS
            assert one.line >= 1
            assert "\n" not in one.message


@given(VALUES, st.sampled_from([str(one.relative_to(HERE)) for one in sorted(HERE.glob("*/*/*.yaml"))]), st.randoms())
def test_no_wrong_value_in_a_good_file_breaks_a_rule(value: Any, file: str, random: Any) -> None:
    read, _ = documents.read(file, (HERE / file).read_text("utf-8"))
    whole = [one.value for one in read]
    holders: list[Any] = []
    waiting: list[Any] = list(whole)
    while waiting:
        one = waiting.pop()
        parts = list(one.values()) if isinstance(one, dict) else one if isinstance(one, list) else []
        holders += [one] if parts else []
        waiting += parts
    holder = random.choice(holders)
    holder[random.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))] = value
    again, unreadable = documents.read(file, yaml.safe_dump_all(whole))
    assert not unreadable
    check(again, Config())
