"""Plain values in Kubernetes Secrets and in kustomize's secret generators, by line. Pure."""

import re
from collections.abc import Iterator
from itertools import pairwise

from argocd_gitops_mcp.gitops.secrets.shapes import decoded, is_stand_in

_MAY_HOLD = re.compile(r"""["']?kind["']?\s*:\s*["']?(?:Secret|SecretList|List)\b|secretGenerator""")
_SEPARATOR = re.compile(r"^---(?=\s|$)", re.MULTILINE)
_TYPE_LABEL = "argocd.argoproj.io/secret-type"
# Fields of Argo CD's repository and cluster Secrets that anyone may read: its declarative-setup page.
_PUBLIC = re.compile(
    r"""type|url|name|project|server|shard|namespaces|clusterResources|username|insecure|enableLfs|
    enableOCI|proxy|noProxy|forceHttpBasicAuth|insecureOCIForceHttp|githubAppID|
    githubAppInstallationID|githubAppEnterpriseBaseUrl|depth|insecureIgnoreHostKey|
    tlsClientCertData|useAzureWorkloadIdentity""",
    re.VERBOSE,
)
_CREDENTIAL = re.compile(r"bearerToken|password|keyData", re.IGNORECASE)

Suspect = tuple[int, int, str]
"""First line, last line (from 1), and what it is."""


def plain_values(text: str) -> Iterator[Suspect]:
    """Values that anyone who reads the file could read; encrypted ones, references and certificates are fine."""
    if not _MAY_HOLD.search(text):
        return
    for start, end in documents(text):
        if _MAY_HOLD.search(text, start, end):
            above = text.count("\n", 0, start)
            for first, last, what in _of_document(text[start:end]):
                yield first + above, last + above, what


def documents(text: str) -> Iterator[tuple[int, int]]:
    """Where each document of a YAML stream starts and ends; a broken one does not hide the others."""
    return pairwise([0, *(match.start() for match in _SEPARATOR.finditer(text)), len(text)])


def _of_document(text: str) -> Iterator[Suspect]:
    import yaml  # noqa: PLC0415 - loaded at first use

    try:
        roots = list(yaml.compose_all(text, Loader=yaml.CSafeLoader))
    except (yaml.YAMLError, RecursionError):
        return  # a template, or broken: what its lines show is looked for all the same
    for root in roots:
        yield from _of_object(root)


def _of_object(node: object) -> Iterator[Suspect]:
    fields = _fields(node)
    kind = _scalar(fields.get("kind"))
    if kind in {"List", "SecretList"}:
        for item in _items(fields.get("items")):
            yield from _of_object(item)
    if kind == "Secret":
        yield from _of_secret(fields)
    for generator in _items(fields.get("secretGenerator")):
        for literal in _items(_fields(generator).get("literals")):
            name, _, value = (_scalar(literal) or "").partition("=")
            if not is_stand_in(value):
                yield (*_lines(literal), f"a plain value of a secret generator ({name[:60]})")


def _of_secret(fields: dict[str, object]) -> Iterator[Suspect]:
    labels = _fields(_fields(fields.get("metadata")).get("labels"))
    of_argocd = _TYPE_LABEL in labels
    for part in ("data", "stringData"):
        for name, node in _fields(fields.get(part)).items():
            given = _scalar(node)
            if given is None or is_stand_in(given):
                continue
            value = (decoded(given) or given.encode()).decode(errors="replace") if part == "data" else given
            if is_stand_in(value) or _is_public(value):
                continue
            if of_argocd and (_PUBLIC.fullmatch(name) or (name == "config" and not _CREDENTIAL.search(value))):
                continue
            yield (*_lines(node), f"a plain value in a Secret ({part}.{name[:60]})")


def _is_public(value: str) -> bool:
    return value.lstrip().startswith("-----BEGIN CERTIFICATE") and "PRIVATE" not in value


def _fields(node: object) -> dict[str, object]:
    """A mapping node's nodes by key; nothing of another node."""
    pairs = getattr(node, "value", None) if getattr(node, "id", "") == "mapping" else None
    return {key: value for found, value in pairs or [] if (key := _scalar(found)) is not None}


def _items(node: object) -> list[object]:
    return list(getattr(node, "value", [])) if getattr(node, "id", "") == "sequence" else []


def _scalar(node: object) -> str | None:
    return str(getattr(node, "value", "")) if getattr(node, "id", "") == "scalar" else None


def _lines(node: object) -> tuple[int, int]:
    """First and last line, from 1; a block scalar's end mark stands at the start of the line after it."""
    start, end = node.start_mark, node.end_mark  # type: ignore[attr-defined]  # of a node
    last: int = end.line if end.column else end.line - 1
    return start.line + 1, max(start.line, last) + 1
