"""What is already defined when a file is read: by the database, then by each file before it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass
class RegionFacts:
    name: str
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass
class Known:
    """Codes by kind. Items and bundles carry what conditions and members need; elements their type and choices."""

    departments: dict[str, dict] = field(default_factory=dict)
    zones: dict[str, dict] = field(default_factory=dict)
    elements: dict[str, dict] = field(default_factory=dict)
    materials: dict[str, dict] = field(default_factory=dict)
    items: dict[str, dict] = field(default_factory=dict)  # {"situations", "main_item"}
    bundles: dict[str, dict] = field(default_factory=dict)  # {"situations", "members": [{"item"}]}
    batches: dict[str, dict] = field(default_factory=dict)
    regions: dict[str, RegionFacts] = field(default_factory=dict)
    default_region: str = "330200"  # of a file that names none; "" where several cities are known, and it has to

    def of(self, kind: str) -> dict[str, dict]:
        return getattr(self, kind)


KINDS = {
    "departments": "部门",
    "zones": "板块",
    "elements": "数据元",
    "materials": "材料",
    "items": "事项",
    "bundles": "一件事",
    "batches": "公布批次",
}

# Texts that get a column of their own, in the directory, here or in a case: the most characters that it holds (a test compares).
LONGEST = {
    "departments": {"name": 120, "short_name": 40, "phone": 30},
    "zones": {"name": 60, "hall": 120, "windows": 20},
    "materials": {"name": 200},
    "items": {"name": 200},
    "bundles": {"name": 200},
    "batches": {"name": 200},
}
# Of any other text that stands on a paper: a longer one is refused when the paper is made, and its case could not go on.
LONGEST_PRINTED = 5000
LONGEST_STANDARD = 4900  # of a material's: a notice says it behind the number of papers

# Days (as many as a limit may have) and years of an item that are counted on a calendar, which has an end.
MOST = {("notice_days",): 366, ("extension_cap",): 366, ("result", "valid_years"): 999}

# Of one paper, originals or copies: a desk counts no further, so what an item wants more of could never be received in full.
MOST_OF_A_PAPER = 999

# Of yuan: with more the fees of a one-thing could not be added up.
DIGITS_OF_A_FEE = 12
