"""A real OpenID Connect provider (django-allauth) in a process of its own, to try single sign-on against."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass

PASSWORD = "Provider-Wort-5"
CLIENT, SECRET = "yichuang", "secret-of-the-client"
# What the provider does with each of its users: see adapter.py
USERS = ("cixi-person", "stranger", "late", "stray", "impostor", "forger")


@dataclass
class Provider:
    url: str
    process: subprocess.Popen

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)


def start(place, callback: str) -> Provider:
    """Serve on a free loopback port; its SQLite file lies in `place`. Raises RuntimeError with what it said."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.getcwd(),
        "PROVIDER_PLACE": str(place),
        "PROVIDER_CALLBACK": callback,
    }
    log = place / "provider.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.directory.oidc_provider.serve"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    url = process.stdout.readline().strip()
    if not url.startswith("http"):
        process.wait(10)
        raise RuntimeError(log.read_text()[-2000:])
    return Provider(url, process)
