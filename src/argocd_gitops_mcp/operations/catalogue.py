"""Every operation, in the order of the tools."""

from argocd_gitops_mcp.operations import (
    account,
    applications,
    applicationset_changes,
    applicationsets,
    changes,
    clusters,
    commits,
    comparing,
    deletion,
    diagnosis,
    events,
    fleet,
    history,
    inspecting,
    instance,
    live,
    logs,
    planning,
    project_changes,
    projects,
    pull_requests,
    repositories,
    resources,
    syncing,
    templates,
    tracking,
    validation,
)
from argocd_gitops_mcp.operations._operation import (
    APPLICATION,
    INSTANCE,
    INSTANCE_READING,
    REPOSITORY,
    RESOURCE,
    Operation,
)

_MODULES = (
    *(fleet, applications, diagnosis, comparing, inspecting, commits, syncing, history, deletion),
    *(resources, events, logs, live),
    *(projects, clusters, repositories, applicationsets, account, instance),
    *(applicationset_changes, project_changes),
    *(templates, validation, changes, pull_requests, tracking),
    planning,
)

OPERATIONS: tuple[Operation, ...] = tuple(
    one for module in _MODULES for one in vars(module).values() if isinstance(one, Operation)
)

_TOOLSETS = {"argocd": (APPLICATION, RESOURCE, INSTANCE_READING, INSTANCE), "git": (REPOSITORY,)}


def selected(toolsets: str) -> tuple[Operation, ...]:
    """The operations of these toolsets, which are separated by commas."""
    tools = {tool for name in toolsets.split(",") for tool in _TOOLSETS[name]}
    return tuple(one for one in OPERATIONS if tools & set(one.tools))
