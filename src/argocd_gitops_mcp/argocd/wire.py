"""From bytes to typed answers or the right error. Pure."""

import re
from typing import Any, TypeVar

import msgspec

from argocd_gitops_mcp.argocd.call import Call
from argocd_gitops_mcp.errors import (
    AlreadyExists,
    Conflict,
    FailedPrecondition,
    Forbidden,
    GitOpsError,
    MissingOrForbidden,
    NotArgoCD,
    NotFound,
    Rejected,
    ServerError,
    TimedOut,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnknownRevision,
)
from argocd_gitops_mcp.http import Reply

T = TypeVar("T")

_OK = 200
_BY_STATUS: dict[int, tuple[type[GitOpsError], str]] = {
    400: (Rejected, "Argo CD refused the request about {}"),
    401: (Unauthenticated, "Argo CD did not accept the token"),
    403: (Forbidden, "Argo CD does not permit this on {}"),
    404: (NotFound, "{} does not exist"),
    408: (Unavailable, "Argo CD cancelled the request about {}"),
    409: (Conflict, "{} changed at the same time"),
    413: (TooLarge, "The request about {} is too large"),
    415: (NotArgoCD, "The server did not take JSON for {}"),
    429: (TooLarge, "Argo CD or a proxy refused the size or rate of the request about {}"),
    500: (ServerError, "Argo CD failed on the request about {}"),
    501: (Rejected, "This Argo CD does not offer what was asked of {}"),
    502: (Unavailable, "A proxy got no answer from Argo CD for {}"),
    503: (Unavailable, "Argo CD is not available for {}"),
    504: (TimedOut, "Argo CD or a proxy gave up waiting for {}"),
}
# gRPC codes that refine a status; grpc-gateway maps both 3 and 9 to 400, both 6 and 10 to 409.
_BY_CODE: dict[tuple[int, int], tuple[type[GitOpsError], str]] = {
    (400, 9): (FailedPrecondition, "Argo CD cannot do this to {} in its present state"),
    (409, 6): (AlreadyExists, "{} exists already"),
}
# Argo CD answers 500 to these mistakes of the caller's, told apart by their text only (3.6). Guarded by tests/contract.
_BY_TEXT: tuple[tuple[re.Pattern[str], type[GitOpsError], str], ...] = (
    # server/application/application.go: Patch; a `test` step of a JSON patch that does not hold.
    (
        re.compile(r"testing value \S+ failed: test failed"),
        Conflict,
        "{} changed since it was read; nothing was changed",
    ),
    # The same, where somebody took away the very object that the tested key stands in.
    (re.compile(r"test operation does not apply: is missing path"), Conflict, "{} changed since it was read"),
    # util/git/client.go: LsRemote; a branch or tag.
    (re.compile(r"unable to resolve '.*' to a commit SHA"), UnknownRevision, "There is no such revision for {}"),
    # server/applicationset/applicationset.go: a template or generator that Argo CD cannot use.
    (re.compile(r"error validating ApplicationSets: "), Rejected, "Argo CD cannot make the applications of {}"),
    # pkg/apis/application/v1alpha1/types.go: SyncWindow.Validate.
    (
        re.compile(r"(cannot parse (schedule|duration) '|kind '.*' mismatch: can only be )"),
        Rejected,
        "Argo CD cannot use a sync window of {}",
    ),
    # server/applicationset and server/application: a namespace that Argo CD does not look at.
    (re.compile(r"namespace '.*' is not permitted$"), Rejected, "Argo CD does not look at the namespace of {}"),
    # util/helm, in the words of helm pull: a version of a chart.
    (
        re.compile(r"error fetching chart: .* version .* not found in .* repository", re.DOTALL),
        UnknownRevision,
        "There is no such version for {}",
    ),
    # reposerver/repository/repository.go: checkoutRevision; a commit, also a short one.
    (re.compile(r"Failed to checkout revision"), UnknownRevision, "There is no such revision for {}"),
)
# The same, of what a generator reads: a Secret that is missing is a 404, as if the set were. What Argo CD logged
# meanwhile follows, and in it the generator with all its values, as bytes in decimal (3.6). Guarded by tests/contract.
_NOT_GENERATED = re.compile(r"unable to generate Applications of ApplicationSet: ")
_LOGGED = re.compile(r"\n(?=time=|level=)")
_OF_WHAT_IS_READ = (403, 404, 500)
# server/application/application.go (3.6): the bare text hides whether it exists. Guarded by tests/contract.
_BARE_FORBIDDEN = "permission denied"
# the same file, and those of sets and projects: creating over a different one without upsert is a 400, not a 409.
# Guarded by tests/contract.
_DIFFERENT_EXISTS = re.compile(r"existing (application|ApplicationSet|project) spec is different[,;] use upsert flag")


# pkg/apis/application/v1alpha1/app_project_types.go: what stands twice in a project is a 409, as if the project did.
_TWICE = re.compile(r"((role|policy|group) '.*' already exists|sync window with kind .* already exists)")


class GatewayError(msgspec.Struct):
    """Argo CD's error body; streams wrap it in `error`."""

    error: Any = ""
    code: int = 0
    message: str = ""


class StreamError(msgspec.Struct):
    grpc_code: int = 0
    http_code: int = 500
    message: str = ""


class Message(msgspec.Struct):
    """One line of a stream."""

    result: msgspec.Raw = msgspec.Raw()
    error: StreamError | None = None


def decode(call: Call[T], reply: Reply) -> T:
    """The call's answer.

    Raises:
        GitOpsError: the leaf that fits the status, the gRPC code or the shape of the answer.
    """
    if reply.status != _OK:
        raise failure(call, reply.status, reply.media, reply.body, reply.location)
    if reply.media != "application/json":
        raise not_argocd(reply.status, reply.media)
    try:
        return msgspec.json.decode(reply.body, type=call.answer)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotArgoCD(
            f"The answer about {call.subject} is not the JSON Argo CD sends.", upstream=str(error)
        ) from error


def decode_line(call: Call[T], line: bytes) -> T:
    """One message of a stream.

    Raises:
        GitOpsError: the stream said so, or the line is no message (`{}` is an error that field filtering emptied).
    """
    try:
        message = msgspec.json.decode(line, type=Message)
        if message.error is not None:
            error = message.error
            raise classified(call, error.http_code, error.grpc_code, error.message)
        if not bytes(message.result):
            raise ServerError(f"The stream about {call.subject} ended with an error that Argo CD did not tell.")
        return msgspec.json.decode(message.result, type=call.answer)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ServerError(
            f"The stream about {call.subject} broke off inside a message.", upstream=str(error)
        ) from error


def failure(call: Call[Any], status: int, media: str, content: bytes, location: str = "") -> GitOpsError:
    """The error an answer other than 200 means."""
    if 300 <= status < 400:  # noqa: PLR2004
        where = "another address" if not location else location.partition("?")[0]
        return NotArgoCD(
            f"The server redirects ({status}); redirects are not followed, so that the token goes nowhere else.",
            upstream=f"Location: {where}",
        )
    if media != "application/json":
        if status in (502, 503, 504):
            kind, words = _BY_STATUS[status]
            return kind(words.format(call.subject) + f" (HTTP {status}).")
        return not_argocd(status, media)
    try:
        said = msgspec.json.decode(content, type=GatewayError)
        wrapped = msgspec.convert(said.error, StreamError) if isinstance(said.error, dict) else None
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError):
        return not_argocd(status, "broken JSON")
    if wrapped is not None:
        return classified(call, status, wrapped.grpc_code, wrapped.message)
    return classified(call, status, said.code, said.message or str(said.error))


def classified(call: Call[Any], status: int, code: int, message: str) -> GitOpsError:
    """By status and gRPC code; the exact texts above refine 403, 400 and 500."""
    if status == 403 and message == _BARE_FORBIDDEN and call.hides_missing:  # noqa: PLR2004
        return MissingOrForbidden(f"{call.subject} does not exist, or this token may not see it.", upstream=message)
    if status == 400 and _DIFFERENT_EXISTS.match(message):  # noqa: PLR2004
        return AlreadyExists(f"{call.subject} exists already with another spec.", upstream=message)
    if status == 409 and _TWICE.search(message):  # noqa: PLR2004
        return Rejected(
            f"Argo CD refused the request about {call.subject}: something stands in it twice.", upstream=message
        )
    if status in _OF_WHAT_IS_READ and _NOT_GENERATED.match(message):
        return _not_generated(call, message)
    if status == 500:  # noqa: PLR2004
        for pattern, known, words in _BY_TEXT:
            if pattern.search(message):
                return known(words.format(call.subject) + ".", upstream=message)
    kind, words = (
        _BY_CODE.get((status, code))
        or _BY_STATUS.get(status)
        or (ServerError, "Argo CD answered in an unknown way about {}")
    )
    return kind(words.format(call.subject) + f" (HTTP {status}).", upstream=message)


def _not_generated(call: Call[Any], message: str) -> GitOpsError:
    said = _LOGGED.split(message, maxsplit=1)[0]
    for pattern, known, words in _BY_TEXT:
        if pattern.search(said):
            return known(words.format(call.subject) + ".", upstream=said)
    return Rejected(f"Argo CD cannot make the applications of {call.subject}.", upstream=said)


def not_argocd(status: int, media: str) -> NotArgoCD:
    """Something answered, but not Argo CD's API."""
    return NotArgoCD(f"The server answered {status} with {media or 'no content type'} where Argo CD answers JSON.")
