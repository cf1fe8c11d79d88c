"""ApplicationSets, what they are made of and how they are. Shapes: ApplicationSetService in Argo CD's swagger 3.6."""

from typing import Any

from msgspec import Struct, field

from argocd_gitops_mcp.argocd.call import Call, path, query
from argocd_gitops_mcp.argocd.models import ApplicationSpec, Health, ObjectMeta


class SetPolicy(Struct, rename="camel"):
    """`applications_sync` is one of sync (what absent means, too), create-only, create-update, create-delete."""

    preserve_resources_on_deletion: bool = False
    applications_sync: str = ""


class Rollout(Struct):
    steps: list[dict[str, Any]] | None = None


class Strategy(Struct, rename="camel"):
    type: str = ""
    rolling_sync: Rollout | None = None
    deletion_order: str = ""


class TemplateMeta(Struct):
    name: str = ""
    namespace: str = ""
    labels: dict[str, str] | None = None
    finalizers: list[str] | None = None


class Template(Struct):
    """An application with places to fill in."""

    metadata: TemplateMeta = field(default_factory=TemplateMeta)
    spec: ApplicationSpec = field(default_factory=ApplicationSpec)


class SetSpec(Struct, rename="camel"):
    generators: list[dict[str, Any]] | None = None
    template: Template = field(default_factory=Template)
    template_patch: str = ""
    go_template: bool = False
    go_template_options: list[str] | None = None
    sync_policy: SetPolicy | None = None
    strategy: Strategy | None = None
    ignore_application_differences: list[dict[str, Any]] | None = None
    preserved_fields: dict[str, list[str] | None] | None = None


class SetCondition(Struct, rename="camel"):
    type: str = ""
    status: str = ""
    reason: str = ""
    message: str = ""
    last_transition_time: str | None = None


class MadeApplication(Struct):
    """An application of a set, as the set last saw it: not looked at again when its health changes."""

    name: str = ""
    namespace: str = ""
    status: str = ""
    health: Health | None = None


class RolledOut(Struct):
    """How far the rollout of one application is; there only with progressive syncs."""

    application: str = ""
    status: str = ""
    step: str = ""
    message: str = ""


class SetStatus(Struct, rename="camel"):
    """`resources` are at most 5000, `resources_count` (3.2 and later) counts them all."""

    conditions: list[SetCondition] | None = None
    resources: list[MadeApplication] | None = None
    resources_count: int = 0
    application_status: list[RolledOut] | None = None


class WholeSet(Struct):
    metadata: ObjectMeta
    spec: SetSpec = field(default_factory=SetSpec)
    status: SetStatus = field(default_factory=SetStatus)


class WholeSetList(Struct):
    """Null where the token may see none, but never absent."""

    items: list[WholeSet] | None


def listed(namespace: str | None = None) -> Call[WholeSetList]:
    """Every ApplicationSet the token may see, in every namespace that Argo CD looks at, by name."""
    wanted = query(appsetNamespace=namespace)
    return Call("GET", path("applicationsets"), WholeSetList, "the list of ApplicationSets", query=wanted)


def named(name: str, namespace: str | None = None) -> Call[WholeSet]:
    """One: other than of applications Argo CD tells a missing from a forbidden one."""
    wanted = query(appsetNamespace=namespace)
    return Call("GET", path("applicationsets", name), WholeSet, f"ApplicationSet {name!r}", query=wanted)
