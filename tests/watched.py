"""HTTP whose watch of applications goes through a proxy of its own, so that it can be broken and nothing else is."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Self

from argocd_gitops_mcp.http import HTTP, TLS, Reply, Request, Stream
from tests.proxy import Proxy, Strike
from tests.stage import Stage

WATCH = "/api/v1/stream/applications"
_SECONDS = 10


class Watched(HTTP):
    """To a stage, while the block lasts; counts the requests by their paths."""

    def __init__(self, stage: Stage) -> None:
        self._proxies = Proxy(stage), Proxy(stage)
        self._tls = TLS(ca_file=stage.ca_file)
        self.watches: list[Strike] = []
        self.asked: Counter[str] = Counter()
        self.streamed: Counter[str] = Counter()

    async def __aenter__(self) -> Self:
        watching, asking = [await proxy.__aenter__() for proxy in self._proxies]
        super().__init__(asking.url, self._tls, _SECONDS)
        self._watching = HTTP(watching.url, self._tls, _SECONDS)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
        await self._watching.close()
        for proxy in self._proxies:
            await proxy.__aexit__()

    def fall(self) -> None:
        """Argo CD is down, until it is said to be up."""
        for proxy in self._proxies:
            proxy.fall()

    def rise(self) -> None:
        """It is up."""
        for proxy in self._proxies:
            proxy.is_down = False

    async def send(self, request: Request, *, timeout: float | None = None) -> Reply:  # noqa: ASYNC109 - as overridden
        self.asked[request.path] += 1
        return await super().send(request, timeout=timeout)

    @asynccontextmanager
    async def stream(
        self, request: Request, *, sent: Callable[[], None] | None = None, ends: bool = False
    ) -> AsyncIterator[Stream]:
        self.streamed[request.path] += 1
        http: HTTP | None = None
        if request.path == WATCH:
            self.watches.append(self._proxies[0].arm("pass"))
            http = self._watching
        opening = super().stream if http is None else http.stream
        async with opening(request, sent=sent, ends=ends) as found:
            yield found
