"""Which repository of the configured forge an address means, and where that forge's API is. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, quote, urlsplit

from argocd_gitops_mcp.errors import InvalidArgument, NotConfigured

Kind = Literal["github", "gitlab", "gitea"]
TITLES: Mapping[Kind, str] = {"github": "GitHub", "gitlab": "GitLab", "gitea": "Gitea"}

_DEFAULT_PORTS = {"http": 80, "https": 443}
# Hosts that take ssh on port 443 for a forge: docs.github.com "Using SSH over the HTTPS port", GitLab's altssh.
_SSH_HOSTS = {"ssh.github.com": "github.com", "altssh.gitlab.com": "gitlab.com"}
_SCP_LIKE = re.compile(r"(?:(?P<user>[^@/:]+)@)?(?P<host>\[[0-9a-fA-F:]+\]|[^/:@]+):(?P<path>(?!//).+)")
# The characters that all three allow in the names of owners, groups and repositories.
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_NUMBER = re.compile(r"[#!]?([1-9][0-9]{0,17})")


@dataclass(frozen=True, slots=True)
class Address:
    """A repository of the forge.

    Args:
        name: `owner/name`; on GitLab also `group/subgroup/name`.
        url: as it was given, without credentials; of a bare name the address to clone it over HTTP.
    """

    name: str
    url: str


def api_url(kind: Kind, url: str) -> str:
    """Where the API of the forge at this address is.

    Raises:
        NotConfigured: the address is no http or https URL.
    """
    parts = urlsplit(url.rstrip("/"))
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise NotConfigured(f"The forge's address {url!r} is no http or https URL (ARGOCD_MCP_FORGE_URL).")
    if parts.username is not None or parts.query or parts.fragment:
        raise NotConfigured("The forge's address holds more than scheme, host, port and path (ARGOCD_MCP_FORGE_URL).")
    if kind == "gitlab":
        return f"{parts.geturl()}/api/v4"
    if kind == "gitea":
        return f"{parts.geturl()}/api/v1"
    # docs.github.com: github.com and GHE.com have their API on a host of its own, Enterprise Server under a path.
    if parts.hostname in ("github.com", "www.github.com", "api.github.com"):
        return "https://api.github.com"
    if parts.hostname.endswith(".ghe.com"):
        return f"https://api.{parts.hostname.removeprefix('api.')}"
    return f"{parts.geturl()}/api/v3"


def find(kind: Kind, forge: str, given: str) -> Address | None:
    """The repository that a name or any spelling of its URL means, or None where it is not on this forge."""
    scp = _SCP_LIKE.fullmatch(given) if "://" not in given else None
    if scp is not None:
        if _ssh_host(scp["host"].strip("[]")) != urlsplit(forge).hostname:
            return None
        return _address(kind, scp["path"], given)
    if "://" not in given:
        found = _address(kind, given, "")
        return found and Address(found.name, f"{forge.rstrip('/')}/{found.name}.git")
    try:
        parts = urlsplit(given)
        path = _path_on(urlsplit(forge), parts)
    except ValueError:  # a port that is no number, a broken IPv6 address
        return None
    if path is None or parts.query or parts.fragment:
        return None
    return _address(kind, path, _without_credentials(parts))


def _path_on(forge: SplitResult, given: SplitResult) -> str | None:
    """The path below the forge's own, if the URL is on its host."""
    if given.scheme in ("ssh", "git+ssh"):
        # Its port says nothing, and it has no root path.
        return given.path if _ssh_host(given.hostname or "") == forge.hostname else None
    if given.scheme not in _DEFAULT_PORTS or given.hostname != forge.hostname or _port(given) != _port(forge):
        return None
    root = forge.path.rstrip("/")
    return given.path.removeprefix(root) if given.path.startswith(f"{root}/") else None


def _port(parts: SplitResult) -> int | None:
    """The port, where it is not the scheme's own: https://forge and http://forge are the same place."""
    return parts.port if parts.port != _DEFAULT_PORTS[parts.scheme] else None


def _ssh_host(host: str) -> str:
    return _SSH_HOSTS.get(host.lower(), host.lower())


def _address(kind: Kind, path: str, url: str) -> Address | None:
    names = path.strip("/").removesuffix(".git").split("/")
    fits = len(names) >= 2 if kind == "gitlab" else len(names) == 2  # noqa: PLR2004
    if not fits or not all(_NAME.fullmatch(name) and name not in {".", "..", "-"} for name in names):
        return None
    return Address("/".join(names), url)


def _without_credentials(parts: SplitResult) -> str:
    user, at, host = parts.netloc.rpartition("@")
    # The user of an ssh URL says which door, not who: it belongs to the address.
    kept = user.partition(":")[0] + at if parts.scheme not in _DEFAULT_PORTS else ""
    return parts._replace(netloc=kept + host).geturl()


def number(request: str) -> str:
    """The number of a pull request, also of `#12` and `!12`.

    Raises:
        InvalidArgument: it is none.
    """
    found = _NUMBER.fullmatch(request.strip())
    if found is None:
        raise InvalidArgument(f"{request!r} is not the number of a pull request.")
    return found[1]


def segments(*values: str) -> str:
    """Path segments, each quoted whole, so that none can leave its place."""
    return "/".join(quote(value, safe="") for value in values)


def reference(value: str) -> str:
    """A branch or tag in a path whose slashes stay.

    Raises:
        InvalidArgument: with empty, `.` or `..` between its slashes it would be another path.
    """
    parts = value.split("/")
    if any(part in {"", ".", ".."} for part in parts):
        raise InvalidArgument(f"{value!r} is not the name of a branch or tag.")
    return segments(*parts)
