"""The main job, step by step: from an empty repository to a healthy application, through a bad release, to its end."""

import re

from argocd_gitops_mcp.demo import layout
from argocd_gitops_mcp.demo.play import Play, record

_ADDED = "add-application"
_IN_CLUSTER = "https://kubernetes.default.svc"
_NAMESPACE = "default"
_REPLICAS = 2
_RESOURCES = ("Deployment", "Service")
_CHANGED = {"spec.source.targetRevision", "spec.syncPolicy"}
_ID = re.compile(r"^(\d+) ", re.MULTILINE)
_POD = re.compile(r"^\s*Pod/(\S+) (.*)$", re.MULTILINE)


async def deploy(play: Play) -> None:
    """Steps 1 to 8: a healthy application."""
    await _prepare(play)
    await _create(play)
    await _validate(play)
    await _review(play)
    await _release(play)
    await _monitor(play)


async def repair(play: Play) -> None:
    """A bad release, its cause, and the way forward."""
    await _break(play)
    await _diagnose(play)
    await _roll_back(play)
    await _roll_forward(play)


async def retire(play: Play) -> None:
    """An action, and the end."""
    await _restart(play)
    await _delete(play)


async def _prepare(play: Play) -> None:
    await play.step(
        "Read the workflow guide", "An agent that knows nothing of Argo CD starts here: ten steps with their calls."
    )
    guide = await play.read("argocd://workflow_guide")
    play.check("the guide has its ten steps", all(f"\n### {number}. " in guide.text for number in range(1, 11)))

    await play.step("Look around", "What does this token see? The worst applications come first.")
    listed = await play.application("list", limit=5)
    play.check("Argo CD answers, and takes the token", not listed.is_error)

    await play.step(
        "Lay out the repository",
        "A new repository gets a README on main; a branch gets a base and an overlay for production. "
        "It is a plain bare repository in a temporary folder.",
    )
    files = layout.application(play.name)
    begun = play.repository.begin(layout.readme(play.name))
    play.screen.files({name: text for name, text in files.items() if name.startswith("overlays/")})
    play.screen.commands(
        [*begun, *play.repository.branch(_ADDED, files, f"Add {play.name} with a base and a production overlay")]
    )


async def _create(play: Play) -> None:
    await play.step(
        "Create the Application",
        "It follows the branch for now. Manual deploys nothing yet: the safe way to look before anything changes.",
    )
    created = record(
        await play.application(
            "create",
            project="default",
            repo_url=play.repository.url,
            path=layout.OVERLAY,
            target_revision=_ADDED,
            destination_server=_IN_CLUSTER,
            destination_namespace=_NAMESPACE,
            sync_policy="Manual",
        ),
    )
    play.check(
        "it was created, with a Manual policy", created["result"] == "created" and created.get("syncPolicy") == "Manual"
    )


async def _validate(play: Play) -> None:
    await play.step(
        "Validate",
        "Argo CD renders the branch, and a dry run asks Kubernetes whether it would take it. "
        "This release checks no more: no schemas, no policies.",
    )
    rendered = await play.resource("get_application_manifest", revision=_ADDED)
    play.check(
        "a Deployment and a Service are rendered, with the overlay's tag and replicas",
        all(
            part in rendered.text
            for part in ("kind: Deployment", "kind: Service", f"shop:{layout.GOOD}", "replicas: 2")
        ),
    )
    tried = record(await play.application("sync", dry_run=True))
    play.check(
        "the dry run succeeded and applied nothing", tried.get("phase") == "Succeeded" and "dry run" in tried["result"]
    )
    await play.application_until(
        "nothing is deployed", lambda app: app["sync"] == "OutOfSync" and app["health"] == "Missing"
    )


async def _review(play: Play) -> None:
    await play.step(
        "Review and merge",
        "The reviewer reads what is in effect. The forge half (opening a pull request, its approval) "
        "is not part of this release: here git merges, as a forge would.",
    )
    shown = await play.resource("get_application_parameters")
    play.check("the image in effect is the one of the overlay", f"shop:{layout.GOOD}" in shown.text)
    play.screen.commands(play.repository.merge(_ADDED, f"Merge {_ADDED}"))


async def _release(play: Play) -> None:
    await play.step(
        "Release",
        "The Application follows main from now on, and Argo CD deploys by itself. Only what is named changes.",
    )
    updated = record(await play.application("update", target_revision="main", sync_policy="Automated"))
    play.check(
        "revision and policy changed, nothing else",
        updated["result"] == "updated" and {one.partition(":")[0] for one in updated["changed"]} == _CHANGED,
    )
    await _healthy(play)


async def _healthy(play: Play) -> None:
    head = play.repository.head()
    await play.application_until(
        f"Synced to the merged commit {head}, and Healthy",
        lambda app: (app["sync"], app["health"], app.get("revision")) == ("Synced", "Healthy", head),
    )


async def _monitor(play: Play) -> None:
    await play.step("Monitor", "What runs, whether it differs from Git, and what it logs.")
    tree = await play.resource("get_resource_tree")
    pods = _pods(tree.text)
    play.check("two pods run", len(pods) == _REPLICAS and all("Healthy" in state for state in pods.values()))
    managed = await play.resource("get_managed_resources")
    play.check(
        "Deployment and Service are Synced",
        all(f"\n{kind}/{play.name} " in managed.text for kind in _RESOURCES)
        and "OutOfSync" not in managed.text
        and "modified" not in managed.text,
    )
    logs = await play.resource(
        "get_workload_logs", resource_name=play.name, resource_kind="Deployment", container="main", tail_lines=4
    )
    play.check("both pods log", not logs.is_error and all(name in logs.text for name in pods))


async def _break(play: Play) -> None:
    await play.step(
        "A bad release",
        f"Somebody merges the image tag {layout.BAD!r}. It renders, and Kubernetes takes it. "
        "(Argo CD would find the commit by polling; sync asks it now.)",
    )
    branch = f"release-{layout.BAD}"
    play.screen.commands(
        [
            *play.repository.branch(branch, layout.release(play.name, layout.BAD), f"Release {layout.BAD}"),
            *play.repository.merge(branch, f"Merge {branch}"),
        ],
    )
    synced = record(await play.application("sync"))
    play.check(
        "the merged commit was applied, and the answer does not call that healthy",
        synced["phase"] == "Succeeded"
        and synced["revision"] == play.repository.head()
        and synced.get("health") != "Healthy",
    )


async def _diagnose(play: Play) -> None:
    await play.step(
        "Find the cause",
        "Progressing looks harmless, and a Deployment stays so for ten minutes. "
        "The tree, the events and the logs know more.",
    )
    await play.application_until(
        "Synced, yet not Healthy", lambda app: app["sync"] == "Synced" and app["health"] == "Progressing"
    )
    tree = await play.resource_until("a pod crash-loops", lambda text: _crashing(text) is not None, "get_resource_tree")
    pod = _crashing(tree.text) or ""
    about = {"resource_name": pod, "resource_kind": "Pod"}
    await play.resource_until(
        "its events tell of the restarts", lambda text: " BackOff" in text, "get_resource_events", **about
    )
    logs = await play.resource("get_workload_logs", **about, filter="ERROR", tail_lines=5)
    lines = [line for line in logs.text.split("\n") if "ERROR" in line and not line.startswith("[")]
    play.check("its log has errors", not logs.is_error and bool(lines))


async def _roll_back(play: Play) -> None:
    await play.step(
        "Roll back",
        "First aid while the repair is written: auto-sync off, then back to the deployment before. The rollback is "
        "planned, shown, and applied as it was shown; the person is asked.",
    )
    record(await play.application("update", sync_policy="Manual"))
    history = await play.application("history")
    ids = _ID.findall(history.text)
    play.check("the history has the bad release, and the one before", not history.is_error and len(ids) > 1)
    plan = record(await play.application("rollback", history_id=int(ids[1]), plan=True))
    play.check(
        "nothing was sent, and the plan tells the effect", "nothing was sent" in plan["result"] and plan["changes"]
    )
    applied = record(await play.application("apply_plan", plan_id=plan["planId"]))
    play.check("that deployment is back, and OutOfSync is said to be expected", "rolled back" in applied["result"])
    waited = record(await play.application("wait", until="healthy", timeout_seconds=60))
    play.check("it is healthy again", waited["health"] == "Healthy")


async def _roll_forward(play: Play) -> None:
    await play.step("Roll forward", "The lasting repair is a commit, as every change.")
    branch = f"release-{layout.BETTER}"
    play.screen.commands(
        [
            *play.repository.branch(
                branch, layout.release(play.name, layout.BETTER), f"Release {layout.BETTER}, which mends {layout.BAD}"
            ),
            *play.repository.merge(branch, f"Merge {branch}"),
        ],
    )
    synced = record(await play.application("sync"))
    play.check(
        "the repair was applied",
        synced.get("phase") == "Succeeded" and synced.get("revision") == play.repository.head(),
    )
    record(await play.application("update", sync_policy="Automated"))
    await _healthy(play)


async def _restart(play: Play) -> None:
    await play.step(
        "Run an action",
        "For the moment's need: what can be done with the Deployment, and a restart. "
        "A parameter it does not have does no harm.",
    )
    about = {"resource_name": play.name, "resource_kind": "Deployment"}
    before = _pods((await play.resource("get_resource_tree", **about)).text)
    offered = await play.resource("get_resource_actions", **about)
    play.check("restart is among the actions", "\nrestart" in offered.text)
    done = record(
        await play.resource("run_resource_action", **about, action_name="restart", action_params={"force": True})
    )
    play.check(
        "it was accepted, and the unknown parameter named", any("force" in one for one in done.get("ignored", []))
    )

    def replaced(text: str) -> bool:
        now = _pods(text)
        return (
            len(now) == len(before) and not set(now) & set(before) and all("Healthy" in state for state in now.values())
        )

    await play.resource_until("all pods are new ones, and Healthy", replaced, "get_resource_tree", **about)


async def _delete(play: Play) -> None:
    await play.step("Delete", "Destructive: the server asks the person behind the client before it sends anything.")
    deleted = record(await play.application("delete", cascade=True))
    play.check(
        "it is gone, and its resources with it",
        deleted["result"] == "deleted" and len(deleted.get("resources", [])) == len(_RESOURCES),
    )
    gone = await play.application("get", project="default")
    play.check(
        "asking for it is an error, not an empty answer", gone.is_error and gone.text.startswith("error not_found")
    )


def _pods(tree: str) -> dict[str, str]:
    """Each pod of a tree with its state."""
    return dict(_POD.findall(tree))


def _crashing(tree: str) -> str | None:
    return next((name for name, state in _pods(tree).items() if "CrashLoopBackOff" in state), None)
