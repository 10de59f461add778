"""The lines of materials as every page from home shows them."""

from __future__ import annotations

from collections.abc import Iterable

from apps.applications import actions, queries_files, queries_vault
from apps.applications.actions import checklist
from apps.applications.models import Application, Attachment, MaterialEntry

HINT = "照片（JPG、PNG）或 PDF，单个不超过 {of.megabytes} MB、{of.pages} 页，可以一次选几个。照片自动摆正，并去掉拍摄地点等信息。"


def lines_of(row: Application, entries: list[MaterialEntry], held: dict[str, list] | None = None) -> list[dict]:
    """Material lines with their files and who needs them, loaded in one statement more; `held` = what may be used instead."""
    plan = checklist.planned(row)
    names = {member["code"]: member["name"] for member in row.plan["members"]}
    files: dict[int, list] = {}
    for file in queries_files.files_of(row):
        files.setdefault(file.material_id, []).append(file)
    return [
        {
            "entry": entry,
            "planned": plan[entry.code],
            "told": checklist.requirement(row, entry),
            "files": files.get(entry.pk, []),
            "held": [] if held is None else _unused(held.get(entry.code, ()), files.get(entry.pk, ())),
            "hint": HINT.format(of=actions.limits_of(row, entry.code)),
            "quarantined": any(file.quarantined for file in files.get(entry.pk, ())),
            "members": [names[code] for code in plan[entry.code]["needed_by"]] if len(names) > 1 else [],
        }
        for entry in entries
    ]


def told_above(lines: list[dict], errors: dict[str, str]) -> list[dict]:
    """What the head of the page says of them: with the material's name, for the boxes below are all called alike."""
    names = {line["entry"].code: f"{line['entry'].name}：" for line in lines}
    told = [(code, text) for code, several in errors.items() for text in several.split("\n")]
    return [{"href": f"#upload_file_{code}", "message": names.get(code, "") + text} for code, text in told]


def _unused(held: Iterable[queries_vault.Held], files: Iterable[Attachment]) -> list[queries_vault.Held]:
    here = {file.sha256 for file in files}
    return [one for one in held if one.sha256 not in here]
