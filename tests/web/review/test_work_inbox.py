"""The department's inbox: due first, narrowed by filters, kept views, claimed in bulk, exported masked."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from django.urls import reverse

from apps.applications import actions, queries_review
from apps.applications.models import Application, Job, Member
from apps.directory import actions as directory
from apps.directory.models import Message
from apps.journal.actor import SYSTEM
from apps.kit.time import now, today
from tests import make

pytestmark = pytest.mark.django_db
INBOX = "/review/"
PERSON = {"kind": "person", "name": "王小明", "id_number": "330203199001010014", "mobile": "13805740002"}


def listed(answer) -> list[int]:
    assert answer.status_code == 200
    return [row["job"].pk for row in answer.context["rows"]]


def due(job: Job, days: int, light: str = "green") -> Job:
    """Moves the shown date as a clock's light would (light_changed writes these columns)."""
    Job.objects.filter(pk=job.pk).update(due_on=today() + timedelta(days), light=light)
    return job


class TestOrder:
    def test_due_first_and_without_date_last(self, at):
        late, soon, paused = (make.job_of(make.accepted()) for _ in range(3))
        due(late, 9), due(soon, 1, "red")
        Job.objects.filter(pk=paused.pk).update(due_on=None)
        assert listed(at("scjg-reviewer").get(INBOX)) == [soon.pk, late.pk, paused.pk]

    def test_pages_show_every_row_once(self, at, monkeypatch):
        from apps.web.review import inbox

        jobs = [make.job_of(make.accepted()) for _ in range(5)]
        Job.objects.filter(pk=jobs[0].pk).update(due_on=None)
        whole = inbox.keyset_page
        monkeypatch.setattr(inbox, "keyset_page", lambda rows, order, token: whole(rows, order, token, size=2))
        client, seen, token = at("scjg-reviewer"), [], ""
        while token is not None:
            answer = client.get(INBOX, {"page": token} if token else {})
            seen += listed(answer)
            token = answer.context["page"].next
        assert sorted(seen) == sorted(job.pk for job in jobs) and seen[-1] == jobs[0].pk

    def test_page_token_of_another_list_is_told(self, at):
        make.collected()
        assert at("scjg-reviewer").get(INBOX, {"page": "made-up"}).status_code == 422

    def test_head_has_a_queue_of_opinions(self, at):
        make.claimed()
        waiting = make.concluded()
        client = at("scjg-head")
        assert listed(client.get(reverse("review:countersign"))) == [waiting.pk]
        assert at("scjg-reviewer").get(reverse("review:countersign")).status_code == 403

    @pytest.mark.parametrize("username", ["scjg-reviewer", "scjg-head"])
    def test_numbers_at_the_side_count_the_lists_that_they_open(self, at, username):
        make.job_of(make.accepted()), make.claimed(), make.concluded(applicant=PERSON)
        client = at(username)
        counted = {link["href"]: link["count"] for link in client.get(INBOX).context["side"] if link["count"] is not None}
        assert len(counted) == (4 if username == "scjg-reviewer" else 3)
        assert {href: len(listed(client.get(href))) for href in counted} == counted

    def test_who_heads_another_department_counts_no_opinion_of_this_one(self, world):
        make.concluded()
        both = replace(make.actor("scjg-reviewer"), posts=make.actor("scjg-reviewer").posts + make.actor("yancao-head").posts)
        assert queries_review.inbox_counts(both)["concluded"] == 0 == queries_review.countersign_queue(both).count()

    @pytest.mark.parametrize("mine_first", [True, False])
    def test_a_desk_with_more_of_one_still_counts_all_of_another(self, world, monkeypatch, mine_first):
        """Of a thousand rows read for all of them, whichever, a desk of more told too few in one's own hands."""
        monkeypatch.setattr(queries_review, "COUNTED", 2)
        begin = [make.claimed, make.accepted, make.accepted, make.accepted]
        for one in begin if mine_first else reversed(begin):
            one()
        counts = queries_review.inbox_counts(make.actor("scjg-reviewer"))
        assert counts == {"open": 2, "mine": 1, "unclaimed": 2, "concluded": 0, "paused": 0}

    def test_closed_jobs_have_a_list_of_their_own(self, at):
        member = make.decided()
        client = at("scjg-reviewer")
        assert listed(client.get(INBOX)) == []
        answer = client.get(reverse("review:done"))
        assert listed(answer) == [Job.objects.get(member=member).pk]
        assert f"<span>{member.decided_on:%Y年%-m月%-d日}" in answer.text  # when it ended, and not only when it was due

    def test_one_among_all_that_were_decided_is_found(self, at):
        """The holder comes back after years: for a copy, a correction, a cancellation."""
        his, others = make.decided(applicant=PERSON), make.decided()
        client, place = at("scjg-reviewer"), reverse("review:done")
        for words in (his.application.number, f" {his.application.number} ", "王小明", "小明"):
            assert listed(client.post(place, {"q": words}, follow=True)) == [Job.objects.get(member=his).pk]
        assert listed(client.get(place, {"q": "餐饮"})) == [Job.objects.get(member=others).pk]
        assert "没有找到" in client.get(place, {"q": make.accepted(applicant=PERSON).number}).text  # not closed: it is in the inbox
        told = client.post(place, {"q": PERSON["id_number"]})
        assert told.status_code == 422 and "不按身份证号" in told.text and his.application.number not in told.text
        assert listed(at("gongan-reviewer").get(place, {"q": "王小明"})) == []

    def test_what_to_do_when_nothing_is_there(self, at):
        assert "没有待办" in at("scjg-reviewer").get(INBOX).text
        assert "没有符合条件的工作" in at("scjg-reviewer").get(INBOX, {"light": "red"}).text
        assert "没有待决定的工作" in at("scjg-head").get(reverse("review:countersign")).text


class TestFilters:
    @pytest.fixture
    def three(self, world):
        return make.job_of(make.accepted()), make.claimed(), make.concluded(applicant=PERSON)

    @pytest.mark.parametrize(
        "query,which",
        [
            ({"state": "assigned"}, [0]),
            ({"state": "concluded"}, [2]),
            ({"assignee": "me"}, [1, 2]),
            ({"assignee": "nobody"}, [0]),
            ({"code": "food-licence"}, [0, 1, 2]),
            ({"code": "no-such-item"}, []),
            ({"light": "overdue"}, []),
            ({"q": "一味"}, [0, 1]),
            ({"q": "王小明"}, [2]),
            ({"q": "食品", "state": "in_hand"}, [1]),
        ],
    )
    def test_narrow(self, at, three, query, which):
        assert listed(at("scjg-reviewer").get(INBOX, query)) == [three[n].pk for n in which]

    def test_by_number_and_its_beginning(self, at, three):
        number = three[1].application.number
        assert listed(at("scjg-reviewer").get(INBOX, {"q": number})) == [three[1].pk]
        assert len(listed(at("scjg-reviewer").get(INBOX, {"q": number[:8]}))) == 3

    @pytest.mark.parametrize(
        "query",
        [{"state": "x' OR 1=1"}, {"light": "\x00"}, {"q": "\x00"}, {"q": "%"}, {"assignee": "7"}, {"code": "x" * 999}],
    )
    def test_what_is_not_understood_is_left_out(self, at, three, query):
        answer = at("scjg-reviewer").get(INBOX, query)
        assert answer.status_code == 200

    def test_a_citizen_number_goes_into_no_address(self, at, three):
        """The words come by POST and go on by GET: what the address holds stays in logs."""
        desk = at("scjg-reviewer")
        page = desk.get(INBOX)
        assert 'class="filters" method="post"' in page.text
        sent = desk.post(INBOX, {"q": "王小明", "state": "concluded", "light": "", "code": "", "assignee": ""}, follow=True)
        assert listed(sent) == [three[2].pk] and sent.redirect_chain[0][0].endswith("&state=concluded")
        assert desk.post(INBOX, {"q": ""})["Location"] == INBOX
        for words in (PERSON["id_number"], f"王小明 {PERSON['id_number']}", "330203199001010015"):
            typed = desk.post(INBOX, {"q": words})
            assert typed.status_code == 422 and "不按身份证号" in typed.text and not typed.context["rows"]
            for address in (INBOX, reverse("review:export")):
                refused = desk.get(address, {"q": words})
                assert refused.status_code == 422 and "不能写在网址里" in refused.text and not refused.context["rows"]

    def test_names_of_persons_are_masked_and_of_enterprises_not(self, at, three):
        text = at("scjg-reviewer").get(INBOX).text
        assert "王*明" in text and "王小明" not in text and "慈溪市一味餐饮有限公司" in text


class TestViews:
    def test_kept_for_one_user_and_shown_beside_the_list(self, at):
        client = at("scjg-reviewer")
        answer = client.post(reverse("review:save_view"), {"name": "红灯的", "light": "red", "q": "王小明"})
        assert answer["Location"] == "/review/?light=red"
        text = client.get(INBOX).text
        assert "红灯的" in text and "王小明" not in text
        other, name = at("scjg-reviewer2"), f"review_views_{make.user('scjg-reviewer').pk}"
        for mine in (name, f"review_views_{make.user('scjg-reviewer2').pk}"):  # one computer, or a cookie carried over
            other.cookies[mine] = client.cookies[name].value
        assert "红灯的" not in other.get(INBOX).text

    def test_at_most_eight_and_forgotten_again(self, at):
        client = at("scjg-reviewer")
        for number in range(10):
            client.post(reverse("review:save_view"), {"name": f"视图{number}", "state": "assigned"})
        kept = client.get(INBOX).context["kept"]
        assert [name for name, _ in kept] == [f"视图{number}" for number in range(2, 10)]
        client.post(reverse("review:forget_view"), {"name": "视图5"})
        assert "视图5" not in dict(client.get(INBOX).context["kept"])

    def test_without_a_name_is_told(self, at):
        answer = at("scjg-reviewer").post(reverse("review:save_view"), {"name": "", "light": "red"}, follow=True)
        assert answer.status_code == 422 and answer.text.count("起一个 12 字以内的名称") == 2  # above and at the field
        assert 'aria-describedby="view_hint view_error" aria-invalid="true"' in answer.text

    def test_forged_cookie_holds_nothing(self, at):
        client = at("scjg-reviewer")
        client.cookies[f"review_views_{make.user('scjg-reviewer').pk}"] = "forged"
        assert client.get(INBOX).context["kept"] == []


class TestClaimInBulk:
    def test_each_on_its_own_with_a_word_for_every_one(self, at):
        free, taken = make.job_of(make.accepted()), make.claimed(reviewer="scjg-reviewer2")
        answer = at("scjg-reviewer").post(reverse("review:claim_many"), {"jobs": [free.pk, taken.pk, 987654321]})
        assert answer.status_code == 200 and "已领办 1 件" in answer.text and "已由罗敏芝领办" in answer.text
        free = Job.objects.get(pk=free.pk)
        assert free.state == "in_hand" and free.assignee == make.user("scjg-reviewer")

    def test_sent_twice_is_told_as_done(self, at):
        job = make.job_of(make.accepted())
        client = at("scjg-reviewer")
        for _ in range(2):
            answer = client.post(reverse("review:claim_many"), {"jobs": [job.pk]})
            assert "已领办 1 件" in answer.text

    def test_what_a_colleague_has_finished_meanwhile_is_still_the_departments(self, at):
        job = make.concluded(reviewer="scjg-reviewer2")
        actions.decide(by=make.actor("scjg-head"), job=job.pk, decision="grant")
        told = at("scjg-reviewer").post(reverse("review:claim_many"), {"jobs": [job.pk]}).text
        assert job.application.number in told and "已结束" in told and "不在本部门" not in told

    def test_nothing_ticked_is_told(self, at):
        answer = at("scjg-reviewer").post(reverse("review:claim_many"), {"jobs": ["x", "-1", "９"]})
        assert answer.status_code == 422 and "请先勾选" in answer.text

    def test_jobs_of_another_department_stay(self, at):
        job = make.job_of(make.accepted())
        answer = at("wsjs-reviewer").post(reverse("review:claim_many"), {"jobs": [job.pk]})
        assert "不在本部门" in answer.text and Job.objects.get(pk=job.pk).state == "assigned"

    def test_head_without_a_reviewers_post_claims_nothing(self, at):
        job = make.job_of(make.accepted())
        answer = at("scjg-head").post(reverse("review:claim_many"), {"jobs": [job.pk]})
        assert "您的岗位不能办理这一步" in answer.text and Job.objects.get(pk=job.pk).state == "assigned"


class TestLeft:
    """A reviewer leaves with work in hand: his head is told, finds it, and gives it to another."""

    def told(self) -> list[str]:
        make.deliver_all()
        mine = Message.objects.filter(user=make.user("scjg-head"), title__startswith="请改派")
        return [f"{message.title} {message.text} {message.link}" for message in mine]

    @pytest.mark.parametrize("way", ["post", "lock"])
    def test_the_head_is_told_and_finds_it(self, at, way):
        job, waiting = make.claimed(), make.job_of(make.accepted())
        gone = make.user("scjg-reviewer")
        page = f"/people/posts/{gone.posts.get().pk}/end/" if way == "post" else f"/people/{gone.pk}/lock/"
        assert "1 件，部门负责人（没有的，监督人员）会收到改派的提醒" in at("cixi-admin").get(page).text
        assert listed(at("scjg-head").get(INBOX, {"assignee": "left"})) == []
        at("cixi-admin").post(page, {"reason": "调离本单位"})
        (said,) = self.told()
        assert "徐国平已不在岗，手里还有 1 件在办" in said and said.endswith(" /review/?assignee=left")
        assert listed(at("scjg-head").get(INBOX, {"assignee": "left"})) == [job.pk] != [waiting.pk]
        assert at("scjg-head").get(INBOX).text.count("已不在岗</span>") == 1
        head, other = make.actor("scjg-head"), make.user("scjg-reviewer2")
        actions.reassign(by=head, job=job.pk, assignee=other.pk, reason="原承办人调离")
        assert listed(at("scjg-head").get(INBOX, {"assignee": "left"})) == []

    def test_where_no_head_is_left_who_oversees_the_node_is_told(self, at):
        make.claimed()
        for name, warned in (("scjg-head", "市场监督管理局没有人任“"), ("cixi-issue", "锁定后，慈溪市没有人任“"), ("scjg-reviewer", "")):
            page = at("cixi-admin").get(f"/people/{make.user(name).pk}/lock/").text
            assert warned in page and ("没有人任" in page) == bool(warned), name
        for name in ("scjg-head", "scjg-reviewer"):
            directory.lock_user(by=SYSTEM, user=make.user(name), reason="调离本单位")
        assert self.told() == []
        (said,) = Message.objects.filter(user=make.user("cixi-supervisor"), title__startswith="请改派")
        assert "没有负责人能改派，请联系节点管理员任命" in said.text and said.link == "/oversight/"
        (said,) = Message.objects.filter(user=make.user("cixi-supervisor"), title="慈溪市市场监督管理局没有负责人：1 件在办")
        assert "现在没有负责人决定和改派" in said.text

    @pytest.mark.parametrize("followed", [False, True])
    def test_a_head_with_a_last_day_is_told_of_before_it_where_none_follows(self, at, followed):
        make.claimed()
        post, last = make.user("scjg-head").posts.get(), today() + timedelta(2)
        if followed:
            given = {"role": "head", "department": post.department_id, "valid_from": last + timedelta(1)}
            directory.give_post(by=SYSTEM, user=make.user("scjg-reviewer2"), **given)
        directory.end_post(by=SYSTEM, post=post, reason="调离本单位", on=last)
        make.deliver_all()
        told = Message.objects.filter(user=make.user("cixi-supervisor"), title="慈溪市市场监督管理局将没有负责人：1 件在办")
        assert [f"到{last:%Y年%-m月%-d日}为止，以后慈溪市市场监督管理局没有负责人" in said.text for said in told] == [True] * (not followed)

    def test_a_last_day_is_told_before_it_and_who_is_away_is_not_gone(self, at):
        job, post = make.claimed(), make.user("scjg-reviewer").posts.get()
        away = {"starts_on": today(), "ends_on": today() + timedelta(2), "reason": "公出培训"}
        directory.set_absence(by=SYSTEM, post=post, substitute=make.user("scjg-reviewer2"), **away)
        last = today() + timedelta(9)
        directory.end_post(by=SYSTEM, post=post, reason="到龄退休", on=last)
        (said,) = self.told()
        assert f"到{last:%Y年%-m月%-d日}为止" in said
        assert listed(at("scjg-head").get(INBOX, {"assignee": "left"})) == [] and listed(at("scjg-head").get(INBOX)) == [job.pk]

    def test_a_last_day_that_was_set_with_the_post_is_told_when_it_has_passed(self, at, time_machine):
        time_machine.move_to(now())
        job = make.claimed()
        for name in ("scjg-reviewer", "scjg-head"):
            make.user(name).posts.update(valid_to=today())
        watch = Message.objects.filter(user=make.user("cixi-supervisor"), title__contains="件")
        actions.tell_terms_over()
        assert not watch.exists()  # the day itself is worked
        time_machine.shift(timedelta(days=10))  # the house stood still over a holiday
        for _ in range(2):
            actions.tell_terms_over()
        assert sorted(said.title for said in watch) == ["慈溪市市场监督管理局没有负责人：1 件在办", "请改派：徐国平手里的 1 件"]
        assert all("已不在岗" in said.text for said in watch) and Job.objects.get(pk=job.pk).assignee == make.user("scjg-reviewer")
        time_machine.shift(timedelta(days=30))
        watch.delete()
        actions.tell_terms_over()
        assert [said.title for said in watch] == ["慈溪市市场监督管理局没有负责人：1 件在办"]  # which is so today

    def test_nothing_in_hand_or_another_post_is_no_news(self, at):
        make.accepted()
        for username in ("scjg-reviewer", "scjg-seal"):
            directory.end_post(by=SYSTEM, post=make.user(username).posts.get(), reason="岗位调整")
        assert self.told() == []

    def test_who_goes_on_at_his_next_post_there_has_not_left(self, at):
        make.claimed()
        user, last = make.user("scjg-reviewer"), today() + timedelta(9)
        post = user.posts.get()
        directory.end_post(by=SYSTEM, post=post, reason="任期届满", on=last)
        assert len(self.told()) == 1
        given = {"role": "reviewer", "department": post.department, "valid_from": last + timedelta(1)}
        again = directory.give_post(by=SYSTEM, user=user, **given)
        directory.end_post(by=SYSTEM, post=post, reason="更正任期", on=last)
        assert len(self.told()) == 1
        directory.end_post(by=SYSTEM, post=again, reason="不再续任")  # his first one goes on until its last day
        assert len(self.told()) == 1


class TestSubstitute:
    @pytest.fixture
    def away(self, world):
        """徐国平 is away from today on; 罗敏芝 stands in for him (AB岗)."""
        post = make.user("scjg-reviewer").posts.get()
        directory.set_absence(
            by=SYSTEM,
            post=post,
            substitute=make.user("scjg-reviewer2"),
            starts_on=today(),
            ends_on=today() + timedelta(5),
            reason="公出培训",
        )

    def test_page_says_for_whom_and_marks_his_jobs(self, at, world, request):
        job = make.claimed()
        request.getfixturevalue("away")
        text = at("scjg-reviewer2").get(INBOX).text
        assert "今天您代徐国平办理" in text and "我代办理" in text
        assert "您代徐国平办理" in at("scjg-reviewer2").get(f"/review/{job.pk}/").text

    def test_substitute_concludes_what_the_absent_one_had_in_hand(self, at, world, request):
        job = make.claimed()
        request.getfixturevalue("away")
        answer = at("scjg-reviewer2").post(
            f"/review/{job.pk}/opinion/", {"recommendation": "grant", "opinion": "材料齐全，符合条件。"}
        )
        assert answer.status_code == 302
        assert Member.objects.get(jobs=job).opinion_by == make.user("scjg-reviewer2")

    def test_absent_one_has_no_desk_meanwhile(self, at, away):
        assert at("scjg-reviewer").get(INBOX).status_code == 403


class TestExport:
    def test_same_rows_masked_and_texts_are_texts(self, at):
        job = make.job_of(make.accepted(applicant=PERSON))
        Application.objects.filter(pk=job.application_id).update(
            applicant_name='=HYPERLINK("http://evil","x")', applicant_kind="enterprise"
        )
        other = make.job_of(make.accepted(applicant=PERSON))
        due(other, 1, "red")
        answer = at("scjg-reviewer").get(reverse("review:export"))
        sheet = openpyxl.load_workbook(BytesIO(answer.content)).active
        rows = list(sheet.iter_rows(min_row=3))
        assert [row[2].value for row in rows] == [other.application.number, job.application.number]
        assert rows[0][4].value == "王*明" and rows[0][1].value == "即将到期"
        assert rows[1][4].data_type == "s" and rows[1][4].value.startswith("=HYPERLINK")
        assert "王小明" not in str([[cell.value for cell in row] for row in rows])
        red = at("scjg-reviewer").get(reverse("review:export"), {"light": "red"})
        sheet = openpyxl.load_workbook(BytesIO(red.content)).active
        assert sheet.max_row == 3 and "；筛选：时限：即将到期；" in sheet["A1"].value
        his = at("scjg-reviewer").get(reverse("review:export"), {"q": "王小明"})
        sheet = openpyxl.load_workbook(BytesIO(his.content)).active
        assert sheet.max_row == 3 and "申请人或事项：王*明；" in sheet["A1"].value


def test_misrouted_job_leaves_the_inbox(at):
    job = make.job_of(make.accepted())
    actions.return_to_router(by=make.actor("scjg-reviewer"), job=job.pk, reason="不属于本局职责。")
    assert listed(at("scjg-reviewer").get(INBOX)) == []
