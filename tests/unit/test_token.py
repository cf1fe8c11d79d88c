"""Durations, shapes and private files of the token commands."""

import os
import stat
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.argocd.token import Claims
from argocd_gitops_mcp.commands.tokens import duration
from argocd_gitops_mcp.commands.tokens.destination import Destination
from argocd_gitops_mcp.commands.tokens.identity import Identity, expiry, misshapen
from argocd_gitops_mcp.commands.tokens.rights import RIGHTS
from argocd_gitops_mcp.commands.tokens.sign_in import Credentials
from argocd_gitops_mcp.errors import InvalidArgument

SECRET = "header.payload.signature"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1s", 1), ("90m", 5400), ("12h", 43200), ("30d", 2592000), ("2w", 1209600), ("1d12h", 129600)],
)
def test_durations(text: str, seconds: int) -> None:
    assert duration.seconds(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "0", "0d", "30", "d", "-1h", "1.5h", "1y", "2h ", "36501d", "99999999w", "\u0661h"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgument):
        duration.seconds(text)


@given(st.text(max_size=20) | st.from_regex(r"([0-9]{1,10}[wdhms]){1,3}", fullmatch=True))
def test_any_text_is_a_bounded_duration_or_refused(text: str) -> None:
    with suppress(InvalidArgument):
        assert 0 < duration.seconds(text) <= duration.LONGEST


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 seconds"), (1, "1 second"), (119, "119 seconds"), (7200, "2 hours"), (172800, "2 days")]
)
def test_words(count: int, words: str) -> None:
    assert duration.words(count) == words


@pytest.mark.parametrize(
    "token", [f"Bearer {SECRET}", f"{SECRET[:9]}\n{SECRET[9:]}", f'"{SECRET}"', f"{SECRET}é", "a\0b"]
)
def test_what_cannot_be_a_token_is_told_without_showing_it(token: str) -> None:
    told = misshapen(token)
    assert told
    assert "payload" not in told


def test_a_token_has_its_shape() -> None:
    assert misshapen(SECRET) is None


def test_expiry() -> None:
    now = datetime.now(UTC).timestamp()
    assert expiry(Claims()) == "never"
    assert expiry(Claims(exp=now - 5)).endswith("(past)")
    assert expiry(Claims(exp=now + 3 * 86400 + 60)).endswith("(in 3 days)")


def test_kinds_of_tokens() -> None:
    assert Identity("ci", "argocd", (), Claims(sub="ci:apiKey")).kind == "account API token"
    assert Identity("ci", "argocd", (), Claims(sub="ci:login")).kind == "login session"
    assert Identity("ann@example.com", "https://sso.example.com", (), Claims()).kind == "single sign-on session"
    role = Identity("proj:shop:deployer", "argocd", (), Claims())
    assert (role.kind, role.project) == ("project role token", "shop")


def test_rights_are_asked_for_in_a_project_where_they_are_of_one() -> None:
    objects = {(one.resource, one.objects("shop")) for one in RIGHTS}
    assert objects == {("applications", "shop/*"), ("logs", "shop/*"), ("projects", "shop"), ("repositories", "*")}


def test_a_password_is_not_in_its_owners_repr() -> None:
    assert "hunter2" not in repr(Credentials("ci", "hunter2"))


def test_the_file_is_private_whatever_the_umask(tmp_path: Path) -> None:
    file = tmp_path / "token"
    before = os.umask(0)
    try:
        with Destination(output=file).opened() as deliver:
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            deliver(SECRET)
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text() == SECRET + "\n"


def test_a_file_or_link_that_is_there_is_left_alone(tmp_path: Path) -> None:
    file, link, target = tmp_path / "token", tmp_path / "link", tmp_path / "target"
    file.write_text("old")
    link.symlink_to(target)
    for path in (file, link):
        with pytest.raises(InvalidArgument), Destination(output=path).opened():
            pytest.fail("it was opened")
    assert file.read_text() == "old"
    assert not target.exists()


def test_force_replaces_a_link_and_a_readable_file(tmp_path: Path) -> None:
    file, link, target = tmp_path / "token", tmp_path / "link", tmp_path / "target"
    for path in (file, target):
        path.write_text("old")
        path.chmod(0o644)
    link.symlink_to(target)
    for path in (file, link):
        with Destination(output=path, force=True).opened() as deliver:
            assert path.read_text() == "old"
            deliver(SECRET)
        assert path.read_text() == SECRET + "\n"
        assert stat.S_IMODE(path.lstat().st_mode) == 0o600
    assert target.read_text() == "old"
    assert sorted(tmp_path.iterdir()) == [link, target, file]


@pytest.mark.parametrize("force", [False, True])
def test_nothing_stays_behind_when_no_token_came(tmp_path: Path, force: bool) -> None:
    with pytest.raises(KeyboardInterrupt), Destination(output=tmp_path / "token", force=force).opened():
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="cannot be written"), Destination(output=tmp_path / "no" / "t").opened():
        pytest.fail("it was opened")
