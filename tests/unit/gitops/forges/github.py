"""GitHub's answers by its published schemas (docs.github.com/en/rest, version 2022-11-28), none of them seen live."""

from typing import Any

from argocd_gitops_mcp.gitops.repository import Repository
from tests.unit.gitops.forges.transport import Forge, reply, repository

ROOT = "/repos/team/deploy"
BASE, MADE, TREE = "a" * 40, "b" * 40, "c" * 40
MISSING = reply({"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"}, 404)


def branch(sha: str, *parents: str, **more: Any) -> dict[str, Any]:
    commit = {"sha": sha, "parents": [{"sha": one, "url": "", "html_url": ""} for one in parents], "files": []}
    return {"name": "x", "commit": commit, "protected": False, **more}


def pull(**more: Any) -> dict[str, Any]:
    repo = {"id": 1, "full_name": "team/deploy"}
    return {
        "number": 7,
        "state": "open",
        "title": "Change",
        "draft": False,
        "user": {"login": "bot", "id": 1},
        "html_url": "https://github.com/team/deploy/pull/7",
        "head": {"label": "team:x", "ref": "x", "sha": MADE, "repo": repo},
        "base": {"label": "team:main", "ref": "main", "sha": BASE, "repo": repo},
        "merged_at": None,
        "merge_commit_sha": "d" * 40,
        "requested_reviewers": [],
        "requested_teams": [],
        "mergeable": True,
        "mergeable_state": "clean",
        **more,
    }


async def opened(forge: Forge) -> Repository:
    return await repository("github", forge, "team/deploy")
