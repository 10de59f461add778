"""A program decides on what it has read: where that is another by now, it is told, and nothing is done."""

import pytest

from apps.applications import actions
from apps.applications.models import Job, Member
from apps.issuance.models import Document
from apps.journal.models import Event
from tests import make
from tests.people import nothing_written

pytestmark = pytest.mark.django_db


def test_another_opinion_than_the_head_has_read(call, standards):
    """The mark of what was concluded is the same in the answer, on the list and in the case, check points and all."""
    row = make.accepted("open-homestay", situations={"already_registered": True, "serves_meals": False})
    job = Job.objects.get(application=row, member__code="fire-check")
    reviewer, head = call("xiaofang-reviewer"), call("xiaofang-head")
    assert reviewer.post(f"jobs/{job.pk}/claim/")["opinion_mark"] == ""
    first = {"recommendation": "grant", "opinion": "材料齐全，符合条件。", "checks": make.checks(job)}
    assert first["checks"]
    read = reviewer.post(f"jobs/{job.pk}/conclude/", first)["opinion_mark"]
    listed = next(one for one in head.get("jobs/?queue=countersign")["results"] if one["id"] == job.pk)
    [shown] = [one for one in head.get(f"applications/{row.pk}/")["jobs"] if one["id"] == job.pk]
    assert read and read == listed["opinion_mark"] == shown["opinion_mark"].partition(".")[0]

    head.post(f"jobs/{job.pk}/send_back/", {"reason": "请核对场所面积和出口。"})
    now = reviewer.post(f"jobs/{job.pk}/conclude/", {**first, "opinion": "面积已经核对，符合条件。"})["opinion_mark"]
    with nothing_written(Member, Document, Event):
        told = head.post(f"jobs/{job.pk}/decide/", {"decision": "grant", "seen": read}, expect=409)["detail"]
    assert "重新提交过" in told
    assert head.post(f"jobs/{job.pk}/decide/", {"decision": "grant", "seen": now})["decision"] == "granted"


def test_other_answers_than_the_head_has_read_in_the_case(call):
    """The mark stood beside all that the certificate says and held him to the opinion alone."""
    job, head = make.claimed(), call("scjg-head")
    wrong = {"element": "premises_area", "problem": "与平面图上的面积不一致"}
    asked = actions.ask_in_review(by=make.actor("scjg-reviewer"), job=job.pk, gaps=[], fields=[wrong])
    actions.conclude(by=make.actor("scjg-reviewer"), job=job.pk, recommendation="grant", opinion="材料齐全，符合条件。")

    def read() -> str:
        [shown] = head.get(f"applications/{job.application_id}/")["jobs"]
        return shown["opinion_mark"]

    before = read()
    actions.mend(by=make.actor("enterprise"), application=job.application_id, supplement=asked.pk, answers={"premises_area": "9600"})
    with nothing_written(Member, Document, Event):
        told = head.post(f"jobs/{job.pk}/decide/", {"decision": "grant", "seen": before}, expect=409)["detail"]
    assert "更正过" in told and before.partition(".")[0] == read().partition(".")[0]
    assert head.post(f"jobs/{job.pk}/decide/", {"decision": "grant", "seen": read()})["decision"] == "granted"


def test_another_paper_than_the_desk_has_read(call):
    member, desk = make.collected(), call("cixi-issue")
    path = f"members/{member.pk}/reissue/"

    def certificate() -> int:
        papers = desk.get(f"applications/{member.application_id}/")["documents"]
        return next(paper["id"] for paper in papers if paper["kind"] == "certificate" and paper["state"] != "void")

    read = certificate()
    desk.post(path, {"reason": "证照遗失，登报声明", "seen": read})
    make.filed(member.application_id)
    actions.register_seal(by=make.actor("scjg-seal"), member=member.pk, seal_number="3302821000001")
    with nothing_written(Member, Document, Event):
        assert "重新制作过" in desk.post(path, {"reason": "证照遗失，登报声明", "seen": read}, expect=409)["detail"]
    desk.post(path, {"reason": "又一次遗失，登报声明", "seen": certificate()})
