"""From a change to a pull request: examined, pushed to a branch of its own, opened; a retry finds what is there."""

import posixpath
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from argocd_gitops_mcp import plans
from argocd_gitops_mcp.errors import Conflict, GitOpsError
from argocd_gitops_mcp.gitops.repository import Draft, PullRequest
from argocd_gitops_mcp.operations import _checks, _effects
from argocd_gitops_mcp.operations._change import Change
from argocd_gitops_mcp.operations._checks import Checked
from argocd_gitops_mcp.operations._deployers import Deployer, deployers, reached
from argocd_gitops_mcp.operations._operation import Deps
from argocd_gitops_mcp.views import proposals
from argocd_gitops_mcp.views.findings import told_of
from argocd_gitops_mcp.views.proposals import Proposal

_DIGITS = 6
_MOST_TRIES = 50
_ANOTHER = "Choose another name for the branch."


@dataclass(frozen=True, slots=True)
class Examined:
    """A change with what there is to say of it.

    Args:
        deployers: applications that deploy it once it is merged.
        effects: on them, as far as that can be told before it is pushed.
        apart: applications that use these files, but not of this branch.
    """

    change: Change
    checked: Checked
    deployers: Sequence[Deployer]
    effects: Sequence[str]
    apart: Sequence[str] = ()

    @property
    def findings(self) -> list[str]:
        """Each in a line."""
        return [told_of(one) for one in self.checked.findings]


async def examined(deps: Deps, change: Change) -> Examined:
    """Look at a change from all sides; only reads.

    Raises:
        SecretInChange, NotYAML: it must not be pushed.
    """
    _checks.refuse_secrets(change)
    following: list[Deployer] = []
    apart: list[str] = []
    unchecked: list[str] = []
    if deps.argocd.is_configured:
        try:
            known = await deployers(deps, change.repository, change.base)
            using = await reached(change.repository, change.files.commit, known, tuple(change.after))
            following = [one for one in using if one.follows]
            apart = [_apart(one, change.base) for one in using if not one.follows]
        except GitOpsError as error:
            unchecked.append(f"Which applications deploy it is not known ({error.code}): {error.message}")
    used = {path for one in following for path in await change.files.of(one.target)}
    around = _checks.around(tuple(change.after), sorted(change.files.paths), sorted(used))
    checked = await _checks.checked(deps, change, await change.files.contents(around))
    checked = replace(checked, unchecked=[*checked.unchecked, *unchecked])
    return Examined(change, checked, following, [*await _effects.here(change, following), *apart], apart)


def _apart(one: Deployer, base: str) -> str:
    at = ", ".join(sorted({source.target_revision or "HEAD" for source in one.sources}))
    return f"{one.name}: is at {at}, not on {base}: this change does not reach it"


async def branch_for(change: Change, wanted: str | None = None) -> str:
    """The branch of a change: the wanted one, or one whose name is the same for the same files in the same base.

    A retry so finds its branch, whatever it calls itself. A name stands for one try: where the change was merged or
    closed by it before, the branch may be gone since, or where it holds something else, the next number is taken.

    Raises:
        Conflict: the wanted one holds something else, or was merged or closed.
    """
    commits = change.repository.commits
    if wanted is not None:
        tip = await commits.earlier(_draft(change, wanted))
        if tip is not None and await _is_over(change, wanted, tip):
            raise Conflict(f"The branch {wanted} was merged or closed before.", hint=_ANOTHER)
        return wanted
    name = f"change/{_place(change)}-{plans.digest([change.base, dict(change.after)])[:_DIGITS]}"
    for number in range(1, _MOST_TRIES + 1):
        branch = name if number == 1 else f"{name}-{number}"
        with suppress(Conflict):
            if not await _is_over(change, branch, await commits.earlier(_draft(change, branch))):
                return branch
    raise Conflict(f"There were {_MOST_TRIES} branches of this change already.", hint=_ANOTHER)


async def _is_over(change: Change, branch: str, tip: str | None) -> bool:
    """Whether this change was brought by the branch before, which is at the tip, or gone."""
    if tip is not None and await change.repository.commits.contains(change.files.commit, tip):
        return True
    return await change.repository.pull_requests.ended(branch, change.base)


def _place(change: Change) -> str:
    """The folder of all files, or the one file in the root: what they are, not what was asked for, names them."""
    folder = posixpath.commonpath([path.rpartition("/")[0] for path in change.after])
    return proposals.slug(folder or (next(iter(change.after)) if len(change.after) == 1 else "files"))


def _draft(change: Change, branch: str, message: str = "") -> Draft:
    files = {path: None if text is None else text.encode() for path, text in change.after.items()}
    return Draft(change.files.commit, branch, files, message)


async def pushed(deps: Deps, found: Examined, branch: str, title: str) -> str:
    """Put the change on its branch, once; answers the commit."""
    change = found.change
    identity = await change.repository.identity() if deps.repositories.sign_off else ""
    message = proposals.message(title, change.summary, identity)
    return await change.repository.commits.push(_draft(change, branch, message))


async def expected(deps: Deps, found: Examined, commit: str) -> Sequence[str]:
    """The effect as Argo CD itself renders the pushed commit; without it, as told before."""
    if not deps.argocd.is_configured or not found.deployers:
        return found.effects
    return [*await _effects.by_argocd(deps, found.deployers, commit), *found.apart]


async def opened(
    found: Examined, branch: str, title: str, said: str, effects: Sequence[str], *, draft: bool
) -> tuple[PullRequest, bool]:
    """The pull request of a pushed branch, and whether it was there already.

    Raises:
        GitOpsError: with the hint that calling again finds the branch.
    """
    change = found.change
    requests = change.repository.pull_requests
    try:
        there = await requests.find(branch, change.base)
        if there is not None and change.repository.kind != "git":
            return there, True
        told = Proposal(change.summary, change.before, change.after, found.findings, effects, found.checked.unchecked)
        return await requests.open(branch, change.base, title, proposals.body(told, said), draft=draft), False
    except GitOpsError as error:
        error.hint = f"The branch {branch!r} is pushed: the same call again finds it. {error.hint}".strip()
        raise


async def proposed(deps: Deps, found: Examined, title: str, branch: str, said: str, *, draft: bool) -> proposals.Opened:
    """Push it and open its pull request."""
    made = found.change
    await deps.progress(f"pushing {len(made.after)} files to {branch} of {made.repository.name}")
    commit = await pushed(deps, found, branch, title)
    effects = await expected(deps, found, commit)
    async with deps.repositories.turn(made.repository.url, branch):
        request, was_there = await opened(found, branch, title, said, effects, draft=draft)
    has_forge = made.repository.kind != "git"
    return proposals.Opened(
        result="open already: it was found" if was_there else "opened" if has_forge else "pushed; there is no forge",
        repository=made.repository.name,
        pull_request=request.id,
        url=request.url,
        branch=branch,
        base=made.base,
        commit=commit[:8],
        files=proposals.stats(made.before, made.after),
        findings=found.findings,
        effects=list(effects),
        unchecked=list(found.checked.unchecked),
        next=f"a person reviews it (get_pull_request with pull_request={request.id!r}); once merged, track_change",
    )
