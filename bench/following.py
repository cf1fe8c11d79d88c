"""From the end of an operation to the answer: ours and `argocd app wait`, both waiting for the same operation."""

import json
import os
import secrets
import ssl
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx2

from bench.place import Place
from bench.results import Row
from bench.stdio import OURS, Server

_APPLICATION = "waves"
"""Its hooks take so long that both have long begun to wait."""
_RUNS = 3
_ANSWER_MS = 300.0
_SECONDS = 60


def measure(place: Place, argocd: str) -> Iterator[Row]:
    """Sync a few times, with both waiting and a third looking at the API itself."""
    ours: list[float] = []
    theirs: list[float] = []
    with Server(OURS, place.environment()) as server, ThreadPoolExecutor() as pool:
        for _ in range(_RUNS):
            request_id = secrets.token_hex(6)
            watching = threading.Event()
            ended = pool.submit(_end, place, request_id, watching)
            watching.wait(_SECONDS)
            _sync(place, request_id)
            answers = [pool.submit(_timed, _ours(server, request_id)), pool.submit(_timed, _theirs(place, argocd))]
            end = ended.result(_SECONDS)
            for answer, times in zip(answers, (ours, theirs), strict=True):
                times.append((answer.result(_SECONDS) - end) * 1000)
    detail = f"median of {_RUNS} syncs of {_APPLICATION}, {max(ours):.0f} ms at most"
    yield Row(f"end of an operation to our answer, {place.what}", _middle(ours), "ms", "time", _ANSWER_MS, detail)
    detail = f"the same syncs, {max(theirs):.0f} ms at most"
    yield Row(f"end of an operation to `argocd app wait`, {place.what}", _middle(theirs), "ms", "time", None, detail)


def _middle(times: list[float]) -> float:
    return statistics.median(times)


def _timed(wait: Callable[[], None]) -> float:
    wait()
    return time.perf_counter()


def _ours(server: Server, request_id: str) -> Callable[[], None]:
    def wait() -> None:
        given = {"name": _APPLICATION, "operation_id": request_id, "until": "operation", "timeout_seconds": _SECONDS}
        answer = server.call("manage_argocd_application", operation="wait", **given)
        if json.loads(answer)["phase"] != "Succeeded":
            raise RuntimeError(answer)

    return wait


def _theirs(place: Place, argocd: str) -> Callable[[], None]:
    command = [argocd, "app", "wait", _APPLICATION, "--operation", f"--timeout={_SECONDS}"]
    command += [f"--server={urlsplit(place.url).netloc}", f"--server-crt={place.ca_file}"]
    environment = {**os.environ, "ARGOCD_AUTH_TOKEN": place.token, "ARGOCD_BINARY_NAME": "argocd"}

    def wait() -> None:
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, timeout=_SECONDS)

    return wait


def _sync(place: Place, request_id: str) -> None:
    url = f"{place.url}/api/v1/applications/{_APPLICATION}/sync"
    headers = {**place.headers, "Content-Type": "application/json"}
    body = {"infos": [{"name": "request-id", "value": request_id}]}
    httpx2.post(url, json=body, headers=headers, verify=_verify(place)).raise_for_status()


def _end(place: Place, request_id: str, watching: threading.Event) -> float:
    """When the API itself first shows the operation's end."""
    with (
        httpx2.Client(verify=_verify(place), headers=place.headers, timeout=_SECONDS) as client,
        client.stream("GET", f"{place.url}/api/v1/stream/applications", params={"name": _APPLICATION}) as answer,
    ):
        for line in answer.iter_lines():
            watching.set()
            application = json.loads(line)["result"]["application"]
            state = application["status"].get("operationState") or {}
            info = state.get("operation", {}).get("info") or [{}]
            if "operation" not in application and info[0].get("value") == request_id:
                return time.perf_counter()
    raise RuntimeError("the watch ended before the operation did")


def _verify(place: Place) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=place.ca_file or None)
