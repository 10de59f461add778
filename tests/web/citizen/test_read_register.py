"""行政许可公开: everybody reads what was granted, organisations by name, persons masked; nothing else of a case is told."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from apps.applications import actions
from apps.applications.models import Application, Commitment, Member
from apps.catalog.models import DefinitionVersion
from apps.issuance.models import Document
from apps.kit.time import today
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_print")]
PERSON = {"kind": "person", "name": "王小明", "id_number": "330203199001010014", "mobile": "13805740002"}


def found(client, **query) -> list:
    answer = client.get(reverse("citizen:granted"), query)
    assert answer.status_code == 200, answer.text
    return answer.context["rows"]


def decision(member, kind="grant") -> Document:
    return Document.objects.get(member_id=member.pk, kind=kind)


def test_what_is_told_of_an_organisation_and_of_a_person(client, world):
    firm, person = make.sealed(), make.sealed(applicant=PERSON)
    first, second = found(client)
    assert (first.holder, first.credit_code) == ("王*明", "")
    assert (second.holder, second.credit_code) == (firm.application.applicant_name, firm.application.applicant.id_number)
    assert (second.item, second.number, second.certificate) == (firm.name, decision(firm).number, decision(firm, "certificate").number)
    assert (second.department, second.decided_on, second.valid_to, second.status) == (firm.department.name, today(), firm.valid_to, "valid")
    page = client.get(reverse("citizen:granted")).text
    for private in ("王小明", PERSON["id_number"], make.MOBILE, person.application.number):
        assert private not in page, private


def test_what_is_not_public(client, world):
    make.decided()  # not sealed yet
    make.sealed(decision="refuse")
    licence = make.sealed()
    registered = make.committed()  # 登记, no licence
    make.filed(registered.application_id)
    actions.register_seal(by=make.actor("scjg-seal"), member=registered.member_id, seal_number="3302821000001")
    assert [row.number for row in found(client)] == [decision(licence).number]


def test_of_an_item_that_was_a_licence_for_a_time_only_what_was_granted_as_one(client, world):
    licence, filing = make.sealed(), make.sealed()
    version = DefinitionVersion.objects.get(definition=licence.code)
    past = {"number": 99, "valid_from": date(1990, 1, 1), "valid_to": date(1990, 12, 31), "digest": "x", "state": "published"}
    said = {"content": version.content | {"type": "07"}, "name": version.name, "pinyin": version.pinyin, "search": version.search}
    DefinitionVersion.objects.create(definition=version.definition, **past, **said)
    plan = filing.application.plan
    plan["members"][0]["type"] = "07"
    Application.objects.filter(pk=filing.application_id).update(plan=plan)
    assert [row.number for row in found(client)] == [decision(licence).number]


def test_what_is_made_anew_stays_also_when_nobody_had_fetched_it(client, world):
    member = make.sealed()
    actions.reissue(by=make.actor("cixi-issue"), member=member.pk, reason="证照打印不清，重新制作。")
    assert [row.certificate for row in found(client)] == [make.certificate_of(member)]


def test_searched_by_number_and_by_organisation_never_by_a_persons_name(client, world):
    firm, person = make.sealed(), make.sealed(applicant=PERSON)
    case = firm.application
    for words in (decision(firm).number, decision(firm, "certificate").number, case.number, case.applicant.id_number, "一味"):
        assert [row.number for row in found(client, q=words)] == [decision(firm).number], words
    assert [row.holder for row in found(client, q=decision(person).number)] == ["王*明"]
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in case.applicant.id_number)
    for words in (wide, f"{case.number[:6]}-{case.number[6:]}", case.applicant.id_number.lower()):
        assert [row.number for row in found(client, q=words)] == [decision(firm).number], words
    address = client.get(reverse("citizen:granted"), {"q": PERSON["id_number"]})
    assert address.status_code == 422 and "身份证号不公开" in address.text
    for words in ("王小明", "小明", "%", "_", "'"):
        answer = client.get(reverse("citizen:granted"), {"q": words})
        assert answer.status_code == 200 and answer.context["rows"] == [] and "没有查到" in answer.text, words


def test_narrowed_by_place_department_item_and_day(client, world):
    member = make.sealed()
    node, department, on = member.application.node_id, member.department_id, today()
    for query in ({"node": node}, {"department": department}, {"item": "食品"}, {"since": on, "until": on}):
        assert len(found(client, **query)) == 1, query
    for query in ({"node": "330225"}, {"item": "烟花"}, {"until": on - timedelta(days=1)}, {"since": on + timedelta(days=1)}):
        assert found(client, **query) == [], query
    faulty = client.get(reverse("citizen:granted"), {"since": on, "until": on - timedelta(days=1), "node": "nowhere"})
    assert faulty.status_code == 422 and "不能早于" in faulty.text
    assert client.get(reverse("citizen:granted"), {"page": "made-up"}).status_code == 422
    assert "“事项”里有不能显示的字符" in client.get(reverse("citizen:granted"), {"item": "食\0品"}).text


def test_older_ones_are_found_by_their_day(client, world):
    member = make.sealed()
    Member.objects.filter(pk=member.pk).update(decided_on=today() - timedelta(days=500))
    empty = client.get(reverse("citizen:granted"))
    assert empty.context["rows"] == [] and "最近一年没有准予的行政许可" in empty.text
    assert len(found(client, since=today() - timedelta(days=600))) == 1
    assert len(found(client, q=decision(member).number)) == 1


def test_what_ran_out_and_what_was_revoked_is_shown_as_such(client, world):
    over, gone = make.sealed(), make.sealed()
    Member.objects.filter(pk=over.pk).update(valid_to=today() - timedelta(days=1))
    broken = {"state": "revoked", "signed_on": today(), "revoked_on": today(), "text": "承诺", "reason": "承诺不实"}
    Commitment.objects.create(application=gone.application, member=gone, **broken)
    assert [row.status for row in found(client)] == ["revoked", "expired"]
    assert "已撤销" in client.get(reverse("citizen:granted")).text


def test_pages_follow_each_other_at_a_fixed_price(client, world, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr("apps.web.citizen.granted.PAGE", 2)
    for _ in range(3):
        make.sealed()
    first = client.get(reverse("citizen:granted"))
    second = client.get(reverse("citizen:granted"), {"page": first.context["page"].next})
    numbers = [row.number for row in (*first.context["rows"], *second.context["rows"])]
    assert len(set(numbers)) == 3 and len(first.context["rows"]) == 2
    with django_assert_num_queries(4):  # places, licences, the page, its papers
        client.get(reverse("citizen:granted"))
    refused = client.get(reverse("citizen:granted"), {"q": PERSON["id_number"]})
    assert refused.context["page"].next and "page=" not in refused.text  # a link would take the number along
    assert Application.objects.count() == 3
