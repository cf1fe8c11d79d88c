"""Every operation, in the order of the tools."""

from argocd_gitops_mcp.operations import applications, deletion, history, live, logs, planning, resources, syncing
from argocd_gitops_mcp.operations._operation import Operation

_MODULES = (applications, syncing, history, deletion, resources, logs, live, planning)

OPERATIONS: tuple[Operation, ...] = tuple(
    one for module in _MODULES for one in vars(module).values() if isinstance(one, Operation)
)
