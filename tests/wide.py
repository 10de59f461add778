"""A one-thing of any width, loaded by the real command: what a request costs must not follow how much there is of anything.

code = wide.thing("broad", departments=20, materials=20)
body = wide.filing(code)          # what POST /api/applications/file/ takes: everything in hand
"""

from __future__ import annotations

import yaml

from apps.catalog.actions import load_catalogue
from apps.catalog.loading.source import read
from apps.catalog.plan import compile_plan
from apps.journal.actor import SYSTEM
from apps.kit.time import today
from tests import make


def thing(code: str, *, departments: int, materials: int, staged: bool = False) -> str:
    """A one-thing with as many members as departments and that many materials; all members at once, or `staged`: the others
    after the first one's grant."""
    places = range(1, departments + 1)
    papers = [
        {"material": f"{code}-paper{n}", "necessity": "required", "originals": 1} for n in range(1, materials + 1)
    ]
    items = [
        {
            "code": f"{code}-{n}",
            "name": f"宽事项{n}",
            "type": "10",
            "department": f"{code}-office{n}",
            "handling": "promised",
            "legal_limit": {"days": 20, "unit": "working"},
            "promised_limit": {"days": 10, "unit": "working"},
            "notice_days": 5,
            "max_visits": 0,
            "city_wide": "county",
            "fields": [
                {"element": "applicant_name", "required": True},
                {"element": "applicant_address", "required": True},
            ],
            "materials": papers if n == 1 else papers[:1],
            "result": {"kind": "none"},
        }
        for n in places
    ]
    document = {
        "format": "yichuang-catalog/1",
        "as_of": "2017-08-31",
        "node": "330282",
        "departments": [{"code": f"{code}-office{n}", "name": f"宽部门{n}"} for n in places],
        "materials": [
            {"code": paper["material"], "name": f"宽材料{n}", "kind": "other"} for n, paper in enumerate(papers, 1)
        ],
        "items": items,
        "bundles": [
            {
                "code": code,
                "name": "宽的一件事",
                "lead": {"department": f"{code}-office1", "criterion": "general_intake"},
                "members": [
                    {"item": item["code"], **({"after": [items[0]["code"]]} if staged and item is not items[0] else {})}
                    for item in items
                ],
            }
        ],
    }
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    report = load_catalogue(by=SYSTEM, sources=[read(f"{code}.yaml", text.encode())])
    assert not report.problems, report.problems
    return code


def filing(code: str, *, situations: dict | None = None, without: tuple[str, ...] = (), **given) -> dict:
    """The body of a filing with every asked material in hand except those named."""
    plan = compile_plan(code, situations or {}, today())
    return {
        "code": code,
        "situations": situations or {},
        "applicant": make.APPLICANT,
        "contact_mobile": make.MOBILE,
        "answers": make.answers_for(plan),
        "materials": {
            line["material"]: {"state": "supplied", "originals": 1}
            for line in plan["materials"]
            if line["material"] not in without and not line["supplied_by"]
        },
        **given,
    }
