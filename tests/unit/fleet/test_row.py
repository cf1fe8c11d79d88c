"""What a row keeps of an application."""

import msgspec

from argocd_gitops_mcp.argocd.fleet import Item
from argocd_gitops_mcp.fleet.row import row
from tests.unit.fleet.rows import made


def test_the_last_of_all_times_is_that_of_the_last_change() -> None:
    one = made(created="2026-01-01T00:00:00Z", rated="2026-01-01T00:00:09Z", finished="2026-01-01T00:00:05Z")
    assert one.last_change == 1767225609
    one.seen = 1767225700
    assert one.last_change == 1767225700


def test_what_has_no_time_changed_never() -> None:
    assert row(msgspec.json.decode(b'{"metadata":{"name":"new"}}', type=Item)).last_change == 0


def test_an_application_that_was_not_looked_at_yet() -> None:
    one = row(msgspec.json.decode(b'{"metadata":{"name":"new","labels":null},"status":{"health":{}}}', type=Item))
    assert (one.health, one.sync, one.phase, one.repositories, one.labels) == ("", "", "", (), {})
    assert made(health="Progressing").severity < one.severity < made().severity


def test_every_source_is_remembered_once_and_without_its_password() -> None:
    urls = ("https://user:word@git.example.com/a.git", "https://git.example.com/b.git", "https://git.example.com/b.git")
    one = made(sources=[{"repoURL": url} for url in urls])
    assert one.repositories == ("https://git.example.com/a.git", "https://git.example.com/b.git")
    assert "word" not in one.text


def test_a_hydrated_one_has_the_dry_source() -> None:
    assert made(hydrator={"drySource": {"repoURL": "https://git.example.com/dry.git"}}).repositories == (
        "https://git.example.com/dry.git",
    )


def test_the_worst_is_the_least() -> None:
    ordered = [
        made(health="Degraded"),
        made(health="Missing", sync="OutOfSync"),
        made(health="Unknown"),
        made(health="Progressing"),
        made(health="Suspended"),
        made(sync="Unknown"),
        made(sync="OutOfSync"),
        made(),
    ]
    severities = [one.severity for one in ordered]
    assert severities == sorted(severities)
    assert len(set(severities)) == len(severities)
