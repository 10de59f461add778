"""What this room asks of outside services: who a person is, and to carry a word to a phone or a mailbox."""

from __future__ import annotations

from typing import Protocol

from apps.kit.ports import port


class Identity(Protocol):
    """The provincial identity service (实名认证)."""

    def matches(self, name: str, id_number: str) -> bool:
        """Whether this citizen number is that person's. Raises Unavailable while the service does not answer."""


class Carrier(Protocol):
    """Short messages or e-mail."""

    def send(self, to: str, text: str, *, key: str, subject: str = "") -> str:
        """The provider's number of the message; the same `key` is carried once however often it is asked.

        Raises Later (try again) and Refused (never: a wrong address).
        """


def identity() -> Identity:
    return port("identity")
