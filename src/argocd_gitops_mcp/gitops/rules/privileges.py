"""House rules over what pods may do to their node. Pure."""

from collections.abc import Iterator

from argocd_gitops_mcp.gitops.documents import Document
from argocd_gitops_mcp.gitops.rules.pods import KINDS, containers, template, title
from argocd_gitops_mcp.gitops.rules.rule import Hit, rule
from argocd_gitops_mcp.gitops.rules.shape import at, items, mapping
from argocd_gitops_mcp.gitops.rules.surroundings import Surroundings

_DANGEROUS = ("ALL", "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "NET_ADMIN", "DAC_READ_SEARCH")
_SHARED = ("hostNetwork", "hostPID", "hostIPC")


@rule(
    "privileged",
    "warning",
    KINDS,
    "A container is privileged, or may become so",
    why="Whoever breaks into it has the node, and from there the cluster.",
    remedy="Drop it; where an agent of the node needs it, allow that one in the configuration.",
)
def privileged(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Containers with rights of the node's."""
    for path, one in containers(document):
        context = mapping(one, "securityContext")
        where = (*path, "securityContext")
        if context.get("privileged") is True:
            yield (*where, "privileged"), f"{title(one)} is privileged"
        elif context.get("allowPrivilegeEscalation") is True:
            yield (*where, "allowPrivilegeEscalation"), f"{title(one)} may gain privileges"
        for index, added in enumerate(items(context, "capabilities", "add")):
            if isinstance(added, str) and added.removeprefix("CAP_") in _DANGEROUS:
                yield (*where, "capabilities", "add", index), f"{title(one)} has capability {added}"


@rule(
    "host-access",
    "warning",
    KINDS,
    "A pod shares the node's network, processes or files",
    why="It sees and can change what other pods and the node itself do.",
    remedy="Use a Service, a volume claim or an emptyDir. Agents that run as DaemonSets are not reported.",
)
def host_access(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Pods that reach into the node."""
    if document.kind == "DaemonSet":
        return
    path, pod = template(document)
    for name in _SHARED:
        if at(pod, "spec", name) is True:
            yield (*path, "spec", name), f"{name} shares the node's with the pod"
    for index, volume in enumerate(items(pod, "spec", "volumes")):
        if at(volume, "hostPath") is not None:
            yield (*path, "spec", "volumes", index, "hostPath"), "hostPath gives the pod files of the node"


@rule(
    "runs-as-root",
    "warning",
    KINDS,
    "A container is made to run as root",
    why="A way out of the container is then a way into the node as root.",
    remedy="Set runAsNonRoot: true and a user of the image's.",
)
def runs_as_root(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Users that are set to root."""
    path, pod = template(document)
    contexts = [((*path, "spec", "securityContext"), mapping(pod, "spec", "securityContext"))]
    contexts += [((*where, "securityContext"), mapping(one, "securityContext")) for where, one in containers(document)]
    for where, context in contexts:
        user = context.get("runAsUser")
        if user == 0 and not isinstance(user, bool):
            yield (*where, "runAsUser"), "user 0 is root: use another"
        elif context.get("runAsNonRoot") is False:
            yield (*where, "runAsNonRoot"), "it may run as root: set runAsNonRoot: true"
