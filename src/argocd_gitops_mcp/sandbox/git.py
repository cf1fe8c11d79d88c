"""Bare git repositories in one folder, by the git program: commit, resolve, read."""

import io
import os
import re
import shutil
import subprocess
import tarfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

EXPRESSION = re.compile(r"[~^:?*\\\[\s]|@\{|\.\.")  # what no name of a branch or tag has
AUTHOR = "Sandbox <sandbox@example.com>"

# Found once: it runs in a thread, while the process may be given another PATH.
_PROGRAM = shutil.which("git") or "git"


@dataclass
class Git:
    """A folder of bare repositories; `mounts` maps further URLs to repositories in it."""

    root: Path
    mounts: dict[str, Path] = field(default_factory=dict)
    trees: dict[tuple[Path, str], dict[str, str]] = field(default_factory=dict)

    def folder(self, url: str) -> Path | None:
        """Where a repository URL leads, if it leads here at all."""
        if url in self.mounts:
            return self.mounts[url]
        path = Path(url.removeprefix("file://"))
        return path if url.startswith("file://") and (path / "HEAD").is_file() else None

    def create(self, name: str) -> Path:
        """An empty bare repository, written by hand: a process less than `git init`."""
        folder = self.root / f"{name}.git"
        for part in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
            (folder / part).mkdir(parents=True)
        (folder / "HEAD").write_text("ref: refs/heads/main\n")
        (folder / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = true\n")
        return folder

    def commit(
        self, folder: Path, files: dict[str, str | None], message: str, when: datetime, tag: str | None = None
    ) -> str:
        """Add one commit to main: a text replaces or adds a file, None deletes it."""
        who = f"{AUTHOR} {int(when.timestamp())} +0000"
        lines = [b"commit refs/heads/main\nmark :1\n", f"committer {who}\n".encode(), _data(message)]
        if (folder / "refs/heads/main").exists():
            lines.append(b"from refs/heads/main^0\n")
        for path, text in files.items():
            if text is None:
                lines.append(f"D {path}\n".encode())
            else:
                lines += [f"M 100644 inline {path}\n".encode(), _data(text)]
        if tag:
            lines.append(f"reset refs/tags/{tag}\nfrom :1\n".encode())
        lines.append(b"get-mark :1\n")
        return run(folder, "fast-import", "--quiet", "--date-format=raw", stdin=b"".join(lines)).decode().strip()

    def resolve(self, folder: Path, revision: str) -> str | None:
        """The commit a branch or tag stands for: what a remote lists, so neither HEAD~1 nor origin/main."""
        name = revision or "HEAD"
        if EXPRESSION.search(name):
            return None
        names = (name,) if name == "HEAD" or name.startswith("refs/") else (f"refs/heads/{name}", f"refs/tags/{name}")
        return next(filter(None, (self.commit_of(folder, reference) for reference in names)), None)

    def commit_of(self, folder: Path, expression: str) -> str | None:
        """The commit of whatever git itself understands, such as a shortened SHA."""
        try:
            found = run(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{expression}^{{commit}}")
        except subprocess.CalledProcessError:
            return None
        return found.decode().strip()

    def tree(self, folder: Path, sha: str) -> dict[str, str]:
        """All text files of a commit, by path."""
        if (folder, sha) not in self.trees:
            with tarfile.open(fileobj=io.BytesIO(run(folder, "archive", "--format=tar", sha))) as tar:
                self.trees[folder, sha] = {
                    member.name: content.read().decode(errors="replace")
                    for member in tar.getmembers()
                    if (content := tar.extractfile(member))
                }
        return self.trees[folder, sha]

    def tags(self, folder: Path, sha: str) -> list[str]:
        return run(folder, "tag", "--points-at", sha).decode().split()

    def describe(self, folder: Path, sha: str) -> tuple[str, str, str]:
        """Author, date (RFC 3339, UTC) and message of a commit."""
        shown = run(folder, "show", "-s", "--date=format-local:%Y-%m-%dT%H:%M:%SZ", "--format=%an <%ae>%n%ad%n%B", sha)
        author, date, message = shown.decode().split("\n", 2)
        return author, date, message.strip()


def run(folder: Path, *arguments: str, stdin: bytes | None = None) -> bytes:
    """One git command in a repository, free of the user's configuration."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "TZ": "UTC", "LC_ALL": "C"}
    command = [_PROGRAM, f"--git-dir={folder}", *arguments]
    return subprocess.run(command, input=stdin, env=environment, capture_output=True, check=True).stdout  # noqa: S603 no shell, fixed program


def _data(text: str) -> bytes:
    content = text.encode()
    return b"data %d\n%s\n" % (len(content), content)
