"""What this room asks of outside services: who a person is, and to carry a word to a phone or a mailbox."""

from __future__ import annotations

from typing import Protocol

from apps.kit.ports import port


class Identity(Protocol):
    """The provincial identity service (实名认证). Every question raises Unavailable while it does not answer."""

    def matches(self, name: str, id_number: str) -> bool:
        """Whether this citizen number is that person's."""

    def represents(self, *, uscc: str, enterprise: str, name: str, id_number: str) -> bool:
        """Whether the registry knows this person as the enterprise's legal representative."""

    def guards(self, *, child: str, child_number: str, name: str, id_number: str) -> bool:
        """Whether this person is the child's parent or guardian."""


class Carrier(Protocol):
    """Short messages or e-mail."""

    def send(self, to: str, text: str, *, key: str, subject: str = "") -> str:
        """The provider's number of the message; the same `key` is carried once however often it is asked.

        Raises Later (try again) and Refused (never: a wrong address).
        """


def identity() -> Identity:
    return port("identity")


def mailer() -> Carrier:
    return port("mail")


def texter() -> Carrier:
    return port("sms")
