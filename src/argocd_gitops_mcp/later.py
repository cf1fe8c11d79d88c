"""Modules that are imported at their first use, so that a server starts without what most sessions never need."""

from importlib import import_module
from typing import Any


class Later:
    """A module by its name; asking it for anything imports it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        """What the module has of this name."""
        return getattr(import_module(self._name), attribute)
