"""Rendered manifests under the keys that managed resources have: they mostly lack their namespace. Pure."""

from collections.abc import Collection, Sequence
from typing import Any

from argocd_gitops_mcp.argocd.tree import Key

_HOOKS = ("argocd.argoproj.io/hook", "helm.sh/hook")
_CLUSTER_SCOPED = frozenset(
    {
        ("", "Namespace"),
        ("", "PersistentVolume"),
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        ("apiregistration.k8s.io", "APIService"),
        ("networking.k8s.io", "IngressClass"),
        ("rbac.authorization.k8s.io", "ClusterRole"),
        ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
        ("scheduling.k8s.io", "PriorityClass"),
        ("storage.k8s.io", "CSIDriver"),
        ("storage.k8s.io", "StorageClass"),
    }
)
"""Kinds that are in no namespace; of others it shows where there is already one."""


def placed(rendered: Sequence[dict[str, Any]], known: Collection[Key], namespace: str) -> dict[Key, dict[str, Any]]:
    """The manifests by key, without hooks.

    Args:
        rendered: the manifests.
        known: keys of the resources that are managed now.
        namespace: where the application is deployed to.
    """
    scopeless = _CLUSTER_SCOPED | {at[:2] for at in known if not at[2]}
    found: dict[Key, dict[str, Any]] = {}
    for one in rendered:
        meta = one.get("metadata") or {}
        if any(hook in (meta.get("annotations") or {}) for hook in _HOOKS):
            continue
        group, _, _ = str(one.get("apiVersion", "")).rpartition("/")
        kind = str(one.get("kind", ""))
        # Argo CD takes the namespace of what can have none away, and so do we.
        where = "" if (group, kind) in scopeless else str(meta.get("namespace") or namespace)
        told = {name: value for name, value in meta.items() if name != "namespace"}
        manifest = {**one, "metadata": {**told, "namespace": where} if where else told}
        found[group, kind, where, str(meta.get("name", ""))] = manifest
    return found
