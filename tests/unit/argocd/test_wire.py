"""From status and bytes to an answer or the right error."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp import errors
from argocd_gitops_mcp.argocd import account, applications, resources, wire
from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.argocd.resource_models import LogLine, Node
from argocd_gitops_mcp.argocd.resources import Owner
from argocd_gitops_mcp.errors import GitOpsError
from argocd_gitops_mcp.http import Reply

GET = applications.get("shop")
LOGS = resources.logs(Owner("shop"), Node(kind="Pod", name="web-0"), "main", tail_lines=1)
BARE = "permission denied"
DIFFERENT = "existing application spec is different, use upsert flag to force update"


def gateway(status: int, code: int = 2, message: str = "upstream text") -> Reply:
    said = {"error": message, "code": code, "message": message}
    return Reply(status, "application/json", json.dumps(said).encode())


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, 3, errors.Rejected),
        (400, 9, errors.FailedPrecondition),
        (401, 16, errors.Unauthenticated),
        (403, 7, errors.Forbidden),
        (404, 5, errors.NotFound),
        (408, 1, errors.Unavailable),
        (409, 10, errors.Conflict),
        (409, 6, errors.AlreadyExists),
        (413, 2, errors.TooLarge),
        (429, 8, errors.TooLarge),
        (500, 2, errors.ServerError),
        (501, 12, errors.Rejected),
        (502, 14, errors.Unavailable),
        (503, 14, errors.Unavailable),
        (504, 4, errors.TimedOut),
        (418, 2, errors.ServerError),
    ],
)
def test_status_and_grpc_code_decide(status: int, code: int, kind: type[GitOpsError]) -> None:
    with pytest.raises(GitOpsError) as raised:
        wire.decode(GET, gateway(status, code))
    assert type(raised.value) is kind
    assert raised.value.upstream == "upstream text"
    assert "upstream text" not in raised.value.message
    assert "shop" in raised.value.message or kind is errors.Unauthenticated


def test_a_bare_403_may_mean_missing_where_argo_cd_hides_it() -> None:
    with pytest.raises(errors.MissingOrForbidden):
        wire.decode(GET, gateway(403, 7, BARE))
    with pytest.raises(errors.Forbidden) as raised:
        wire.decode(account.account("ci"), gateway(403, 7, BARE))
    assert type(raised.value) is errors.Forbidden


def test_a_403_that_says_more_is_a_missing_right() -> None:
    with pytest.raises(errors.Forbidden) as raised:
        wire.decode(GET, gateway(403, 7, "permission denied: applications, sync, default/shop"))
    assert type(raised.value) is errors.Forbidden


def test_a_400_for_another_spec_means_that_it_exists() -> None:
    with pytest.raises(errors.AlreadyExists):
        wire.decode(applications.create({"metadata": {"name": "shop"}}), gateway(400, 3, DIFFERENT))


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("error applying patch: testing value /spec failed: test failed", errors.Conflict),
        (
            "testing value /metadata/annotations/example.com~1owner failed: test failed",
            errors.Conflict,
        ),
        ("unable to resolve 'no-such-branch' to a commit SHA", errors.UnknownRevision),
        ("rpc error: code = Unknown desc = Failed to checkout revision deadbeef: git failed", errors.UnknownRevision),
    ],
)
def test_mistakes_of_the_callers_that_argo_cd_calls_its_own(said: str, kind: type[GitOpsError]) -> None:
    with pytest.raises(GitOpsError) as raised:
        wire.decode(GET, gateway(500, 2, said))
    assert type(raised.value) is kind
    assert raised.value.upstream == said
    assert "shop" in raised.value.message


@pytest.mark.parametrize("said", ["test failed", "failed to resolve", "checkout revision failed", ""])
def test_other_failures_stay_argo_cds(said: str) -> None:
    with pytest.raises(errors.ServerError):
        wire.decode(GET, gateway(500, 2, said))


def test_such_words_mean_nothing_under_another_status() -> None:
    with pytest.raises(errors.Rejected):
        wire.decode(GET, gateway(400, 3, "unable to resolve 'v9' to a commit SHA"))


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, "text/html", b"<html>"),
        Reply(200, "text/html", b"{}"),
        Reply(200, "", b""),
        Reply(200, "application/json", b""),
        Reply(200, "application/json", b'{"metadata":{"name":"sh'),
        Reply(200, "application/json", b"null"),
        Reply(200, "application/json", b"[]"),
        Reply(200, "application/json", b'{"metadata":"\xff"}'),
        Reply(204, "", b""),
        Reply(307, "text/html", b"", "https://elsewhere.example.com/api?token=1"),
        Reply(404, "text/plain", b"Not Found"),
        Reply(403, "text/html", b"<html>"),
        Reply(403, "application/json", b"<html>"),
        Reply(403, "application/json", b'{"error": {"grpc_code": "seven"}}'),
        Reply(415, "text/plain", b"Invalid content type"),
    ],
)
def test_what_is_not_argo_cds_json_is_said_to_be_that(reply: Reply) -> None:
    with pytest.raises(errors.NotArgoCD):
        wire.decode(GET, reply)


def test_a_redirect_is_not_followed_and_its_query_not_repeated() -> None:
    with pytest.raises(errors.NotArgoCD) as raised:
        wire.decode(GET, Reply(302, "", b"", "https://login.example.com/auth?state=abc"))
    assert raised.value.upstream == "Location: https://login.example.com/auth"


@pytest.mark.parametrize(
    ("status", "kind"), [(502, errors.Unavailable), (503, errors.Unavailable), (504, errors.TimedOut)]
)
def test_a_proxys_page_is_not_the_end_of_argo_cd(status: int, kind: type[GitOpsError]) -> None:
    with pytest.raises(kind) as raised:
        wire.decode(GET, Reply(status, "text/html", b"<html>secret of the proxy</html>"))
    assert "secret" not in raised.value.upstream


@given(
    st.integers(100, 599),
    st.sampled_from(["application/json", "text/html", "text/plain", ""]),
    st.binary()
    | st.recursive(
        st.none() | st.text() | st.integers(),
        lambda one: (
            st.lists(one) | st.dictionaries(st.sampled_from(["error", "code", "message", "metadata", "spec"]), one)
        ),
    ).map(lambda one: json.dumps(one).encode()),
)
def test_every_reply_is_an_answer_or_one_of_our_errors(status: int, media: str, body: bytes) -> None:
    try:
        answer = wire.decode(GET, Reply(status, media, body))
    except GitOpsError:
        return
    assert status == 200
    assert isinstance(answer, Application)


def line(**message: Any) -> bytes:
    return json.dumps(message).encode()


def test_a_line_of_a_stream() -> None:
    found = wire.decode_line(LOGS, line(result={"content": "hello", "podName": "web-0"}))
    assert found == LogLine(content="hello", pod_name="web-0")


@pytest.mark.parametrize(
    ("http", "grpc", "message", "kind"),
    [
        (404, 5, "pod not found", errors.NotFound),
        (403, 7, BARE, errors.MissingOrForbidden),
        (500, 2, "it broke", errors.ServerError),
        (400, 3, "max pods to view logs are reached", errors.Rejected),
    ],
)
def test_an_error_in_a_stream_is_an_error(http: int, grpc: int, message: str, kind: type[GitOpsError]) -> None:
    with pytest.raises(kind) as raised:
        wire.decode_line(LOGS, line(error={"http_code": http, "grpc_code": grpc, "message": message}))
    assert raised.value.upstream == message


@pytest.mark.parametrize("broken", [b"{}", b'{"result":{"content":"half', b"", b"[]", b"\xff", b'{"result": 5}'])
def test_a_stream_that_breaks_off_is_an_error(broken: bytes) -> None:
    with pytest.raises(errors.ServerError):
        wire.decode_line(LOGS, broken)


@given(
    st.binary()
    | st.dictionaries(
        st.sampled_from(["result", "error"]),
        st.none() | st.text() | st.dictionaries(st.text(max_size=5), st.text(max_size=5)),
    ).map(lambda one: json.dumps(one).encode())
)
def test_every_line_is_a_message_or_one_of_our_errors(content: bytes) -> None:
    try:
        answer = wire.decode_line(LOGS, content)
    except GitOpsError:
        return
    assert isinstance(answer, LogLine)


@pytest.mark.parametrize("call", [applications.get("shop"), applications.listed(), account.login("me", "word")])
def test_an_empty_object_is_no_application_no_empty_list_and_no_token(call: Any) -> None:
    with pytest.raises(errors.NotArgoCD):
        wire.decode(call, Reply(200, "application/json", b"{}"))
