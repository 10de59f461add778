"""A draft that a clerk is typing is told as that to its applicant: nothing to fill in, nothing to hand in, no page that refuses it later."""

from apps.applications.models import Application
from tests import make
from tests.people import nothing_written
from tests.web.citizen.test_apply_from_home import browser


def test_it_is_shown_and_left_to_the_counter(world):
    row, own = make.draft(), browser("enterprise")
    assert "窗口正在录入" in own.get("/my/").text
    page = own.get(f"/my/{row.pk}/")
    assert page.status_code == 200 and "经过<" not in page.text and "窗口正在录入，还没有收件" in page.text and "不用做什么" in page.text
    for part in ("form/", "materials/", "check/", "submit", "discard/", "handout/", "contact/"):
        assert f"/my/{row.pk}/{part}" not in page.text, part
    with nothing_written(Application):
        for part in ("form/1/", "situations/", "materials/", "check/", "handout/", "discard/"):
            assert own.get(f"/my/{row.pk}/{part}").status_code in (403, 409), part
        for part in ("form/1/", "check/", "discard/", "handout/"):
            assert own.post(f"/my/{row.pk}/{part}", {"contact_mobile": "13900000000"}).status_code in (403, 409, 422), part
    begin = own.get(f"/apply/{row.code}/").text
    assert "窗口正在给您录入一份" in begin and "接着填</a>" not in begin and f'href="/my/{row.pk}/"' in begin
    assert f"/my/{make.from_home(submit=False).pk}/" in own.get("/my/").text and "接着填</a>" in own.get(f"/apply/{row.code}/").text
