"""script/server: the whole platform under one supervisor, with its demonstration data unless it is in production."""

import contextlib
import errno
import fcntl
import hashlib
import http.client
import json
import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from config.runner import orphans
from config.runner.faults import FREE_BYTES, Fault, short_of_room
from config.runner.managing import NO_SERVERS, RUNNER, ready
from config.runner.places import PROJECT, data_dir
from config.runner.prepare import has_cases
from config.runner.processes import Process, table, twins
from config.runner.services import Services
from config.runner.supervisor import Stopped, Supervisor, say

READY_SECONDS = 120
MOST_CASES = 100_000
DEMO_NODE = "330282"  # Cixi, whose people the demonstration has


def run(arguments: list[str]) -> int:
    if arguments:
        raise Fault("script/server 不带参数，用环境变量 PORT、HOST、DATA_DIR 选择", "script/server takes no arguments")
    host, port = os.environ.get("HOST", "").strip() or "127.0.0.1", _port()
    data = data_dir()
    supervisor = Supervisor()
    services = None
    code = 0
    try:
        with _only_one(data, f"http://{host}:{port}/"):
            if ended := orphans.end(data):
                say(f"已结束上次遗留的 {ended} 个进程 / ended {ended} processes left over from an earlier run")
            _free(host, port)
            _room(data)
            cases = _cases()
            Services(data).demand_not_lost()  # before a key of its own is made there, which a restore would not touch
            if not _settings_hold():
                return 1
            try:
                services = Services(data)
                services.acquire(adopt=True)
                _serve(supervisor, services, host, port, cases)
            except Stopped:
                pass
            except Fault as fault:
                say(f"\n{fault}" + ("\n其余部分一并停止 / everything else is stopped" if supervisor.parts else ""))
                if short := short_of_room(data):  # whoever died speaks of a lock, a queue or a checkpoint
                    say(f"{data} 所在的{short}，多半因此：请腾出空间后再启动 / the disk is full, which is likely why: make room, then start again")
                code = 1
            finally:
                supervisor.stop()
                if services:
                    services.release()
            say("已停止 / stopped")
    except Stopped:
        pass
    return code


def _settings_hold() -> bool:
    """Before anything is started; what does not hold is told by the process that tries. Which servers there will be does not matter."""
    command = [*RUNNER, "settings"]
    return subprocess.run(command, cwd=PROJECT, env=NO_SERVERS | os.environ, stdin=subprocess.DEVNULL, check=False).returncode == 0


def _serve(supervisor: Supervisor, services: Services, host: str, port: int, cases: int) -> None:
    environment = os.environ | services.environment | orphans.mark(services.data) | _names(host)
    _ask_redis(environment["REDIS_URL"])
    demo, stand_ins = _shown(environment)
    outside = twins(_free_port()) if stand_ins else None
    if outside:
        environment["TWINS_URL"] = f"http://127.0.0.1:{outside.arguments[-1]}"
    ready(environment, demo)
    if cases and not has_cases(environment["DATABASE_URL"]):
        _make_up(cases, environment)
    _collect_static(services.data, environment)
    accounts = subprocess.Popen(  # asked while the parts start
        [sys.executable, "manage.py", "load_demo", "--list", "--primary"], cwd=PROJECT, env=environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, encoding="utf-8",
    ) if demo else None  # fmt: skip
    if outside:
        supervisor.start(outside, environment)
    workers, others = [], []
    for process in table(host, port):
        (workers if process.node else others).append(process)
    for process in workers:
        supervisor.start(process, environment)
    supervisor.wait("worker", _Pong(environment, workers), READY_SECONDS)
    _forget_heartbeat()
    for process in others:
        supervisor.start(process, environment)
    # Asks for everything at once: database, migrations, Redis, and a heartbeat sent by beat and done by a worker.
    readiness = _Readiness(host, port)
    supervisor.wait("web", readiness, READY_SECONDS)
    listed = _listed(accounts) if accounts else "script/manage first_administrator --node … --username … --name …"
    say(
        f"\n{'=' * 72}\n一窗已启动 / Yichuang is running:  http://{_reached_at(host)}:{port}/\n\n{listed}\n\n"
        f"{_outbox(environment)}\n"
        f"数据目录 / data: {services.data}\n按 Ctrl-C 停止 / Ctrl-C stops\n{'=' * 72}\n"
    )
    if demo and not has_cases(environment["DATABASE_URL"]):
        say("演示城市还没有办件；停下后用 DEMO_CASES=300 script/server 可先造一批 / no cases yet: DEMO_CASES=300 makes some up at the next start\n")
    for said in [*_said_of_proxy(environment), *services.said_of_back_up()]:
        say(f"{said}\n")
    supervisor.watch(lambda: _servers_live(services), lambda: _waits_for_room(services.data), services.start_again)


def _shown(environment: dict[str, str]) -> tuple[bool, bool]:
    """Whether the demonstration's people and items are brought, and stand-ins for the outside services. Never in production, which takes
    neither; and its people stand at Ningbo's places."""
    production = _production(environment)
    return not (production or environment.get("REGIONS_FILE")), not (production or environment.get("TWINS_URL"))


def _cases() -> int:
    """How many made-up cases a demonstration begins with: none, unless asked for."""
    given = os.environ.get("DEMO_CASES", "").strip() or "0"
    if not (given.isascii() and given.isdigit()) or int(given) > MOST_CASES:
        raise Fault(f"DEMO_CASES 应是 0 到 {MOST_CASES} 的数字，这里是“{given}”", f"DEMO_CASES must be a number from 0 to {MOST_CASES}")
    if int(given) and not _shown(os.environ)[0]:
        raise Fault("DEMO_CASES 只用于演示城市，这里不造办件：请去掉它", "DEMO_CASES is for the demonstration's city alone: unset it")
    return int(given)


def _make_up(cases: int, environment: dict[str, str]) -> None:
    """Before any worker is there: lives are made up while nobody else is at work."""
    say(f"准备 / preparing: {cases} 件模拟办件 / made-up cases …")
    command = [sys.executable, "manage.py", "simulate", "--applications", str(cases), "--days", "60", "--node", DEMO_NODE]
    done = subprocess.run(command, cwd=PROJECT, env=environment, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise Fault("模拟办件没有造成，原因见上", "the cases were not made up: see above")


def _said_of_proxy(environment: dict[str, str]) -> list[str]:
    """Who follows the table of variables sets it when his browser has given up."""
    off = any(environment.get(name, "").strip() == "0" for name in ("SECURE_HTTPS", "SECURE_SSL_REDIRECT"))
    if off or not _production(environment) or environment.get("TRUSTED_PROXIES", "").strip() not in ("", "0"):
        return []
    return [
        "没有设置 TRUSTED_PROXIES：代理转来的 HTTPS 请求会被当作 HTTP，每一页都不停地跳转到自己。前面有一个代理就设为 1\n"
        "without TRUSTED_PROXIES what the proxy hands on is taken for HTTP, and every page redirects to itself: 1 for one proxy"
    ]


def _outbox(environment: dict[str, str]) -> str:
    if not _production(environment):
        return f"短信、邮件由本机代收 / sent messages: {environment['TWINS_URL']}/sms/outbox"
    if lacking := [name for name in ("SMS_URL", "MAIL_URL") if not environment.get(name, "").strip()]:
        return f"没有设置 {'、'.join(lacking)}，这样的消息不发出 / not set: {', '.join(lacking)}; such messages are not sent"
    return "短信、邮件经 SMS_URL、MAIL_URL 发出 / messages leave by SMS_URL and MAIL_URL"


def _production(environment: dict[str, str]) -> bool:
    return environment.get("YICHUANG_ENV", "").strip() == "production"


def _listed(accounts: subprocess.Popen) -> str:
    listed, _ = accounts.communicate()
    if accounts.returncode:
        raise Fault("演示账号读取失败", "load_demo --list failed")
    return listed.rstrip()


def _ask_redis(url: str) -> None:
    import redis

    try:
        redis.Redis.from_url(url, socket_connect_timeout=10).ping()
    except (redis.RedisError, ValueError) as error:
        raise Fault("连接不上 Redis，请检查 REDIS_URL", f"Redis does not answer: {error}") from None


class _Pong:
    """True once every worker answers a ping over the broker."""

    def __init__(self, environment: dict[str, str], workers: list[Process]):
        os.environ.update({name: environment[name] for name in ("DATABASE_URL", "REDIS_URL")})
        from kombu.exceptions import OperationalError

        from config.celery import app

        self.app, self.unreachable = app, (OperationalError, OSError)
        self.awaited = {f"{process.node}@{socket.gethostname()}" for process in workers}

    def __call__(self) -> bool:
        try:
            self.awaited -= {name for answer in self.app.control.ping(timeout=1) for name in answer}
        except self.unreachable:
            return False
        return not self.awaited


def _forget_heartbeat() -> None:
    """What /readyz reads must come from this run."""
    from django.core.cache import cache

    from config.celery import HEARTBEAT

    cache.delete(HEARTBEAT)


class _Readiness:
    """True once /readyz says so; keeps the last answer, for the message when it never does."""

    def __init__(self, host: str, port: int):
        self.host, self.port = _reached_at(host), port
        self.said = "没有应答 / no answer"

    def __call__(self) -> bool:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            self.said = answer.read().decode(errors="replace")
            return answer.status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def __str__(self) -> str:
        return self.said


def _servers_live(services: Services) -> None:
    if dead := services.dead():
        raise Fault(
            f"{'、'.join(dead)} 意外退出，日志在 {services.data}",
            f"{', '.join(dead)} died; its log is in the data directory",
        )


def _port() -> int:
    given = os.environ.get("PORT", "").strip() or "8000"
    if not (given.isascii() and given.isdigit()) or not 0 < int(given) < 65536:
        raise Fault(f"PORT 应是 1 到 65535 的数字，这里是“{given}”", "PORT must be a number from 1 to 65535")
    return int(given)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _free(host: str, port: int) -> None:
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Fault(
                f"端口 {port} 已被占用：请停止占用它的程序，或换一个端口，例如 PORT={port + 1} script/server",
                f"port {port} is taken: stop what holds it, or choose another with PORT={port + 1}",
            ) from None
        raise Fault(
            f"不能监听 {host}:{port}：请检查 HOST 是不是本机的地址，1024 以下的 PORT 要有相应权限",
            f"cannot listen there, look at HOST and PORT: {error}",
        ) from None


def _room(data: Path) -> None:
    """What /readyz would say of it, before two minutes of waiting for it to say something else."""
    if short := short_of_room(data):
        raise Fault(
            f"{data} 所在的{short}，不足 {FREE_BYTES // 1024 // 1024} MB：请腾出空间后再启动",
            "there is too little room on the disk of the data directory: make some, then start again",
        )


def _waits_for_room(data: Path) -> str | None:
    """What died for want of room would die again at once; with room it goes on where it was."""
    if short := short_of_room(data):
        return (
            f"{data} 所在的{short}，多半因此：腾出 {FREE_BYTES // 1024 // 1024} MB 以上就自动继续，网页在此期间照常应答“稍后再试”\n"
            "the disk is full, which is likely why: once there is room it goes on by itself"
        )
    return None


def _names(host: str) -> dict[str, str]:
    """Served beyond this machine, the pages answer to its own names too, unless ALLOWED_HOSTS says which."""
    if host in ("127.0.0.1", "localhost") or os.environ.get("ALLOWED_HOSTS"):
        return {}
    names = {"localhost", "127.0.0.1", socket.gethostname()} | ({host} - {"0.0.0.0"})  # noqa: S104
    with contextlib.suppress(OSError):
        names |= {address[4][0] for address in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.connect(("192.0.2.1", 9))  # sends nothing; tells which address leads outward
        names.add(line.getsockname()[0])
    return {"ALLOWED_HOSTS": ",".join(sorted(names))}


def _reached_at(host: str) -> str:
    return "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104


@contextmanager
def _only_one(data: Path, address: str):
    """One server on one data directory."""
    with open(data / "server.lock", "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            raise Fault(
                f"已在运行：{lock.read().strip()}（同一数据目录 {data} 只能启动一份；另一份请另选 DATA_DIR 和 PORT）",
                "already running on this data directory; choose another DATA_DIR and PORT for a second one",
            ) from None
        lock.truncate(0)
        lock.write(address)
        lock.flush()
        yield


def _collect_static(data: Path, environment: dict[str, str]) -> None:
    if environment.get("DEBUG") == "1":
        return
    sources = [PROJECT / "requirements.txt", *(file for file in (PROJECT / "static").rglob("*") if file.is_file())]
    told = [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in sorted(sources)]
    digest = hashlib.sha256(json.dumps(told).encode()).hexdigest()
    stamp = data / "static.stamp"
    if stamp.exists() and stamp.read_text() == digest and (data / "static").is_dir():
        return
    say("准备 / preparing: 静态文件 / static files …")
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--clear", "--verbosity", "0"]
    if subprocess.run(command, cwd=PROJECT, env=environment, stdin=subprocess.DEVNULL, check=False).returncode:
        raise Fault("静态文件准备失败", "collectstatic failed")
    stamp.write_text(digest)
