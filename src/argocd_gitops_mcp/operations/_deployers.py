"""Which applications deploy a branch of a repository, and which of them a change reaches."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from posixpath import normpath

import msgspec

from argocd_gitops_mcp.argocd import applications as calls
from argocd_gitops_mcp.argocd.models import Application, Source
from argocd_gitops_mcp.argocd.resources import Owner
from argocd_gitops_mcp.gitops.repository import Repository
from argocd_gitops_mcp.gitops.sources import Target
from argocd_gitops_mcp.gitops.urls import normal
from argocd_gitops_mcp.operations import _files
from argocd_gitops_mcp.operations._operation import Deps


@dataclass(frozen=True, slots=True)
class Deployer:
    """An application of which some sources are this repository.

    Args:
        app: with its spec, without its status.
        positions: of those sources; where some are on the branch, of these alone.
        follows: whether they are on the branch, or fixed to something else.
    """

    app: Application
    positions: tuple[int, ...]
    follows: bool

    @property
    def name(self) -> str:
        """Its name."""
        return self.app.metadata.name

    @property
    def owner(self) -> Owner:
        """As the calls want it."""
        return Owner(self.name, self.app.spec.project, self.app.metadata.namespace or None)

    @property
    def target(self) -> Target:
        """As changes want it; without those of its sources that are this repository at something else."""
        url = self.sources[0].repo_url
        held = [
            msgspec.to_builtins(one)
            for place, one in enumerate(self.app.sources())
            if place in self.positions or normal(one.repo_url) != normal(url)
        ]
        return Target(self.name, held, url)

    @property
    def folders(self) -> set[str]:
        """Where those of its sources that are this repository lie, from the root, which is ``."""
        found = (normpath(source.path.strip("/")) for source in self.sources if source.path)
        return {"" if one == "." else one for one in found}

    @property
    def sources(self) -> list[Source]:
        """Those of its sources that are this repository."""
        return [self.app.sources()[place] for place in self.positions]


async def deployers(deps: Deps, repository: Repository, branch: str) -> list[Deployer]:
    """Every application the token may see of which a source is this repository."""
    wanted = normal(repository.url)
    default = await repository.commits.default_branch()
    on_branch = {branch, f"refs/heads/{branch}", *({"", "HEAD"} if branch == default else ())}
    listed = await deps.argocd.send(calls.with_sources())
    found = []
    for app in listed.items or []:
        positions = tuple(
            place for place, one in enumerate(app.sources()) if not one.chart and normal(one.repo_url) == wanted
        )
        if positions and not app.metadata.deletion_timestamp:
            following = tuple(place for place in positions if app.sources()[place].target_revision in on_branch)
            found.append(Deployer(app, following or positions, bool(following)))
    return found


async def reached(
    repository: Repository, commit: str, among: Sequence[Deployer], changed: Collection[str]
) -> list[Deployer]:
    """Those whose sources use one of the changed files, directly or through a base, component or values file."""
    files = await _files.files(repository, commit)
    return [one for one in among if await _uses(files, one, set(changed))]


async def _uses(files: _files.Files, one: Deployer, changed: set[str]) -> bool:
    if any(not folder or path.startswith(f"{folder}/") for folder in one.folders for path in changed):
        return True
    return bool(changed & set(await files.of(one.target)))
