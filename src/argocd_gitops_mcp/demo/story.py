"""`demo`: the whole workflow, by a real MCP client over stdio, on a sandbox or a given Argo CD."""

import asyncio
import io
import json
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from argocd_gitops_mcp.demo import workflow
from argocd_gitops_mcp.demo.client import connected
from argocd_gitops_mcp.demo.errors import NotReady, StepFailed
from argocd_gitops_mcp.demo.play import APPLICATION, REPOSITORY, RESOURCE, Play
from argocd_gitops_mcp.demo.repository import IDENTITY, Repository
from argocd_gitops_mcp.demo.screen import Screen
from argocd_gitops_mcp.demo.target import Target, target


def run(*, handle: Path | None = None, pause: float = 0.0, plain: bool = False) -> int:
    """Play the story and give the exit status.

    Args:
        handle: JSON file with `url`, `tokens.ci` and perhaps `ca_file` of a running Argo CD; a sandbox if left out.
        pause: seconds between the steps.
        plain: without colours.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without the arrows shows question marks, not a traceback
    screen = Screen(plain=plain)
    try:
        with target(handle) as found, tempfile.TemporaryDirectory(prefix="argocd-gitops-demo-") as folder:
            return asyncio.run(_play(found, Path(folder), screen, pause))
    except NotReady as error:
        screen.failed("Start", str(error))
        return 1


async def _play(found: Target, folder: Path, screen: Screen, pause: float) -> int:
    began = time.monotonic()
    questions: list[str] = []

    def ask(question: str) -> bool:
        questions.append(question)
        screen.question(question, "the demo says yes for you")
        return True

    audit = folder / "audit.jsonl"
    # The user's own settings file has no say here.
    name = f"shop-{secrets.token_hex(2)}"
    repository = Repository(folder, name)
    begun = repository.begin()
    environment = {
        **found.environment,
        **IDENTITY,
        "ARGOCD_MCP_WORKSPACE": str(repository.workspace),
        "ARGOCD_MCP_ALLOW_MERGE": "true",
        "ARGOCD_AUDIT_FILE": str(audit),
        "XDG_CONFIG_HOME": str(folder),
    }
    async with connected(environment, folder / "server.log", ask) as session:
        play = Play(session, screen, repository, name, pause)
        tools, listed = await session.tools()
        screen.title(
            "argocd-gitops-mcp: the whole workflow",
            f"On {found.what} at {found.url}, by an MCP client over stdio ({session.protocol}), writes allowed: "
            f"{len(tools)} tools, {listed} tokens. Each call is followed by its answer as the model reads it; "
            "tokens are bytes by four.",
        )
        try:
            play.check("the three tools are there", {APPLICATION, RESOURCE, REPOSITORY} <= set(tools))
            await workflow.deploy(play, begun)
            await workflow.repair(play)
            await workflow.retire(play)
            trail = [json.loads(line) for line in audit.read_text(encoding="utf-8").splitlines()]
            play.check("every call of a tool is in the audit trail", len(trail) == play.calls - 1)
            play.check(
                "the person was asked four times: about two merges, the rollback and the deletion",
                len(questions) == 4 and all(name in question for question in questions),  # noqa: PLR2004
            )
        except (StepFailed, OSError, subprocess.CalledProcessError) as error:
            screen.failed(f"Step {play.steps}, {play.title}", str(error))
            # Its name is one that only this run has, so nothing else can be hit.
            await session.call(APPLICATION, {"operation": "delete", "name": name})
            return 1
    whole = listed + play.asked + play.answered
    screen.summary(
        {
            "Played": f"{play.steps} steps in {time.monotonic() - began:.1f} s",
            "Calls": f"{play.calls}; all but the reading of the guide are in the audit trail",
            "Tokens": f"{whole}: list of tools {listed}, calls {play.asked}, answers {play.answered}",
        },
    )
    return 0
