"""联合踏勘 with a phone in the hand, 375 px wide: the day is proposed and fixed, the sheet filled in on the spot and signed, the
list made, the second look arranged; every page under the accessibility checker, none wider than the screen."""

import pytest

from apps.applications import actions, queries_inspection
from apps.applications.models import Inspection, InspectionPhoto
from apps.kit import files
from tests import inspection_make as im
from tests.days import Days

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def test_a_visit_from_the_call_to_the_second_look(phone, signed_in, axe, time_machine):
    def look():
        axe(phone)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 375, phone.url

    visit = im.planned()
    lead, others = visit.organiser_id, [name for name in visit.departments if name != visit.organiser_id]
    slots = queries_inspection.slots(visit)
    for department in others:
        named = im.officers(department)
        actions.offer_times(by=im.reviewer(department), inspection=visit.pk, times=slots[2:9], officers=named)
    signed_in(phone, f"{lead}-reviewer").goto("/review/inspections/")
    look()
    phone.get_by_role("link", name="时间未定").click()
    for slot in slots[:4]:
        phone.locator(f"[name=times][value='{slot}']").check()
    for place, officer in enumerate(im.officers(lead)):
        for key, value in officer.items():
            phone.locator(f"[name=officers__{place}__{key}]").fill(value)
    look()
    phone.get_by_role("button", name="报空闲时间").click()
    phone.get_by_text("已报空闲时间").wait_for()
    assert phone.locator(f"[name=slot][value='{slots[2]}']").is_checked()  # the proposal
    phone.locator("[name=place]").fill(im.PLACE)
    look()
    phone.get_by_role("button", name="确定时间和地点").click()
    phone.get_by_text("已通知申请人").first.wait_for()

    visit = Inspection.objects.get(pk=visit.pk)
    Days(time_machine).at(visit.visit_on)
    signed_in(phone, f"{lead}-reviewer").goto("/review/inspections/")
    phone.get_by_role("link", name=visit.when).click()
    phone.get_by_role("link", name="打开踏勘记录").click()
    phone.locator("[name=findings__0__verdict][value=problem]").check()
    phone.locator("[name=findings__0__words]").fill("二楼疏散通道堆放杂物。")
    look()
    phone.get_by_role("button", name="保存检查记录").click()
    phone.locator("[name=file]").set_input_files({"name": "stairs.png", "mimeType": "image/png", "buffer": im.PNG})
    phone.locator("[name=caption]").fill("二楼疏散通道")
    phone.get_by_role("button", name="上传照片").click()
    phone.get_by_role("link", name="二楼疏散通道").wait_for()
    assert InspectionPhoto.objects.get().scan == "clean"
    for department in others:
        actions.record_findings(by=im.reviewer(department), inspection=visit.pk, findings=im.FINDINGS)
    phone.locator("[name=signature]").fill("陈大民")
    pad = phone.locator("canvas.pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    phone.mouse.move(box["x"] + 20, box["y"] + 20)
    phone.mouse.down()
    phone.mouse.move(box["x"] + 140, box["y"] + 60, steps=4)
    phone.mouse.up()
    look()
    phone.get_by_role("button", name="登记踏勘完成").click()
    phone.get_by_text("已签名：陈大民").wait_for()
    drawn = Inspection.objects.get(pk=visit.pk).signature_image.split()[0]
    assert files.read(drawn).startswith(b"\x89PNG")

    phone.locator("[name=result][value=rectify]").check()
    phone.locator("[name=words]").fill("疏散通道不畅，清理后复查。")
    phone.locator("[name=lines]").fill("清理二楼疏散通道\n补贴疏散指示标志")
    look()
    phone.get_by_role("button", name="出具结论").click()
    phone.get_by_text("本部门结论已出具").wait_for()
    for department in others:
        im.conclude(visit, department)
    phone.get_by_role("link", name="返回踏勘安排").click()
    look()
    phone.locator("[name=slot]").select_option(queries_inspection.slots(visit)[0])
    phone.get_by_role("button", name="安排复查并通知申请人").click()
    phone.get_by_text("第 2 次").first.wait_for()
    assert Inspection.objects.get(pk=visit.pk).round == 2
    assert phone.faults == []


def test_what_was_noted_is_not_lost_to_a_photo(phone, signed_in, time_machine):
    """A problem is written down and photographed at once: the upload brought the page anew, without what had not been saved; after a
    refused one nobody could sign by hand."""
    visit = im.notified()
    Days(time_machine).at(visit.visit_on)
    signed_in(phone, f"{visit.organiser_id}-reviewer").goto(f"/review/inspections/{visit.pk}/sheet/")

    def send(name: str, content: bytes) -> None:
        phone.locator("[name=file]").set_input_files({"name": name, "mimeType": "image/png", "buffer": content})
        phone.get_by_role("button", name="上传照片").click()
        phone.wait_for_selector("progress", state="detached")

    send("stairs.png", b"no picture")
    phone.get_by_text("只接收 JPG、PNG 图片").first.wait_for()
    assert phone.locator("canvas.pad").is_visible()
    verdict, words = phone.locator("[name=findings__0__verdict][value=problem]"), phone.locator("[name=findings__0__words]")
    verdict.check()
    words.fill("二楼疏散通道堆放杂物。")
    for name, content, told in (("a.png", b"no picture", "只接收 JPG、PNG 图片"), ("b.png", im.PNG, "照片已上传")):
        send(name, content)
        phone.locator("#photos").get_by_text(told).first.wait_for()
        assert verdict.is_checked() and words.input_value() == "二楼疏散通道堆放杂物。"
    assert phone.locator("#recorded .scans li").count() == InspectionPhoto.objects.count() == 1
    asked = []
    phone.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    with phone.expect_event("dialog"):
        phone.get_by_role("link", name="返回踏勘安排").click(no_wait_after=True)
    assert asked == ["beforeunload"] and words.input_value()
