"""A question from a phone, answered by the department, published by its head, read by everybody: in a real browser, under axe."""

import pytest

from apps.feedback.models import Enquiry
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)


def test_asked_answered_published(phone, signed_in, axe):
    guide = f"/items/{make.FOOD}/"
    signed_in(phone, "citizen").goto(guide)
    phone.get_by_role("link", name="在线咨询").first.click()
    axe(phone)
    phone.get_by_role("button", name="提交问题").click()
    phone.locator("[data-error-summary]").wait_for()
    axe(phone)
    phone.locator("textarea[name=question]").fill("现场核查的时候要本人在吗？我叫王小明。")
    phone.get_by_role("button", name="提交问题").click()
    phone.get_by_text("待答复").first.wait_for()
    row = Enquiry.objects.get()

    signed_in(phone, "scjg-reviewer").goto("/feedback/questions/")
    axe(phone)
    phone.get_by_role("link", name="现场核查的时候要本人在吗").click()
    phone.locator("textarea[name=answer]").fill("可以委托他人在场。")
    phone.get_by_role("button", name="答复").click()
    phone.get_by_text("已答复").first.wait_for()

    signed_in(phone, "scjg-head").goto(f"/feedback/questions/{row.pk}/")
    axe(phone)
    phone.get_by_role("link", name="公开到常见问题").click()
    phone.locator("textarea[name=question]").fill("现场核查要本人在场吗？")
    phone.get_by_role("button", name="公开").click()
    phone.wait_for_url(f"**/feedback/questions/{row.pk}/")

    phone.context.clear_cookies()
    phone.goto(guide)
    phone.locator("summary", has_text="现场核查要本人在场吗？").click()
    phone.get_by_text("可以委托他人在场。").wait_for()
    assert "王小明" not in phone.content()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 375
