"""An Argo CD that ignores how many lines were asked for cannot fill our memory."""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from bench.stdio import OURS, Server

LINES, BLOCKS = 10_000, 60
MEGABYTES = 30
POD = {"kind": "Pod", "version": "v1", "namespace": "shop", "name": "web", "uid": "1"}
MANIFEST = {"spec": {"containers": [{"name": "main"}]}}


def _line(number: int) -> bytes:
    stamp = f"2026-01-05T09:00:00.{number:09}Z"
    content = f"INFO request {number} " + "served in 12 ms by a handler with a long name " * 4
    return json.dumps({"result": {"content": content, "timeStampStr": stamp, "podName": "web"}}).encode() + b"\n"


BLOCK = b"".join(map(_line, range(LINES)))


class Flooding(BaseHTTPRequestHandler):
    """Two answers as they should be, and a log of 160 MB whatever tail is asked for."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if "/logs?" in self.path:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(BLOCK) * BLOCKS))
            self.end_headers()
            for _ in range(BLOCKS):
                self.wfile.write(BLOCK)
            return
        whole = {"nodes": [POD]} if "resource-tree" in self.path else {"manifest": json.dumps(MANIFEST)}
        body = json.dumps(whole).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""


@pytest.fixture
def flooding() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Flooding)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_flood_is_read_in_little_memory(flooding: str, tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "ARGOCD_SERVER_URL": flooding,
        "ARGOCD_AUTH_TOKEN": "token",
    }
    with Server(OURS, environment) as server:
        tree = {"operation": "get_resource_tree", "application_name": "shop", "resource_name": "web"}
        with suppress(RuntimeError):  # its application is not answered, which is not what this is about
            server.call("manage_argocd_resource", **tree)
        before = server.resident_megabytes
        asked = {**tree, "operation": "get_workload_logs", "tail_lines": 50}
        text = server.call("manage_argocd_resource", **asked)
        assert server.resident_megabytes - before < MEGABYTES
    assert text.startswith("50 lines of Pod/web")
    assert f"INFO request {LINES - 1} " in text
