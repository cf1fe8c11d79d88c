"""Where the testbed keeps its state, and the locks that keep two callers apart."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Home:
    """The state folder and the names in it; `builds` is where the programs are, if not there too."""

    folder: Path
    builds: Path | None = None

    @property
    def programs(self) -> Path:
        return self.builds or self.folder

    @property
    def fleet(self) -> "Home":
        """Of another testbed beside this one, of the same programs."""
        return Home(self.folder / "fleet", self.programs)

    @property
    def go(self) -> Path:
        return self.programs / "go"

    @property
    def record(self) -> Path:
        return self.folder / "running.json"

    @property
    def log(self) -> Path:
        return self.folder / "supervisor.log"

    @property
    def build_lock(self) -> Path:
        return self.programs / "build.lock"

    @property
    def start_lock(self) -> Path:
        return self.folder / "start.lock"

    @property
    def supervisor_lock(self) -> Path:
        """Held by the supervisor as long as it lives; its text is the supervisor's process id."""
        return self.folder / "supervisor.lock"

    @property
    def environment(self) -> dict[str, str]:
        """What tells a process of this home."""
        builds = {"ARGOCD_TESTBED_BUILDS": str(self.builds)} if self.builds else {}
        return {"ARGOCD_TESTBED_HOME": str(self.folder), **builds}

    def supervisor(self) -> int | None:
        """Tell the living supervisor's process id; a file alone proves nothing, the lock does."""
        if not self.supervisor_lock.exists():
            return None
        with self.supervisor_lock.open() as file:
            try:
                # Shared, so that two who look at the same time do not take each other for the supervisor.
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read() or 0) or None
        return None


def from_environment(environment: Mapping[str, str]) -> Home:
    if chosen := environment.get("ARGOCD_TESTBED_HOME"):
        builds = environment.get("ARGOCD_TESTBED_BUILDS")
        return Home(Path(chosen).absolute(), Path(builds).absolute() if builds else None)
    cache = environment.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Home(Path(cache).absolute() / "argocd-gitops-mcp" / "testbed")


@contextmanager
def locked(path: Path, text: str = "") -> Iterator[None]:
    """Hold an exclusive lock on a file; the kernel frees it however the holder ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(text)
        file.flush()
        yield


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    draft = path.with_name(f"{path.name}.draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
