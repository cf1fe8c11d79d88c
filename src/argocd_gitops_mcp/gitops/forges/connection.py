"""A forge that is connected to: its repositories, and whom the token belongs to."""

from collections.abc import Callable
from dataclasses import dataclass

from argocd_gitops_mcp.errors import NotConfigured
from argocd_gitops_mcp.gitops.forges import addresses
from argocd_gitops_mcp.gitops.forges.addresses import TITLES, Address, Kind
from argocd_gitops_mcp.gitops.forges.api import API
from argocd_gitops_mcp.gitops.forges.gitea.commits import GiteaCommits
from argocd_gitops_mcp.gitops.forges.gitea.models import User as GiteaUser
from argocd_gitops_mcp.gitops.forges.gitea.pull_requests import GiteaPullRequests
from argocd_gitops_mcp.gitops.forges.github.commits import GitHubCommits
from argocd_gitops_mcp.gitops.forges.github.models import User as GitHubUser
from argocd_gitops_mcp.gitops.forges.github.pull_requests import GitHubPullRequests
from argocd_gitops_mcp.gitops.forges.gitlab.commits import GitLabCommits
from argocd_gitops_mcp.gitops.forges.gitlab.models import User as GitLabUser
from argocd_gitops_mcp.gitops.forges.gitlab.pull_requests import GitLabPullRequests
from argocd_gitops_mcp.gitops.forges.person import Person
from argocd_gitops_mcp.gitops.repository import Repository
from argocd_gitops_mcp.http import HTTP

_ME = "the token's user"
_HEADERS = {
    "github": {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"},
}


@dataclass(frozen=True, slots=True)
class Forge:
    """A forge and its API for one identity."""

    kind: Kind
    url: str
    api: API

    async def open(self, where: str) -> Repository | None:
        """The repository of a name or URL, None where it is not on this forge; nothing is sent."""
        found = addresses.find(self.kind, self.url, where)
        return self._repository(found) if found is not None else None

    def _repository(self, found: Address) -> Repository:
        api, url, name = self.api, found.url, found.name
        if self.kind == "github":
            return Repository(
                url, name, "github", GitHubCommits(api, name), GitHubPullRequests(api, name), self.identity
            )
        if self.kind == "gitlab":
            requests = GitLabPullRequests(api, name, f"{self.url.rstrip('/')}/{name}")
            return Repository(url, name, "gitlab", GitLabCommits(api, name), requests, self.identity)
        return Repository(url, name, "gitea", GiteaCommits(api, name), GiteaPullRequests(api, name), self.identity)

    async def identity(self) -> str:
        """Who commits, as `Name <address>`.

        Raises:
            NotConfigured: the forge tells no address of the token's user.
        """
        me = await self.whoami()
        if not me.email:
            raise NotConfigured(
                f"{TITLES[self.kind]} tells no address of {me.login!r}, so commits cannot be signed off."
            )
        return f"{me.name} <{me.email}>"

    async def whoami(self) -> Person:
        """Whom the token belongs to.

        Raises:
            Unauthenticated: the forge does not accept it, or there is none.
        """
        if self.kind == "github":
            github = await self.api.get("/user", GitHubUser, _ME)
            # docs.github.com "Email addresses reference": what GitHub knows as his where he shows none.
            hidden = f"{github.id}+{github.login}@users.noreply.github.com"
            return Person(github.login, github.name or github.login, github.email or hidden)
        if self.kind == "gitlab":
            gitlab = await self.api.get("/user", GitLabUser, _ME)
            return Person(gitlab.username, gitlab.name or gitlab.username, gitlab.commit_email or gitlab.email or "")
        gitea = await self.api.get("/user", GiteaUser, _ME)
        return Person(gitea.login, gitea.full_name or gitea.login, gitea.email)


def connect(
    kind: Kind, url: str, http: HTTP, read_token: Callable[[], str | None], *, allow_write: bool = False
) -> Forge:
    """A forge for one identity.

    Args:
        kind: which API it speaks; Forgejo speaks Gitea's.
        url: its address, as people open it.
        http: connections to its API: `addresses.api_url`.
        read_token: gives the token; asked at each request.
        allow_write: without it, whatever is not a read is refused before a byte leaves.
    """
    api = API(http, TITLES[kind], read_token, allow_write=allow_write, headers=_HEADERS.get(kind))
    return Forge(kind, url, api)
