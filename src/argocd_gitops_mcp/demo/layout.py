"""What the demo's repository holds: the layout that the server scaffolds, for one service."""

from typing import Any

IMAGE = "registry.example.com/shop"
GOOD, BAD, BETTER = "1.0.0", "broken", "1.0.1"
"""Image tags. A container of the sandbox and of the testbed crashes when its tag is `broken`."""


def values(name: str) -> dict[str, Any]:
    """What `scaffold_repository` is given."""
    return {
        "service": name,
        "image": IMAGE,
        "tag": GOOD,
        "owners": ["@shop/platform"],
        "environments": ["staging", "production"],
    }


def overlay(name: str) -> str:
    """The folder that is deployed."""
    return f"services/{name}/overlays/production"
