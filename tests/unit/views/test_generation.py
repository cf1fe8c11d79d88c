"""What a set makes beside what it made: by names, what is the same of many told once, and bounded."""

from typing import Any

import pytest

from argocd_gitops_mcp.argocd.applicationsets import Generated
from argocd_gitops_mcp.argocd.models import ObjectMeta
from argocd_gitops_mcp.views import generation as views
from argocd_gitops_mcp.views.view import NORMAL


def app(name: str, revision: str = "main", **metadata: Any) -> Generated:
    spec = {"project": "default", "source": {"repoURL": "https://git.example.com/a", "targetRevision": revision}}
    return Generated(ObjectMeta(name=name, **metadata), spec)


def there(*found: Generated) -> dict[str, Generated]:
    return {one.metadata.name: one for one in found}


def test_everything_has_its_place() -> None:
    made = [app("same"), app("changed", "v2"), app("new"), app("foreign"), app("twice"), app("twice"), app("hidden")]
    existing = there(app("same"), app("changed"), app("gone"), app("foreign"))
    found = views.compared(made, existing, {"same", "changed", "gone", "hidden"}, views.Policy())
    assert (found.new, found.gone, found.there) == (("new",), ("gone",), ("foreign",))
    assert (found.doubled, found.unseen, found.same) == (("twice",), ("hidden",), 1)
    assert found.changed == {"changed": ["spec.source.targetRevision: main -> v2"]}
    assert found.counts() == (
        "6 applications: 1 new, 1 changed, 1 same, 1 there already, 1 made twice, 1 not to be seen; "
        "1 of those made before are not made any more"
    )


def test_a_set_that_makes_nothing_is_told_so() -> None:
    assert views.compared([], {}, (), views.Policy()).counts() == "0 applications"


def test_what_is_the_same_of_many_is_one_row() -> None:
    names = [f"app-{number:02}" for number in range(8)]
    found = views.compared([app(one, "v2") for one in names], there(*map(app, names)), names, views.Policy())
    assert views.changes(found, views.Policy()) == [
        "app-00, app-01, app-02, app-03, app-04 and 3 more: spec.source.targetRevision: main -> v2"
    ]


def test_a_project_that_is_left_out_is_the_default_one() -> None:
    bare = Generated(ObjectMeta(name="one"), {"source": app("one").spec["source"]})
    assert views.differing(bare, app("one"), views.Policy()) == []


def test_annotations_that_the_controller_leaves_are_no_change() -> None:
    own = {"argocd.argoproj.io/refresh": "normal", "notified.notifications.argoproj.io": "x", "kept": "1", "old": "1"}
    rules = views.Policy(annotations=frozenset({"kept"}), labels=frozenset({"mine"}))
    existing = app("one", annotations=own, labels={"mine": "1", "other": "1"})
    assert views.differing(app("one"), existing, rules) == [
        "annotations.old: 1 -> (unset)",
        "labels.other: 1 -> (unset)",
    ]


def test_automated_syncs_that_a_rollout_takes_over_are_no_change() -> None:
    steps = {"type": "RollingSync", "rollingSync": {"steps": [{"matchExpressions": []}]}}
    made, live = app("a"), app("a")
    made.spec["syncPolicy"] = {"automated": {"prune": True}}
    live.spec["syncPolicy"] = {"automated": {"prune": True, "enabled": False}}
    assert views.differing(made, live, views.policy({"strategy": steps})) == []
    live.spec["syncPolicy"]["automated"]["prune"] = False
    assert views.differing(made, live, views.policy({"strategy": steps})) == [
        "spec.syncPolicy.automated.prune: False -> True"
    ]
    for other in ({"strategy": {"type": "RollingSync", "rollingSync": {"steps": []}}}, {}):
        told = views.differing(made, live, views.policy(other))
        assert "spec.syncPolicy.automated.enabled: False -> (unset)" in told
    del made.spec["syncPolicy"]
    assert views.differing(made, live, views.policy({"strategy": steps})), "a template without it takes it away"


@pytest.mark.parametrize(
    ("sync", "deletes", "updates"),
    [
        ("", True, True),
        ("sync", True, True),
        ("create-only", False, False),
        ("create-update", False, True),
        ("create-delete", True, False),
    ],
)
def test_the_policy_decides_what_is_done(sync: str, deletes: bool, updates: bool) -> None:
    rules = views.policy({"syncPolicy": {"applicationsSync": sync}})
    assert (rules.deletes, rules.updates) == (deletes, updates)
    found = views.compared([app("one", "v2")], there(app("one"), app("two")), {"one", "two"}, rules)
    gone, changed = views.changes(found, rules)
    assert (gone == "deleted: two") is deletes
    assert ("left" not in changed) is updates


@pytest.mark.parametrize(
    ("spec", "preserves"),
    [
        ({}, False),
        ({"syncPolicy": {"preserveResourcesOnDeletion": True}}, True),
        ({"template": {"metadata": {"finalizers": ["example.com/guard"]}}}, True),
        (
            {
                "syncPolicy": {"preserveResourcesOnDeletion": True},
                "template": {"metadata": {"finalizers": ["resources-finalizer.argocd.argoproj.io/background"]}},
            },
            False,
        ),
        ({"syncPolicy": "rubbish", "template": [], "preservedFields": 1}, False),
    ],
)
def test_whether_resources_stay(spec: dict[str, Any], preserves: bool) -> None:
    assert views.policy(spec).preserves is preserves


def test_warnings_name_whose_an_application_is() -> None:
    every = [app("free"), app("taken"), app("unasked")]
    found = views.compared(every, there(*every), (), views.Policy())
    told = views.warnings(found, views.Policy(), {"free": "", "taken": "ApplicationSet 'other'"})
    assert told[0] == "There already, and taken over with everything the template says: free."
    assert told[1].startswith("taken is there already and belongs to ApplicationSet 'other': ")
    assert told[2] == "There already, and not looked at whose: unasked."


def test_secrets_in_parameters_are_masked() -> None:
    def with_password(value: str) -> Generated:
        parameters = [{"name": "adminPassword", "value": value}]
        return Generated(ObjectMeta(name="one"), {"source": {"helm": {"parameters": parameters}}})

    (row,) = views.differing(with_password("geheim-2"), with_password("geheim-1"), views.Policy())
    assert "geheim" not in row


def test_a_thousand_applications_keep_to_the_size() -> None:
    names = [f"application-of-a-large-set-{number:04}" for number in range(1_000)]
    found = views.compared([app(one) for one in names], {}, (), views.Policy())
    view = views.Generation(result=found.counts(), name="set", created=list(found.new))
    text = view.render(NORMAL).text
    assert len(text) <= NORMAL
    assert "1000 applications: 1000 new" in text
    assert "of 1000 shown" in text
    (row,) = views.changes(found, views.Policy())
    assert row.endswith("-0039 and 960 more")
    assert views.few([str(number) for number in range(20)])[-1] == "and 8 more changes"
