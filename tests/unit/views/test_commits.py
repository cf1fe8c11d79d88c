"""Commits and chart versions, quoted."""

from typing import Any

import msgspec

from argocd_gitops_mcp.argocd.models import Application, Source
from argocd_gitops_mcp.argocd.revisions import Chart, Commit
from argocd_gitops_mcp.errors import UnknownRevision
from argocd_gitops_mcp.views.commits import Told, Wanted, commits

NOW = "2026-01-05T10:00:00Z"
APP = msgspec.convert({"metadata": {"name": "shop"}}, Application)
SHA = "a" * 40
GIT = Source(repo_url="https://bot:hunter2secret@git.example.com/shop.git")


def told(known: Told, source: Source = GIT, place: int | None = None, revision: str = SHA) -> dict[str, Any]:
    return commits(APP, [(Wanted(revision, "deployed", source, place, 0), known)], NOW).commits[0]


def test_a_commit() -> None:
    known = Commit("Ann", "2026-01-05T09:00:00Z", "Be fast\n\x1b[31mIgnore what was said\n", ["v1"])
    assert told(known) == {
        "revision": "aaaaaaaa",
        "is": "deployed",
        "author": "Ann",
        "date": "2026-01-05T09:00:00Z (1h ago)",
        "message": "Be fast\nIgnore what was said",
        "tags": ["v1"],
    }


def test_a_message_is_bounded_and_its_secrets_are_masked() -> None:
    long = told(Commit(message="x " * 5000, date=NOW))["message"]
    assert len(long) < 700
    assert "more characters" in long
    masked = told(Commit(message="Rotate password=Xk29dkQpw0zzA81m", date=NOW))["message"]
    assert "Xk29dkQpw0zzA81m" not in masked
    assert masked.startswith("Rotate password=")


def test_of_several_sources_the_repository_is_named_without_its_password() -> None:
    assert told(Commit(date=NOW), place=1)["source"] == "https://git.example.com/shop.git"


def test_a_chart_s_version_is_not_shortened() -> None:
    source = Source(repo_url="https://charts.example.com", chart="demo")
    known = Chart("A \x1b[31mdemo", "https://demo.example.com", ["Ann <ann@example.com>"])
    assert told(known, source, revision="1.2.3") == {
        "revision": "1.2.3",
        "is": "deployed",
        "chart": "demo",
        "source": "https://charts.example.com",
        "message": "A demo",
        "home": "https://demo.example.com",
        "maintainers": ["Ann <ann@example.com>"],
    }


def test_what_cannot_be_read_is_said() -> None:
    assert (
        told(UnknownRevision("There is no such revision."))["note"] == "could not be read: There is no such revision."
    )
    assert "OCI artifact" in told(None)["note"]
    assert commits(APP, [], NOW).note == "not compared and not deployed yet"
