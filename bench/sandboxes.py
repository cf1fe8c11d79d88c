"""A sandbox as a process of its own: what it spends is not spent by whoever measures."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench.place import Place

_CODE = "from argocd_gitops_mcp.sandbox.server import run; run(seeds=False, lifetime={}, applications={})"
_LIFETIME = 1800.0


@contextmanager
def sandbox(applications: int) -> Iterator[Place]:
    """One with so many synthetic applications, and no other."""
    command = (sys.executable, "-c", _CODE.format(_LIFETIME, applications))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None  # noqa: S101 - asked for above
        told = json.loads(process.stdout.readline())
        try:
            yield Place("sandbox", told["url"], told["tokens"]["ci"])
        finally:
            process.terminate()
