"""Writes the three locks from pyproject.toml, with hashes and without the name of any place to download from."""

import subprocess
import sys

from config.runner.places import PROJECT

DEVELOPMENT = "requirements-dev.txt"
# In this order: the development lock decides the versions, the others keep to them.
LOCKS = {
    DEVELOPMENT: ["--extra", "embedded", "--extra", "dev"],
    "requirements.txt": ["--extra", "embedded", "--constraints", DEVELOPMENT],
    "requirements-docker.txt": ["--extra", "source", "--constraints", DEVELOPMENT],
}
_WITHOUT_PLACES = ["--no-emit-index-url", "--no-emit-find-links", "--no-header", "--no-annotate", "--no-strip-extras"]


def run() -> int:
    for lock, chosen in LOCKS.items():
        command = [
            sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", *chosen, "--generate-hashes", *_WITHOUT_PLACES,
            "--python-version", "3.11", "--quiet", "-o", lock,
        ]  # fmt: skip
        if code := subprocess.run(command, cwd=PROJECT, check=False).returncode:
            return code
    return 0
