"""Every operation with arguments that work, and the requests it sends to Argo CD: what faults can strike."""

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
    `asked_again` is what is asked once more where no answer comes. `refused` is the code of an operation that cannot
    be done here, whatever Argo CD says. What `uses_git` takes its time.
    `plans` is the write whose plan is applied; `before` brings about what the operation needs, and
    gives further arguments.
    """

    operation: str
    arguments: dict[str, Any]
    requests: list[tuple[str, str]]
    tolerates: frozenset[str] = frozenset()
    unharmed: frozenset[str] = frozenset()
    asked_again: frozenset[str] = frozenset()
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


def target(name: str) -> str:
    return rf"^{APP}/{name}$"


LISTED = rf"^{APP}$"
EFFECTS = [("GET", rf"^{APP}/guestbook/manifests$"), ("GET", rf"^{APP}/guestbook/managed-resources$")]
PROJECTS, CLUSTERS, DETAILS = r"^/api/v1/projects$", r"^/api/v1/clusters$", r"/appdetails$"
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
    ),
    Scene("get_account", {}, [("GET", r"^/api/v1/session/userinfo$"), ("GET", r"^/api/v1/account/ci$")]),
    Scene("check_right", {"resource": "applications", "action": "sync"}, [("GET", MAY)]),
    Scene(
        "get_settings",
        {},
        [("GET", r"^/api/version$"), ("GET", r"^/api/v1/settings$"), ("GET", r"^/api/v1/settings/plugins$")],
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
