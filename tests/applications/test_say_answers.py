"""An answer as a person reads it, on pages and papers."""

import pytest

from apps.applications import actions, display
from apps.applications.display import answer_words
from apps.directory.models import Message
from tests import make
from tests.api.client import Caller
from tests.web.conftest import client_of


@pytest.mark.parametrize(
    ("element", "value", "words"),
    [
        ({"type": "date"}, "2020-02-09", "2020年2月9日"),
        ({"type": "boolean"}, False, "否"),
        ({"type": "multichoice", "choices": [{"value": "a", "label": "甲"}]}, ["a", "gone"], "甲、gone"),
        ({"type": "text"}, "2020-02-09", "2020-02-09"),
    ],
)
def test_words(element, value, words):
    assert answer_words(element, value) == words


SITUATION = {"subject_kind": "enterprise", "small_shop": "false", "dining_area": "80.5", "by_agent": "true"}
WHOLE = [
    ("您打算办成哪种经营主体？", "企业（公司等）"),
    ("是否属于小餐饮店（面积和项目在小餐饮范围内）？", "否"),
    ("营业面积是多少平方米？", "80.5"),
]
OWN = ("是否由他人代为办理？", "是")  # asked by the registration alone


def told(case, **which) -> list[tuple[str, str]]:
    return [(one.name, one.text) for one in display.answers(case, **which) if one.group == display.SITUATION]


def test_the_situation_is_told_to_all_who_need_it(world):
    case = make.accepted("open-restaurant", situations=SITUATION)
    assert sorted(told(case)) == sorted([*WHOLE, OWN]) == sorted(told(case, only={"enterprise-registration"}))
    assert told(case, only={"food-licence"}) == WHOLE
    job = case.jobs.get(member__code="enterprise-registration")
    pages = {
        "cixi-clerk": f"/counter/{case.pk}/",
        "cixi-supervisor": f"/oversight/cases/{case.pk}/",
        f"{job.department_id}-reviewer": f"/review/{job.pk}/",
    }
    for name, page in pages.items():
        text = client_of(name).get(page).content.decode()
        assert "办理情形" in text and "营业面积是多少平方米？" in text and "80.5" in text, name


def test_a_phone_is_masked_though_the_catalogue_does_not_say_so(world):
    """Wherever the case is read; the whole number is asked for with a reason."""
    case, phone, mask = make.sealed(), make.TEXTS["phone"], "057******1111"
    case = case.application
    assert not next(e for e in case.plan["elements"] if e["element"] == "contact_phone")["sensitive"]
    job = case.jobs.get()
    for name, page in {
        "cixi-clerk": f"/counter/{case.pk}/",
        "cixi-supervisor": f"/oversight/cases/{case.pk}/",
        "scjg-reviewer": f"/review/{job.pk}/",
    }.items():
        text = client_of(name).get(page).text
        assert mask in text, name
        assert phone not in text, name
    shown = Caller("cixi-clerk").get(f"applications/{case.pk}/")["answers"]
    assert [one["text"] for one in shown if one["code"] == "contact_phone"] == [mask]
    told = Caller("cixi-clerk").post(f"applications/{case.pk}/reveal/", {"field": "answers.contact_phone", "reason": "回拨核实材料"})
    assert told["value"] == phone


def test_from_home_the_situation_stands_in_the_last_look_and_in_the_case(world):
    me, client = make.actor("enterprise"), client_of("enterprise")
    row = actions.open_draft(by=me, code="open-restaurant", channel="online", situations=SITUATION)
    row = actions.save_draft(by=me, application=row.pk, contact_mobile=make.MOBILE, answers=make.answers_for(row.plan))
    page = client.get(f"/my/{row.pk}/check/").content.decode()
    assert "营业面积是多少平方米？" in page and f'href="/my/{row.pk}/situations/"' in page
    actions.receive(by=me, application=row.pk)
    page = client.get(f"/my/{row.pk}/").content.decode()
    assert "申请内容" in page and "营业面积是多少平方米？" in page
    personal = [one for one in display.answers(row, masked=False) if one.masked is False and "身份证号" in one.name]
    assert personal and not [one for one in personal if one.text in page]  # as on every page that is only read


def test_what_ends_with_the_whole_is_told_once(world):
    case = make.accepted("open-restaurant", situations=SITUATION)
    client = client_of("enterprise")
    assert client.get(f"/my/{case.pk}/withdraw/").status_code == 200
    actions.withdraw(by=make.actor("cixi-clerk"), application=case.pk, reason="不开店了")
    assert [entry.title for entry in make.case("cixi-clerk", case).story if "撤回" in entry.title] == ["申请人撤回"]
    refused = client.get(f"/my/{case.pk}/withdraw/")  # a page that was left open
    assert refused.status_code == 409 and "现在是“已撤回”，不能撤回。" in refused.content.decode()
    case = make.accepted("open-restaurant", situations=SITUATION)
    actions.terminate(by=make.actor("cixi-supervisor"), application=case.pk, reason="申请企业已注销")
    assert [entry.title for entry in make.case("cixi-clerk", case).story if "终止" in entry.title] == ["终止办理"]


def test_a_refusal_of_what_is_no_licence_is_not_called_one(world):
    decided = make.decided(decision="refuse", code="enterprise-registration")
    assert decided.definition["type"] != "01" and decided.state == "refused"
    make.deliver_all()
    for name, page in {"cixi-clerk": "/counter/{}/", "cixi-supervisor": "/oversight/cases/{}/", "enterprise": "/my/{}/"}.items():
        text = client_of(name).get(page.format(decided.application_id)).content.decode()
        assert "不予" in text and "不予许可" not in text, name
    assert Message.objects.filter(title=f"不予：{decided.name}").exists()
