"""The hearing on pages: asked for at the counter, before the department and from home; who comes too late is told why."""

import re
from datetime import date, timedelta

import pytest

from apps.applications import actions
from apps.applications.actions import request_hearing, withdraw
from apps.applications.models import Hearing, Job
from apps.applications.telling import words_for
from apps.deadlines.models import Clock
from apps.deadlines.queries import rule
from apps.directory.models import Message
from apps.issuance.models import Document
from apps.journal.models import Event
from apps.kit.errors import WrongState
from apps.kit.time import BEIJING, today
from tests import make
from tests.api.client import Caller
from tests.people import nothing_written

ROWS = (Hearing, Job, Clock, Document)
RECORD = "主持人林国栋，申请人与周边居民代表参加，未提异议。"


@pytest.fixture
def hearing(world):
    return make.told_hearing()


def from_home(hearing: Hearing) -> str:
    return f"/my/{hearing.application_id}/hearing/{hearing.member_id}/"


def test_the_applicant_asks_from_home(hearing, at):
    home, own = at("enterprise"), f"/my/{hearing.application_id}/"
    assert from_home(hearing) in home.get(own).text
    asked = home.get(from_home(hearing)).text
    assert hearing.interest in asked and "王小明" in asked and "disabled" not in asked
    ahead = f"提前 {rule('hearing_notice', today()).value} 个工作日"
    assert ahead in asked and "听证期间，办理期限照常计算" in asked  # no ground of this item's, as the notice of the hearing says
    with nothing_written(*ROWS):
        assert at("citizen").post(from_home(hearing)).status_code == 404
        assert at("cixi-clerk").post(from_home(hearing)).status_code in (302, 403, 404)
    once = {"once": "one-and-the-same-key"}
    for _ in range(2):  # a second click on the same form
        told = home.post(from_home(hearing), once, follow=True).text
        assert "听证申请已提交" in told and ahead in told and from_home(hearing) not in told
    make.deliver_all()
    assert not Message.objects.filter(title__startswith="有人申请听证", party__isnull=False).exists()  # he knows
    assert Hearing.objects.get().requested_by == "applicant" and f"{Hearing.objects.get().hold_by:%Y年%-m月%-d日}" in told
    assert "不用再申请" in home.get(from_home(hearing)).text
    with nothing_written(*ROWS):
        answer = home.post(from_home(hearing))
    assert answer.status_code == 409 and "不用再申请" in answer.text


def test_a_third_party_asks_as_well_and_the_applicant_cannot_take_the_hearing_from_him(hearing, at):
    home, clerk, own = at("enterprise"), at("cixi-clerk"), f"/my/{hearing.application_id}/"
    back, desk = f"/my/{hearing.application_id}/hearing-withdraw/{hearing.member_id}/", f"/counter/{hearing.application_id}/"
    home.post(from_home(hearing), {"once": "a"})
    assert back in home.get(own).text
    assert f'"{desk}hearing/"' in clerk.get(desk).text and clerk.get(f"{desk}hearing/").status_code == 200
    assert clerk.post(f"{desk}hearing/", {"hearing": hearing.pk, "who": "third_party", "name": "王小明", "once": "b"}).status_code == 302
    assert back not in home.get(own).text
    with nothing_written(*ROWS):
        assert "照常举行" in home.post(back, {"reason": "不要听证了", "once": "c"}).text
    job = at("scjg-reviewer").get(f"/review/{Job.objects.get().pk}/").text
    assert "还有人申请的" in job and "申请人、利害关系人（王小明）申请" in job


def test_the_applicant_asks_as_well_after_a_third_party(hearing, at):
    """It would be held for the neighbour alone, who may take his request back when the applicant's days are over."""
    home, own = at("enterprise"), f"/my/{hearing.application_id}/"
    third = {"hearing": hearing.pk, "who": "third_party", "name": "王小明", "once": "a"}
    assert at("cixi-clerk").post(f"/counter/{hearing.application_id}/hearing/", third).status_code == 302
    assert from_home(hearing) in home.get(own).text and "不论他撤不撤回" in home.get(own).text
    make.deliver_all()
    assert [one.title.partition("：")[0] for one in Message.objects.filter(title__startswith="有人申请听证", party__isnull=False)] == ["有人申请听证"]
    assert home.post(from_home(hearing), {"once": "b"}).status_code == 302
    assert from_home(hearing) not in home.get(own).text
    counter = f"/counter/{hearing.application_id}/hearing/withdraw/"
    with nothing_written(*ROWS):
        assert at("cixi-clerk").post(counter, {"hearing": hearing.pk, "reason": "邻居不要听证了", "once": "c"}).status_code == 409
    assert Hearing.objects.get().state == "requested"


def test_nobody_asks_after_the_day_or_where_nobody_was_told(world, days, at):
    days.at(today())
    hearing = make.told_hearing()
    days.after(hearing.request_by)
    home = at("enterprise")
    assert from_home(hearing) not in home.get(f"/my/{hearing.application_id}/").text
    with nothing_written(*ROWS):
        answer = home.post(from_home(hearing))
    assert answer.status_code == 409 and "视为放弃" in answer.text
    other = make.accepted()
    assert home.get(f"/my/{other.pk}/hearing/{make.member_of(other).pk}/").status_code == 409


def test_what_ended_is_not_heard_and_nobody_is_invited(hearing, at):
    """Withdrawn while the days to ask ran, or after time and place were notified: no page still calls people to it."""
    job = make.claimed(code="entertainment-licence", reviewer="wenguang-reviewer")
    called = make.call_hearing(job)
    for row, words in ((hearing, "前申请听证，逾期视为放弃"), (called, f"主持人{called.presider}")):
        own, counter = f"/my/{row.application_id}/", f"/counter/{row.application_id}/"
        assert "不再听证" not in at("enterprise").get(own).text
        withdraw(by=make.actor("enterprise"), application=row.application_id, reason="不办了")
        page = at("enterprise").get(own).text
        assert "这个事项已经结束，不再听证。" in page and words not in page
        assert "hearing/" not in at("cixi-clerk").get(counter).text
        refused = at("cixi-clerk").get(f"{counter}hearing/")
        assert refused.status_code == 409 and ("不能再申请听证" in refused.text or "不用再申请" in refused.text)


def test_at_the_counter_it_is_confirmed_and_a_stale_page_says_why(hearing, at):
    clerk, reviewer = at("cixi-clerk"), at("scjg-reviewer")
    counter = f"/counter/{hearing.application_id}/hearing/"
    desk = f"/review/{make.job_of(hearing.application).pk}/hearing/request/"
    assert clerk.get(counter).status_code == reviewer.get(desk).status_code == 200
    told = clerk.post(counter, {"hearing": hearing.pk, "who": "third_party", "name": "王小明"}, follow=True)
    assert "听证申请已登记" in told.text
    for client, page in ((clerk, counter), (reviewer, desk)):
        assert client.get(page).status_code == 200  # another may ask as well, and the same one need not
        answer = client.post(page, {"hearing": hearing.pk, "who": "third_party", "name": "王小明"})
        assert answer.status_code == 409 and "不用再申请" in answer.text
    case = reviewer.get(desk.replace("hearing/request/", "")).text
    assert "利害关系人（王小明）申请" in case and "听证以前不能提出审查意见" in case
    assert "提交给负责人" not in case  # what would be refused is not asked for; what was written meanwhile stays
    page = desk.replace("hearing/request/", "")
    assert "材料齐全" in reviewer.post(f"{page}opinion/", {"recommendation": "grant", "opinion": "材料齐全。"}).text


def test_a_record_entered_twice_is_told_as_such(world, days, at):
    days.at(today())
    job = make.claimed(code="entertainment-licence", reviewer="wenguang-reviewer")
    called = make.call_hearing(job)
    given, page = {"held_on": f"{called.at:%Y-%m-%d}", "record": RECORD}, f"/review/{job.pk}/hearing/"
    assert f'"{page}"' not in at("wenguang-reviewer").get(f"/review/{job.pk}/").text  # not held yet: nothing to record
    days.at(called.at.date(), 15)
    reviewer = at("wenguang-reviewer")
    assert f'"{page}"' in reviewer.get(f"/review/{job.pk}/").text
    assert f'value="{called.at:%Y-%m-%d}"' in reviewer.get(page).text  # no other day is taken
    assert reviewer.post(page, given).status_code == 302
    with nothing_written(*ROWS):
        answer = reviewer.post(page, {**given, "record": f"{RECORD}再记一次。"})
    assert answer.status_code == 409 and "已经登记" in answer.text and "再记一次" in answer.text
    opinion = {"recommendation": "grant", "opinion": "材料齐全，符合规定的条件。"}
    assert reviewer.post(f"/review/{job.pk}/opinion/", opinion).status_code == 302
    assert RECORD in at("wenguang-head").get(f"/review/{job.pk}/decide/").text  # the decision rests on it


def test_work_that_nobody_claimed_is_not_told_as_anothers(world, at):
    job = make.job_of(make.accepted())
    answer = at("scjg-reviewer").get(f"/review/{job.pk}/hearing/tell/")
    assert answer.status_code == 403 and "还没有人领办" in answer.text


def call_page(job) -> str:
    return f"/review/{job.pk}/hearing/call/"


def call_form(day, **more) -> dict:
    return {"at": f"{day:%Y-%m-%d}", "clock": "09:00", "place": "三楼听证室", "presider": "林国栋", **more}


def test_the_page_tells_the_first_day_and_asks_again_for_a_day_of_rest(long_ago, days, at):
    days.at(date(2026, 11, 2))
    job = make.claimed(code="entertainment-licence", reviewer="wenguang-reviewer")
    reviewer, page = at("wenguang-reviewer"), call_page(job)
    asked = reviewer.get(page).text
    assert "最早可以定在2026年11月11日（周三）。" in asked and "休息日" not in asked
    saturday = date(2026, 11, 14)
    with nothing_written(*ROWS):
        answer = reviewer.post(page, call_form(saturday))
    assert answer.status_code == 422 and 'value="2026-11-14"' in answer.text
    assert "2026年11月14日（周六）不是工作日" in answer.text and 'name="rest_day"' in answer.text
    with nothing_written(*ROWS):  # another day, and the tick is not asked for any more
        answer = reviewer.post(page, call_form(date(2026, 11, 10)))
    assert answer.status_code == 422 and "最早可以定在2026年11月11日" in answer.text and 'name="rest_day"' not in answer.text
    assert reviewer.post(page, call_form(saturday, rest_day="on")).status_code == 302
    assert Hearing.objects.get().at.date() == saturday


def test_who_names_another_to_preside_changes_the_name_alone(long_ago, days, at):
    """What is notified stands on the page; that its day is one of rest was said when it was."""
    days.at(date(2026, 11, 2))
    job = make.claimed(code="entertainment-licence", reviewer="wenguang-reviewer")
    saturday = call_form(date(2026, 11, 14), rest_day="on", once="0")
    assert [at("wenguang-reviewer").post(call_page(job), saturday).status_code for _ in "12"] == [302, 302]  # a double click
    called = Hearing.objects.get()
    days.at(date(2026, 11, 13))
    desk = at("wenguang-reviewer")
    shown = desk.get(call_page(job))
    typed = dict(re.findall(r'name="(at|clock|place|presider|seen)" value="([^"]*)"', shown.text))
    assert desk.post(call_page(job), typed | {"once": "a"}).status_code == 409  # nothing is changed
    assert desk.post(call_page(job), typed | {"presider": "李主持", "once": "b"}).status_code == 302
    assert Hearing.objects.values_list("at", "place", "presider").get() == (called.at, called.place, "李主持")


def test_a_make_up_sunday_is_a_working_day_and_a_program_is_not_asked(long_ago, days, at):
    days.at(date(2026, 9, 8))
    job = make.claimed(code="entertainment-licence", reviewer="wenguang-reviewer")
    assert at("wenguang-reviewer").post(call_page(job), call_form(date(2026, 9, 20))).status_code == 302
    given = {"at": "2026-09-26T09:00:00+08:00", "place": "三楼听证室", "presider": "林国栋"}
    assert Caller("wenguang-reviewer").post(f"jobs/{job.pk}/call_hearing/", given)["state"] == "called"


def test_a_slip_in_the_year_or_a_day_without_its_time_invites_nobody(long_ago, days, at):
    days.at(date(2026, 11, 2))
    job = make.claimed(code="entertainment-licence", reviewer="wenguang-reviewer")
    given = {"place": "三楼听证室", "presider": "林国栋"}
    with nothing_written(*ROWS):
        told = at("wenguang-reviewer").post(call_page(job), call_form(date(2062, 11, 16)))
        assert told.status_code == 422 and "2062年11月16日在一年以后，请核对年份。" in told.text
        caller = Caller("wenguang-reviewer")
        error = caller.post(f"jobs/{job.pk}/call_hearing/", {"at": "2026-11-16", **given}, expect=422)["errors"][0]
        assert error["field"] == "at" and "请连时间一起写" in error["message"]
    caller.post(f"jobs/{job.pk}/call_hearing/", {"at": "2026-11-16T09:30", **given})
    assert f"{Hearing.objects.get().at.astimezone(BEIJING):%F %H:%M}" == "2026-11-16 09:30"


def test_a_hearing_asked_for_shows_its_last_day(hearing, at):
    job = make.job_of(hearing.application)
    told = at("scjg-reviewer").get(call_page(job))
    assert told.status_code == 409 and "还没有人申请" in told.text and 'name="place"' not in told.text
    at("scjg-reviewer").post(f"/review/{job.pk}/hearing/request/", {"who": "applicant"})
    assert f"最晚{Hearing.objects.get().hold_by:%Y年%-m月%-d日}" in at("scjg-reviewer").get(call_page(job)).text


def test_what_is_over_is_told_and_not_asked_for_again(long_ago, days, at):
    days.at(date(2026, 11, 2))  # thirty days after the hearing is a Friday
    job = make.claimed(code="entertainment-licence", reviewer="wenguang-reviewer")
    reviewer = at("wenguang-reviewer")
    early = reviewer.get(f"/review/{job.pk}/hearing/")
    assert early.status_code == 409 and "还没有通知听证的时间" in early.text
    called = make.call_hearing(job)
    assert reviewer.get(call_page(job)).status_code == 200  # it may be put off
    days.at(called.at.date(), 15)
    reviewer = at("wenguang-reviewer")
    reviewer.post(f"/review/{job.pk}/hearing/", {"held_on": f"{today():%Y-%m-%d}", "record": RECORD})
    for page, words in ((call_page(job), f"已于{today():%Y年%-m月%-d日}听证"), (f"/review/{job.pk}/hearing/", "已经登记")):
        told = reviewer.get(page)
        assert told.status_code == 409 and words in told.text and "不，返回" not in told.text and f'/review/{job.pk}/">返回' in told.text
    with nothing_written(*ROWS):  # from a page that was open before
        late = reviewer.post(call_page(job), call_form(today() + timedelta(days=30), place="另一间"))
    assert late.status_code == 409 and "已于" in late.text and "另一间" in late.text


def test_a_request_is_taken_back_from_home_at_the_counter_and_before_the_department(hearing, at):
    row, job = hearing.application_id, make.job_of(hearing.application)
    doors = {"enterprise": f"/my/{row}/", "cixi-clerk": f"/counter/{row}/", "scjg-reviewer": f"/review/{job.pk}/"}
    backs = {
        "enterprise": f"/my/{row}/hearing-withdraw/{hearing.member_id}/",
        "cixi-clerk": f"/counter/{row}/hearing/withdraw/",
        "scjg-reviewer": f"/review/{job.pk}/hearing/withdraw/",
    }
    for username, door in doors.items():
        person, back = at(username), backs[username]
        assert back not in person.get(door).text
        at("enterprise").post(from_home(hearing))
        person = at(username)
        assert back in person.get(door).text and person.get(back).status_code == 200
        assert username == "enterprise" or "不写利害关系人的姓名" in person.get(back).text  # whoever has the number reads the reason
        given = {"reason": "已经和邻居谈妥，不要听证了。", "hearing": hearing.pk}
        told = person.post(back, given, follow=True).text
        assert "不再听证" in told and back not in told and Hearing.objects.get().state == "called_off"
        with nothing_written(*ROWS):
            assert person.post(back, given | {"once": "another"}).status_code == 409


def test_once_its_hour_has_come_nobody_is_shown_the_way_to_take_it_back_or_call_it_off(long_ago, days, at):
    """The pages behind refuse it: what was not held is put off first."""
    days.at(date(2017, 9, 4))
    told, ordered = make.told_hearing(), make.claimed()
    request_hearing(by=make.actor("scjg-reviewer"), hearing=told.pk, who="applicant")
    job = make.job_of(told.application)
    called = make.call_hearing(job)
    make.call_hearing(ordered, reason="涉及周边居民的公共利益")
    ways = {
        f"/counter/{job.application_id}/": ("cixi-clerk", f"/counter/{job.application_id}/hearing/withdraw/"),
        f"/review/{job.pk}/": ("scjg-reviewer", f"/review/{job.pk}/hearing/withdraw/"),
        f"/review/{ordered.pk}/": ("scjg-reviewer", f"/review/{ordered.pk}/hearing/call-off/"),
    }
    for page, (username, way) in ways.items():
        assert way in at(username).get(page).text
    days.at(called.at.date(), 10)  # it was called for nine
    for page, (username, way) in ways.items():
        assert way not in at(username).get(page).text and at(username).get(way).status_code == 409
    assert f"/review/{job.pk}/hearing/call/" in at("scjg-reviewer").get(f"/review/{job.pk}/").text


@pytest.mark.parametrize("called", [False, True])
def test_where_somebody_else_asked_as_well_the_department_is_not_shown_the_way_to_take_one_request_back(world, at, called):
    hearing, desk = make.told_hearing(), at("scjg-reviewer")
    job = make.job_of(hearing.application)
    request_hearing(by=make.actor("scjg-reviewer"), hearing=hearing.pk, who="applicant")
    if called:
        make.call_hearing(job)
    way = f"/review/{job.pk}/hearing/withdraw/"
    assert way in desk.get(f"/review/{job.pk}/").text
    request_hearing(by=make.actor("cixi-clerk"), hearing=hearing.pk, who="third_party", name="王小明")
    assert way not in desk.get(f"/review/{job.pk}/").text and desk.get(way).status_code == 409


def test_the_department_calls_off_what_it_ordered_and_says_who_else_is_to_be_told(world, at):
    job = make.claimed()
    make.call_hearing(job, reason="涉及周边居民的公共利益")
    desk, back = at("scjg-reviewer"), f"/review/{job.pk}/hearing/call-off/"
    assert back in desk.get(f"/review/{job.pk}/").text and "听证通知书作废" in desk.get(back).text
    assert desk.post(back, {"reason": "短"}).status_code == 422
    told = desk.post(back, {"reason": "居民代表书面表示没有意见。"}, follow=True).text
    assert "听证已取消" in told and f"/review/{job.pk}/hearing/call/" in told
    assert "听证取消" in at("enterprise").get(f"/my/{job.application_id}/").text


def test_the_head_reads_of_it_and_whose_hearing_it_was_is_read_after_the_decision(long_ago, days, at):
    """He may put it into a special procedure while another has the work in hand; the decision rests on the record (XKF 48)."""
    days.at(date(2026, 11, 2))
    job = make.claimed(code="entertainment-licence", reviewer="wenguang-reviewer")
    called, page = make.call_hearing(job), f"/review/{job.pk}/"
    head = at("wenguang-head").get(page).text
    assert "三楼听证室，主持人林国栋" in head and f"{page}hearing/" not in head
    own = at("enterprise").get(f"/my/{job.application_id}/").text
    assert "要先听证，听证以前不作出决定。" in own and "听证在这一天以后" not in own
    make.call_hearing(job, at=called.at + timedelta(days=90))  # after the last day: neither day alone is the truth
    assert "要等听证举行了才能办结" in at("enterprise").get(f"/my/{job.application_id}/").text
    called = make.call_hearing(job)
    days.at(called.at.date(), 15)
    reviewer = make.actor("wenguang-reviewer")
    actions.record_hearing(by=reviewer, job=job.pk, held_on=today(), record=RECORD)
    assert "要先听证" not in at("enterprise").get(f"/my/{job.application_id}/").text
    actions.conclude(by=reviewer, job=job.pk, recommendation="grant", opinion="材料齐全，符合规定的条件。")
    actions.decide(by=make.actor("wenguang-head"), job=job.pk, decision="grant")
    assert RECORD in at("wenguang-reviewer").get(page).text


def test_who_is_no_party_on_record_gets_his_paper_by_hand(hearing, at):
    """No message reaches a third party: who sends the paper is told whom to serve."""
    job, desk = make.job_of(hearing.application), at("scjg-reviewer")
    desk.post(f"/review/{job.pk}/hearing/request/", {"who": "applicant"})
    assert "利害关系人（王小明）请另行送达" in desk.get(call_page(job)).text
    day = make.soonest_hearing(job.application)
    told = desk.post(call_page(job), call_form(day.date()), follow=True).text
    assert "申请人会收到消息。利害关系人（王小明）请另行送达" in told


def test_what_was_notified_from_another_tab_is_not_notified_again(hearing, at):
    """The same time, place and presider once more voided the notice as "put off" and sent the applicant a second one."""
    actions.request_hearing(by=make.actor("cixi-clerk"), hearing=hearing.pk, who="applicant")
    job = make.job_of(hearing.application)
    given = {"at": make.soonest_hearing(hearing.application), "place": "三楼听证室", "presider": "王主持"}
    make.call_hearing(job, **given)
    with nothing_written(*ROWS), pytest.raises(WrongState, match="已经按这个时间、地点和主持人出具"):
        make.call_hearing(job, **given)
    assert make.call_hearing(job, **given | {"presider": "李主持"}).presider == "李主持"
    old, new = Document.objects.filter(kind="hearing_notice").order_by("pk")  # its time stands: nobody is told that it was put off
    assert old.state == "void" and "改期" not in old.void_reason and new.state != "void"
    own = at("enterprise")
    assert "主持人有变化，以这次通知为准" in own.get(f"/my/{hearing.application_id}/").text
    told = [words_for(one, hearing.application) for one in Event.objects.filter(name="hearing.call").order_by("pk")]
    assert [title.partition("：")[0] for title, _ in told] == ["听证通知", "听证安排有变化"] and "时间不变" in told[1][1]


def test_two_who_announce_it_from_two_tabs_read_of_each_other(hearing, at):
    """The later one voided the other's notice unseen: the applicant read of two times, and nobody knew which the first had meant."""
    actions.request_hearing(by=make.actor("cixi-clerk"), hearing=hearing.pk, who="applicant")
    job, desk = make.job_of(hearing.application), at("scjg-reviewer")
    day = make.soonest_hearing(hearing.application).date()
    old = desk.get(call_page(job)).context["form"]["seen"].value()
    make.call_hearing(job, place="二楼会议室")
    with nothing_written(*ROWS):
        shown = desk.post(call_page(job), call_form(day, once="a", seen=old))
    assert shown.status_code == 409 and "安排有变化" in shown.text and "二楼会议室" in shown.text
    again = call_form(day, once="a", seen=shown.context["form"]["seen"].value())
    assert [desk.post(call_page(job), again).status_code for _ in range(2)] == [302, 302]
    assert Hearing.objects.get().place == "三楼听证室" and Document.objects.filter(kind="hearing_notice").count() == 2
