"""在线咨询: routed by its item, answered within its working day, passed on, published without names."""

from datetime import timedelta
from functools import partial
from unittest.mock import patch

import pytest
from django.test import Client
from psycopg2.errors import LockNotAvailable

from apps.catalog.models import DefinitionVersion
from apps.deadlines.actions import set_exception, withdraw_exception
from apps.deadlines.queries import shelf
from apps.directory.models import Message, Party, Post, Region
from apps.directory.queries import department_names
from apps.feedback import actions, queries
from apps.feedback.models import Enquiry
from apps.journal.actor import SYSTEM
from apps.journal.anchoring import verify
from apps.journal.models import Event
from apps.kit.errors import Forbidden, NotYours, Refused, WrongState
from apps.kit.paging import keyset_page
from apps.kit.time import now, today
from tests import make
from tests.databases import beside
from tests.days import Days
from tests.people import nothing_written
from tests.threads import together
from tests.web.conftest import client_of


def asked(code=make.FOOD, **given):
    return actions.ask(by=make.actor("citizen"), question="现场核查的时候要本人在吗？", code=code, **given)


def test_a_question_goes_to_the_department_of_its_item_with_a_day(world, time_machine):
    friday = today() + timedelta(days=(4 - today().weekday()) % 7)  # to come: the posts begin with the day of the test
    Days(time_machine).at(friday)
    row, due = asked(), shelf().calendar("330282").add_working_days(friday, 1).due
    assert (row.department, row.node, row.reply_by) == ("scjg", "330282", due)
    assert due >= friday + timedelta(days=3)
    assert Message.objects.filter(user=make.user("scjg-reviewer"), link=f"/feedback/questions/{row.pk}/").exists()
    assert list(queries.enquiries_for(make.actor("scjg-reviewer"))) == [row]
    assert not queries.enquiries_for(make.actor("wsjs-reviewer")).exists()
    assert not queries.enquiries_for(make.actor("cixi-clerk")).exists()
    assert list(queries.enquiries_for(make.actor("scjg-head"), overdue_on=due + timedelta(days=1))) == [row]


def test_it_is_answered_published_and_stands_in_the_guide(world):
    row = asked()
    with nothing_written(Enquiry), pytest.raises(WrongState):
        actions.publish(by=make.actor("scjg-head"), enquiry=row.pk, question="现场核查要本人在吗？", answer="不用本人在场")
    with nothing_written(Enquiry), pytest.raises(NotYours):
        actions.reply_enquiry(by=make.actor("wsjs-reviewer"), enquiry=row.pk, answer="可以委托他人在场")
    actions.reply_enquiry(by=make.actor("scjg-reviewer"), enquiry=row.pk, answer="可以委托他人在场。")
    assert Message.objects.filter(party=row.party_id, text__contains="委托他人").exists()
    given = {"enquiry": row.pk, "question": "现场核查要本人在场吗？", "answer": "可以委托他人在场。"}
    with nothing_written(Enquiry), pytest.raises(Forbidden):
        actions.publish(by=make.actor("scjg-reviewer"), **given)
    actions.publish(by=make.actor("scjg-head"), **given)
    assert "现场核查要本人在场吗" in Client().get(f"/items/{make.FOOD}/").text
    with patch("apps.web.citizen.feedback.keyset_page", partial(keyset_page, size=1)):
        twin = Enquiry.objects.create(**{name: getattr(row, name) for name in ("party", "code", "name", "node", "department", "reply_by")}, public_question="要带什么来？", published_on=today())
        pages = Client().get("/questions/")
        assert [one.pk for one in pages.context["page"].rows] == [twin.pk] and "下一页" in pages.text  # the older ones are not cut off
        twin.delete()
    assert "现场核查" in Client().get("/questions/?q=委托 食品经营").text  # several words, one of them of the item
    page = Client().get("/questions/?q=核查").text
    assert "现场核查要本人在场吗" in page and f"/items/{make.FOOD}/" in page
    with patch("apps.catalog.queries.holding", return_value=DefinitionVersion.objects.none()):  # the item is cancelled, or only paused
        page = Client().get("/questions/").text
    assert f"/items/{make.FOOD}/" not in page and "（现在不办理）" in page
    gone = {"enquiry": row.pk, "reason": " 规定已经改了 "}
    for by, wrong, refusal in (
        ("scjg-reviewer", {}, Forbidden),
        ("wsjs-head", {}, NotYours),
        ("scjg-head", {"reason": " 改 了 "}, Refused),
    ):
        with nothing_written(Enquiry), pytest.raises(refusal):
            actions.unpublish(by=make.actor(by), **gone | wrong)
    actions.unpublish(by=make.actor("scjg-head"), **gone)
    assert "现场核查要本人在场吗" not in Client().get("/questions/").text
    with nothing_written(Enquiry), pytest.raises(WrongState):
        actions.unpublish(by=make.actor("scjg-head"), **gone)
    steps = [(step["title"], step["facts"]) for step in queries.steps_of(row)]
    assert steps[2:] == [("公开到常见问题", []), ("不再公开", [("原因", "规定已经改了")])]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("{name}问：现场核查要本人在场吗？", "姓名"),
        ("慈溪(三北) 一味餐饮有限公司问：现场核查要本人在场吗？", "姓名"),
        ("我是330282198506150021，要本人在场吗？", "身份证号"),
        ("请打１３８ 0574 1234给我，要本人在场吗？", "手机号"),
    ],
)
def test_what_tells_who_asked_is_not_published(world, words, named):
    row, name = asked(), "慈溪（三北）一味餐饮有限公司"
    Party.objects.filter(pk=row.party_id).update(name=name)
    actions.reply_enquiry(by=make.actor("scjg-reviewer"), enquiry=row.pk, answer="可以委托他人在场。")
    told = words.format(name=name)
    given = {"question": "现场核查要本人在场吗？", "answer": "可以委托他人在场。"}
    for field in given:
        with nothing_written(Enquiry), pytest.raises(Refused, match=named) as refusal:
            actions.publish(by=make.actor("scjg-head"), enquiry=row.pk, **given | {field: told})
        assert refusal.value.field == field
    assert "现场核查" not in Client().get("/questions/").text
    answer = "凭办件编号 330282202611230001XA 查询，或拨 0574-63001003、12345。"
    actions.publish(by=make.actor("scjg-head"), enquiry=row.pk, question=given["question"], answer=answer)


def test_what_is_published_has_a_length(world):
    row, head = asked(), make.actor("scjg-head")
    actions.reply_enquiry(by=head, enquiry=row.pk, answer="可以委托他人在场。")
    given = {"by": head, "enquiry": row.pk}
    for question, answer, fields in ((5, 4, ["question"]), (301, 4, ["question"]), (6, 3, ["answer"]), (1, 2001, ["question", "answer"])):
        with nothing_written(Enquiry), pytest.raises(Refused) as told:
            actions.publish(**given, question=f" {'问' * question} ", answer=f" {'答' * answer} ")
        assert [error.field for error in told.value.errors] == fields
    for question, answer in ((6, 4), (300, 2000)):
        row = actions.publish(**given, question=f" {'问' * question} ", answer=f" {'答' * answer} ")
        assert (len(row.public_question), len(row.public_answer), row.published_on) == (question, answer, today())


def test_it_is_passed_on_and_the_day_stays(world):
    row = asked()
    given = {"enquiry": row.pk, "department": "wsjs", "reason": "属于卫生许可的问题"}
    moved = actions.pass_on_enquiry(by=make.actor("scjg-reviewer"), **given)
    assert (moved.department, moved.reply_by) == ("wsjs", row.reply_by)
    with nothing_written(Enquiry), pytest.raises(NotYours):
        actions.pass_on_enquiry(by=make.actor("scjg-reviewer"), **given)
    actions.pass_on_enquiry(by=make.actor("wsjs-head"), enquiry=row.pk, department="scjg", reason="证照由市场监管发放。")
    told = Message.objects.filter(user=make.user("scjg-head"), link=f"/feedback/questions/{row.pk}/").order_by("pk")
    assert ["由市场监管发放。请在" in message.text for message in told] == [False, True]  # it is theirs anew
    given |= {"by": make.actor("scjg-head")}
    for wrong, refusal in (({"reason": " 不 是 "}, Refused), ({"department": "scjg"}, Refused), ({"department": "nowhere"}, Refused)):
        with nothing_written(Enquiry), pytest.raises(refusal):
            actions.pass_on_enquiry(**given | wrong)
    actions.reply_enquiry(by=make.actor("scjg-head"), enquiry=row.pk, answer="不用的。")
    with nothing_written(Enquiry), pytest.raises(WrongState):
        actions.pass_on_enquiry(**given)
    names = department_names(["wsjs", "scjg"])
    assert [(step["title"], step["facts"]) for step in queries.steps_of(row)] == [
        ("提问", []),
        (f"转给{names['wsjs']}", [("原因", "属于卫生许可的问题")]),
        (f"转给{names['scjg']}", [("原因", "证照由市场监管发放。")]),
        ("答复", []),
    ]
    Region.objects.create(code="330100", name="杭州市", level="city", node_code="330100")  # known as well, and has nobody here
    general = asked(code="")  # a department of another node takes it there, and has nobody: its supervisor is told
    Post.objects.filter(department="wsjs").update(ended_at=now())
    moved = actions.pass_on_enquiry(**given | {"by": make.actor("city-supervisor"), "enquiry": general.pk})
    assert (general.node, moved.node) == ("330200", "330282")
    assert Message.objects.filter(user=make.user("cixi-supervisor"), link=f"/feedback/questions/{general.pk}/").exists()


def test_a_question_that_waits_past_its_day_is_told_once(world, time_machine, django_assert_num_queries):
    days, row = Days(time_machine), asked()
    days.at(row.reply_by)
    assert actions.remind_enquiries() == 0
    days.after(row.reply_by)
    assert actions.remind_enquiries() == 1
    with django_assert_num_queries(1):  # what was told is not looked at again
        assert actions.remind_enquiries() == 0
    other = asked(code="")  # of the same day, and late when the first one has been told of
    Enquiry.objects.filter(pk=other.pk).update(reply_by=row.reply_by)
    assert actions.remind_enquiries() == 1 and actions.remind_enquiries() == 0
    Enquiry.objects.filter(pk=other.pk).update(reply_by=row.reply_by - timedelta(days=1))  # another calendar, another day
    assert actions.remind_enquiries() == 1 and actions.remind_enquiries() == 0
    told = set(Message.objects.filter(link__endswith=f"/{row.pk}/", title__startswith="咨询超期").values_list("user__username", flat=True))
    assert {"scjg-reviewer", "scjg-head", "cixi-supervisor"} <= told
    assert "已经超期" in client_of("citizen").get("/my/questions/").text
    actions.reply_enquiry(by=make.actor("scjg-reviewer"), enquiry=row.pk, answer="可以委托他人在场。")
    assert [step["title"] for step in queries.steps_of(row)] == ["提问", "超期未答复", "答复"]


def test_an_answer_after_its_day_is_late_before_anybody_reminds(world, time_machine):
    """Whoever answers before the hour's reminder comes was late all the same; on the last day he is not."""
    row, in_time, reviewer = asked(), asked(), make.actor("scjg-reviewer")
    days = Days(time_machine)
    days.at(row.reply_by, 23)
    actions.reply_enquiry(by=reviewer, enquiry=in_time.pk, answer="可以委托他人在场。")
    days.after(row.reply_by, 0)
    row = actions.reply_enquiry(by=reviewer, enquiry=row.pk, answer="可以委托他人在场。")
    assert [step["title"] for step in queries.steps_of(row)] == ["提问", "超期未答复", "答复"]
    assert [step["title"] for step in queries.steps_of(in_time)] == ["提问", "答复"]
    assert actions.remind_enquiries() == 0


def test_limits_and_words(world):
    with nothing_written(Enquiry), pytest.raises(Refused, match="写清楚"):
        actions.ask(by=make.actor("citizen"), question="？")
    with nothing_written(Enquiry), pytest.raises(NotYours):
        asked(code="no-such-item")
    for length in (5, 1001):
        with nothing_written(Enquiry), pytest.raises(Refused):
            actions.ask(by=make.actor("citizen"), question=f" {'问' * length} ")
    for length in (6, 1000):
        actions.ask(by=make.actor("citizen"), question=f" {'问' * length} ")
    for _ in range(3):
        asked(code="")
    with nothing_written(Enquiry), pytest.raises(WrongState, match="5 个"):
        asked()
    actions.ask(by=make.actor("enterprise"), question="现场核查的时候要本人在吗？")  # what others wait for is not his
    mine = Enquiry.objects.first()
    with nothing_written(Enquiry), pytest.raises(NotYours):
        actions.withdraw(by=make.actor("enterprise"), enquiry=mine.pk)
    actions.withdraw(by=make.actor("citizen"), enquiry=mine.pk)
    assert list(queries.enquiries_for(make.actor("city-supervisor")).filter(pk=mine.pk)) == [mine]
    assert asked()  # what he waits for no more is not counted


def test_two_questions_of_one_moment_are_not_one_too_many(transactional_db, world):
    for _ in range(4):
        asked()
    found = together(*[asked] * 3)
    assert sorted(type(one).__name__ for one in found) == ["Enquiry", "WrongState", "WrongState"]
    assert Enquiry.objects.count() == 5


def calendar_held() -> bool:
    """Who publishes another one has to wait for this transaction."""
    with beside() as other, other.cursor() as cursor:
        try:
            cursor.execute("SELECT FROM deadlines_edition FOR UPDATE NOWAIT")
        except LockNotAvailable:
            return True
    return False


def test_a_changed_calendar_moves_the_day_and_both_sides_hear_why(world):
    assert not calendar_held()
    row, answered = asked(), asked(code="")
    assert calendar_held()  # a question of this very moment keeps no day of the old one
    actions.reply_enquiry(by=make.actor("city-supervisor"), enquiry=answered.pk, answer="可以委托他人在场。")
    make.deliver_all()  # the calendars of the world itself
    closure = {"region": "330282", "day": row.reply_by, "working": False, "reason": "台风停业。"}
    exception = set_exception(by=SYSTEM, **closure)
    make.deliver_all()
    moved = Enquiry.objects.get(pk=row.pk)
    assert moved.reply_by == shelf().calendar("330282").add_working_days(row.reply_by, 1).due
    assert Enquiry.objects.get(pk=answered.pk).reply_by == answered.reply_by
    told = Event.objects.get(name="enquiry.redate").facts
    assert (told["old"], told["new"]) == (row.reply_by.isoformat(), moved.reply_by.isoformat())
    for whom in ({"party": row.party_id}, {"user": make.user("scjg-reviewer")}):
        assert Message.objects.filter(title__startswith="答复期限推后", text__contains="（台风停业）。", **whom).count() == 1
    withdraw_exception(by=SYSTEM, exception=exception.pk, reason="台风改道")
    make.deliver_all()
    assert Enquiry.objects.get(pk=row.pk).reply_by == row.reply_by
    assert Message.objects.filter(title__startswith="答复期限提前", text__contains="台风改道", party=row.party_id).count() == 1
    assert verify()
