"""script/server, whole: an empty data directory, what it refuses, and what it survives."""

import contextlib
import http.client
import os
import re
import signal
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from config.runner import orphans, testing
from config.runner.faults import Fault
from config.runner.services import Services
from config.runner.serving import _cases, _free, _names, _outbox, _port, _room, _said_of_proxy, _servers_live, _shown
from tests.full import full
from tests.ops.running import Server, alive, free_port, manage, stop_all


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    data = tmp_path_factory.mktemp("server") / "data"
    data.mkdir()
    yield data, free_port()
    orphans.end(data)
    stop_all(data)


def _get(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status


def _raw(port: int, request: str, *, breaks_off: bool = False) -> str:
    """What the server says to these very bytes, until it hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line, line.makefile("rb") as heard:
        line.sendall(request.encode())
        if breaks_off:
            line.shutdown(socket.SHUT_WR)
        return heard.read().decode()


# Where one request ends, or whose it is, could be read in two ways.
AMBIGUOUS = {
    "two lengths": "POST /track/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde",
    "a list of lengths": "POST /track/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3, 5\r\n\r\nabcde",
    "a length with a sign": "POST /track/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: +3\r\n\r\nabc",
    "a length with a blank": "POST /track/ HTTP/1.1\r\nHost: localhost\r\nContent-Length : 3\r\n\r\nabc",
    "a coding that is none": "POST /track/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "two codings": "POST /track/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "a folded header": "GET /track/ HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n Host: evil\r\n\r\n",
    "an empty character": "GET /track/\0 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "two hosts": "GET /track/ HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\nConnection: close\r\n\r\n",
    "no host": "GET /track/ HTTP/1.1\r\nConnection: close\r\n\r\n",
}


def _marked(data) -> list[int]:
    return orphans._find(data)


def _part(server: Server, name: str) -> int:
    """The process of a part, not one of its own children."""
    pids = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    return next(int(pid) for pid in pids if f"{name}@".encode() in Path(f"/proc/{pid}/cmdline").read_bytes())


def test_the_life_of_a_server(place):
    data, port = place
    server = Server(data, port, DEMO_CASES="12").wait_until_running()
    assert _get(port, "/readyz") == 200 and _get(port, "/") == 200
    assert "模拟办件 12 件" in server.said
    assert f"http://127.0.0.1:{port}/" in server.said
    assert re.search(r"综合窗口受理员 +\S+ +\S+", server.said), "one account per role is told"
    outbox = re.search(r"http://127\.0\.0\.1:(\d+)(/sms/outbox)", server.said)
    assert _get(int(outbox[1]), outbox[2]) == 200, "the stand-ins for outside services answer"
    assert re.search(r"^web +\| ", server.said, re.M) and re.search(r"^worker-pdf *\| ", server.said, re.M)

    told = {what: _raw(port, request) for what, request in AMBIGUOUS.items()}
    assert [what for what, answer in told.items() if not answer.startswith("HTTP/1.1 400 ") or answer.count("HTTP/1.1 ") > 1] == []
    # A length beside chunks is not believed: nothing of the body becomes a request.
    both = "POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    assert _raw(port, both + "17\r\nGET /track/ HTTP/1.1\r\n\r\n\r\n0\r\n\r\n").count("HTTP/1.1 ") == 1

    # A body that breaks off, or does not say how long it is, is none; HTTP/2, whose bodies need no length, is the proxy's.
    assert _raw(port, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == ""
    head = "POST /api/token/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n"
    whole = '{"username": "citizen", "password": "Yichuang-2017"}'
    assert _raw(port, f"{head}Content-Length: {len(whole) + 1}\r\n\r\n{whole}", breaks_off=True).startswith("HTTP/1.1 400 ")
    assert _raw(port, f"{head}Transfer-Encoding: chunked\r\n\r\n{len(whole):x}\r\n{whole}\r\n0\r\n\r\n").startswith("HTTP/1.1 411 ")

    # A command beside it finds the servers, and leaves them.
    assert manage(data, "patrol", "--json").returncode == 0
    assert alive(data) == [True, True]

    # A second one on the same data is refused, and disturbs nothing.
    second = Server(data, free_port())
    assert second.process.wait(180) == 1
    assert f"已在运行：http://127.0.0.1:{port}/" in second.said
    assert _get(port, "/readyz") == 200

    assert server.end(signal.SIGINT) == 0
    assert "已停止" in server.said
    assert alive(data) == [False, False] and not _marked(data)
    with pytest.raises(ConnectionRefusedError):
        _get(port, "/healthz")


def _killed_at_once(server: Server, data: Path, port: int) -> Server:
    """All of it, the servers too; the next."""
    servers = Services(data, outside=False).servers
    for pid in [server.process.pid, *_marked(data), *(embedded._pid() for embedded in servers)]:
        with contextlib.suppress(ProcessLookupError):  # a part may have gone with its supervisor meanwhile
            os.kill(pid, signal.SIGKILL)
    server.process.wait()
    after = Server(data, port).wait_until_running()
    assert _get(port, "/readyz") == 200
    return after


@pytest.mark.parametrize("given", ["-1", "many", "１２", "100001", "12"])
def test_made_up_cases_are_for_the_demonstration_and_so_many(monkeypatch, given):
    monkeypatch.setenv("DEMO_CASES", given)
    monkeypatch.setenv("YICHUANG_ENV", "production" if given == "12" else "")
    with pytest.raises(Fault, match="DEMO_CASES"):
        _cases()
    monkeypatch.setenv("DEMO_CASES", "")
    assert _cases() == 0


def test_what_a_server_survives(place):
    """Short: without the kill of everything at once, which the servers alone survive in test_run_services.py."""
    data, port = place
    # Killed without a word: its parts end by themselves, the servers stay, the next start takes them over.
    server = Server(data, port).wait_until_running()
    server.process.kill()
    server.process.wait()
    again = Server(data, port, DEMO_CASES="12").wait_until_running()
    assert "准备" not in again.said, "what is prepared is not prepared again"
    assert _get(port, "/readyz") == 200

    last = full(again, None) or _killed_at_once(again, data, port)

    # A part that dies takes all with it, and is named.
    os.kill(_part(last, "worker-pdf"), signal.SIGKILL)
    assert last.process.wait(180) == 1
    assert "“worker-pdf”意外退出" in last.said and "the part “worker-pdf” ended" in last.said
    assert alive(data) == [False, False] and not _marked(data)


def test_a_database_server_that_dies_is_told(tmp_path):
    with Services(tmp_path, durable=False, outside=False) as services:
        _servers_live(services)
        os.kill(services.servers[1]._pid(), signal.SIGKILL)
        with pytest.raises(Fault, match="Valkey 意外退出"):
            while True:
                _servers_live(services)
    stop_all(tmp_path)


def test_served_beyond_this_machine_it_answers_to_its_names(monkeypatch):
    monkeypatch.delenv("ALLOWED_HOSTS", raising=False)
    assert _names("127.0.0.1") == {}
    assert socket.gethostname() in _names("0.0.0.0")["ALLOWED_HOSTS"].split(",")
    monkeypatch.setenv("ALLOWED_HOSTS", "only.this")
    assert _names("0.0.0.0") == {}


def test_a_taken_port_is_told_before_anything_starts(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        server = Server(tmp_path, port)
        assert server.process.wait(180) == 1
    assert f"端口 {port} 已被占用" in server.said and f"port {port} is taken" in server.said
    assert f"PORT={port + 1}" in server.said
    assert not (tmp_path / "postgres").exists()


@pytest.mark.parametrize(
    ("variable", "url", "told"),
    [
        ("REDIS_URL", "redis://127.0.0.1:9/0", "连接不上 Redis，请检查 REDIS_URL"),
        ("DATABASE_URL", "postgres://u@127.0.0.1:9/db", "连接不上数据库，请检查 DATABASE_URL"),
    ],
)
def test_an_outside_server_that_does_not_answer_is_told(tmp_path, variable, url, told):
    server = Server(tmp_path, free_port(), **{variable: url})
    assert server.process.wait(180) == 1
    assert told in server.said and "Traceback" not in server.said
    assert alive(tmp_path) == [False, False]


@pytest.mark.parametrize("port", ["0", "66000", "http", "²"])
def test_a_port_that_is_none_is_told(monkeypatch, port):
    monkeypatch.setenv("PORT", port)
    with pytest.raises(Fault, match=f"PORT 应是 1 到 65535 的数字，这里是“{port}”"):
        _port()
    monkeypatch.setenv("PORT", " ")  # set but empty is not set
    assert _port() == 8000


@pytest.mark.parametrize(
    ("given", "brought"),
    [
        ({}, (True, True)),
        ({"TWINS_URL": "http://127.0.0.1:1"}, (True, False)),
        ({"REGIONS_FILE": "r.yaml", "YICHUANG_ENV": ""}, (False, True)),
        ({"YICHUANG_ENV": "production"}, (False, False)),
    ],
)
def test_production_is_given_no_demonstration(given, brought):
    """It refused the people, and so script/server never started Ningbo's own house."""
    assert _shown(given) == brought
    assert _outbox({"YICHUANG_ENV": "production", "SMS_URL": "https://sms"}).startswith("没有设置 MAIL_URL，")  # and does not say it goes


def test_too_little_room_and_a_test_that_is_none_are_told_at_once(monkeypatch, tmp_path):
    """Before, after two minutes in which everything stood but /readyz; and as "no tests ran"."""
    monkeypatch.setattr("shutil.disk_usage", lambda place: SimpleNamespace(free=170 * 2**20))
    with pytest.raises(Fault, match=r"磁盘剩余 170 MB，不足 200 MB：请腾出空间后再启动"):
        _room(tmp_path)
    with pytest.raises(Fault, match="没有这样的测试：tests/none"):
        testing.run(["-x", "tests/none::of_a_class", "tests/ops"])


def test_an_address_that_is_not_this_machine_s_is_told_with_what_to_look_at():
    with pytest.raises(Fault, match="请检查 HOST 是不是本机的地址"):
        _free("192.0.2.1", free_port())


def test_a_setting_that_does_not_hold_is_told_before_anything_starts(tmp_path):
    server = Server(tmp_path, free_port(), SESSION_IDLE_SECONDS="half an hour")
    assert server.process.wait(180) == 1
    assert "SESSION_IDLE_SECONDS 应是不小于 1 的整数，这里是“half an hour”" in server.said and "Traceback" not in server.said
    assert not (tmp_path / "postgres").exists()


def test_a_production_house_that_believes_no_proxy_says_what_comes_of_it():
    """Followed to the letter, the table of variables made a house whose every page redirected to itself."""
    production = {"YICHUANG_ENV": "production"}
    assert "TRUSTED_PROXIES" in _said_of_proxy(production)[0] and _said_of_proxy(production | {"TRUSTED_PROXIES": "0"})
    assert not any(map(_said_of_proxy, ({}, production | {"TRUSTED_PROXIES": "1"}, production | {"SECURE_SSL_REDIRECT": "0"})))
