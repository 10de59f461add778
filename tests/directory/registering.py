"""Who registers in these tests: one citizen's phone, number and name, and the way to the account by the code that was sent."""

import re
from datetime import date

from apps.directory import actions
from apps.directory.models import User

PHONE, NAME = "13905749999", "赵一凡"
PASSWORD = "long-enough-2017"
COMPANY = "91330282MA2A00001K"


def number_of(birth: date, serial: int = 1) -> str:
    from stdnum.cn.ric import calc_check_digit

    stem = f"330282{birth:%Y%m%d}{serial:03d}"
    return stem + calc_check_digit(stem + "0")


NUMBER = number_of(date(1990, 3, 7))


def code_sent(twins, phone=PHONE) -> str:
    return re.search(r"\d{6}", [row for row in twins.sent["sms"] if row["to"] == phone][-1]["text"])[0]


def ask(purpose="register", phone=PHONE) -> None:
    actions.ask_code(purpose=purpose, mobile=phone, ip="203.0.113.7")


def register(twins, phone=PHONE, name=NAME, number=NUMBER, code=None, **more) -> User:
    given = {"password": PASSWORD, "again": PASSWORD, **more}
    return actions.register_person(
        mobile=phone, code=code or code_sent(twins, phone), name=name, id_number=number, **given
    )
