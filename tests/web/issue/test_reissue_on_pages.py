"""更正补发 on the pages and over the API: asked at the issue desk or by the department's head, looked through, done once."""

from datetime import timedelta

import pytest
from django.urls import reverse

from apps.applications import actions
from apps.applications.models import Application, Member
from apps.issuance.models import Document, SealRecord
from apps.issuance.queries import verify
from apps.journal.models import Event
from apps.kit.time import now, today
from tests import make
from tests.api.client import Caller
from tests.people import nothing_written

pytestmark = pytest.mark.django_db
ROWS = (Application, Member, Document, SealRecord, Event)
LOST = "申请人书面说明证照遗失"


@pytest.fixture
def member(world) -> Member:
    return make.collected()


def at_the_desk(member) -> str:
    return reverse("issue:reissue", args=[member.application_id, member.pk])


def at_the_department(member) -> str:
    return reverse("review:reissue", args=[make.job_of(member.application).pk])


def certificate(member) -> Document:
    return Document.objects.filter(member_id=member.pk, kind="certificate").exclude(state="void").get()


def test_the_desk_gives_it_once_more_and_a_double_click_does_not(member, at):
    desk, page, old = at("cixi-issue"), at_the_desk(member), certificate(member)
    assert page in desk.get(reverse("issue:hand_over", args=[member.application_id])).text
    asked = desk.get(page)
    assert "窗口只按原样补发" in asked.text and "corrected__" not in asked.text
    with nothing_written(*ROWS):
        assert "请填写“原因”" in desk.post(page, {"reason": ""}).text
        assert desk.post(page, {"reason": "丢了"}).status_code == 422
    sent = {"reason": LOST, "once": asked.context["form"]["once"].value()}
    answers = [desk.post(page, sent), desk.post(page, sent)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert Event.objects.filter(name="member.reissue").count() == 1
    assert verify(old.verify_code)["replaced_by"] == certificate(member).verify_code
    shown = at("citizen").get(reverse("citizen:verify_code", args=[old.verify_code])).text
    assert "已由新文书替换" in shown and certificate(member).verify_code in shown
    left = desk.get(reverse("issue:hand_over", args=[member.application_id]))
    assert page not in left.text and left.context["nothing"] == "更正补发的文书还没有登记用印。"
    over = desk.get(page)
    assert over.status_code == 409 and "正在制作" in over.text
    mine = at("enterprise").get(reverse("citizen:mine", args=[member.application_id])).text
    assert "正在更正补发" in mine and LOST in mine


def test_the_keeper_reads_which_paper_is_made_anew(member, at):
    actions.reissue(by=make.actor("cixi-issue"), member=member.pk, reason=LOST)
    assert at("scjg-seal").get(reverse("issue:seal")).text.count("更正补发") == 1  # the certificate; the decision stays as it is


def test_what_has_run_out_is_told_before_anything_is_typed(member, at, time_machine):
    last = Member.objects.get(pk=member.pk).valid_to
    time_machine.move_to(now() + (last - today()) + timedelta(days=1))
    for who, page in (("cixi-issue", at_the_desk(member)), ("scjg-head", at_the_department(member))):
        over = at(who).get(page)
        assert over.status_code == 409 and "有效期已于" in over.text and 'name="reason"' not in over.text


def test_the_head_looks_at_what_he_puts_right_before_it_is_done(member, at):
    head, page = at("scjg-head"), at_the_department(member)
    assert page in head.get(reverse("review:job", args=[make.job_of(member.application).pk])).text
    form = head.get(page).context["form"]
    sent = {name: form[name].value() for name in form.fields} | {"reason": "名称录入时写错一个字"}
    with nothing_written(*ROWS):
        assert head.post(page, sent | {"corrected__name": ""}).status_code == 422
        looked = head.post(page, sent | {"corrected__name": "慈溪市壹味餐饮店"})
        assert "→ 慈溪市壹味餐饮店" in looked.text and "这样更正？" in looked.text
        back = head.post(page, looked.context["hidden"] | {"change": "1"})
        assert back.context["form"]["corrected__name"].value() == "慈溪市壹味餐饮店"
    assert looked.context["hidden"]["sure"] == "1"
    assert head.post(page, looked.context["hidden"]).status_code == 302
    assert certificate(member).payload["applicant"]["name"] == "慈溪市壹味餐饮店"
    story = head.get(reverse("review:job", args=[make.job_of(member.application).pk])).text
    assert "更正：名称；名称录入时写错一个字" in story


def test_lines_that_are_not_touched_stay_as_they_were(member, at, monkeypatch):
    """A line of several lines, and one longer than any that is put right today."""
    long = [{"label": "经营项目", "value": "热食\n冷食"}, {"label": "备注", "value": "长" * 700}]
    payload = Document.payload.field.attname
    real = Document.from_db.__func__

    def from_db(cls, db, names, values):
        row = real(cls, db, names, values)
        if payload in names and row.kind == "certificate":
            row.payload["lines"] = long
        return row

    monkeypatch.setattr(Document, "from_db", classmethod(from_db))
    head, page = at("scjg-head"), at_the_department(member)
    form = head.get(page).context["form"]
    sent = {name: str(form[name].value()).replace("\n", "\r\n") for name in form.fields} | {"reason": LOST}
    assert head.post(page, sent).status_code == 302
    assert Event.objects.get(name="member.reissue").facts["corrected"] == []


def test_everybody_else_is_kept_out(member, at):
    other = make.accepted()
    with nothing_written(*ROWS):
        for who in ("citizen", "enterprise", "cixi-clerk", "scjg-reviewer", "cixi-supervisor"):
            for page in (at_the_desk(member), at_the_department(member)):
                assert at(who).post(page, {"reason": LOST}).status_code == 403, who
        assert at("city-issue").post(at_the_desk(member), {"reason": LOST}).status_code == 404
        assert at("cixi-issue").get(reverse("issue:reissue", args=[other.pk, member.pk])).status_code == 404
        refused = Caller("cixi-issue").raw(
            "post", f"members/{member.pk}/reissue/", {"reason": LOST, "corrected": {"name": "别人"}}, headers={"Idempotency-Key": "a"}
        )
    assert refused.status_code == 403 and "部门负责人更正" in refused.text


def test_over_the_api(member, at):
    answer = Caller("scjg-head").raw(
        "post",
        f"members/{member.pk}/reissue/",
        {"reason": "名称写错", "corrected": {"name": "慈溪市壹味餐饮店"}},
        headers={"Idempotency-Key": "b"},
    )
    assert answer.status_code == 200 and answer.json()["state"] == "granted"
    assert certificate(member).payload["applicant"]["name"] == "慈溪市壹味餐饮店"


def test_the_desk_reads_no_second_day_of_service(member, at):
    actions.reissue(by=make.actor("cixi-issue"), member=member.pk, reason=LOST)
    make.filed(member.application_id)
    actions.register_seal(by=make.actor("scjg-seal"), member=member.pk, seal_number="3302821000001")
    given = {"by": make.actor("cixi-issue"), "application": member.application_id, "members": [member.pk]}
    line = actions.hand_over(**given, collection=make.collection())
    told = at("cixi-issue").get(reverse("issue:handed", args=[line.pk])).text
    assert "决定的送达日和复议、诉讼的期限不变" in told and "送达日就是签收日" not in told


def test_of_a_page_from_before_the_paper_was_made_anew_nothing_is_done(member, at):
    """Its fields still hold what another has put right since, and would put it back; the desk would make void what was just made."""
    head, desk, page = at("scjg-head"), at("cixi-issue"), at_the_department(member)
    form, lost = head.get(page).context["form"], desk.get(at_the_desk(member)).context["form"]
    actions.reissue(by=make.actor("scjg-head"), member=member.pk, reason=LOST, corrected={"name": "慈溪市壹味餐饮店"})
    make.filed(member.application_id)
    actions.register_seal(by=make.actor("scjg-seal"), member=member.pk, seal_number="3302821000001")
    new = certificate(member)
    sent = {name: form[name].value() for name in form.fields} | {"reason": "地址录入时写错", "corrected__address": "慈溪市白沙路 9 号"}
    with nothing_written(*ROWS):
        for answer in (
            head.post(page, sent), head.post(page, sent | {"sure": "1"}),
            desk.post(at_the_desk(member), {"reason": LOST, "seen": lost["seen"].value()}),
        ):  # fmt: skip
            assert answer.status_code == 409 and "已经重新制作过" in answer.text
    assert certificate(member) == new


def test_nobody_is_shown_the_way_to_a_new_one_while_its_holder_asks_to_cancel_it(member, at):
    pages = {"cixi-issue": reverse("issue:hand_over", args=[member.application_id]), "scjg-head": reverse("review:job", args=[make.job_of(member.application).pk])}
    ways = {"cixi-issue": at_the_desk(member), "scjg-head": at_the_department(member)}
    asked = actions.ask_cancellation(by=make.actor("enterprise"), member=member.pk, reason="门店转让，不再经营餐饮", original="to_come")
    for who, page in pages.items():
        assert ways[who] not in at(who).get(page).text and at(who).get(ways[who]).status_code == 409
    assert "持证人已经申请注销，部门决定以前不补发" in at("cixi-issue").get(pages["cixi-issue"]).text
    actions.withdraw_cancellation(by=make.actor("enterprise"), cancellation=asked.pk, reason="还要经营")
    assert all(ways[who] in at(who).get(page).text for who, page in pages.items())
