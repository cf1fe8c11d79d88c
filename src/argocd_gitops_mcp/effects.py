"""What a call or an operation does to the world."""

from enum import IntEnum


class Effect(IntEnum):
    """Ordered: a higher effect needs everything a lower one needs."""

    READ = 0
    WRITE = 1
    DESTRUCTIVE = 2
