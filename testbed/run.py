"""What one run of the testbed is made of, before anything is started."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from testbed import certificates, git_server, ports
from testbed.certificates import Authority
from testbed.ports import Ports
from testbed.processes import Processes

ACCOUNTS = ("admin", "ci", "reader", "nologs")


@dataclass(frozen=True)
class Run:
    """The run's folder, ports, authority, passwords and processes."""

    folder: Path
    binaries: Path
    ports: Ports
    authority: Authority
    passwords: Mapping[str, str] = field(repr=False)
    processes: Processes

    @property
    def repositories(self) -> Path:
        return self.folder / "repositories"

    @property
    def private_repositories(self) -> Path:
        return self.folder / "private"


def prepare(folder: Path, binaries: Path) -> Run:
    """Choose all that; the folder exists and is empty."""
    return Run(
        folder,
        binaries,
        ports.choose(),
        certificates.authority(),
        {name: secrets.token_urlsafe(12) for name in (*ACCOUNTS, git_server.USER)},
        Processes(folder / "logs"),
    )
