"""Free TCP ports on loopback."""

import random
import socket
from contextlib import ExitStack
from dataclasses import dataclass, fields

# Below the range from which kernels pick the ports of outgoing connections, so that none of those takes one meanwhile.
_RANGE = range(10_000, 30_000)


@dataclass(frozen=True)
class Ports:
    """One port for each listener of the testbed."""

    etcd: int
    etcd_peer: int
    redis: int
    kube_apiserver: int
    controller_manager: int
    scheduler: int
    kubelet: int
    repo_server: int
    repo_server_metrics: int
    argocd_server: int
    argocd_server_metrics: int
    application_controller_metrics: int
    applicationset_metrics: int
    applicationset_probe: int
    applicationset_webhook: int
    git: int
    gitea: int


def choose() -> Ports:
    """Pick ports that nobody listens on; all are held until the last is found, so they differ."""
    with ExitStack() as held:
        return Ports(*(_free(held) for _ in fields(Ports)))


def _free(held: ExitStack) -> int:
    while True:
        port = random.choice(_RANGE)  # noqa: S311 - a port number is no secret
        listener = held.enter_context(socket.socket())
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            continue
        return port
