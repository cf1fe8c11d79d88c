"""Sync windows of projects: which ones apply to an application, which are open, and whether it may sync."""

from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from argocd_gitops_mcp.sandbox import cron, durations
from argocd_gitops_mcp.sandbox.world import Application, Object, World


def allow(world: World, application: Application, *, manual: bool) -> bool:
    """Whether the windows let the application sync now."""
    found = assigned(world, application)
    open_ = active(world, found)
    denying = [window for window in open_ if window["kind"] == "deny"]
    if denying:
        return manual and all(window.get("manualSync") for window in denying)
    if any(window["kind"] == "allow" for window in open_):
        return True
    closed = [window for window in found if window["kind"] == "allow"]
    return not closed or (manual and all(window.get("manualSync") for window in closed))


def assigned(world: World, application: Application) -> list[Object]:
    """The windows of its project that name the application, its cluster or its namespace."""
    project = world.projects.get(application.project, {"spec": {}})
    return [window for window in project["spec"].get("syncWindows") or () if _names(window, application)]


def active(world: World, windows: list[Object]) -> list[Object]:
    now = world.clock()
    return [window for window in windows if _is_open(window, now)]


def shown(windows: list[Object]) -> list[Object]:
    """As the API tells them: less than the project knows."""
    return [
        {
            **{name: window[name] for name in ("kind", "schedule", "duration")},
            "manualSync": bool(window.get("manualSync")),
        }
        for window in windows
    ]


def checked(window: Object) -> Object:
    """A window as it is stored, or ValueError."""
    if window.get("kind") not in {"allow", "deny"}:
        raise ValueError(f"kind '{window.get('kind', '')}' mismatch: can only be allow or deny")
    schedule, duration = window.get("schedule", ""), window.get("duration", "")
    try:
        cron.parse(schedule)
    except ValueError as error:
        raise ValueError(f"cannot parse schedule '{schedule}': {error}") from error
    try:
        durations.seconds(duration)
    except ValueError as error:
        raise ValueError(f"cannot parse duration '{duration}': {error}") from error
    zone = window.get("timeZone") or "UTC"
    return {**window, "timeZone": zone if _zone(zone) else "UTC"}


def _names(window: Object, application: Application) -> bool:
    destination = application.spec["destination"]
    values = {
        "applications": [application.name],
        "clusters": [destination.get("name"), destination.get("server")],
        "namespaces": [application.target_namespace],
    }
    said = [
        any(fnmatchcase(value, pattern) for value in values[part] if value for pattern in window[part])
        for part in values
        if window.get(part)
    ]
    return bool(said) and (all(said) if window.get("andOperator") else any(said))


def _is_open(window: Object, now: datetime) -> bool:
    # The schedule is read as local time at the zone's present offset.
    offset = now.astimezone(_zone(window.get("timeZone", "UTC"))).utcoffset() or timedelta()
    return cron.parse(window["schedule"]).started_within(now + offset, durations.seconds(window["duration"]))


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None
