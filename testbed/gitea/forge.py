"""What tests do with Gitea beside what they test: make repositories, protect them, change them, delete them."""

import base64
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from testbed.gitea.accounts import ADMINISTRATOR, BOT
from testbed.record import Gitea, Testbed
from testbed.rest import Rest

MAIN = "main"


@dataclass(frozen=True)
class Forge:
    """A running Gitea; repositories are named without their organisation."""

    gitea: Gitea
    ca_file: str
    context: ssl.SSLContext = field(repr=False)

    def api(self, user: str = ADMINISTRATOR) -> Rest:
        """Its API (paths begin after /api/v1) as one of its users."""
        headers = {"Authorization": f"token {self.gitea.users[user].token}"}
        return Rest(f"{self.gitea.url}/api/v1", self.context, headers)

    def url(self, name: str) -> str:
        """Where git and Argo CD find a repository."""
        return f"{self.gitea.url}/{self.gitea.organisation}/{name}.git"

    def create(self, name: str, files: Mapping[str, str] | None = None) -> str:
        """Make a private repository, empty or with one commit on main, and give its URL."""
        about = {"name": name, "private": True, "default_branch": MAIN}
        self.api().post(f"/orgs/{self.gitea.organisation}/repos", about)
        if files:
            self.commit(name, files, "Begin")
        return self.url(name)

    def commit(
        self,
        name: str,
        files: Mapping[str, str | None],
        message: str = "Change",
        *,
        branch: str = MAIN,
        new_branch: str | None = None,
        user: str = BOT,
    ) -> str:
        """Write (or with None delete) files in one commit, as a user who may, and give the commit's SHA."""
        api, path = self.api(user), f"{self._path(name)}/contents"
        changes = [self._change(api, path, branch, file, content) for file, content in files.items()]
        body = {"branch": branch, "message": message, "files": changes}
        if new_branch is not None:
            body["new_branch"] = new_branch
        sha: str = api.post(path, body)["commit"]["sha"]
        return sha

    def head(self, name: str, branch: str = MAIN) -> str:
        sha: str = self.api().get(f"{self._path(name)}/branches/{branch}")["commit"]["id"]
        return sha

    def protect(self, name: str, *, approvals: int = 1, checks: Sequence[str] = (), branch: str = MAIN) -> None:
        """Let nobody push to a branch; merge only with so many approvals and with these statuses green."""
        rule = {
            "rule_name": branch,
            "enable_push": False,
            "required_approvals": approvals,
            "block_on_rejected_reviews": True,
            "dismiss_stale_approvals": True,
            "enable_status_check": bool(checks),
            "status_check_contexts": list(checks),
        }
        self.api().post(f"{self._path(name)}/branch_protections", rule)

    def set_status(self, name: str, sha: str, state: str, check: str) -> None:
        """Say what a check found of a commit: pending, success, error or failure."""
        self.api(BOT).post(f"{self._path(name)}/statuses/{sha}", {"state": state, "context": check})

    def delete(self, name: str) -> None:
        self.api().delete(self._path(name))

    def git_environment(self, user: str = BOT) -> dict[str, str]:
        """What `git` has to find in its environment to be let in over HTTPS by a user's token."""
        basic = base64.b64encode(f"{user}:{self.gitea.users[user].token}".encode()).decode()
        settings = {
            f"http.{self.gitea.url}/.extraHeader": f"Authorization: Basic {basic}",
            f"http.{self.gitea.url}/.proxy": "",
        }
        numbered = {
            f"GIT_CONFIG_{part}_{number}": text
            for number, pair in enumerate(settings.items())
            for part, text in zip(("KEY", "VALUE"), pair, strict=True)
        }
        # As a variable, because a machine's own would overrule the setting.
        alone = {"GIT_SSL_CAINFO": self.ca_file, "GIT_TERMINAL_PROMPT": "0"}
        return {"GIT_CONFIG_COUNT": str(len(settings)), **alone, **numbered}

    def _path(self, name: str) -> str:
        return f"/repos/{self.gitea.organisation}/{name}"

    @staticmethod
    def _change(api: Rest, path: str, branch: str, file: str, content: str | None) -> dict[str, Any]:
        if content is not None:
            return {"operation": "upload", "path": file, "content": base64.b64encode(content.encode()).decode()}
        return {"operation": "delete", "path": file, "sha": api.get(f"{path}/{file}?ref={branch}")["sha"]}


def of(testbed: Testbed) -> Forge:
    return Forge(testbed.gitea, testbed.ca_file, ssl.create_default_context(cafile=testbed.ca_file))
