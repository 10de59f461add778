"""The first step on any machine, with nothing but Python's standard library: system packages, the environment from the hashed
lock, then config/runner/__main__.py inside that environment. Everything said here goes to stderr.

    python3 bootstrap.py server|manage|test|backup|restore [arguments]
"""

import signal

# Ctrl-C comes at any moment: in the imports below too it would print where they stood.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import contextlib
import ctypes
import fcntl
import glob
import hashlib
import importlib.util
import json
import os
import pwd
import shutil
import subprocess
import sys
import time
from pathlib import Path

if __package__:
    from config.runner import places
else:  # run by its path, before there is a package that can be imported
    import places

LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}
BROWSER_LIBRARIES = {"libatomic.so.1": "libatomic1"}  # of Playwright's driver
PACKAGES = ("python3", "python3-venv", *LIBRARIES.values(), "fonts-noto-cjk")  # start.sh names the same
APT = ("-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20")
FONTS = ("/usr/share/fonts/**/NotoSansCJK*", "/usr/local/share/fonts/**/NotoSansCJK*")
# The headless shell is Chromium without windows of its own: it opens a page three times as fast.
SHELL, WHOLE = "chromium-headless-shell", "chromium"
BROWSERS = (SHELL, WHOLE, "chromium-browser", "google-chrome")
LOCKS = dict.fromkeys(("server", "manage", "backup", "restore"), "requirements.txt") | {"test": "requirements-dev.txt"}


def main(command: str, arguments: list[str]) -> None:
    if sys.version_info < (3, 11):  # noqa: UP036  (this file meets whatever Python is there)
        stop(f"需要 Python 3.11 或更新，这里是 {sys.version.split()[0]} / Python 3.11 or newer is needed")
    data = places.data_dir()
    try:
        data.mkdir(parents=True, exist_ok=True)
        (data / "logs").mkdir(exist_ok=True)
        door = open(data / "bootstrap.lock", "w")  # noqa: SIM115  (held until exec)
    except OSError as error:
        if data.is_symlink() and not data.exists():
            stop(f"数据目录 {data} 是一个链接，它指向的 {data.resolve()} 不在：请检查磁盘是否已挂载 / a link that leads nowhere: is its disk mounted?")
        stop(f"不能写入数据目录 {data}：请另选 DATA_DIR / cannot write there, choose another DATA_DIR ({error.strerror})")
    try:
        fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        say("等待另一个命令完成准备 / waiting for another command to finish preparing …")
        fcntl.flock(door, fcntl.LOCK_EX)
    install_packages(missing_packages(command), data)
    python = environment(data, LOCKS[command])
    door.close()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # it waits until there is who answers it
    os.execve(python, [str(python), "-P", str(Path(__file__).with_name("__main__.py")), command, *arguments], environ(data))


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def stop(text: str) -> None:
    say(text)
    sys.exit(1)


def environ(data: Path) -> dict[str, str]:
    """The caller's environment, made good for what follows: it may be empty, or speak of another project."""
    made = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME", "PYTHONWARNINGS")}
    if not made.get("DATABASE_URL"):
        # PGPORT or PGOPTIONS of another server: ours would not be found by them, be taken for one that hangs, and be ended under the house.
        made = {name: value for name, value in made.items() if not name.startswith("PG")}
    made |= {"DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}
    made.setdefault("LANG", "C.UTF-8")
    if not os.access(made.get("HOME", ""), os.W_OK):
        home = ""
        with contextlib.suppress(KeyError):
            home = pwd.getpwuid(os.geteuid()).pw_dir
        made["HOME"] = home if os.access(home, os.W_OK) else str(data)
    return made


# -- system packages


def missing_packages(command: str) -> list[str]:
    """What this command needs and the system lacks, found by trying, so that it holds on other systems too."""
    missing = []
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        missing.append("python3-venv")
    wanted = LIBRARIES | (BROWSER_LIBRARIES if command == "test" else {})
    missing += [package for library, package in wanted.items() if not loads(library)]
    if not any(glob.glob(pattern, recursive=True) for pattern in FONTS):
        missing.append("fonts-noto-cjk")
    if command == "test" and not os.environ.get("CHROMIUM") and not any(map(shutil.which, BROWSERS)):
        missing.append(SHELL)
    return missing


def loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def install_packages(packages: list[str], data: Path) -> None:
    """As root or with sudo; otherwise one line for the administrator, and on with what runs without."""
    if not packages:
        return
    root = as_root()
    # Where the packages cannot be had (no network), a command does not wait for them again within the hour.
    tried = data / "logs" / "apt.tried"
    recently = tried.exists() and tried.read_text() == " ".join(packages) and time.time() - tried.stat().st_mtime < 3600
    if root is not None and shutil.which("apt-get") and not recently:
        say(f"正在安装系统组件 / installing system packages: {' '.join(packages)} …")
        apt = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", *APT]
        log = data / "logs" / "apt.log"
        with open(log, "w") as said:
            installing = ["-y", "--no-install-recommends", "install"]
            steps = [["update"], [*installing, *packages]]
            if SHELL in packages:  # an older distribution has no such package
                steps.append([*installing, *(WHOLE if package == SHELL else package for package in packages)])
            for step in steps:
                done = subprocess.run([*apt, *step], stdin=subprocess.DEVNULL, stdout=said, stderr=said)
                if "install" in step and done.returncode == 0:
                    return
        tried.write_text(" ".join(packages))
        say(f"系统组件没有装上，日志见 {log} / the system packages could not be installed:\n{last_lines(log)}")
    say(f"请管理员执行 / ask the administrator to run: apt-get update && apt-get install -y {' '.join(packages)}")


def as_root() -> list[str] | None:
    """The words before a command that needs root: none as root, sudo where it lets us, None where nothing does."""
    if os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        return None
    quiet = subprocess.run(["sudo", "-n", "true"], stdin=subprocess.DEVNULL, capture_output=True)
    if quiet.returncode == 0:
        return ["sudo", "-n"]
    if sys.stdin.isatty() and {"sudo", "wheel", "admin"} & group_names():
        return ["sudo"]  # may ask for the password
    return None


def group_names() -> set[str]:
    import grp

    names = set()
    for number in os.getgroups():
        with contextlib.suppress(KeyError):
            names.add(grp.getgrgid(number).gr_name)
    return names


# -- the environment


def environment(data: Path, lock: str) -> Path:
    """Python of an environment that holds what `lock` names. A stamp inside it says which locks are installed, so that an
    environment which is ready costs nothing, and one that was moved with its checkout is made anew."""
    home = places.PROJECT / ".venv"
    if not os.access(home if home.exists() else places.PROJECT, os.W_OK) and not current(home, lock):
        home = data / "venv"
    python = home / "bin" / "python"
    if current(home, lock):
        return python
    log = data / "logs" / "pip.log"
    if importlib.util.find_spec("ensurepip") is None:
        stop("没有 python3-venv，无法建立运行环境 / the environment cannot be made without python3-venv")
    say(f"正在安装 Python 依赖（首次约一分钟）/ installing Python packages into {home} …")
    with open(log, "w") as said:
        # The lock is whole: there is nothing to work out. Of what is installed the half is never imported: Python compiles the rest.
        steps = [[str(python), "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--only-binary", ":all:",
                  "--no-deps", "--no-compile", "--require-hashes", "-r", str(places.PROJECT / lock)]]  # fmt: skip
        if stamp(home).get("home") != str(home) or not python.exists():
            steps.insert(0, [sys.executable, "-m", "venv", "--clear", str(home)])
        for step in steps:
            if subprocess.run(step, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd="/").returncode:
                stop(f"Python 依赖没有装上，日志见 {log} / the Python packages could not be installed:\n{last_lines(log)}")
    locks = stamp(home).get("locks", {}) | {lock: digest(lock)}
    if lock == "requirements-dev.txt":
        locks["requirements.txt"] = digest("requirements.txt")  # the development lock holds the other
    fresh = home / "stamp.new"
    fresh.write_text(json.dumps({"home": str(home), "python": sys.version, "locks": locks}))
    fresh.rename(home / "stamp.json")
    return python


def stamp(home: Path) -> dict:
    try:
        return json.loads((home / "stamp.json").read_text())
    except (OSError, ValueError):
        return {}


def current(home: Path, lock: str) -> bool:
    said = stamp(home)
    if said.get("home") != str(home) or said.get("locks", {}).get(lock) != digest(lock):
        return False
    return (home / "bin" / "python").exists()


def digest(lock: str) -> str:
    return hashlib.sha256((places.PROJECT / lock).read_bytes()).hexdigest()


def last_lines(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-6:])


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in LOCKS:
        stop(f"usage: bootstrap.py {'|'.join(LOCKS)} [arguments]")
    main(sys.argv[1], sys.argv[2:])
