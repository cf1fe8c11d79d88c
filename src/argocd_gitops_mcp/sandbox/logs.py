"""What the containers of the simulated cluster have written, and the stream of log entries that the API makes of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from argocd_gitops_mcp.sandbox import tree
from argocd_gitops_mcp.sandbox.errors import StatusError, invalid, unknown
from argocd_gitops_mcp.sandbox.failures import LAST_WORDS
from argocd_gitops_mcp.sandbox.pods import READY_AFTER
from argocd_gitops_mcp.sandbox.world import Application, Key, Object, World

MOST_PODS = 10
HISTORY = 150  # lines a container writes as it starts
EVERY = 2.0  # seconds between the lines of a running container
KEPT = 1000  # lines kept per container
_UNBORN = ("ContainerCreating", "PodInitializing", "CreateContainerConfigError")
NEVER = datetime.min.replace(tzinfo=UTC)
PATHS = ("/", "/healthz", "/cart", "/products?page=2", "/checkout", "/static/site.css")


@dataclass(frozen=True)
class Line:
    """One line with the pod that wrote it; an error has no pod and no time."""

    moment: datetime
    text: str
    pod: str = ""


@dataclass(frozen=True)
class Request:
    """The parameters of a log request, already parsed."""

    kind: str = ""
    group: str = ""
    namespace: str = ""
    name: str = ""
    container: str = ""
    tail: int = 0
    since: int = 0
    previous: bool = False
    filter: str = ""
    match_case: bool = False
    until: datetime | None = None


def parse(query: dict[str, str], pod: str = "") -> Request:
    """Query parameters by their API names; a pod's name forces the kind."""
    if "sinceTime" in query:
        raise invalid("field type *v1.Time is not supported in query parameters")
    pod = pod or query.get("podName", "")
    try:
        until = datetime.fromisoformat(query["untilTime"]) if query.get("untilTime") else None
    except ValueError as error:
        text = (
            f'parsing time "{query["untilTime"]}" as "2006-01-02T15:04:05.999999999Z07:00": cannot parse it as "2006"'
        )
        raise unknown(f"invalid untilTime parameter value: {text}") from error
    return Request(
        kind="Pod" if pod else query.get("kind", ""),
        group=query.get("group", ""),
        namespace=query.get("namespace", ""),
        name=pod or query.get("resourceName", ""),
        container=query.get("container", ""),
        tail=_integer(query.get("tailLines", "")),
        since=_integer(query.get("sinceSeconds", "")),
        previous=query.get("previous", "") in {"true", "1", "t", "T", "True", "TRUE"},
        filter=query.get("filter", ""),
        match_case=query.get("matchCase", "") in {"true", "1", "t", "T", "True", "TRUE"},
        until=until,
    )


def _integer(text: str) -> int:
    try:
        return int(text or 0)
    except ValueError as error:
        raise invalid(f'strconv.ParseInt: parsing "{text}": invalid syntax') from error


def select(world: World, application: Application, request: Request) -> list[Object]:
    """The pods that match, or that have an ancestor in the tree that does."""
    nodes = {node["uid"]: node for node in tree.nodes(world, application) if "uid" in node}
    pods = [world.objects[_key(n)] for n in nodes.values() if n["kind"] == "Pod" and _chain_matches(nodes, n, request)]
    if len(pods) > MOST_PODS:
        raise invalid("max pods to view logs are reached. Please provide more granular query")
    return pods


def _key(node: Object) -> Key:
    return Key(node.get("group", ""), node["kind"], node.get("namespace", ""), node["name"])


def _chain_matches(nodes: dict[str, Object], node: Object | None, request: Request) -> bool:
    while node is not None:
        pairs = (
            (request.kind, "kind"),
            (request.group, "group"),
            (request.namespace, "namespace"),
            (request.name, "name"),
        )
        if all(not wanted or node.get(name, "") == wanted for wanted, name in pairs):
            return True
        parents = node.get("parentRefs", ())
        node = nodes.get(parents[0]["uid"]) if parents else None
    return False


def collect(world: World, pods: list[Object], request: Request, after: datetime = NEVER) -> list[Line]:
    """The lines of all pods written after a moment, merged by time; a pod's error is a line of its own."""
    lines: list[Line] = []
    for pod in pods:
        try:
            written = list(_written(world, pod, _container(pod, request), previous=request.previous))
        except StatusError as error:
            lines += [] if after > NEVER else [Line(NEVER, error.message)]
            continue
        if request.since:
            oldest = world.clock() - timedelta(seconds=request.since)
            written = [line for line in written if line.moment >= oldest]
        # tailLines bounds what is there at first; what a container writes later comes in full.
        cut = -request.tail if request.tail > 0 and after == NEVER else None
        lines += [line for line in written[cut:] if line.moment > after]
    return sorted(lines, key=lambda line: line.moment)


def passes(line: Line, request: Request) -> bool:
    """Whether the filter lets a line through; it sees only what tailLines left."""
    wanted, text = request.filter, line.text
    if not wanted:
        return True
    inverse = wanted.startswith("!")
    wanted = wanted.removeprefix("!")
    if not request.match_case:
        wanted, text = wanted.lower(), text.lower()
    return (wanted in text) is not inverse


def entry(line: Line, *, last: bool = False) -> Object:
    shown: Object = {"content": line.text, "timeStamp": None, "timeStampStr": "0001-01-01T00:00:00Z"}
    if line.moment > NEVER:
        shown["timeStamp"] = line.moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        fraction = line.moment.strftime("%f").ljust(9, "0").rstrip("0")
        shown["timeStampStr"] = line.moment.strftime("%Y-%m-%dT%H:%M:%S") + (f".{fraction}" if fraction else "") + "Z"
    return {**shown, "podName": line.pod, "last": last}


def _container(pod: Object, request: Request) -> Object:
    containers = pod["spec"]["containers"]
    names = " ".join(container["name"] for container in containers)
    name = pod["metadata"]["name"]
    if not request.container:
        if len(containers) > 1:
            raise invalid(f"a container name must be specified for pod {name}, choose one of: [{names}]")
        return dict(containers[0])
    every = [*containers, *pod["spec"].get("initContainers", ())]
    found = next((container for container in every if container["name"] == request.container), None)
    if found is None:
        raise invalid(f"container {request.container} is not valid for pod {name}")
    return dict(found)


def _written(world: World, pod: Object, container: Object, *, previous: bool) -> Iterator[Line]:
    name, pod_name = container["name"], pod["metadata"]["name"]
    every = [*pod["status"].get("initContainerStatuses", ()), *pod["status"].get("containerStatuses", ())]
    statuses = {status["name"]: status for status in every}
    status = statuses.get(name, {})
    waiting = status.get("state", {}).get("waiting", {}).get("reason", "")
    # Kubernetes' own texts, not yet seen: the testbed's kubelet writes logs whatever the state of a container.
    if previous and not status.get("restartCount"):
        raise invalid(f'previous terminated container "{name}" in pod "{pod_name}" not found')
    if waiting == "ImagePullBackOff":
        raise invalid(f'container "{name}" in pod "{pod_name}" is waiting to start: trying and failing to pull image')
    if not status or waiting in _UNBORN:
        why = waiting or "ContainerCreating"
        raise invalid(f'container "{name}" in pod "{pod_name}" is waiting to start: {why}')
    start = world.born[pod["metadata"]["uid"]] + timedelta(seconds=READY_AFTER)
    failed = status["state"].get("terminated", {}).get("exitCode") or waiting == "CrashLoopBackOff"
    texts = _crash(container) if failed or status.get("lastState") else _history(container)
    for number, text in enumerate(texts):
        yield Line(start + timedelta(microseconds=500 * number + 1), text, pod_name)
    if "running" in status.get("state", {}):
        written = int((world.clock() - start).total_seconds() / EVERY)
        for number in range(max(1, written - KEPT), written + 1):
            yield Line(start + timedelta(seconds=EVERY * number), _request(number), pod_name)


def _history(container: Object) -> Iterator[str]:
    yield f"starting {container['image']} as {container['name']}"
    for number in range(HISTORY - 2):
        yield _request(number)
    yield "ready to serve"


def _request(number: int) -> str:
    level, status = ("WARN", 404) if not (number + 1) % 29 else ("INFO", 200)
    return f"{level} GET {PATHS[number % len(PATHS)]} {status} {1 + number * 7 % 23}ms id={number:04d}"


def _crash(container: Object) -> Iterator[str]:
    if container["name"] in LAST_WORDS:
        yield from LAST_WORDS[container["name"]]
        return
    yield f"starting {container['image']} as {container['name']}"
    yield "INFO reading configuration"
    yield "ERROR cannot connect to database db:5432: connection refused"
    yield "FATAL giving up after 3 attempts, exit code 1"
