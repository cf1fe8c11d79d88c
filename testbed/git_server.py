"""Serves bare repositories over HTTP on loopback to whoever knows the password. Started as a program of its own.

The password comes in the environment, so that no list of processes shows it.
"""

import base64
import hmac
import os
import subprocess
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

USER = "private"
PASSWORD_VARIABLE = "TESTBED_GIT_PASSWORD"  # noqa: S105 - the name of a variable


class _GitHandler(BaseHTTPRequestHandler):
    """Hands every request that is let in to `git http-backend`, a CGI program."""

    root: Path
    password: str

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        wanted = base64.b64encode(f"{USER}:{self.password}".encode()).decode()
        if not hmac.compare_digest(self.headers.get("Authorization", ""), f"Basic {wanted}"):
            self.send_response(HTTPStatus.UNAUTHORIZED)
            self.send_header("WWW-Authenticate", 'Basic realm="testbed"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        length = self.headers.get("Content-Length")
        if self.command == "POST" and length is None:
            self.send_error(HTTPStatus.LENGTH_REQUIRED)
            return
        body = self.rfile.read(int(length or 0))
        done = subprocess.run(["git", "http-backend"], input=body, env=self._cgi(), stdout=subprocess.PIPE, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        status = headers.pop("Status", "500" if done.returncode else "200")
        self.send_response(int(status.split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _cgi(self) -> dict[str, str]:
        url = urlsplit(self.path)
        return {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
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


def main(root: Path, port: int) -> None:
    _GitHandler.root = root
    _GitHandler.password = os.environ[PASSWORD_VARIABLE]
    ThreadingHTTPServer(("127.0.0.1", port), _GitHandler).serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
