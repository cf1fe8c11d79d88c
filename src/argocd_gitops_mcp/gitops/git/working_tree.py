"""A clone's working tree: what in it stands against a change. It is only looked at."""

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from argocd_gitops_mcp.errors import DirtyTree
from argocd_gitops_mcp.gitops.git.paths import named
from argocd_gitops_mcp.gitops.git.program import Git


async def refuse_dirty(git: Git, folder: Path, paths: Iterable[str]) -> None:
    """See that nothing tracked is changed, and nothing untracked lies where the change writes.

    Raises:
        DirtyTree: names what is in the way.
    """
    ran = await git.run(
        *("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=no", "--ignore-submodules=dirty")
    )
    changed = [line[3:].decode(errors="replace") for line in ran.output.split(b"\0") if line]
    if changed:
        raise DirtyTree(f"The clone has uncommitted changes: {named(changed)}.")
    asked = sorted(paths)
    tracked = set(os.fsdecode((await git.run("ls-files", "-z", "--full-name")).output).split("\0"))
    if blocking := [path for path in asked if _blocked(folder, path, tracked)]:
        raise DirtyTree(
            f"The clone has files in the way that are not in Git: {named(blocking)}.",
            hint="Commit them, or move them away, then call again.",
        )


def _blocked(folder: Path, path: str, tracked: set[str]) -> bool:
    whole = PurePosixPath(path)
    if path not in tracked and os.path.lexists(folder / whole):
        return True
    above = [folder / one for one in whole.parents if one.name and str(one) not in tracked]
    return any(one.is_symlink() or one.is_file() for one in above)
