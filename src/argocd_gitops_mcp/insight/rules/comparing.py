"""Why an application cannot be compared: its source, its destination or its project. Pure.

Until that is mended its sync status is Unknown or old, and its health means nothing: Argo CD often calls it Healthy.
"""

import re
from collections.abc import Iterator, Sequence

from argocd_gitops_mcp.argocd.models import Condition
from argocd_gitops_mcp.insight.causes import Cause, cause, classified
from argocd_gitops_mcp.insight.evidence import Evidence
from argocd_gitops_mcp.insight.finding import Finding, NextCall, Quote
from argocd_gitops_mcp.insight.rule import Find, Rule
from argocd_gitops_mcp.insight.rules import sources
from argocd_gitops_mcp.insight.telling import of_application, of_resources

_TYPES = ("ComparisonError", "InvalidSpecError", "UnknownError")
_SUMMARIES = {
    "project-missing": "Its project does not exist",
    "project-forbids": "Its project does not permit its source or destination",
    "invalid-spec": "The Application contradicts itself, or lacks something",
    "destination-unknown": "Its destination cluster is not registered",
    "cluster-unreachable": "Its destination cluster cannot be reached",
    **sources.SUMMARIES,
    "comparison-failed": "The comparison fails for another reason",
}
_CLUSTER = r"failed to (?:get cluster info|sync cluster|get (?:server|cluster) version)|synchronizing cache state"
# In this order: the first that fits is told. What Argo CD 3.6 says was seen in tests/e2e/stories and beside them.
_CAUSES = (
    cause(
        "project-missing",
        r"referencing project (?P<project>\S+) which does not exist",
        what="The application's project{project} does not exist.",
        remedy="Name an existing project in the Application, or create the project.",
    ),
    cause(
        "project-forbids",
        r"application repo \S+ is not permitted in project '(?P<project>[^']+)'",
        what="The application's project{project} does not permit its source.",
        remedy="Add the repository to the project's sourceRepos, or take one that it permits.",
    ),
    cause(
        "project-forbids",
        r"do not match any of the allowed destinations in project '(?P<project>[^']+)'",
        what="The application's project{project} does not permit its destination.",
        remedy="Add cluster and namespace to the project's destinations, or deploy where it permits.",
    ),
    cause(
        "invalid-spec",
        r"can't have both name and server defined",
        what="The Application names its destination cluster both by name and by server.",
        remedy="Leave one of destination.name and destination.server out.",
    ),
    cause(
        "invalid-spec",
        r"Destination server missing",
        what="The Application does not name its destination cluster.",
        remedy="Set destination.server or destination.name.",
    ),
    cause(
        "invalid-spec",
        r"either spec\.source\.path or spec\.source\.chart are required",
        what="The Application's source has neither a path nor a chart.",
        remedy="Set path, or chart for a chart repository.",
    ),
    cause(
        "destination-unknown",
        r"cluster \"(?P<cluster>[^\"]+)\" not found",
        r"there are no clusters with this name: (?P<cluster_2>\S+)",
        r"unable to find destination server",
        what="The application's destination cluster{cluster} is not registered in Argo CD.",
        remedy="Correct destination.server or destination.name in the Application, or register the cluster.",
    ),
    cause(
        "cluster-unreachable",
        rf"(?:{_CLUSTER}).*(?:asked for the client to provide credentials|Unauthorized)",
        what="Argo CD cannot read the destination cluster: its credentials for it are refused.",
        remedy="Renew the cluster's credentials in Argo CD (argocd cluster add, or its Secret).",
    ),
    cause(
        "cluster-unreachable",
        rf"(?:{_CLUSTER}).*x509",
        what="Argo CD cannot read the destination cluster: it does not trust its certificate.",
        remedy="Correct the cluster's CA data in Argo CD.",
    ),
    # Kubernetes' words for a right that is missing, as the stories of syncs have them.
    cause(
        "cluster-unreachable",
        rf"(?:{_CLUSTER}).*(?:is forbidden|cannot list resource)",
        what="Argo CD cannot read the destination cluster: its service account there lacks rights.",
        remedy="Grant the account that the quoted message names the right to list and watch.",
    ),
    cause(
        "cluster-unreachable",
        rf"(?:{_CLUSTER}).*no such host",
        what="Argo CD cannot reach the destination cluster: the name of its API server is not known.",
        remedy="Correct the cluster's address in Argo CD, or look after name resolution.",
    ),
    cause(
        "cluster-unreachable",
        _CLUSTER,
        r"Failed to load live state",
        what="Argo CD cannot reach the application's destination cluster.",
        remedy="Look after the cluster's API server, and the network from Argo CD to it.",
    ),
    *sources.CAUSES,
    cause(
        "comparison-failed",
        r"",
        what="The application cannot be compared with its source.",
        remedy="The quoted condition says why.",
    ),
)
_OF = re.compile(r"for source (\d+) of (\d+):")
# What wraps a message says the same each time; tools tell the reason after their exit status.
_WRAPPED = re.compile(
    r"^.*?(?:rpc error: code = \w+ desc = )+|^.*failed exit status \d+: Error: |^.*failed to get server version: ",
    re.DOTALL,
)
_ADVICE = "Use --debug flag to render out invalid YAML"


def _plain(message: str) -> str:
    """Without where Argo CD keeps its copy, and that it remembers an error."""
    return message.replace("Manifest generation error (cached): ", "").replace("<path to cached source>/", "")


def _telling(message: str) -> str:
    """The end of the chain of causes, which names file and line."""
    text = _plain(message).replace(_ADVICE, "").strip()
    while (rest := _WRAPPED.sub("", text, count=1).strip()) and rest != text:
        text = rest
    return text


def _told(evidence: Evidence) -> Iterator[tuple[Condition, Cause, str]]:
    for one in evidence.application.status.conditions or []:
        if one.type in _TYPES:
            found, what = classified(_CAUSES, _plain(one.message))
            which = _OF.search(one.message)
            of = f" (source {which[1]} of {which[2]})." if which and which[2] != "1" else "."
            yield one, found, f"{what.removesuffix('.')}{of}"


def _find(wanted: str) -> Find:
    def find(evidence: Evidence) -> Iterator[Finding]:
        hits = [hit for hit in _told(evidence) if hit[1].id == wanted]
        if hits:
            yield _finding(evidence, [one for one, _, _ in hits], hits[0][1], hits[0][2])

    return find


def _finding(evidence: Evidence, conditions: Sequence[Condition], found: Cause, what: str) -> Finding:
    first = conditions[0]
    said = Quote(f"condition {first.type}", _telling(first.message))
    states = [
        Quote(f"repository {one.repo}, connection {one.connection_state.status}", one.connection_state.message)
        for one in evidence.repositories
        if one.connection_state.status == "Failed"
    ]
    cluster = evidence.cluster
    if cluster is not None and cluster.connection_state.status == "Failed":
        states.append(Quote(f"cluster {cluster.name}, connection Failed", cluster.connection_state.message))
    runs = " What was deployed before still runs." if evidence.application.status.history else ""
    return Finding(
        what,
        "certain" if found.id != "comparison-failed" else "possible",
        since=min(one.last_transition_time or "" for one in conditions),
        evidence=(said, *states),
        remedy=found.remedy + runs,
        next=tuple(_next(evidence, found)),
    )


def _next(evidence: Evidence, found: Cause) -> Iterator[NextCall]:
    app = evidence.application
    if found.id == "project-missing":
        # Argo CD 3.6 refuses every other question about an application whose project is missing.
        yield NextCall("list_applications", {"query": app.metadata.name})
        return
    yield of_application(app, "get_application", detail="full")
    if found.id == "helm":
        yield of_resources(app, "get_application_parameters")
    if app.status.history:
        yield of_application(app, "get_history")
    # Argo CD remembers that it failed to make manifests of a commit.
    yield of_application(app, "refresh_application", hard=True)


RULES = tuple(
    Rule(name, summary, "the application's conditions, the state of repository and cluster", _find(name))
    for name, summary in _SUMMARIES.items()
)
