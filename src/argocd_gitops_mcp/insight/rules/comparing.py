"""Why an application cannot be compared: its source, its destination or its project. Pure.

Until that is mended its sync status is Unknown or old, and its health means nothing: Argo CD often calls it Healthy.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from argocd_gitops_mcp.argocd.models import Condition
from argocd_gitops_mcp.insight.evidence import Evidence
from argocd_gitops_mcp.insight.finding import Finding, NextCall, Quote
from argocd_gitops_mcp.insight.rule import Find, Rule
from argocd_gitops_mcp.insight.telling import of_application, of_resources

_TYPES = ("ComparisonError", "InvalidSpecError", "UnknownError")


@dataclass(frozen=True, slots=True)
class _Cause:
    """One cause, told by what Argo CD says; `what` may use the groups of the pattern."""

    id: str
    summary: str
    says: re.Pattern[str]
    what: str
    remedy: str


def _says(*texts: str) -> re.Pattern[str]:
    return re.compile("|".join(texts), re.DOTALL)


# In this order: the first that fits is told. What Argo CD 3.6 says was seen in tests/e2e/stories.
_CAUSES = (
    _Cause(
        "project-missing",
        "Its project does not exist",
        _says(
            r"referencing project (?P<name>\S+) which does not exist", r"appproject\S* \"(?P<other>[^\"]+)\" not found"
        ),
        "The application's project does not exist.",
        "Name an existing project in the Application, or create the project.",
    ),
    _Cause(
        "project-forbids",
        "Its project does not permit its source or destination",
        _says(r"is not permitted in project", r"do not match any of the allowed destinations"),
        "The application's project does not permit its source or destination.",
        "Permit it in the project (sourceRepos, destinations), or point the Application where it is permitted.",
    ),
    _Cause(
        "destination-unknown",
        "Its destination cluster is not registered",
        _says(
            r"unable to find destination server",
            r"cluster \"[^\"]*\" not found",
            r"there are no clusters with this name",
            r"error getting cluster by (?:name|server)",
            r"Destination server missing",
        ),
        "The application's destination cluster is not registered in Argo CD.",
        "Correct destination.server or destination.name in the Application, or register the cluster.",
    ),
    _Cause(
        "cluster-unreachable",
        "Its destination cluster cannot be reached",
        _says(
            r"failed to (?:get cluster info|sync cluster|load live state|get (?:server|cluster) version)",
            r"error getting (?:server|cluster) version",
            r"(?:error|failed) (?:getting|to get) (?:live|openapi)",
        ),
        "Argo CD cannot reach the application's destination cluster.",
        "Look after the cluster's API server, the network to it and its credentials in Argo CD.",
    ),
    _Cause(
        "path-missing",
        "The folder does not exist at this revision",
        _says(r"(?P<path>\S+): app path does not exist", r"app path is not a directory", r"app path outside root"),
        "The source's path is no folder of the repository at this revision.",
        "Correct the Application's path, or commit the folder.",
    ),
    _Cause(
        "revision-missing",
        "The branch, tag or commit does not exist",
        _says(
            r"unable to resolve '(?P<revision>[^']*)' to a commit SHA",
            r"[Ff]ailed to checkout revision",
            r"unable to resolve git revision",
            r"no matching version|could not find version|version .* not found in",
        ),
        "The source's target revision does not exist in the repository.",
        "Correct targetRevision in the Application, or push that branch or tag.",
    ),
    _Cause(
        "helm",
        "The Helm chart cannot be rendered",
        _says(
            r"helm (?:template|dependency|pull|fetch)",
            r"failed to execute helm",
            r"Chart\.yaml",
            r"error fetching chart",
        ),
        "The Helm chart cannot be rendered.",
        "Correct the chart or its values in Git; the quoted line names the template.",
    ),
    _Cause(
        "kustomize",
        "The kustomization cannot be built",
        _says(r"kustomize build", r"kustomization"),
        "The kustomization cannot be built.",
        "Correct the kustomization in Git; the quoted line names the file.",
    ),
    _Cause(
        "plugin-missing",
        "The config management plugin is not there or fails",
        _says(r"plugin", r"\bcmp\b", r"cmp-server"),
        "The source's config management plugin is not there, or fails.",
        "Correct the plugin's name in the Application, or have the plugin installed at the repository server.",
    ),
    _Cause(
        "yaml",
        "A manifest cannot be read",
        _says(
            r"[Ff]ailed to unmarshal",
            r"error (?:converting|parsing) (?:YAML|JSON)",
            r"error unmarshaling JSON",
            r"Object 'Kind' is missing",
            r"must specify (?:apiVersion|kind)",
        ),
        "A manifest in the source cannot be read.",
        "Correct the file that the quoted line names, in Git; validate_manifests shows the place.",
    ),
    _Cause(
        "repository-unreachable",
        "The repository cannot be read",
        _says(
            r"dial tcp",
            r"no such host",
            r"connection refused",
            r"i/o timeout",
            r"authentication required",
            r"[Rr]epository not found",
            r"does not appear to be a git repository",
            r"failed to (?:list refs|initialize repository|fetch)",
            r"remote repository is empty",
            r"x509",
            r"context deadline exceeded",
        ),
        "Argo CD cannot read the source's repository.",
        "Correct repoURL, register the repository with credentials, or look after the network to it.",
    ),
    _Cause(
        "comparison-failed",
        "The comparison fails for another reason",
        _says(r""),
        "The application cannot be compared with its source.",
        "The quoted condition says why.",
    ),
)


def _classified(condition: Condition) -> _Cause:
    return next(cause for cause in _CAUSES if cause.says.search(_plain(condition.message)))


def _plain(message: str) -> str:
    """Without how often Argo CD tried and how it wrapped the error, which name tools that are not to blame."""
    return message.replace("Manifest generation error (cached): ", "")


def _telling(message: str) -> str:
    """The end of the chain of causes, which names file and line; what wraps it says the same each time."""
    return re.sub(r"^.*?rpc error: code = \w+ desc = ", "", _plain(message).strip(), flags=re.DOTALL)


def _find(wanted: str) -> Find:
    def find(evidence: Evidence) -> Iterator[Finding]:
        for condition in evidence.application.status.conditions or []:
            if condition.type in _TYPES and (cause := _classified(condition)).id == wanted:
                yield _finding(evidence, condition, cause)

    return find


def _finding(evidence: Evidence, condition: Condition, cause: _Cause) -> Finding:
    said = [Quote(f"condition {condition.type}", _telling(condition.message))]
    said += [
        Quote(f"repository {one.repo}, connection {one.connection_state.status}", one.connection_state.message)
        for one in evidence.repositories
        if one.connection_state.status == "Failed"
    ]
    cluster = evidence.cluster
    if cluster is not None and cluster.connection_state.status == "Failed":
        said.append(Quote(f"cluster {cluster.name}, connection Failed", cluster.connection_state.message))
    return Finding(
        cause.what,
        "certain" if cause.id != "comparison-failed" else "possible",
        since=condition.last_transition_time or "",
        evidence=tuple(said),
        remedy=cause.remedy,
        next=tuple(_next(evidence, cause)),
    )


def _next(evidence: Evidence, cause: _Cause) -> Iterator[NextCall]:
    app = evidence.application
    yield of_application(app, "get_application", detail="full")
    if cause.id in ("helm", "kustomize"):
        yield of_resources(app, "get_application_parameters")


RULES = tuple(
    Rule(cause.id, cause.summary, "the application's conditions, the state of repository and cluster", _find(cause.id))
    for cause in _CAUSES
)
