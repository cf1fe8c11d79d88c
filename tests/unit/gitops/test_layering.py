"""What stands in a file stays there when a template is laid over it."""

import pytest

from argocd_gitops_mcp.errors import NotYAML
from argocd_gitops_mcp.gitops.templates.catalogue import find, render, templates
from argocd_gitops_mcp.gitops.templates.layering import laid, merged
from tests.unit.gitops.samples import bare, full

MINE = """\
# Ours; ask the shop team.
kind: Application
apiVersion: argoproj.io/v1alpha1
metadata:
  name: web        # as in the wiki
  labels: {team: shop}
spec:
  # Do not change before the audit.
  project: old
  source:
    repoURL: https://git.example.com/shop/deploy.git
    path: services/web/overlays
    targetRevision: v1.0.0   # released in May
  destination:
    server: https://kubernetes.default.svc
    namespace: shop-production
  ignoreDifferences:
  - kind: Deployment
    group: apps
    jsonPointers: [/spec/replicas]   # scaled by hand
  syncPolicy:
    syncOptions:
    - CreateNamespace=false   # the platform makes it
    - PruneLast=true
"""


def plain() -> str:
    return render("application-plain", bare(find("application-plain")))["apps/web.yaml"]


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    was, now = before.splitlines(), after.splitlines()
    return [line for line in was if line not in now], [line for line in now if line not in was]


def test_comments_order_and_own_keys_stay() -> None:
    after = merged(MINE, plain())
    gone, come = changed_lines(MINE, after)
    assert gone == [
        "  project: old",
        "    targetRevision: v1.0.0   # released in May",
        "    - CreateNamespace=false   # the platform makes it",
    ]
    assert {"  project: shop", "    targetRevision: v1.2.3   # released in May"} <= set(come)
    assert "    - CreateNamespace=true   # the platform makes it" in come
    assert "  namespace: argocd" in come
    assert "  - kind: Deployment" in after
    assert after.index("kind: Application") < after.index("apiVersion:")


@pytest.mark.parametrize("name", [one.name for one in templates()])
def test_laying_it_over_again_changes_nothing(name: str) -> None:
    files = render(name, bare(find(name)))
    found = laid(files, files)
    assert not found.files
    assert list(found.unchanged) == list(files)
    more = render(name, full(find(name)))
    after = {**files, **laid(more, files).files}
    assert set(laid(more, after).unchanged) == set(more)


def test_lists_are_added_to_by_what_names_their_items() -> None:
    mine = "kind: K\nimages:\n- name: a  # ours\n  newTag: v1\n- name: b\n  newTag: v1\nresources: [x.yaml, y.yaml]\n"
    said = "kind: K\nimages:\n  - name: b\n    newTag: v2\n  - name: c\n    newTag: v3\n"
    said += "resources:\n  - y.yaml\n  - z.yaml\n"
    assert merged(mine, said) == (
        "kind: K\nimages:\n- name: a  # ours\n  newTag: v1\n- name: b\n  newTag: v2\n- name: c\n  newTag: v3\n"
        "resources: [x.yaml, y.yaml, z.yaml]\n"
    )


@pytest.mark.parametrize(
    ("mine", "said", "after"),
    [
        ("steps: [[1], [2]]", "steps:\n  - - 3", "steps: [[3]]"),
        ("steps: [{a: 1, b: 2}]", "steps:\n  - a: 2\n    b: 2", "steps: [{a: 2, b: 2}]"),
        ("steps: [{name: a, b: 1}, {name: a, b: 2}]", "steps:\n  - name: a\n    b: 3", "steps: [{name: a, b: 3}]"),
        (
            "steps: [{list: {a: 1}}]",
            "steps:\n  - git: 1\n  - list:\n      b: 2",
            "steps: [{list: {a: 1, b: 2}}, {git: 1}]",
        ),
        ("a: x", "a:\n  b: 1", {"a": {"b": 1}}),
    ],
)
def test_what_cannot_be_told_apart_is_set_as_a_whole(mine: str, said: str, after: object) -> None:
    found = merged(f"{mine}\n", f"{said}\n")
    assert found == (f"{after}\n" if isinstance(after, str) else "a:\n  b: 1\n")


def test_of_several_documents_the_same_object_changes() -> None:
    other = "# Another.\nkind: Application\nmetadata: {name: api}\n---\n"
    after = merged(other + MINE, plain())
    assert after == other + merged(MINE, plain())


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_another_object_is_added_as_a_document_of_its_own(end: str) -> None:
    other = f"kind: Application{end}metadata: {{name: api}}{end}"
    assert merged(other, plain()) == f"{other}---{end}" + plain().replace("\n", end)


@pytest.mark.parametrize(("mine", "before"), [("", ""), ("\n\n", ""), ("# To do.", "# To do.\n")])
def test_a_file_without_any_object_gets_it(mine: str, before: str) -> None:
    assert merged(mine, "kind: A\n") == f"{before}kind: A\n"


@pytest.mark.parametrize(
    ("mine", "told"), [("a: [1\n", "line"), ("just text\n", "no YAML of objects"), ("- a\n", "no YAML of objects")]
)
def test_what_is_no_yaml_is_refused_by_its_name(mine: str, told: str) -> None:
    with pytest.raises(NotYAML, match=told) as caught:
        laid({"apps/web.yaml": plain()}, {"apps/web.yaml": mine})
    assert "apps/web.yaml" in caught.value.message
