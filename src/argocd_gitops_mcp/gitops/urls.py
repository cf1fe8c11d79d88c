"""Repository URLs in their many spellings. Pure."""

import re
from urllib.parse import urlsplit

_SCP = re.compile(r"(?:[^@/:]+@)?([^/:]+):(?!//)(.+)")


def normal(url: str) -> str:
    """`host/path` of a repository, the same for https, ssh and scp-like spellings, with or without `.git`."""
    scp = _SCP.fullmatch(url) if "://" not in url else None
    if scp is not None:
        host, path = scp[1], scp[2]
    else:
        parts = urlsplit(url)
        host, path = parts.netloc.rpartition("@")[2], parts.path or url
        if parts.scheme in ("ssh", "https", "http"):
            host = host.removesuffix({"ssh": ":22", "https": ":443", "http": ":80"}[parts.scheme])
    return f"{host.lower()}/{path.strip('/').removesuffix('.git')}"


def public(url: str) -> str:
    """The URL without user and password."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() if parts.netloc else url
