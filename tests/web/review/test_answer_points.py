"""The opinion form of a case with a sector standard: every point asked, what was typed kept, the answers shown to the head."""

import pytest
from django.urls import reverse

from apps.applications.models import Job
from tests import make
from tests.people import nothing_written


@pytest.fixture
def job(standards):
    return make.fire_check()


def opened(client, username):
    client.force_login(make.user(username))
    return client


def text(response) -> str:
    return response.content.decode()


def test_from_the_reviewers_form_to_the_heads_page(client, job):
    page, url = reverse("review:job", args=[job.pk]), reverse("review:conclude", args=[job.pk])
    reviewer = opened(client, "xiaofang-reviewer")
    assert "对照行业标准逐项核查" in text(reviewer.get(page))
    sent = {"once": "a", "recommendation": "grant", "opinion": "经现场核查，符合条件。", "checks__two_exits": "unmet"}
    with nothing_written():
        refused = reviewer.post(url, sent)
    assert refused.status_code == 422
    assert text(refused).count("选择符合、不符合或不适用") == 6  # three points, at the field and in the summary
    for code in ("extinguishers", "smoke_alarm", "fire_training"):
        sent[f"checks__{code}"] = "met"
    with nothing_written():
        refused = reviewer.post(url, sent)
    assert "不符合，建议准予的须写明理由" in text(refused)
    worded = reviewer.post(url, sent | {"wording": "grant"}).context["forms"]["opinion"]
    assert worded["checks__two_exits"].value() == "unmet"
    done = reviewer.post(url, sent | {"checks__two_exits__note": "已拆除栏栅并复核"}, follow=True)
    assert "审查意见已提交" in text(done)
    head = opened(client, "xiaofang-head")
    for where in (page, reverse("review:decide", args=[job.pk])):
        assert all(words in text(head.get(where)) for words in ("对照《民宿行业准入审批标准》第 1 版", "已拆除栏栅"))
    colleague = Job.objects.get(application=job.application_id, member__code="hotel-special-licence")
    assert "已拆除栏栅" in text(opened(client, "gongan-head").get(reverse("review:job", args=[colleague.pk])))


def test_the_public_and_the_office_read_the_standard(client, standards):
    guide = text(client.get(reverse("citizen:guide", args=["open-homestay"])))
    assert reverse("citizen:standard", args=["homestay"]) in guide
    public = text(client.get(reverse("citizen:standard", args=["homestay"])))
    assert all(words in public for words in ("民宿行业准入审批标准", "旅馆业特种行业许可", "单栋客房不超过 15 间"))
    for address in ("nothing/", "homestay/?version=9"):
        assert client.get(f"/standards/{address}").status_code == 404
    office = opened(client, "cixi-catalogue")
    assert "餐饮行业准入审批标准" in text(office.get(reverse("catalogue:standards")))
    assert "核查要点" in text(office.get(reverse("catalogue:standard", args=["restaurant"])))
    same = office.get(reverse("catalogue:standard_differences", args=["restaurant"]) + "?old=1&new=1")
    assert "内容相同" in text(same)
