"""A plain HTTP client in a process of its own, asked for one request after the other."""

import json
import subprocess
import sys
from typing import Self

from bench.place import Place

_COMMAND = (sys.executable, "-m", "bench.bare_request")


class Bare:
    """The process, for the time of a `with` block."""

    def __init__(self, place: Place, target: str, *, decodes: bool = False) -> None:
        self._process = subprocess.Popen(_COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        given = {"url": place.url + target, "headers": place.headers, "ca_file": place.ca_file, "decodes": decodes}
        self._say(json.dumps(given))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def seconds(self) -> float:
        """What one more request took."""
        self._say("")
        assert self._process.stdout is not None  # noqa: S101 - asked for above
        return float(self._process.stdout.readline())

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None  # noqa: S101 - asked for above
        print(line, file=self._process.stdin, flush=True)
