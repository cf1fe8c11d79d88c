"""A pytest plugin: the testbed as a session fixture, and repositories for tests to deploy from."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from testbed import home, launcher, record, repositories
from testbed.errors import NotReadyError
from testbed.home import Home
from testbed.record import Testbed

__all__ = ["Testbed", "commit", "new_repository", "testbed"]

_LIFETIME_SECONDS = 3600


@pytest.fixture(scope="session")
def testbed() -> Iterator[Testbed]:
    """Reuse the testbed that runs, or have one for this session."""
    place = home.from_environment(os.environ)
    known = record.running(place)
    yield known or _start(place)
    if known is None:
        launcher.down(place)


def _start(place: Home) -> Testbed:
    # Through a process that ends, so that the supervisor is nobody's child here.
    command = [sys.executable, "-m", "testbed", "up", f"--lifetime={_LIFETIME_SECONDS}"]
    done = subprocess.run(command, cwd=Path(__file__).parent.parent, check=False)
    started = record.running(place)
    if done.returncode or started is None:
        raise NotReadyError("the testbed did not start: its output says why")
    return started


def commit(testbed: Testbed, repository: str, files: Mapping[str, str | None], message: str = "Change") -> str:
    """Write (or with None delete) files on main of a bare repository, and give the commit's SHA."""
    return repositories.commit(testbed.bare_repositories / f"{repository}.git", files, message)


def new_repository(testbed: Testbed, name: str, files: Mapping[str, str]) -> str:
    """Make a bare repository of one commit, and give the URL to deploy from."""
    repositories.create(testbed.bare_repositories / f"{name}.git", files, "Begin")
    return f"{testbed.repositories}/{name}.git"
