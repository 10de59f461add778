"""Local stand-ins for the outside services, honest and small: one HTTP server that remembers, and that a test can break.

    python -m apps.gateway.twins --port 8900          script/server starts it; GET /sms/outbox, /mail/outbox, /courier/outbox: what was sent
    with serving() as twins: twins.behave("sms", "down")

They know nothing of Django. Behaviours of a service: "" well, "slow" (answers after `twins.slow` seconds), "down" (no answer),
"lost" (does the work, the answer never arrives), "failing" (500), "nonsense" (an answer that is no JSON).
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# The industry's harmless test file, in two halves so that no scanner takes this file for it.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
NOWHERE = "西沙"  # the courier's twin does not go there
BEHAVIOURS = ("", "slow", "down", "lost", "failing", "nonsense")
LARGEST = 64 * 1024 * 1024  # bytes of a request


class Twins:
    """What the services remember. `calls` counts requests, also those that a break swallowed."""

    def __init__(self, secret: str = ""):
        self.secret = secret.encode()
        self.slow = 3.0  # seconds
        self.calls: dict[str, int] = {}
        self.sent: dict[str, list[dict]] = {"sms": [], "mail": [], "courier": []}
        self._called_off: set[str] = set()
        self._fetched: set[str] = set()  # waybills
        self._names: dict[str, str] = {}
        self._ties: dict[str, set[str]] = {}
        self._behaviours: dict[str, str] = {}
        self._lock = threading.Lock()

    def behave(self, service: str, how: str) -> None:
        if how not in BEHAVIOURS:
            raise ValueError(f"a twin is one of {BEHAVIOURS}, not {how!r}")
        self._behaviours[service] = how

    def behaviour(self, service: str) -> str:
        return self._behaviours.get(service, "")

    def know(self, id_number: str, name: str) -> None:
        """The register says that this number is this person's."""
        self._names[id_number] = name

    def tie(self, number: str, *persons: str) -> None:
        """The register says that these persons (numbers) represent the enterprise, or are the parents of the child."""
        self._ties[number] = set(persons)

    def answer(self, service: str, what: str, key: str, raw: bytes) -> tuple[int, dict]:
        """(status, body) of one request."""
        with self._lock:
            self.calls[service] = self.calls.get(service, 0) + 1
            match service, what:
                case "identity", "check":
                    asked = json.loads(raw)
                    return 200, {"match": self._named(asked, "name", "id_number")}
                case "identity", "represents":
                    return 200, {"match": self._tied(json.loads(raw), "enterprise", "uscc")}
                case "identity", "guards":
                    return 200, {"match": self._tied(json.loads(raw), "child", "child_number")}
                case "scanner", "scan":
                    found = EICAR in raw
                    return 200, {"clean": not found, "name": "EICAR-Test-File" if found else ""}
                case "courier", "order":
                    return self._order(key, json.loads(raw))
                case "courier", "call_off":
                    return self._call_off(str(json.loads(raw).get("order", "")))
                case (("sms" | "mail"), "send"):
                    return self._send(service, key, json.loads(raw))
        return 404, {"message": "没有这个接口"}

    def _named(self, asked: dict, name: str, number: str) -> bool:
        """Whoever is not in the register is entered at first sight; from then on the number belongs to that name."""
        return self._names.setdefault(str(asked.get(number, "")), str(asked.get(name, ""))) == asked.get(name, "")

    def _tied(self, asked: dict, name: str, number: str) -> bool:
        """The first person who asks is the representative or the parent, unless `tie` has said who is."""
        if not (self._named(asked, name, number) and self._named(asked, "name", "id_number")):
            return False
        person = str(asked.get("id_number", ""))
        return person in self._ties.setdefault(str(asked.get(number, "")), {person})

    def _send(self, service: str, key: str, asked: dict) -> tuple[int, dict]:
        if not asked.get("to") or not asked.get("text"):
            return 400, {"message": "缺少收件地址或者内容"}
        known = next((row for row in self.sent[service] if key and row["key"] == key), None)
        if known is None:
            known = {"id": f"{service}-{len(self.sent[service]) + 1}", "key": key, "at": time.time(), **asked}
            self.sent[service].append(known)
        return 200, {"id": known["id"]}

    def _order(self, key: str, asked: dict) -> tuple[int, dict]:
        if not all(asked.get(name) for name in ("recipient", "phone", "address")):
            return 400, {"message": "缺少收件人、电话或者地址"}
        if key in self._called_off:
            return 422, {"message": "这个订单已经取消"}
        if NOWHERE in asked["address"]:
            return 422, {"message": "这个地址不在派送范围内"}
        known = next((row for row in self.sent["courier"] if key and row["key"] == key), None)
        if known is None:
            known = {"waybill": f"YT{time.time_ns() // 1000 % 10**12:012d}", "key": key, "at": time.time(), **asked}
            self.sent["courier"].append(known)
        return 200, {"waybill": known["waybill"]}

    def _call_off(self, order: str) -> tuple[int, dict]:
        known = next((row for row in self.sent["courier"] if row["key"] == order), None)
        if known and known["waybill"] in self._fetched:
            return 409, {"message": "快递员已经取走"}
        self._called_off.add(order)
        return 200, {"called_off": order}

    def report(self, **status: str) -> tuple[bytes, dict[str, str]]:
        """(body, headers) with which the courier tells a status: {"waybill", "status", "at", …}. Sent twice or in any order it is
        what a courier does; `secret` must be the platform's."""
        self._fetched.add(str(status.get("waybill", "")))
        raw, at = json.dumps(status, ensure_ascii=False).encode(), str(int(time.time()))
        signed = hmac.new(self.secret, f"{at}..".encode() + raw, hashlib.sha256).hexdigest()
        return raw, {"X-Timestamp": at, "X-Signature": signed}

    def trusts(self, at: str, key: str, raw: bytes, signature: str) -> bool:
        signed = hmac.new(self.secret, f"{at}.{key}.".encode() + raw, hashlib.sha256).hexdigest()
        return hmac.compare_digest(signed.encode(), signature.encode())


class _Handler(BaseHTTPRequestHandler):
    twins: Twins

    def do_POST(self) -> None:
        service, _, what = self.path.strip("/").partition("/")
        raw = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), LARGEST))
        key, how = self.headers.get("Idempotency-Key", ""), self.twins.behaviour(service)
        if not self.twins.trusts(self.headers.get("X-Timestamp", ""), key, raw, self.headers.get("X-Signature", "")):
            return self._say(401, {"message": "签名不对"})
        if how == "down":
            return self._hang_up()
        if how == "slow":
            time.sleep(self.twins.slow)
        if how == "failing":
            return self._say(500, {"message": "内部错误"})
        try:
            status, body = self.twins.answer(service, what, key, raw)
        except ValueError:
            status, body = 400, {"message": "请求的格式不对"}
        if how == "lost":
            return self._hang_up()
        return self._say(status, "<html>" if how == "nonsense" else body)

    def do_GET(self) -> None:
        service, _, what = self.path.strip("/").partition("/")
        if what == "outbox" and service in self.twins.sent:
            return self._say(200, {"sent": self.twins.sent[service][-50:]})
        return self._say(404, {"message": "没有这个页面"})

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.close()

    def _say(self, status: int, body: dict | str) -> None:
        raw = body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False, indent=1).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)
        except OSError:
            pass  # whoever asked has gone

    def log_message(self, *args) -> None:
        """Nothing: the outbox tells more."""


def server(twins: Twins, port: int = 0) -> ThreadingHTTPServer:
    """Bound to this machine only; port 0 takes a free one."""
    handler = type("Handler", (_Handler,), {"twins": twins})
    return ThreadingHTTPServer(("127.0.0.1", port), handler)


@contextmanager
def serving() -> Iterator[tuple[Twins, str]]:
    """(twins, address) while the block runs."""
    twins = Twins()
    httpd = server(twins)
    thread = threading.Thread(target=httpd.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield twins, f"http://127.0.0.1:{httpd.server_address[1]}"
    finally:
        httpd.shutdown()
        httpd.server_close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Local stand-ins for the outside services")
    parser.add_argument("--port", type=int, required=True)
    with server(Twins(), parser.parse_args().port) as httpd:
        httpd.serve_forever()


if __name__ == "__main__":
    main()
