"""Printing: every kind on paper, once, again without harm, and never a box."""

import json
import subprocess
import sys
import threading
from datetime import date
from errno import ENOSPC
from pathlib import Path

import pytest
import segno
from django.conf import settings
from django.db import connection
from django.urls import resolve
from pypdf import PdfReader

from apps.issuance import paper
from apps.issuance.actions import render
from apps.issuance.handlers import render_for
from apps.issuance.models import Document, Kind
from apps.journal.models import Event
from apps.kit import files
from apps.kit.errors import Later

from .samples import COMPANY, MATERIALS, payload, printed, queued, reader, spec, text_of

pytestmark = pytest.mark.django_db

# What each kind must say, in the law's words (DOMAIN.md 2.5).
SAYS = {
    "receipt": ["不是受理决定", "2026年11月23日10时30分", "最迟不晚于2026年11月30日", "营业执照", "复印件"],
    "supplement_notice": ["全部内容一次性告知", "从业人员健康证明", "2026年12月7日前", "视为撤回申请", "不予受理"],
    "supplement_receipt": ["以下材料尚未收到", "从业人员健康证明", "食品经营许可申请书"],
    "acceptance": ["予以受理", "2026年12月21日", "2026年12月7日", "现场核查", "不收费", "窗口领取"],
    "acceptance_with_gap": ["先予受理", "撤销受理并说明理由", "承诺人：陈美丽", "2026年12月4日", "经营场所平面布局图"],
    "non_acceptance": [
        "不属于本机关职权范围",
        "宁波市市场监督管理局",
        "六十日",
        "六个月",
        "慈溪市人民政府",
        "慈溪市人民法院",
    ],
    "acceptance_revoked": ["撤销上述受理", "逾期未补正", "六十日", "慈溪市人民法院"],
    "grant": ["决定准予行政许可", "2026年11月23日至2031年11月22日", "3302822026000008", "十个工作日"],
    "certificate": ["食品经营许可证", "陈美丽", "热食类食品制售", "2026年11月23日至2031年11月22日"],
    "refusal": ["决定不予行政许可", "没有隔离", "食品安全法第三十三条", "六十日", "六个月", "周敏"],
    "service_receipt": ["委托代理人签收", "赵建国", "3302**********0014", "慈市监许准字〔2026〕第000007号"],
    "special_procedure": ["检测", "15 个工作日", "第二十八条", "2026年11月23日当日仍计入", "9 个工作日"],
    "special_procedure_end": ["慈市监特字〔2026〕第000003号", "不计入的有 14 个工作日", "检测合格", "2026年12月4日"],
    "extension_notice": ["延长 5 个工作日", "岑建明于2026年11月23日批准", "检测结果需要复核", "2026年11月30日"],
    "withdrawal": ["准予撤回", "经营场所另行选址", "营业执照"],
    "termination": ["终止办理，不作决定：“食品经营许可”", "申请企业已经注销登记", "营业执照"],
    "amendment": ["情形有误", "新增，今日受理", "2026年12月3日", "2026年12月15日前办结"],
    "pickup_slip": ["统一出件窗口", "一次领取", "有效身份证件"],
    "inspection_notice": ["一次到场联合踏勘", "2026年11月26日上午09:00", "3302820001", "不计入办理期限", "不少于两人"],
    "inspection_record": [
        "有问题",
        "整改后复查",
        "逾期未出具结论",
        "2026年12月10日前整改",
        "0123456789abcdef",
        "陈美丽",
    ],
    "rectification_notice": ["冷菜间增设专用冷藏设施", "2026年12月10日前", "只对上列内容复查"],
    "commitment_rectify": ["根据你（单位）的告知承诺准予", "没有健康证明", "2026年12月10日前", "依法撤销"],
    "permit_revoked": ["2026年11月10日前整改", "复查时仍没有", "自本决定作出之日起失效", "信用修复以前", "复议"],
    "cancellation": ["你（单位）于2026年11月20日申请注销", "门店转让", "第七十条第六项", "决定予以注销", "原件已经交回", "六十日"],
    "cancellation_declined": ["2026年11月20日申请注销", "立案调查", "证照继续有效", "再次申请", "慈溪市人民政府"],
    "hearing_right": ["要求听证的权利", "最迟2026年11月30日", "不承担", "王小明", "第四十七条"],
    "hearing_notice": ["2026年12月10日9时00分", "三楼听证室", "林国栋", "申请回避", "不计入办理期限"],
    "review_supplement_notice": ["继续计算", "2026年12月7日", "2026年11月30日前", "不视为撤回申请", "现有材料"],
    "review_supplement_slip": ["审查阶段", "以下材料尚未收到", "不是对其内容的认可"],
}


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("kind", Kind.values)
def test_every_kind_says_what_the_law_wants(kind):
    document = printed(kind)
    embeds_its_fonts_and_says_pdf_a(reader(document))
    text = text_of(document)
    for words in [
        *SAYS[kind],
        "未签章",
        "以登记的编号与SHA-256校验",
        document.number,
        document.payload["agency"]["name"],
        document.payload["applicant"]["name"],
        document.payload["case_number"],
        document.verify_code[:4],
    ]:
        assert squeezed(words) in text, words
    if kind != "certificate":
        assert f"第1页共{document.pages}页" in text
        assert "11330282MB0F0100784000131003000" in text
    assert document.sha256 == files.store(files.read(document.path), ".pdf").sha256
    assert document.pages == len(reader(document).pages)


def embeds_its_fonts_and_says_pdf_a(pdf: PdfReader) -> None:
    fonts = [
        font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        for page in pdf.pages
        for font in page["/Resources"]["/Font"].values()
    ]
    assert fonts
    assert all({"/FontFile", "/FontFile2", "/FontFile3"} & font.keys() for font in fonts)
    assert pdf.trailer["/Root"]["/OutputIntents"]
    metadata = pdf.trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    assert 'pdfaid:part="3"' in metadata or "<pdfaid:part>3" in metadata
    assert 'pdfaid:conformance="B"' in metadata or "<pdfaid:conformance>B" in metadata
    assert "/Encrypt" not in pdf.trailer


def test_the_qr_code_is_on_the_page_and_leads_to_the_verification_page(settings):
    settings.SITE_URL = "https://yichuang.example.gov.cn/"
    document = queued(spec("receipt"))[0]
    address = f"https://yichuang.example.gov.cn/verify/{document.verify_code}/"
    source = paper.to_html(document)
    assert segno.make(address, error="m", micro=False).svg_data_uri(border=1, scale=4).split("svg", 1)[0] in source
    assert address in source
    assert paper.address(document) == address
    assert resolve(f"/verify/{document.verify_code}/").kwargs == {"code": document.verify_code}


def test_the_certificate_carries_its_own_data():
    document = printed("certificate")
    content = json.loads(reader(document).attachments["certificate.json"][0])
    assert content["number"] == document.number
    assert content["applicant"]["name"] == COMPANY["name"]
    assert content["valid_to"] == "2031-11-22"
    assert content["verify_code"] == document.verify_code
    renewed = printed("grant", by_law=True)  # nobody examined it, nobody decided: the paper does not say so
    assert not reader(renewed).attachments
    assert "没有作出是否准予延续的决定" in (text := text_of(renewed)) and "经审查" not in text and "决定准予" not in text


def test_the_same_content_gives_the_same_bytes():
    document = queued(spec("certificate"))[0]
    assert paper.make(document).content == paper.make(Document.objects.get(pk=document.pk)).content


def test_a_second_order_prints_nothing():
    document = printed("receipt")
    events = Event.objects.count()
    assert render(document.pk) is False
    assert Event.objects.count() == events


@pytest.mark.parametrize("full", ["apps.kit.files._write", "weasyprint.text.fonts.mkdtemp"])
def test_a_render_killed_before_its_end_is_done_again(monkeypatch, full):
    """Of the paper, or of the fonts that a fresh worker cuts first: each document then waited for somebody to try it again."""
    document = queued(spec("receipt"))[0]
    if "fonts" in full:
        paper.press.cache_clear()
    with monkeypatch.context() as broken:
        broken.setattr(full, lambda *_, **__: (_ for _ in ()).throw(OSError(ENOSPC, "no space left")))
        with pytest.raises(Later, match="no space left"):
            render(document.pk)
    assert Document.objects.get(pk=document.pk).state == "queued"
    assert not Event.objects.exists()
    assert render(document.pk)
    assert Document.objects.get(pk=document.pk).state == "rendered"
    assert list(Event.objects.values_list("name", "from_state", "to_state")) == [
        ("document.render", "queued", "rendered")
    ]


@pytest.mark.pdf
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_print_once():
    document = queued(spec("receipt"))[0]
    ready, done = threading.Barrier(2), []

    def work():
        ready.wait()
        try:
            done.append(render(document.pk))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(done) == [False, True]
    assert Event.objects.filter(name="document.render").count() == 1


def test_the_event_of_a_case_prints_all_that_waits_for_it():
    ours = queued(spec("grant"), spec("certificate"))
    other = queued(spec("receipt", root_id=2))[0]
    render_for(Event(chain="application:1", name="member.grant"))
    assert {d.state for d in Document.objects.filter(pk__in=[d.pk for d in ours])} == {"rendered"}
    assert Document.objects.get(pk=other.pk).state == "queued"


def test_sixty_materials_break_over_pages_with_the_head_repeated():
    many = [{**MATERIALS[at % 4], "name": f"第 {at + 1} 份材料：{'证明' * (at % 9)}"} for at in range(60)]
    document = printed("receipt", materials=many)
    pages = [squeezed(page.extract_text()) for page in reader(document).pages]
    assert document.pages >= 3
    assert all("材料名称" in page for page in pages if "份材料" in page)
    assert "第60份材料" in "".join(pages)
    assert f"第{document.pages}页共{document.pages}页" in pages[-1]


def test_long_names_wrap_and_stay_on_the_page():
    name = "慈溪市" + "三北大街好味道连锁餐饮管理" * 6 + "有限公司"
    lines = [{"label": f"项目{at}", "value": "热食类食品制售"} for at in range(8)]
    document = printed("certificate", applicant={**COMPANY, "name": name[:100]}, lines=lines)
    assert name[:100] in text_of(document)
    assert document.pages == 1
    places = {}
    page = reader(document).pages[0]
    page.extract_text(visitor_text=lambda text, cm, tm, *_: places.setdefault(text.strip()[:3], tm[5] * cm[3] + cm[5]))
    assert places["有效期"] > places["查询码"]  # the last row stands above the code, not under it


def test_a_certificate_too_long_for_one_page_goes_on_to_the_next():
    lines = [{"label": f"项目{at}", "value": "自制饮品、冷食类食品、糕点类食品制售" * 6} for at in range(14)]
    document = printed("certificate", lines=lines)
    assert document.pages > 1
    assert f"第{document.pages}页共{document.pages}页" in text_of(document)
    pages = [squeezed(page.extract_text()) for page in reader(document).pages]
    assert all(document.number in page and document.verify_code[:4] in page for page in pages)  # no page passes into another's
    assert "项目13" in text_of(document)
    assert "发证机关" in text_of(document)


def test_a_line_that_repeats_the_holder_is_not_printed_twice():
    lines = [{"label": "企业名称", "value": COMPANY["name"]}, {"label": "经营面积", "value": "120 平方米"}]
    text = text_of(printed("certificate", lines=lines))
    assert "企业名称" not in text
    assert "经营面积120平方米" in text


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src="file:///etc/passwd">', "{{ document.payload }}", "{agency}&amp;"]
)
def test_markup_in_a_name_is_printed_as_it_was_written(name):
    document = printed("acceptance", applicant={"kind": "enterprise", "name": name})
    assert squeezed(name) in text_of(document)


def test_nothing_is_fetched_from_outside(monkeypatch):
    asked = []
    monkeypatch.setattr("urllib.request.OpenerDirector.open", lambda self, request, **_: asked.append(request))
    document = queued(spec("acceptance"))[0]
    monkeypatch.setattr(
        paper, "to_html", lambda _: '<img src="http://127.0.0.1:9/x.png"><img src="file:///etc/hostname"><p>正文</p>'
    )
    paper.make(document)
    assert asked == []


def test_the_deemed_acceptance_and_the_provisional_calendar_are_said():
    text = text_of(printed("acceptance", deemed=True, provisional=True, fees=[{"name": "工本费", "amount": "10.00"}]))
    assert "依法自收到申请材料之日（2026年11月23日）起即为受理" in text
    assert "推定日历" in text
    assert "工本费：10.00元" in text


def test_who_was_told_nothing_reads_the_article_by_which_that_is_an_acceptance():
    def cited(**facts) -> str:
        return paper.to_html(queued(spec("acceptance", deemed=True, date=date(2026, 12, 1), **facts))[0]).split("依据：")[1][:30]

    assert "第三十二条第一款第四项" in cited()
    assert "第三十二条第一款第五项" in cited(supplemented_on=date(2026, 11, 30))  # all that was asked for came


def test_the_agent_of_a_person_stands_beside_no_legal_representative():
    page = paper.to_html(queued(spec("receipt", applicant={"kind": "person", "name": "王小宝", "agent": "王大力"}))[0])
    assert "王大力" in page and "<th>法定代表人" not in page


def test_an_article_that_a_refusal_to_accept_rests_on_is_cited_once():
    article = "《中华人民共和国行政许可法》第三十二条"
    assert paper.to_html(queued(spec("non_acceptance", ground="other", basis=[article]))[0]).count(article) == 1


def test_a_visit_of_one_department_is_not_called_joint():
    alone = {"departments": ["慈溪市市场监督管理局"], "excluded": []}
    one, again, before = queued(
        spec("inspection_notice", date=date(2026, 12, 1), **alone),
        spec("inspection_notice", date=date(2026, 12, 1), again=True, **alone),
        spec("inspection_notice", **alone),
    )
    assert {one.title, again.title} == {"现场踏勘通知书"} and before.title == "联合踏勘通知书"
    told, once_more = paper.to_html(one), paper.to_html(again)
    assert "本机关定于下列时间到场踏勘" in told and "不少于两人" in told and "需要复查。本机关" in once_more
    assert not any(word in told + once_more for word in ("联合", "有关部门", "各部门"))
    # A second look to which another goes than who leads the visit and tells of it: nobody of "this agency" comes.
    other = queued(spec("inspection_notice", date=date(2026, 12, 1), again=True, departments=["慈溪市公安消防大队"], excluded=[]))[0]
    assert other.title == "现场踏勘通知书" and "需要复查。有关部门定于下列时间到场" in paper.to_html(other) and "本机关" not in paper.to_html(other)
    several = queued(spec("inspection_notice", date=date(2026, 12, 1)))[0]
    assert several.title == "联合踏勘通知书" and "一次到场联合踏勘" in paper.to_html(several)


def test_before_the_provincial_rule_its_article_is_not_cited():
    assert "最多跑一次" not in text_of(printed("receipt", date=date(2018, 12, 31)))
    assert "最多跑一次" in text_of(printed("receipt", date=date(2019, 1, 1)))


def test_a_line_with_a_number_in_it_is_not_drawn_out():
    """Chinese words have no spaces: a justified line puts all its room beside the only number in it."""
    assert "justify" not in (Path(settings.BASE_DIR) / "templates/documents/style.css").read_text(encoding="utf-8")


def test_a_bundle_names_its_members():
    items = [{"name": "食品经营许可"}, {"name": "公众聚集场所消防安全检查"}]
    text = text_of(printed("receipt", item={"name": "开餐饮店一件事"}, items=items, member_id=None))
    assert "1.食品经营许可2.公众聚集场所消防安全检查" in text


@pytest.mark.pdf
def test_memory_stays_flat_over_many_prints():
    """One FontConfiguration per process: thirty prints after a warm-up stay flat (a fresh one each costs 400 MB). Whether the space
    in which one font was cut (80 MB) has been given back when it is measured is the allocator's choice."""
    script = Path(__file__).with_name("print_many.py")
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=300, check=True)
    warm, end = map(int, run.stdout.split())
    assert end - warm < 120_000, f"{warm} kB -> {end} kB"


@pytest.mark.pdf
def test_the_wheel_serves_where_the_system_has_no_chinese_font():
    script = Path(__file__).with_name("print_many.py")
    run = subprocess.run([sys.executable, script, "wheel"], capture_output=True, text=True, timeout=300, check=True)
    assert "YichuangSerif" in run.stdout.replace("-", "")
    assert "CJK" not in run.stdout
    assert "Everyday" in run.stdout and run.stdout.count("True") > 1 and "False" not in run.stdout


def test_a_payload_without_options_is_printed_too():
    bare = {
        "agency": {"name": "慈溪市民政局"},
        "applicant": {"kind": "person", "name": "李"},
        "item": {"name": "事项"},
        "case_number": "1",
        "handler": {},
        "place": "",
        "items": [],
        "fees": [],
        "excluded": [],
        "legal_limit": "",
        "legal_due": None,
        "promised_due": None,
        "delivery": "",
    }
    assert printed("acceptance", **bare).state == "rendered"
    assert payload("acceptance")["applicant"]["name"] == COMPANY["name"]
