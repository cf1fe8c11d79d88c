"""Text from clusters and repositories made safe to show: bounded, without control characters. Pure."""

import re

_ANSI = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
# C0 and C1 controls but newline and tab, lone surrogates, line separators, and the marks that reorder or hide text
# (tags and variation selectors can carry a whole message unseen; the two that choose an emoji's look stay).
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufe00-\ufe0d\ufeff"
    "\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_SHA = re.compile(r"[0-9a-f]{40}")

MAX_TEXT = 2000
"""Bytes of one message or log line."""


def size(text: str) -> int:
    """Bytes of a text as UTF-8: tokens follow them in any script, four bytes each, and not its characters."""
    return len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))


def within(text: str, room: int) -> str:
    """As much of its beginning as fits into so many bytes; no character is cut in two."""
    most = max(room, 0)
    if text.isascii():
        return text[:most]
    return text[:most].encode(errors="surrogatepass")[:most].decode(errors="ignore")


def clean(text: str, limit: int = MAX_TEXT) -> str:
    """Without terminal codes, control and hiding characters; at most `limit` bytes, and it says when cut."""
    return bounded(plain(text), limit)


def plain(text: str) -> str:
    """Without terminal codes, control and hiding characters."""
    return _HIDDEN.sub("", _ANSI.sub("", text))


def bounded(text: str, limit: int, beyond: int = 0) -> str:
    """At most `limit` bytes, and it says how many characters more there are; `beyond` were left out before."""
    kept = within(text, limit)
    more = len(text) - len(kept) + beyond
    return f"{kept}… ({more} more characters)" if more else text


def line(text: str, limit: int = MAX_TEXT) -> str:
    """The same on one line."""
    return clean(" ".join(text.split("\n")).rstrip(), limit)


def revision(value: str) -> str:
    """A commit as git abbreviates it; tags, branches and chart versions whole."""
    return value[:8] if _SHA.fullmatch(value) else value
