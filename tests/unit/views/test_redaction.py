"""Secrets in text are masked; what only looks like one stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.views.masking import MASK
from argocd_gitops_mcp.views.redaction import mask_text, safe_line

JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJhcmdvY2QiLCJzdWIiOiJjaSJ9.c2lnbmF0dXJlLW9mLWEtdG9rZW4"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer abcdef0123456789", "abcdef0123456789"),
        ("authorization: basic dXNlcjpodW50ZXIyMjI=", "dXNlcjpodW50ZXIyMjI="),
        ("connecting with password=hunter2 to db", "hunter2"),
        ("DB_PASSWORD='correct horse' set", "correct horse"),
        ('{"user":"ada","token":"s3cr3t-value","id":7}', "s3cr3t-value"),
        (r"{\"password\":\"p4ssw0rd!\"}", "p4ssw0rd!"),
        ("api_key: a8f5f167f44f4964e6c998dee827110c", "a8f5f167f44f4964e6c998dee827110c"),
        ("postgres://app:p4ss!word@db:5432/shop failed", "p4ss!word"),
        (f"session {JWT} refused", JWT),
        ("using AKIAQ3EGUW7LPZ5XKD2M for s3", "AKIAQ3EGUW7LPZ5XKD2M"),
        ("git clone with ghp_x8Kd2mQ9vLw4RtY7uBn3ZpA6sCf1HgJ5kE0o", "ghp_x8Kd2mQ9vLw4RtY7uBn3ZpA6sCf1HgJ5kE0o"),
    ],
)
def test_a_secret_is_masked(text: str, secret: str) -> None:
    masked = mask_text(text)
    assert secret not in masked
    assert MASK in masked
    assert masked.partition(MASK)[0] == text.partition(secret)[0]


@pytest.mark.parametrize(
    "text",
    [
        "INFO GET /items/17 200 3ms",
        "commit 13b6e25b9abbb29c37cc7c0401d117d7ff8c8547 by Ada",
        "example.com/web@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "pod web-867dd876c9-5zpql_shop(d172a625-91d2-4e76-abc9-06898e0360fa)",
        "the token has expired; password is incorrect",
        "token: expired",
        'secret "credentials" not found',
        'MountVolume.SetUp failed for volume "conf" : secret "db-credentials" not found',
        "permission denied: logs, get, default/guestbook, sub: nologs, iat: 2026-01-05",
        "https://git.example.com/shop/deployments.git",
        "password=++++++++",
        "PASSWORD=changeme",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask_text(text) == text


def test_what_is_cut_leaves_no_half_of_a_secret() -> None:
    text = f"{'x' * 40} token={JWT}"
    assert "eyJ" not in safe_line(text, 60)
    assert safe_line(text, 60).startswith("x" * 40)
    assert safe_line("\x1b[31mred\x1b[0m\nand more") == "red and more"


@given(st.text())
def test_masking_twice_is_masking_once(text: str) -> None:
    once = mask_text(text)
    assert mask_text(once) == once


@given(st.text(alphabet="abcdefghijklmnop 0123456789.:/-_=[]{}", max_size=200))
def test_length_and_speed_do_not_explode(text: str) -> None:
    assert len(mask_text(text * 20)) <= len(text * 20) + 8 * 20 * (len(text) + 1)
