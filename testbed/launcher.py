"""Starts a testbed in the background, finds the one that runs, and stops it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from testbed import record, supervisor
from testbed.build import build
from testbed.errors import NotReadyError
from testbed.home import Home, locked
from testbed.record import Testbed

LIFETIME_SECONDS = 4 * 3600.0
FLEET_SECONDS = 3600.0
_START_SECONDS = 300
_STOP_SECONDS = 30
_POLL_SECONDS = 0.2


def up(home: Home, lifetime: float = LIFETIME_SECONDS, *, seeded: bool = True) -> Testbed:
    """Give the testbed that runs, or build and start one; two callers get the same one."""
    with locked(home.start_lock):
        if (found := record.running(home)) is not None:
            return found
        build(home)
        command = [sys.executable, "-m", "testbed", "up", "--foreground", f"--lifetime={lifetime}"]
        if not seeded:
            command.append("--no-seeds")
        with home.log.open("wb") as log:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **home.environment},
                cwd=Path(__file__).parent.parent,
                start_new_session=True,
            )
        return _started(home, child)


def run(home: Home, lifetime: float, *, seeded: bool) -> None:
    """Be the testbed's supervisor until it ends."""
    if (supervising := home.supervisor()) is not None:
        raise NotReadyError(f"a testbed runs already, under process {supervising}")
    supervisor.supervise(home, supervisor.Plan(build(home), lifetime, seeded))


def down(home: Home) -> bool:
    """Stop the testbed and remove its run folder; tell whether there was one."""
    process = home.supervisor()
    if process is not None:
        os.kill(process, signal.SIGTERM)
        limit = time.monotonic() + _STOP_SECONDS
        while home.supervisor() == process:
            if time.monotonic() > limit:
                raise NotReadyError(f"process {process} does not end")
            time.sleep(_POLL_SECONDS)
    if home.folder.exists():
        with locked(home.supervisor_lock):
            supervisor.clean(home)
    return process is not None


def _started(home: Home, child: subprocess.Popen[bytes]) -> Testbed:
    limit = time.monotonic() + _START_SECONDS
    while time.monotonic() < limit:
        if (found := record.running(home)) is not None:
            return found
        if child.poll() is not None:
            raise NotReadyError(f"the testbed did not start:\n{home.log.read_text()}")
        time.sleep(_POLL_SECONDS)
    child.terminate()
    raise NotReadyError(f"the testbed did not start within {_START_SECONDS} s; see {home.log}")
