"""What is known of a running testbed: the content of running.json."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from testbed.home import Home, write_private


@dataclass(frozen=True)
class Testbed:
    """A running testbed: addresses, accounts and files."""

    __test__: ClassVar[bool] = False  # pytest takes any class named Test* for a group of tests

    url: str
    ca_file: str
    tokens: Mapping[str, str] = field(repr=False)
    passwords: Mapping[str, str] = field(repr=False)
    kubeconfig: str
    repositories: str
    private: str
    run: str
    pids: Mapping[str, int]
    argocd_cli: str
    version: str

    @property
    def bare_repositories(self) -> Path:
        return Path(self.repositories.removeprefix("file://"))


def save(home: Home, testbed: Testbed) -> None:
    write_private(home.record, json.dumps(dataclasses.asdict(testbed), indent=1) + "\n")


def running(home: Home) -> Testbed | None:
    """Read the record if the supervisor that wrote it lives."""
    supervisor = home.supervisor()
    if supervisor is None or not home.record.exists():
        return None
    testbed = Testbed(**json.loads(home.record.read_text()))
    return testbed if testbed.pids["supervisor"] == supervisor else None
