"""What may be asked of all applications, for each token of its own: an index, or a list for each question."""

import hashlib
import time
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

from argocd_gitops_mcp.argocd import clusters
from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.errors import Forbidden
from argocd_gitops_mcp.later import Later

if TYPE_CHECKING:
    from argocd_gitops_mcp.fleet import reading
    from argocd_gitops_mcp.fleet.index import Index
    from argocd_gitops_mcp.fleet.table import Snapshot
else:
    reading = Later("argocd_gitops_mcp.fleet.reading")

_TOKENS = 2
"""Indexes at once: of the token in use, and of the one before it, as long as both are given in turns."""
_NAMED = 300.0
"""Seconds for which names of clusters are remembered."""


class Fleets:
    """An index for each token, made at its first question.

    Args:
        keeps: whether there are any; else each question lists.
    """

    def __init__(self, *, keeps: bool = False) -> None:
        self._keeps = keeps
        self._indexes: OrderedDict[str, Index] = OrderedDict()
        self._names: dict[str, tuple[float, dict[str, str]]] = {}

    async def fresh(
        self, client: Client, *, project: str | None = None, app_namespace: str | None = None, named: bool = False
    ) -> "Snapshot":
        """The rows that this client's token may see.

        Without an index only those of the project and the namespace are listed.

        Args:
            client: of the token.
            project: that is asked about.
            app_namespace: the same.
            named: whether clusters are to be known by their names.

        Raises:
            GitOpsError: Argo CD refuses, or cannot be reached.
        """
        found = await self._rows(client, project, app_namespace)
        return replace(found, clusters=await self._clusters(client)) if named else found

    async def _rows(self, client: Client, project: str | None, app_namespace: str | None) -> "Snapshot":
        if self._keeps:
            return await self._index(client).fresh()
        from argocd_gitops_mcp.fleet.table import Snapshot  # noqa: PLC0415 - at the first question

        rows, _ = await reading.listed(client, project=project, app_namespace=app_namespace)
        return Snapshot(rows.values())

    def _index(self, client: Client) -> "Index":
        from argocd_gitops_mcp.fleet.index import Index  # noqa: PLC0415 - at the first question

        key = _digest(client)
        if key not in self._indexes:
            self._indexes[key] = Index(client.pinned())
        self._indexes.move_to_end(key)
        if len(self._indexes) > _TOKENS:
            _, oldest = self._indexes.popitem(last=False)
            oldest.retire()
        return self._indexes[key]

    async def close(self) -> None:
        """End every watch."""
        while self._indexes:
            _, index = self._indexes.popitem()
            await index.close()

    async def _clusters(self, client: Client) -> dict[str, str]:
        """Names by server address; none where the token may see no clusters: then they go by what destinations say."""
        key, now = _digest(client), time.monotonic()
        known = self._names.get(key)
        if known is not None and now - known[0] < _NAMED:
            return known[1]
        try:
            found = (await client.send(clusters.listed())).items or []
        except Forbidden:
            found = []
        names = {one.server: one.name for one in found if one.name}
        self._names = {key: (now, names)} if len(self._names) > _TOKENS else {**self._names, key: (now, names)}
        return names


def _digest(client: Client) -> str:
    """Of the token, which is not to lie about in memory once more."""
    return hashlib.sha256((client.bearer or "").encode()).hexdigest()
