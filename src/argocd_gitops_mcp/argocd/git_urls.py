"""The form in which Argo CD compares repository URLs: NormalizeGitURL of its util/git/git.go (3.6). Pure.

It is neither `gitops.urls.normal`, which finds the same repository under ssh and https, nor a URL one could open: lower
case, without `.git`, and written anew by Go's net/url, so that braces in a pattern are escaped and never match.
"""

import re
from urllib.parse import quote, unquote_to_bytes

_SSH = re.compile(r"(?:ssh://)?[^/:]*?@[^@]+")
_SCHEME = re.compile(r"([a-z][a-z0-9+.\-]*):")
_ESCAPE = re.compile(r"%(?![0-9a-f]{2})")
_PORT = re.compile(r"(?::\d*)?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_HOST = re.compile(r"(?:\[[0-9a-f.]*:[0-9a-f:.]*\](?=:|\Z))?[a-z0-9\-_.~!$&'()*+,;=:<>\"\x80-\U0010ffff]*")
_USER = re.compile(r"[a-z0-9\-._:~!$&'()*+,;=%@]*")
_PLAIN = re.compile(r"[a-z0-9\-_.~!$&'()*+,;=:@/\[\]%]*")
_IN_PATH = "$&+,/:;=@-_.~"
_IN_USER = "$&+,;=-_.~"


class _Unreadable(ValueError):
    """What Go's net/url does not read."""


def normal(url: str) -> str:
    """The URL as Argo CD compares it; '' where Go cannot read it, which then matches hardly anything."""
    url = url.strip().lower()
    if _SSH.fullmatch(url) and not url.startswith("ssh://"):
        url = f"ssh://{url.replace(':', '/', 1)}"
    try:
        return _rewritten(url.removesuffix(".git")).removeprefix("ssh://")
    except _Unreadable:
        return ""


def _rewritten(url: str) -> str:
    """Parsed and put together again, as url.Parse and URL.String of Go do."""
    if _CONTROL.search(url) or url.startswith(":"):
        raise _Unreadable
    rest, _, fragment = url.partition("#")
    found = _SCHEME.match(rest)
    scheme, rest = (found[0], rest[found.end() :]) if found else ("", rest)
    rest, mark, query = rest.partition("?")
    tail = (mark + query) + (f"#{_written(fragment, '!()*?' + _IN_PATH)}" if fragment else "")
    if scheme and not rest.startswith("/"):
        return scheme + rest + tail
    if not rest.startswith("/") and ":" in rest.partition("/")[0]:
        raise _Unreadable
    authority = ""
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        where, slash, path = rest[2:].partition("/")
        rest = slash + path
        known = _authority(where)
        authority = f"//{known}" if known or (scheme and rest) else ""
    return scheme + authority + (rest if rest == "*" else _written(rest, _IN_PATH)) + tail


def _authority(text: str) -> str:
    user, mark, host = text.rpartition("@")
    port = host[host.rfind(":") :] if ":" in host and not host.endswith("]") else ""
    if not (_USER.fullmatch(user) and _HOST.fullmatch(host) and _PORT.fullmatch(port)):
        raise _Unreadable
    name, colon, password = user.partition(":")
    shown = _written(name, _IN_USER) + (colon + _written(password, _IN_USER) if colon else "")
    return shown + mark + quote(host, safe="!$&'()*+,;=:[]<>\"")


def _written(text: str, safe: str) -> str:
    """Escaped as Go escapes; what may stand unescaped in a path is left as it stands."""
    if _ESCAPE.search(text):
        raise _Unreadable
    if safe != _IN_USER and _PLAIN.fullmatch(text):
        return text
    return quote(unquote_to_bytes(text), safe=safe)
