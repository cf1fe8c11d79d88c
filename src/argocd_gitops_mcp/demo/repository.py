"""The Git repository of the demo: bare and empty to begin with; everything in it is written by the server."""

import os
import subprocess
from pathlib import Path

MAIN = "main"
IDENTITY = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in (("NAME", "Demo"), ("EMAIL", "demo@example.com"))
}
_ALONE = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


class Repository:
    """A bare repository in a folder; `name` is how the tools know it in their workspace, `url` how Argo CD does."""

    def __init__(self, folder: Path, name: str) -> None:
        self.workspace = folder / "workspace"
        self.name = f"{name}.git"
        self.url = f"file://{self.workspace / self.name}"

    def begin(self) -> list[str]:
        """Create it, without a commit; answers the command, to be shown."""
        self.workspace.mkdir()
        _git(self.workspace, "init", "--quiet", "--bare", f"--initial-branch={MAIN}", self.name)
        return [f"git init --bare --initial-branch={MAIN} {self.name}"]

    def head(self) -> str:
        """The commit that main is at, as it is abbreviated in answers."""
        return _git(self.workspace / self.name, "rev-parse", MAIN)[:8]


def _git(folder: Path, *arguments: str) -> str:
    """Run git, free of the user's configuration."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(  # noqa: S603 - no shell, arguments of our own
        ["git", *arguments],  # noqa: S607 - the user's git
        cwd=folder,
        env={**inherited, **_ALONE},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout.strip()
