"""A Git repository by the git program: the bare one that Argo CD reads, and a clone to work in."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

MAIN = "main"
_WHO = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in (("NAME", "Demo"), ("EMAIL", "demo@example.com"))
}
_ALONE = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}


class Repository:
    """Every method answers with the commands it ran, to be shown."""

    def __init__(self, folder: Path, name: str) -> None:
        self._bare = folder / f"{name}.git"
        self._clone = folder / name
        self.url = f"file://{self._bare}"

    def begin(self, files: Mapping[str, str]) -> list[str]:
        """Create it, with one commit on main."""
        self._clone.mkdir()
        _git(self._clone.parent, "init", "--quiet", "--bare", f"--initial-branch={MAIN}", str(self._bare))
        _git(self._clone, "init", "--quiet", f"--initial-branch={MAIN}")
        _git(self._clone, "remote", "add", "origin", self.url)
        return ["git init", *self._commit(files, "Begin"), self._push(MAIN)]

    def branch(self, name: str, files: Mapping[str, str], message: str) -> list[str]:
        """Put one commit on a new branch and push it."""
        _git(self._clone, "switch", "--quiet", "--create", name, MAIN)
        return [f"git switch --create {name} {MAIN}", *self._commit(files, message), self._push(name)]

    def merge(self, name: str, message: str) -> list[str]:
        """Merge a branch into main, with a merge commit as a forge makes it, and push main."""
        _git(self._clone, "switch", "--quiet", MAIN)
        _git(self._clone, "merge", "--quiet", "--no-ff", "-m", message, name)
        return [f"git switch {MAIN}", f'git merge --no-ff -m "{message}" {name}', self._push(MAIN)]

    def head(self) -> str:
        """The commit that main is at, as it is abbreviated in answers."""
        return _git(self._bare, "rev-parse", MAIN)[:8]

    def _commit(self, files: Mapping[str, str], message: str) -> list[str]:
        for name, text in files.items():
            file = self._clone / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        _git(self._clone, "add", "--all")
        _git(self._clone, "commit", "--quiet", "-m", message)
        return ["git add --all", f'git commit -m "{message}"']

    def _push(self, name: str) -> str:
        _git(self._clone, "push", "--quiet", "origin", name)
        return f"git push origin {name}"


def _git(folder: Path, *arguments: str) -> str:
    """Run git, free of the user's configuration."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(  # noqa: S603 - no shell, arguments of our own
        ["git", *arguments],  # noqa: S607 - the user's git
        cwd=folder,
        env={**inherited, **_ALONE, **_WHO},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout.strip()
