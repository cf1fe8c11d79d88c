"""The testbed's child processes: started on a leash, watched, stopped together."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from testbed.errors import NotReadyError

_LEASH = Path(__file__).with_name("leash.py")
_POLL_SECONDS = 0.2
_LOG_TAIL_BYTES = 2000


class Processes:
    """Must be used from the main thread only: the leash is tied to the thread that forks."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        logs.mkdir(parents=True)

    @property
    def pids(self) -> dict[str, int]:
        return {name: child.pid for name, child in self._children.items()}

    def start(self, name: str, *command: str | Path, environment: Mapping[str, str] | None = None) -> None:
        # Settings meant for an argocd client must not reach the servers.
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("ARGOCD_")}
        with (self._logs / f"{name}.log").open("wb") as log:
            self._children[name] = subprocess.Popen(
                [sys.executable, "-I", "-S", _LEASH, str(os.getpid()), *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**inherited, **(environment or {})},
                cwd=self._logs.parent,
                start_new_session=True,
            )

    def check(self) -> None:
        """Fail with the end of its log if one of them has ended."""
        for name, child in self._children.items():
            if child.poll() is not None:
                tail = (self._logs / f"{name}.log").read_bytes()[-_LOG_TAIL_BYTES:].decode(errors="replace")
                raise NotReadyError(f"{name} ended with {child.returncode}:\n{tail}")

    def until(self, what: str, ready: Callable[[], bool], seconds: float = 90) -> None:
        """Wait for a condition while all of them live; an OSError from it means not yet."""
        limit = time.monotonic() + seconds
        problem: OSError | None = None
        while time.monotonic() < limit:
            self.check()
            try:
                if ready():
                    return
            except OSError as error:
                problem = error
            time.sleep(_POLL_SECONDS)
        raise NotReadyError(f"timed out after {seconds:.0f} s waiting for {what}" + (f": {problem}" if problem else ""))

    def stop(self) -> None:
        """Kill them with whatever they started: nothing of a run is worth saving."""
        for child in self._children.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
        for child in self._children.values():
            child.wait()
