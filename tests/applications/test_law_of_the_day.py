"""Regimes by item and date: two cases of real estate, received on the last day of one rule and on the first of the next,
run by limits of their own; a draft opened before and received after goes by the day of its receipt."""

from datetime import date, timedelta
from functools import cache

import pytest
import yaml
from django.conf import settings
from django.db.models import F

from apps.applications import actions, powers
from apps.applications.models import Application
from apps.catalog.actions import cancel_definition, load_catalogue, resume_definition, suspend_definition
from apps.catalog.loading.source import read
from apps.catalog.plan import LIMITS, with_limits_of
from apps.deadlines.actions import sweep
from apps.deadlines.models import CardRule, Clock, Edition, Rule
from apps.deadlines.queries import shelf
from apps.directory.models import Message
from apps.issuance.models import Document
from apps.issuance.paper import to_html
from apps.journal.actor import SYSTEM
from apps.kit.errors import Refused, WrongState
from apps.supervision.models import Card
from tests import make
from tests.people import nothing_written

from .test_amend_situation import amend
from .test_run_bundle import BIG

CODE = "title-transfer"
BEFORE, SINCE = date(2018, 12, 31), date(2019, 1, 1)
LAW = "浙江省保障“最多跑一次”改革规定第十一条"


@cache
def filed(code: str) -> tuple[dict, dict]:
    """The head of the node's file, and the item in it; by the C loader, since the file is long."""
    text = (settings.BASE_DIR / "fixtures" / "catalog" / "cixi-2017.yaml").read_text()
    whole = yaml.load(text, Loader=yaml.CSafeLoader)
    return {key: whole[key] for key in ("format", "node")}, next(row for row in whole["items"] if row["code"] == code)


def publish(as_of: str, code: str = CODE, **changes) -> None:
    """One more dated version of the item, as its node's file has it."""
    head, row = filed(code)
    part = {**head, "as_of": as_of, "items": [{**row, "valid_from": as_of, **changes}]}
    load_catalogue(by=SYSTEM, sources=[read("one.yaml", yaml.safe_dump(part, allow_unicode=True).encode())])


@pytest.fixture
def regimes(office):
    days = {"unit": "working"}
    publish("2018-01-01", notice_days=5, legal_limit={**days, "days": 30}, promised_limit={**days, "days": 5})
    since = {"extension_cap": 7, "pause_grounds": ["inspection"], "hearing_required": True}
    publish("2019-01-01", notice_days=0, promised_limit={**days, "days": 3}, steps=[], basis=[LAW], **since)
    return office


def clocks(case) -> dict[str, Clock]:
    return {clock.kind: clock for clock in Clock.objects.filter(root_id=case.pk)}


def test_the_day_of_receipt_decides_by_which_rule_a_case_runs(regimes):
    regimes.at(BEFORE)
    draft = make.draft(CODE)
    assert with_limits_of(draft.plan, BEFORE) is draft.plan
    assert with_limits_of({**draft.plan, "code": "gone"}, SINCE)["members"] == draft.plan["members"]
    silent = make.received(CODE)
    case = make.accepted(CODE)
    assert case.plan["members"][0]["basis"] != [LAW]
    # New Year's Day rests, and the 29th was worked instead: five working days after the 31st.
    assert clocks(silent)["notice"].due_on == date(2019, 1, 8)
    assert clocks(case)["decision"].promised_due == date(2019, 1, 8)
    assert clocks(case)["decision"].promised == {"n": 5, "unit": "working"}

    regimes.pass_to(SINCE)
    asked = draft.plan["materials"]
    late = actions.receive(by=make.actor("cixi-clerk"), application=draft.pk)
    assert late.plan["materials"] == asked and late.plan["members"][0]["basis"] == [LAW]
    new = make.received(CODE)
    assert [late.plan["members"][0][key] for key in LIMITS] == [new.plan["members"][0][key] for key in LIMITS]
    for row in (late, new):  # on the spot: the first day of work
        assert clocks(row)["notice"].due_on == Application.objects.get(pk=row.pk).notice_due == date(2019, 1, 2)
    taken = actions.accept(by=make.actor("cixi-clerk"), application=late.pk)
    assert clocks(taken)["decision"].promised == {"n": 3, "unit": "working"}
    assert clocks(taken)["decision"].promised_due == date(2019, 1, 4)

    # What was received under the old rule stays under it; silence accepts the new one days earlier.
    regimes.pass_over(date(2019, 1, 2))
    states = {row.pk: row.deemed for row in Application.objects.filter(pk__in=[silent.pk, new.pk])}
    assert states == {silent.pk: False, new.pk: True}
    assert Application.objects.get(pk=new.pk).accepted_on == SINCE
    assert clocks(silent)["notice"].due_on == date(2019, 1, 8)


def test_a_corrected_situation_has_the_notice_days_of_its_items_on_the_day_of_receipt(office):
    for as_of, days in (("2018-01-01", 2), ("2018-03-06", 0)):
        publish(as_of, "fire-check", notice_days=days)
    clerk, monday = make.actor("cixi-clerk"), date(2018, 3, 5)
    small = {**BIG, "dining_area": 200}
    office.at(monday)
    case, late = (make.received("open-restaurant", situations=small) for _ in range(2))

    def correct(row, situations):
        return actions.correct(by=clerk, application=row.pk, reason="面积填错", situations=situations).notice_due

    def running(row):
        return Clock.objects.get(root_id=row.pk, kind="notice", state="running").due_on

    assert running(case) == date(2018, 3, 12)
    office.at(date(2018, 3, 6))
    assert (
        correct(case, BIG) == running(case) == date(2018, 3, 7)
    )  # the fire check leaves two days, by the rule of the 5th
    first, again = Document.objects.filter(root_id=case.pk, kind="receipt").order_by("pk")
    assert again.payload["notice_last_day"] == "2018-03-07"
    assert "在 2 个工作日内" in (told := to_html(again)) and "五个工作日" not in told and "在五个工作日内" in to_html(first)
    assert correct(case, small) == running(case) == date(2018, 3, 12)
    office.at(date(2018, 3, 8))
    with nothing_written(Clock, Document), pytest.raises(WrongState, match="2018年3月7日"):
        correct(late, BIG)
    assert running(late) == date(2018, 3, 12)


def test_a_draft_is_not_handed_in_for_what_is_withdrawn_since(office):
    """A running case, and what was handed in before, goes on; who is told that no permit is needed is still told."""
    office.at(date(2018, 3, 5))
    clerk = make.actor("cixi-clerk")
    draft, running, handed_in = make.draft(), make.received(), make.from_home()
    whole, at_home = make.draft("open-restaurant", situations=BIG), make.from_home(submit=False)
    cancel_definition(by=SYSTEM, code=make.FOOD, reason="改为备案", on=date(2018, 3, 6))
    office.at(date(2018, 3, 6))
    for row in (draft, whole):
        with nothing_written(Clock, Document), pytest.raises(Refused) as told:
            actions.receive(by=clerk, application=row.pk)
        assert told.value.code == "item.withdrawn" and "停止受理" in told.value.message
    with nothing_written(Clock, Document), pytest.raises(Refused):
        actions.submit(by=make.actor("enterprise"), application=at_home.pk)
    actions.accept(by=clerk, application=running.pk)
    actions.begin_pre_check(by=clerk, application=handed_in.pk)
    actions.pass_pre_check(by=clerk, application=handed_in.pk)
    assert actions.receive(by=clerk, application=handed_in.pk).state == "received"
    actions.receive(by=clerk, application=draft.pk, to_turn_away=True)
    assert actions.not_handle(by=clerk, application=draft.pk, reason="已经改为备案").state == "not_handled"


def test_what_is_published_for_today_holds_for_what_is_received_after_it(office):
    office.at(date(2018, 3, 5))
    clerk, days = make.actor("cixi-clerk"), {"unit": "working"}
    early, late, new = make.draft(), make.draft(), {**days, "days": 6}
    assert actions.receive(by=clerk, application=early.pk).plan == early.plan
    publish("2018-03-05", make.FOOD, promised_limit=new, steps=[])
    assert actions.receive(by=clerk, application=late.pk).plan["promised_limit"] == new
    actions.accept(by=clerk, application=late.pk)
    assert clocks(late)["decision"].promised == {"n": 6, "unit": "working"}
    assert Application.objects.get(pk=early.pk).plan["promised_limit"] == {**days, "days": 10}


def test_what_runs_since_the_morning_is_amended_by_the_versions_of_the_morning(office):
    """Published for today at noon, the new version told an item under review other limits, and asked for what it does not need."""
    office.at(date(2018, 3, 5))
    case = make.accepted("open-restaurant", situations={**BIG, "dining_area": 200})
    draft, clerk = make.draft("open-restaurant", situations={**BIG, "dining_area": 200}), make.actor("cixi-clerk")
    before = {one["code"]: one for one in Application.objects.get(pk=case.pk).plan["members"]}
    _, row = filed(make.FOOD)
    more = [*row["materials"], {"material": "title_deed", "necessity": "required"}]
    publish("2018-03-05", make.FOOD, promised_limit={"days": 6, "unit": "working"}, steps=[], department="wsjs", materials=more)
    plan = amend(case, {"dining_area": "600"}).plan
    after = {one["code"]: one for one in plan["members"]}
    assert {code: after[code] for code in before} == before and after.keys() - before == {"fire-check"}
    assert with_limits_of(plan, date(2018, 3, 5))["members"] != plan["members"]  # it was published
    assert "title_deed" not in {line["material"] for line in plan["materials"]}
    late = actions.receive(by=clerk, application=draft.pk)
    assert late.plan_of(make.FOOD)["promised_limit"]["days"] == 6
    cancel_definition(by=SYSTEM, code=make.FOOD, reason="改为备案")
    told = {"situations": {**BIG, "dining_area": 600}, "reason": "情形录错"}
    late = actions.correct(by=clerk, application=late.pk, **told)  # nothing holds any more: by what it was received by
    assert late.plan_of(make.FOOD)["promised_limit"]["days"] == 6


def test_what_stops_at_noon_is_not_handed_in_in_the_afternoon(office):
    office.at(date(2018, 3, 5))
    case = make.from_home(submit=False)
    suspend_definition(by=SYSTEM, code=make.FOOD, reason="系统升级")
    with nothing_written(Clock, Document), pytest.raises(Refused, match=r"“食品经营许可”.*自2018年3月5日起暂停受理"):
        actions.submit(by=make.actor("enterprise"), application=case.pk)
    resume_definition(by=SYSTEM, code=make.FOOD)
    assert actions.submit(by=make.actor("enterprise"), application=case.pk).state == "submitted"


def test_who_has_a_draft_is_told_what_becomes_of_it(office):
    """Of the item, or of a one-thing that needs it; not who handed it in, and nobody of a draft at the counter."""
    office.at(date(2018, 3, 5))
    mine, handed_in, _ = make.from_home(submit=False), make.from_home(), make.draft()
    firm = make.actor("enterprise")
    whole = actions.open_draft(by=firm, code="open-restaurant", situations=BIG, channel="online")
    small = actions.open_draft(by=firm, code="open-restaurant", situations={**BIG, "small_shop": True}, channel="online")
    assert make.FOOD not in small.plan["legal_limits"]

    def said() -> dict[str, list[str]]:
        office.work()
        found = Message.objects.filter(title__contains="受理：", party_id=mine.applicant_id).order_by("pk")
        drafts = [(m.link, f"{m.title} {m.text}") for m in found if "还没有提交" in m.text]
        return {link: [text for at, text in drafts if at == link] for link, _ in drafts}

    suspend_definition(by=SYSTEM, code=make.FOOD, reason="系统升级", on=date(2018, 3, 7))
    told = said()
    assert told.keys() == {f"/my/{mine.pk}/", f"/my/{whole.pk}/"}
    assert told[f"/my/{whole.pk}/"] == [
        "暂停受理：开餐饮店 “食品经营许可”自2018年3月7日起暂停受理；您的申请还没有提交，要办的请在那以前提交。"
    ]
    resume_definition(by=SYSTEM, code=make.FOOD)
    cancel_definition(by=SYSTEM, code=make.FOOD, reason="改为备案")
    said()  # in the order of what happened
    publish("2018-03-05", make.FOOD, promised_limit={"days": 3, "unit": "working"}, steps=[])
    texts = said()[f"/my/{mine.pk}/"]
    assert [text.partition("：")[0] for text in texts] == ["暂停受理", "恢复受理", "停止受理", "恢复受理"]
    assert "可以接着填" in texts[1] and texts[2].endswith("自2018年3月5日起停止受理；您的申请还没有提交，这份申请不能再提交。")
    assert handed_in.pk and not Message.objects.filter(link=f"/my/{handed_in.pk}/", title__contains="停止").exists()


def test_what_passed_the_pre_check_of_that_morning_runs_by_the_version_of_noon(office):
    office.at(date(2018, 3, 5))
    case, clerk = make.from_home(), make.actor("cixi-clerk")
    actions.begin_pre_check(by=clerk, application=case.pk)
    actions.pass_pre_check(by=clerk, application=case.pk)
    publish("2018-03-05", make.FOOD, promised_limit={"days": 3, "unit": "working"}, steps=[])
    received = actions.receive(by=make.actor("enterprise"), application=case.pk)
    assert received.plan["members"][0]["promised_limit"] == {"days": 3, "unit": "working"}


def test_a_draft_of_the_counter_is_not_handed_in_once_the_counter_takes_it_no_more(office):
    """From home it is filed as before."""
    office.at(date(2018, 3, 5))
    clerk = make.actor("cixi-clerk")
    draft, whole = make.draft(), make.draft("open-restaurant", situations=BIG)
    at_home, running = make.from_home(submit=False), make.received()
    publish("2018-03-06", make.FOOD, accepting=False)
    actions.receive(by=clerk, application=make.draft().pk)
    office.at(date(2018, 3, 6))
    for row in (draft, whole):
        with nothing_written(Clock, Document), pytest.raises(Refused, match="未纳入综合窗口统一受理") as told:
            actions.receive(by=clerk, application=row.pk)
        assert told.value.code == "item.withdrawn"
    actions.submit(by=make.actor("enterprise"), application=at_home.pk)
    actions.accept(by=clerk, application=running.pk)


def test_a_situation_is_answered_anew_though_the_item_is_withdrawn(office):
    """A draft is told so; what was received goes on by the catalogue of its day."""
    office.at(date(2018, 3, 5))
    clerk, code = make.actor("cixi-clerk"), "enterprise-registration"
    draft, whole, running = make.draft(code), make.draft("open-restaurant", situations=BIG), make.received(code)
    suspend_definition(by=SYSTEM, code=code, reason="系统升级", on=date(2018, 3, 6))
    office.at(date(2018, 3, 6))
    for row, situations in ((draft, {"by_agent": True}), (whole, {**BIG, "dining_area": 200})):
        with nothing_written(), pytest.raises(Refused, match=r"“企业设立登记”.*暂停受理。这份草稿现在不能提交"):
            actions.save_draft(by=clerk, application=row.pk, situations=situations)
    actions.correct(by=clerk, application=running.pk, reason="由他人代办", situations={"by_agent": True})
    running = Application.objects.get(pk=running.pk)
    assert running.plan["answers"] == {"by_agent": True} and running.plan["as_of"] == "2018-03-05"


def test_what_was_received_before_noon_is_corrected_though_it_stops_at_noon(office):
    office.at(date(2018, 3, 5))
    clerk, code = make.actor("cixi-clerk"), "enterprise-registration"
    running = make.received(code)
    cancel_definition(by=SYSTEM, code=code, reason="改为备案")
    actions.correct(by=clerk, application=running.pk, reason="由他人代办", situations={"by_agent": True})
    running = Application.objects.get(pk=running.pk)
    assert running.plan["answers"] == {"by_agent": True} and running.receipt_date == date(2018, 3, 5)


def test_the_department_that_is_competent_on_the_day_of_receipt_gets_the_case(office):
    office.at(date(2018, 3, 5))
    clerk = make.actor("cixi-clerk")
    draft, whole = make.draft(), make.draft("open-restaurant", situations=BIG)
    publish("2018-03-06", make.FOOD, department="wsjs", steps=[])
    office.at(date(2018, 3, 6))
    late = actions.receive(by=clerk, application=draft.pk)
    assert late.departments == ["wsjs"] and late.plan["lead_department"] == "wsjs" and late.lead == ""
    actions.accept(by=clerk, application=draft.pk)
    assert make.job_of(draft).department_id == "wsjs"
    late = actions.receive(by=clerk, application=whole.pk)
    assert late.departments == ["scjg", "wsjs", "xiaofang", "zhujian"] and late.lead == "scjg"


def test_a_one_thing_that_is_composed_otherwise_by_now_runs_by_the_limits_of_the_day(office):
    """What a draft asks for and of which items stays; each item's days, and the promise for the whole, are those of the receipt."""
    office.at(date(2018, 3, 5))
    clerk, days = make.actor("cixi-clerk"), {"unit": "working"}
    draft = make.draft("open-restaurant", situations=BIG)
    code, asked = "drainage-permit", [line["material"] for line in draft.plan["materials"]]
    assert draft.plan["own_limit"] == {**days, "days": 15}
    text = (settings.BASE_DIR / "fixtures" / "catalog" / "cixi-2017.yaml").read_text()
    whole = next(row for row in yaml.load(text, Loader=yaml.CSafeLoader)["bundles"] if row["code"] == "open-restaurant")
    rest = [member for member in whole["members"] if member["item"] != code]
    anew = {**whole, "members": rest, "joint_inspection": [], "promised_limit": {**days, "days": 12}}
    part = {**filed(code)[0], "as_of": "2018-03-06", "bundles": [anew]}
    assert not load_catalogue(by=SYSTEM, sources=[read("two.yaml", yaml.safe_dump(part, allow_unicode=True).encode())]).problems
    publish("2018-03-06", code, promised_limit={**days, "days": 4}, steps=[])
    office.at(date(2018, 3, 6))
    late = actions.receive(by=clerk, application=draft.pk).plan
    assert code not in make.draft("open-restaurant", situations=BIG).plan["legal_limits"]
    assert {m["code"]: m["promised_limit"]["days"] for m in late["members"]}[code] == 4
    assert late["own_limit"] == late["promised_limit"] == {**days, "days": 12}
    assert [line["material"] for line in late["materials"]] == asked


def test_what_an_item_leaves_unsaid_is_the_law_of_the_day(office, client):
    """The days of the one-time notice and of an extension are rows of the statute book, also for an item that states none."""
    head, row = filed(make.FOOD)
    silent = {key: value for key, value in row.items() if key not in ("notice_days", "extension_cap")}
    joint = {**silent, "code": "joint-licence", "legal_limit": {"days": 45, "unit": "working"}}
    file = {**head, "as_of": "2018-01-01", "items": [{**one, "valid_from": "2018-01-01"} for one in (silent, joint)]}
    assert not load_catalogue(by=SYSTEM, sources=[read("one.yaml", yaml.safe_dump(file, allow_unicode=True).encode())]).problems
    for code, days in (("notice", 3), ("extension_cap", 7)):
        old = Rule.objects.get(code=code)
        Rule.objects.filter(pk=old.pk).update(valid_to=date(2018, 3, 5))
        Rule.objects.create(code=code, name=old.name, value=days, unit=old.unit, source="新法", valid_from=date(2018, 3, 6))
    Edition.objects.update(number=F("number") + 1)

    # Code of before reads whole numbers in a draft that this code drew up.
    (frozen,) = make.draft().plan["members"]
    assert (frozen["notice_days"], frozen["extension_cap"], frozen["unstated"]) == (5, 10, ["notice_days", "extension_cap"])

    def begun(code, day):
        office.at(day)
        case = make.accepted(code)
        return case.notice_due, powers.to_extend(make.member_of(case), shelf())

    due, power = begun(make.FOOD, date(2018, 3, 5))
    assert (due, power.cap, power.own) == (date(2018, 3, 12), 10, 10)
    assert "不齐的 5 个工作日内" in (told := client.get(f"/items/{make.FOOD}/").text) and "不超过 10 个工作日" in told
    assert begun("joint-licence", date(2018, 3, 5))[1].cap == 15  # 42(2), not 42(1)
    assert "不超过 15 个工作日" in client.get("/items/joint-licence/").text
    due, power = begun(make.FOOD, date(2018, 3, 6))
    assert (due, power.cap, power.own) == (date(2018, 3, 9), 7, 7)
    assert "不齐的 3 个工作日内" in (told := client.get(f"/items/{make.FOOD}/").text) and "不超过 7 个工作日" in told


def test_a_card_goes_by_the_rule_of_the_day_on_which_the_light_turned(office):
    """Told a day late, by when the same light brings something else: what was over before is judged as it was."""
    office.at(date(2019, 3, 4))
    case = make.claimed().application
    clock = clocks(case)["decision"]
    new = clock.red_on + timedelta(days=1)
    CardRule.objects.filter(kind="decision", light="red").update(valid_to=clock.red_on)
    CardRule.objects.create(kind="decision", light="red", gives="alert", valid_from=new, source="新的监督办法")
    Edition.objects.update(number=F("number") + 1)
    office.at(clock.red_on)
    sweep()
    office.at(new)
    office.work()
    assert (Card.objects.get(clock=clock, light="red").form, shelf().card_rule("decision", "red", new).gives) == ("red", "alert")
