"""The designer's writes: a bundle's draft is begun and revised; checking and publishing are the moves of `lifecycle`.

A published version is not touched: it is copied into a draft of its own.
"""

from __future__ import annotations

import re
from datetime import date

from apps.directory.models import Region
from apps.journal.actor import Actor
from apps.journal.door import Action, action
from apps.kit.errors import Refused, WrongState
from apps.kit.time import today

from .. import policy, queries_office
from ..content import digest, in_order
from ..models import Definition, DefinitionVersion, Kind
from ..timeline import Slot
from ..workflow import VersionState
from .writing import fresh_version, next_numbers, open_revision, told

_CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}", re.ASCII)


def start_bundle(*, by: Actor, content: dict, valid_from: date | None = None) -> DefinitionVersion:
    """A new one-thing as its first draft. Raises Refused for a code that is malformed or taken."""
    code = content["code"]
    if not _CODE.fullmatch(code):
        raise Refused("code.format", "编码以小写字母或数字开头，只用小写字母、数字、点、横线和下划线。", "code")
    with action(by) as act:
        node = Region.objects.filter(pk=content["region"]).values_list("node_code", flat=True).first()
        policy.allow_node(by, node)
        open_revision(act)  # loads and beginnings follow each other: two cannot take one code
        if Definition.objects.filter(pk=code).exists():
            raise Refused("code.taken", f"编码 {code} 已经有了，请换一个。", "code")
        definition = Definition(code=code, kind=Kind.BUNDLE)
        definition.call(content)
        act.create(definition)
        return _write(act, definition, content, valid_from or today())


def open_draft(*, by: Actor, code: str) -> DefinitionVersion:
    """The draft of a one-thing: the one that is being written, or a copy of what holds or held last.
    Raises Refused for an item, which comes by a file."""
    with action(by) as act:
        open_revision(act)
        definition = act.lock(Definition, code)
        act.allow("revise", definition)
        if definition.kind != Kind.BUNDLE:
            raise Refused("design.item", "只有一件事可以在这里设计；单个事项请导入目录文件。", "code")
        written = definition.versions.filter(state__in=queries_office.UNPUBLISHED).order_by("-number").first()
        if written:
            return written
        base = queries_office.told_by(definition)
        start, end = max(today(), base.valid_from), base.stated_to
        return _write(act, definition, base.content, start, end if end and end >= start else None)


def _write(act: Action, definition: Definition, content: dict, start: date, end: date | None = None) -> DefinitionVersion:
    slot = Slot(start, end, digest(content, end), content)
    number = next_numbers([definition.code])[definition.code]
    version = act.create(fresh_version(definition, slot, number, VersionState.DRAFT))
    act.record(definition, "draft", version=number, **told(slot))
    return version


def revise_bundle(
    *,
    by: Actor,
    version: int,
    seen: str,
    content: dict,
    valid_from: date | None = None,
    valid_to: date | None = None,
    seen_from: date | None = None,
) -> DefinitionVersion:
    """Put this content into the draft. `seen` = the digest that the office had before it when it changed something. With
    `valid_from` its dates too: no `valid_to` then is no last day. `seen_from` = the first day that it had before it, which no digest tells.

    Raises WrongState when the version is no draft, or when somebody else has changed it meanwhile. Raises Refused where its last day lies
    before its first.
    """
    with action(by) as act:
        row = act.lock(DefinitionVersion, version)
        act.allow("revise", row)
        definition = row.definition
        if definition.kind != Kind.BUNDLE or row.state != VersionState.DRAFT:
            raise WrongState("只有一件事的草稿可以修改；已检查或核准的，请先退回修改。")
        if row.digest != seen or (seen_from and row.valid_from != seen_from):
            raise WrongState("这份草稿刚被别人改过，请看过最新内容再改一次。")
        fixed = {"code": definition.code, "region": row.content["region"]}
        changed = [".".join(found["path"]) for found in queries_office.differences(row.content, content | fixed)]
        row.content = in_order(Kind.BUNDLE, content | fixed)
        if valid_from:
            if valid_to and valid_to < valid_from:
                raise Refused("dates", f"最后有效日 {valid_to:%Y年%-m月%-d日} 早于生效日 {valid_from:%Y年%-m月%-d日}。", "valid_to")
            row.valid_from, row.valid_to, row.stated_to = valid_from, valid_to, valid_to
        row.digest = digest(row.content, row.stated_to)
        if row.digest == seen and not valid_from:
            return row
        row.describe()
        act.save(row, "content", "digest", "valid_from", "valid_to", "stated_to", "name", "pinyin", "search", "audience", "themes", "ways")
        if definition.state == "draft":
            definition.call(row.content)
            act.save(definition, "name", "pinyin", "search", "department_id")
        dates = {"valid_from": row.valid_from, "valid_to": row.stated_to}
        act.record(definition, "revise", version=row.number, **dates, changed=changed[:20])
    return row
