"""Templates and letterheads by date: loaded as often as one likes, never rewritten."""

from datetime import date
from io import StringIO
from pathlib import Path
from time import monotonic

import pgtrigger
import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command
from django.template.loader import get_template

from apps.directory import queries as directory
from apps.directory.models import Region
from apps.issuance.loading import load_templates, rows
from apps.issuance.models import DocumentTemplate, Kind, Letterhead
from apps.issuance.sheets import sheets
from apps.kit.errors import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_loaded():
    with pgtrigger.ignore("issuance.DocumentTemplate:template_kept"):
        DocumentTemplate.objects.all().delete()
    Letterhead.objects.all().delete()


def test_loading_twice_adds_once():
    first = load_templates()
    assert first["templates"] > 13
    assert load_templates() == {"templates": 0, "letterheads": 0, "changed": 0}


def test_a_corrected_letterhead_is_counted(tmp_path):
    """“新增 0” was all that an office read that had just changed its word."""
    load_templates()
    path = changed(tmp_path, lambda data: data["letterheads"][0].update(word="甬改"))
    call_command("load_templates", str(path), stdout=(said := StringIO()))
    assert said.getvalue() == "新增文书模板 0 个，文头 0 个；变更 1 个。\n"


def test_another_citys_house_takes_no_letterhead_of_ours(settings, tmp_path, monkeypatch):
    """Its 公积金 office, called gongjijin as ours, wrote 甬房金慈 on its papers and sent who was refused to 宁波市人民政府."""
    monkeypatch.setattr(directory, "_regions_known", (monotonic(), {"330200": Region(code="330200", node_code="330200")}))  # of a test before
    settings.REGIONS_FILE = tmp_path / "regions.yaml"
    settings.REGIONS_FILE.write_text("regions: [{code: '330300', name: 温州市, level: city}]", encoding="utf-8")
    call_command("load_regions", stderr=StringIO())
    call_command("load_templates", settings.BASE_DIR / "fixtures" / "templates.yaml", stdout=StringIO())
    told = sheets().letterhead("gongjijin", "330381", date(2026, 12, 1))
    assert told == {"word": "政服", "reconsideration_body": "本级人民政府", "court": "有管辖权的人民法院"}
    own = tmp_path / "own.yaml"
    own.write_text("templates: []\nletterheads: [{scope: gongjijin, word: 瑞房金, valid_from: 2020-01-01}]\n", encoding="utf-8")
    assert load_templates(own) == {"templates": 0, "letterheads": 1, "changed": 0} == load_templates() | {"letterheads": 1}
    assert sheets().letterhead("gongjijin", "330381", date(2026, 12, 1))["word"] == "瑞房金"


def test_a_file_of_places_of_its_own_that_names_ours_keeps_our_letterheads(settings, tmp_path):
    """Ningbo with a township more is Ningbo."""
    settings.REGIONS_FILE = tmp_path / "regions.yaml"
    settings.REGIONS_FILE.write_text("regions: [{code: '330200', name: 宁波市, level: city}]", encoding="utf-8")
    call_command("load_regions", stderr=StringIO())
    assert load_templates()["letterheads"] > 50


def test_every_kind_has_one_template_on_every_day():
    shipped = rows()["templates"]
    for day in (date(2016, 1, 4), date(2019, 1, 1), date(2024, 1, 1), date(2026, 11, 23), date(2040, 1, 1)):
        holding = [row for row in shipped if row["valid_from"] <= day and (row["valid_to"] is None or day <= row["valid_to"])]
        assert sorted(row["kind"] for row in holding) == sorted(Kind.values), day
        for row in holding:
            get_template(row["html"])


@pytest.mark.parametrize(
    ("law", "in_force"),
    [("《浙江省保障“最多跑一次”改革规定》", date(2019, 1, 1)), ("《中华人民共和国行政复议法》第二十条", date(2024, 1, 1))],
)
def test_no_paper_cites_a_law_before_its_first_day(law, in_force):
    """Of the rows from 2017 on: what the earlier ones say is kept as it was loaded."""
    citing = [row for row in rows()["templates"] if law in f"{row['basis']}{row['remedies']}{row['texts']}"]
    too_early = {row["kind"] for row in citing if date(2017, 1, 1) <= row["valid_from"] < in_force}
    open_before = {row["kind"] for row in citing if row["valid_from"] < date(2017, 1, 1) <= (row["valid_to"] or date.max)}
    assert citing and not too_early | open_before


def test_every_node_can_be_contested_somewhere():
    load_templates()
    nodes = {row["scope"] for row in rows()["letterheads"] if row["scope"].startswith("33")}
    assert len(nodes) == 17
    assert not Letterhead.objects.filter(scope__in=nodes, court="").exists()
    assert not Letterhead.objects.filter(scope__in=nodes, reconsideration_body="").exists()
    # A county has no housing fund of its own: its branch is the city's, and answers to the city's government.
    assert sheets().letterhead("gongjijin", "330282", date(2026, 11, 30)) == {
        "word": "甬房金慈", "reconsideration_body": "宁波市人民政府", "court": "慈溪市人民法院"
    }  # fmt: skip


def test_folded_chinese_lines_have_no_gaps():
    text = "\n".join(str(row["texts"]) + row["remedies"] for row in rows()["templates"])
    assert "， " not in text
    assert "。 " not in text


def changed(tmp_path: Path, change) -> Path:
    data = yaml.safe_load((Path(settings.BASE_DIR) / "fixtures/templates.yaml").read_text(encoding="utf-8"))
    change(data)
    path = tmp_path / "templates.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return path


def test_a_known_version_that_says_something_else_is_refused(tmp_path):
    load_templates()
    with pytest.raises(Refused, match="请增加一个新版本"):
        load_templates(changed(tmp_path, lambda data: data["templates"][0].update(title="别的标题")))
    assert DocumentTemplate.objects.get(kind="receipt", version=1).title == "收件凭证"


def test_what_no_document_could_be_printed_from_is_not_loaded_and_all_of_it_is_told_at_once(tmp_path):
    """A loaded row cannot be mended: a pattern that names what there is not would have stopped every acceptance."""

    def break_it(data):
        receipt, notice, *_ = data["templates"]
        receipt.update(number_pattern="{word}收字〔{years}〕第{serial}号", version="二", texts={"opening": "{no_such}", "notice": "{"})
        notice.update(number_pattern="{word}〔{year}〕", html="documents/none.html", valid_from="2017-02-30", colour="红")
        del data["templates"][2]["title"]
        data["templates"][-1]["texts"] = ["无"]
        data["templates"].append("模板")
        next(row for row in data["templates"][3:] if row["kind"] == "refusal")["texts"] = {}
        ended = next(row for row in data["templates"] if row["kind"] == "cancellation")
        ended["texts"] = {"title_not_licence": "注销", "ground.dissolved": "终止", "ground.1.expired": "届" * 201}
        data["letterheads"][0].update(word="字" * 21, valid_from=date(2016, 1, 1), valid_to=date(2015, 1, 1))
        data["letterheads"].append(data["letterheads"][1])

    with pytest.raises(Refused) as refusal:
        load_templates(changed(tmp_path, break_it))
    told = "\n".join(error.message for error in refusal.value.errors)
    for words in (
        "templates[0].number_pattern：“{word}收字〔{years}〕第{serial}号”里的花括号只能是",
        "templates[0].version：“二”应是 1 到 32767 的整数",
        "templates[0].texts.opening：花括号里有这种文书没有的字段",
        "templates[0].texts.notice：",
        "templates[0].texts.not_acceptance：没有填写：版式 documents/receipt.html 要印这句话",
        "templates[1].number_pattern：“{word}〔{year}〕”里没有 {serial}，文号会重复",
        "templates[1].html：没有“documents/none.html”这个版式",
        "templates[1].valid_from：“2017-02-30”不是日期",
        "templates[1].colour：不认识的字段",
        "templates[2].title：没有填写",
        "texts：应是“名称: 文字”的键值",
        "：应是键值。",
        "texts.title_not_licence：没有填写",
        "texts.ground.dissolved：情形应写作 ground.次序.代码",
        "texts.ground.1.expired：有 201 个字，最多 200 个字",
        "texts：没有写持证人自己申请注销的情形",
        "letterheads[0].word：有 21 个字，最多 20 个字",
        "letterheads[0].valid_to：2015-01-01 早于 2016-01-01",
        "“330203”的 valid_from 2015-05-01 写了两次",
    ):
        assert words in told
    assert not DocumentTemplate.objects.exists()


def test_what_every_paper_of_a_kind_would_stumble_over_is_not_loaded(tmp_path):
    """Loaded it stays for ever: a number cut short stands on the first paper and stops each that follows, a picture keeps all waiting."""

    def break_it(data):
        receipt, notice, *_ = data["templates"]
        receipt.update(number_pattern="{word}{serial:.3}", title="收件\n凭证", texts={**receipt["texts"], "opening": "📄{item:>9999999999}"})
        notice.update(html="documents/style.css", basis="法" * 5001, texts={**notice["texts"], "opening": "{item.upper}"})
        data["letterheads"][0]["word"] = "慈😀"

    with pytest.raises(Refused) as refusal:
        load_templates(changed(tmp_path, break_it))
    assert [error.message.split("，")[0] for error in refusal.value.errors] == [
        "templates[0].title：应写在一行里。",
        "templates[0].texts.opening：里面有文书上印不出来的符号：📄（U+1F4C4）。",
        "templates[0].number_pattern：“{word}{serial:.3}”里的花括号只能是 {word}、{year}、{serial}、{region}。",
        "templates[0].texts.opening：花括号里有这种文书没有的字段或者别的写法",
        "templates[1].basis：有 5001 个字",
        "templates[1].html：没有“documents/style.css”这个版式",
        "templates[1].texts.opening：花括号里有这种文书没有的字段或者别的写法",
        "letterheads[0].word：里面有文书上印不出来的符号：😀（U+1F600）。",
    ]
    assert not DocumentTemplate.objects.exists()


def test_a_list_that_names_itself_is_refused(tmp_path):
    (tmp_path / "itself.yaml").write_text("templates: &all [*all]\nletterheads: []\n")
    with pytest.raises(Refused, match="第 1 行，嵌套过深"):
        load_templates(tmp_path / "itself.yaml")


def test_two_that_hold_on_one_day_are_refused_by_name(tmp_path):
    load_templates()

    def overlap(data):
        last = [row for row in data["templates"] if row["kind"] == "grant"][-1]
        data["templates"].append({**last, "version": last["version"] + 1, "valid_from": date(2028, 1, 1)})
        data["letterheads"] = [{"scope": "330282", "word": "慈", "valid_from": date(2020, 1, 1)}]

    with pytest.raises(Refused, match=r"“grant”在 2028-01-01 同时有两版有效.*请先写明旧版的 valid_to"):
        load_templates(changed(tmp_path, overlap))

    def leave_days(data):
        grant = [row for row in data["templates"] if row["kind"] == "grant"][-1]
        data["templates"].append({**grant, "version": grant["version"] + 1, "valid_from": date(2028, 2, 1)})
        grant["valid_to"] = data["templates"][1]["valid_to"] = date(2027, 12, 31)

    with pytest.raises(Refused) as refusal:
        load_templates(changed(tmp_path, leave_days))
    told = "\n".join(error.message for error in refusal.value.errors)
    assert "“grant”从 2028-01-01 到 2028-02-01 前没有一版有效" in told
    assert "templates[1].valid_to：“receipt”在 2027-12-31 以后没有一版有效" in told


def test_a_change_of_law_ends_the_old_row_and_adds_a_new_one(tmp_path):
    load_templates()

    def reform(data):
        last = [row for row in data["templates"] if row["kind"] == "grant"][-1]
        data["templates"].append({**last, "version": last["version"] + 1, "valid_from": date(2028, 1, 1)})
        last["valid_to"] = date(2027, 12, 31)

    assert load_templates(changed(tmp_path, reform)) == {"templates": 1, "letterheads": 0, "changed": 1}
    assert load_templates()["templates"] == 0  # the rows that ship come again with a new release, and reopen nothing

    def words(data):
        last = [row for row in data["templates"] if row["kind"] == "grant"][-1]
        data["templates"].append({**last, "version": 9, "valid_from": date(2020, 1, 1)})
        last["valid_to"] = date(2019, 12, 31)

    release = changed(tmp_path, words)  # two rows of the one that the office ended: it ends with the second
    assert [load_templates(release)["templates"] for _ in range(2)] == [1, 0]
    assert list(
        DocumentTemplate.objects.filter(kind="grant").order_by("valid_from").values_list("valid_to", flat=True)
    ) == [date(2016, 12, 31), date(2019, 12, 31), date(2027, 12, 31), None]


@pytest.mark.parametrize("number", [2, 9])
def test_an_offices_own_next_version_stands_when_a_release_brings_one(tmp_path, number):
    """A release that ends a sheet and has another follow would not have started where the office had done so itself."""

    def own(data):
        first, *_ = (row for row in data["templates"] if row["kind"] == "inspection_notice")
        rest = [row for row in data["templates"] if row["kind"] != "inspection_notice"]
        ours = {**first, "version": number, "valid_from": date(2026, 6, 1), "valid_to": None, "title": "踏勘通知书"}
        data["templates"] = [*rest, {**first, "valid_to": date(2026, 5, 31)}, ours]

    load_templates(changed(tmp_path, own))
    assert load_templates() == {"templates": 0, "letterheads": 0, "changed": 0}
    stands = DocumentTemplate.objects.filter(kind="inspection_notice").order_by("version")
    assert list(stands.values_list("title", "valid_to")) == [("联合踏勘通知书", date(2026, 5, 31)), ("踏勘通知书", None)]


def test_an_offices_own_version_under_the_same_number_may_begin_later_than_the_releases(tmp_path):
    """The release's second version was left out, and the first ended for it all the same: refused for the month between."""

    def own(data):
        first, *_ = (row for row in data["templates"] if row["kind"] == "inspection_notice")
        rest = [row for row in data["templates"] if row["kind"] != "inspection_notice"]
        ours = {**first, "version": 2, "valid_from": date(2027, 1, 1), "valid_to": None, "title": "踏勘通知书"}
        data["templates"] = [*rest, {**first, "valid_to": date(2026, 12, 31)}, ours]

    load_templates(changed(tmp_path, own))
    assert load_templates() == {"templates": 0, "letterheads": 0, "changed": 0}
    stands = DocumentTemplate.objects.filter(kind="inspection_notice").order_by("version")
    assert list(stands.values_list("title", "valid_to")) == [("联合踏勘通知书", date(2026, 12, 31)), ("踏勘通知书", None)]


def test_the_command_says_what_it_added_and_what_is_wrong(tmp_path, capsys):
    call_command("load_templates")
    assert "新增文书模板" in capsys.readouterr().out
    bad = changed(tmp_path, lambda data: data["templates"].append({**data["templates"][0], "kind": "letter"}))
    with pytest.raises(CommandError, match="不认识的种类“letter”"):
        call_command("load_templates", bad)
    with pytest.raises(CommandError):
        call_command("load_templates", tmp_path / "nothing.yaml")
