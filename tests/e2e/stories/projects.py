"""What a project forbids."""

from typing import Any

from tests.e2e.stories.manifests import config_map, of, text
from tests.e2e.stories.pods import web
from tests.e2e.stories.story import Story, compared, ended, refresh, wait

_WELL = {"settings.yaml": text(config_map())}
_ROLE = of("rbac.authorization.k8s.io/v1", "ClusterRole", "{name}", rules=[])


def _project(**spec: Any) -> dict[str, Any]:
    everything = {
        "sourceRepos": ["*"],
        "destinations": [{"server": "*", "namespace": "*"}],
        "clusterResourceWhitelist": [],
    }
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": "{name}", "namespace": "argocd"},
        "spec": {**everything, **spec},
    }


def _in(project: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {"around": (project,), "spec": {"project": "{name}", **spec}}


# A window that denies always, whatever the hour.
_CLOSED = {"kind": "deny", "schedule": "* * * * *", "duration": "1h", "applications": ["*"]}

PROJECT_STORIES = (
    Story(
        "project-forbids-kind",
        {"role.yaml": text(_ROLE), **_WELL},
        ended("Failed"),
        "project-forbids",
        "ClusterRole/{name}",
        **_in(_project()),
    ),
    Story(
        "project-forbids-namespaced-kind",
        web(),
        ended("Failed"),
        "project-forbids",
        "Deployment/web",
        **_in(_project(namespaceResourceBlacklist=[{"group": "apps", "kind": "Deployment"}])),
    ),
    Story(
        "project-forbids-destination",
        _WELL,
        compared("InvalidSpecError"),
        "project-forbids",
        play=refresh,
        **_in(_project(destinations=[{"server": "*", "namespace": "team-*"}])),
    ),
    Story(
        "project-forbids-source",
        _WELL,
        compared("InvalidSpecError"),
        "project-forbids",
        play=refresh,
        **_in(_project(sourceRepos=["https://github.com/shop/*"])),
    ),
    Story(
        "project-missing",
        _WELL,
        compared("InvalidSpecError"),
        "project-missing",
        play=wait,
        spec={"project": "nowhere"},
    ),
    Story(
        "window-closed",
        web(),
        lambda look: look.status.get("sync", {}).get("status") == "OutOfSync",
        "window-closed",
        play=refresh,
        **_in(_project(syncWindows=[_CLOSED]), syncPolicy={"automated": {}}),
    ),
)
