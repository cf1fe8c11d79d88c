"""What is known of a running testbed: the content of running.json."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from testbed.errors import NotReadyError
from testbed.home import Home, write_private


@dataclass(frozen=True)
class GiteaUser:
    """How to be let in as a user of Gitea."""

    token: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True)
class Gitea:
    """A running Gitea, its users by name, and the organisation whose repositories Argo CD reads."""

    url: str
    organisation: str
    users: Mapping[str, GiteaUser]


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
    gitea: Gitea
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
    try:
        testbed = _load(json.loads(home.record.read_text()))
    except (KeyError, TypeError) as error:
        raise NotReadyError("the testbed that runs is of another version: python -m testbed down") from error
    return testbed if testbed.pids["supervisor"] == supervisor else None


def _load(record: dict[str, Any]) -> Testbed:
    gitea = record["gitea"]
    users = {name: GiteaUser(**user) for name, user in gitea["users"].items()}
    return Testbed(**{**record, "gitea": Gitea(**{**gitea, "users": users})})
