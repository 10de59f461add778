"""Run on its own by test_render_document and the benchmark: prints documents in one process and says how the memory went, thirty
of them, or the number given (then with the seconds, after every tenth).

With `wheel`, the system's fonts are hidden and the names of the fonts in the printed file are said instead.
"""

import json
import os
import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[2]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from apps.issuance import glyphs, paper  # noqa: E402
from apps.issuance.checking import clean  # noqa: E402
from apps.issuance.loading import rows  # noqa: E402
from apps.issuance.models import Document, DocumentTemplate  # noqa: E402
from tests.issuance.samples import by_number, payload  # noqa: E402

ROWS = rows()["templates"]


def document(kind: str, at: int) -> Document:
    row = next(row for row in reversed(ROWS) if row["kind"] == kind)
    content = clean(kind, payload(kind))
    office = {"reconsideration_body": "慈溪市人民政府", "court": "慈溪市人民法院", "site": "http://localhost"}
    return Document(
        kind=kind,
        title=row["title"],
        number=f"第{at}号",
        verify_code=f"{at:012d}",
        day=datetime(2026, 11, 23).date(),
        template=DocumentTemplate(**row),
        queued_at=datetime(2026, 11, 23, tzinfo=UTC),
        payload={**content, "office": office},
    )


def kilobytes() -> int:
    """What the process holds of its own: pages of mapped files (fonts) come and go as the kernel likes."""
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("RssAnon:"))


if sys.argv[1:] == ["wheel"]:
    from pypdf import PdfReader

    glyphs.SYSTEM_DIRS = []
    named = document("grant", 1)
    named.payload["applicant"]["name"] = "陈㛃丽"  # the small fonts have it not
    pdf = PdfReader(BytesIO(paper.make(named).content))
    fonts = [font.get_object() for font in pdf.pages[0]["/Resources"]["/Font"].values()]
    print([font["/BaseFont"] for font in fonts], [by_number(font) for font in fonts])
else:
    kinds = ["withdrawal", "certificate"]
    for at in range(4):
        paper.make(document(kinds[at % 2], at))
    if sys.argv[1:]:
        total, started = int(sys.argv[1]), perf_counter()
        for at in range(total + 1):
            if at % max(total // 10, 1) == 0:
                print(json.dumps({"papers": at, "seconds": perf_counter() - started, "kilobytes": kilobytes()}), flush=True)
            if at < total:
                paper.make(document(kinds[at % 2], at))
    else:
        warm = kilobytes()
        for at in range(30):
            paper.make(document(kinds[at % 2], at))
        print(warm, kilobytes())
