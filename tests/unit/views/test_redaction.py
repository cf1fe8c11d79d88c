"""Secrets in text are masked; what only looks like one stays."""

import re
import secrets
import string
import time

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from argocd_gitops_mcp.gitops.secrets.shapes import is_stand_in
from argocd_gitops_mcp.insight.last_words import telling
from argocd_gitops_mcp.views.masking import MASK
from argocd_gitops_mcp.views.redaction import (
    in_private_keys,
    mask_text,
    masked_line,
    masked_text,
    without_private_keys,
)

JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJhcmdvY2QiLCJzdWIiOiJjaSJ9.c2lnbmF0dXJlLW9mLWEtdG9rZW4"
BODY = ["MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj", "AJc7cGYHqXk0uQ2pLw=="]


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer abcdef0123456789", "abcdef0123456789"),
        ("authorization: basic dXNlcjpodW50ZXIyMjI=", "dXNlcjpodW50ZXIyMjI="),
        ("Authorization: token 3f2a9c", "3f2a9c"),
        ("authorization: 3f2a9c8b7d6e", "3f2a9c8b7d6e"),
        ('{"Authorization":["Bearer abc.def-ghi1"]}', "abc.def-ghi1"),
        (r"{\"Authorization\":\"Bearer abcdefgh1\"}", "abcdefgh1"),
        ("sent bearer 3f2a9c8b7d6e to it", "3f2a9c8b7d6e"),
        ("sent basic dXNlcjpodW50ZXIyMjI= to it", "dXNlcjpodW50ZXIyMjI="),
        ("Cookie: theme=dark; session=9f8e7d6c", "theme=dark; session=9f8e7d6c"),
        ("connecting with password=hunter2 to db", "hunter2"),
        ("password: hunter2", "hunter2"),
        ("{Password:opensesame User:ada}", "opensesame"),
        ("mysql --password opensesame -u ada", "opensesame"),
        ("run --db-token=abc123def", "abc123def"),
        ("DB_PASSWORD='correct horse' set", "correct horse"),
        ("DB_PASS=opensesame", "opensesame"),
        ('{"user":"ada","token":"s3cr3t-value","id":7}', "s3cr3t-value"),
        (r"{\"password\":\"p4ssw0rd!\"}", "p4ssw0rd!"),
        (r'{"password":"a\"bcdef"}', r"a\"bcdef"),
        ("api_key: a8f5f167f44f4964e6c998dee827110c", "a8f5f167f44f4964e6c998dee827110c"),
        ("X-Api-Key: 7f9a8b7c6d5e", "7f9a8b7c6d5e"),
        ("aws_secret_access_key = wJalrXUtnFEMIK7MDENGbPxRfiCY", "wJalrXUtnFEMIK7MDENGbPxRfiCY"),
        ("client_secret=foo-bar-baz", "foo-bar-baz"),
        ("postgres://app:p4ss!word@db:5432/shop failed", "p4ss!word"),
        ("redis://:p4ssw0rd@redis:6379/0", "p4ssw0rd"),
        ("https://3f2a9c8b7d6e5f4a3b2c@git.example.org/x.git", "3f2a9c8b7d6e5f4a3b2c"),
        ("app:s3cr3t@tcp(db:3306)/shop", "s3cr3t"),
        ("Server=db;User Id=sa;Password=Hunter2x;Encrypt=1", "Hunter2x"),
        ("AccountName=a;AccountKey=abcd1234+/xyz==", "abcd1234+/xyz=="),
        ("GET /blob?sv=1&sig=abc%2Fdef123%3D&x=1", "abc%2Fdef123%3D"),
        (f"session {JWT} refused", JWT),
        ("using AKIAQ3EGUW7LPZ5XKD2M for s3", "AKIAQ3EGUW7LPZ5XKD2M"),
        ("git clone with ghp_x8Kd2mQ9vLw4RtY7uBn3ZpA6sCf1HgJ5kE0o", "ghp_x8Kd2mQ9vLw4RtY7uBn3ZpA6sCf1HgJ5kE0o"),
        ("pushed with glpat-Xk29fLq8ZtYw3bNm1pRs", "glpat-Xk29fLq8ZtYw3bNm1pRs"),
    ],
)
def test_a_secret_is_masked_and_nothing_else(text: str, secret: str) -> None:
    assert mask_text(text) == text.replace(secret, MASK)


@pytest.mark.parametrize(
    "text",
    [
        "INFO GET /items/17 200 3ms",
        "commit 13b6e25b9abbb29c37cc7c0401d117d7ff8c8547 by Ada <ada@example.com> 2026-01-01T00:00:00Z",
        "example.com/web@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "pod web-867dd876c9-5zpql_shop(d172a625-91d2-4e76-abc9-06898e0360fa)",
        "request_id=550e8400-e29b-41d4-a716-446655440000 trace=4bf92f3577b34da6a3ce929d0e0e4736",
        "the token has expired; password is incorrect",
        "password: incorrect.",
        "password: must contain 8 characters",
        "token: expired",
        "Basic authentication failed, bearer token-based login is off",
        "unexpected token: '}'",
        "max_tokens=4096 token: 8192 tests pass: 120",
        'secret "credentials" not found',
        'MountVolume.SetUp failed for volume "conf" : secret "db-credentials" not found',
        'MountVolume.SetUp failed for volume "kube-api-access-x8sz2"',
        '"Syncing" secret="argocd/argocd-secret" key="default/web-0"',
        "secret: db-credentials-5h2bk4m8tg not found",
        "checksum/secret: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "token=/var/run/secrets/kubernetes.io/serviceaccount/token pwd=/srv/app",
        "permission denied: logs, get, default/guestbook, sub: nologs, iat: 2026-01-05",
        "https://git.example.com/shop/deployments.git ssh://git@git.example.com:22/shop/deployments.git",
        'WWW-Authenticate: Bearer realm="https://registry.example.com/token",service="registry"',
        "Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed.",
        "password=++++++++",
        "PASSWORD=changeme",
        "password=${DB_PASSWORD}",
        "-----BEGIN CERTIFICATE-----",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask_text(text) == text


def test_what_is_cut_leaves_no_half_of_a_secret() -> None:
    text = f"{'x' * 40} token={JWT}"
    assert "eyJ" not in masked_line(text, 60)
    assert masked_line(text, 60).startswith("x" * 40)
    assert masked_line("\x1b[31mred\x1b[0m\nand more") == "red and more"


def test_what_is_cut_is_counted_however_long_it_was() -> None:
    assert masked_line("x" * 100_000, 100) == f"{'x' * 100}… (99900 more characters)"


def test_colours_do_not_hide_a_secret() -> None:
    assert masked_line("password=\x1b[31mhunter2\x1b[0m") == f"password={MASK}"


def test_a_private_key_is_masked_over_its_lines() -> None:
    text = "\n".join(["loaded", "-----BEGIN PRIVATE KEY-----", *BODY, "-----END PRIVATE KEY-----", "ready"])
    shown = masked_text(text)
    assert not any(line in shown for line in BODY)
    assert shown.split("\n")[0] == "loaded"
    assert shown.split("\n")[-1] == "ready"


@pytest.mark.parametrize("prefix", ["", "2026-01-01T00:00:00Z INFO ", '{"log":"'])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"),
        ("-----BEGIN PRIVATE KEY-----", "and nothing of it is left"),
        ("the beginning was cut off", "-----END EC PRIVATE KEY-----"),
    ],
)
def test_which_lines_stand_in_a_private_key(prefix: str, before: str, after: str) -> None:
    lines = ["starting up", *(prefix + one for one in [before, *BODY, after]), "ready"]
    assert in_private_keys(lines) == {2, 3}


def test_the_last_words_of_a_program_that_printed_its_key_are_none_of_it() -> None:
    lines = ["-----BEGIN PRIVATE KEY-----", *BODY * 5, "-----END PRIVATE KEY-----"]
    said = telling(without_private_keys(lines))
    assert said[-1] == lines[-1]
    assert not set(said) & set(BODY)


def test_a_certificate_is_public() -> None:
    assert in_private_keys(["-----BEGIN CERTIFICATE-----", *BODY, "-----END CERTIFICATE-----"]) == set()


@given(st.text())
def test_masking_twice_is_masking_once(text: str) -> None:
    once = mask_text(text)
    assert mask_text(once) == once


PIECES = st.sampled_from(
    [
        "password",
        "token",
        "secret",
        "Authorization",
        "Bearer ",
        "basic ",
        "cookie",
        "--",
        "://",
        "@",
        "=",
        ": ",
        ":",
        '"',
        "'",
        "\\",
        " ",
        "\n",
        ";",
        "&",
        "hunter2",
        "a8f5f167f44f",
        JWT,
        "AKIAQ3EGUW7LPZ5XKD2M",
        MASK,
        "/",
        "a",
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join))
@example("Bearer password=password")
def test_of_whatever_looks_like_a_secret_masking_twice_is_masking_once(text: str) -> None:
    once = mask_text(text)
    assert mask_text(once) == once
    assert len(once) <= len(text) + len(MASK) * len(text)


@given(
    st.sampled_from(
        [
            "password={}",
            "DB_TOKEN: {} ",
            '{{"secret":"{}"}}',
            "Authorization: Bearer {}",
            "pg://app:{}@db/x",
            "?sig={}",
            "--api-key {}",
            "app:{}@tcp(db)/x",
            "Cookie: s={}",
            r"{{\"privateKey\":\"{}\"}}",
        ]
    ),
    st.text(string.ascii_letters + string.digits + "_-", min_size=20, max_size=60).map("b7{}Z".format),
    st.text("abc def\n", max_size=20),
)
def test_no_secret_of_whatever_form_survives(form: str, secret: str, around: str) -> None:
    assume(not is_stand_in(secret) and len(set(secret)) > 10)
    assert secret not in mask_text(f"{around} {form.format(secret)} {around}")


@given(st.text("abcdefghijklmnopqrstuvwxyz 0123456789.-_()\n", max_size=300))
def test_text_without_signs_is_left_alone(text: str) -> None:
    assume(not re.search(r"--|bearer|basic|eyj|sk[-_]|rk_|npm_|xox|xapp|sg\.|dckr|gl|gh|hv|do[opr]_|whsec|pypi", text))
    assert mask_text(text) == text


@pytest.mark.parametrize(
    "piece",
    [
        "password=",
        "bearer ",
        "://a:",
        "a:b@",
        "--a-",
        'password="\\',
        "eyJaaaaaaaaaaa.",
        "-----BEGIN PRIVATE KEY-----",
        "cookie: a=",
        "authorization: ",
        "token" + "a" * 50,
        "a.",
        "[?;sig=",
        "@a:",
        "LS0tLS1CRUdJTi",
    ],
)
def test_time_grows_with_length_only(piece: str) -> None:
    def seconds(length: int) -> float:
        text = "@:" + piece * (length // len(piece))
        started = time.process_time()
        mask_text(text)
        return time.process_time() - started

    assert min(seconds(80_000) for _ in range(3)) < 8 * max(min(seconds(20_000) for _ in range(3)), 0.002)


def test_ten_thousand_lines_cost_little() -> None:
    lines = [
        f"2026-01-01T00:00:{at % 60:02d}Z INFO {secrets.token_hex(16)} GET /items/{at} 200" for at in range(10_000)
    ]
    started = time.process_time()
    assert [mask_text(one) for one in lines] == lines
    assert time.process_time() - started < 1
