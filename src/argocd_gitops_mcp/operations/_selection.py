"""Choosing resources of an application by patterns, as the argocd command line writes them. Pure."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from argocd_gitops_mcp.argocd.models import ResourceStatus
from argocd_gitops_mcp.argocd.tree import key
from argocd_gitops_mcp.errors import InvalidArgument, UnknownResource

_SHOWN = 15


def selected(patterns: Sequence[str], managed: Sequence[ResourceStatus], application: str) -> list[dict[str, str]]:
    """The resources that `Kind/name` or `group:Kind:name` (or `group:Kind:namespace/name`, `*` anywhere) mean.

    Named in full, since Argo CD takes what matches nothing for a sync that succeeded.

    Raises:
        InvalidArgument: no such pattern.
        UnknownResource: one matches nothing.
    """
    managed = [one for one in managed if not one.hook]
    found: dict[tuple[str, str, str, str], None] = {}
    for pattern in patterns:
        group, kind, namespace, name = _parts(pattern)
        fitting = [
            one
            for one in managed
            if fnmatchcase(one.group, group)
            and fnmatchcase(one.kind, kind)
            and fnmatchcase(one.namespace, namespace)
            and fnmatchcase(one.name, name)
        ]
        if not fitting:
            there = ", ".join(f"{one.kind}/{one.name}" for one in managed[:_SHOWN]) or "none"
            more = f" and {len(managed) - _SHOWN} more" if len(managed) > _SHOWN else ""
            raise UnknownResource(
                f"{pattern!r} matches no managed resource of application {application!r}; nothing was sent. "
                f"There are: {there}{more}.",
                hint="What is new in Git is known after a refresh (operation refresh).",
            )
        found |= dict.fromkeys(key(one) for one in fitting)
    return [
        {name: value for name, value in zip(("group", "kind", "namespace", "name"), one, strict=True) if value}
        for one in found
    ]


def _parts(pattern: str) -> tuple[str, str, str, str]:
    kind, slash, name = pattern.partition("/")
    if slash and ":" not in kind and "/" not in name:  # the name may have colons: ClusterRole/system:reader
        return "*", kind or "*", "*", name or "*"
    parts = pattern.split(":", 2)
    if len(parts) == 3:  # noqa: PLR2004
        namespace, _, name = parts[2].rpartition("/")
        return parts[0], parts[1] or "*", namespace or "*", name or "*"
    raise InvalidArgument(f"resources: {pattern!r} is neither Kind/name nor group:Kind:name.")
