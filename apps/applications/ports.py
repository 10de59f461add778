"""What this room asks of outside services: whether a file that somebody sent does harm, and to carry a parcel."""

from __future__ import annotations

from typing import Protocol

from apps.kit.ports import port


class Scanner(Protocol):
    def infected(self, content: bytes) -> str:
        """The name of what was found, "" for a harmless file. Raises Later while there is no verdict."""


class Courier(Protocol):
    def order(self, parcel: dict[str, str], *, key: str) -> str:
        """Have it fetched: {"recipient", "phone", "address", "contents"}; the waybill's number. The same `key` is one parcel
        however often it is asked. Raises Later (try again) and Refused (it does not go there)."""

    def call_off(self, order: str, *, key: str) -> None:
        """Do not fetch what was asked for under the key `order`, nor take that order if it comes yet. Safe to tell twice, and of
        an order that never arrived. Raises Later (try again) and Refused (it has been fetched)."""


def courier() -> Courier:
    return port("courier")


def scanner() -> Scanner:
    return port("scanner")
