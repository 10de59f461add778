"""Who acts for an enterprise with many cases finds one among them, and what waits for him: not by turning pages."""

from django.urls import reverse

from apps.web.citizen import mine
from tests import make
from tests.web.citizen.test_apply_from_home import browser

WHERE = reverse("citizen:my")


def test_one_among_many_is_found(world, monkeypatch):
    monkeypatch.setattr(mine, "SIZE", 2)
    for _ in range(2):
        make.accepted()
    client = browser("enterprise")
    assert 'name="q"' not in client.get(WHERE).text  # one page: nothing to look for
    draft, other = make.from_home(submit=False), make.received()
    first = client.get(WHERE).text
    assert 'name="q"' in first and "下一页" in first
    listed = client.post(WHERE, {"q": "", "state": "draft,pre_returned"}, follow=True).text
    assert f"/my/{draft.pk}/" in listed and f"/my/{other.pk}/" not in listed and "清除" in listed
    found = client.post(WHERE, {"q": other.number, "state": ""}, follow=True)
    assert found.redirect_chain == [(f"{WHERE}?q={other.number}", 302)]
    assert f"/my/{other.pk}/" in found.text and f"/my/{draft.pk}/" not in found.text
    by_item = client.get(WHERE, {"q": draft.name[:4], "state": "in_progress,partly_done"}).text
    assert "下一页" not in by_item and f"/my/{draft.pk}/" not in by_item and by_item.count("</tr>") == 3
    assert "没有找到办件" in client.get(WHERE, {"q": "没有的事"}).text
    stranger = make.accepted(applicant={**make.APPLICANT, "name": "慈溪市别家餐饮有限公司", "id_number": "91330282MA2A00002N"})
    assert stranger.number not in client.get(WHERE, {"q": "别家"}).text  # nobody else's


def test_no_persons_number_gets_into_an_address(world):
    client = browser("enterprise")
    told = client.post(WHERE, {"q": f"找 {make.PERSON_ID}"})
    assert told.status_code == 422 and "不按身份证号找" in told.text and "没有找到办件" in told.text
    assert client.get(WHERE, {"state": "whatever"}).status_code == 422
    assert client.post(WHERE, {}).headers["Location"] == WHERE
