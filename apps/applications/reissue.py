"""What a paper of a decision says of its holder and subject, line by line, and the same paper with some lines put right. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from apps.issuance.models import Document

HOLDER = {"legal_rep": "法定代表人", "address": "住所"}
LONGEST = {"name": 120, "legal_rep": 60, "address": 200}  # as the register of parties has them
LONGEST_LINE = 500


@dataclass(frozen=True)
class Said:
    key: str  # "name", "legal_rep", "address", "line0"…: a certificate may have two lines of one label
    label: str
    text: str

    @property
    def longest(self) -> int:
        return max(LONGEST.get(self.key, LONGEST_LINE), len(self.text))  # what was printed may stay as it is


def main_paper(papers: Sequence[Document]) -> Document | None:
    """The one that is shown and lost: the certificate, or the decision where nothing else is given."""
    return next((paper for paper in papers if paper.kind == "certificate"), papers[0] if papers else None)


def said(payload: dict) -> list[Said]:
    """What a paper says of its holder and its subject, line by line, as it may be put right."""
    holder = payload["applicant"]
    rows = [Said("name", "姓名" if holder["kind"] == "person" else "名称", holder["name"])]
    rows += [Said(key, label, holder[key]) for key, label in HOLDER.items() if holder[key]]
    return rows + [Said(f"line{at}", line["label"], line["value"]) for at, line in enumerate(payload.get("lines", ()))]


def put_right(payload: dict, changed: Mapping[str, str]) -> dict:
    """The payload as it was given, with the lines of `changed`."""
    given = {key: value for key, value in payload.items() if key != "office"}
    given["applicant"] |= {key: changed[key] for key in ("name", *HOLDER) if key in changed}
    for at, line in enumerate(given.get("lines", ())):
        line["value"] = changed.get(f"line{at}", line["value"])
    return given


def labels(rows: Collection[Said], changed: Mapping[str, str]) -> list[str]:
    return [row.label for row in rows if row.key in changed]
