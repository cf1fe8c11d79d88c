"""Who may do what in Gitea: an administrator, people and machines of one organisation, and what Argo CD is told."""

import base64
import re
import secrets
from collections.abc import Mapping
from typing import Any

from testbed.gitea import server
from testbed.record import Gitea, GiteaUser
from testbed.rest import Rest
from testbed.run import Run

ADMINISTRATOR = "administrator"
BOT = "bot"
REVIEWER = "reviewer"
READER = "argocd"
ORGANISATION = "deploy"
# What a token of the server's own account needs: it pushes, opens, comments on and merges pull requests.
_WRITES = ("write:repository", "write:issue", "read:user")
_SCOPES: Mapping[str, tuple[str, ...]] = {BOT: _WRITES, REVIEWER: _WRITES, READER: ("read:repository",)}
_UNITS = ("repo.code", "repo.issues", "repo.pulls")
_TEAMS = {"deploy": ("write", (BOT, REVIEWER)), "readers": ("read", (READER,))}


def create(run: Run) -> Gitea:
    """Make all of them, and a webhook that tells Argo CD of every push to any repository of the organisation."""
    administrator = _administrator(run)
    api = _api(run, f"token {administrator.token}")
    users = {ADMINISTRATOR: administrator, **{name: _user(run, api, name) for name in _SCOPES}}
    api.post("/orgs", {"username": ORGANISATION, "visibility": "private"})
    for name, (permission, members) in _TEAMS.items():
        rights = {"permission": permission, "units": _UNITS, "includes_all_repositories": True}
        team = api.post(f"/orgs/{ORGANISATION}/teams", {"name": name, **rights})
        for member in members:
            api.put(f"/teams/{team['id']}/members/{member}")
    api.post(f"/orgs/{ORGANISATION}/hooks", _webhook(run))
    return Gitea(server.url(run), ORGANISATION, users)


def introduce(argocd: Rest, gitea: Gitea) -> None:
    """Let Argo CD read every repository of the organisation."""
    reader = {"username": READER, "password": gitea.users[READER].token}
    argocd.post("/api/v1/repocreds", {"url": f"{gitea.url}/{gitea.organisation}/", "type": "git", **reader})


def _administrator(run: Run) -> GiteaUser:
    """The first one is made by Gitea's command line; it chooses the password, so that no list of processes shows it."""
    said = server.command(
        run,
        *("admin", "user", "create", "--admin", f"--username={ADMINISTRATOR}", f"--email={_email(ADMINISTRATOR)}"),
        *("--random-password", "--access-token", "--access-token-scopes=all"),
    )
    password = re.search(r"^generated random password is '(.+)'$", said, re.MULTILINE)
    token = re.search(r"^Access token was successfully created\.\.\. (\S+)$", said, re.MULTILINE)
    if password is None or token is None:
        raise ValueError("gitea admin user create has not told the password and the token")
    return GiteaUser(token[1], password[1])


def _user(run: Run, administrator: Rest, name: str) -> GiteaUser:
    password = secrets.token_urlsafe(12)
    profile = {"username": name, "email": _email(name), "password": password, "must_change_password": False}
    administrator.post("/admin/users", profile)
    # A token is made by its owner, who signs in with the password.
    basic = base64.b64encode(f"{name}:{password}".encode()).decode()
    owner = _api(run, f"Basic {basic}")
    token = owner.post(f"/users/{name}/tokens", {"name": "testbed", "scopes": _SCOPES[name]})
    return GiteaUser(token["sha1"], password)


def _api(run: Run, authorization: str) -> Rest:
    return Rest(f"{server.url(run)}/api/v1", run.trust, {"Authorization": authorization})


def _email(name: str) -> str:
    return f"{name}@example.com"


def _webhook(run: Run) -> dict[str, Any]:
    target = f"https://127.0.0.1:{run.ports.argocd_server}/api/webhook"
    config = {"url": target, "content_type": "json", "secret": run.webhook_secret}
    return {"type": "gitea", "config": config, "events": ["push"], "active": True}
