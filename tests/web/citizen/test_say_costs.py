"""What it costs (XKF 30, 58): nothing that may be asked for is left out, whatever of the questions is answered."""

import re

import pytest
import yaml

from apps.catalog.actions import load_catalogue
from apps.catalog.loading.source import read
from apps.journal.actor import SYSTEM

PAPER = {"name": "工本费", "amount": "15.00", "basis": "甬价费〔2016〕3号"}
VISIT = {"name": "核验费", "amount": "260.00", "when": [{"situation": "guests", "over": 12}]}
EXPERTS = {"name": "评审费", "amount": None, "when": [{"situation": "by_night", "is": True}]}
BOTH = {
    "name": "夜航加急费",
    "amount": "5.00",
    "when": [{"situation": "by_night", "is": True}, {"situation": "guests", "over": 12}],
}
ITEM = {
    "code": "party-boat",
    "name": "休闲船经营登记",
    "type": "07",
    "department": "jiaotong",
    "handling": "promised",
    "legal_limit": None,
    "promised_limit": {"days": 8, "unit": "working"},
    "max_visits": 0,
    "channels": ["counter", "online", "mail"],
    "audience": ["person", "enterprise"],
    "zone": "zonghe",
    "situations": [
        {"code": "guests", "question": "最多载几位游客？", "type": "integer"},
        {"code": "by_night", "question": "是否夜间出海？", "type": "boolean"},
    ],
    "result": {"kind": "none"},
}
BUNDLE = {
    "code": "open-boat",
    "name": "开游船",
    "lead": {"department": "jiaotong", "criterion": "sector_regulator"},
    "audience": ["person"],
    "members": [{"item": "party-boat", "when": [{"situation": "afloat", "is": True}]}, {"item": "boat-tax"}],
    "situations": [{"code": "afloat", "question": "是否已有船？", "type": "boolean"}],
}


def told(client, address: str) -> tuple[str, str]:
    """(the fact at the top, the section)"""
    text = client.get(address).text
    top = re.search(r"<dt>收费</dt><dd>(.*?)</dd>", text)[1]
    section = re.search(r'id="fees">收不收费</h2>(.*?)</section>', text, re.S)
    return top, section[1] if section else ""


@pytest.fixture
def boats(world):
    free = ITEM | {"code": "boat-tax", "name": "船舶信息登记", "situations": []}
    dear = ITEM | {"fees": [PAPER, VISIT, EXPERTS, BOTH]}
    cheap = ITEM | {"code": "quiet-boat", "name": "静水船登记", "fees": [EXPERTS]}
    file = {"format": "yichuang-catalog/1", "as_of": "2017-08-31", "node": "330282", "items": [dear, free, cheap], "bundles": [BUNDLE]}
    report = load_catalogue(by=SYSTEM, sources=[read("boats.yaml", yaml.safe_dump(file, allow_unicode=True).encode())])
    assert not report.problems, report.problems


@pytest.mark.parametrize(
    ("given", "top", "named", "maybe"),
    [
        ("", "15.00 元起", {"工本费", "核验费", "评审费", "夜航加急费"}, 3),
        ("?s_guests=8", "15.00 元起", {"工本费", "评审费"}, 1),
        ("?s_guests=13", "275.00 元起", {"工本费", "核验费", "评审费", "夜航加急费"}, 2),
        ("?s_guests=13&s_by_night=true", "280.00 元起", {"工本费", "核验费", "评审费", "夜航加急费"}, 0),
        ("?s_guests=8&s_by_night=false", "15.00 元", {"工本费"}, 0),
    ],
)
def test_an_item(boats, client, given, top, named, maybe):
    said, section = told(client, f"/items/party-boat/{given}")
    assert said == top and section.count("看您的情形") == maybe
    assert {name for name in ("工本费", "核验费", "评审费", "夜航加急费") if name in section} == named


def test_a_fee_that_only_an_answer_brings(boats, client):
    assert told(client, "/items/quiet-boat/")[0] == "看您的情形"
    assert told(client, "/items/quiet-boat/?s_by_night=true&s_guests=1")[0] == "按标准核定"
    assert told(client, "/items/quiet-boat/?s_by_night=false&s_guests=1")[0] == "不收费"


def test_a_one_thing_does_not_call_itself_free_before_it_is_asked(boats, client):
    top, section = told(client, "/items/open-boat/")
    assert top == "看您的情形" and "不收费" not in section and "回答上面的问题后列出" in section
    top, section = told(client, "/items/open-boat/?s_afloat=true&s_guests=13&s_by_night=true")
    assert top == "280.00 元起" and "休闲船经营登记：核验费" in section


def test_a_kept_checklist_says_the_same_in_the_order_of_the_questions(boats, client):
    kept = client.post("/checklists/of/party-boat/", {"s_guests": "13", "s_by_night": "true"})
    text = client.get(kept["Location"]).text
    assert "<dt>收费</dt><dd>280.00 元起</dd>" in text and "评审费：按标准核定" in text
    assert text.index("最多载几位游客？") < text.index("是否夜间出海？")
    assert "区区" not in text and "综合审批区 综合审批" in text


def test_an_instant_item_without_a_paper_and_for_whoever_comes(world, client):
    bare = ITEM | {"code": "bare", "name": "当场登记", "handling": "instant", "promised_limit": {"days": 0, "unit": "working"}}
    bare |= {"situations": []}
    del bare["audience"]
    file = {"format": "yichuang-catalog/1", "as_of": "2017-08-31", "node": "330282", "items": [bare]}
    assert not load_catalogue(by=SYSTEM, sources=[read("b.yaml", yaml.safe_dump(file, allow_unicode=True).encode())]).problems
    text = client.get("/items/bare/").text
    assert "受理后<strong>当场办结</strong>。" in text and "第二天算起" not in text
    assert "没有书面结果，办好后告知。" in text and "（无书面结果）" not in text and "谁来办" not in text
