"""Bare Git repositories that get their commits without a checkout."""

import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

BRANCH = "main"
_WHO = {"NAME": "Testbed", "EMAIL": "testbed@example.com"}
_EMPTY = "0" * 40


def create(repository: Path, files: Mapping[str, str | None], message: str, date: str | None = None) -> str:
    """Make a bare repository of one commit; with a date, the same files give the same commit."""
    repository.parent.mkdir(parents=True, exist_ok=True)
    _git(repository, "init", "--quiet", "--bare", f"--initial-branch={BRANCH}", str(repository))
    return _commit(repository, files, message, parent=None, date=date)


def commit(repository: Path, files: Mapping[str, str | None], message: str) -> str:
    """Write (or with None delete) files on the branch; fails if another commit came between."""
    return _commit(repository, files, message, parent=_git(repository, "rev-parse", f"refs/heads/{BRANCH}"))


def tag(repository: Path, name: str) -> None:
    _git(repository, "tag", name, BRANCH)


def tree(folder: Path) -> dict[str, str | None]:
    """Read a folder's files, as `create` takes them."""
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


def _commit(
    repository: Path,
    files: Mapping[str, str | None],
    message: str,
    parent: str | None,
    date: str | None = None,
) -> str:
    with tempfile.TemporaryDirectory() as folder:
        environment = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        if date is not None:
            environment |= {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        if parent is not None:
            _git(repository, "read-tree", parent, environment=environment)
        entries = "".join(_entry(repository, path, content) for path, content in files.items())
        _git(repository, "update-index", "--index-info", text=entries, environment=environment)
        content = _git(repository, "write-tree", environment=environment)
        parents = () if parent is None else ("-p", parent)
        made = _git(repository, "commit-tree", content, *parents, "-m", message, environment=environment)
    _git(repository, "update-ref", f"refs/heads/{BRANCH}", made, parent or _EMPTY)
    return made


def _entry(repository: Path, path: str, content: str | None) -> str:
    if content is None:
        return f"0 {_EMPTY}\t{path}\n"
    return f"100644 {_git(repository, 'hash-object', '-w', '--stdin', text=content)}\t{path}\n"


def _git(
    repository: Path, *arguments: str, text: str | None = None, environment: Mapping[str, str] | None = None
) -> str:
    # The machine's own Git settings and hooks have no say here.
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    isolated = {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in _WHO.items()},
    }
    done = subprocess.run(
        ["git", f"--git-dir={repository}", *arguments],
        input=text,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**inherited, **isolated, **(environment or {})},
    )
    return done.stdout.strip()
