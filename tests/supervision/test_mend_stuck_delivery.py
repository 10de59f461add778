"""The stuck list: a supervisor sees and retries what belongs to his nodes; what belongs to no case, the city only."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.applications.models import Attachment
from apps.gateway.models import Outbound
from apps.journal.models import Delivery, Event
from apps.kit.errors import Forbidden, NotYours, WrongState
from apps.kit.time import now
from apps.supervision import actions, queries
from apps.supervision.stuck_words import WORK, words
from config.switchboard import LISTENERS
from tests import make
from tests.people import nothing_written
from tests.web.conftest import client_of


def stuck_of(case):
    row = Delivery.objects.filter(event__chain=case.chain).first()
    Delivery.objects.filter(pk=row.pk).update(state="stuck", attempts=8, error="KeyError: x")
    return row


def test_scope_and_retry(world):
    cixi, city = stuck_of(make.received()), stuck_of(make.received("tobacco-retail-licence", by="city-clerk"))
    own, all_of_it = make.actor("cixi-supervisor"), make.actor("city-supervisor")
    assert list(queries.stuck(own)) == [cixi]
    assert list(queries.stuck(all_of_it)) == [cixi, city]
    with nothing_written(), pytest.raises(NotYours):
        actions.retry(by=own, delivery=city.pk)
    actions.retry(by=own, delivery=cixi.pk)
    event = Event.objects.get(chain=f"delivery:{cixi.pk}")
    assert (event.name, event.by_id) == ("delivery.retry", own.id)
    assert Delivery.objects.get(pk=cixi.pk).state == "pending"
    assert not queries.stuck(own).exists()
    with nothing_written(), pytest.raises(WrongState, match="同事刚刚重新投递过"):
        actions.retry(by=own, delivery=cixi.pk)
    others = [Delivery(event=city.event, listener=f"l{n}", state="stuck", next_try_at=now()) for n in range(2000)]
    last = Delivery(event=cixi.event, listener="l", state="stuck", next_try_at=now())
    Delivery.objects.bulk_create([*others, last])
    assert list(queries.stuck(own)) == [last]  # however much of another's stands before it


def test_all_at_once(world):
    """A disk that was full over a night left hundreds, each with a button of its own."""
    mine, far = [stuck_of(make.received()) for _ in range(2)], stuck_of(make.received("tobacco-retail-licence", by="city-clerk"))
    with nothing_written(Delivery):
        assert client_of("cixi-clerk").post("/oversight/stuck/retry/").status_code == 403
    client = client_of("cixi-supervisor")
    assert "全部重新投递" in client.get("/oversight/stuck/").content.decode()
    assert client.post("/oversight/stuck/retry/").status_code == 302
    assert Event.objects.filter(name="delivery.retry").count() == 2
    assert set(Delivery.objects.filter(pk__in=[row.pk for row in mine]).values_list("state", flat=True)) == {"pending"}
    assert Delivery.objects.get(pk=far.pk).state == "stuck"


def test_who_presses_after_a_colleague_reads_that_it_is_done(world):
    """Both had the list open, and the second was told that there is no such page; what is another's is still none."""
    row, mine, far = stuck_of(make.received()), unsent("330282"), unsent("330281")
    pages = [client_of(name) for name in ("cixi-supervisor", "city-supervisor")]
    for path in (f"/oversight/stuck/{row.pk}/retry/", f"/oversight/stuck/messages/{mine.pk}/retry/"):
        assert pages[1].post(path).status_code == 302
        with nothing_written(Delivery, Outbound):
            late = pages[0].post(path)
            assert late.status_code == 409 and "已经不在清单里：同事刚刚重新" in late.text
    Outbound.objects.filter(pk=far.pk).update(state="pending")
    assert pages[0].post(f"/oversight/stuck/messages/{far.pk}/retry/").status_code == 404


@pytest.mark.parametrize("who", ["cixi-clerk", "scjg-head", "cixi-admin", "cixi-auditor", "citizen"])
def test_nobody_else(world, who):
    row = stuck_of(make.received())
    with nothing_written(), pytest.raises(Forbidden):
        actions.retry(by=make.actor(who), delivery=row.pk)
    with pytest.raises(Forbidden):
        queries.stuck(make.actor(who))


def test_a_delivery_of_a_clock_belongs_to_the_case_of_its_clock(world, days):
    """A lapse that could not be carried out is of a case too: its own supervisor must see it."""
    from apps.deadlines.actions import sweep

    case = make.received()
    days.after(case.notice_due)
    sweep()
    row = Delivery.objects.get(listener="applications.lapsed")
    Delivery.objects.filter(pk=row.pk).update(state="stuck")
    assert list(queries.stuck(make.actor("cixi-supervisor"))) == [row]
    assert not queries.stuck(make.actor("cixi-supervisor")).exclude(pk=row.pk).exists()


def test_every_step_that_may_be_stuck_has_words():
    for event, entries in LISTENERS.items():
        for listener, _, _ in entries:
            told = words(listener, event, "KeyError: x")
            assert listener in WORK and told.after, (listener, event)


@pytest.mark.parametrize(
    ("error", "cause", "cure"),
    [
        ("KeyError: 'x'", "程序出错了", "技术人员"),
        ("Later: no handler is named gateway.x", "版本", "技术人员"),
        ("Later: 文书文件写入失败：No space left on device", "磁盘", "技术人员"),
        ("OperationalError: the connection is closed", "数据库", "直接重新投递"),
        ("ConnectionError: ", "没有应答", "直接重新投递"),
        ("WrongState: 这个办件不在补正中。", "按现在的情况办不了：这个办件不在补正中。", "先看办件"),
        ("", "程序出错了", "技术人员"),
    ],
)
def test_the_kind_of_the_error_says_whose_help_it_takes(error, cause, cure):
    told = words("applications.tell", "application.accept", error)
    assert cause in told.cause and cure in told.cure


def test_a_stuck_step_names_its_case_and_what_was_not_done(world, days):
    """Chains and exceptions are the engineer's: they stay, folded away. A page of many costs as much as one."""
    from apps.deadlines.actions import sweep

    case = make.received()
    days.after(case.notice_due)
    sweep()
    client = client_of("cixi-supervisor")
    lapsed = Delivery.objects.filter(listener="applications.lapsed")
    lapsed.update(state="stuck", attempts=8, error="KeyError: 'kind'")
    with CaptureQueriesContext(connection) as one:
        page = client.get("/oversight/stuck/").text
    shown = page.partition('<section class="panel" aria-labelledby="deliveries">')[2].partition("</section>")[0]
    told = re.sub(r"<details.*?</details>", "", shown, flags=re.S)
    assert f'href="/oversight/cases/{case.pk}/"' in told and f"{case.number}</a> {case.name}" in told
    for said in ("办理期限届满的后果", "期限已过", "还没有登记", "程序出错了", "技术人员"):
        assert said in told, said
    for hidden in ("clock", "applications.lapsed", "KeyError"):
        assert hidden in shown and hidden not in told, hidden
    Delivery.objects.exclude(pk__in=lapsed).update(state="stuck", error="KeyError: x")
    with CaptureQueriesContext(connection) as many:
        client.get("/oversight/stuck/")
    assert len(many) <= len(one)


def test_a_stuck_step_of_no_case_says_so(world):
    Delivery.objects.filter(listener="deadlines.recompute").update(state="stuck", error="OSError: 28")
    page = client_of("city-supervisor").get("/oversight/stuck/").text
    assert "不是哪一个办件的" in page and "按新的放假安排重算期限" in page
    assert "按新的放假安排重算期限" not in client_of("cixi-supervisor").get("/oversight/stuck/").text


def unsent(node: str) -> Outbound:
    told = {"service": "sms", "to": make.MOBILE, "text": "t", "state": "stuck", "attempts": 8, "error": "短信网关没有应答"}
    return Outbound.objects.create(key=f"of-{node}", region=node, **told)


def silent(case, *, tries: int = 3) -> Attachment:
    file = {"name": "王小明身份证.png", "content_type": "image/png", "size": 1, "sha256": "0" * 64, "path": "x"}
    later = {"scan_tries": tries, "next_scan_at": now() + timedelta(minutes=5)}
    return Attachment.objects.create(application=case, material=case.materials.first(), **file, **later)


def test_a_message_that_is_stuck_names_its_case_and_its_cause_in_words(world):
    """A key and an exception's name say nothing to whom the applicant calls; a page of many costs as much as one."""
    case, client = make.received(), client_of("cixi-supervisor")
    row = unsent(case.node_id)
    Outbound.objects.filter(pk=row.pk).update(root_id=case.pk, error="sms: ConnectionError")
    page = client.get("/oversight/stuck/").text
    assert f'href="/oversight/cases/{case.pk}/"' in page and f"{case.number}</a> {case.name}" in page
    assert "对方系统没有应答，或者答复读不懂（ConnectionError）。" in page
    with CaptureQueriesContext(connection) as one:
        client.get("/oversight/stuck/")
    Outbound.objects.bulk_create(
        [Outbound(service="sms", key=str(n), to="", text="t", state="stuck", region=case.node_id, root_id=case.pk) for n in range(9)]
    )
    with CaptureQueriesContext(connection) as many:
        client.get("/oversight/stuck/")
    assert len(many) == len(one)


def test_messages_and_files_that_are_stuck_stand_on_the_page(world):
    """With attempts, cause and since when, of the own nodes; who may tries again, and what was tried is told."""
    case, home = make.received(), make.from_home()
    far = make.received("tobacco-retail-licence", by="city-clerk")
    mine, other = unsent(case.node_id), unsent(far.node_id)
    files = [silent(case), silent(home)]
    silent(case, tries=0)  # nobody has asked yet
    distant = silent(far)
    own = make.actor("cixi-supervisor")
    assert [row.application.pk for row in queries.unexamined(own)] == [case.pk, home.pk]
    assert len(queries.unexamined(make.actor("city-supervisor"))) == 3
    client = client_of("cixi-supervisor")
    page = client.get("/oversight/stuck/").content.decode()
    for told in ("短信网关没有应答", case.number, "还没有收件", case.materials.first().name, "重新发送", "现在重新检查"):
        assert told in page, told
    for hidden in (far.number, other.key, "王小明", make.MOBILE):
        assert hidden not in page, hidden
    board = client.get("/oversight/").content.decode()
    assert "等不到安全检查" in board and "有投递受阻" in board
    with nothing_written(Outbound):
        assert client.post(f"/oversight/stuck/messages/{other.pk}/retry/").status_code == 404
        assert client_of("cixi-clerk").post("/oversight/stuck/files/retry/").status_code == 403
    key = {"once": re.search(rf'messages/{mine.pk}/retry/".*?name="once" value="(.+?)"', page)[1]}
    assert client.post(f"/oversight/stuck/messages/{mine.pk}/retry/", key).status_code == 302
    Outbound.objects.filter(pk=mine.pk).update(state="stuck")  # the carrier was away again, and the second click of the same page came late
    assert client.post(f"/oversight/stuck/messages/{mine.pk}/retry/", key).status_code == 302
    assert Outbound.objects.get(pk=mine.pk).state == "stuck"
    Outbound.objects.filter(pk=mine.pk).update(state="pending")
    event = Event.objects.get(chain=f"outbound:{mine.pk}")
    assert (event.name, event.by_id, event.facts["service"]) == ("outbound.retry", own.id, "sms")
    mine.refresh_from_db()
    assert (mine.state, mine.attempts) == ("pending", 0)
    Outbound.objects.update(state="stuck")  # all at once: the carrier was away
    client.post("/oversight/stuck/messages/retry/")
    assert set(Outbound.objects.values_list("pk", "state")) == {(mine.pk, "pending"), (other.pk, "stuck")}
    client.post("/oversight/stuck/files/retry/")
    due = set(Attachment.objects.filter(next_scan_at__lte=now()).values_list("pk", flat=True))
    assert due == {file.pk for file in files} and distant.pk not in due
