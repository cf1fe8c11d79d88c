"""A long list taken apart while its bytes arrive, one application after the other. Pure."""

from collections.abc import Iterator

import msgspec

from argocd_gitops_mcp.argocd.fleet import Frame, Item
from argocd_gitops_mcp.errors import NotArgoCD, TooLarge

MAX_ITEM = 4 * 2**20
"""Bytes of one application; etcd takes none above 1.5 MB."""
_BEGIN = b'"items":['
_NEXT = b',{"metadata":'
"""No quotation mark stands bare inside a string of JSON, so this is never a part of one."""
_SPACE = b" \t\r\n"


class Splitter:
    """Give it pieces, and take the applications that are complete; at the end `frame` is what stood around them."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._head: bytes | None = None
        self._decoder = msgspec.json.Decoder(Item)

    def feed(self, piece: bytes) -> Iterator[Item]:
        """The applications that end in this piece.

        Raises:
            NotArgoCD: it is not the JSON that Argo CD sends.
            TooLarge: one application is above MAX_ITEM.
        """
        looked = max(len(self._rest) - len(_NEXT), 0)
        self._rest += piece
        if self._head is None:
            at = self._rest.find(_BEGIN)
            if at < 0:
                self._bound()
                return
            self._head = bytes(self._rest[: at + len(_BEGIN)])
            del self._rest[: at + len(_BEGIN)]
            looked = 0
        begun = 0
        while (at := self._rest.find(_NEXT, looked)) >= 0:
            looked = at + 1
            item = self._decoded(self._rest[begun:at])
            if item is not None:
                yield item
                begun = looked
        del self._rest[:begun]
        self._bound()

    def _decoded(self, content: bytearray) -> Item | None:
        """The application, or None where the mark was a part of it: a list of objects in its Helm values."""
        try:
            return self._decoder.decode(content)
        except msgspec.ValidationError as error:
            raise NotArgoCD("The list holds what is no application.", upstream=str(error)) from error
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None

    def _bound(self) -> None:
        if len(self._rest) > MAX_ITEM:
            raise TooLarge(f"One application of the list is above {MAX_ITEM // 2**20} MiB; reading was stopped.")

    def end(self) -> tuple[Item | None, Frame]:
        """The last application, and the list without its items.

        Raises:
            NotArgoCD: it broke off, or is no list.
        """
        try:
            if self._head is None:
                return None, msgspec.json.decode(self._rest, type=Frame)
            last, tail = self._ending()
            return last, msgspec.json.decode(self._head + tail, type=Frame)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise NotArgoCD(
                "The answer about the list of applications is not the JSON Argo CD sends.", upstream=str(error)
            ) from error

    def _ending(self) -> tuple[Item | None, bytes]:
        """The last application, and what follows it from its `]` on, which in all likelihood is the very last one."""
        at = self._rest.rfind(b"]")
        while at >= 0:
            before = self._rest[:at].strip(_SPACE)
            if not before:
                return None, bytes(self._rest[at:])
            item = self._decoded(before)
            if item is not None:
                return item, bytes(self._rest[at:])
            at = self._rest.rfind(b"]", 0, at)
        raise msgspec.DecodeError("it broke off")
