"""Syncs that fail, or wait."""

from tests.e2e.stories.manifests import config_map, deployment, job, of, service, text
from tests.e2e.stories.pods import web
from tests.e2e.stories.story import Story, ended, release, wait

_GADGET = of("example.com/v1", "Gadget", "gadget")
_OTHER_SELECTOR = deployment()
_OTHER_SELECTOR["spec"] = {
    **_OTHER_SELECTOR["spec"],
    "selector": {"matchLabels": {"app": "web", "tier": "front"}},
    "template": {**_OTHER_SELECTOR["spec"]["template"], "metadata": {"labels": {"app": "web", "tier": "front"}}},
}
_WELL = {"settings.yaml": text(config_map())}
_AUTOMATED = {"syncPolicy": {"automated": {}, "retry": {"limit": 0}}}


def _wrong(**spec: object) -> dict[str, str]:
    one = deployment()
    return {"web.yaml": text({**one, "spec": {**one["spec"], **spec}}), **_WELL}


_FAILED = ended("Failed")

SYNC_STORIES = (
    Story(
        "hook-failed",
        {"migrate.yaml": text(job("broken", hook="PreSync", container="migrator")), **_WELL},
        _FAILED,
        "hook-failed",
        "Job/migrate",
    ),
    Story(
        "hook-unpullable",
        {"migrate.yaml": text(job("missing", hook="PreSync")), **_WELL},
        lambda look: "ImagePullBackOff" in str(look.tree),
        "image-pull",
        "Job/migrate",
    ),
    Story("missing-crd", {"gadget.yaml": text(_GADGET), **_WELL}, _FAILED, "missing-crd", "Gadget/gadget"),
    Story("missing-namespace", web(), _FAILED, "missing-namespace", "Deployment/web", namespace=False),
    Story(
        "immutable-selector",
        web(),
        ended("Failed", "immutable"),
        "immutable-field",
        "Deployment/web",
        play=release({"web.yaml": text(_OTHER_SELECTOR)}, "Tell tiers apart"),
    ),
    Story(
        "immutable-job",
        {"job.yaml": text(job("v1"))},
        ended("Failed", "immutable"),
        "immutable-field",
        "Job/migrate",
        play=release({"job.yaml": text(job("v2"))}, "Release 2"),
    ),
    Story("invalid-value", _wrong(replicas=-1), _FAILED, "rejected", "Deployment/web"),
    Story("wrong-type", _wrong(replicas="three"), _FAILED, "rejected", "Deployment/web"),
    Story(
        "unknown-field",
        _wrong(replica=3),
        lambda look: bool(look.state.get("finishedAt")),
        "rejected",
        "Deployment/web",
        spec={"syncPolicy": {"syncOptions": ["ServerSideApply=true"]}},
    ),
    Story(
        "wave-waiting",
        {"web.yaml": text(service(kind="LoadBalancer")), "late.yaml": text(config_map("late", wave="1"))},
        lambda look: "waiting for healthy state" in look.state.get("message", ""),
        "wave-waiting",
        "Service/web",
        lasting=61,
    ),
    Story(
        "wave-waiting-for-crash",
        {"web.yaml": text(deployment("broken", container="crasher")), "late.yaml": text(config_map("late", wave="1"))},
        lambda look: "waiting for healthy state" in look.state.get("message", "") and "CrashLoop" in str(look.tree),
        "crash-loop",
        "Deployment/web",
    ),
    Story(
        "auto-sync-gave-up",
        {"gadget.yaml": text(_GADGET), **_WELL},
        lambda look: bool(look.status.get("conditions")) and _FAILED(look),
        "missing-crd",
        "Gadget/gadget",
        spec=_AUTOMATED,
        play=wait,
    ),
)
