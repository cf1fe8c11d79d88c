"""Finds the repository that is meant: a clone or a bare repository inside the workspace, and nothing outside it."""

import os
import re
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit

from argocd_gitops_mcp.errors import GitFailed, UnknownRepository
from argocd_gitops_mcp.gitops.git.clones import Clone
from argocd_gitops_mcp.gitops.git.program import Git
from argocd_gitops_mcp.gitops.git.remotes import Bare, Itself, Remote, Upstream
from argocd_gitops_mcp.gitops.urls import unknown

_LOCAL = {"", "localhost"}
_SCP = re.compile(r"(?P<host>[^/:]+):(?P<path>.+)")


class Opened(NamedTuple):
    """A repository that was found.

    Args:
        url: as an application's repoURL names it, without credentials.
        name: short, for people.
        commits: its commits.
        remote: the URL of the clone's remote, without credentials; empty where it has none.
    """

    url: str
    name: str
    commits: Clone
    remote: str


async def open_clone(workspace: Path, where: str, *, allow_write: bool) -> Opened:
    """Open a repository of the workspace.

    Args:
        workspace: the folder that this server may work in.
        where: a path in it, or a `file://` URL of one.
        allow_write: whether anything may be sent.

    Raises:
        UnknownRepository: it is outside, or no repository.
    """
    folder = inside(workspace, where)
    if folder is None:
        raise unknown(where)
    if not (folder / ".git").exists() and (folder / "HEAD").is_file() and (folder / "objects").is_dir():
        return await _bare(folder, where, allow_write=allow_write)
    git = Git(folder)
    try:
        await git.run("rev-parse", "--is-inside-work-tree")
    except GitFailed as error:
        raise UnknownRepository(f"{where} is no repository that git opens.", upstream=error.upstream) from error
    name = await _remote(git, where)
    remote: Remote = Upstream(git, name) if name else Itself(git)
    url = plain((await git.run("ls-remote", "--get-url", "--", name)).text, folder) if name else ""
    commits = Clone(git, remote, working_tree=folder, allow_write=allow_write)
    return Opened(url or folder.as_uri(), _short(url or folder.as_uri()), commits, url)


def inside(workspace: Path, where: str) -> Path | None:
    """The folder of the workspace that a path or `file://` URL names; None of one outside, and of one that is not."""
    try:
        parts = urlsplit(where) if where.startswith("file:") else None
    except ValueError:
        return None
    path = unquote(parts.path) if parts is not None else where
    if not path.isprintable() or (parts is not None and parts.netloc not in _LOCAL):
        return None
    # os.path's functions take loops of links, and names that are too long, for what is not there.
    root = os.path.realpath(workspace)
    folder = Path(os.path.realpath(os.path.join(root, path)))  # noqa: PTH118
    return folder if folder.is_relative_to(root) and os.path.isdir(folder) else None  # noqa: PTH112


async def _bare(folder: Path, where: str, *, allow_write: bool) -> Opened:
    """A bare repository is a remote to a throwaway one that borrows its objects.

    Its own configuration, attributes and hooks, which could name programs, so mean nothing to what reads it; what is
    pushed passes its hooks, as anybody's push does.
    """
    owner = Git(folder.parent)
    around = await owner.run("ls-files", "-z", "--", folder.name, codes=(0, 128), extra={"GIT_CEILING_DIRECTORIES": ""})
    if around.output:
        raise UnknownRepository(f"{where} is part of another repository's files, so it is nobody's to work on.")
    kind = await owner.run("config", "--file", f"{folder}/config", "--get", "core.bare", codes=(0, 1))
    if kind.text != "true":
        raise UnknownRepository(f"{where} is the inside of a clone.", hint="Give the clone's own folder.")
    form = await owner.run(
        *("config", "--file", f"{folder}/config", "--default", "sha1", "--get", "extensions.objectFormat")
    )
    borrowed = Path(tempfile.mkdtemp(prefix="argocd-gitops-"))
    git = Git(borrowed, git_dir=borrowed)
    commits = Clone(git, Bare(git, folder), working_tree=None, allow_write=allow_write)
    weakref.finalize(commits, shutil.rmtree, borrowed, ignore_errors=True)
    await git.run("init", "--quiet", "--bare", "--template=", f"--object-format={form.text}")
    (borrowed / "objects" / "info").mkdir(parents=True, exist_ok=True)
    (borrowed / "objects" / "info" / "alternates").write_text(f"{folder / 'objects'}\n", "utf-8")
    return Opened(folder.as_uri(), _short(folder.as_uri()), commits, "")


async def _remote(git: Git, where: str) -> str:
    names = (await git.run("remote")).text.split("\n")
    if "origin" in names or len(names) == 1:
        return "origin" if "origin" in names else names[0]
    raise UnknownRepository(f"{where} has several remotes, and none is called origin: {', '.join(names)}.")


def plain(url: str, folder: Path) -> str:
    """A remote's URL without credentials; of a path on this machine its `file://` form.

    Raises:
        UnknownRepository: it is no URL.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise UnknownRepository("The clone's remote has an address that is no URL.") from error
    if parts.scheme in {"http", "https"}:
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, host, parts.path, "", ""))
    if "://" in url:
        password = parts.password
        return url.replace(f":{password}@", "@", 1) if password else url
    return url if _SCP.fullmatch(url) else (folder / url).resolve().as_uri()


def _short(url: str) -> str:
    """`team/deploy` of a remote, the last name of a path."""
    scp = None if "://" in url else _SCP.fullmatch(url)
    is_remote = scp is not None or not url.startswith(("/", "file:"))
    path = scp["path"] if scp else urlsplit(url).path
    names = unquote(path).strip("/").removesuffix(".git").split("/")
    return "/".join(names[-2:] if is_remote else names[-1:])
