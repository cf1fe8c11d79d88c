"""A server over stdio, spoken to in bare JSON-RPC, so that no client library is part of what is measured."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

_PROTOCOL = "2025-11-25"
OURS = (sys.executable, "-m", "argocd_gitops_mcp")
BARE = (sys.executable, "-m", "bench.bare_server")


class Server:
    """One server process for the time of a `with` block, past its handshake."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._number = 0
        info = {"name": "bench", "version": "1"}
        self.request("initialize", {"protocolVersion": _PROTOCOL, "capabilities": {}, "clientInfo": info})
        self._send({"method": "notifications/initialized"})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None  # noqa: S101 - asked for above
        assert self._process.stdout is not None  # noqa: S101
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def request(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Send a request and give its result."""
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        assert self._process.stdout is not None  # noqa: S101
        while line := self._process.stdout.readline():
            message = json.loads(line)
            if message.get("id") == self._number and "method" not in message:
                result: dict[str, Any] = message["result"]
                return result
        raise RuntimeError(f"the server ended instead of answering {method}")

    def call(self, tool: str, **arguments: Any) -> str:
        """Call a tool and give the text that a model reads."""
        result = self.request("tools/call", {"name": tool, "arguments": arguments})
        text: str = result["content"][0]["text"]
        if result.get("isError"):
            raise RuntimeError(text)
        return text

    @property
    def resident_megabytes(self) -> float:
        """Memory of the process, from the kernel's own table."""
        return self._memory("VmRSS")

    @property
    def peak_megabytes(self) -> float:
        """The most it ever was."""
        return self._memory("VmHWM")

    def _memory(self, which: str) -> float:
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="utf-8")
        return int(status.split(f"{which}:")[1].split()[0]) / 1000

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None  # noqa: S101
        self._process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        self._process.stdin.flush()
