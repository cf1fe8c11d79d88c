"""References of container images: `registry/name:tag@digest`. Pure."""

import re
from dataclasses import dataclass, replace

from argocd_gitops_mcp.errors import InvalidArgument

_TAG = re.compile(r"\w[\w.-]{0,127}\Z", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")
_NAME = re.compile(r"[a-zA-Z0-9][\w.:/-]*\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reference:
    """An image; tag and digest are empty where it has none."""

    name: str
    tag: str = ""
    digest: str = ""

    def __str__(self) -> str:
        return self.name + (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")

    @property
    def short(self) -> str:
        """The last part of its name."""
        return self.name.rpartition("/")[2]

    def is_called(self, name: str) -> bool:
        """Whether it has this name, whole or as its last part."""
        return name in {self.name, self.short}

    def with_version(self, wanted: "Reference") -> "Reference":
        """This image in the wanted version, under the wanted name where one is given."""
        return replace(wanted, name=wanted.name or self.name)


def reference(text: str) -> Reference:
    """An image as a manifest gives it."""
    rest, _, digest = text.partition("@")
    head, slash, last = rest.rpartition("/")
    name, _, tag = last.partition(":")
    return Reference(head + slash + name, tag, digest)


def wanted(text: str) -> Reference:
    """What an image shall be; without a name where only its version is given.

    Raises:
        InvalidArgument: it is neither tag nor digest nor a reference with one.
    """
    if _DIGEST.match(text.removeprefix("@")):
        return Reference("", digest=text.removeprefix("@"))
    if _TAG.match(text):
        return Reference("", tag=text)
    found = reference(text)
    is_name = not found.name or _NAME.match(found.name)
    is_version = (found.tag or found.digest) and (not found.tag or _TAG.match(found.tag))
    if not is_name or not is_version or (found.digest and not _DIGEST.match(found.digest)):
        raise InvalidArgument(
            f"{text!r} is no image version.",
            hint="Give a tag (v1.2.3), a digest (sha256: and 64 hexadecimal digits), or name:tag, name@digest.",
        )
    return found
