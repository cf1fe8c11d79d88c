"""Every operation with arguments that work, and the requests it sends to Argo CD: what faults can strike."""

from dataclasses import dataclass, field
from typing import Any

APP = "/api/v1/applications"
WEB = {"application_name": "guestbook", "resource_name": "web", "resource_kind": "Deployment"}


@dataclass(frozen=True)
class Scene:
    """`requests` are method and path (a regular expression), in the order of sending; `tolerates` may fail unharmed."""

    operation: str
    arguments: dict[str, Any]
    requests: list[tuple[str, str]]
    tolerates: frozenset[str] = frozenset()
    streams: frozenset[str] = field(default=frozenset())

    def __str__(self) -> str:
        return self.operation


def target(name: str) -> str:
    return rf"^{APP}/{name}$"


SCENES = [
    Scene("list_applications", {}, [("GET", rf"^{APP}$")]),
    Scene("get_application", {"name": "guestbook"}, [("GET", target("guestbook"))]),
    Scene(
        "create_application",
        {"name": "fresh", "repo_url": "$REPOSITORIES/apps.git", "path": "waiting", "sync_policy": "Manual"},
        [("GET", target("fresh")), ("POST", rf"^{APP}$")],
    ),
    Scene(
        "update_application",
        {"name": "waves", "metadata": {"labels": {"changed": "true"}}},
        [("GET", target("waves")), ("PATCH", target("waves"))],
    ),
    Scene(
        "delete_application",
        {"name": "multi", "confirm": "multi", "cascade": False},
        [("GET", target("multi")), ("DELETE", target("multi"))],
    ),
    Scene(
        "sync_application",
        {"name": "waiting", "dry_run": True},
        [("GET", target("waiting")), ("POST", rf"^{APP}/waiting/sync$")],
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
        "get_resource_events",
        WEB,
        [("GET", rf"^{APP}/guestbook/resource-tree$"), ("GET", rf"^{APP}/guestbook/events$")],
    ),
    Scene(
        "get_resource_actions",
        WEB,
        [("GET", rf"^{APP}/guestbook/resource-tree$"), ("GET", rf"^{APP}/guestbook/resource/actions$")],
    ),
    Scene(
        "run_resource_action",
        {**WEB, "action_name": "restart"},
        [
            ("GET", rf"^{APP}/guestbook/resource-tree$"),
            ("GET", rf"^{APP}/guestbook/resource/actions$"),
            ("POST", rf"^{APP}/guestbook/resource/actions/v2$"),
        ],
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
        "get_workload_logs",
        WEB,
        [
            ("GET", rf"^{APP}/guestbook/resource-tree$"),
            ("GET", rf"^{APP}/guestbook/resource$"),
            ("GET", rf"^{APP}/guestbook/logs$"),
        ],
        streams=frozenset({rf"^{APP}/guestbook/logs$"}),
    ),
]
