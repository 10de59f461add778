"""Numbers of identity papers at rest: encrypted with a key derived from SECRET_KEY (PIPL art. 51), older keys still read."""

import base64

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def _cipher() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derive(key)) for key in keys])


def _derive(secret: str) -> bytes:
    step = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"issuance.collector")
    return base64.urlsafe_b64encode(step.derive(secret.encode()))


def hide(text: str) -> str:
    return _cipher().encrypt(text.encode()).decode() if text else ""


def show(token: str) -> str:
    """The text again. Raises cryptography.fernet.InvalidToken when no known key fits."""
    return _cipher().decrypt(token.encode()).decode() if token else ""
