"""The demo: plays to its end on a sandbox, and stops with the step's name where its claim does not hold."""

import json
import os
import re
from pathlib import Path

import httpx2
import pytest

from argocd_gitops_mcp.demo import layout, play, story
from argocd_gitops_mcp.demo.client import tokens
from argocd_gitops_mcp.demo.repository import Repository
from argocd_gitops_mcp.demo.screen import Screen
from argocd_gitops_mcp.demo.target import target


def test_plays_the_whole_workflow(capsys: pytest.CaptureFixture[str]) -> None:
    status = story.run(plain=True)

    shown = capsys.readouterr().out
    assert status == 0, shown
    assert re.findall(r"^ {1,2}(\d+)  ", shown, re.MULTILINE) == [str(number) for number in range(1, 14)]
    for verb in ("list", "get", "create", "update", "sync", "history", "rollback", "apply_plan", "wait", "delete"):
        assert f'manage_argocd_application(operation="{verb}"' in shown
    for verb in (
        "get_resource_tree",
        "get_managed_resources",
        "get_workload_logs",
        "get_resource_events",
        "get_resource_actions",
        "run_resource_action",
        "get_application_manifest",
        "get_application_parameters",
    ):
        assert f'manage_argocd_resource(operation="{verb}"' in shown
    for verb in (
        "scaffold_repository",
        "validate_manifests",
        "plan_change",
        "open_pull_request",
        "get_pull_request",
        "merge_pull_request",
        "track_change",
    ):
        assert f'manage_gitops_repository(operation="{verb}"' in shown
    assert "CrashLoopBackOff" in shown
    assert "the server asks (elicitation)" in shown
    assert "\x1b" not in shown
    assert max(map(len, shown.splitlines())) <= 100


def test_a_claim_that_does_not_hold_ends_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    handle = tmp_path / "handle.json"
    with target(None) as sandbox:
        handle.write_text(json.dumps({"url": sandbox.url, "tokens": {"ci": "not-a-token"}}))
        status = story.run(handle=handle, plain=True)

    assert status == 1
    assert "Step 2, Look around: this is not so" in capsys.readouterr().out


def test_a_repair_that_does_not_repair_ends_it_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "BETTER", "missing")  # an image that cannot be pulled
    monkeypatch.setattr(play, "_PATIENCE", 10.0)
    handle = tmp_path / "handle.json"
    with target(None) as sandbox:
        handle.write_text(json.dumps({"url": sandbox.url, "tokens": {"ci": sandbox.token}}))
        status = story.run(handle=handle, plain=True)
        headers = {"Authorization": f"Bearer {sandbox.token}"}
        listed = httpx2.get(f"{sandbox.url}/api/v1/applications", headers=headers).json()["items"]
        names = [one["metadata"]["name"] for one in listed]

    assert status == 1
    assert re.search(r"Step 11, Roll forward: this is not so: [0-9a-f]{8} is healthy", capsys.readouterr().out)
    assert "guestbook" in names
    assert not [name for name in names if name.startswith("shop-")]


@pytest.mark.parametrize("content", [None, "{", "[]", '{"url": "http://127.0.0.1:1"}'])
def test_an_unusable_handle_ends_it(content: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    handle = tmp_path / "handle.json"
    if content is not None:
        handle.write_text(content)

    assert story.run(handle=handle, plain=True) == 1
    assert "Start: The handle" in capsys.readouterr().out


def test_the_sandbox_ends_with_the_demo() -> None:
    with target(None) as found:
        assert found.url.startswith("http://127.0.0.1:")
        pid = found.pid
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_what_is_cut_on_the_screen_is_announced(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(plain=True).files({"long.yaml": "\n".join(f"line {number}" for number in range(40))})

    shown = capsys.readouterr().out
    left = re.search(r"the rest, (\d+) of 40 lines", shown)
    assert left is not None
    assert len(re.findall(r"^    line ", shown, re.MULTILINE)) == 40 - int(left[1])


def test_the_repository_begins_bare_and_empty(tmp_path: Path) -> None:
    repository = Repository(tmp_path, "shop")
    commands = repository.begin()

    assert commands == ["git init --bare --initial-branch=main shop.git"]
    assert (tmp_path / "workspace" / "shop.git" / "HEAD").read_text().strip() == "ref: refs/heads/main"
    assert not list((tmp_path / "workspace" / "shop.git" / "refs" / "heads").iterdir())


def test_tokens_are_bytes_by_four_rounded_up() -> None:
    assert [tokens(text) for text in ("", "a", "abcd", "abcde", "ää")] == [0, 1, 1, 2, 1]
