"""Workloads whose pods are not created, do not come to be in time, or end badly."""

from tests.e2e.stories.kubernetes import Object
from tests.e2e.stories.manifests import config_map, deployment, job, of, stateful_set, text
from tests.e2e.stories.pods import web
from tests.e2e.stories.story import Story, shown, told

_QUOTA: Object = {
    "apiVersion": "v1",
    "kind": "ResourceQuota",
    "metadata": {"name": "small", "namespace": "{name}"},
    "spec": {"hard": {"requests.cpu": "1"}},
}
# Of this namespace only, and only for as long as the story lasts.
_WEBHOOK: Object = {
    "apiVersion": "admissionregistration.k8s.io/v1",
    "kind": "ValidatingWebhookConfiguration",
    "metadata": {"name": "{name}"},
    "webhooks": [
        {
            "name": "images.policy.example.com",
            "admissionReviewVersions": ["v1"],
            "sideEffects": "None",
            "timeoutSeconds": 1,
            "clientConfig": {"url": "https://127.0.0.1:9/validate"},
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "{name}"}},
            "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
        }
    ],
}
_WEBHOOK_OF_APPLY: Object = {
    **_WEBHOOK,
    "webhooks": [
        {
            **_WEBHOOK["webhooks"][0],
            "rules": [
                {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["deployments"]}
            ],
        }
    ],
}
_CLAIM = of(
    "v1",
    "PersistentVolumeClaim",
    "data",
    spec={"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
)
_FAST_CLAIM = of("v1", "PersistentVolumeClaim", "data", spec={**_CLAIM["spec"], "storageClassName": "fast"})
_VOLUMES = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]

WORKLOAD_STORIES = (
    Story(
        "quota",
        web(replicas=3, resources={"requests": {"cpu": "400m"}}),
        told("exceeded quota"),
        "quota",
        "Deployment/web",
        around=(_QUOTA,),
    ),
    Story(
        "quota-must-specify",
        web(),
        told("must specify requests.cpu"),
        "quota",
        "Deployment/web",
        around=(_QUOTA,),
    ),
    Story(
        "pod-security",
        web(),
        told("violates PodSecurity"),
        "pod-security",
        "Deployment/web",
        labels={"pod-security.kubernetes.io/enforce": "restricted"},
    ),
    Story("webhook-of-pods", web(), told("failed calling webhook"), "webhook", "Deployment/web", around=(_WEBHOOK,)),
    Story(
        "webhook-of-apply",
        web(),
        lambda look: "failed calling webhook" in look.state.get("message", ""),
        "webhook",
        "Deployment/web",
        around=(_WEBHOOK_OF_APPLY,),
    ),
    Story(
        "volume-claim-pending",
        {"claim.yaml": text(_CLAIM), **web(volumes=_VOLUMES)},
        told("no persistent volumes available"),
        "volume-pending",
        "PersistentVolumeClaim/data",
    ),
    Story(
        "storage-class-missing",
        {"claim.yaml": text(_FAST_CLAIM), **web(volumes=_VOLUMES)},
        told('storageclass.storage.k8s.io "fast" not found'),
        "volume-pending",
        "PersistentVolumeClaim/data",
    ),
    Story(
        "job-failed",
        {"job.yaml": text(job("broken", container="migrator"))},
        told("BackoffLimitExceeded"),
        "job-failed",
        "Job/migrate",
    ),
    Story(
        "progress-deadline",
        web("unready", progressDeadlineSeconds=5),
        shown("exceeded its progress deadline"),
        "readiness-probe",
        "Deployment/web",
    ),
    Story(
        "stateful-set-stuck",
        {"db.yaml": text(stateful_set("broken", replicas=3, container="crasher")), "settings.yaml": text(config_map())},
        told("Back-off restarting"),
        "crash-loop",
        "StatefulSet/db",
    ),
    Story(
        "one-of-two",
        {"web.yaml": text(deployment()), "api.yaml": text(deployment("missing", name="api"))},
        told("Back-off pulling"),
        "image-pull",
        "Deployment/api",
    ),
)
