"""From a forge's answer to typed data or the right error. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import msgspec

from argocd_gitops_mcp.errors import (
    Conflict,
    FailedPrecondition,
    Forbidden,
    GitOpsError,
    NotConfigured,
    NotFound,
    Rejected,
    ServerError,
    TimedOut,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from argocd_gitops_mcp.http import Reply, Request

T = TypeVar("T")
Query = tuple[tuple[str, str], ...]

MOST_UPSTREAM = 600
"""Characters kept of what a forge said."""
ACCESS = (
    "Set ARGOCD_MCP_FORGE_TOKEN (or ARGOCD_MCP_FORGE_TOKEN_FILE, ARGOCD_MCP_FORGE_TOKEN_COMMAND) to a token of {forge} "
    "that may read and write the repository and its pull requests."
)
_CHECK_URL = "Check ARGOCD_MCP_FORGE and ARGOCD_MCP_FORGE_URL: the forge's kind, scheme, host, port and root path."
_TRY_LATER = "{forge} or a proxy before it is not ready; try again shortly."
_RATE = "Try again after that; a token has a higher limit than none."
AGAIN = "A read may be repeated. After a write, call again: what it made is found, not made twice."
"""The next step where a request may have arrived."""
_BY_STATUS: Mapping[int, tuple[type[GitOpsError], str, str]] = {
    401: (Unauthenticated, "{forge} did not accept the token", ACCESS),
    403: (Forbidden, "{forge} does not permit this on {about}", ACCESS),
    404: (
        NotFound,
        "{about} does not exist, or the token may not see it",
        "Check its name, and what the token may see.",
    ),
    408: (Unavailable, "{forge} cancelled the request about {about}", _TRY_LATER),
    409: (Conflict, "{about} is not in the state that was expected", "Read it again, then decide."),
    410: (NotFound, "{about} is gone or switched off", ""),
    413: (TooLarge, "The request about {about} is too large for {forge}", "Change fewer or smaller files at once."),
    423: (FailedPrecondition, "{about} is locked or archived", "Unlock or unarchive it, or choose another repository."),
    451: (Forbidden, "{forge} withholds {about} for legal reasons", ""),
    500: (ServerError, "{forge} failed on the request about {about}", AGAIN),
    502: (Unavailable, "A proxy got no answer from {forge} for {about}", _TRY_LATER),
    503: (Unavailable, "{forge} is not available for {about}", _TRY_LATER),
    504: (TimedOut, "{forge} or a proxy gave up waiting for {about}", AGAIN),
}
_PROXY = frozenset({429, 502, 503, 504})  # answered by what stands before the forge, in any format
_MOVED = frozenset({301, 307, 308})


class Done(msgspec.Struct):
    """The answer of a request whose answer is not read."""


class Said(msgspec.Struct):
    """An error body: GitHub and Gitea put words in `message` and details in `errors`; GitLab uses any of the others."""

    message: Any = None
    error: Any = None
    error_description: Any = None
    errors: Any = None


def decode(forge: str, about: str, request: Request, reply: Reply, answer: type[T]) -> T:
    """The answer as this type.

    Raises:
        GitOpsError: the leaf that fits the status or the shape of the answer.
    """
    if not 200 <= reply.status < 300:  # noqa: PLR2004
        raise failure(forge, about, request, reply)
    if answer is Done:
        return answer()
    if not reply.media.endswith("json"):
        raise _not_api(forge, reply)
    try:
        return msgspec.json.decode(reply.body, type=answer)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotConfigured(
            f"The answer about {about} is not what the API of {forge} sends.", hint=_CHECK_URL, upstream=str(error)
        ) from error


def failure(forge: str, about: str, request: Request, reply: Reply) -> GitOpsError:
    """The error that an answer without success means."""
    if 300 <= reply.status < 400:  # noqa: PLR2004
        return _redirected(forge, about, request, reply)
    words = said(reply)
    if _is_rate_limit(reply):
        return Unavailable(
            f"{forge} limits how many requests are sent (HTTP {reply.status}); {_until(reply.headers)}.",
            hint=_RATE,
            upstream=words,
        )
    if not reply.media.endswith("json") and reply.status not in _PROXY:
        return _not_api(forge, reply)
    kind, text, hint = _BY_STATUS.get(reply.status) or (
        (ServerError, "{forge} failed on the request about {about}", "")
        if reply.status >= 500  # noqa: PLR2004
        else (Rejected, "{forge} refused the request about {about}", "")
    )
    message = text.format(forge=forge, about=about)
    return kind(
        f"{message[0].upper()}{message[1:]} (HTTP {reply.status}).", hint=hint.format(forge=forge), upstream=words
    )


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


def said(reply: Reply) -> str:
    """What the forge said of its error, as one bounded text; empty where it is not JSON."""
    if not reply.media.endswith("json"):
        return ""
    try:
        body = msgspec.json.decode(reply.body, type=Said)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    parts = [_flat(one) for one in (body.message, body.error, body.error_description, body.errors)]
    text = "; ".join(dict.fromkeys(part for part in parts if part))
    return text if len(text) <= MOST_UPSTREAM else f"{text[:MOST_UPSTREAM]}…"


def _flat(value: Any) -> str:
    """Words in one line, however they are nested: GitLab answers text, lists, and lists by field."""
    if isinstance(value, dict):
        # GitHub's details: the message alone reads well; without one, what is wrong with which field.
        if isinstance(value.get("message"), str):
            return str(value["message"])
        return ", ".join(f"{key}: {_flat(one)}" for key, one in value.items() if one)
    if isinstance(value, list):
        return "; ".join(filter(None, map(_flat, value)))
    return "" if value is None else " ".join(str(value).split())


def next_page(reply: Reply) -> Query | None:
    """The query of the next page, where there is one (RFC 8288); its path and host are not taken."""
    for link in re.split(r",\s*(?=<)", reply.headers.get("link", "")):
        target, _, parameters = link.partition(">")
        if re.search(r";\s*rel=\"?next\"?", parameters):
            return tuple(parse_qsl(urlsplit(target.strip().removeprefix("<")).query, keep_blank_values=True))
    return None


def _not_api(forge: str, reply: Reply) -> NotConfigured:
    media = reply.media or "no content type"
    return NotConfigured(f"The server answered {reply.status} with {media}: not the API of {forge}.", hint=_CHECK_URL)


def _redirected(forge: str, about: str, request: Request, reply: Reply) -> GitOpsError:
    target = reply.location.partition("?")[0]
    where = f"Location: {target[:MOST_UPSTREAM] or 'not told'}"
    if reply.status in _MOVED and not urlsplit(target).path.endswith(request.path):
        return NotFound(
            _sentence(f"{about} was renamed or moved (HTTP {reply.status}); redirects are not followed."),
            hint="Name its new place.",
            upstream=where,
        )
    return NotConfigured(
        f"The server redirects ({reply.status}) where the API of {forge} answers; redirects are not followed, so that "
        "the token goes nowhere else.",
        hint=_CHECK_URL,
        upstream=where,
    )


def _is_rate_limit(reply: Reply) -> bool:
    """GitHub answers 403 to what is over a limit, with one of these headers; everyone else 429."""
    if reply.status == 429:  # noqa: PLR2004
        return True
    told = reply.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in reply.headers
    return reply.status == 403 and told  # noqa: PLR2004


def _until(headers: Mapping[str, str]) -> str:
    seconds = headers.get("retry-after", "")
    if seconds.isdigit():
        return f"it takes more in {int(seconds)} s"
    reset = headers.get("x-ratelimit-reset") or headers.get("ratelimit-reset") or ""
    try:
        return f"it takes more from {datetime.fromtimestamp(int(reset), UTC):%Y-%m-%dT%H:%M:%SZ} on"
    except (ValueError, OverflowError, OSError):
        return "it does not tell until when"
