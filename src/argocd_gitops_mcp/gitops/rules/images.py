"""Names, tags and digests of container images. Pure."""


def name(image: str) -> str:
    """The image without its tag and digest."""
    return split(image)[0]


def split(image: str) -> tuple[str, str, str]:
    """Name, tag and digest; each '' where there is none."""
    rest, _, digest = image.strip().partition("@")
    slash = rest.rfind("/")
    colon = rest.rfind(":")
    return (rest[:colon], rest[colon + 1 :], digest) if colon > slash else (rest, "", digest)


def moves(image: str) -> bool:
    """Whether it names `latest`, in words or by naming nothing."""
    found, tag, digest = split(image)
    return bool(found) and not digest and tag in {"", "latest"}
