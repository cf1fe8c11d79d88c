"""What an ApplicationSet's generators are, each in a line, without the credentials that they may name. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from argocd_gitops_mcp.gitops.urls import public
from argocd_gitops_mcp.views.listing import few

_NESTING = ("matrix", "merge")
_BESIDES = ("selector",)
_PLACES = ("owner", "organization", "group", "project", "repo", "api")
_FORGES = ("github", "gitlab", "gitea", "bitbucket", "bitbucketServer", "azuredevops", "azureDevOps", "awsCodeCommit")


def kind(generator: Mapping[str, Any]) -> str:
    """`git`, `list`, ...: a generator has one key, and perhaps a selector."""
    return next((name for name in generator if name not in _BESIDES), "(none)")


def short(generator: Mapping[str, Any]) -> str:
    """`matrix(git,clusters)`."""
    name = kind(generator)
    return f"{name}({','.join(short(one) for one in _nested(generator))})" if name in _NESTING else name


def told(generator: Mapping[str, Any]) -> str:
    """The generator in a line."""
    name = kind(generator)
    given = generator.get(name) or {}
    said = f"{name}: {_within(name, given, generator)}" if isinstance(given, Mapping) else name
    chosen = _selector(generator.get("selector"))
    return said.rstrip(": ") + (f", of these where {chosen}" if chosen else "")


def _within(name: str, given: Mapping[str, Any], generator: Mapping[str, Any]) -> str:
    if name in _NESTING:
        keys = f" by {few(_texts(given.get('mergeKeys')), 5)}" if name == "merge" else ""
        return " x ".join(f"({told(one)})" for one in _nested(generator)) + keys
    return _TELLERS.get(name, _forge)(given)


def _elements(given: Mapping[str, Any]) -> str:
    elements = given.get("elements") or []
    if given.get("elementsYaml"):
        return "elements of a template"
    names = list(dict.fromkeys(str(key) for one in elements if isinstance(one, Mapping) for key in one))
    return f"{len(elements)} elements" + (f" with {few(names, 5)}" if names else "")


def _git(given: Mapping[str, Any]) -> str:
    paths = [
        ("not " if one.get("exclude") else "") + str(one.get("path", ""))
        for kind in ("directories", "files")
        for one in given.get(kind) or []
        if isinstance(one, Mapping)
    ]
    what = "files" if given.get("files") else "directories"
    where = f"{public(str(given.get('repoURL', '')))} @{given.get('revision') or 'HEAD'}"
    return f"{what} {few(paths, 4)} of {where}"


def _oci(given: Mapping[str, Any]) -> str:
    return f"{public(str(given.get('repoURL', '')))} @{given.get('revision') or given.get('targetRevision') or '?'}"


def _clusters(given: Mapping[str, Any]) -> str:
    return _selector(given.get("selector")) or "all clusters"


def _plugin(given: Mapping[str, Any]) -> str:
    return str((given.get("configMapRef") or {}).get("name", ""))


def _decided(given: Mapping[str, Any]) -> str:
    return f"{given.get('configMapRef', '')} {given.get('name', '')}".strip()


def _forge(given: Mapping[str, Any]) -> str:
    """Of pull requests or of a forge's repositories: which forge and whose."""
    name = next((one for one in _FORGES if one in given), "")
    about = given.get(name)
    if not isinstance(about, Mapping):
        return name
    places = [public(str(about[place])) for place in _PLACES if about.get(place)]
    labels = f" with {few(_texts(about.get('labels')), 3)}" if about.get("labels") else ""
    return f"{name} {' '.join(places)}{labels}".strip()


def _selector(selector: Any) -> str:
    if not isinstance(selector, Mapping):
        return ""
    labels = [f"{name}={value}" for name, value in (selector.get("matchLabels") or {}).items()]
    labels += [
        f"{one.get('key', '')} {one.get('operator', '')} {few(_texts(one.get('values')), 3)}".strip()
        for one in selector.get("matchExpressions") or []
        if isinstance(one, Mapping)
    ]
    return " and ".join(labels)


def _nested(generator: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    given = generator.get(kind(generator)) or {}
    return [one for one in given.get("generators") or [] if isinstance(one, Mapping)]


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


_TELLERS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "list": _elements,
    "git": _git,
    "oci": _oci,
    "clusters": _clusters,
    "plugin": _plugin,
    "clusterDecisionResource": _decided,
}
