"""Every operation with arguments that work, and the requests it sends to Argo CD: what faults can strike."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.contract.bench import STUCK, config_map, manifest
from tests.contract.git_bench import Bare
from tests.stage import Stage

APP = "/api/v1/applications"
WEB = {"application_name": "guestbook", "resource_name": "web", "resource_kind": "Deployment"}


@dataclass(frozen=True)
class Scene:
    """`requests` are method and path (a regular expression), in the order of sending.

    `tolerates` may fail and is told; `unharmed` may fail and changes nothing, since another request takes its place;
    `asked_again` is what is asked once more where no answer comes; of what is `absent` a 404 is no news. `refused` is
    the code of an operation that cannot be done here, whatever Argo CD says. What `uses_git` takes its time.
    `plans` is the write whose plan is applied; `before` brings about what the operation needs, and
    gives further arguments.
    """

    operation: str
    arguments: dict[str, Any]
    requests: list[tuple[str, str]]
    tolerates: frozenset[str] = frozenset()
    unharmed: frozenset[str] = frozenset()
    asked_again: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()
    refused: str = ""
    uses_git: bool = False
    streams: frozenset[str] = field(default=frozenset())
    plans: tuple[str, dict[str, Any]] | None = None
    before: Callable[[Stage], dict[str, Any]] | None = None

    def __str__(self) -> str:
        return self.operation


WATCH = r"^/api/v1/stream/applications$"
MAY = r"^/api/v1/account/can-i/applications/"
FOLLOWED = frozenset({WATCH})
SIDECAR = {"application_name": "sidecar", "resource_name": "proxy", "resource_kind": "Deployment"}


def running(stage: Stage) -> dict[str, Any]:
    """An application whose sync does not end."""
    if stage.raw("GET", f"{APP}/stuck").status != 200:
        files = {f"app/{name}": text.replace("{name}", "stuck") for name, text in STUCK.items()}
        body = manifest("stuck", stage.new_repository("stuck", {"README.md": "Stuck", **files}))
        assert stage.raw("POST", APP, body=body).status == 200
    if "operation" not in stage.get("stuck"):
        assert stage.raw("POST", f"{APP}/stuck/sync", body={}).status == 200
    return {}


def doomed(stage: Stage) -> dict[str, Any]:
    """An application to delete: a fault that does no harm lets it go."""
    source = {"repoURL": f"{stage.repositories}/apps.git", "path": "waiting", "targetRevision": "main"}
    body = manifest("doomed", "", source=source)
    assert stage.raw("POST", APP, {"upsert": "true"}, body=body).status == 200
    return {}


def deployed(stage: Stage) -> dict[str, Any]:
    """The oldest deployment that is still in the history."""
    return {"history_id": stage.get("waves")["status"]["history"][0]["id"]}


def requested(stage: Stage) -> dict[str, Any]:
    """A branch that can be merged."""
    bare = Bare(stage, "apps", f"{stage.repositories}/apps.git")
    if "refs/heads/request " not in bare.refs():
        bare.branch("request", {"docs/notes.md": "why"})
    return {"pull_request": "request"}


def tracked(stage: Stage) -> dict[str, Any]:
    """An application that Argo CD has seen."""
    if stage.raw("GET", f"{APP}/tracked").status != 200:
        files = {"app/settings.yaml": config_map("tracked")}
        body = manifest("tracked", stage.new_repository("tracked", files))
        assert stage.raw("POST", APP, body=body).status == 200
        assert stage.raw("GET", f"{APP}/tracked", {"refresh": "normal"}).status == 200
    return {}


SETS, SET_PROJECTS = "/api/v1/applicationsets", "/api/v1/projects"


def set_of(name: str) -> dict[str, Any]:
    """A set that makes one application of its own name."""
    source = {"repoURL": "$REPOSITORIES/apps.git", "path": "waiting", "targetRevision": "main"}
    metadata, generators = {"name": "{{name}}"}, [{"list": {"elements": [{"name": f"{name}-made"}]}}]
    return {
        "generators": generators,
        "template": {"metadata": metadata, "spec": manifest("", "", source=source)["spec"]},
    }


def grouped(name: str) -> Callable[[Stage], dict[str, Any]]:
    """A set that has made its application."""

    def before(stage: Stage) -> dict[str, Any]:
        spec = json.loads(json.dumps(set_of(name)).replace("$REPOSITORIES", stage.repositories))
        if stage.raw("GET", f"{SETS}/{name}").status != 200:
            assert stage.raw("POST", SETS, body={"metadata": {"name": name}, "spec": spec}).status == 200
        _wait(lambda: "resources" in stage.raw("GET", f"{SETS}/{name}").json["status"])
        return {}

    return before


def without_sets(stage: Stage) -> dict[str, Any]:
    """None is there."""
    for one in stage.raw("GET", SETS).json["items"] or ():
        assert stage.raw("DELETE", f"{SETS}/{one['metadata']['name']}").status == 200
    return {}


def ungrouped(stage: Stage) -> dict[str, Any]:
    """Neither the set nor its application is there."""
    stage.raw("DELETE", f"{SETS}/fresh-set")
    _wait(lambda: stage.raw("GET", f"{APP}/fresh-set-made", {"project": "default"}).status == 404)
    return {}


def _wait(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def founded(name: str) -> Callable[[Stage], dict[str, Any]]:
    """A project that nobody uses."""

    def before(stage: Stage) -> dict[str, Any]:
        if stage.raw("GET", f"{SET_PROJECTS}/{name}").status != 200:
            body = {"project": {"metadata": {"name": name}, "spec": {"sourceRepos": ["*"]}}}
            assert stage.raw("POST", SET_PROJECTS, body=body).status == 200
        return {}

    return before


def unfounded(stage: Stage) -> dict[str, Any]:
    """The project is not there."""
    stage.raw("DELETE", f"{SET_PROJECTS}/fresh-project")
    return {}


def target(name: str) -> str:
    return rf"^{APP}/{name}$"


def a_set(name: str) -> str:
    return rf"^{SETS}/{name}$"


def a_project(name: str) -> str:
    return rf"^{SET_PROJECTS}/{name}$"


LISTED = rf"^{APP}$"
GENERATE = r"/generate$"
MAY_SETS, MAY_PROJECTS = r"^/api/v1/account/can-i/applicationsets/", r"^/api/v1/account/can-i/projects/"
EFFECTS = [("GET", rf"^{APP}/guestbook/manifests$"), ("GET", rf"^{APP}/guestbook/managed-resources$")]
PROJECTS, CLUSTERS, DETAILS = r"^/api/v1/projects$", r"^/api/v1/clusters$", r"/appdetails$"
READING = frozenset({DETAILS, GENERATE})
LIVE = [
    ("GET", PROJECTS),
    ("GET", CLUSTERS),
    ("GET", r"^/api/v1/projects/default/globalprojects$"),
    ("GET", MAY),
    ("POST", DETAILS),
]
"""What an Argo CD is asked about Applications in files; what it does not tell hides no findings."""
UNTOLD = frozenset(path for _, path in LIVE)
WEB_APPLICATION = {
    "name": "web",
    "project": "default",
    "repo_url": "https://git.example.com/web.git",
    "path": "app",
    "revision": "v1",
    "namespace": "web",
}
LAYOUT = {"service": "shop", "image": "registry.example.com/shop", "tag": "1.0.0", "owners": ["@shop/platform"]}
DECLARED = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: web
  namespace: argocd
spec:
  project: default
  source:
    repoURL: $REPOSITORIES/apps.git
    path: waiting
    targetRevision: main
  destination:
    server: https://kubernetes.default.svc
    namespace: default
"""


SCENES = [
    Scene("list_applications", {}, [("GET", rf"^{APP}$")]),
    Scene("summarize_applications", {}, [("GET", rf"^{APP}$")]),
    Scene("get_application", {"name": "guestbook"}, [("GET", target("guestbook"))]),
    Scene(
        "create_application",
        {"name": "fresh", "repo_url": "$REPOSITORIES/apps.git", "path": "waiting", "sync_policy": "Manual"},
        [("GET", target("fresh")), ("GET", MAY), ("POST", rf"^{APP}$")],
    ),
    Scene(
        "update_application",
        {"name": "waves", "metadata": {"labels": {"changed": "true"}}},
        [("GET", target("waves")), ("GET", MAY), ("PATCH", target("waves"))],
    ),
    Scene(
        "diagnose_application",
        {"name": "guestbook"},
        [
            ("GET", target("guestbook")),
            ("GET", rf"^{APP}/guestbook/resource-tree$"),
            ("GET", rf"^{APP}/guestbook/managed-resources$"),
        ],
        tolerates=frozenset({rf"^{APP}/guestbook/resource-tree$", rf"^{APP}/guestbook/managed-resources$"}),
    ),
    Scene(
        "diff_application",
        {"name": "guestbook"},
        [("GET", target("guestbook")), ("GET", rf"^{APP}/guestbook/managed-resources$")],
    ),
    Scene(
        "get_resource",
        WEB,
        [
            ("GET", target("guestbook")),
            ("GET", rf"^{APP}/guestbook/resource-tree$"),
            ("GET", rf"^{APP}/guestbook/resource$"),
            ("GET", rf"^{APP}/guestbook/managed-resources$"),
            ("GET", rf"^{APP}/guestbook/resource/links$"),
        ],
    ),
    Scene(
        "list_images",
        {"name": "guestbook"},
        [("GET", target("guestbook")), ("GET", rf"^{APP}/guestbook/resource-tree$")],
    ),
    Scene(
        "list_links",
        {"name": "guestbook"},
        [("GET", target("guestbook")), ("GET", rf"^{APP}/guestbook/links$"), ("GET", r"^/api/v1/settings$")],
    ),
    Scene(
        "get_sync_windows",
        {"name": "guestbook"},
        [("GET", target("guestbook")), ("GET", rf"^{APP}/guestbook/syncwindows$")],
    ),
    Scene(
        "get_commit",
        {"name": "guestbook"},
        [("GET", target("guestbook")), ("GET", rf"^{APP}/guestbook/revisions/\w+/metadata$")],
    ),
    Scene(
        "sync_application",
        {"name": "waiting", "dry_run": True},
        [
            ("GET", target("waiting")),
            ("GET", MAY),
            ("GET", rf"^{APP}/waiting/syncwindows$"),
            ("POST", rf"^{APP}/waiting/sync$"),
            ("GET", WATCH),
        ],
        unharmed=FOLLOWED,
    ),
    Scene(
        "wait_for_application",
        {"name": "crashing", "timeout_seconds": 1},
        [("GET", target("crashing")), ("GET", WATCH)],
        unharmed=FOLLOWED,
    ),
    Scene(
        "terminate_operation",
        {"name": "stuck"},
        [("GET", target("stuck")), ("GET", MAY), ("DELETE", rf"^{APP}/stuck/operation$"), ("GET", WATCH)],
        unharmed=FOLLOWED,
        before=running,
    ),
    Scene("refresh_application", {"name": "guestbook"}, [("GET", target("guestbook"))]),
    Scene("get_history", {"name": "guestbook"}, [("GET", target("guestbook"))]),
    Scene(
        "rollback_application",
        {"name": "waves", "confirm": "waves"},
        [
            ("GET", target("waves")),
            ("GET", MAY),
            ("GET", rf"^{APP}/waves/syncwindows$"),
            ("POST", rf"^{APP}/waves/rollback$"),
            ("GET", WATCH),
        ],
        unharmed=FOLLOWED,
        before=deployed,
    ),
    Scene(
        "delete_application",
        {"name": "doomed", "confirm": "doomed", "cascade": False},
        [("GET", target("doomed")), ("GET", MAY), ("DELETE", target("doomed")), ("GET", WATCH)],
        unharmed=FOLLOWED,
        before=doomed,
    ),
    Scene(
        "get_resource_tree",
        {"application_name": "guestbook"},
        [("GET", target("guestbook")), ("GET", rf"^{APP}/guestbook/resource-tree$")],
    ),
    Scene(
        "get_managed_resources",
        {"application_name": "guestbook"},
        [("GET", target("guestbook")), ("GET", rf"^{APP}/guestbook/managed-resources$")],
    ),
    Scene(
        "get_resource_actions",
        WEB,
        [("GET", rf"^{APP}/guestbook/resource-tree$"), ("GET", rf"^{APP}/guestbook/resource/actions$")],
    ),
    Scene(
        "get_application_manifest",
        {"application_name": "guestbook"},
        [("GET", target("guestbook")), ("GET", rf"^{APP}/guestbook/manifests$")],
    ),
    Scene(
        "get_application_parameters",
        {"application_name": "charted"},
        [("GET", target("charted")), ("GET", r"^/api/v1/settings$"), ("POST", r"/appdetails$")],
        tolerates=frozenset({r"/appdetails$"}),
    ),
    Scene(
        "get_resource_events",
        WEB,
        [("GET", rf"^{APP}/guestbook/resource-tree$"), ("GET", rf"^{APP}/guestbook/events$")],
    ),
    Scene(
        "get_workload_logs",
        WEB,
        [
            ("GET", rf"^{APP}/guestbook/resource-tree$"),
            ("GET", rf"^{APP}/guestbook/resource$"),
            ("GET", rf"^{APP}/guestbook/logs$"),
        ],
        streams=frozenset({rf"^{APP}/guestbook/logs$"}),
    ),
    Scene(
        "run_resource_action",
        {**WEB, "action_name": "restart"},
        [
            ("GET", target("guestbook")),
            ("GET", rf"^{APP}/guestbook/resource-tree$"),
            ("GET", rf"^{APP}/guestbook/resource/actions$"),
            ("GET", rf"^{APP}/guestbook/events$"),
            ("POST", rf"^{APP}/guestbook/resource/actions/v2$"),
        ],
    ),
    Scene(
        "patch_resource",
        {**WEB, "patch": {"metadata": {"labels": {"changed": "true"}}}},
        [
            ("GET", target("guestbook")),
            ("GET", rf"^{APP}/guestbook/resource-tree$"),
            ("GET", rf"^{APP}/guestbook/resource$"),
            ("POST", rf"^{APP}/guestbook/resource$"),
        ],
    ),
    Scene(
        "delete_resource",
        {**SIDECAR, "confirm": "proxy"},
        [
            ("GET", target("sidecar")),
            ("GET", rf"^{APP}/sidecar/resource-tree$"),
            ("DELETE", rf"^{APP}/sidecar/resource$"),
        ],
    ),
    Scene("list_projects", {}, [("GET", PROJECTS), ("GET", LISTED)]),
    Scene("list_clusters", {}, [("GET", CLUSTERS)]),
    Scene("list_repositories", {}, [("GET", r"^/api/v1/repositories$"), ("GET", r"^/api/v1/repocreds$")]),
    Scene(
        "list_applicationsets",
        {},
        [("GET", r"^/api/v1/applicationsets$"), ("GET", LISTED), ("GET", r"^/api/v1/account/can-i/applicationsets/")],
        before=without_sets,
    ),
    Scene("get_account", {}, [("GET", r"^/api/v1/session/userinfo$"), ("GET", r"^/api/v1/account/ci$")]),
    Scene("check_right", {"resource": "applications", "action": "sync"}, [("GET", MAY)]),
    Scene(
        "get_settings",
        {},
        [("GET", r"^/api/version$"), ("GET", r"^/api/v1/settings$"), ("GET", r"^/api/v1/settings/plugins$")],
    ),
    Scene(
        "preview_applicationset",
        {"name": "grouped", "spec": {"goTemplate": False}},
        [("GET", a_set("grouped")), ("POST", GENERATE), ("GET", LISTED)],
        before=grouped("grouped"),
    ),
    Scene(
        "create_applicationset",
        {"name": "fresh-set", "spec": set_of("fresh-set")},
        [
            ("GET", a_set("fresh-set")),
            ("GET", MAY_SETS),
            ("POST", GENERATE),
            ("GET", r"^/api/v1/settings$"),
            ("GET", LISTED),
            ("GET", MAY),
            ("POST", rf"^{SETS}$"),
        ],
        absent=frozenset({a_set("fresh-set")}),
        before=ungrouped,
    ),
    Scene(
        "update_applicationset",
        {"name": "grouped", "metadata": {"labels": {"changed": "true"}}},
        [("GET", a_set("grouped")), ("GET", MAY_SETS), ("POST", GENERATE), ("GET", LISTED), ("POST", rf"^{SETS}$")],
        before=grouped("grouped"),
    ),
    Scene(
        "delete_applicationset",
        {"name": "doomed-set", "confirm": "doomed-set"},
        [("GET", a_set("doomed-set")), ("GET", MAY_SETS), ("GET", LISTED), ("DELETE", a_set("doomed-set"))],
        uses_git=True,
        before=grouped("doomed-set"),
    ),
    Scene(
        "create_project",
        {"name": "fresh-project", "spec": {"sourceRepos": ["*"]}},
        [("GET", MAY_PROJECTS), ("GET", a_project("fresh-project")), ("POST", PROJECTS)],
        absent=frozenset({a_project("fresh-project")}),
        before=unfounded,
    ),
    Scene(
        "update_project",
        {"name": "founded", "metadata": {"labels": {"changed": "true"}}},
        [("GET", a_project("founded")), ("GET", MAY_PROJECTS), ("PUT", a_project("founded"))],
        before=founded("founded"),
    ),
    Scene(
        "delete_project",
        {"name": "doomed-project", "confirm": "doomed-project"},
        [
            ("GET", a_project("doomed-project")),
            ("GET", MAY_PROJECTS),
            ("GET", LISTED),
            ("GET", rf"^{SETS}$"),
            ("DELETE", a_project("doomed-project")),
        ],
        before=founded("doomed-project"),
    ),
    Scene("list_templates", {}, []),
    Scene("render_template", {"template": "application-plain", "values": WEB_APPLICATION}, []),
    Scene(
        "scaffold_repository",
        {"repository": "apps.git", "values": LAYOUT},
        [("GET", LISTED), ("GET", PROJECTS), ("GET", CLUSTERS), ("GET", MAY), ("POST", DETAILS)],
        tolerates=frozenset({LISTED}),
        unharmed=UNTOLD,
        uses_git=True,
    ),
    Scene(
        "validate_manifests",
        {"files": {"web.yaml": DECLARED}},
        [("GET", LISTED), *LIVE],
        unharmed=UNTOLD | {LISTED},
        uses_git=True,
    ),
    Scene(
        "plan_change",
        {"application_name": "guestbook", "image": "v9"},
        [("GET", target("guestbook")), ("GET", LISTED)],
        tolerates=frozenset({LISTED}),
        uses_git=True,
    ),
    Scene(
        "open_pull_request",
        {"application_name": "guestbook", "image": "v9"},
        [("GET", target("guestbook")), ("GET", LISTED), *EFFECTS],
        tolerates=frozenset({LISTED, *(path for _, path in EFFECTS)}),
        uses_git=True,
    ),
    Scene("get_pull_request", {"repository": "apps.git"}, [], before=requested),
    Scene(
        "comment_pull_request",
        {"repository": "apps.git", "body": "fine"},
        [],
        refused="failed_precondition",
        before=requested,
    ),
    Scene("merge_pull_request", {"repository": "apps.git", "confirm": "request"}, [], before=requested),
    Scene(
        "track_change",
        {"repository": "tracked.git", "commit": "main", "until": "seen", "timeout_seconds": 5},
        [("GET", LISTED), ("GET", target("tracked"))],
        asked_again=frozenset({target("tracked")}),
        uses_git=True,
        before=tracked,
    ),
    Scene(
        "apply_plan",
        {},
        [("GET", target("waves")), ("GET", MAY), ("PATCH", target("waves"))],
        plans=("update_application", {"name": "waves", "metadata": {"labels": {"planned": "true"}}}),
    ),
]
