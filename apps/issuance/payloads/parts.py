"""What payloads are made of: dates, who and what, lines, gaps, and the fields common to every document."""

# ruff: noqa: RUF009 -- `f` is dataclasses.field with a label

from __future__ import annotations

from dataclasses import MISSING, dataclass, field
from typing import Annotated, Any, Literal

Day = Annotated[str, "day"]
Minute = Annotated[str, "minute"]


def f(label: str, default: Any = MISSING) -> Any:
    """A field with its Chinese name, used in refusals."""
    return field(default=default, metadata={"label": label})


@dataclass(kw_only=True)
class Contact:
    name: str = f("名称", "")
    phone: str = f("电话", "")
    address: str = f("地址", "")


@dataclass(kw_only=True)
class Agency:
    """The MANDATING agency, in whose name the window acts (行政许可法 art. 24)."""

    name: str = f("行政机关名称")
    phone: str = f("联系电话", "")
    address: str = f("地址", "")


@dataclass(kw_only=True)
class Holder:
    """Applicant or certificate holder. `number` is printed as given: mask a citizen number, a USCC is public."""

    kind: Literal["person", "enterprise"] = f("申请人类型")
    name: str = f("申请人姓名或名称")
    number: str = f("证件号码", "")
    legal_rep: str = f("法定代表人", "")
    agent: str = f("委托代理人", "")
    phone: str = f("联系电话", "")
    address: str = f("地址", "")


@dataclass(kw_only=True)
class Item:
    name: str = f("事项名称")
    implementation_code: str = f("实施编码", "")


@dataclass(kw_only=True)
class MaterialLine:
    """One material as it was handed in. form: paper 纸质 | electronic 电子 | shared 数据共享."""

    name: str = f("材料名称")
    form: Literal["paper", "electronic", "shared"] = f("材料形式")
    originals: int = f("原件份数", 0)
    copies: int = f("复印件份数", 0)
    note: str = f("备注", "")


@dataclass(kw_only=True)
class Gap:
    """One thing missing or wrong. Every one needs the legal requirement and how to cure it (行政许可法 art. 32(4))."""

    material: str = f("材料名称")
    problem: str = f("存在的问题", "缺少")
    requirement: str = f("法定要求")
    how: str = f("补正方式")
    used_by: str = f("使用部门", "")


@dataclass(kw_only=True)
class Fee:
    """amount in yuan as text ("30.00"); None = assessed case by case from the basis."""

    name: str = f("收费项目")
    amount: str | None = f("金额", None)
    basis: str = f("收费依据", "")


@dataclass(kw_only=True)
class Line:
    """One labelled line of a certificate's body, e.g. 经营项目: 热食类食品制售."""

    label: str = f("栏目")
    value: str = f("内容")


@dataclass(kw_only=True)
class Promise:
    """The applicant's signed promise to supply what is tolerated (浙江省保障“最多跑一次”改革规定 art. 11)."""

    text: str = f("承诺内容")
    signed_by: str = f("承诺人")
    signed_on: Day = f("承诺日期")


@dataclass(kw_only=True)
class Handed:
    """One paper that was handed over or waits for collection."""

    title: str = f("文书名称")
    number: str = f("文书编号", "")
    copies: int = f("份数", 1)
    item: str = f("所属事项", "")


@dataclass(kw_only=True)
class Common:
    """On every document. `items` names the members of a bundle; a single item leaves it empty.

    `place` is the window that acts on the agency's mandate. `handler` is the person to ask.
    """

    agency: Agency = f("行政机关")
    applicant: Holder = f("申请人")
    item: Item = f("事项")
    case_number: str = f("办件编号")
    date: Day = f("落款日期")
    handler: Contact = f("经办人")
    place: str = f("受理窗口", "")
    items: tuple[Item, ...] = f("包含事项", ())
