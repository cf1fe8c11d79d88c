"""Counting by what applications share."""

from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.fleet.grouping import groups, together, whole
from argocd_gitops_mcp.fleet.row import Row
from tests.unit.fleet.rows import SERVER, made

ROWS = st.lists(
    st.builds(
        made,
        st.sampled_from(["a", "b"]),
        project=st.sampled_from(["one", "two", "three"]),
        health=st.sampled_from(["Healthy", "Degraded", "Missing", ""]),
        sync=st.sampled_from(["Synced", "OutOfSync"]),
    ),
    max_size=20,
)


@given(ROWS)
def test_every_application_is_counted_once(rows: list[Row]) -> None:
    found = groups(rows, "project", {})
    assert together(found) == whole(rows)
    assert sum(one.total for one in found) == len(rows)


def test_the_worst_group_comes_first() -> None:
    rows = [
        made(project="fine"),
        made(project="fine"),
        made(project="drifting", sync="OutOfSync"),
        made(project="ill", health="Degraded"),
        *(made(project="lost", health="Missing") for _ in range(5)),
    ]
    assert [one.name for one in groups(rows, "project", {})] == ["ill", "lost", "drifting", "fine"]


def test_an_application_of_several_repositories_is_in_each_group_and_once_in_all() -> None:
    both = made(sources=[{"repoURL": "https://git.example.com/a"}, {"repoURL": "https://git.example.com/b"}])
    assert [one.total for one in groups([both], "repository", {})] == [1, 1]
    assert whole([both]).total == 1


def test_a_cluster_has_one_name_however_destinations_call_it() -> None:
    rows = [
        made(destination={"server": "https://eu.example.com"}),
        made(destination={"name": "eu"}),
        made(destination={"server": SERVER}),
    ]
    found = groups(rows, "cluster", {"https://eu.example.com": "eu"})
    assert {one.name: one.total for one in found} == {"eu": 2, "in-cluster": 1}
