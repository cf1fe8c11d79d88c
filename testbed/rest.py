"""JSON over HTTPS, as far as the launcher speaks to the Kubernetes and Argo CD APIs."""

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Rest:
    """One API: where it is and how to be let in. Errors are OSErrors that carry the API's own words."""

    url: str
    context: ssl.SSLContext
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def answers(self, path: str) -> bool:
        self._send("GET", path)
        return True

    def get(self, path: str) -> Any:
        return json.loads(self._send("GET", path))

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._told(self._send("POST", path, json.dumps(body).encode()))

    def put(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self._told(self._send("PUT", path, None if body is None else json.dumps(body).encode()))

    def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._told(self._send("PATCH", path, json.dumps(body).encode()))

    def delete(self, path: str) -> None:
        self._send("DELETE", path)

    def apply(self, path: str, body: Mapping[str, Any] | bytes) -> Any:
        """Server-side apply: create the object, or make it be like this."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        path = f"{path}?fieldManager=testbed&force=true"
        return json.loads(self._send("PATCH", path, content, "application/apply-patch+yaml"))

    @staticmethod
    def _told(content: bytes) -> Any:
        return json.loads(content) if content else None

    def _send(self, method: str, path: str, body: bytes | None = None, media_type: str = "application/json") -> bytes:
        headers = {"Content-Type": media_type, **self.headers}
        # Only ever the launcher's own loopback addresses.
        request = urllib.request.Request(self.url + path, body, headers, method=method)  # noqa: S310
        https = urllib.request.HTTPSHandler(context=self.context)
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}), https)
        try:
            with direct.open(request, timeout=_TIMEOUT_SECONDS) as answer:
                content: bytes = answer.read()
                return content
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            raise OSError(f"{method} {path}: {error.code} {text}") from error
