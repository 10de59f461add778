"""The adapters behind the ports of the rooms below; settings.PORTS names them."""

from __future__ import annotations

import re

from apps.kit.errors import Later, Refused, Unavailable

from .client import Client, readable

WAYBILL = re.compile(r"[A-Za-z0-9_-]{1,40}")  # it stands in messages to citizens: a captured courier writes them no sentence and no link


class HttpIdentity:
    def matches(self, name: str, id_number: str) -> bool:
        return self._ask("/check", name=name, id_number=id_number)

    def represents(self, *, uscc: str, enterprise: str, name: str, id_number: str) -> bool:
        return self._ask("/represents", uscc=uscc, enterprise=enterprise, name=name, id_number=id_number)

    def guards(self, *, child: str, child_number: str, name: str, id_number: str) -> bool:
        return self._ask("/guards", child=child, child_number=child_number, name=name, id_number=id_number)

    @staticmethod
    def _ask(path: str, **facts: str) -> bool:
        try:
            told = Client("identity").post(path, facts).get("match")
        except (Later, Refused):
            told = None
        if not isinstance(told, bool):
            raise Unavailable("实名核验服务暂时没有应答，请稍后再试；也可以带身份证到任一综合窗口办理。")
        return told


class HttpScanner:
    def infected(self, content: bytes) -> str:
        try:
            told = Client("scanner").post("/scan", content)
        except Refused as refusal:
            raise Later(f"scanner: {refusal.message}") from None
        if not isinstance(told.get("clean"), bool):
            raise Later("scanner: no verdict")
        return "" if told["clean"] else readable(told.get("name") or "", 100) or "未命名的恶意程序"


class HttpCourier:
    def order(self, parcel: dict[str, str], *, key: str) -> str:
        told = Client("courier").post("/order", parcel, key=key).get("waybill")
        waybill = told.strip() if isinstance(told, str) else ""  # as the callback's is read
        if not WAYBILL.fullmatch(waybill):
            raise Later("courier: no waybill")
        return waybill

    def call_off(self, order: str, *, key: str) -> None:
        Client("courier").post("/call_off", {"order": order}, key=key)


class HttpSms:
    def send(self, to: str, text: str, *, key: str, subject: str = "") -> str:
        return readable(Client("sms").post("/send", {"to": to, "text": text}, key=key).get("id", ""), 100)


class HttpMail:
    def send(self, to: str, text: str, *, key: str, subject: str = "") -> str:
        mail = {"to": to, "subject": subject, "text": text}
        return readable(Client("mail").post("/send", mail, key=key).get("id", ""), 100)
