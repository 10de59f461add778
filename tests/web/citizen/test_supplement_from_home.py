"""The supplement on the citizen's pages: before acceptance and in review, each gap at its material or field, the old beside the new."""

import pytest

from apps.applications import actions
from apps.applications.models import AnswerChange, Application, Attachment, ReviewSupplement
from apps.issuance.models import Document
from tests import make
from tests.people import nothing_written
from tests.web.citizen.test_apply_from_home import PNG, browser, upload

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


def test_in_review_only_something_new_is_handed_in_and_it_ends_the_supplement(asked, at):
    """The whole story, on a phone: tests/journeys/test_a_supplement_answered_online.py."""
    job, supplement = asked
    case, client = job.application, browser("enterprise")
    before, place = case.answers[AREA], f"/my/{job.application_id}/supplement/{supplement.pk}/"
    with nothing_written(Application, ReviewSupplement, AnswerChange):
        nothing = client.post(f"{place}hand-in/")
        same = client.post(f"{place}mend/", {f"answers__{AREA}": before})
        faulty = client.post(f"{place}mend/", {f"answers__{AREA}": "很大"})
    assert [nothing.status_code, same.status_code, faulty.status_code] == [422, 422, 422]
    assert "没有新的内容可以提交" in nothing.text and "没有变化" in same.text and "很大" in faulty.text
    assert client.post(f"{place}mend/", {f"answers__{AREA}": "96"}).status_code == 302
    file = upload_in_review(client, case, supplement)
    assert file.status_code == 302 and file["Location"].startswith(place)
    assert client.post(f"{place}hand-in/").status_code == 302
    assert client.get(place).status_code == 409 and client.get(f"/my/{case.pk}/supplement/").status_code == 409
    text = at("cixi-clerk").get(f"/counter/{case.pk}/").text
    assert "补正前后对照" in text and "旧合同.png" in text and "新合同.png" in text


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


def test_what_was_wrong_is_not_said_of_what_came_instead(world, at):
    row, desk, client = make.from_home(submit=False), at("cixi-clerk"), browser("enterprise")
    for entry in row.materials.exclude(code="floor_plan"):
        upload(client, row, entry.code)
    client.post(f"/my/{row.pk}/promise/floor_plan/", {"promised": "1"})
    row = actions.receive(by=make.actor("enterprise"), application=row.pk)
    wrong = {"materials__premises_proof": "rejected", "remark__premises_proof": "租期已过", "materials__floor_plan": "missing"}
    assert desk.post(f"/counter/{row.pk}/work/", {"do": "supplement", **wrong}).status_code == 302
    assert Document.objects.get(kind="supplement_notice").payload["how"].startswith("在网上“我的办件”里上传")
    place = f"/my/{row.pk}/supplement/"
    assert "租期已过" in client.get(place).text
    upload(client, row, "premises_proof", name="新合同.png")
    upload(client, row, "floor_plan", name="平面图.png")
    page = client.get(place).text
    assert page.count("租期已过") == 1 and "已承诺后补" not in page  # the notice says it; the new paper has no fault yet
    assert client.post(f"{place}hand-in/").status_code == 302
    told = client.get(f"/my/{row.pk}/").text
    assert told.count("租期已过") == 1 and "补正的材料已交，窗口正在核对" in told and "一次性告知是否齐全" not in told
    assert row.materials.get(code="premises_proof").remark == ""
