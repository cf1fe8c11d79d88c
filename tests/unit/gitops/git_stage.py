"""Real repositories for tests: made by git itself, with a user of their own, in a temporary folder."""

import base64
import hmac
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import pytest

USER, PASSWORD = "deployer", "not-for-everyone"
BASE = {
    "README.md": b"# deploy\n",
    "apps/shop.yaml": b"image: shop:v1\nreplicas: 1\n",
    "apps/windows.yaml": b"a: 1\r\nb: 2\r\n",
    "bin/render": b"#!/bin/sh\n",
}


class GitStage:
    """A workspace with one bare repository, `deploy.git`, and a clone of it, `deploy`.

    Args:
        root: a temporary folder, whose symbolic links are resolved.
    """

    def __init__(self, root: Path) -> None:
        self.workspace = root / "workspace"
        self.home = root / "home"
        self.bare = self.workspace / "deploy.git"
        self.clone = self.workspace / "deploy"
        self.workspace.mkdir()
        self.home.mkdir()
        (self.home / ".gitconfig").write_text("[user]\nname = Ada\nemail = ada@example.com\n", "utf-8")

    @property
    def environment(self) -> dict[str, str]:
        """As a user with this home has it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "SSH_", "XDG_"))}
        return kept | {"HOME": str(self.home), "GIT_CONFIG_NOSYSTEM": "1"}

    def git(self, *arguments: str, at: Path | None = None, given: bytes | None = None) -> str:
        """Run git as the user does; answers what it printed."""
        done = subprocess.run(  # noqa: S603 - the tests' own arguments
            ["git", *arguments],  # noqa: S607
            cwd=at or self.clone,
            env=self.environment,
            input=given,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().rstrip("\n")

    @classmethod
    def of(cls, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Self:
        """One in this folder, and the process's own git acts for its user."""
        stage = cls(folder.resolve())
        for name in os.environ.keys() - stage.environment.keys():
            monkeypatch.delenv(name)
        for name in ("HOME", "GIT_CONFIG_NOSYSTEM"):
            monkeypatch.setenv(name, stage.environment[name])
        return stage

    def signing(self) -> Path:
        """Set the user's git up to sign commits with a key of ssh's; answers the key."""
        key, allowed = self.home / "key", self.home / "allowed"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)  # noqa: S603, S607
        allowed.write_text(f"ada@example.com {key.with_suffix('.pub').read_text('utf-8')}", "utf-8")
        for name, value in (
            ("gpg.format", "ssh"),
            ("user.signingKey", str(key)),
            ("commit.gpgSign", "true"),
            ("gpg.ssh.allowedSignersFile", str(allowed)),
        ):
            self.git("config", "--global", name, value, at=self.home)
        return key

    def seed(self, made: Path) -> None:
        """Put the bare repository with one commit on main here, and the clone; they are made once, then copied."""
        if not made.exists():
            self._make()
            shutil.copytree(self.workspace, made, symlinks=True)
        else:
            shutil.copytree(made, self.workspace, symlinks=True, dirs_exist_ok=True)

    def _make(self) -> None:
        self.empty()
        for path, content in BASE.items():
            (self.clone / path).parent.mkdir(exist_ok=True)
            (self.clone / path).write_bytes(content)
        (self.clone / "bin/render").chmod(0o755)
        (self.clone / "current").symlink_to("apps")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "Begin")
        self.git("push", "--quiet", "origin", "main")
        self.git("remote", "set-head", "origin", "main")

    def empty(self) -> None:
        """Make the bare repository and the clone without a commit."""
        self.git("init", "--quiet", "--bare", "--initial-branch=main", str(self.bare), at=self.workspace)
        self.git("init", "--quiet", "--initial-branch=main", str(self.clone), at=self.workspace)
        self.git("remote", "add", "origin", "../deploy.git")

    def commit(self, files: Mapping[str, str], *, branch: str = "main") -> str:
        """Somebody else's commit, put on a branch of the bare repository; answers it."""
        other = self.home / "other"
        if not other.exists():
            self.git("clone", "--quiet", str(self.bare), str(other), at=self.home)
        self.git("fetch", "--quiet", "--prune", at=other)
        start = f"origin/{branch}" if self.tip(branch) else "origin/main"
        self.git("checkout", "--quiet", "--detach", start, at=other)
        for path, content in files.items():
            (other / path).parent.mkdir(parents=True, exist_ok=True)
            (other / path).write_text(content, "utf-8")
        self.git("add", "--all", at=other)
        self.git("commit", "--quiet", "--message", "Somebody else's", at=other)
        self.git("push", "--quiet", "origin", f"HEAD:refs/heads/{branch}", at=other)
        return self.tip(branch)

    def tip(self, branch: str) -> str:
        """The commit of a branch of the bare repository; empty where there is none."""
        return self.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}", at=self.bare)

    def branches(self) -> list[str]:
        """Those of the bare repository."""
        return self.git("for-each-ref", "--format=%(refname:short)", "refs/heads", at=self.bare).split()

    def show(self, commit: str, path: str) -> str:
        """A file of a commit in the bare repository, as text."""
        return self.git("show", f"{commit}:{path}", at=self.bare)

    def hook(self, name: str, script: str) -> None:
        """Give the bare repository a hook."""
        file = self.bare / "hooks" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        file.chmod(0o755)

    def fingerprint(self, *, pushed: str = "-") -> tuple[str, ...]:
        """What a push must leave as it is: HEAD, branches, remote-tracking ones but the pushed, index, working tree."""
        index = (self.clone / ".git/index").read_bytes() if (self.clone / ".git/index").exists() else b""
        refs = self.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads", "refs/remotes", "refs/tags")
        passed = (f"refs/remotes/origin/{pushed} ", "refs/remotes/origin/HEAD ")
        refs = "\n".join(line for line in refs.split("\n") if not line.startswith(passed))
        files = sorted(
            f"{path} {path.lstat().st_mtime_ns}" for path in self.clone.rglob("*") if ".git" not in path.parts
        )
        return self.git("symbolic-ref", "HEAD"), refs, index.hex(), *files

    @contextmanager
    def served(self, *, public: bool = False) -> Iterator[str]:
        """Serve the workspace by smart HTTP to whoever knows the password; gives the URL of `deploy.git`.

        Args:
            public: whether anybody may read.
        """
        root, environment = self.workspace, self.environment

        class Served(_Backend):
            pass

        Served.root, Served.environment, Served.public = root, environment, public
        self.git("config", "http.receivepack", "true", at=self.bare)
        server = ThreadingHTTPServer(("127.0.0.1", 0), Served)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/deploy.git"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def log_in(self, password: str) -> None:
        """Give the user a credential helper that knows this password."""
        helper = f"!f() {{ test $1 = get && printf 'username={USER}\\npassword={password}\\n'; }}; f"
        self.git("config", "--global", "credential.helper", helper, at=self.home)


class _Backend(BaseHTTPRequestHandler):
    """Hands what is let in to `git http-backend`, a CGI program."""

    root: Path
    environment: Mapping[str, str]
    public: bool

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        wanted = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        is_open = self.public and "git-receive-pack" not in self.path
        if not is_open and not hmac.compare_digest(self.headers.get("Authorization", ""), wanted):
            self.send_response(HTTPStatus.UNAUTHORIZED)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        done = subprocess.run(
            ["git", "http-backend"],  # noqa: S607
            input=body,
            env=self._cgi(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _cgi(self) -> dict[str, str]:
        url = urlsplit(self.path)
        return {
            **self.environment,
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REQUEST_METHOD": self.command,
            "PATH_INFO": url.path,
            "QUERY_STRING": url.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": self.headers.get("Content-Length", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "REMOTE_USER": USER,
            "REMOTE_ADDR": self.client_address[0],
        }
