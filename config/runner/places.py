"""Where things live: the checkout, the data directory, sockets. Standard library only, since bootstrap.py imports it too."""

import hashlib
import os
import re
import shutil
from pathlib import Path
from urllib.parse import quote

PROJECT = Path(__file__).resolve().parents[2]
DATABASE = "yichuang"
# sun_path holds 108 bytes; PostgreSQL adds "/.s.PGSQL.5432" and, for its lock file, ".lock" to the directory.
SOCKET_DIR_LIMIT = 80


def data_dir() -> Path:
    """The one directory under which everything of this installation is kept: DATA_DIR, else `.data` in the checkout,
    else (a checkout that cannot be written) a state directory of this user named after the checkout."""
    if chosen := os.environ.get("DATA_DIR"):
        return Path(chosen).absolute()
    own = PROJECT / ".data"
    if os.access(own if own.exists() else PROJECT, os.W_OK):
        return own
    name = f"yichuang-{digest(PROJECT)}"
    if os.geteuid() == 0:
        return Path("/var/lib") / name
    state = os.environ.get("XDG_STATE_HOME")
    home = os.path.expanduser("~")
    if state or os.access(home, os.W_OK):
        return Path(state or f"{home}/.local/state") / name
    return Path("/var/tmp") / f"{name}-{os.geteuid()}"  # noqa: S108  (survives a restart of the machine, unlike /tmp)


def digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def reachable_by_socket(path: Path) -> Path:
    """`path` with its links followed, or, when it is too long or odd for a socket address, a short name in /tmp that leads to it.

    Only the name stands in /tmp, the sockets stand in the data directory: a cleaned /tmp costs nothing, since every
    command calls this and puts the name back."""
    path = path.resolve()
    if len(os.fsencode(path)) <= SOCKET_DIR_LIMIT and re.fullmatch(r"[\w./+-]+", str(path), re.ASCII):
        return path
    # A directory of our own between /tmp and the link: the kernel does not follow another user's link in /tmp itself.
    for attempt in range(100):
        short = Path(f"/tmp/yichuang-{digest(path)}-{os.geteuid()}-{attempt}")  # noqa: S108
        short.mkdir(mode=0o711, exist_ok=True)
        if short.is_symlink() or short.stat().st_uid != os.geteuid():
            continue
        link = short / "s"
        if not link.is_symlink() or os.readlink(link) != str(path):
            link.unlink(missing_ok=True)
            link.symlink_to(path)
        return link
    raise RuntimeError("短路径均被其他用户占用 / every short name in /tmp is taken by another user")


def forget_short_name(path: Path) -> None:
    """Takes the name in /tmp away, if there is one: nobody listens there any more."""
    if (link := reachable_by_socket(path)) != path.resolve():
        shutil.rmtree(link.parent, ignore_errors=True)


def postgres_home(data: Path) -> Path:
    return data / "postgres"


def valkey_home(data: Path) -> Path:
    return data / "valkey"


def database_url(data: Path, database: str = DATABASE) -> str:
    directory = reachable_by_socket(postgres_home(data) / "run")
    return f"postgres://postgres@{quote(str(directory), safe='')}/{database}"


def redis_url(data: Path) -> str:
    return f"unix://{reachable_by_socket(valkey_home(data))}/valkey.sock?db=0"
