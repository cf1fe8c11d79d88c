"""What other controllers say of workloads: of Jobs, autoscalers, nodes, limits, and of kinds of their own."""

import datetime as dt
from typing import Any

from tests.e2e.stories.kubernetes import Object
from tests.e2e.stories.manifests import deployment, job, of, template, text
from tests.e2e.stories.manifests import pod as pod_of
from tests.e2e.stories.pods import web
from tests.e2e.stories.story import Scene, Story, left_without, release, shown, told

_LIMITS: Object = {
    "apiVersion": "v1",
    "kind": "LimitRange",
    "metadata": {"name": "modest", "namespace": "{name}"},
    "spec": {"limits": [{"type": "Container", "max": {"memory": "128Mi"}}]},
}
_RESERVED: Object = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {"name": "{name}", "labels": {"story": "{name}"}},
    "spec": {"taints": [{"key": "reserved", "value": "yes", "effect": "NoSchedule"}]},
}
_HPA = of(
    "autoscaling/v2",
    "HorizontalPodAutoscaler",
    "web",
    spec={
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "maxReplicas": 3,
        "metrics": [
            {
                "type": "Resource",
                "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
            }
        ],
    },
)
_DAEMON_SET = of(
    "apps/v1",
    "DaemonSet",
    "agent",
    spec={"selector": {"matchLabels": {"app": "agent"}}, "template": template("agent", pod_of("broken", "crasher"))},
)
_CRON_JOB = of(
    "batch/v1",
    "CronJob",
    "report",
    spec={"schedule": "* * * * *", "jobTemplate": {"spec": job("broken", container="migrator")["spec"]}},
)
_CERTIFICATES: Object = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "certificates.cert-manager.io"},
    "spec": {
        "group": "cert-manager.io",
        "scope": "Namespaced",
        "names": {"kind": "Certificate", "plural": "certificates", "singular": "certificate"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}
_CERTIFICATE = of(
    "cert-manager.io/v1", "Certificate", "shop", spec={"secretName": "shop", "dnsNames": ["shop.example.com"]}
)


async def _not_issued(scene: Scene) -> None:
    """As cert-manager says it."""
    await scene.synced()
    refused = {
        "type": "Ready",
        "status": "False",
        "reason": "Failed",
        "message": "The certificate request has failed to complete and will be retried: no such issuer letsencrypt",
        "lastTransitionTime": "2026-11-26T10:00:00Z",
    }
    issuing = {**refused, "type": "Issuing", "message": "Failed to wait for order resource to become ready"}
    one = {**_CERTIFICATE, "metadata": {"name": "shop", "namespace": scene.name}}
    scene.kubernetes.merge(one, {"status": {"conditions": [issuing, refused]}})


async def _node_lost(scene: Scene) -> None:
    """What the node controller does to the pods of a node that no longer answers."""
    await scene.synced()
    await scene.app.healthy()
    cluster, where = scene.kubernetes, f"/api/v1/namespaces/{scene.name}"
    found = cluster.api.get(f"{where}/pods")["items"][0]
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    conditions = [
        {**one, "status": "False", "lastTransitionTime": now} if one["type"] == "Ready" else one
        for one in found["status"]["conditions"]
    ]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": found["metadata"]}
    cluster.merge(pod, {"status": {"conditions": conditions}}, "/status")
    event = {
        "metadata": {"name": f"{found['metadata']['name']}.lost", "namespace": scene.name},
        "type": "Warning",
        "reason": "NodeNotReady",
        "message": "Node is not ready",
        "source": {"component": "node-controller"},
        "involvedObject": {
            "apiVersion": "v1",
            "kind": "Pod",
            "name": found["metadata"]["name"],
            "namespace": scene.name,
            "uid": found["metadata"]["uid"],
        },
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    }
    cluster.api.post(f"{where}/events", event)
    scene.app.refresh()


def _job(**more: Any) -> dict[str, str]:
    made = job("slow")
    made["spec"].update(more)
    return {"job.yaml": text(made)}


CONTROLLER_STORIES = (
    Story(
        "limit-range",
        web(resources={"limits": {"memory": "1Gi"}}),
        told("maximum memory usage per Container"),
        "quota",
        "Deployment/web",
        around=(_LIMITS,),
    ),
    Story(
        "unschedulable-taint",
        web(nodeSelector={"story": "{name}"}),
        told("untolerated taint"),
        "unschedulable",
        "Deployment/web",
        around=(_RESERVED,),
    ),
    Story(
        "metrics-missing",
        {"web.yaml": text(deployment(resources={"requests": {"cpu": "100m"}})), "hpa.yaml": text(_HPA)},
        told("FailedGetResourceMetric"),
        "autoscaler",
        "HorizontalPodAutoscaler/web",
    ),
    Story(
        "daemon-set-crashing",
        {"agent.yaml": text(_DAEMON_SET)},
        told("Back-off restarting"),
        "crash-loop",
        "DaemonSet/agent",
    ),
    Story(
        "job-deadline",
        _job(activeDeadlineSeconds=2),
        left_without("Pod", told("DeadlineExceeded")),
        "job-failed",
        "Job/migrate",
    ),
    Story(
        "cron-job-failed",
        {"report.yaml": text(_CRON_JOB)},
        told("BackoffLimitExceeded"),
        "job-failed",
        "CronJob/report",
    ),
    Story(
        "custom-resource-degraded",
        {"certificate.yaml": text(_CERTIFICATE)},
        shown("Degraded"),
        "degraded",
        "Certificate/shop",
        around=(_CERTIFICATES,),
        play=_not_issued,
    ),
    Story("node-lost", web(), told("NodeNotReady"), "node-lost", "Deployment/web", play=_node_lost),
    Story(
        "second-release-mends",
        web("broken", container="crasher"),
        shown("slow"),
        play=release(web("slow", container="crasher"), "Mend it"),
    ),
)
