"""One realistic payload per kind of document, and the helpers of this room's tests."""

from datetime import UTC, date, datetime
from io import BytesIO

from fontTools.ttLib import TTFont
from pypdf import PdfReader

from apps.issuance.actions import queue_documents, render
from apps.issuance.models import Document
from apps.issuance.payloads import DocumentSpec
from apps.journal.actor import SYSTEM, Actor, PostFacts
from apps.journal.door import action
from apps.kit import files
from apps.kit.time import now

AGENCY = {"name": "慈溪市市场监督管理局", "phone": "0574-63001003", "address": "慈溪市行政服务中心二楼"}
COMPANY = {
    "kind": "enterprise",
    "name": "慈溪市好味道餐饮有限公司",
    "number": "91350100M000100Y43",
    "legal_rep": "陈美丽",
    "agent": "赵建国",
    "phone": "138****5678",
    "address": "浙江省慈溪市浒山街道三北大街 168 号",
}
COMMON = {
    "agency": AGENCY,
    "applicant": COMPANY,
    "item": {"name": "食品经营许可", "implementation_code": "11330282MB0F0100784000131003000"},
    "case_number": "330282202611230001XA",
    "date": date(2026, 11, 23),
    "handler": {"name": "王芳", "phone": "0574-63001003", "address": ""},
    "place": "慈溪市行政服务中心综合审批区 37 号窗口",
}
ADVICE = {"name": "周敏", "phone": "0574-63008001", "address": "行政服务中心一楼咨询代办窗口"}
MATERIALS = [
    {"name": "食品经营许可申请书", "form": "paper", "originals": 1},
    {"name": "法定代表人身份证", "form": "shared", "note": "数据共享核验"},
    {"name": "营业执照", "form": "paper", "originals": 1, "copies": 1, "note": "原件核对后退还"},
    {"name": "经营场所使用证明", "form": "electronic", "copies": 1},
]
GAPS = [
    {
        "material": "经营场所平面布局图",
        "problem": "缺少",
        "requirement": "应标明功能分区、设备布局和卫生设施",
        "how": "到原窗口补交，或者在网上办件页面上传 PDF",
    },
    {
        "material": "从业人员健康证明",
        "problem": "已过有效期（2026 年 10 月 1 日到期）",
        "requirement": "直接接触食品的人员每年体检一次",
        "how": "提交有效期内的健康证明复印件 1 份",
    },
]
ACCEPTANCE = {
    "received_on": date(2026, 11, 23),
    "accepted_on": date(2026, 11, 23),
    "legal_limit": "20 个工作日",
    "legal_due": date(2026, 12, 21),
    "promised_limit": "10 个工作日",
    "promised_due": date(2026, 12, 7),
    "excluded": ["现场核查，约 5 个工作日"],
    "delivery": "窗口领取",
}
PAYLOADS = {
    "receipt": {
        "received_at": datetime(2026, 11, 23, 2, 30, tzinfo=UTC),
        "materials": MATERIALS,
        "notice_last_day": date(2026, 11, 30),
    },
    "supplement_notice": {
        "received_at": datetime(2026, 11, 23, 2, 30, tzinfo=UTC),
        "gaps": GAPS,
        "cure_by": date(2026, 12, 7),
    },
    "supplement_receipt": {
        "received_at": datetime(2026, 11, 25, 6, 5, tzinfo=UTC),
        "materials": MATERIALS[:1],
        "still_missing": ["从业人员健康证明"],
        "cure_by": date(2026, 12, 7),
    },
    "acceptance": ACCEPTANCE,
    "acceptance_with_gap": {
        **ACCEPTANCE,
        "gaps": GAPS,
        "cure_by": date(2026, 12, 4),
        "promise": {
            "text": "本单位承诺在 2026 年 12 月 4 日前补齐上述材料，逾期未补齐的，愿意承担撤销受理的后果。",
            "signed_by": "陈美丽",
            "signed_on": date(2026, 11, 23),
        },
    },
    "non_acceptance": {
        "received_on": date(2026, 11, 23),
        "ground": "not_our_power",
        "reason": "你单位申请的食品生产许可由宁波市市场监督管理局实施，本机关无权办理。",
        "basis": ["食品生产许可管理办法第七条"],
        "competent_agency": {
            "name": "宁波市市场监督管理局",
            "phone": "0574-87180000",
            "address": "宁波市鄞州区宁穿路 1901 号",
        },
        "advice": ADVICE,
    },
    "acceptance_revoked": {
        "accepted_on": date(2026, 11, 2),
        "acceptance_number": "慈市监容受字〔2026〕第000003号",
        "cure_by": date(2026, 11, 16),
        "gaps": GAPS[:1],
        "facts": "截至 2026 年 11 月 16 日，你单位未提交经营场所平面布局图。",
        "reason": "容缺材料逾期未补正，申请不再符合容缺受理的条件。",
        "advice": ADVICE,
    },
    "grant": {
        "accepted_on": date(2026, 11, 2),
        "decided_on": date(2026, 11, 23),
        "content": "准予你单位在慈溪市浒山街道三北大街 168 号从事食品经营，主体业态：餐饮服务经营者；经营项目：热食类食品制售、冷食类食品制售。",
        "basis": ["食品安全法第三十五条", "食品经营许可管理办法（2015 年文本）"],
        "valid_from": date(2026, 11, 23),
        "valid_to": date(2031, 11, 22),
        "certificate_name": "食品经营许可证",
        "certificate_number": "3302822026000008",
        "delivery_due": date(2026, 12, 7),
    },
    "certificate": {
        "name": "食品经营许可证",
        "valid_from": date(2026, 11, 23),
        "valid_to": date(2031, 11, 22),
        "lines": [
            {"label": "经营场所", "value": "浙江省慈溪市浒山街道三北大街 168 号"},
            {"label": "主体业态", "value": "餐饮服务经营者（中型餐馆）"},
            {"label": "经营项目", "value": "热食类食品制售；冷食类食品制售；自制饮品制售（不含生鲜乳饮品）"},
            {"label": "日常监督管理机构", "value": "慈溪市市场监督管理局浒山市场监督管理所"},
        ],
    },
    "refusal": {
        "accepted_on": date(2026, 11, 2),
        "decided_on": date(2026, 11, 23),
        "facts": "2026 年 11 月 12 日，两名核查人员到经营场所现场核查，发现烹饪场所与卫生间之间没有隔离，且无排水设施。",
        "reasons": "经营场所布局不符合与有毒、有害场所以及其他污染源保持规定距离的要求。",
        "basis": ["食品安全法第三十三条", "食品经营许可管理办法第十一条"],
        "advice": ADVICE,
    },
    "service_receipt": {
        "documents": [
            {
                "title": "准予行政许可决定书",
                "number": "慈市监许准字〔2026〕第000007号",
                "copies": 1,
                "item": "食品经营许可",
            },
            {"title": "食品经营许可证", "number": "3302822026000008", "copies": 1, "item": "食品经营许可"},
        ],
        "method": "委托代理人签收",
        "location": "慈溪市行政服务中心统一出件窗口",
        "collector": "赵建国",
        "relation": "委托代理人",
        "id_kind": "居民身份证",
        "id_masked": "3302**********0014",
        "proxy_evidence": "授权委托书（已存档）",
        "at": datetime(2026, 11, 24, 1, 15, tzinfo=UTC),
        "signature": "赵建国",
    },
    "special_procedure": {
        "accepted_on": date(2026, 11, 20),
        "ground": "检测",
        "basis": "行政许可法第四十五条、食品安全法第八十七条",
        "started_on": date(2026, 11, 23),
        "expected_days": 15,
        "organiser": "宁波市食品检验检测研究院",
        "reason": "现场抽取即食生食类样品",
        "legal_left": "19 个工作日",
        "promised_left": "9 个工作日",
    },
    "special_procedure_end": {
        "ground": "检测",
        "started_on": date(2026, 11, 2),
        "ended_on": date(2026, 11, 20),
        "notice_number": "慈市监特字〔2026〕第000003号",
        "result": "检测合格",
        "excluded_days": 14,
        "legal_due": date(2026, 12, 18),
        "promised_due": date(2026, 12, 4),
    },
    "extension_notice": {
        "accepted_on": date(2026, 11, 9),
        "approver": "慈溪市市场监督管理局负责人岑建明",
        "approved_on": date(2026, 11, 23),
        "days": 5,
        "reason": "检测结果需要复核",
        "before": date(2026, 11, 23),
        "legal_due": date(2026, 12, 14),
        "promised_due": date(2026, 11, 30),
    },
    "withdrawal": {
        "requested_on": date(2026, 11, 20),
        "requested_by": "陈美丽",
        "reason": "经营场所另行选址",
        "withdrawn_on": date(2026, 11, 23),
        "returned": MATERIALS[2:3],
    },
    "termination": {
        "ended": ["食品经营许可"],
        "reason": "申请企业已经注销登记",
        "ended_on": date(2026, 11, 23),
        "returned": MATERIALS[2:3],
    },
    "pickup_slip": {
        "results": [
            {"title": "食品经营许可证", "number": "3302822026000008", "copies": 1, "item": "食品经营许可"},
        ],
        "location": "慈溪市行政服务中心统一出件窗口",
        "ready_on": date(2026, 11, 24),
        "waits_for_all": True,
        "bring": ["收件凭证"],
    },
    "inspection_notice": {
        "when": "2026年11月26日上午09:00",
        "where": "慈溪市浒山街道三北大街 1 号",
        "departments": ["慈溪市市场监督管理局", "慈溪市公安消防大队"],
        "officers": [{"label": "慈溪市市场监督管理局", "value": "徐国平（3302820001）、罗敏芝（3302820002）"}],
        "excluded": ["食品经营许可"],
    },
    "inspection_record": {
        "held_on": date(2026, 11, 26),
        "where": "慈溪市浒山街道三北大街 1 号",
        "inspected": [
            {
                "department": "慈溪市市场监督管理局",
                "officers": "徐国平（3302820001）、罗敏芝（3302820002）",
                "findings": [{"point": "布局和设施与经营项目相适应", "verdict": "有问题", "words": "冷菜间无专用冷藏"}],
                "conclusion": "整改后复查",
                "words": "冷菜间设施不全",
            },
            {"department": "慈溪市公安消防大队", "conclusion": "逾期未出具结论"},
        ],
        "rectify": [{"label": "慈溪市市场监督管理局", "value": "冷菜间增设专用冷藏设施"}],
        "rectify_by": date(2026, 12, 10),
        "photos": [{"label": "市场监管", "value": "冷菜间，2026-11-26，SHA-256 0123456789abcdef…"}],
        "signature": "陈美丽",
    },
    "rectification_notice": {
        "held_on": date(2026, 11, 26),
        "rectify": [{"label": "慈溪市市场监督管理局", "value": "冷菜间增设专用冷藏设施"}],
        "rectify_by": date(2026, 12, 10),
    },
    "commitment_rectify": {
        "decided_on": date(2026, 9, 1),
        "promised": "已符合小餐饮店登记的条件，从业人员持健康证明。",
        "facts": "两名从业人员没有健康证明。",
        "rectify_by": date(2026, 12, 10),
    },
    "permit_revoked": {
        "decided_on": date(2026, 9, 1),
        "facts": "两名从业人员没有健康证明。\n复查时仍没有。",
        "rectify_by": date(2026, 11, 10),
        "reason": "整改期限届满，仍不符合登记条件。",
    },
    "cancellation": {
        "decided_on": date(2026, 9, 1),
        "certificate": "3302822026000008",
        "asked_on": date(2026, 11, 20),
        "clause": "被许可人申请注销（行政许可法第七十条第六项）",
        "reason": "门店转让，不再经营。",
        "original": "returned",
    },
    "cancellation_declined": {
        "decided_on": date(2026, 9, 1),
        "certificate": "3302822026000008",
        "asked_on": date(2026, 11, 20),
        "reason": "立案调查的案件还没有办结，结案以后可以再申请。",
    },
    "review_supplement_notice": {
        "accepted_on": date(2026, 11, 2),
        "gaps": GAPS[1:],
        "cure_by": date(2026, 11, 30),
        "due_on": date(2026, 12, 7),
    },
    "review_supplement_slip": {
        "received_at": datetime(2026, 11, 25, 6, 5, tzinfo=UTC),
        "materials": MATERIALS[:1],
        "still_missing": ["从业人员健康证明"],
        "cure_by": date(2026, 12, 7),
    },
    "hearing_right": {
        "interest": "拟设厨房排烟口距相邻住户窗户不足十米，油烟排放涉及相邻住户的重大利益。",
        "third_parties": ["王小明", "慈溪市浒山街道某某小区业主委员会"],
        "request_by": date(2026, 11, 30),
    },
    "hearing_notice": {
        "at": datetime(2026, 12, 10, 1, 0, tzinfo=UTC),
        "location": "慈溪市行政服务中心三楼听证室",
        "presider": "林国栋",
        "reason": "涉及他人重大利益：油烟排放涉及相邻住户的重大利益。",
        "third_parties": ["王小明"],
        "excluded": True,
    },
    "amendment": {
        "reason": "现场测量就餐区面积为 600 平方米",
        "changed_on": date(2026, 11, 24),
        "answers": [{"label": "就餐区面积", "value": "600"}],
        "changes": [{"item": "公众聚集场所消防安全检查", "change": "新增，今日受理", "due": date(2026, 12, 3)}],
        "materials": ["消防安全制度"],
        "due": date(2026, 12, 15),
    },
}


def payload(kind: str, **changes) -> dict:
    return {**COMMON, **PAYLOADS[kind], **changes}


def spec(kind: str, *, root_id: int = 1, member_id: int | None = 1, replaces: int | None = None, **changes):
    return DocumentSpec(kind, root_id, member_id, "330282", "scjg", payload(kind, **changes), replaces)


def queued(*specs: DocumentSpec) -> list[Document]:
    with action(SYSTEM) as act:
        return queue_documents(act, list(specs))


def printed(kind: str, **changes) -> Document:
    """A document queued and rendered the lawful way."""
    document = queued(spec(kind, **changes))[0]
    assert render(document.pk)
    return Document.objects.get(pk=document.pk)


def reader(document: Document) -> PdfReader:
    return PdfReader(BytesIO(files.read(document.path)))


def text_of(document: Document) -> str:
    """What a reader finds on the pages, without the line breaks of the layout."""
    return "".join("".join(page.extract_text().split()) for page in reader(document).pages)


def by_number(font) -> bool:
    """Whether the embedded font has every glyph that is written under its own number, as a strict reader of PDF looks it up."""
    held = font["/DescendantFonts"][0]
    widths = iter(held["/W"])  # the number of a glyph, then the widths from there on
    written = [number for first, row in zip(widths, widths, strict=True) for number in range(first, first + len(row))]
    names = TTFont(BytesIO(held["/FontDescriptor"]["/FontFile3"].get_data()), lazy=True)["CFF "].cff.topDictIndex[0].charset
    return bool(written) and all(names[number] == f"cid{number:05d}" for number in written)


def filed(kind: str, **changes) -> Document:
    """A document that went through the same move with a file of a few bytes: for tests that do not look at the paper."""
    document = queued(spec(kind, **changes))[0]
    stored = files.store(f"%PDF-1.7 {document.number}".encode(), ".pdf")
    with action(SYSTEM) as act:
        row = act.lock(Document, document.pk)
        act.move(row, "render", path=stored.path, sha256=stored.sha256, size=stored.size, pages=1, at=now())
    return Document.objects.get(pk=document.pk)


def staff(role: str, *, id: int = 7, name: str = "李强", department: str | None = "scjg") -> Actor:
    post = PostFacts(id=id, role=role, region="330282", node="330282", department=department)
    return Actor("staff", id, name, (post,))
