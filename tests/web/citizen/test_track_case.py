"""办件查询: one answer for every wrong pair, a limit per address, masked data only, and the whole story for the right pair."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from stdnum.iso7064 import mod_37_36

from apps.applications import limits
from apps.deadlines.models import Clock
from apps.kit import limits as counting
from apps.web.citizen.telling import clocks_told
from apps.web.citizen.track import WRONG_PAIR
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


@pytest.fixture
def case():
    return make.accepted(gaps=["floor_plan"])


def ask(client, number, phone, **more):
    return client.post("/track/", {"number": number, "phone": phone}, **more)


def shape(answer) -> tuple[int, str]:
    """The page without what was typed and without tokens."""
    text = re.sub(r'value="[^"]*"', "", answer.text)
    return answer.status_code, text


class TestRightPair:
    def test_tells_what_who_what_to_do_and_by_when(self, client, case):
        text = ask(client, case.number, make.MOBILE).text
        for said in ("食品经营许可", "部门正在审查", "慈溪市市场监督管理局", "请在", "补齐承诺的材料", "窗口收件",
                     "予以受理", "场所平面布置图", "为什么是这一天", "办理中"):  # fmt: skip
            assert said in text, said

    def test_shows_masked_data_only(self, client, case):
        text = ask(client, case.number, make.MOBILE).text
        for secret in (make.PERSON_ID, make.MOBILE, "李一味", make.APPLICANT["id_number"]):
            assert secret not in text, secret

    def test_takes_the_number_as_people_write_it(self, client, case):
        spaced = " ".join(re.findall(".{1,4}", case.number.lower()))
        assert ask(client, spaced, "138 0574 0001").status_code == 200

    def test_story_ends_at_the_desk(self, client):
        member = make.collected()
        text = ask(client, member.application.number, make.MOBILE).text
        assert "结果已领取" in text and "已办结" in text

    @pytest.mark.parametrize(
        ("served", "contested", "sued", "presumed"),
        [(date(2018, 2, 14), "2018年4月16日", "2018年8月14日", ""), (date(2026, 12, 15), "2027年2月15日", "2027年6月15日", "（推定）")],
    )
    def test_the_last_days_to_contest_it_and_whether_they_are_certain(self, client, office, served, contested, sued, presumed):
        """Of a year without a notice nobody knows which day the last one rolls to: who trusts it would come too late."""
        office.at(served)
        text = ask(client, make.collected().application.number, make.MOBILE).text
        assert f"<strong>{contested}</strong>{presumed} 前（含当日）申请行政复议" in text
        assert f"<strong>{sued}</strong>{presumed} 前（含当日）提起行政诉讼" in text
        assert ("以公布后重新计算的为准" in text) == bool(presumed)

    def test_nothing_is_kept_by_caches(self, client, case):
        assert "no-store" in ask(client, case.number, make.MOBILE)["Cache-Control"]

    def test_internal_remarks_stay_inside(self, client, case):
        from apps.applications import actions

        actions.add_note(by=make.actor("cixi-clerk"), application=case.pk, text="此人很急躁")
        assert "很急躁" not in ask(client, case.number, make.MOBILE).text


class TestWrongPair:
    def wrong(self, case):
        return {
            "phone of another": (case.number, "13905740009"),
            "number that nobody has": ("33028220990101000010", make.MOBILE),
            "both wrong": ("33028220990101000010", "13905740009"),
            "number without its check letter": (
                case.number[:-1] + ("A" if case.number[-1] != "A" else "B"),
                make.MOBILE,
            ),
            "no number at all": ("不知道", make.MOBILE),
            "no phone at all": (case.number, "不知道"),
            "phone of the enterprise": (case.number, "057463001111"),
        }

    def test_all_get_the_same_answer(self, client, case):
        answers = {why: ask(client, *pair) for why, pair in self.wrong(case).items()}
        first = shape(next(iter(answers.values())))
        assert first[0] == 422 and WRONG_PAIR in first[1]
        for why, answer in answers.items():
            assert shape(answer) == first, why

    def test_statements_tell_nothing_either(self, client, case):
        told = set()
        for pair in [(case.number, "13905740009"), self._unused(case)]:
            with CaptureQueriesContext(connection) as ran:
                ask(client, *pair)
            told.add(len(ran))
        assert len(told) == 1

    def _unused(self, case):
        """A well-formed number of no case, with a well-formed phone."""
        body = case.number[:-6] + "ZZZZZ"
        return body + mod_37_36.calc_check_digit(body), make.MOBILE

    def test_empty_form_names_the_fields(self, client):
        answer = client.post("/track/", {})
        assert answer.status_code == 422 and "请填写“办件编号”。" in answer.text and "<title>错误：" in answer.text

    def test_phone_is_not_in_any_address(self, client, case):
        answer = client.get("/track/", {"number": case.number, "phone": make.MOBILE})
        assert answer.status_code == 200 and "部门正在审查" not in answer.text
        assert not answer.context["form"]["phone"].value()
        assert case.number in answer.text  # a QR code may bring the number


class TestLimit:
    def test_wrong_answers_are_counted_per_address(self, client, case):
        for _ in range(limits.TRACK_WRONG.times):
            assert ask(client, case.number, "13905740009").status_code == 422
        blocked = ask(client, case.number, "13905740009")
        assert blocked.status_code == 429 and "后再试" in blocked.text and 0 < int(blocked["Retry-After"]) <= 600
        assert ask(client, case.number, make.MOBILE).status_code == 429
        assert ask(client, case.number, make.MOBILE, REMOTE_ADDR="10.1.1.9").status_code == 200

    def test_one_case_is_not_guessed_at_from_many_addresses_and_its_owner_is_let_in(self, client, case, world):
        other = make.received()
        for n in range(limits.TRACK_NUMBER.times):
            assert ask(client, f" {case.number[:6]}-{case.number[6:].lower()}", "13905740009", REMOTE_ADDR=f"10.2.{n}.1").status_code == 422
        guesser, owner = {"REMOTE_ADDR": "10.2.1.1"}, {"REMOTE_ADDR": "10.3.1.1"}
        stopped = ask(client, case.number, make.MOBILE, **guesser)
        assert stopped.status_code == 429 and "这个编号" in stopped.text and 0 < int(stopped["Retry-After"]) <= 600
        over_the_api = client.post("/api/track/", {"number": case.number, "phone": make.MOBILE}, "application/json", **guesser)
        assert over_the_api.status_code == 429
        assert ask(client, other.number, make.MOBILE, **guesser).status_code == 200
        for phone, status in ((make.MOBILE, 200), (make.MOBILE, 200), ("13905740009", 422), (make.MOBILE, 429)):
            assert ask(client, case.number, phone, **owner).status_code == status

    def test_right_answers_cost_little(self, client, case, settings):
        for _ in range(limits.TRACK_WRONG.times + 2):
            assert ask(client, case.number, make.MOBILE).status_code == 200
        table = settings.LIMITS
        settings.LIMITS = table | {"track.all": table["track.all"]._replace(times=limits.TRACK_WRONG.times + 2)}
        assert ask(client, case.number, make.MOBILE).status_code == 429  # but something

    def test_window_passes(self, client, case, monkeypatch):
        for _ in range(limits.TRACK_WRONG.times):
            ask(client, case.number, "13905740009")
        later = counting.time() + limits.TRACK_WRONG.seconds
        monkeypatch.setattr(counting, "time", lambda: later)
        assert ask(client, case.number, make.MOBILE).status_code == 200

    def test_silent_counter_stops_nobody(self, client, case, settings, monkeypatch):
        monkeypatch.setattr(counting, "_silent_until", 0.0)  # and put back as it was
        settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}}
        for _ in range(limits.TRACK_WRONG.times):
            assert ask(client, case.number, "13905740009").status_code == 422
        assert ask(client, case.number, make.MOBILE).status_code == 200
        assert ask(client, case.number, "13905740009").status_code == 422


def test_the_clocks_of_forty_items_cost_one_look_at_the_calendar(case):
    clock = Clock.objects.with_intervals().get(root_id=case.pk, kind="decision")
    for some in ([clock], [clock] * 40):
        with CaptureQueriesContext(connection) as told:
            assert len(clocks_told(some)) == len(some)
        assert len(told) == 1
