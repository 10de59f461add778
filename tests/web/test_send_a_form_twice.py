"""A second click finds the case changed by the first: it gets the first one's answer, and nothing happens twice. Where somebody else
was faster it is told, and what was typed is not lost."""

import re

from apps.applications import actions
from apps.applications.models import Commitment, Job, Renewal, ReviewSupplement
from apps.directory import actions as directory
from apps.directory.models import Mandate
from apps.feedback import actions as feedback
from apps.journal.actor import SYSTEM
from apps.journal.models import Event
from apps.kit.time import today
from tests import make
from tests.applications.test_run_bundle import BIG
from tests.people import staff

KEY = re.compile(r'name="once" value="([\w-]+)"')


def twice(client, page: str, sent: dict, to: str = "") -> dict:
    """Opened once, sent two times: both go on, and the second writes no event."""
    body = {**sent, "once": KEY.search(client.get(page).text)[1]}
    first = client.post(to or page, body)
    events = Event.objects.count()
    second = client.post(to or page, body)
    assert (first.status_code, second.status_code) == (302, 302), second.text
    assert first["Location"] == second["Location"] and Event.objects.count() == events
    return body


def test_a_supplement_in_review(at):
    job = make.claimed()
    sent = {"ask__premises_proof": "on", "gaps__premises_proof": "租赁期限已届满", "cure_days": "3"}
    twice(at("scjg-reviewer"), f"/review/{job.pk}/supplement/", sent)
    assert ReviewSupplement.objects.count() == 1


def test_what_came_of_it_at_the_counter(at):
    asked = make.asked_in_review()
    sent = {"materials__premises_proof": "in", "originals__premises_proof": "1", "copies__premises_proof": "0"}
    twice(at("cixi-clerk"), f"/counter/{asked.application_id}/review-supplement/", sent)
    assert ReviewSupplement.objects.get().state == "complete"


def test_what_came_for_the_second_of_two_departments(at):
    """Only what was asked first could be registered until that was in, or its item decided."""
    case = make.accepted("open-homestay", situations={"already_registered": True, "serves_meals": True})
    asked = []
    for job in Job.objects.filter(application=case, department__in=["gongan", "scjg"]).order_by("department"):
        actions.claim(by=make.actor(f"{job.department_id}-reviewer"), job=job.pk)
        line = next(m for m in case.listed if job.member.code in m["needed_by"] and not m["supplied_by"] and m["material"] not in str(asked))
        gap = {"material": line["material"], "problem": "内容需要更正"}
        given = actions.ask_in_review(by=make.actor(f"{job.department_id}-reviewer"), job=job.pk, gaps=[gap])
        asked.append((given.pk, line["material"]))
    (first, _), (second, code) = asked
    page = f"/counter/{case.pk}/review-supplement/"
    assert at("cixi-clerk").get(page)["Location"] == f"{page}?of={first}"
    assert f"?of={second}" in at("cixi-clerk").get(f"{page}?of={first}").text
    twice(at("cixi-clerk"), f"{page}?of={second}", {f"materials__{code}": "in", f"originals__{code}": "1", f"copies__{code}": "0"})
    assert dict(ReviewSupplement.objects.values_list("pk", "state")) == {first: "asked", second: "complete"}
    assert at("cixi-clerk").get(f"{page}?of={second}").status_code == at("cixi-clerk").get(f"{page}?of=x").status_code == 409


def test_an_answer_that_was_put_right_at_the_counter(at):
    job = make.claimed()
    wrong = [{"element": "premises_area", "problem": "与平面图不符"}]
    both = [*wrong, {"element": "legal_rep_id", "problem": "与身份证不符"}]
    actions.ask_in_review(by=make.actor("scjg-reviewer"), job=job.pk, gaps=[], fields=both)
    page, number = f"/counter/{job.application_id}/review-supplement/", job.application.answers["legal_rep_id"]
    assert number not in at("cixi-clerk").get(page).text  # what is personal begins empty, and stays where it is left so
    twice(at("cixi-clerk"), page, {"answers__premises_area": "120", "answers__legal_rep_id": ""})
    assert "或者填写更正后的内容" in at("cixi-clerk").post(page, {"answers__legal_rep_id": ""}).text
    job.application.refresh_from_db(fields=["answers"])
    assert (job.application.answers["premises_area"], job.application.answers["legal_rep_id"]) == ("120", number)
    row = make.received(without=("premises_proof",))
    gaps = [{"material": "premises_proof"}]
    actions.ask_supplement(by=make.actor("cixi-clerk"), application=row.pk, gaps=gaps, fields=wrong)
    sent = {"materials__premises_proof": "in", "originals__premises_proof": "1", "answers__premises_area": "120"}
    twice(at("cixi-clerk"), f"/counter/{row.pk}/supplement/", sent)
    row.refresh_from_db(fields=["answers"])
    assert row.answers["premises_area"] == "120"


def test_a_commitment_at_the_counter(at):
    row = make.accepted(make.SNACK)
    sent = {"member": make.member_of(row).pk, "signed_by": "李一味", "text": "所填内容真实，符合规定的条件。"}
    twice(at("cixi-clerk"), f"/counter/{row.pk}/commitment/", sent)
    assert Commitment.objects.count() == 1


def test_a_renewal_at_the_counter(at):
    old = make.collected()
    row = make.received()
    twice(at("cixi-clerk"), f"/counter/{row.pk}/renewal/", {"certificate": make.certificate_of(old)})
    assert Renewal.objects.count() == 1


def test_an_opinion_that_came_too_late_is_shown_and_not_lost(at):
    job, reviewer = make.claimed(), at("scjg-reviewer")
    page = f"/review/{job.pk}/"
    key = KEY.search(reviewer.get(page).text)[1]
    actions.withdraw(by=make.actor("cixi-clerk"), application=job.application_id, reason="不再开店")
    events = Event.objects.count()
    words = "现场布局与图纸一致，建议准予。"
    answer = reviewer.post(f"{page}opinion/", {"recommendation": "grant", "opinion": words, "once": key})
    assert answer.status_code == 409 and words in answer.text and "已结束" in answer.text
    assert Event.objects.count() == events
    assert "您刚才填写的内容" not in reviewer.get(page).text


def test_a_lead_that_chases(at):
    row = make.accepted("open-restaurant", situations=BIG)
    chased = row.members.get(code="enterprise-registration")
    page = f"/review/lead/{row.pk}/"
    twice(at("scjg-reviewer"), page, {"members": [chased.pk], "text": "请抓紧"}, f"{page}chase/")
    assert Event.objects.filter(name="member.remind").count() == 1


def test_a_chase_that_came_too_late_is_not_lost(at):
    row, lead = make.accepted("open-restaurant", situations=BIG), at("scjg-reviewer")
    member = row.members.get(code="enterprise-registration")
    actions.withdraw(by=make.actor("cixi-clerk"), application=row.pk, reason="不再开店")
    answer = lead.post(f"/review/lead/{row.pk}/chase/", {"members": [member.pk], "text": "请抓紧办理这一项"})
    assert answer.status_code == 409 and "请抓紧办理这一项" in answer.text
    assert not Event.objects.filter(name="member.remind").exists()


def test_an_answer_that_came_too_late_is_not_lost(at):
    asked = make.consulted()
    page = f"/review/opinions/{asked.opinions.get().pk}/"
    actions.withdraw(by=make.actor("cixi-clerk"), application=asked.application_id, reason="不再开店")
    words = "居民楼一层不宜设油烟项目。"
    answer = at("wsjs-reviewer").post(page, {"answer": "disagree", "reason": words})
    assert answer.status_code == 409 and words in answer.text
    assert not Event.objects.filter(name="opinion.answer").exists()


def test_what_the_first_click_took_out_of_ones_hands(at):
    """Passed on, given up or thrown away: the page is nobody's of the sender any more, and the second click was told so."""
    asks = "现场核查的时候要本人在吗？"
    asked = feedback.ask(by=make.actor("citizen"), question=asks, code=make.FOOD)
    address, given = f"/feedback/questions/{asked.pk}/pass-on/", {"reason": "请给该管的部门"}
    twice(at("scjg-reviewer"), address, given | {"department": "wsjs"})
    sent = twice(at("cixi-supervisor"), address, given | {"department": "scjg"})  # still his, but no more to be chosen
    assert "内容和上次不同" in at("cixi-supervisor").post(address, sent | {"department": "huanbao"}).text  # that is no second click
    row = feedback.complain(by=make.actor("enterprise"), application=make.accepted().pk, text=f"{asks}来回跑了两趟")
    twice(at("cixi-supervisor"), f"/feedback/{row.pk}/pass-on/", given | {"unit": "-"})
    mandate = Mandate.objects.get(agent=make.user("agent").party)
    twice(at("agent"), f"/account/identities/{mandate.pk}/end/", {"reason": ""})
    ended = at("enterprise").get(f"/account/identities/{mandate.pk}/end/", follow=True)
    assert f"这项授权已于{today():%Y年%-m月%-d日}终止" in ended.text
    drafts, me = [make.from_home(submit=False).pk for _ in range(2)], at("enterprise")
    twice(me, f"/my/{drafts[0]}/discard/", {})
    sent = twice(me, f"/my/{drafts[1]}/check/", {"declared": "on", "pre_check": "1"})
    for step, more in ((actions.begin_pre_check, {}), (actions.return_pre_check, {"reason": "请补充平面图和健康证明"})):
        step(by=make.actor("cixi-clerk"), application=drafts[1], **more)
    assert "内容和上次不同" in me.post(f"/my/{drafts[1]}/check/", sent).text  # handed in anew, from a page that stood open: told, and not "done"
    staff("reviewer", department="wsjs", user=make.user("cixi-clerk"))  # also who has another desk beside the counter
    twice(at("cixi-clerk"), f"/counter/{make.draft().pk}/discard/", {})
    days = {"starts_on": today(), "ends_on": today()}
    post, other = make.user("cixi-clerk").posts.get(role="clerk"), make.user("cixi-clerk2")
    absence = directory.set_absence(by=SYSTEM, post=post, substitute=other, reason="年休假", **days)
    twice(at("cixi-admin"), f"/people/absences/{absence.pk}/cancel/", {})


def test_an_answer_to_a_question_that_waits_no_more_is_not_lost(at):
    asked = feedback.ask(by=make.actor("citizen"), question="现场核查的时候要本人在吗？", code=make.FOOD)
    feedback.withdraw(by=make.actor("citizen"), enquiry=asked.pk)
    words = "可以委托他人在场，带上委托书。"
    answer = at("scjg-reviewer").post(f"/feedback/questions/{asked.pk}/", {"answer": words})
    assert answer.status_code == 409 and words in answer.text and "没有提交" in answer.text
    late = at("citizen").get(f"/my/questions/{asked.pk}/withdraw/", follow=True)
    assert late.redirect_chain and "已撤回，不用撤回" in late.text
