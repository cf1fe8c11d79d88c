"""Whom a forge's token belongs to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """The user of a token, as commits and trailers name him.

    Args:
        login: on the forge.
        name: to be shown; the login where he gave none.
        email: an address that the forge knows as his; empty where it tells none.
    """

    login: str
    name: str
    email: str
