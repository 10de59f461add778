"""How the results come (领取方式): one home for the choice, whoever asks; offered, checked, kept by halves, changed until handed out."""


import pytest
import yaml
from django.conf import settings

from apps.applications import actions, handout, next_step, papers, tracking
from apps.applications.actions import one_thing, recompiling
from apps.applications.models import Application
from apps.catalog.actions import load_catalogue
from apps.catalog.loading.source import read
from apps.catalog.plan import compile_plan
from apps.directory.actions import reveal
from apps.directory.models import Message
from apps.issuance.models import Document
from apps.journal.actor import SYSTEM
from apps.journal.models import Event
from apps.kit.errors import Forbidden, Refused, WrongState
from apps.kit.time import today
from tests import make
from tests.people import nothing_written

from .test_one_thing import seal
from .test_run_bundle import decide

RETIRED = {"kind": "person", "name": "王小明", "id_number": "330203199001010014", "mobile": "13805740002"}
PARCEL = {"way": "courier", "recipient": "李一味", "phone": "13805740002", "address": "慈溪市白沙路街道三北大街2299号"}
SENT, KEPT = {"name": "甲", "courier": True}, {"name": "乙", "courier": False}
WAY = {
    "element": "how_it_comes",
    "type": "choice",
    "group": "领取",
    "choices": [{"value": "counter"}, {"value": "courier"}],
}
HOUSE = {"element": "where", "type": "address", "when": [[{"element": "how_it_comes", "is": "courier"}]]}
OTHER = {"element": "shop", "type": "address", "group": "经营"}


def faults(given, *, partial=False, members=(SENT,)):
    found, wrong = handout.clean({"members": list(members)}, given, partial=partial)
    return [fault.field for fault in wrong], found


def test_only_what_the_items_allow_is_offered():
    assert handout.ways({"members": [KEPT]}) == ["counter"] and handout.only_at_counter({"members": [KEPT]}) == []
    both = {"members": [SENT, KEPT]}
    assert handout.ways(both) == ["counter", "courier"] and handout.only_at_counter(both) == ["乙"]
    assert faults({"way": "courier", "address": PARCEL["address"]}, members=[KEPT])[0] == ["handout.way"]


def test_a_choice_is_checked_part_by_part():
    assert faults(PARCEL) == ([], PARCEL)
    assert faults({**PARCEL, "way": "counter"})[1] == {"way": "counter", "recipient": "", "phone": "", "address": ""}
    assert faults({"way": "counter", "address": "x"})[0] == [] and faults({})[0] == ["handout.way"]
    assert faults({"way": "courier"})[0] == ["handout.address"] and faults({"way": "courier"}, partial=True)[0] == []
    bad = {"way": "courier", "recipient": "138", "phone": "12", "address": "慈溪"}
    assert faults(bad)[0] == ["handout.recipient", "handout.phone", "handout.address"]
    assert faults({"address": "a\x00bcdefgh", "recipient": "王" * 61}, partial=True)[0] == [
        "handout.recipient",
        "handout.address",
    ]


def test_a_catalogues_own_question_is_taken_over():
    plan = handout.take_over({"elements": [WAY, HOUSE, OTHER], "members": [SENT]})
    assert [one["element"] for one in plan["elements"]] == ["shop"]
    assert plan["handout"] == {"way": "how_it_comes", "address": "where"}
    assert handout.taken_out(plan, {"where": "a", "shop": "b"}) == ({"shop": "b"}, {"address": "a"})
    copies = {**WAY, "choices": [{"value": "one"}, {"value": "two"}]}  # another question under the same heading stays
    assert handout.take_over({"elements": [copies]}) == {"elements": [copies]}


def test_a_question_on_which_more_hangs_stays_in_the_form():
    """A fee for sending, what is asked of who comes himself, another member's use of a field: none of it could be told any more."""
    way, here = {"element": "how_it_comes", "is": "courier"}, {"element": "how_it_comes", "is": "counter"}
    fee = {"name": "邮寄费", "amount": "12.00", "when": [way]}
    plan = handout.take_over({"elements": [WAY, HOUSE], "members": [{**SENT, "fees": [fee]}]})
    assert [one["element"] for one in plan["elements"]] == ["how_it_comes"]
    assert plan["handout"] == {"way": "how_it_comes", "address": "where"}
    given = {"how_it_comes": "courier", "where": "a"}
    assert handout.taken_out(plan, given) == ({"how_it_comes": "courier"}, {"way": "courier", "address": "a"})
    who = {"element": "who_comes", "type": "text", "when": [[here]]}
    plan = handout.take_over({"elements": [WAY, HOUSE, who], "members": [SENT]})
    assert [one["element"] for one in plan["elements"]] == ["how_it_comes", "who_comes"] and "recipient" not in plan["handout"]
    note = {"element": "note", "type": "textarea", "when": [[{"element": "where", "is": "x"}]]}
    plan = handout.take_over({"elements": [WAY, HOUSE, note], "members": [SENT]})
    assert [one["element"] for one in plan["elements"]] == ["how_it_comes", "where", "note"]  # asked by the way, which stays as well
    proof = {"material": "proof", "when": None, "uses": [{"member": "a", "when": [way]}, {"member": "b", "when": []}]}
    plan = handout.take_over({"elements": [WAY, HOUSE], "materials": [proof], "members": [SENT]})
    assert [one["element"] for one in plan["elements"]] == ["how_it_comes"]


@pytest.fixture
def with_postage(world):
    """食品经营许可 where sending costs something."""
    file = yaml.safe_load((settings.BASE_DIR / "fixtures" / "catalog" / "cixi-2017.yaml").read_text("utf-8"))
    item = next(row for row in file["items"] if row["code"] == make.FOOD)
    item["fees"] = [{"name": "邮寄费", "amount": "12.00", "when": [{"element": "delivery_way", "is": "courier"}]}]
    text = {"format": file["format"], "as_of": today().isoformat(), "node": "330282", "items": [{**item, "valid_from": today().isoformat()}]}
    report = load_catalogue(by=SYSTEM, sources=[read("postage.yaml", yaml.safe_dump(text, allow_unicode=True).encode())])
    assert not report.problems


def test_what_hangs_on_the_way_is_told_by_it_and_the_choice_follows(with_postage):
    """The question was taken out of the form with its answer: the fee for sending stood on no notice, whoever chose the courier."""
    row, clerk = make.draft(), make.actor("cixi-clerk")
    told = {"delivery_way": "courier", "delivery_address": PARCEL["address"]}
    row = actions.save_draft(by=clerk, application=row.pk, answers=told, handout={"way": row.handout})
    assert (row.handout, row.recipient_address, row.answers["delivery_way"]) == ("courier", PARCEL["address"], "courier")
    row = actions.save_draft(by=clerk, application=row.pk, answers={"delivery_way": "courier"}, handout={"way": "counter"})
    assert row.handout == "counter"  # what was changed of the two
    row = actions.save_draft(by=clerk, application=row.pk, answers={"delivery_way": "courier"}, handout={"way": "counter"})
    assert row.handout == "counter"
    with nothing_written(Application), pytest.raises(Refused) as refusal:
        actions.save_draft(by=clerk, application=row.pk, answers={"delivery_way": "owl"})
    assert [error.field for error in refusal.value.errors] == ["answers.delivery_way"]
    row = actions.save_draft(by=clerk, application=row.pk, answers={"delivery_way": ""})
    assert row.handout == ""  # taken back
    actions.save_draft(by=clerk, application=row.pk, handout={"way": "counter"})
    row = actions.save_draft(by=clerk, application=row.pk, answers={"delivery_way": ""})
    assert row.handout == "counter"  # left open it takes back nothing
    actions.save_draft(by=clerk, application=row.pk, answers=told)
    actions.receive(by=clerk, application=row.pk)
    actions.accept(by=clerk, application=row.pk)
    assert [fee["name"] for fee in Document.objects.get(root_id=row.pk, kind="acceptance").payload["fees"]] == ["邮寄费"]


def test_kept_by_halves_and_asked_once(world):
    citizen = make.actor("enterprise")
    row = make.from_home(submit=False)
    asked = {one["element"] for one in compile_plan(make.FOOD, {}, make.today())["elements"]}
    assert {"delivery_way", "delivery_address"} <= asked - {one["element"] for one in row.plan["elements"]}
    with nothing_written(Application), pytest.raises(Refused):
        actions.save_draft(by=citizen, application=row.pk, handout={"way": "courier", "phone": "12"})
    row = actions.save_draft(by=citizen, application=row.pk, handout={"way": "courier"})
    with nothing_written(Application), pytest.raises(Refused) as refusal:
        actions.receive(by=citizen, application=row.pk)
    assert [error.field for error in refusal.value.errors] == ["handout.address"]
    # A program that answers the catalogue's own question says the same.
    old = {"delivery_way": "courier", "delivery_address": PARCEL["address"]}
    row = actions.save_draft(by=citizen, application=row.pk, answers=old)
    assert (row.handout, row.recipient_address) == (
        "courier",
        PARCEL["address"],
    ) and not old.keys() & row.answers.keys()
    row = actions.receive(by=citizen, application=row.pk)
    assert row.parcel == (row.applicant_name, make.MOBILE, PARCEL["address"])
    assert row.handout_label == "快递送达"


def test_changed_until_it_is_handed_out(world):
    citizen, issue = make.actor("enterprise"), make.actor("cixi-issue")
    member = make.sealed()
    case = member.application
    with nothing_written(Application), pytest.raises(Refused):
        actions.choose_handout(by=citizen, application=case.pk, **{**PARCEL, "address": ""})
    row = actions.choose_handout(by=citizen, application=case.pk, **PARCEL)
    event = Event.objects.filter(chain=row.chain).latest("seq")
    assert event.name == "application.choose_handout"
    assert event.facts == {"way": "courier", "fields": ["handout", "recipient", "recipient_address", "recipient_phone"]}
    seen = Event.objects.count()
    actions.choose_handout(by=issue, application=case.pk, **PARCEL)  # nothing new: nothing is told
    assert Event.objects.count() == seen
    assert reveal(by=issue, subject=row, field="handout.address", reason="核对收件地址") == PARCEL["address"]
    with nothing_written(Application), pytest.raises(Forbidden):
        reveal(by=make.actor("scjg-reviewer"), subject=row, field="handout.address", reason="看看地址")
    row = actions.choose_handout(by=make.actor("cixi-clerk"), application=case.pk, way="counter")
    assert row.recipient_address == row.recipient == row.recipient_phone == ""
    actions.hand_over(by=issue, application=case.pk, members=[member.pk], collection=make.collection())
    with nothing_written(Application), pytest.raises(WrongState):
        actions.choose_handout(by=citizen, application=case.pk, **PARCEL)


def retired(issue: str) -> Application:
    """退休 by courier: of its two results one may be sent, the other may not."""
    case = make.accepted("retire", situations={"has_fund": False}, applicant=RETIRED)
    Application.objects.filter(pk=case.pk).update(issue=issue)
    actions.choose_handout(by=make.actor("cixi-clerk"), application=case.pk, **PARCEL)
    for code in ("retirement", "medical-insurance-retire-change"):
        case = decide(case, code)
        seal(case.members.get(code=code))
    make.deliver_all()
    return case


def now_told(case: Application) -> tuple[str, str, str]:
    return tracking.track(case.number, make.MOBILE).now


@pytest.mark.parametrize("issue", ["as_ready", "together"])
def test_nobody_waits_at_home_for_what_may_not_be_sent(world, issue):
    """Page, story and message say which result comes and which has to be fetched; the rest is told as it goes."""
    case = retired(issue)
    sent, kept = case.members.get(code="retirement"), case.members.get(code="medical-insurance-retire-change")
    fetch = f"“{kept.name}”的结果不能寄，请带身份证件和收件凭证到慈溪市统一出件窗口领取。"
    slip = Document.objects.get(root_id=case.pk, kind="pickup_slip")
    assert [line["item"] for line in slip.payload["results"]] == [kept.name]
    assert slip.payload["hours"] == kept.definition["contact"]["hours"]
    elsewhere = Application(pk=case.pk, plan=case.plan, lead=case.lead, region_id="330203", applicant=case.applicant, number=case.number)  # 全城通办
    assert papers.pickup_slip(elsewhere, [kept], [], make.actor("cixi-issue"), today()).hours == ""  # the guide's are another hall's
    assert now_told(case) == ("结果已办好。", "出件窗口", f"{fetch}其余的：{next_step.SENT.removeprefix('不用做什么，')}")
    told = {row.title: row.text for row in Message.objects.filter(root_id=case.pk)}
    story = {line.title: line.detail for line in tracking.track(case.number, make.MOBILE).story}
    if issue == "together":
        assert fetch.removesuffix("。") in told["全部办好，准备寄出：退休"] and "按您留的地址寄出" in told["全部办好，准备寄出：退休"]
        assert fetch.removesuffix("。").replace("慈溪市统一", "") in story["全部办好，可以领取"]
    else:
        assert "按您留的地址寄出" in told[f"已办好，准备寄出：{sent.name}"] and "窗口领取。" in told[f"可以领取了：{kept.name}"]
        assert story[f"{kept.name}：结果已到出件窗口"] == "请带身份证件和收件凭证到出件窗口领取。"
    with nothing_written(Application), pytest.raises(Refused, match="的结果不能寄"):
        actions.dispatch(by=make.actor("cixi-issue"), application=case.pk, members=[sent.pk, kept.pk])
    parcel = actions.dispatch(by=make.actor("cixi-issue"), application=case.pk, members=[sent.pk])
    what, _, todo = now_told(case)
    assert what == "结果已办好，有的交给了快递：结果已交寄，等快递公司接单。" and todo.startswith(fetch) and "请留意快递" in todo
    actions.decline(parcel=parcel.pk, reason="地址不在派送范围")
    make.deliver_all()
    back = Message.objects.get(root_id=case.pk, title__startswith="没有送达")
    assert back.text.startswith("快递公司不收，结果由出件窗口处理")  # the courier named once


def test_where_all_is_sent_there_is_no_slip_to_fetch_it_with(world, monkeypatch):
    monkeypatch.setattr(one_thing, "way_of", lambda row, code: "courier")
    case = retired("together")
    assert not Document.objects.filter(root_id=case.pk, kind="pickup_slip").exists()
    assert Event.objects.get(chain=case.chain, name="application.announce").facts["kept"] == []


def test_who_chose_a_courier_is_told_when_other_answers_leave_nothing_to_be_sent(world, monkeypatch):
    """He waited at home for what he had to fetch."""
    row = make.received("retire", situations={"has_fund": False}, applicant=RETIRED)
    actions.choose_handout(by=make.actor("cixi-clerk"), application=row.pk, **PARCEL)
    make.deliver_all()
    monkeypatch.setattr(recompiling, "ways", lambda plan: [handout.HandOut.COUNTER])
    row = actions.correct(by=make.actor("cixi-clerk"), application=row.pk, reason="情形录错了", situations={"has_fund": True})
    assert (row.handout, row.recipient, row.recipient_address) == ("", "", "")
    make.deliver_all()
    told = Message.objects.filter(root_id=row.pk).latest("pk")
    assert told.party_id == row.applicant_id and told.title == f"改为到窗口领取：{row.name}" and "慈溪市统一出件窗口领取" in told.text
    assert PARCEL["address"] not in str(Event.objects.filter(chain=row.chain).latest("seq").facts)
    story = {line.title: line.detail for line in tracking.track(row.number, make.MOBILE).story}
    assert story["领取方式已登记"] == "情形更正以后，结果不能寄：窗口自取。"
