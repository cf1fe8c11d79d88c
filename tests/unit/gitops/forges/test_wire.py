"""From a forge's answer to typed data or the right error."""

from typing import Any

import msgspec
import pytest

from argocd_gitops_mcp import errors
from argocd_gitops_mcp.errors import GitOpsError
from argocd_gitops_mcp.gitops.forges import wire
from argocd_gitops_mcp.http import Reply, Request
from tests.unit.gitops.forges.transport import reply

REQUEST = Request("GET", "/repos/team/deploy")


class Named(msgspec.Struct):
    name: str


def failed(answer: Reply) -> GitOpsError:
    with pytest.raises(GitOpsError) as raised:
        wire.decode("Gitea", "repository team/deploy", REQUEST, answer, Named)
    return raised.value


def test_an_answer_is_typed_and_skips_what_is_not_read() -> None:
    answer = reply({"name": "deploy", "more": [1]}, media="application/vnd.github+json")
    assert wire.decode("GitHub", "it", REQUEST, answer, Named) == Named("deploy")


def test_an_answer_that_is_not_read_may_be_empty() -> None:
    assert wire.decode("Gitea", "it", REQUEST, Reply(204, "", b""), wire.Done) == wire.Done()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.Rejected),
        (401, errors.Unauthenticated),
        (403, errors.Forbidden),
        (404, errors.NotFound),
        (405, errors.Rejected),
        (409, errors.Conflict),
        (413, errors.TooLarge),
        (422, errors.Rejected),
        (423, errors.FailedPrecondition),
        (429, errors.Unavailable),
        (500, errors.ServerError),
        (502, errors.Unavailable),
        (504, errors.TimedOut),
        (599, errors.ServerError),
    ],
)
def test_a_status_means_an_error_whose_next_step_is_about_the_forge(status: int, kind: type[GitOpsError]) -> None:
    error = failed(reply({"message": "no"}, status))
    assert type(error) is kind
    assert error.upstream == "no"
    assert "Argo" not in f"{error.message}{error.hint}"
    assert "ARGOCD_SERVER" not in error.hint


@pytest.mark.parametrize("media", ["text/html", "text/plain", ""])
@pytest.mark.parametrize("status", [200, 400, 404, 500])
def test_what_is_no_json_is_not_the_api(status: int, media: str) -> None:
    error = failed(Reply(status, media, b"<html>sign in</html>"))
    assert type(error) is errors.NotConfigured
    assert "not the API of Gitea" in error.message
    assert "ARGOCD_MCP_FORGE_URL" in error.hint


def test_a_proxy_may_answer_in_any_format() -> None:
    assert type(failed(Reply(502, "text/html", b"<html>"))) is errors.Unavailable


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"name": 3}', b"\xff"])
def test_json_of_another_shape_is_not_the_api_either(body: bytes) -> None:
    assert type(failed(Reply(200, "application/json", body))) is errors.NotConfigured


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"}, "Bad credentials"),
        (
            {"message": "Validation Failed", "errors": [{"resource": "PullRequest", "message": "No commits between"}]},
            "Validation Failed; No commits between",
        ),
        (
            {"message": "Validation Failed", "errors": [{"field": "head", "code": "invalid"}]},
            "Validation Failed; field: head, code: invalid",
        ),
        ({"message": ["one", "two"]}, "one; two"),
        ({"message": {"base": ["is taken"]}}, "base: is taken"),
        ({"error": "insufficient_scope", "error_description": "needs api"}, "insufficient_scope; needs api"),
        ({"message": "401 Unauthorized", "errors": None}, "401 Unauthorized"),
        ({"other": 1}, ""),
        ([], ""),
    ],
)
def test_what_each_forge_says_of_an_error(body: Any, text: str) -> None:
    assert wire.said(reply(body, 422)) == text


def test_what_a_forge_says_is_bounded() -> None:
    assert len(wire.said(reply({"message": "x" * 10_000}, 422))) == wire.MOST_UPSTREAM + 1


@pytest.mark.parametrize(
    ("answer", "when"),
    [
        (reply({}, 429, retry_after="30"), "in 30 s"),
        (reply({}, 403, retry_after="60"), "in 60 s"),
        (reply({}, 403, x_ratelimit_remaining="0", x_ratelimit_reset="1795671263"), "from 2026-11-26T05:34:23Z on"),
        (reply({}, 429, ratelimit_reset="1795671263"), "from 2026-11-26T05:34:23Z on"),
        (reply({}, 429, ratelimit_reset="soon"), "does not tell"),
        (Reply(429, "text/plain", b"Retry later"), "does not tell"),
    ],
)
def test_a_limit_of_requests_says_until_when(answer: Reply, when: str) -> None:
    error = failed(answer)
    assert type(error) is errors.Unavailable
    assert error.retry
    assert when in error.message


def test_a_plain_403_is_no_limit() -> None:
    assert type(failed(reply({}, 403, x_ratelimit_remaining="59"))) is errors.Forbidden


@pytest.mark.parametrize(
    ("status", "location", "kind"),
    [
        (301, "/api/v1/repos/team/renamed", errors.NotFound),
        (307, "https://api.github.com/repositories/1296269", errors.NotFound),
        (301, "https://git.example.com/api/v1/repos/team/deploy", errors.NotConfigured),
        (302, "https://sso.example.com/login?to=secret", errors.NotConfigured),
        (302, "", errors.NotConfigured),
    ],
)
def test_a_redirect_is_told_not_followed(status: int, location: str, kind: type[GitOpsError]) -> None:
    error = failed(reply(None, status, "text/html", location=location))
    assert type(error) is kind
    assert location.partition("?")[0] in error.upstream
    assert "secret" not in error.upstream


@pytest.mark.parametrize(
    ("link", "query"),
    [
        ("", None),
        ('<https://x/y?page=1>; rel="prev"', None),
        (
            '<https://x/y?page=1>; rel="prev", <https://evil.example/z?page=3&per_page=100>; rel="next"',
            (("page", "3"), ("per_page", "100")),
        ),
        ("<https://x/y?a=1,2&page=2>; rel=next", (("a", "1,2"), ("page", "2"))),
    ],
)
def test_the_next_page_is_a_query_only(link: str, query: wire.Query | None) -> None:
    assert wire.next_page(reply([], link=link)) == query
