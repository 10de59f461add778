"""The supplement on the citizen's pages: before acceptance and in review, each gap at its material or field, the old beside the new."""

from datetime import timedelta

import pytest

from apps.applications import actions
from apps.applications.models import AnswerChange, Application, Attachment, ReviewSupplement
from apps.issuance import paper
from apps.issuance.models import Document
from apps.kit.time import now
from tests import make
from tests.people import nothing_written
from tests.web.citizen.test_apply_from_home import PNG, browser, fresh, upload

AREA, PLACE = "premises_area", "premises_address"
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
    key = client.get(place).context["mending"]["once"].value()
    for _ in range(2):  # the second click was told that nothing had changed
        assert client.post(f"{place}mend/", {f"answers__{AREA}": "96", "once": key}).status_code == 302
    file = upload_in_review(client, case, supplement)
    assert file.status_code == 302 and file["Location"].startswith(place)
    assert client.post(f"{place}hand-in/").status_code == 302
    assert client.get(place).status_code == 409 and client.get(f"/my/{case.pk}/supplement/").status_code == 409
    text = at("cixi-clerk").get(f"/counter/{case.pk}/").text
    assert "补正前后对照" in text and "旧合同.png" in text and "新合同.png" in text


def test_what_was_typed_goes_along_though_nobody_saved_it_first(asked):
    """The button below took the file, said that it went well, and left the answer that was typed above behind."""
    job, supplement = asked
    case, client = job.application, browser("enterprise")
    place = f"/my/{job.application_id}/supplement/{supplement.pk}/"
    assert upload_in_review(client, case, supplement).status_code == 302
    page = client.get(place)
    assert f'form="mend" formaction="{place}hand-in/"' in page.text
    key = {"once": page.context["mending"]["once"].value()}
    with nothing_written(ReviewSupplement, AnswerChange):
        faulty = client.post(f"{place}hand-in/", key | {f"answers__{AREA}": "很大"})
    assert faulty.status_code == 422 and 'value="很大"' in faulty.text
    for _ in range(2):
        assert client.post(f"{place}hand-in/", key | {f"answers__{AREA}": "96"})["Location"] == f"/my/{case.pk}/"
    assert ReviewSupplement.objects.get(pk=supplement.pk).state not in supplement.OPEN and fresh(case).answers[AREA] == "96"


@pytest.fixture
def two_answers(world):
    """The department asks for a material and two answers, of which one was left blank: a case, its page."""
    case = make.claimed().application
    Application.objects.filter(pk=case.pk).update(answers={code: value for code, value in case.answers.items() if code != PLACE})
    fields = [{"element": PLACE, "problem": "请填写门牌号"}, WRONG]
    gaps = [{"material": "premises_proof", "problem": "租赁期限已届满"}]
    job = make.job_of(case)
    supplement = actions.ask_in_review(by=make.actor("scjg-reviewer"), job=job.pk, gaps=gaps, fields=fields)
    return case, supplement, f"/my/{case.pk}/supplement/{supplement.pk}/"


def test_what_is_still_blank_keeps_back_nothing_that_came(two_answers):
    """“可以先提交已经补好的”, said the page, and asked for the blank answer beside it before it took the file, or the other answer."""
    case, supplement, place = two_answers
    client = browser("enterprise")
    assert upload_in_review(client, case, supplement).status_code == 302
    page = typed(client.get(place))
    assert client.post(f"{place}hand-in/", page).status_code == 302
    assert "premises_proof" in ReviewSupplement.objects.get(pk=supplement.pk).came
    assert client.post(f"{place}mend/", typed(client.get(place)) | {f"answers__{AREA}": "96"}).status_code == 302
    assert fresh(case).answers[AREA] == "96"


def test_what_is_typed_on_a_page_that_was_gone_back_to_is_not_lost(two_answers):
    """Its key had saved another answer: the page was told as sent before, came back with empty boxes, and handed in without this one."""
    case, _, place = two_answers
    client = browser("enterprise")
    old = typed(client.get(place))
    assert client.post(f"{place}mend/", old | {f"answers__{AREA}": "96"}).status_code == 302
    both = {f"answers__{AREA}": "96", f"answers__{PLACE}": "白沙路 8 号"}
    shown = client.post(f"{place}hand-in/", old | both)
    assert shown.status_code == 422 and "已经提交过" in shown.text and typed(shown)[f"answers__{PLACE}"] == "白沙路 8 号"
    assert client.post(f"{place}hand-in/", typed(shown)).status_code == 302
    assert fresh(case).answers[PLACE] == "白沙路 8 号"


def typed(page) -> dict:
    """What the browser sends of the answers on this page."""
    form = page.context["mending"]
    return {name: form[name].value() or "" for name in form.fields}


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


def test_what_is_still_open_is_told_at_its_field_and_leads_there(world, at):
    """A notice of a material and an answer: the summary named both and led to neither, and at the fields stood nothing."""
    row, client = make.from_home(submit=False), browser("enterprise")
    for entry in row.materials.all():
        upload(client, row, entry.code)
    row = actions.receive(by=make.actor("enterprise"), application=row.pk)
    wrong = {"materials__premises_proof": "rejected", "remark__premises_proof": "租期已过", f"fields__{AREA}": "与平面图不一致"}
    assert at("cixi-clerk").post(f"/counter/{row.pk}/work/", {"do": "supplement", **wrong}).status_code == 302
    before = fresh(row).answers[AREA]
    for sent in ({f"answers__{AREA}": before}, {}):  # as the button sends it, and without the fields beside it
        with nothing_written(AnswerChange):
            refused = client.post(f"/my/{row.pk}/supplement/hand-in/", sent)
        assert refused.status_code == 422 and refused.text.count("<title>错误：") == 1
        summary = refused.text.partition("data-error-summary")[2].partition("</div>")[0]
        for place in (f"id_answers__{AREA}", "upload_file_premises_proof"):
            assert f'href="#{place}"' in summary and f' id="{place}"' in refused.text and f' id="{place}_error"' in refused.text
        assert summary.count("<li>") == summary.count("href=") == 2 and f'value="{before}"' in refused.text


def test_what_was_wrong_is_not_said_of_what_came_instead(world, at):
    row, desk, client = make.from_home(submit=False), at("cixi-clerk"), browser("enterprise")
    for entry in row.materials.exclude(code="floor_plan"):
        upload(client, row, entry.code)
    client.post(f"/my/{row.pk}/promise/floor_plan/", {"promised": "1"})
    row = actions.receive(by=make.actor("enterprise"), application=row.pk)
    wrong = {"materials__premises_proof": "rejected", "remark__premises_proof": "租期已过", "materials__floor_plan": "missing"}
    wrong["promised__floor_plan"] = "on"  # as the page comes
    assert desk.post(f"/counter/{row.pk}/work/", {"do": "supplement", **wrong}).status_code == 302
    assert Document.objects.get(kind="supplement_notice").payload["how"].startswith("在网上“我的办件”里上传")
    place = f"/my/{row.pk}/supplement/"
    page = client.get(place).text
    assert "租期已过" in page and "已承诺后补" not in page + client.get(f"/my/{row.pk}/").text  # asked for by the day of the notice
    upload(client, row, "premises_proof", name="新合同.png")
    assert "点“提交补正”" not in client.get(f"/my/{row.pk}/").text
    upload(client, row, "floor_plan", name="平面图.png")
    assert "要补的都传好了，还没有提交" in client.get(f"/my/{row.pk}/").text
    page = client.get(place).text
    assert page.count("租期已过") == 1 and "已承诺后补" not in page  # the notice says it; the new paper has no fault yet
    assert client.post(f"{place}hand-in/").status_code == 302
    told = client.get(f"/my/{row.pk}/").text
    assert told.count("租期已过") == 1 and "补正的材料已交，窗口正在核对" in told and "一次性告知是否齐全" not in told
    assert row.materials.get(code="premises_proof").remark == ""
    vouchers = Document.objects.filter(kind__in=["receipt", "supplement_receipt"])
    assert [one.payload["handler"]["name"] for one in vouchers] == ["", ""]  # who handed it in is no officer of the agency


def remove(client, row, file, **more):
    return client.post(f"/my/{row.pk}/files/{file.pk}/remove/", more, follow=True)


def test_a_file_that_was_taken_off_again_counts_as_nothing(world):
    """The line is in hand by its files alone: without them the receipt does not list it, and nobody is told it came."""
    row, client = make.from_home(submit=False), browser("enterprise")
    assert upload(client, row, "premises_proof").status_code == 302
    actions.attach(by=make.actor("enterprise"), application=row.pk, material="premises_proof", name="b.png", content=PNG)
    first, second = Attachment.objects.order_by("pk")
    line = row.materials.get(code="premises_proof")
    for file, state in ((first, "supplied"), (second, "missing"), (second, "missing")):  # pressed twice
        answer = remove(client, row, file)
        line.refresh_from_db()
        assert line.state == state and answer.redirect_chain[-1][0] == f"/my/{row.pk}/materials/#m-premises_proof"
    assert line in client.get(f"/my/{row.pk}/check/").context["waiting"]


def test_a_wrong_file_of_a_supplement_is_taken_off_before_it_is_handed_in(world, at):
    row, desk, client = make.from_home(submit=False), at("cixi-clerk"), browser("enterprise")
    for entry in row.materials.exclude(code="floor_plan"):
        upload(client, row, entry.code)
    handed = Attachment.objects.get(material__code="premises_proof")
    row = actions.receive(by=make.actor("enterprise"), application=row.pk)
    wrong = {"materials__premises_proof": "rejected", "remark__premises_proof": "租期已过", "materials__floor_plan": "missing"}
    wrong["promised__floor_plan"] = "on"  # as the page comes
    desk.post(f"/counter/{row.pk}/work/", {"do": "supplement", **wrong})
    place, line = f"/my/{row.pk}/supplement/", row.materials.get(code="premises_proof")
    upload(client, row, "premises_proof", name="别人的合同.png")
    wrong_one = Attachment.objects.latest("pk")
    page = client.get(place).text
    assert f"/files/{wrong_one.pk}/remove/" in page and f"/files/{handed.pk}/remove/" not in page
    with nothing_written(Attachment):
        assert remove(client, row, handed).status_code == 409  # that one is with the window
        assert remove(browser("citizen"), row, wrong_one).status_code == 404
    assert remove(client, row, wrong_one).redirect_chain[-1][0] == f"{place}#m-premises_proof"
    line.refresh_from_db()
    assert (line.state, line.remark) == ("rejected", "租期已过") and "别人的合同" not in client.get(place).text
    upload(client, row, "floor_plan")
    assert client.post(f"{place}hand-in/").status_code == 422
    upload(client, row, "premises_proof", name="新合同.png")
    assert client.post(f"{place}hand-in/").status_code == 302
    assert remove(client, row, Attachment.objects.latest("pk")).status_code == 409


def test_a_wrong_file_for_the_review_is_taken_off_too(asked):
    job, supplement = asked
    case, client = job.application, browser("enterprise")
    place = f"/my/{case.pk}/supplement/{supplement.pk}/"
    assert "待补正</span>" in client.get(place).text  # and not 已交, as what is asked for anew lies there
    upload_in_review(client, case, supplement)
    assert "待补正</span>" not in client.get(place).text
    answer = remove(client, case, Attachment.objects.latest("pk"), of=supplement.pk)
    assert answer.redirect_chain[-1][0] == f"{place}#m-premises_proof" and "新合同" not in answer.text.partition("已移除")[2]
    assert client.post(f"{place}hand-in/").status_code == 422
    assert case.materials.get(code="premises_proof").in_hand  # the former one still lies there
    upload_in_review(client, case, supplement)
    assert client.post(f"{place}hand-in/").status_code == 302
    assert remove(client, case, Attachment.objects.latest("pk"), of=supplement.pk).status_code == 409


@pytest.fixture
def owing(world):
    """From home, accepted with the floor plan promised."""
    row, client = make.from_home(submit=False), browser("enterprise")
    for entry in row.materials.exclude(code="floor_plan"):
        upload(client, row, entry.code)
    client.post(f"/my/{row.pk}/promise/floor_plan/", {"promised": "1"})
    actions.receive(by=make.actor("enterprise"), application=row.pk)
    return client, actions.accept(by=make.actor("cixi-clerk"), application=row.pk)


def test_what_was_promised_is_brought_from_home(owing, time_machine):
    client, row = owing
    case, place = f"/my/{row.pk}/", f"/my/{row.pk}/owed/"
    assert make.member_of(row).gap_open and place in client.get(case).text and "可以在网上补" in client.get(case).text
    assert row.materials.get(code="floor_plan").name in client.get(place).text and browser("citizen").get(place).status_code == 404
    with nothing_written(Attachment):
        bad = upload(client, row, "floor_plan", b"MZ\x90\x00" + b"\x00" * 60, "a.pdf")
        assert bad.status_code == 422 and "只接收" in bad.text
        other = upload(client, row, "premises_proof")  # which is with the department now
        assert other.status_code == 409 and "没有要补" in other.text
    answer = upload(client, row, "floor_plan")
    assert answer["Location"] == place and client.get(place)["Location"] == case
    assert not make.member_of(row).gap_open and row.materials.get(code="floor_plan").state == "supplemented"
    assert Document.objects.filter(root_id=row.pk, kind="supplement_receipt").count() == 1
    assert place not in client.get(case).text
    assert upload(client, row, "floor_plan", PNG + b"2").status_code == 302  # its second page
    time_machine.move_to(now() + timedelta(days=1))
    with nothing_written(Attachment):
        closed = upload(browser("enterprise"), row, "floor_plan")
        assert closed.status_code == 422 and "没有要补" in closed.text


def test_after_its_day_the_promise_is_over(owing, time_machine):
    client, row = owing
    time_machine.move_to(make.member_of(row).gap_cure_by + timedelta(days=1))
    client = browser("enterprise")
    assert "依法撤销受理" in client.get(f"/my/{row.pk}/owed/").text
    with nothing_written(Attachment):
        late = upload(client, row, "floor_plan")
        assert late.status_code == 422 and "期限已过" in late.text


def test_a_file_that_is_let_through_after_the_case_ended_is_no_promise_kept(owing):
    """The scanner answered after the withdrawal, and a receipt of what was promised went out for a case that was over."""
    row, by = owing[1], make.actor("enterprise")
    content = {"material": "floor_plan", "name": "图.png", "content": PNG}
    file = actions.attach(by=by, application=row.pk, **content, examine=False)
    actions.withdraw(by=by, application=row.pk, reason="不办了")
    assert actions.examine(file.pk)
    assert not Document.objects.filter(root_id=row.pk, kind="supplement_receipt").exists()


def test_what_is_handed_in_is_not_changed_from_a_tab_that_stood_open(world):
    row, client = make.from_home(submit=False), browser("enterprise")
    upload(client, row, "premises_proof")
    file = Attachment.objects.get()
    row = actions.submit(by=make.actor("enterprise"), application=row.pk)
    for state in ("submitted", "received"):
        if state == "received":
            actions.receive(by=make.actor("enterprise"), application=row.pk)
        with nothing_written(Attachment):
            refused = upload(client, row, "premises_proof")
            assert refused.status_code == 409 and "没有要补" in refused.text
            assert remove(client, row, file).status_code == 409


def test_a_gap_is_read_line_by_line_as_the_desk_wrote_it(world, at):
    """What was written under each other ran together on every page that asks for it, and on the paper."""
    row, clerk = make.received(), make.actor("cixi-clerk")
    gaps = [{"material": "premises_proof", "requirement": "请重拍第 2 页，\n不要反光"}]
    wrong = {"premises_proof": {"state": "rejected", "remark": "看不清"}}
    actions.ask_supplement(by=clerk, application=row.pk, gaps=gaps, materials=wrong)
    told = "第 2 页，<br>不要反光"
    for page in ("", "supplement/"):
        assert told in browser("enterprise").get(f"/my/{row.pk}/{page}").text
    assert told in at("cixi-clerk").get(f"/counter/{row.pk}/supplement/").text
    assert told in paper.to_html(Document.objects.get(root_id=row.pk, kind="supplement_notice"))
