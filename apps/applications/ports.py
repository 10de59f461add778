"""What this room asks of outside services: whether a file that somebody sent does harm."""

from __future__ import annotations

from typing import Protocol

from apps.kit.ports import port


class Scanner(Protocol):
    def infected(self, content: bytes) -> str:
        """The name of what was found, "" for a harmless file. Raises Later while there is no verdict."""


def scanner() -> Scanner:
    return port("scanner")
