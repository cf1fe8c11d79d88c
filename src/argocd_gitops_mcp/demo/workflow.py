"""The main job, step by step: from an empty repository to a healthy application, through a bad release, to its end."""

import re

from argocd_gitops_mcp.demo import layout
from argocd_gitops_mcp.demo.play import Play, record

_IN_CLUSTER = "https://kubernetes.default.svc"
_NAMESPACE = "default"
_REPLICAS = 2
_RESOURCES = ("Deployment", "PodDisruptionBudget", "Service")
_ID = re.compile(r"^(\d+) ", re.MULTILINE)
_POD = re.compile(r"^\s*Pod/(\S+) (.*)$", re.MULTILINE)


async def deploy(play: Play, begun: list[str]) -> None:
    """Steps 1 to 7: from an empty repository to a healthy application."""
    await _prepare(play)
    await _scaffold(play, begun)
    await _validate(play)
    await _create(play)
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


async def _scaffold(play: Play, begun: list[str]) -> None:
    await play.step(
        "Lay out the repository",
        "An empty bare repository in a temporary folder; the server fills it with the layout of best practices: "
        "a base, an overlay for each environment, Applications, least-privilege projects, owners.",
    )
    play.screen.commands(begun)
    made = record(await play.git("scaffold_repository", values=layout.values(play.name)))
    play.check(
        "main has its first commit", made["result"].startswith("begun") and made["commit"] == play.repository.head()
    )


async def _validate(play: Play) -> None:
    await play.step(
        "Validate",
        "YAML, the schemas of Argo CD and Kubernetes, kustomize where it is installed, house rules, and what "
        "this Argo CD permits. What could not be checked is said.",
    )
    valid = await play.git("validate_manifests", paths=["services"])
    play.check("nothing is wrong with the service", not valid.is_error and valid.text.startswith("no findings"))


async def _create(play: Play) -> None:
    await play.step(
        "Create the Application",
        "Manual deploys nothing yet: the safe way to look at what Argo CD renders before anything changes.",
    )
    created = record(
        await play.application(
            "create",
            project="default",
            repo_url=play.repository.url,
            path=layout.overlay(play.name),
            target_revision="main",
            destination_server=_IN_CLUSTER,
            destination_namespace=_NAMESPACE,
            sync_policy="Manual",
        ),
    )
    play.check("it was created", created["result"] == "created" and created.get("syncPolicy") == "Manual")
    rendered = await play.resource("get_application_manifest")
    play.check(
        "a Deployment and a Service are rendered, with the overlay's tag and replicas",
        all(
            part in rendered.text
            for part in ("kind: Deployment", "kind: Service", f"{layout.IMAGE}:{layout.GOOD}", "replicas: 2")
        ),
    )
    shown = await play.resource("get_application_parameters")
    play.check("the image in effect is the one of the overlay", f"{layout.IMAGE}:{layout.GOOD}" in shown.text)


async def _release(play: Play) -> None:
    await play.step(
        "Release", "The first sync, followed to its end; from then on Argo CD deploys what is merged by itself."
    )
    synced = record(await play.application("sync"))
    play.check(
        "the commit was applied", synced["phase"] == "Succeeded" and synced["revision"] == play.repository.head()
    )
    updated = record(await play.application("update", sync_policy="Automated"))
    play.check("nothing but the policy changed", all("spec.syncPolicy" in one for one in updated["changed"]))
    await _tracked(play, commit="main")


async def _tracked(play: Play, **change: str) -> None:
    told = record(await play.git("track_change", timeout_seconds=play.patience, **change))
    play.check(
        f"{play.repository.head()} is healthy",
        told["result"] == "healthy" and told["commit"] == play.repository.head(),
    )


async def _released(play: Play, tag: str, **about: str) -> str:
    """Propose a release and merge it; the id of its pull request."""
    opened = record(await play.git("open_pull_request", application_name=play.name, image=tag, **about))
    play.check(
        "one line changes, and Argo CD itself told the effect of the branch",
        [one.split(" ", 1)[1] for one in opened["files"]] == ["+1 -1"]
        and any(f"{layout.IMAGE}:{tag}" in one for one in opened["effects"]),
    )
    request: str = opened["pullRequest"]
    seen = record(await play.git("get_pull_request", pull_request=request))
    play.check("nothing stands against merging it", seen["state"] == "open" and "against" not in seen)
    merged = record(await play.git("merge_pull_request", pull_request=request))
    play.check("the person agreed, and main has it", merged["commit"] == play.repository.head())
    return request


async def _monitor(play: Play) -> None:
    await play.step("Monitor", "What runs, whether it differs from Git, and what it logs.")
    tree = await play.resource("get_resource_tree")
    pods = _pods(tree.text)
    play.check("two pods run", len(pods) == _REPLICAS and all("Healthy" in state for state in pods.values()))
    managed = await play.resource("get_managed_resources")
    play.check(
        "all of its resources are Synced",
        all(f"\n{kind}/{play.name} " in managed.text for kind in _RESOURCES)
        and "OutOfSync" not in managed.text
        and "modified" not in managed.text,
    )
    logs = await play.resource("get_workload_logs", resource_name=play.name, resource_kind="Deployment", tail_lines=4)
    play.check("both pods log", not logs.is_error and all(name in logs.text for name in pods))


async def _break(play: Play) -> None:
    await play.step(
        "A bad release",
        f"Release {layout.BAD!r}: the one line that decides it is found through the application, and proposed. "
        "Here are no reviewers: a bare repository has no forge, so the branch stands for the pull request.",
    )
    planned = record(await play.git("plan_change", application_name=play.name, image=layout.BAD))
    play.check("the plan shows the diff, and nothing was written", f"+    newTag: {layout.BAD}" in planned["diff"])
    request = await _released(play, layout.BAD)
    told = record(await play.git("track_change", pull_request=request, timeout_seconds=8))
    play.check(
        "the merged commit is deployed, and the answer does not call that healthy",
        told["result"] != "healthy" and ": synced" in told["applications"][0],
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
    request = await _released(play, layout.BETTER, body=f"Mends {layout.BAD}.")
    record(await play.application("update", sync_policy="Automated"))
    await _tracked(play, pull_request=request)


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
