"""The Argo CD that is measured against, and plain requests to it."""

import json
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2


@dataclass(frozen=True)
class Place:
    """A sandbox or the testbed; both hold the same seeds."""

    what: str
    url: str
    token: str = field(repr=False)
    ca_file: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """As our server sends them."""
        return {"Authorization": f"Bearer {self.token}", "Accept": "application/json", "Accept-Encoding": "gzip"}

    @property
    def verify(self) -> ssl.SSLContext | bool:
        """What its certificate is checked with."""
        return ssl.create_default_context(cafile=self.ca_file) if self.ca_file else False

    def environment(self, **settings: str) -> dict[str, str]:
        """For our server, with nothing of the user's own settings."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        ours = {"ARGOCD_SERVER_URL": self.url, "ARGOCD_TOKEN": self.token, "ARGOCD_AUDIT_FILE": os.devnull}
        tls = {"ARGOCD_CA_FILE": self.ca_file} if self.ca_file else {}
        return {**kept, "XDG_CONFIG_HOME": os.devnull, **ours, **tls, **settings}

    def lines(self, path: str, query: Mapping[str, str]) -> list[Any]:
        """The JSON values of a stream, one a line."""
        return [json.loads(line) for line in self._text(path, query).splitlines() if line]

    def whole(self, path: str, query: Mapping[str, str]) -> Any:
        """The JSON value of an answer."""
        return json.loads(self._text(path, query))

    def _text(self, path: str, query: Mapping[str, str]) -> str:
        with httpx2.Client(verify=self.verify, headers=self.headers, timeout=120) as client:
            response = client.get(self.url + path, params=dict(query))
            response.raise_for_status()
            text: str = response.text
            return text
