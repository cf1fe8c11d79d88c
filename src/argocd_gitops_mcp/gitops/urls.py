"""Repository URLs in their many spellings. Pure."""

import re
from urllib.parse import urlsplit

from argocd_gitops_mcp.errors import UnknownRepository

_USER = re.compile(r"(?<=://)[^/?#]*@")
# What lacks its scheme; the user of `git@host:path` is no secret.
_PASSWORD = re.compile(r"^[^/@]*:[^@]*@")
_SCP = re.compile(r"(?:[^@/:]+@)?([^/:]+):(?!//)(.+)")


def normal(url: str) -> str:
    """`host/path` of a repository, the same for https, ssh and scp-like spellings, with or without `.git`."""
    scp = _SCP.fullmatch(url) if "://" not in url else None
    if scp is not None:
        host, path = scp[1], scp[2]
    else:
        try:
            parts = urlsplit(url)
        except ValueError:  # a broken IPv6 address: it is like none but itself
            return url
        host, path = parts.netloc.rpartition("@")[2], parts.path or url
        if parts.scheme in ("ssh", "https", "http"):
            host = host.removesuffix({"ssh": ":22", "https": ":443", "http": ":80"}[parts.scheme])
    return f"{host.lower()}/{path.strip('/').removesuffix('.git')}"


def public(url: str) -> str:
    """The URL without user and password, and without a query, which may hold a token."""
    if "://" not in url:
        return _PASSWORD.sub("", url)
    return re.split(r"[?#]", _USER.sub("", url, count=1), maxsplit=1)[0]


def unknown(where: str) -> UnknownRepository:
    """The one answer to what is outside, to what is not there and to what is another's: which it is, nobody is told."""
    return UnknownRepository(f"{public(where)[:200]!r} is no repository that this server may work on.")
