"""What no shape, no database and no request may hold is refused in words: broken bodies, the ends of time, numbers that are none, too much at once."""

from __future__ import annotations

import re
from io import BytesIO
from time import process_time
from urllib.parse import urlencode

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client, RequestFactory

from apps.api import tokens
from apps.applications.models import Application
from apps.journal.models import Receipt
from apps.kit.bodies import Body, legible, watched
from tests import make
from tests.api.test_attack_the_interface import everything
from tests.full import full
from tests.people import nothing_written
from tests.web.visitors import Visitor, quick

from .test_withstand_single_attacks import ENDPOINTS, PAGES, signed_in

BROKEN = {  # what is sent in the body: the status that it gets
    '{"code": "food-licence", "channel": "\\ud800"}': 400,
    '{"code": "food-licence", "situations": {"\\uDFFF": 1}}': 400,
    '{"code": "food-licence", "channel": "\\ud83d\\ude00"}': 422,  # a whole character, and no channel
    '{"code": "food-licence", "channel": "a\\u0000b"}': 422,
    '{"code": ' + "[" * 5000 + "]" * 5000 + "}": 400,
    '{"code": ' + "9" * 5000 + "}": 400,
    '{"code": "' + "x" * (5 * 2**20) + '"}': 413,
}


@pytest.mark.parametrize("body", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_body_is_refused_in_words(world, body):
    head = {"Authorization": f"Bearer {tokens.issue(make.user('cixi-clerk'))}", "Idempotency-Key": "k"}
    with nothing_written(Application, Receipt):
        answer = Client().post("/api/applications/", body, content_type="application/json", headers=head)
        told = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (BROKEN[body], "application/problem+json")
    assert re.search("[一-鿿]", told["detail"])


def test_a_body_that_breaks_off_is_none_and_neither_is_one_without_length(world):
    """The line broke in the middle, and what had come was done: half an opinion, a rating without its “匿名”, half a scan."""

    def half(body: bytes, kind: str) -> dict:
        return {"wsgi.input": Body(BytesIO(body), len(body) + 20), "CONTENT_LENGTH": str(len(body) + 20), "CONTENT_TYPE": kind}

    program = Client(headers={"Authorization": f"Bearer {tokens.issue(make.user('citizen'))}"})
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make.user("citizen"))
    browser.get("/account/notices/")
    guard = {"HTTP_X_CSRFTOKEN": browser.cookies["csrftoken"].value}  # as a script of a page sends it
    body, form = half(b'{"wants_sms": false}', "application/json"), half(b"wants_mail=on", "application/x-www-form-urlencoded")
    with nothing_written():
        sent = [
            program.generic("PATCH", "/api/account/", **body),
            browser.generic("POST", "/api/account/email/", **half(b'{"email": ""}', "application/json"), **guard),
            browser.generic("POST", "/account/notices/", **form, **guard),
            browser.generic("POST", "/account/notices/", **half(b"wants_mail=on", form["CONTENT_TYPE"])),
        ]
        assert [(one.status_code, "中途断了" in one.text) for one in sent] == [(400, True)] * 4
        for caller, path, kind in ((program, "/api/account/", "application/problem+json"), (browser, "/account/notices/", "text/html; charset=utf-8")):
            pieces = caller.generic("PATCH", path, HTTP_TRANSFER_ENCODING="chunked", **guard)
            assert (pieces.status_code, pieces["Content-Type"]) == (411, kind) and "Content-Length" in pieces.text


def test_a_part_of_a_form_whose_name_is_given_in_pieces_and_whole_is_passed_over(world):
    form = b'--x\r\nContent-Disposition: form-data; name*=a; name*1=b\r\n\r\nv\r\n--x--\r\n'
    kind = "multipart/form-data; boundary=x"
    case, head = make.draft().pk, {"Authorization": f"Bearer {tokens.issue(make.user('cixi-clerk'))}", "Idempotency-Key": "k"}
    with nothing_written(Application, Receipt):
        page = Client().post("/account/", form, content_type=kind)
        told = Client().post(f"/api/applications/{case}/attachments/", form, content_type=kind, headers=head)
    assert (page.status_code, "必填" in page.text or "请填写" in page.text) == (200, True)
    assert (told.status_code, [each["field"] for each in told.json()["errors"]]) == (422, ["material", "file"])


@pytest.mark.parametrize(
    ("kind", "read"),
    [
        ("text/plain; charset=hex", None), ("application/json;charset=IDNA", None), ("text/plain; charset=unicode_escape", None),
        ('multipart/form-data; charset="utf-7"; boundary=x', None), ("multipart/form-data; boundary=x; y*=none''%41", None),
        ("text/plain; charset*0=he; charset*1=x", None), ("text/plain; charset*=x; charset*1=y", None),
        ("multipart/form-data; Charset*1=x; boundary=x; Charset*0=he", None),
        ("application/json; charset=UTF8", "UTF8"), ("application/json; charset=gbk", "gbk"), ("", None),
    ],
)  # fmt: skip
def test_an_encoding_that_is_none_is_not_heeded(kind, read):
    """A mere look that named one was answered 500 before anything of the house had run, to strangers too."""
    environ = RequestFactory()._base_environ(CONTENT_TYPE=kind, QUERY_STRING="q=%E4%BD%A0%2B2AA-")
    request = watched(lambda known, _: WSGIRequest(known))(environ, None)
    assert (request.encoding, request.content_params.get("boundary")) == (read, "x" if "boundary" in kind else None)
    assert request.GET["q"].encode()


def test_a_type_that_goes_on_for_long_is_soon_read():
    """A stranger's look, one header of spaces: seven seconds for sixty thousand of them, in which its process answered nobody."""
    began = process_time()
    for behind in (" ", "*", " *", "; ", ";"):
        for known in ("hex", "utf-8"):
            kind = f"text/plain; charset={known};{behind * 100_000}x"
            assert watched(lambda environ, _: WSGIRequest(environ))(RequestFactory()._base_environ(CONTENT_TYPE=kind), None).content_params == {}
    assert process_time() - began < 2
    assert legible("text/plain; Charset = hex; a=b; y* =c;charset") == "text/plain; a=b;charset"


def test_the_ends_of_time_and_a_broken_key_are_refused(world):
    job = make.job_of(make.accepted())
    head = {"Authorization": f"Bearer {tokens.issue(make.user('scjg-reviewer'))}"}
    hearing = {"at": "0001-01-01T00:30", "place": "三楼会议室", "presider": "王听证"}
    with nothing_written(Receipt):
        sent = [
            Client().post(f"/api/jobs/{job.pk}/call_hearing/", hearing, content_type="application/json", headers=head),
            Client().post(f"/api/jobs/{job.pk}/claim/", {}, content_type="application/json", headers=head | {"Idempotency-Key": "a\x00"}),
        ]
    assert [(answer.status_code, answer.json()["code"]) for answer in sent] == [(422, "input.range"), (422, "idempotency.key")]
    assert sent[0].json()["errors"][0]["field"] == "at"


DAYS, ENDS = ("as_of", "day", "since", "until"), ("0001-01-01", "9999-12-31")


def test_no_number_and_no_word_in_an_address_is_too_large(world):
    """As one who holds every post, at every address (short: at some, and where a day is asked for)."""
    paths, wrong = [path for path, _ in PAGES + ENDPOINTS], []
    asked_at = {*paths[:: full(6, 1)], "/issue/register/", "/counter/cases/", "/audit/"} & set(paths)
    with quick():
        visitor = Visitor(everything())
        for path in sorted(asked_at):
            large = [path.replace("/1/", f"/{number}/") for number in (2**63, 10**30)] if "/1/" in path else []
            asked = urlencode(dict.fromkeys(["page", "q", *DAYS, "node", "version", "year", "state"], "9" * 3000))
            for place in [*large, f"{path}?{asked}", *(f"{path}?page=%00&q=%00&{urlencode(dict.fromkeys(DAYS, day))}" for day in ENDS)]:
                for method in ("get", "post") if place in large else ("get",):
                    answer = visitor.ask(method, place)
                    wrong += [(method, place[:60], answer.status)] if answer.status >= 500 else []
    assert not wrong


NO_NUMBERS = [  # digits that count nothing, and more of them than can be counted
    ("cixi-auditor", "get", "/audit/", {"subject": "party:²"}, ""),
    ("cixi-clerk", "get", "/counter/{}/due/", {"cure_days": "000199999999"}, "天数应为 1 到 60 的整数"),
    ("citizen", "post", "/account/messages/read/", {"until": "9" * 5000}, ""),
]


@pytest.mark.parametrize(("name", "method", "path", "given", "told"), NO_NUMBERS, ids=lambda value: value if str(value).startswith("/") else "")
def test_no_digits_are_taken_for_a_number_that_they_are_not(world, name, method, path, given, told):
    answer = getattr(signed_in(name), method)(path.format(make.draft().pk), given)
    assert answer.status_code in (200, 302) and re.search(told, answer.text)


@pytest.mark.parametrize("form", [{"number": "x" * (5 * 2**20)}, {f"n{n}": "" for n in range(2001)}], ids=["long", "many"])
def test_a_form_that_is_too_much_says_so(db, form):
    answer = Client(raise_request_exception=False).post("/track/", urlencode(form), content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413 and "一次提交的内容太多" in answer.text
    assert "<h1>内容没有收下</h1>" in answer.text  # it was understood well enough to count it


def test_what_no_page_takes_is_not_even_read(world):
    for path, kind in (("/verify/", "text/html"), ("/counter/1/upload/id_card/", "text/html"), ("/api/applications/1/attachments/", "application/problem+json")):
        answer = signed_in("cixi-clerk").post(path, {"file": BytesIO(b"%PDF")}, CONTENT_LENGTH=str(10**9))  # more than there is to read
        said = answer.json()["detail"] if path.startswith("/api/") else answer.text
        assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (413, kind) and "分次提交" in said


def test_a_stranger_sends_one_file_and_not_twenty(world, settings):
    """Whoever is not known would fill the disk with what no page of his takes; a program sends one file at a time."""
    settings.LARGEST_SINGLE = 2000

    def sent() -> dict:
        return {"material": "x", "file": BytesIO(b"%PDF" + b" " * 4000)}

    for path, words in (("/verify/", "请登录以后"), ("/track/", "请登录以后"), ("/api/track/", "分次提交")):
        answer = Client().post(path, sent())
        said = answer.json()["detail"] if path.startswith("/api/") else answer.text
        assert answer.status_code == 413 and words in said, path
    assert signed_in("cixi-clerk").post("/verify/", sent()).status_code == 404
    key = {"Authorization": f"Bearer {tokens.issue(make.user('cixi-clerk'))}"}
    assert Client().post("/api/applications/1/attachments/", sent(), headers=key).status_code == 413
