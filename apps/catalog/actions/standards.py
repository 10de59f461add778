"""Sector standards into the database: judged as a whole, then added; a version that is there is never rewritten."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from apps.journal.actor import Actor
from apps.journal.door import action

from .. import policy, queries_office
from ..loading import standards as judging
from ..loading.problems import Problem
from ..loading.source import Source
from ..models import Standard
from .writing import draw_number, open_revision


@dataclass
class Loaded:
    """Problems (then nothing has changed), or {"created", "ended", "unchanged"}: numbers of versions."""

    problems: list[Problem] = field(default_factory=list)
    counts: dict = field(default_factory=dict)


def load_standards(*, by: Actor, sources: list[Source], check_only: bool = False) -> Loaded:
    """Add what is new. Of a version already loaded only the last day may be stated anew: cases were judged by the rest."""
    with action(by) as act:
        policy.allow_shared(by, "行业标准")
        revision = open_revision(act)
        loaded = {(row.code, row.version): row for row in Standard.objects.all()}
        problems, stated = judging.check(sources, queries_office.known(), loaded.values())
        fresh, ended = [], []
        for one in stated:
            row = loaded.get((one.code, one.version))
            if row is None:
                fresh.append(Standard(**asdict(one)))
            elif changed := _changed(row, one):
                problems += _rewritten(sources, one, changed)
            elif row.valid_to != one.valid_to:
                row.valid_to = one.valid_to
                ended.append(row)
        if problems:
            return Loaded(problems)
        if (fresh or ended) and not check_only:
            Standard.objects.bulk_create(fresh)
            Standard.objects.bulk_update(ended, ["valid_to"])
            draw_number(act, revision)
            written = [f"{row.code} v{row.version}" for row in (*fresh, *ended)]
            act.record(revision, "load_standards", versions=written)
    rest = len(stated) - len(fresh) - len(ended)
    return Loaded(counts={"created": len(fresh), "ended": len(ended), "unchanged": rest})


def _changed(row: Standard, one: judging.Stated) -> list[str]:
    return [name for name, value in asdict(one).items() if name != "valid_to" and getattr(row, name) != value]


def _rewritten(sources: list[Source], one: judging.Stated, changed: list[str]) -> list[Problem]:
    found = []
    for source in sources:
        rows = (source.data or {}).get("standards")
        for index, row in enumerate(rows if isinstance(rows, list) else []):  # faulty ones are told already
            if isinstance(row, dict) and (row.get("code"), row.get("version")) == (one.code, one.version):
                path = f"standards[{index}].{changed[0]}"
                line = source.line(("standards", index, changed[0]))
                message = f"标准 {one.code} 第 {one.version} 版已经载入，不能改写 {'、'.join(changed)}；请写成新的一版"
                found.append(Problem(source.name, line, path, "version", message))
    return found
