"""The supplement on the citizen's pages: before acceptance and in review, each gap at its material or field, the old beside the new."""

import pytest

from apps.applications import actions
from apps.applications.models import AnswerChange, Application, Attachment, ReviewSupplement
from tests import make
from tests.people import nothing_written
from tests.web.citizen.test_apply_from_home import PNG, browser, upload
from tests.web.review.test_work_case import page as reviewers_page

AREA = "premises_area"
WRONG = {"element": AREA, "problem": "与平面图上的面积不一致"}


@pytest.fixture
def asked(world):
    """The department asks for a material that is in hand, and for an answer."""
    job = make.claimed()
    actions.attach(
        by=make.actor("cixi-clerk"),
        application=job.application_id,
        material="premises_proof",
        name="旧合同.png",
        content=PNG,
    )
    gaps = [{"material": "premises_proof", "problem": "租赁期限已届满"}]
    return job, actions.ask_in_review(by=make.actor("scjg-reviewer"), job=job.pk, gaps=gaps, fields=[WRONG])


def test_asked_in_review_answered_from_home_and_seen_by_the_reviewer(asked, at):
    job, supplement = asked
    case, client, reviewer = job.application, browser("enterprise"), at("scjg-reviewer")
    before = case.answers[AREA]
    reviewer.get(reviewers_page(job))  # a look before anything came
    own = client.get(f"/my/{case.pk}/").text
    place = f"/my/{case.pk}/supplement/{supplement.pk}/"
    assert place in own and "租赁期限已届满" in own and "与平面图上的面积不一致" in own
    page = client.get(place).text
    assert "旧合同.png" in page and "还没有上传" in page and before in page and "还有 2 项没有补" in page
    with nothing_written(Application, ReviewSupplement, AnswerChange):
        nothing = client.post(f"{place}hand-in/")
        same = client.post(f"{place}mend/", {f"answers__{AREA}": before})
        faulty = client.post(f"{place}mend/", {f"answers__{AREA}": "很大"})
    assert [nothing.status_code, same.status_code, faulty.status_code] == [422, 422, 422]
    assert "没有新的内容可以提交" in nothing.text and "没有变化" in same.text and "很大" in faulty.text
    assert client.post(f"{place}mend/", {f"answers__{AREA}": "96"}).status_code == 302
    file = upload_in_review(client, case, supplement)
    assert file.status_code == 302 and file["Location"].startswith(place)
    page = client.get(place).text
    assert "已保存，还没有提交" in page and "合同.png" in page and "项没有补" not in page
    assert client.post(f"{place}hand-in/").status_code == 302
    assert ReviewSupplement.objects.get().state == "complete"
    assert client.get(place).status_code == 409 and client.get(f"/my/{case.pk}/supplement/").status_code == 409
    seen = reviewer.get(reviewers_page(job)).text
    assert (
        "您上次查看后有变化" in seen and f"由 <del>{before}</del> 改为 <ins>96</ins>" in seen and "替换或补充" in seen
    )
    assert "旧合同.png" in seen and "新合同.png" in seen and "补正前后对照" in seen
    assert "您上次查看后有变化" not in reviewer.get(reviewers_page(job)).text
    for reader, place in (("cixi-clerk", f"/counter/{case.pk}/"), ("enterprise", f"/my/{case.pk}/")):
        text = at(reader).get(place).text
        assert "补正前后对照" in text and "旧合同.png" in text and "新合同.png" in text, reader


def upload_in_review(client, case, supplement):
    from django.core.files.uploadedfile import SimpleUploadedFile

    given = {"file": [SimpleUploadedFile("新合同.png", PNG)], "of": supplement.pk}
    return client.post(f"/my/{case.pk}/materials/premises_proof/", given)


def test_a_supplement_is_nobody_elses(asked, at):
    job, supplement = asked
    place = f"/my/{job.application_id}/supplement/{supplement.pk}/"
    other = make.accepted("tobacco-retail-licence", applicant=make.APPLICANT)
    assert browser("enterprise").get(f"/my/{other.pk}/supplement/{supplement.pk}/").status_code == 404
    with nothing_written(AnswerChange, Attachment):
        client = browser("citizen")
        assert client.get(place).status_code == 404
        assert client.post(f"{place}mend/", {f"answers__{AREA}": "96"}).status_code == 404
        assert client.post(f"{place}hand-in/").status_code == 404


def test_before_acceptance_the_clerk_asks_and_reads_on_his_pages(world, at):
    row, desk = make.from_home(submit=False), at("cixi-clerk")
    for entry in row.materials.all():
        upload(browser("enterprise"), row, entry.code)
    row = actions.receive(by=make.actor("enterprise"), application=row.pk)
    work = f"/counter/{row.pk}/work/"
    assert desk.post(work, {"do": "supplement", f"fields__{AREA}": " "}).status_code == 422
    assert desk.post(work, {"do": "supplement", f"fields__{AREA}": "与平面图不一致"}).status_code == 302
    client, place = browser("enterprise"), f"/my/{row.pk}/supplement/"
    assert "与平面图不一致" in client.get(place).text
    assert client.post(f"{place}hand-in/").status_code == 422
    assert client.post(f"{place}mend/", {f"answers__{AREA}": "96"}).status_code == 302
    assert f'name="answers__{AREA}"' in desk.get(f"/counter/{row.pk}/supplement/").text
    assert client.post(f"{place}hand-in/").status_code == 302
    assert "<strong>96</strong>" in desk.get(work).text.replace("<p>", "").replace("</p>", "")
    assert Application.objects.get(pk=row.pk).state == "checking"
