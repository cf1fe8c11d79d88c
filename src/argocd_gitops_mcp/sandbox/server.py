"""The sandbox as a server: uvicorn in a thread on loopback, the controllers ticking beside it, and a command's loop."""

import asyncio
import json
import os
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Self, TypeVar

import uvicorn
from starlette.types import Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

from argocd_gitops_mcp.sandbox import applicationset_controller, controller, seeding, synthetic
from argocd_gitops_mcp.sandbox.app import Api
from argocd_gitops_mcp.sandbox.faults import Faults, Received
from argocd_gitops_mcp.sandbox.git import Git
from argocd_gitops_mcp.sandbox.world import Clock, World, now

T = TypeVar("T")

LOOPBACK = "127.0.0.1"
TICK = 0.02
START_TIMEOUT = 10.0
PER_SECOND = 2_000
"""Synthetic applications are made much faster than this."""


class Sandbox:
    """An embedded Argo CD for the time of a `with` block."""

    def __init__(
        self,
        *,
        seeds: bool = True,
        port: int = 0,
        applications: int = 0,
        tls: tuple[str, str] | None = None,
        clock: Clock = now,
    ) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="argocd-sandbox-"))
        self._seeds, self._port, self._applications, self._tls = seeds, port, applications, tls
        self.pause = TICK  # between two rounds of the controllers
        self.world = World(clock, Git(self._folder))
        self.passwords = dict(seeding.PASSWORDS)
        self.tokens: dict[str, str] = {}
        self.url = ""
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="sandbox", daemon=True)

    def __enter__(self) -> Self:
        self._server, self._socket = self._bind()
        self._thread.start()
        if not self._ready.wait(START_TIMEOUT + self._applications / PER_SECOND) or not self.url:
            self.__exit__()
            raise RuntimeError("the sandbox did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(START_TIMEOUT)
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def repositories(self) -> str:
        """URL of the folder of bare repositories."""
        return f"file://{self._folder}"

    @property
    def requests(self) -> list[Received]:
        """All requests so far, in the order of their arrival."""
        return self.api.requests

    @property
    def faults(self) -> Faults:
        return self.api.faults

    def commit(self, repository: str, files: dict[str, str | None], message: str = "Change") -> str:
        """Commit to main of a repository (its name, without .git) and answer the SHA."""
        return self.world.git.commit(self._folder / f"{repository}.git", files, message, self.world.clock())

    def new_repository(self, name: str, files: dict[str, str] | None = None) -> str:
        """Create a bare repository with one commit (none without files) and answer its URL."""
        self.world.git.create(name)
        if files:
            self.commit(name, dict(files), "First commit")
        return f"{self.repositories}/{name}.git"

    def within(self, change: Callable[[World], T]) -> T:
        """Do this to the world, in the thread that it belongs to; wait for it."""

        async def doing() -> T:
            return change(self.world)

        return asyncio.run_coroutine_threadsafe(doing(), self._loop).result()

    def _bind(self) -> tuple[uvicorn.Server, Any]:
        self.api = Api(self.world)
        config = uvicorn.Config(
            self._application,
            host=LOOPBACK,
            port=self._port,
            http=Connection,
            ws="none",
            interface="asgi3",
            lifespan="off",
            proxy_headers=False,
            log_config=None,
            access_log=False,
            server_header=False,
            ssl_certfile=self._tls[0] if self._tls else None,
            ssl_keyfile=self._tls[1] if self._tls else None,
            timeout_graceful_shutdown=1,
        )
        config.load()
        listening = config.bind_socket()
        # asyncio sets this only on sockets of an explicit protocol; without it each request waits 40 ms for an ACK.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return uvicorn.Server(config), listening

    async def _application(self, scope: Scope, receive: Any, send: Any) -> None:
        scope.setdefault("extensions", {})["sandbox.abort"] = lambda: Connection.abort(scope["client"])
        await self.api(scope, receive, send)

    def _serve(self) -> None:
        try:
            asyncio.run(self._run())
        finally:
            self._ready.set()

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        port = self._socket.getsockname()[1]
        # Filling the world belongs here: only this thread's loop may touch it once it ticks.
        self.tokens = seeding.furnish(self.world)
        if self._seeds:
            seeding.plant(self.world, f"http://{LOOPBACK}:{port}")
        synthetic.add(self.world, self._applications)
        controllers = asyncio.create_task(self._tick())
        serving = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        while not self._server.started and not serving.done():  # noqa: ASYNC110 uvicorn has only flags
            await asyncio.sleep(0.001)
        self.url = f"http{'s' if self._tls else ''}://{LOOPBACK}:{port}"
        self._ready.set()
        while not self._server.should_exit and not controllers.done():  # noqa: ASYNC110 uvicorn has only flags
            await asyncio.sleep(TICK)
        self._server.should_exit = True
        self.api.stopping.set()
        await serving
        if controllers.done():
            controllers.result()
        controllers.cancel()

    async def _tick(self) -> None:
        while True:
            controller.tick(self.world)
            applicationset_controller.tick(self.world)
            await asyncio.sleep(self.pause)


class Connection(H11Protocol):
    """HTTP/1.1 that can be cut in the middle."""

    transports: dict[tuple[str, int], asyncio.Transport] = {}  # noqa: RUF012 shared on purpose, by peer address

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.client:
            self.transports[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self.client:
            self.transports.pop(self.client, None)
        super().connection_lost(exc)

    @classmethod
    def abort(cls, client: tuple[str, int]) -> None:
        cls.transports[client].abort()


def run(
    *,
    port: int = 0,
    seeds: bool = True,
    lifetime: float | None = None,
    applications: int = 0,
    tls: tuple[str, str] | None = None,
) -> None:
    """Serve until SIGINT, SIGTERM or the end of the lifetime; the first line on stdout tells how to connect."""
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    with Sandbox(seeds=seeds, port=port, applications=applications, tls=tls) as sandbox:
        facts = {
            "url": sandbox.url,
            "tokens": sandbox.tokens,
            "passwords": sandbox.passwords,
            "repositories": sandbox.repositories,
            "pid": os.getpid(),
        }
        print(json.dumps(facts), flush=True)  # noqa: T201 the command's answer
        stop.wait(lifetime)
