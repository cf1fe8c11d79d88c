"""House rules over secrets in clear. Pure; what is found is never repeated."""

from collections.abc import Iterator
from typing import Any

from argocd_gitops_mcp.gitops import documents
from argocd_gitops_mcp.gitops.documents import Document
from argocd_gitops_mcp.gitops.rules.declared import declared
from argocd_gitops_mcp.gitops.rules.pods import containers
from argocd_gitops_mcp.gitops.rules.rule import EVERYTHING, HELM_VALUES, KUSTOMIZATION, Hit, kind_of, rule
from argocd_gitops_mcp.gitops.rules.secrecy import URL, is_encrypted, is_placeholder, is_secret, told_by_shape
from argocd_gitops_mcp.gitops.rules.shape import Path, at, items, mapping, strings, text
from argocd_gitops_mcp.gitops.rules.surroundings import Surroundings
from argocd_gitops_mcp.gitops.secrets.shapes import decoded

_SECRET = "/Secret"  # noqa: S105 - a kind
_KIND_OF_ARGOCD = "argocd.argoproj.io/secret-type"
_PUBLIC = ("ca.crt", "tls.crt", "ca.pem", "cert.pem", "namespace", "username", "known_hosts", "ssh-publickey")
# What the Secrets that register repositories and clusters hold beside credentials.
_REGISTERED = ("type", "url", "name", "project", "server", "enableOCI", "insecure", "enableLfs", "namespaces", "proxy")


@rule(
    "plain-secret",
    "error",
    (_SECRET, KUSTOMIZATION),
    "A Secret stands in clear in Git",
    why="Base64 is no encryption, everyone with read access has it, and history does not forget it.",
    remedy="Revoke it; then keep it in a vault (ExternalSecret), or encrypted (SealedSecret, SOPS).",
)
def plain_secret(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Secrets with values, and kustomize's literals for them; one finding an object."""
    if is_encrypted(document.value):
        return
    if document.kind != "Secret":
        for index, one in enumerate(items(document.value, "secretGenerator")):
            for place, literal in enumerate(items(one, "literals")):
                name, value = str(literal).partition("=")[::2]
                if name not in _PUBLIC and not is_placeholder(value.strip("'\"")):
                    where = ("secretGenerator", index, "literals", place)
                    yield where, f"`{name}` of a Secret is in clear: use an ExternalSecret, a SealedSecret or SOPS"
        return
    public = (*_PUBLIC, *_REGISTERED) if _KIND_OF_ARGOCD in mapping(document.value, "metadata", "labels") else _PUBLIC
    for part in ("data", "stringData"):
        for name, value in mapping(document.value, part).items():
            plain = _decoded(value) if part == "data" else value
            if name not in public and plain is not None and not is_placeholder(str(plain)):
                yield (part, name), f"`{name}` of a Secret is in clear: use an ExternalSecret, a SealedSecret or SOPS"
                return


def _decoded(value: Any) -> Any:
    """The text of a value in base64, or the value where it is none."""
    plain = decoded(value) if isinstance(value, str) else None
    return value if plain is None else plain.decode(errors="replace")


@rule(
    "plain-credential",
    "error",
    EVERYTHING,
    "A password, token or key stands in clear outside of Secrets",
    why="ConfigMaps, environment variables, Helm values and parameters are masked nowhere, and history keeps them.",
    remedy="Revoke it; then refer to a Secret (secretKeyRef, existingSecret) that comes from a vault or is sealed.",
)
def plain_credential(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Values under a name of secrets, and texts that are secrets by their form."""
    if kind_of(document) == _SECRET or is_encrypted(document.value):
        return
    seen = set()
    for path, name, value in _named(document):
        if is_secret(name, value):
            seen.add(path)
            yield path, f"the value of `{name}` is in clear: refer to a Secret that is not in Git"
    for path, value in strings(document.value):
        what = next((one for one in told_by_shape(value) if one != URL), "")
        if what and path not in seen:
            yield path, f"{what} is in clear: revoke it, and refer to a Secret that is not in Git"


def _named(document: Document) -> Iterator[tuple[Path, str, str]]:
    """Settings by their name, wherever this document has such."""
    value, kind = document.value, kind_of(document)
    if kind == HELM_VALUES:
        yield from _leaves((), value)
    elif kind == "/ConfigMap":
        yield from _leaves(("data",), mapping(value, "data"))
    elif kind == KUSTOMIZATION:
        for index, one in enumerate(items(value, "configMapGenerator")):
            for place, literal in enumerate(items(one, "literals")):
                name, given = str(literal).partition("=")[::2]
                yield ("configMapGenerator", index, "literals", place), name, given.strip("'\"")
    elif kind in {"argoproj.io/Application", "argoproj.io/ApplicationSet"}:
        for path, source in declared(document).sources():
            yield from _settings(path, source)
    for path, container in containers(document):
        yield from _pairs((*path, "env"), items(container, "env"))


def _settings(path: Path, source: dict[str, Any]) -> Iterator[tuple[Path, str, str]]:
    yield from _pairs((*path, "helm", "parameters"), items(source, "helm", "parameters"))
    yield from _pairs((*path, "plugin", "env"), items(source, "plugin", "env"))
    yield from _leaves((*path, "helm", "valuesObject"), at(source, "helm", "valuesObject"))
    inner, _ = documents.read("values", text(source, "helm", "values"))
    for one in inner:
        for _, name, value in _leaves((), one.value):
            yield (*path, "helm", "values"), name, value


def _pairs(path: Path, pairs: list[Any]) -> Iterator[tuple[Path, str, str]]:
    """Of a list of names and values."""
    for index, one in enumerate(pairs):
        if isinstance(at(one, "value"), str):
            yield (*path, index, "value"), text(one, "name"), one["value"]


def _leaves(path: Path, value: Any) -> Iterator[tuple[Path, str, str]]:
    """Strings under their own key, and those of lists of names and values under that name."""
    for place, leaf in strings(value):
        if place and isinstance(place[-1], str):
            name = text(value, *place[:-1], "name") if place[-1] == "value" else place[-1]
            yield (*path, *place), name, leaf


@rule(
    "credentials-in-url",
    "error",
    EVERYTHING,
    "A URL holds a password",
    why="It is in clear in Git and in every place that shows the URL.",
    remedy="Revoke it; register the repository's credentials with Argo CD, or put the URL into a Secret.",
)
def credentials_in_url(document: Document, _: Surroundings) -> Iterator[Hit]:
    """URLs with user and password."""
    if kind_of(document) == _SECRET or is_encrypted(document.value):
        return
    for path, value in strings(document.value):
        if "://" in value and URL in told_by_shape(value):
            yield path, "the URL holds a password: revoke it, and keep credentials out of URLs"
