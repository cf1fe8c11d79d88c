"""The layout of a GitOps repository: made of the templates, with owners and a check around them. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

from argocd_gitops_mcp import __version__
from argocd_gitops_mcp.errors import InvalidPath, InvalidValue
from argocd_gitops_mcp.gitops.templates.catalogue import render
from argocd_gitops_mcp.gitops.templates.filling import filled, filled_text
from argocd_gitops_mcp.gitops.templates.values import Value, checked

Forge = Literal["github", "gitlab", "gitea", "git"]

VALUES: Sequence[Value] = (
    Value("repo_url", "string", "URL that Argo CD reads the repository by", form="token"),
    Value("service", "string", "Name of the first service", form="namespace"),
    Value("image", "string", "Its image without the tag, e.g. registry.example.com/shop/web"),
    Value("tag", "string", "Tag to begin with"),
    Value("owners", "list", "Who approves changes of production, e.g. @shop/platform", form="owner"),
    Value("environments", "list", "Environments", default=["dev", "staging", "production"], form="namespace"),
    Value(
        "namespace_prefix",
        "string",
        "Of namespaces and projects; else the service's name",
        default="",
        form="namespace",
    ),
    Value("branch", "string", "Default branch", default="main", form="token"),
    Value("port", "integer", "Port that the container listens at", default=8080),
    Value("server", "string", "API address of the cluster to deploy to", default="https://kubernetes.default.svc"),
    Value("argocd_namespace", "string", "Namespace that Argo CD runs in", default="argocd", form="namespace"),
)
"""What a layout asks for."""

_DATA = files("argocd_gitops_mcp.gitops.templates").joinpath("data", "scaffold")
_ROOT = "root"
_CHECKS: Mapping[Forge, tuple[str, str]] = {
    "github": (".github/workflows/validate.yaml", "actions.yaml"),
    "gitea": (".gitea/workflows/validate.yaml", "actions.yaml"),
    "gitlab": (".gitlab-ci.yml", "gitlab-ci.yaml"),
}
# Where the forges look for it; the first found counts.
_OWNERS = ("codeowners", ".github/codeowners", ".gitlab/codeowners", ".gitea/codeowners", "docs/codeowners")


@dataclass(frozen=True, slots=True)
class Layout:
    """What a repository lacks of the layout.

    Args:
        files: the missing ones, by path.
        kept: paths that are there already, and stay as they are.
    """

    files: Mapping[str, str]
    kept: Sequence[str]


def layout(given: Mapping[str, Any], forge: Forge, existing: Collection[str] = ()) -> Layout:
    """The files that make a repository a GitOps repository, without those that it has.

    Args:
        given: values, as `VALUES` describes them.
        forge: decides on the check and how owners are written; `git` is none, and has no check.
        existing: paths of the repository's files.

    Raises:
        InvalidValue: names the value, what was expected and what was given.
        InvalidPath: a file stands where the layout needs a folder, or the other way round.
    """
    wanted = _wanted(checked(VALUES, given), forge)
    found = {path.lower() for path in existing}
    folders = {path[:end] for path in found for end, one in enumerate(path) if one == "/"}
    for path in wanted:
        parts = path.lower().split("/")
        if blocking := found.intersection("/".join(parts[:end]) for end in range(1, len(parts))):
            raise InvalidPath(f"{path}: {blocking.pop()} is a file.")
        if path.lower() in folders:
            raise InvalidPath(f"{path} is a folder.")
    kept = [path for path in wanted if _is_there(path, found)]
    return Layout({path: text for path, text in wanted.items() if path not in kept}, kept)


def _is_there(path: str, found: Collection[str]) -> bool:
    return path.lower() in found or (path == "CODEOWNERS" and any(one in found for one in _OWNERS))


def _wanted(values: Mapping[str, Any], forge: Forge) -> dict[str, str]:
    prefix = values["namespace_prefix"] or values["service"]
    repository = {name: values[name] for name in ("repo_url", "server", "argocd_namespace")}
    if _ROOT in values["environments"]:
        raise InvalidValue(f"environments: {_ROOT!r} is what the Application that brings the others is called.")
    root = {**repository, "name": f"{prefix}-{_ROOT}", "revision": values["branch"]}
    made = {**_around(values, prefix, forge), **render("app-of-apps", root)}
    for environment in values["environments"]:
        made |= _environment(values, f"{prefix}-{environment}", environment, repository)
    service = {name: values[name] for name in ("image", "tag", "port", "environments")}
    return {**made, **render("environments", {**service, "name": values["service"]})}


def _environment(
    values: Mapping[str, Any], namespace: str, environment: str, repository: Mapping[str, Any]
) -> dict[str, str]:
    """A project of its own for each environment: what may deploy to one cannot reach the others."""
    service, server = values["service"], values["server"]
    project = {
        "name": namespace,
        "summary": f"What runs in {environment}",
        "repositories": [values["repo_url"]],
        "namespace": namespace,
        "server": server,
        "argocd_namespace": values["argocd_namespace"],
    }
    application = {
        **repository,
        "name": f"{service}-{environment}",
        "project": namespace,
        "path": f"services/{service}/overlays/{environment}",
        "revision": values["branch"],
        "namespace": namespace,
        "labels": {"environment": environment, "service": service},
    }
    return {**render("appproject", project), **render("application-kustomize", application)}


def _around(values: Mapping[str, Any], prefix: str, forge: Forge) -> dict[str, str]:
    path, check = _CHECKS.get(forge, ("", ""))
    scope = {
        **values,
        "project": prefix,
        "owners": " ".join(values["owners"]),
        "environments": ", ".join(values["environments"]),
        "first": values["environments"][0],
        "check": path,
        "package": f"argocd-gitops-mcp[validate]=={__version__}",
    }
    made = {
        "README.md": filled_text(_text("README.md"), scope),
        "CODEOWNERS": filled_text(_text("CODEOWNERS.gitea" if forge == "gitea" else "CODEOWNERS"), scope),
        ".gitignore": _text("gitignore"),
        ".argocd-gitops.yaml": _text("argocd-gitops.yaml"),
    }
    return {**made, **({path: filled(_text(check), scope)} if check else {})}


def _text(name: str) -> str:
    return _DATA.joinpath(name).read_text("utf-8")
