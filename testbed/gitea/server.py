"""Gitea as one of the testbed's processes: its settings, its certificate, its start."""

import os
import secrets
import subprocess
from pathlib import Path

from testbed import certificates
from testbed.home import write_private
from testbed.rest import Rest
from testbed.run import Run

_DIRECT = dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost")


def folder(run: Run) -> Path:
    return run.folder / "gitea"


def url(run: Run) -> str:
    return f"https://127.0.0.1:{run.ports.gitea}"


def start(run: Run) -> None:
    """Start it without waiting: it needs nothing of what starts after it."""
    home = folder(run)
    home.mkdir(mode=0o700)
    certificate, key = run.authority.sign("gitea", ["127.0.0.1", "localhost"])
    tls = {"ca.crt": run.authority.pem, "server.crt": certificate, "server.key": key}
    certificates.write(home / "tls", tls)
    write_private(home / "app.ini", _settings(run, home))
    run.processes.start("gitea", *_command(run, "web"), environment=_environment(home))


def wait(run: Run) -> None:
    api = Rest(url(run), run.trust)
    run.processes.until("Gitea", lambda: api.answers("/api/healthz"))


def command(run: Run, *words: str) -> str:
    """Run a command of Gitea's own on the same data, and give what it says."""
    done = subprocess.run(
        _command(run, *words),
        env={**os.environ, **_environment(folder(run))},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def _command(run: Run, *words: str) -> list[str]:
    home = folder(run)
    program = run.programs.gitea / "gitea"
    return [str(program), *words, f"--config={home / 'app.ini'}", f"--work-path={home}", f"--custom-path={home}"]


def _environment(home: Path) -> dict[str, str]:
    # Its webhooks go to an Argo CD with a certificate of the same authority.
    return {**_DIRECT, "SSL_CERT_FILE": str(home / "tls" / "ca.crt")}


def _settings(run: Run, home: Path) -> str:
    return f"""\
APP_NAME = testbed
RUN_MODE = prod
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = {str(os.geteuid() == 0).lower()}

[server]
PROTOCOL = https
HTTP_ADDR = 127.0.0.1
HTTP_PORT = {run.ports.gitea}
ROOT_URL = {url(run)}/
CERT_FILE = {home / "tls" / "server.crt"}
KEY_FILE = {home / "tls" / "server.key"}
STATIC_ROOT_PATH = {run.programs.gitea}
DISABLE_SSH = true
LFS_START_SERVER = false
OFFLINE_MODE = true

[database]
DB_TYPE = sqlite3
PATH = {home / "gitea.db"}
SQLITE_JOURNAL_MODE = WAL
; A write waits for another one instead of failing.
SQLITE_TIMEOUT = 10000

[security]
INSTALL_LOCK = true
SECRET_KEY = {secrets.token_urlsafe(32)}
INTERNAL_TOKEN = {secrets.token_urlsafe(32)}

[service]
DISABLE_REGISTRATION = true

[webhook]
ALLOWED_HOST_LIST = loopback

[indexer]
ISSUE_INDEXER_TYPE = db

[queue]
TYPE = channel

[log]
MODE = console
LEVEL = Info
logger.router.MODE =

[oauth2]
ENABLED = false

[actions]
ENABLED = false

[packages]
ENABLED = false

[cron]
ENABLED = false

[cron.update_checker]
ENABLED = false
"""
