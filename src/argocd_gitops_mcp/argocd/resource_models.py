"""What belongs to the resources of an application: tree, states, manifests, actions, events, logs, parameters.

As in models: names and types as in Argo CD's JSON, the rest is skipped while parsing.
"""

from msgspec import Struct, field

from argocd_gitops_mcp.argocd.models import Health, Info


class NodeRef(Struct):
    group: str = ""
    kind: str = ""
    namespace: str = ""
    name: str = ""
    uid: str = ""


class Node(Struct, rename="camel"):
    """One node of the resource tree; without a uid it does not exist in the cluster yet."""

    group: str = ""
    version: str = ""
    kind: str = ""
    namespace: str = ""
    name: str = ""
    uid: str = ""
    parent_refs: list[NodeRef] | None = None
    info: list[Info] | None = None
    images: list[str] | None = None
    health: Health | None = None
    created_at: str | None = None


class ResourceTree(Struct, rename="camel"):
    nodes: list[Node] | None = None
    orphaned_nodes: list[Node] | None = None


class ManagedResource(Struct, rename="camel"):
    """States are JSON as text, `"null"` where absent."""

    group: str = ""
    kind: str = ""
    namespace: str = ""
    name: str = ""
    target_state: str = ""
    live_state: str = ""
    normalized_live_state: str = ""
    predicted_live_state: str = ""
    resource_version: str = ""
    """Empty where it is not in the cluster."""
    modified: bool = False
    hook: bool = False


class ManagedResources(Struct):
    items: list[ManagedResource] | None = None


class Manifests(Struct):
    manifests: list[str] | None = None


class LiveResource(Struct):
    manifest: str = ""


class ActionParameter(Struct):
    name: str = ""


class Action(Struct, rename="camel"):
    name: str = ""
    display_name: str = ""
    disabled: bool = False
    params: list[ActionParameter] | None = None


class Actions(Struct):
    actions: list[Action] | None = None


class EventSource(Struct):
    component: str = ""


class InvolvedObject(Struct):
    kind: str = ""
    name: str = ""


class EventMeta(Struct):
    name: str = ""


class Event(Struct, rename="camel"):
    metadata: EventMeta = field(default_factory=EventMeta)
    reason: str = ""
    message: str = ""
    type: str = ""
    count: int = 0
    first_timestamp: str | None = None
    last_timestamp: str | None = None
    event_time: str | None = None
    involved_object: InvolvedObject = field(default_factory=InvolvedObject)

    @property
    def seen_at(self) -> str:
        """The last time it was seen."""
        return self.last_timestamp or self.event_time or self.first_timestamp or ""


class Events(Struct):
    items: list[Event] | None = None


class LogLine(Struct, rename="camel"):
    content: str = ""
    time_stamp_str: str = ""
    last: bool = False
    pod_name: str = ""

    @property
    def is_argocds(self) -> bool:
        """Whether Argo CD says it in place of a line (no such previous container, say): it bears the zero time."""
        return self.time_stamp_str.startswith("0001-01-01")


class Parameter(Struct):
    name: str = ""
    value: str = ""


class HelmDetails(Struct, rename="camel"):
    parameters: list[Parameter] | None = None
    value_files: list[str] | None = None


class KustomizeDetails(Struct):
    images: list[str] | None = None


class SourceDetails(Struct):
    type: str = ""
    helm: HelmDetails | None = None
    kustomize: KustomizeDetails | None = None
