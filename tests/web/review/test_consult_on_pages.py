"""征求意见 on the pages of both sides and over the API: asked, answered, resolved, and what neither side sees."""

from apps.applications import actions
from apps.applications.models import Attachment, Consultation, Opinion
from tests import make
from tests.api.client import Caller
from tests.people import nothing_written

ROWS = (Consultation, Opinion)
ANSWER = {"answer": "disagree", "reason": "与居民楼紧邻，疏散通道宽度不足。"}


def body(client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return response.content.decode()


def test_from_the_question_to_the_decision(at, world):
    job = make.claimed()
    clerk = make.actor("cixi-clerk")
    for material in ("floor_plan", "id_card"):
        actions.attach(by=clerk, application=job.application_id, material=material, name="a.pdf", content=b"%PDF-1.4 x")
    reviewer, police, health = at("scjg-reviewer"), at("gongan-reviewer"), at("wsjs-reviewer")
    page = f"/review/members/{job.member_id}/consult/"
    assert page in body(reviewer, f"/review/{job.pk}/")
    assert "不填的按 5 个工作日" in body(reviewer, page)
    with nothing_written(*ROWS):
        assert reviewer.post(page, {"question": "行吗", "departments": ["wsjs"]}).status_code == 422
    sent = {"question": make.QUESTION, "departments": ["gongan", "wsjs"], "materials": ["floor_plan"]}
    answered = reviewer.post(page, sent)
    asked = Consultation.objects.get()
    assert answered["Location"] == f"/review/consultations/{asked.pk}/"
    number = job.application.number
    mine = asked.opinions.get(department="gongan")
    assert f"/review/opinions/{mine.pk}/" in body(police, "/review/opinions/")
    seen = body(police, f"/review/opinions/{mine.pk}/")
    plan, card = (Attachment.objects.get(material__code=code).pk for code in ("floor_plan", "id_card"))
    assert make.QUESTION in seen and f"/files/attachment/{plan}/" in seen and f"/files/attachment/{card}/" not in seen
    assert job.application.applicant_name not in seen
    assert police.get(f"/review/consultations/{asked.pk}/").status_code == 404
    assert health.get(f"/review/opinions/{mine.pk}/").status_code == 404
    assert at("cixi-clerk").get(f"/review/opinions/{mine.pk}/").status_code == 403
    with nothing_written(*ROWS):
        assert police.post(f"/review/opinions/{mine.pk}/", {**ANSWER, "reason": ""}).status_code == 422
    assert police.post(f"/review/opinions/{mine.pk}/", ANSWER).status_code == 302
    other = asked.opinions.get(department="wsjs")
    assert health.post(f"/review/opinions/{other.pk}/", {**ANSWER, "answer": "agree"}).status_code == 302
    assert number in body(police, "/review/opinions/?over=1") and number not in body(police, "/review/opinions/")
    head = at("scjg-head")
    case = body(head, f"/review/{job.pk}/")
    assert "部门意见有分歧" in case and ANSWER["reason"] in case
    assert "处理分歧" in body(head, f"/review/consultations/{asked.pk}/")
    assert number in body(head, "/review/consultations/")
    with nothing_written(*ROWS):
        assert head.post(f"/review/consultations/{asked.pk}/", {"reason": "协调"}).status_code == 422
    resolution = {"reason": "经现场会商，已要求拓宽疏散通道。"}
    assert head.post(f"/review/consultations/{asked.pk}/", resolution).status_code == 302
    assert resolution["reason"] in body(head, f"/review/{job.pk}/")
    overseen = body(at("cixi-supervisor"), f"/review/consultations/{asked.pk}/")
    assert resolution["reason"] in overseen and f'href="/oversight/cases/{job.application_id}/"' in overseen
    assert 'href="/review/consultations/"' not in overseen  # a list of departments: 403


def test_recalled_on_the_page(at, world):
    asked = make.consulted()
    page = f"/review/consultations/{asked.pk}/recall/"
    assert "撤回征求意见" in body(at("scjg-reviewer"), page)
    assert at("cixi-supervisor").get(page).status_code == 403
    assert at("scjg-reviewer").post(page, {"reason": "方案已经调整，不再需要"}).status_code == 302
    assert "不用再答复" in body(at("wsjs-reviewer"), f"/review/opinions/{asked.opinions.get().pk}/")


def test_work_that_waits_for_an_answer_or_a_notice_is_not_offered_to_be_given_back(at, world):
    """The way led to a page that took the reason and refused then."""
    asked, noticed = make.consulted("gongan"), make.claimed()
    actions.pause(by=make.actor("scjg-head"), job=noticed.pk, service="later", **make.TESTING)
    for job, why in ((make.job_of(asked.application), "还在等答复"), (noticed, "等待送达")):
        page, desk = f"/review/{job.pk}/", at("scjg-reviewer")
        told = desk.get(f"{page}give-back/")
        assert f"{page}give-back/" not in desk.get(page).text and told.status_code == 409
        assert why in told.text and "<textarea" not in told.text
    actions.recall_consultation(by=make.actor("scjg-reviewer"), consultation=asked.pk, reason="已经当面说清。")
    actions.drop_pause(by=make.actor("scjg-head"), job=noticed.pk, reason="告知书开错了，不需要检测。")
    for job in (make.job_of(asked.application), noticed):
        assert f"/review/{job.pk}/give-back/" in at("scjg-reviewer").get(f"/review/{job.pk}/").text
        assert at("scjg-reviewer").get(f"/review/{job.pk}/give-back/").status_code == 200


def test_work_that_its_head_asked_others_about_is_not_offered_to_go_to_the_router(at, world):
    job = make.job_of(make.accepted())
    page = f"/review/{job.pk}/"
    assert f"{page}return/" in at("scjg-reviewer").get(page).text
    actions.consult(by=make.actor("scjg-head"), member=job.member_id, departments=["gongan"], question=make.QUESTION)
    assert f"{page}return/" not in at("scjg-reviewer").get(page).text
    told = at("scjg-reviewer").get(f"{page}return/")  # from a page that was open before: told before the reason is written
    assert told.status_code == 409 and "请先撤回征求意见" in told.text and "<textarea" not in told.text


def test_the_case_page_costs_no_more_for_many_answers(at, world, statements):
    """Two statements for all consultations of a case; none where nobody was asked."""
    plain, job = make.claimed(), make.claimed()
    reviewer = at("scjg-reviewer")
    for case in (plain, job):  # who has looked before is told what has changed since: one statement more
        reviewer.get(f"/review/{case.pk}/")
    costs = []
    for asked in ((), ("wsjs",), ("gongan", "xiaofang", "lvyou")):
        if asked:
            actions.consult(
                by=make.actor("scjg-reviewer"), member=job.member_id, departments=list(asked), question=make.QUESTION
            )
        with statements(60) as ran:
            reviewer.get(f"/review/{job.pk if asked else plain.pk}/")
        costs.append(len(ran))
    assert costs[2] == costs[1] <= costs[0] + 2


def test_the_same_over_the_api(world):
    job = make.claimed()
    reviewer, police = Caller("scjg-reviewer"), Caller("gongan-reviewer")
    asked = reviewer.post(
        f"members/{job.member_id}/consult/",
        {"departments": ["gongan"], "question": make.QUESTION, "materials": ["floor_plan"], "days": 3},
    )
    (waiting,) = police.get("opinions/")["results"]
    assert (waiting["state"], waiting["question"]) == ("asked", make.QUESTION)
    one = police.get(f"opinions/{waiting['id']}/")
    assert [entry["code"] for entry in one["enclosed"]] == ["floor_plan"]
    said = police.post(f"opinions/{waiting['id']}/answer/", ANSWER)
    assert (said["state"], said["answer"], said["late"]) == ("answered", "disagree", False)
    assert police.get("opinions/")["results"] == []
    police.post(f"opinions/{waiting['id']}/answer/", ANSWER, expect=409)
    assert Caller("wsjs-reviewer").raw("get", f"opinions/{waiting['id']}/").status_code == 404
    seen = reviewer.get(f"consultations/{asked['id']}/")
    assert [row["answer"] for row in seen["opinions"]] == ["disagree"]
    (on_case,) = reviewer.get(f"applications/{job.application_id}/")["consultations"]
    assert on_case["state"] == "gathered"
    assert Caller("enterprise").get(f"applications/{job.application_id}/")["consultations"] == []
    resolved = reviewer.post(f"consultations/{asked['id']}/resolve/", {"reason": "经会商，已落实整改要求，予以采纳。"})
    assert resolved["state"] == "resolved"
