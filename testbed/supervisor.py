"""The process that starts a testbed, stays as long as it runs, and takes everything down with it."""

import os
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from testbed import argocd, control_plane, logs, record, run, seeds
from testbed.build import ARGOCD, Programs
from testbed.gitea import accounts
from testbed.gitea import server as gitea
from testbed.home import Home, locked
from testbed.record import Testbed
from testbed.run import Run

_WATCH_SECONDS = 1
_CRASHING_NAMESPACE = "crashing"


@dataclass(frozen=True)
class Plan:
    """What to start and for how long."""

    programs: Programs
    lifetime: float
    seeded: bool


def supervise(home: Home, plan: Plan) -> None:
    """Run a testbed until it is told to stop, its time is over, or a part of it ends."""
    ends = time.monotonic() + plan.lifetime
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    with locked(home.supervisor_lock, str(os.getpid())):
        clean(home)
        current = run.prepare(Path(tempfile.mkdtemp(prefix="run-", dir=home.folder)), plan.programs)
        worth_a_look = True
        try:
            record.save(home, _start(current, seeded=plan.seeded))
            _say("ready; python -m testbed status tells how to use it")
            while time.monotonic() < ends:
                current.processes.check()
                time.sleep(_WATCH_SECONDS)
            _say("its time is over")
            worth_a_look = False
        except SystemExit:
            worth_a_look = False
            raise
        finally:
            current.processes.stop()
            home.record.unlink(missing_ok=True)
            if worth_a_look:
                _say(f"All logs, until the next start: {current.folder / 'logs'}")
            else:
                clean(home)


def clean(home: Home) -> None:
    """Remove what a run leaves behind; for the holder of the supervisor's lock only."""
    home.record.unlink(missing_ok=True)
    for folder in home.folder.glob("run-*"):
        shutil.rmtree(folder)


def _start(current: Run, *, seeded: bool) -> Testbed:
    began = time.monotonic()

    def passed(what: str) -> None:
        _say(f"{time.monotonic() - began:5.1f} s {what}")

    gitea.start(current)
    seeds.create_repositories(current)
    private = seeds.serve_private_repositories(current)
    plane = control_plane.start(current, logs.kwok_config(current.folder / logs.FOLDER, _CRASHING_NAMESPACE))
    passed("Kubernetes runs")
    argocd.install(current, plane)
    api = argocd.start(current, plane)
    tokens = argocd.sign_in(current, api)
    passed("Argo CD answers")
    forge = accounts.create(current)
    accounts.introduce(argocd.as_account(api, tokens["admin"]), forge)
    passed("Gitea answers")
    if seeded:
        seeds.deploy(current, plane.api, argocd.as_account(api, tokens["admin"]), private)
        passed("the applications are as expected")
    return Testbed(
        url=api.url,
        ca_file=str(current.folder / "pki" / "ca.crt"),
        tokens=tokens,
        passwords=current.passwords,
        kubeconfig=str(plane.kubeconfig),
        repositories=current.repositories.as_uri(),
        private=private,
        gitea=forge,
        run=str(current.folder),
        pids={"supervisor": os.getpid(), **current.processes.pids},
        argocd_cli=str(current.binaries / "argocd"),
        version=f"v{ARGOCD}",
    )


def _stop(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # a second one must not cut the cleaning short
    _say("stopped")
    sys.exit(0)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
