"""One JSON line for each operation."""

import json
import os
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp import audit
from argocd_gitops_mcp.audit import Entry
from argocd_gitops_mcp.errors import NotConfigured

ENTRY = Entry("r1", "mcp", "ci:apiKey", "delete_application", "shop", "destructive", "confirmed", "ok", 12)


def test_appends_to_a_file_only_its_owner_reads(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    for _ in range(2):
        audit.writer(str(file))(ENTRY)
    assert file.stat().st_mode & 0o777 == 0o600
    first, second = (json.loads(line) for line in file.read_text().splitlines())
    assert first.keys() == second.keys() == {"time", "audit", *(field.name for field in fields(Entry))}
    assert (first["operation"], first["target"], first["verdict"], first["outcome"]) == (
        "delete_application",
        "shop",
        "confirmed",
        "ok",
    )


def test_without_a_file_it_is_stderr_and_never_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    audit.writer(None)(ENTRY)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert json.loads(shown.err)["request_id"] == "r1"


def test_a_file_that_cannot_be_written_is_said_before_anything_is_done(tmp_path: Path) -> None:
    with pytest.raises(NotConfigured, match="audit"):
        audit.writer(str(tmp_path / "missing" / "audit.jsonl"))


def test_the_file_may_be_rotated(tmp_path: Path) -> None:
    file, before = tmp_path / "audit.jsonl", tmp_path / "audit.jsonl.1"
    write = audit.writer(str(file))
    write(ENTRY)
    file.rename(before)
    write(ENTRY)
    assert [len(one.read_text().splitlines()) for one in (before, file)] == [1, 1]
    assert file.stat().st_mode & 0o777 == 0o600


def test_an_entry_is_written_at_once_or_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = audit.writer(str(tmp_path / "audit.jsonl"))
    written: list[bytes] = []

    def full(_: int, line: bytes) -> int:
        written.append(line)
        return len(line) - 1

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="only a part"):
        write(ENTRY)
    assert [json.loads(one)["request_id"] for one in written] == ["r1"]


@given(st.text())
def test_an_entry_is_one_line_whatever_the_target(target: str) -> None:
    line = audit._line(Entry("r", "mcp", target, target, target, "read", "refused", "invalid_argument", 0))
    assert len(line.splitlines()) == 1
    assert json.loads(line)["target"] == target
