"""Pods that do not run: what kubelet and scheduler say of them."""

from typing import Any

from tests.e2e.stories.manifests import config_map, deployment, of, text
from tests.e2e.stories.story import Story, release, shown, told

_PROBE = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 5, "failureThreshold": 3}
_VOLUMES = [{"name": "conf", "configMap": {"name": "tuning"}}]


def web(tag: str = "v1", **more: Any) -> dict[str, str]:
    return {"web.yaml": text(deployment(tag, **more)), "settings.yaml": text(config_map())}


def _pulling(name: str, tag: str, seen: str) -> Story:
    return Story(name, web(tag), told(seen), "image-pull", "Deployment/web")


POD_STORIES = (
    _pulling("image-pull", "missing", "Back-off pulling image"),
    _pulling("image-pull-denied", "private", "pull access denied"),
    _pulling("image-pull-no-registry", "noregistry", "no such host"),
    _pulling("image-pull-rate-limit", "ratelimited", "toomanyrequests"),
    Story(
        "crash-loop",
        web("broken", container="crasher", replicas=3),
        told("Back-off restarting"),
        "crash-loop",
        "Deployment/web",
    ),
    Story(
        "oom-killed",
        web("oom", container="hungry", resources={"limits": {"memory": "64Mi"}}),
        told("Back-off restarting"),
        "oom-killed",
        "Deployment/web",
    ),
    Story(
        "readiness-probe",
        web("unready", readinessProbe=_PROBE),
        told("Readiness probe"),
        "readiness-probe",
        "Deployment/web",
    ),
    Story(
        "liveness-probe",
        web("unlive", container="crasher", livenessProbe=_PROBE),
        told("Back-off restarting"),
        "liveness-probe",
        "Deployment/web",
    ),
    Story(
        "startup-probe",
        web("unstarted", container="crasher", startupProbe=_PROBE),
        told("Back-off restarting"),
        "liveness-probe",
        "Deployment/web",
    ),
    Story(
        "unschedulable",
        web(resources={"requests": {"cpu": "5000"}}),
        told("Insufficient cpu"),
        "unschedulable",
        "Deployment/web",
    ),
    Story(
        "unschedulable-selector",
        web(nodeSelector={"disk": "fast"}),
        told("FailedScheduling"),
        "unschedulable",
        "Deployment/web",
    ),
    Story(
        "missing-config-map",
        web("noconfig", envFrom=[{"configMapRef": {"name": "tuning"}}]),
        told('configmap "tuning" not found'),
        "missing-reference",
        "Deployment/web",
    ),
    Story(
        "missing-secret",
        web("noconfig", envFrom=[{"secretRef": {"name": "credentials"}}]),
        told('secret "credentials" not found'),
        "missing-reference",
        "Deployment/web",
    ),
    Story(
        "missing-key",
        web("nokey", env=[{"name": "MODE", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "SPEED"}}}]),
        told("couldn't find key"),
        "missing-reference",
        "Deployment/web",
    ),
    Story("mount-failed", web("unmounted", volumes=_VOLUMES), told("FailedMount"), "mount-failed", "Deployment/web"),
    Story(
        "init-container",
        web(init={"name": "migrator", "image": "example.com/migrate:broken"}),
        told("Back-off restarting"),
        "init-container",
        "Deployment/web",
    ),
    Story(
        "bad-command", web("badcommand", command=["/app/serve"]), told("no such file"), "bad-command", "Deployment/web"
    ),
    Story(
        "evicted",
        {
            "pod.yaml": text(
                of("v1", "Pod", "web", spec={"containers": [{"name": "main", "image": "example.com/web:evicted"}]})
            )
        },
        shown("Evicted"),
        "evicted",
        "Pod/web",
    ),
    Story(
        "orders-in-logs",
        web("broken", container="injected"),
        told("Back-off restarting"),
        "crash-loop",
        "Deployment/web",
    ),
    Story(
        "no-right-to-logs",
        web("broken", container="crasher"),
        told("Back-off restarting"),
        "crash-loop",
        "Deployment/web",
        account="nologs",
        unseen="logs of Pod/web",
    ),
    Story(
        "bad-release",
        web("v1"),
        shown("ImagePullBackOff"),
        "image-pull",
        "Deployment/web",
        play=release(web("missing"), "Release 2.0\n\nWith a tag that nobody pushed."),
    ),
)
