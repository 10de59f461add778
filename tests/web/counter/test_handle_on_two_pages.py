"""A received case on two pages, of two clerks or of a clerk and the applicant: what came meanwhile is not undone by a page that stood open."""

import pytest

from apps.applications import actions
from apps.applications.models import Application, MaterialEntry
from tests import make, people
from tests.web.citizen.test_apply_from_home import browser

from .conftest import PNG, again, sent

AREA, PLACE, WHY = "premises_area", "premises_address", "与产权证不一致"
BAD = {"state": "rejected", "remark": "租期已过"}


@pytest.fixture
def asked(world):
    """Two materials and two answers are to be brought."""
    row = make.received(without=("premises_proof", "id_card"))
    fields = [{"element": code, "problem": WHY} for code in (AREA, PLACE)]
    gaps = [{"material": code} for code in ("premises_proof", "id_card")]
    return actions.ask_supplement(by=make.actor("cixi-clerk"), application=row.pk, gaps=gaps, fields=fields)


def line(row: Application, code: str = "premises_proof") -> MaterialEntry:
    return row.materials.get(code=code)


def test_what_the_applicant_put_right_meanwhile_stays(desk, asked):
    """Written back to what was wrong by who ticked a material, and due again before the last day."""
    page = f"/counter/{asked.pk}/supplement/"
    old = desk.get(page)
    actions.mend(by=make.actor("enterprise"), application=asked.pk, answers={AREA: "96"})
    data = sent(old, materials__id_card="in", **{f"answers__{PLACE}": "白沙路 8 号"})
    assert [desk.post(page, data).status_code for _ in range(2)] == [302, 302]
    row = again(asked)
    assert (row.answers[AREA], row.answers[PLACE]) == ("96", "白沙路 8 号")
    assert (line(row, "id_card").state, line(row).state) == ("supplemented", "missing")


def test_a_new_file_is_not_judged_by_a_page_that_shows_the_old(desk, asked):
    """It counted as looked at and bad, and the case could be turned away for it."""
    clerk, page = make.actor("cixi-clerk2"), f"/counter/{asked.pk}/supplement/"
    actions.take_supplement(by=clerk, application=asked.pk, materials={"premises_proof": BAD})
    old = desk.get(page)
    actions.attach(by=make.actor("enterprise"), application=asked.pk, material="premises_proof", name="新合同.png", content=PNG)
    assert desk.post(page, sent(old, materials__id_card="in")).status_code == 302
    assert (line(asked).state, line(asked, "id_card").state) == ("supplemented", "supplemented")
    again_bad = {"materials__premises_proof": "rejected", "remark__premises_proof": "新合同也没有签字"}
    assert desk.post(page, sent(desk.get(page), **again_bad)).status_code == 302  # who has seen it judges it
    assert line(asked).state == "rejected"


def test_what_a_colleague_found_bad_is_not_taken_in_again(desk, asked):
    clerk, page = make.actor("cixi-clerk2"), f"/counter/{asked.pk}/supplement/"
    actions.attach(by=make.actor("enterprise"), application=asked.pk, material="premises_proof", name="合同.png", content=PNG)
    old = desk.get(page)
    actions.take_supplement(by=clerk, application=asked.pk, materials={"premises_proof": BAD}, faulty=[AREA])
    assert desk.post(page, sent(old, materials__id_card="in")).status_code == 302
    assert line(asked).state == "rejected" and again(asked).state == "awaiting_supplement"
    shown = desk.get(page).context["form"]
    assert shown[f"faulty__{AREA}"].value() is True  # nor was the answer, which the colleague found as bad as before, said to hold


def test_two_who_put_right_from_home_take_nothing_from_each_other(asked):
    page, first, second = f"/my/{asked.pk}/supplement/", browser("enterprise"), browser("enterprise")
    shown = [client.get(page).context["mending"] for client in (first, second)]
    data = [{name: form[name].value() for name in form.fields} for form in shown]
    assert first.post(f"{page}mend/", data[0] | {f"answers__{AREA}": "96"}).status_code == 302
    for _ in range(2):
        assert second.post(f"{page}mend/", data[1] | {f"answers__{PLACE}": "白沙路 8 号"}).status_code == 302
    assert [again(asked).answers[code] for code in (AREA, PLACE)] == ["96", "白沙路 8 号"]


def test_two_clerks_correct_and_look_through(enter, world):
    """The second took back what the first had put right, and what he had found bad was accepted."""
    row, first, second = make.received(), make.actor("cixi-clerk"), enter("cixi-clerk2")
    correct, work = second.get(f"/counter/{row.pk}/correct/"), second.get(f"/counter/{row.pk}/work/")
    mended = {"answers": {**row.answers, AREA: "96"}, "materials": {"premises_proof": BAD}}
    actions.correct(by=first, application=row.pk, reason="面积录错一位", **mended)
    data = sent(correct, reason="地址录错一字", **{f"answers__{PLACE}": "白沙路 8 号"})
    assert [second.post(f"/counter/{row.pk}/correct/", data).status_code for _ in range(2)] == [302, 302]
    assert [again(row).answers[code] for code in (AREA, PLACE)] == ["96", "白沙路 8 号"]
    with people.nothing_written(Application):
        refused = second.post(f"/counter/{row.pk}/work/", sent(work, do="accept"))
    assert refused.status_code == 422 and line(row).state == "rejected" and again(row).state == "received"


def test_nothing_is_accepted_on_what_came_after_the_page_was_opened(desk, world):
    """The page said “不合格”, and the case was accepted on a new file that nobody had looked at."""
    row = make.awaiting(missing=("premises_proof", "id_card"))
    page = f"/counter/{row.pk}/supplement/"
    actions.take_supplement(by=make.actor("cixi-clerk2"), application=row.pk, materials={"premises_proof": BAD})
    old = desk.get(page)
    actions.attach(by=make.actor("enterprise"), application=row.pk, material="premises_proof", name="新合同.png", content=PNG)
    with people.nothing_written(Application, MaterialEntry):
        shown = desk.post(page, sent(old, materials__id_card="in"))
    assert shown.status_code == 409 and "没有看过" in shown.text
    form = shown.context["form"]
    assert [form[f"materials__{code}"].value() for code in ("premises_proof", "id_card")] == ["in", "in"]
    assert form["originals__premises_proof"].value() == "0"
    assert desk.post(page, sent(shown)).status_code == 302 and again(row).state == "in_progress"


def test_who_was_shown_what_is_there_now_judges_it(desk, asked):
    """Shown again after a refusal it was still held to what it had shown first: the judgement was told as registered, and was not."""
    page = f"/counter/{asked.pk}/supplement/"
    actions.take_supplement(by=make.actor("cixi-clerk2"), application=asked.pk, materials={"premises_proof": BAD})
    old = desk.get(page)
    actions.attach(by=make.actor("enterprise"), application=asked.pk, material="premises_proof", name="新合同.png", content=PNG)
    refused = desk.post(page, sent(old, **{f"answers__{AREA}": "很大"}))
    assert refused.status_code == 422 and refused.context["form"]["materials__premises_proof"].value() == "in"
    judged = {"materials__premises_proof": "rejected", "remark__premises_proof": BAD["remark"], f"answers__{AREA}": "96"}
    assert desk.post(page, sent(refused, **judged)).status_code == 302
    assert line(asked).state == "rejected" and again(asked).answers[AREA] == "96"


def test_what_a_colleague_took_away_stays_away(enter, world):
    """The applicant whom he had corrected was the old one again, since the new one's number stands behind a mask; so was a crossed-out remark."""
    row, first, second = make.received(), make.actor("cixi-clerk"), enter("cixi-clerk2")
    actions.correct(by=first, application=row.pk, reason="漏记了不合格", materials={"premises_proof": BAD})
    old = second.get(f"/counter/{row.pk}/correct/")
    right = {"kind": "person", "id_number": "11010519491231002X", "name": "王小二"}
    good = {"state": "confirmed", "originals": 1, "copies": 0, "remark": ""}
    actions.correct(by=first, application=row.pk, reason="申请人录错了", applicant=right, materials={"premises_proof": good})
    data = sent(old, reason="地址录错一字", **{f"answers__{PLACE}": "白沙路 8 号"})
    assert second.post(f"/counter/{row.pk}/correct/", data).status_code == 302
    now = again(row)
    assert (now.applicant.name, now.answers[PLACE], line(row).remark) == ("王小二", "白沙路 8 号", "")


def test_nothing_is_accepted_on_another_file_of_a_line_that_was_in_hand(desk, world):
    """“收到” stood there before and after: the case was accepted on a file that nobody had looked at."""
    row, home = make.awaiting(missing=("premises_proof", "id_card")), make.actor("enterprise")
    page = f"/counter/{row.pk}/supplement/"
    actions.attach(by=home, application=row.pk, material="premises_proof", name="合同.png", content=PNG)
    old = desk.get(page)
    actions.attach(by=home, application=row.pk, material="premises_proof", name="另一份.png", content=PNG + b"2")
    with people.nothing_written(Application, MaterialEntry):
        shown = desk.post(page, sent(old, materials__id_card="in"))
    assert shown.status_code == 409 and "没有看过" in shown.text and "另一份.png" in shown.text
    actions.attach(by=make.actor("cixi-clerk"), application=row.pk, material="id_card", name="证.png", content=PNG)  # his own scan
    assert [desk.post(page, sent(shown)).status_code for _ in range(2)] == [302, 302] and again(row).state == "in_progress"


def test_a_file_is_not_judged_by_a_page_that_shows_the_one_before_it(desk, asked):
    """The line read “收到” before and after: another file than the clerk had looked at was found bad, or compared and in order."""
    page, home = f"/counter/{asked.pk}/supplement/", make.actor("enterprise")
    first = actions.attach(by=home, application=asked.pk, material="premises_proof", name="合同.png", content=PNG)
    old = desk.get(page)
    actions.remove_attachment(by=home, application=asked.pk, attachment=first.pk)
    actions.attach(by=home, application=asked.pk, material="premises_proof", name="另一份.png", content=PNG + b"2")
    bad = {"materials__premises_proof": "rejected", "remark__premises_proof": "没有签字"}
    with people.nothing_written(Application, MaterialEntry):
        shown = desk.post(page, sent(old, **bad))
    assert shown.status_code == 409 and "的文件有变化" in shown.text and "另一份.png" in shown.text
    assert desk.post(page, sent(old, materials__id_card="in")).status_code == 302  # what he did not touch is not judged with the rest
    assert line(asked).state == "supplemented" and list(asked.notices.get().came) == ["id_card"]
    assert desk.post(page, sent(shown, once="anew")).status_code == 302 and line(asked).state == "rejected"  # it was shown
