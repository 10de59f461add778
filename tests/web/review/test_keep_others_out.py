"""Who does not belong here: wrong post, other department, sister node, citizen, stranger; and input that means harm."""

from datetime import timedelta

import pytest
from django.urls import reverse

from apps.applications import actions
from apps.applications.models import Job, Note
from apps.directory import actions as directory
from apps.directory.models import Post, Reveal
from apps.issuance.models import Document
from apps.journal.actor import SYSTEM
from apps.kit.time import now, today
from tests import make, people
from tests.people import nothing_written

pytestmark = pytest.mark.django_db
LISTS = ["review:home", "review:countersign", "review:done", "review:export", "review:router"]
REASON = {"reason": "理由写得很清楚。"}
ACTS = {
    "claim": {},
    "conclude": {"recommendation": "grant", "opinion": "材料齐全，符合条件。"},
    "note": {"text": "一条备注。"},
    "reveal": {"field": "contact_mobile", **REASON},
    "return": REASON,
    "hearing": {"held_on": "2017-09-01", "record": "主持人甲，参加人乙，笔录如下。"},
    "reassign": {"assignee": "1", **REASON},
    "send_back": REASON,
    "decide": {"decision": "grant", **REASON},
    "reroute": {"department": "wsjs", **REASON},
}
FORMS = ["return", "hearing", "reassign", "send_back", "decide", "reroute"]


def act(client, name: str, job: Job, sent: dict | None = None):
    return client.post(reverse(f"review:{name}", args=[job.pk]), ACTS[name] if sent is None else sent)


@pytest.fixture(params=["assigned", "in_hand", "concluded"])
def job(request, world) -> Job:
    if request.param == "assigned":
        return make.job_of(make.accepted())
    return make.claimed() if request.param == "in_hand" else make.concluded()


class TestWrongPost:
    @pytest.mark.parametrize("username", ["cixi-clerk", "cixi-issue", "scjg-seal", "cixi-admin", "cixi-auditor"])
    def test_no_page_and_no_act(self, at, username):
        job = make.claimed()
        client = at(username)
        for name in LISTS:
            assert client.get(reverse(name)).status_code == 403, name
        assert client.get(reverse("review:job", args=[job.pk])).status_code == 403
        with nothing_written(Job, Note, Document, Reveal):
            for name in ACTS:
                assert act(client, name, job).status_code == 403, name

    def test_citizen_and_stranger(self, at, client):
        job = make.claimed()
        for name in LISTS:
            assert client.get(reverse(name))["Location"].startswith("/account/?next=")
        with nothing_written(Job, Note, Document, Reveal):
            for name in ACTS:
                assert act(client, name, job).status_code == 302

    @pytest.mark.parametrize(
        "username,refused",
        [
            ("scjg-reviewer2", ["reassign", "send_back", "decide", "reroute"]),
            ("scjg-head", ["claim", "conclude", "return", "hearing", "reroute"]),
            ("cixi-supervisor", ["claim", "conclude", "return", "hearing", "reassign", "send_back", "decide"]),
        ],
    )
    def test_everybody_keeps_to_his_own_acts(self, at, job, username, refused):
        client = at(username)
        with nothing_written(Job, Document):
            for name in refused:
                answer = act(client, name, job)
                assert answer.status_code == 403, name
                assert "您的岗位不能" in answer.text or "岗位使用" in answer.text, name
                if name in FORMS:
                    assert client.get(reverse(f"review:{name}", args=[job.pk])).status_code == 403, name

    def test_buttons_of_others_are_not_shown(self, at):
        job = make.concluded()
        assert "准予…" not in at("scjg-reviewer").get(reverse("review:job", args=[job.pk])).text
        assert "提交给负责人" not in at("scjg-head").get(reverse("review:job", args=[job.pk])).text
        seen = at("cixi-supervisor").get(reverse("review:job", args=[job.pk])).text
        assert "准予…" not in seen and "改派承办人" not in seen


class TestOtherDepartmentAndSisterNode:
    @pytest.mark.parametrize("username", ["wsjs-reviewer", "wsjs-head", "nb-scjg-reviewer", "nb-scjg-head"])
    def test_the_case_does_not_exist_for_them(self, at, job, username):
        client = at(username)
        assert client.get(reverse("review:job", args=[job.pk])).status_code == 404
        assert job.application.number not in client.get(reverse("review:home")).text
        with nothing_written(Job, Note, Document, Reveal):
            for name in ACTS:
                if name != "reroute":
                    answer = act(client, name, job)
                    assert answer.status_code == 404, name
                    assert job.application.number not in answer.text and "一味" not in answer.text

    def test_supervisor_of_a_sister_node(self, at):
        job = make.job_of(make.accepted())
        actions.return_to_router(by=make.actor("scjg-reviewer"), job=job.pk, reason="不属于本局职责。")
        client = at("cixi-supervisor")
        assert len(client.get(reverse("review:router")).context["page"].rows) == 1
        other = people.account(node="330281", username="yuyao-supervisor")
        directory.give_post(by=SYSTEM, user=other, role="supervisor", region="330281")
        sister = at("yuyao-supervisor")
        assert sister.get(reverse("review:router")).context["page"].rows == []
        with nothing_written(Job):
            assert act(sister, "reroute", job).status_code == 404


class TestHostileInput:
    @pytest.mark.parametrize("pk", ["0", "99999999999999999999999999", "9223372036854775808"])
    def test_numbers_beyond_everything(self, at, pk):
        client = at("scjg-reviewer")
        assert client.get(f"/review/{pk}/").status_code == 404
        for name in ("claim", "opinion", "note", "return", "decide"):
            answer = client.post(f"/review/{pk}/{name}/", ACTS["conclude"] | ACTS["note"] | ACTS["decide"])
            assert answer.status_code in (403, 404), name
        assert client.get(f"/why/{pk}/").status_code == 404
        assert client.get(f"/files/document/{pk}/").status_code == 404
        assert client.get(f"/files/attachment/{pk}/").status_code == 404

    @pytest.mark.parametrize(
        "junk",
        ["\x00", "<script>alert(1)</script>" * 300, "😀" * 80, "'; --", "9" * 60],
        ids=["nul", "script", "astral", "quote", "digits"],
    )
    def test_never_a_fault_of_ours(self, at, junk):
        job = make.claimed()
        for username in ("scjg-reviewer", "scjg-head", "cixi-supervisor"):
            client = at(username)
            for name in ACTS:
                answer = act(client, name, job, dict.fromkeys([*ACTS[name], "once", "wording", "look"], junk))
                assert answer.status_code < 500 and "<script>alert" not in answer.text, name

    def test_only_by_post(self, at):
        job = make.claimed()
        client = at("scjg-reviewer")
        for name in ("claim", "conclude", "note", "reveal"):
            assert client.get(reverse(f"review:{name}", args=[job.pk])).status_code == 405
        for name in ("claim_many", "save_view", "forget_view"):
            assert client.get(reverse(f"review:{name}")).status_code == 405

    def test_without_the_token_of_the_form(self, at):
        job = make.claimed()
        client = at("scjg-reviewer")
        client.handler.enforce_csrf_checks = True
        with nothing_written(Job):
            assert act(client, "conclude", job).status_code == 403


class TestRouter:
    def test_who_has_nobody_is_marked_before_work_is_sent_there(self, at):
        job = make.job_of(make.accepted())
        actions.return_to_router(by=make.actor("scjg-reviewer"), job=job.pk, reason="属于卫生部门的职责。")
        page, mark = reverse("review:reroute", args=[job.pk]), "（现在没有审批人员）"
        nobody = at("cixi-supervisor").get(page).text
        assert f"慈溪市卫生和计划生育局{mark}" not in nobody
        Post.objects.filter(department="wsjs", role="reviewer").update(valid_from=today() - timedelta(days=9), valid_to=today() - timedelta(days=1))
        assert at("cixi-supervisor").get(page).text.count(mark) == nobody.count(mark) + 1

    def test_sent_to_the_right_department(self, at):
        job = make.job_of(make.accepted())
        actions.return_to_router(by=make.actor("scjg-reviewer"), job=job.pk, reason="属于卫生部门的职责。")
        client = at("cixi-supervisor")
        answer = client.get(reverse("review:router"))
        assert job.application.number in answer.text
        rooms = [[room["text"] for room in page.context["side"]] for page in (answer, client.get(reverse("oversight:stuck")))]
        assert rooms[0] == rooms[1]  # whatever he reads at this desk
        asked = client.get(reverse("review:reroute", args=[job.pk])).text
        assert "属于卫生部门的职责。" in asked and 'value="scjg"' in asked and "仍由原部门办理" in asked
        assert act(client, "reroute", job, {"department": "nb-scjg", **REASON}).status_code == 422
        assert act(client, "reroute", job, {"department": "", "reason": ""}).status_code == 422
        assert act(client, "reroute", job)["Location"] == reverse("review:router")
        moved = Job.objects.get(pk=job.pk)
        assert (moved.state, moved.department_id) == ("assigned", "wsjs")
        assert at("wsjs-reviewer").get(reverse("review:job", args=[job.pk])).status_code == 200
        assert at("scjg-reviewer").get(reverse("review:job", args=[job.pk])).status_code == 404
        assert act(client, "reroute", job).status_code == 409
        again = client.get(reverse("review:reroute", args=[job.pk])).text  # from where it lies it goes elsewhere, or stays
        assert 'value="scjg"' in again and 'value="wsjs"' not in again and "仍由原部门办理" not in again
        assert "退回的理由" not in again and f"现在在{moved.department.name}" in again  # the reason was not this department's
        assert reverse("review:reroute", args=[job.pk]) in client.get(reverse("review:job", args=[job.pk])).text  # in dispute

    def test_two_routers_read_of_each_other(self, at):
        """The second one took it from where the first had just sent it, and neither knew."""
        job = make.job_of(make.accepted())
        actions.return_to_router(by=make.actor("scjg-reviewer"), job=job.pk, reason="属于卫生部门的职责。")
        page, client = reverse("review:reroute", args=[job.pk]), at("cixi-supervisor")
        sent = {"department": "gongan", **REASON, "once": "a", "seen": client.get(page).context["form"]["seen"].value()}
        actions.reroute(by=make.actor("city-supervisor"), job=job.pk, department="wsjs", reason="属于卫生计生的职责。")
        with nothing_written(Job):
            shown = client.post(page, sent)
        assert shown.status_code == 409 and "已经重新分办" in shown.text and Job.objects.get(pk=job.pk).department_id == "wsjs"
        again = sent | {"seen": shown.context["form"]["seen"].value()}
        assert [client.post(page, again).status_code for _ in range(2)] == [302, 302]

    def test_where_the_department_is_to_say_it_first_no_link_is_shown(self, at):
        job, client = make.job_of(make.accepted()), at("cixi-supervisor")
        page, link = reverse("review:job", args=[job.pk]), reverse("review:reroute", args=[job.pk])
        assert link not in client.get(page).text and act(client, "reroute", job).status_code == 409
        came_late = client.get(link)  # by a message about what has been sent on since
        assert came_late.status_code == 409 and "由承办部门先退回" in came_late.text
        assert link not in client.get(reverse("oversight:case", args=[job.application_id])).text
        Post.objects.filter(role="reviewer", department="scjg").update(ended_at=now())
        told = client.get(page).text
        assert link in told and "没有在岗的审批人员" in told
        case = client.get(reverse("oversight:case", args=[job.application_id])).text  # where he is led to by search and messages
        assert link in case and job.department.name in case.partition("监督办理")[2]
        assert act(client, "reroute", job)["Location"] == reverse("review:router")

    def test_what_was_in_hand_where_nobody_is_left_shows_the_way_on(self, at):
        job, client = make.claimed(), at("cixi-supervisor")
        page, link = reverse("review:job", args=[job.pk]), reverse("review:reroute", args=[job.pk])
        assert link not in client.get(page).text
        Post.objects.filter(role="reviewer", department="scjg").update(ended_at=now())
        told, desk = client.get(page).text, client.get(reverse("review:router")).text
        assert link in told and "由它重新审查" in told
        assert link in desk and "没有人办理的工作" in desk
        assert act(client, "reroute", job)["Location"] == reverse("review:router")

    def test_what_a_department_had_that_was_merged_away_goes_on_at_once(self, at):
        """Hundreds of pieces of work, each by a page of its own."""
        page, client = reverse("review:reroute_all"), at("cixi-supervisor")
        assert client.get(page)["Location"] == reverse("review:router")  # nothing lies where nobody is
        jobs = [make.job_of(make.accepted()), make.claimed()]
        Post.objects.filter(role="reviewer", department="scjg").update(ended_at=now())
        assert page in client.get(reverse("review:router")).text and "（2 件）" in client.get(page).text
        sent = {"left": "scjg", "department": "wsjs", "reason": "机构改革，职责划转"}
        for wrong in ({"reason": "改"}, {"department": "nb-scjg"}, {"department": "scjg"}, {"left": ""}):
            with nothing_written(Job):
                assert client.post(page, sent | wrong).status_code == 422
        assert [client.post(page, sent)["Location"] for _ in range(2)] == [reverse("review:router")] * 2
        assert {(job.department_id, job.state) for job in Job.objects.filter(pk__in=[job.pk for job in jobs])} == {("wsjs", "assigned")}
        told = client.get(reverse("review:router")).text
        assert "已重新分办 2 件" in told and "没有要重新分办的工作了" in told
