"""Results that go by courier, at the issue desk: entered from the slip, signed for, or come back."""

from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from apps.applications import actions
from apps.applications.models import Member, Parcel
from apps.directory.models import Reveal
from apps.issuance.models import HandOver
from apps.issuance.paper import to_html
from apps.journal.models import Event
from apps.kit.days import day_cn
from apps.kit.time import BEIJING, now, today
from tests import make
from tests.api.client import Caller
from tests.applications.test_choose_handout import retired
from tests.people import nothing_written

from .test_hand_over_results import HOME, PERSON, address, sent

pytestmark = pytest.mark.django_db


def test_sent_by_courier_and_entered_from_the_slip(at):
    member, desk, place = make.sealed(), at("cixi-issue"), "慈溪市白沙路街道三北大街2299号"
    case = member.application_id
    assert "约快递" not in desk.get(address(member)).text  # he wants it at the counter
    wrong = desk.post(reverse("issue:dispatch", args=[case]), {"members": [member.pk]})
    assert wrong.status_code == 422 and "申请人没有选快递送达" in wrong.text
    assert "选快递送达的必填" in desk.get(reverse("issue:handout", args=[case])).text  # the box stands there whatever is chosen, without a script
    chosen = desk.post(reverse("issue:handout", args=[case]), {"handout__way": "courier", "handout__address": place})
    assert chosen["Location"] == address(member)
    page = desk.get(address(member)).text
    assert "约快递，寄出" in page and place not in page
    revealed = desk.post(reverse("issue:reveal", args=[case]), {"field": "handout.address", "reason": "核对面单地址"})
    assert place in revealed.text and Reveal.objects.get().field == "handout.address"
    gone = desk.post(reverse("issue:dispatch", args=[case]), {"members": [member.pk]})
    assert "等运单号" in desk.get(gone["Location"]).text
    parcel = Parcel.objects.get()
    assert "没有找到快递" in desk.get(reverse("issue:parcels"), {"q": "-"}).text  # no parcel's number, though this one has none yet
    actions.take_waybill(parcel=parcel.pk, waybill="YT1")
    assert "YT1" in desk.get(reverse("issue:parcels")).text
    # Who has the slip that came back in his hand finds its parcel among all that were sent.
    number, listed = parcel.application.number, lambda **given: desk.get(reverse("issue:parcels"), given)
    assert all(number in listed(q=words).text for words in ("YT1", number.lower(), f" {number} "))
    assert "没有找到快递" in listed(q="YT").text and number not in listed(q="YT1", state="signed").text
    assert listed(state="lost").status_code == 422 and number in listed(state=",".join(Parcel.OPEN)).text
    where = reverse("issue:parcels")
    assert all(number in listed(q=words).text for words in ("yt1", "ＹＴ１", "yt 1", f"{number[:6]}-{number[6:]}"))  # as slips print and hands type
    assert desk.post(where, {"q": "YT1", "state": ""})["Location"] == f"{where}?q=YT1" and desk.post(where, {})["Location"] == where
    person = desk.post(where, {"q": make.PERSON_ID})  # in an address it would stay in logs
    assert person.status_code == 422 and "不按身份证号找" in person.text and number not in person.text
    assert '<form class="filters" method="post"' in person.text
    at_home = at("enterprise").get(reverse("citizen:mine", args=[case])).text
    assert "YT1" in at_home and "等快递员揽收" in at_home
    with nothing_written(Member, Parcel, HandOver):
        early = desk.post(gone["Location"], {"status": "signed", "on": "2017-01-01"})
        assert early.status_code == 422 and "日期不能早于寄出那天" in early.text and 'href="#id_on"' in early.text
        crossed = desk.post(gone["Location"], {"status": "signed", "on": today().isoformat(), "reason": "搬走了"})
        assert crossed.status_code == 422 and "没有签收的请改选" in crossed.text
        caller, long_ago = Caller("cixi-issue"), {"status": "signed", "at": "2017-01-01T09:00:00+08:00"}
        told = caller.post(f"parcels/{parcel.pk}/enter_status/", long_ago, expect=422)
        assert [error["field"] for error in told["errors"]] == ["at"]
    assert desk.post(gone["Location"], {"status": "signed", "on": today().isoformat()}).status_code == 302
    served = Member.objects.get(pk=member.pk)
    line = HandOver.objects.get()
    assert (served.state, served.served_on, line.method) == ("served", today(), "mail")
    assert parcel.at <= line.at <= now()  # not an hour before it was sent, or still to come
    told, handed = to_html(line.receipt), desk.get(reverse("issue:handed", args=[line.pk])).text
    assert f"<th>送达时间</th><td>{day_cn(today())}</td>" in told and f"<dt>送达日</dt><dd>{day_cn(today())}</dd>" in handed
    register, sheet = desk.get(reverse("issue:register")).text, desk.get(reverse("issue:register_export")).content
    hour = f"{line.at.astimezone(BEIJING):%H:%M}"  # the slip told the day: nobody knows the hour
    assert "邮寄签收" in register and f">{hour}<" not in register and "<dt>时间</dt>" not in handed
    rows = load_workbook(BytesIO(sheet)).active.iter_rows(min_row=3, max_col=1, values_only=True)
    assert {f"{cell:%H%M}" for (cell,) in rows} == {"0000"}
    with nothing_written(Member, Parcel, HandOver):  # from a page that was open before
        late = desk.post(gone["Location"], {"status": "returned", "on": today().isoformat(), "reason": "没人"})
    assert late.status_code == 409 and "不能再这样登记" in late.text and "手工登记" not in late.text


def test_who_signed_is_told_at_the_desk_and_what_came_back_at_home(at):
    member, desk = make.sealed(), at("cixi-issue")
    case = member.application_id
    way = {"handout__way": "courier", "handout__address": "慈溪市白沙路街道三北大街2299号"}
    desk.post(reverse("issue:handout", args=[case]), way)

    def mine() -> str:
        return at("enterprise").get(reverse("citizen:mine", args=[case])).text

    def send(**slip) -> str:
        gone = desk.post(reverse("issue:dispatch", args=[case]), {"members": [member.pk]})["Location"]
        actions.take_waybill(parcel=Parcel.objects.latest("pk").pk, waybill=f"YT{Parcel.objects.count()}")
        return desk.post(gone, {"on": today().isoformat(), **slip}, follow=True).text

    assert "会按您留的地址寄出" in mine()
    send(status="returned", reason="地址无人")
    assert "快递没有送达" in mine() and "请核对收件地址" in mine() and "会按您留的地址寄出" not in mine()
    blind = "上一次寄到这个地址没有送达：地址无人。"
    assert blind in desk.get(address(member)).text  # sent again to the same door it comes back again
    desk.post(reverse("issue:handout", args=[case]), way | {"handout__address": "慈溪市白沙路街道三北大街2301号"})
    assert blind not in desk.get(address(member)).text
    desk.post(reverse("issue:handout", args=[case]), way)
    assert "上次：已退回" in desk.get(reverse("issue:home")).text and "文书不在窗口" not in desk.get(address(member)).text
    send(status="lost", reason="中转站失火，派送员 13905740009；收件地址慈溪市白沙路街道三北大街2299号")
    kept = Event.objects.get(name="parcel.lose").facts["reason"]  # for ever, and read by who tracks: as what the courier says
    assert kept == Parcel.objects.latest("pk").problem == "中转站失火，派送员 139****0009；收件地址慈溪市白沙路街道****"
    for chosen in (way, {"handout__way": "counter"}, way):  # whoever opens it, and also when the applicant comes for it himself
        desk.post(reverse("issue:handout", args=[case]), chosen)
        page = desk.get(address(member)).text
        assert "寄出的文书不在窗口" in page and f"“{member.name}”：请打开文书重新打印" in page
        assert "已经重新打印、盖章的，直接交付" in page  # nobody knows of it here: as it stood he who had done it was to do it again
        assert ("请先问好出件窗口再来" in mine()) is (chosen is not way)
    assert "门**陈" in send(status="signed", signed_by="门卫老陈")
    assert "快递没有送达，结果" not in mine()


def test_how_each_result_goes_out_and_why_nothing_is_left(at):
    """In the list, on the case's page and after: what may not be sent is not told as sent, and what is on its way not as fetched."""
    case = retired("as_ready")
    sent_out, kept = case.members.get(code="retirement"), case.members.get(code="medical-insurance-retire-change")
    page, desk = address(kept), at("cixi-issue")
    assert {row.pk: row.way_label for row in desk.get(HOME).context["page"].rows} == {sent_out.pk: "快递送达", kept.pk: "窗口自取"}
    for who, where in (("cixi-issue", page), ("cixi-clerk", reverse("counter:case", args=[case.pk]))):
        assert "不能寄，到窗口领取" in at(who).get(where).text
    actions.dispatch(by=make.actor("cixi-issue"), application=case.pk, members=[sent_out.pk])
    known = sent(kept, relation="self", collector_name="王小明", signature="王小明", id_number=PERSON["id_number"])
    assert desk.post(page, known).status_code == 302
    left = desk.get(page).context["nothing"]
    assert left == "有结果已经交给快递，见左边的“快递”。结果已经领取或者送达。"


def test_a_units_name_is_no_secret_on_its_parcel(at):
    member = make.sealed()
    place = "慈溪市白沙路街道三北大街2299号"
    actions.choose_handout(by=make.actor("cixi-clerk"), application=member.application_id, way="courier", address=place)
    shown = {row["name"]: (row["value"], row["field"]) for row in at("cixi-issue").get(address(member)).context["handout"]}
    assert shown["收件人"] == ("慈溪市一味餐饮有限公司", None) and shown["收件地址"][1] == "handout.address"
