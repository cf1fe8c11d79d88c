"""What one run of the testbed is made of, before anything is started."""

import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from testbed import certificates, git_server, ports
from testbed.build import Programs
from testbed.certificates import Authority
from testbed.ports import Ports
from testbed.processes import Processes

ACCOUNTS = ("admin", "ci", "reader", "nologs")


@dataclass(frozen=True)
class Run:
    """The run's folder, ports, authority, passwords and processes."""

    folder: Path
    programs: Programs
    ports: Ports
    authority: Authority
    passwords: Mapping[str, str] = field(repr=False)
    webhook_secret: str = field(repr=False)
    processes: Processes

    @property
    def binaries(self) -> Path:
        return self.programs.argocd

    @property
    def trust(self) -> ssl.SSLContext:
        """Believes servers of this run, and nobody else."""
        return ssl.create_default_context(cadata=self.authority.pem.decode())

    @property
    def repositories(self) -> Path:
        return self.folder / "repositories"

    @property
    def private_repositories(self) -> Path:
        return self.folder / "private"


def prepare(folder: Path, programs: Programs) -> Run:
    """Choose all that; the folder exists and is empty."""
    return Run(
        folder,
        programs,
        ports.choose(),
        certificates.authority(),
        {name: secrets.token_urlsafe(12) for name in (*ACCOUNTS, git_server.USER)},
        secrets.token_urlsafe(16),
        Processes(folder / "logs"),
    )
