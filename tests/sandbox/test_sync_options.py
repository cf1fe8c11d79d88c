"""What a sync can be told: strategy, retries, options, single resources, revisions of several sources."""

from collections.abc import Iterator
from typing import Any

import pytest

from argocd_gitops_mcp.sandbox.server import Sandbox
from tests.sandbox.conftest import Client, application, config, deployment, done

APPS = "/api/v1/applications"
SSA = {"items": ["ServerSideApply=true"]}
REPLACE = {"items": ["Replace=true"]}


def start(client: Client, name: str, **body: Any) -> Any:
    """The operation as the answer shows it."""
    status, answer = client("POST", f"{APPS}/{name}/sync", body)
    assert status == 200, answer
    return answer["operation"]


def refused(client: Client, name: str, **body: Any) -> tuple[int, int, str]:
    status, answer = client("POST", f"{APPS}/{name}/sync", body)
    return status, answer["code"], answer["message"]


def ended(client: Client, name: str, **body: Any) -> tuple[Any, list[str]]:
    """The state of an operation that has ended, and what it says about each resource."""
    start(client, name, **body)
    state = done(client, name)["status"]["operationState"]
    return state, [row["message"] for row in state["syncResult"].get("resources", [])]


def test_strategy_is_shown_as_it_was_read(client: Client, new_app: str) -> None:
    shown = {
        (("apply", ()),): {"apply": {}},
        (("apply", (("force", True),)),): {"apply": {"force": True}},
        (("hook", (("force", False),)),): {"hook": {}},
        (("nonsense", ()),): {},
    }
    for given, expected in shown.items():
        strategy = {name: dict(fields) for name, fields in given}
        assert start(client, new_app, strategy=strategy, dryRun=True)["sync"]["syncStrategy"] == expected
        done(client, new_app)
    assert refused(client, new_app, strategy="apply")[2] == (
        "json: cannot unmarshal string into Go struct field ApplicationSyncRequest.strategy "
        "of type v1alpha1.SyncStrategy"
    )
    assert refused(client, new_app, strategy={"apply": {"force": "yes"}})[2] == (
        "json: cannot unmarshal string into Go struct field ApplicationSyncRequest.strategy.apply.force of type bool"
    )


def test_retries_are_shown_as_they_were_read(client: Client, new_app: str) -> None:
    backoff = {"duration": "5s", "factor": 2, "maxDuration": "3m"}
    retry = {"limit": 1, "refresh": True, "backoff": backoff}
    assert start(client, new_app, retryStrategy=retry, dryRun=True)["retry"] == retry
    done(client, new_app)
    assert start(client, new_app, retryStrategy={"limit": 0, "backoff": {}}, dryRun=True)["retry"] == {"backoff": {}}
    done(client, new_app)
    assert refused(client, new_app, retryStrategy={"limit": "3"}) == (
        400,
        3,
        "json: cannot unmarshal string into Go struct field ApplicationSyncRequest.retryStrategy.limit of type int64",
    )


def test_a_backoff_that_is_none(client: Client, sandbox: Sandbox, new_app: str) -> None:
    sandbox.commit(new_app, {"app/gadget.yaml": "apiVersion: example.com/v1\nkind: Gadget\nmetadata: {name: g}\n"})
    state, _ = ended(client, new_app, retryStrategy={"limit": 1, "backoff": {"duration": "soon"}})
    assert state["phase"] == "Error"
    assert state["message"].endswith("(failed to retry: unable to parse soon as a duration)")


def test_a_retry_with_refresh_takes_the_new_revision(client: Client, sandbox: Sandbox, new_app: str) -> None:
    sandbox.commit(new_app, {"app/gadget.yaml": "apiVersion: example.com/v1\nkind: Gadget\nmetadata: {name: g}\n"})
    backoff = {"duration": "1s", "factor": 1}
    start(client, new_app, retryStrategy={"limit": 2, "refresh": True, "backoff": backoff})
    sha = sandbox.commit(new_app, {"app/gadget.yaml": None})
    state = done(client, new_app)["status"]["operationState"]
    assert (state["phase"], state["syncResult"]["revision"]) == ("Succeeded", sha)
    assert "revision" not in state["operation"]["sync"]


def test_what_a_sync_says(client: Client, sandbox: Sandbox, new_app: str) -> None:
    first = [f"namespace/{new_app} created", "configmap/settings created", "deployment.apps/web created"]
    dry = ended(client, new_app, dryRun=True)
    assert (dry[0]["message"], dry[1]) == ("successfully synced (no more tasks)", [f"{m} (dry run)" for m in first])
    assert ended(client, new_app)[1] == first
    assert ended(client, new_app)[1] == ["configmap/settings unchanged", "deployment.apps/web unchanged"]
    sandbox.commit(new_app, {"app/settings.yaml": None, "app/web.yaml": deployment("v2")})
    assert ended(client, new_app, dryRun=True)[1] == [
        "ignored (requires pruning)",
        "deployment.apps/web configured (dry run)",
    ]
    assert ended(client, new_app, dryRun=True, prune=True)[1][0] == "pruned (dry run)"
    state, messages = ended(client, new_app, prune=True)
    assert messages == ["pruned", "deployment.apps/web configured"]
    assert [row["hookPhase"] for row in state["syncResult"]["resources"]] == ["Succeeded", "Running"]


def test_only_what_is_out_of_sync(client: Client, sandbox: Sandbox, new_app: str) -> None:
    ended(client, new_app)
    sandbox.commit(new_app, {"app/settings.yaml": config("red")})
    only = {"items": ["ApplyOutOfSyncOnly=true"]}
    assert ended(client, new_app, syncOptions=only)[1] == ["configmap/settings configured"]
    state, messages = ended(client, new_app, syncOptions=only)
    assert (state["message"], messages) == ("successfully synced (no more tasks)", [])
    assert len(client.app(new_app)["status"]["history"]) == 3


def test_server_side_apply(client: Client, new_app: str) -> None:
    both = [f"{name} serverside-applied" for name in ("configmap/settings", "deployment.apps/web")]
    options = {"items": ["ServerSideApply=true", "CreateNamespace=true"]}
    assert ended(client, new_app, syncOptions=options)[1][1:] == both
    assert ended(client, new_app, syncOptions=SSA)[1] == both
    said = ended(client, new_app, syncOptions=SSA, dryRun=True)[1][0]
    assert said.startswith("configmap/settings configured (dry run). Warning: resource configmaps/settings is missing")


def test_replace_and_force(client: Client, sandbox: Sandbox, new_app: str) -> None:
    ended(client, new_app)
    assert ended(client, new_app, syncOptions=REPLACE)[1] == [
        "configmap/settings replaced",
        "deployment.apps/web replaced",
    ]
    assert ended(client, new_app, syncOptions=REPLACE, strategy={"hook": {"force": True}})[1][0] == (
        f'configmap "settings" deleted from {new_app} namespace\nconfigmap/settings replaced'
    )
    sandbox.commit(new_app, {"app/web.yaml": deployment("v1").replace("app: web", "app: other")})
    state, messages = ended(client, new_app)
    immutable = (
        'Deployment.apps "web" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: '
        "field is immutable"
    )
    assert messages[1].startswith('error when patching "/dev/shm/')
    assert messages[1].endswith(immutable)
    assert state["message"] == f"one or more synchronization tasks completed unsuccessfully, reason: {messages[1]}"
    assert ended(client, new_app, strategy={"apply": {"force": True}})[1][1] == "deployment.apps/web configured"


def test_some_of_it_fails(client: Client, sandbox: Sandbox, new_app: str) -> None:
    sandbox.commit(new_app, {"app/web.yaml": deployment("v1").replace("replicas: 1", "replicas: -1")})
    assert ended(client, new_app, dryRun=True)[0]["phase"] == "Succeeded"
    state, _ = ended(client, new_app)
    reason = 'Deployment.apps "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0'
    text = f"one or more synchronization tasks completed unsuccessfully, reason: {reason}"
    assert (state["phase"], state["message"]) == ("Failed", text)
    rows = state["syncResult"]["resources"][1:]
    assert [(row["status"], row["hookPhase"]) for row in rows] == [("Synced", "Succeeded"), ("SyncFailed", "Failed")]


def test_an_object_without_a_name(client: Client, sandbox: Sandbox, new_app: str) -> None:
    sandbox.commit(new_app, {"app/settings.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n"})
    state, messages = ended(client, new_app)
    assert state["message"] == "one or more objects failed to apply (dry run)"
    assert messages[0].endswith(": resource name may not be empty")


@pytest.mark.parametrize(
    ("resources", "synced"),
    [
        ([{"kind": "ConfigMap", "name": "settings"}], ["ConfigMap"]),
        ([{"group": "apps", "kind": "Deployment", "name": "web"}], ["Deployment"]),
        ([{"kind": "Deployment", "name": "web"}], []),
        ([{"group": "*", "kind": "*", "name": "*"}], []),
        ([{"kind": "ConfigMap", "name": "settings", "namespace": "other"}], []),
        ([{"kind": "ConfigMap"}], []),
    ],
)
def test_single_resources(client: Client, new_app: str, resources: list[Any], synced: list[str]) -> None:
    shown = start(client, new_app, resources=resources, dryRun=True)["sync"]["resources"]
    assert shown == [{**resources[0], "name": resources[0].get("name", "")}]
    state = done(client, new_app)["status"]["operationState"]
    assert state["phase"] == "Succeeded"
    assert [row["kind"] for row in state["syncResult"].get("resources", [])] == ["Namespace", *synced]


def test_commits_by_their_sha(client: Client, sandbox: Sandbox, new_app: str) -> None:
    sha = client.app(new_app)["status"]["sync"]["revision"]
    sandbox.commit(new_app, {"app/settings.yaml": config("red")})
    assert start(client, new_app, revision=sha[:8])["sync"]["revision"] == sha[:8]
    state = done(client, new_app)["status"]["operationState"]
    assert (state["phase"], state["syncResult"]["revision"]) == ("Succeeded", sha)
    for revision in ("HEAD~1", "main~1", "origin/main", sha[:6]):
        assert refused(client, new_app, revision=revision) == (
            400,
            9,
            (
                "error resolving repo revision: rpc error: code = Unknown desc = "
                f"unable to resolve '{revision}' to a commit SHA: revision not found"
            ),
        )
    state, _ = ended(client, new_app, revision="0" * 40)
    assert state["phase"] == "Error"
    assert "Failed to checkout revision " + "0" * 40 in state["message"]
    status, answer = client("GET", f"{APPS}/{new_app}/manifests?revision=abcdef1")
    assert (status, answer["code"]) == (500, 2)
    assert answer["message"].endswith("fatal: couldn't find remote ref abcdef1")


@pytest.fixture
def several(client: Client, sandbox: Sandbox) -> Iterator[tuple[str, str, str]]:
    """An application of two sources, and an older and the newest commit of its repository."""
    url = sandbox.new_repository("several", {"one/web.yaml": deployment("v1"), "two/settings.yaml": config("blue")})
    old = sandbox.world.git.resolve(sandbox.world.git.root / "several.git", "main")
    new = sandbox.commit("several", {"two/settings.yaml": config("red")})
    sources = [{"repoURL": url, "path": path, "targetRevision": "main"} for path in ("one", "two")]
    body = application("several", {}, sources=sources)
    del body["spec"]["source"]
    assert client("POST", APPS, body)[0] == 200
    yield "several", str(old), new
    client("DELETE", f"{APPS}/several")


def test_revisions_of_several_sources(client: Client, several: tuple[str, str, str]) -> None:
    name, old, new = several

    def colors(query: str = "") -> list[str]:
        manifests = client.get(f"{APPS}/{name}/manifests{query}")["manifests"]
        return [text.partition('"color":"')[2].partition('"')[0] for text in manifests if '"color"' in text]

    def wanted(**body: Any) -> list[str]:
        revisions: list[str] = start(client, name, dryRun=True, **body)["sync"]["revisions"]
        assert done(client, name)["status"]["operationState"]["syncResult"]["revisions"] == revisions
        return revisions

    assert wanted(revisions=[old], sourcePositions=[2]) == [new, old]
    assert wanted(revisions=[old]) == [new, new]
    assert wanted(revisions=[""], sourcePositions=[1]) == [new, new]
    assert refused(client, name, revisions=[old], sourcePositions=[1, 2]) == (
        500,
        13,
        "runtime error: index out of range [1] with length 1",
    )
    assert refused(client, name, revisions=[old], sourcePositions=[0]) == (500, 2, "source position is out of range")
    assert refused(client, name, revisions=[old], sourcePositions=["2"])[2] == (
        "json: cannot unmarshal string into ApplicationSyncRequest.sourcePositions.0 of type int64"
    )
    assert (colors(), colors(f"?revisions={old}&sourcePositions=2"), colors("?revision=norev")) == (
        ["red"],
        ["blue"],
        ["red"],
    )
    path = f"{APPS}/{name}/manifests?revisions=norev&sourcePositions="
    assert client("GET", f"{path}2")[1]["message"] == "unable to resolve 'norev' to a commit SHA: revision not found"
    assert client("GET", f"{path}3")[1]["message"] == "source position is out of range"
    assert client("GET", f"{path}x")[1]["message"] == 'strconv.ParseInt: parsing "x": invalid syntax'
