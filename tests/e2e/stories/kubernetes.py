"""The testbed's Kubernetes as its administrator sees it: what has to stand around an application so that it fails."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from testbed.record import Testbed
from testbed.rest import Rest

Object = Mapping[str, Any]

_PLURALS = {
    "AppProject": "appprojects",
    "Application": "applications",
    "ConfigMap": "configmaps",
    "CustomResourceDefinition": "customresourcedefinitions",
    "Deployment": "deployments",
    "Certificate": "certificates",
    "LimitRange": "limitranges",
    "Namespace": "namespaces",
    "Node": "nodes",
    "Pod": "pods",
    "ResourceQuota": "resourcequotas",
    "Secret": "secrets",
    "ValidatingWebhookConfiguration": "validatingwebhookconfigurations",
}


def path(one: Object) -> str:
    version, place = one["apiVersion"], one["metadata"].get("namespace")
    root = "/api/v1" if version == "v1" else f"/apis/{version}"
    within = f"/namespaces/{place}" if place else ""
    return f"{root}{within}/{_PLURALS[one['kind']]}/{one['metadata']['name']}"


@dataclass(frozen=True)
class Kubernetes:
    """What a story does with the cluster itself."""

    api: Rest

    def apply(self, one: Object) -> None:
        self.api.apply(path(one), one)

    def remove(self, one: Object) -> None:
        """Whether it is still there or not."""
        try:
            self.api.delete(path(one))
        except OSError as error:
            if " 404 " not in str(error):
                raise

    def merge(self, one: Object, change: Object, part: str = "") -> None:
        """Change it, or a part that is written apart such as /status."""
        self.api._send("PATCH", path(one) + part, json.dumps(change).encode(), "application/merge-patch+json")

    def events(self, namespace: str) -> str:
        """Reasons and messages of everything that has happened there."""
        found = self.api.get(f"/api/v1/namespaces/{namespace}/events")["items"]
        return "\n".join(f"{one['reason']} {one['message']}" for one in found)


def of(testbed: Testbed) -> Kubernetes:
    pki = Path(testbed.run) / "pki"
    context = ssl.create_default_context(cafile=pki / "ca.crt")
    context.load_cert_chain(pki / "admin.crt", pki / "admin.key")
    config = json.loads(Path(testbed.kubeconfig).read_text())
    return Kubernetes(Rest(config["clusters"][0]["cluster"]["server"], context))
