"""The one page of an intake as a form: fields from the frozen plan's elements, a line for each material, what each act needs.

Nothing typed is judged here: the rooms judge, and their refusals stand at the field that they name (`answers.x`, `materials.x`,
`promised.x`, `gaps.x`, `situations.x`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django import forms

from apps.applications import queries_counter
from apps.applications.actions import checklist
from apps.applications.models import ON_PAPER, Application, Channel, IssueMode, MaterialEntry
from apps.catalog.conditions import holds
from apps.catalog.forms_schema import shown as element_shown
from apps.directory import queries as directory
from apps.kit.time import today
from apps.web.answering import NUMBERS, YES_NO, Typed, answer_field, condition, is_long, places_for, shown
from apps.web.handout import add_handout
from apps.web.labels import NOT_ACCEPTED
from apps.web.once import OnceForm
from apps.web.stood import StandingForm

State = MaterialEntry.State
IN, MISSING, REJECTED, WAIVED = "in", "missing", "rejected", "waived"
ENTERED = {MISSING: State.MISSING, REJECTED: State.REJECTED, WAIVED: State.WAIVED}
MARKS = [(IN, "收到"), (MISSING, "未交"), (REJECTED, "不合格"), (WAIVED, "免交")]
BY_MAIL = "材料是寄来的，申请人没有到窗口"
FORM = ("answers__", "contact_mobile", "handout__", "issue", "materials__")
BOX = ("materials", "originals", "copies", "remark", "promised", "gaps")


def by_mail(row: Application) -> forms.BooleanField:
    """Of what is entered later. Ticked where the case came by post: it goes on so, unless somebody brings it after all and has come."""
    return forms.BooleanField(label=BY_MAIL, required=False, initial=row.channel == Channel.MAIL)


@dataclass
class Line:
    """One material on the page."""

    entry: MaterialEntry
    plan: dict
    code: str
    asked: bool  # with the answers known now
    departments: list[str]
    supplier: str  # the item whose result this document is, "" when the applicant hands it in
    when: str  # the condition for the script, JSON or ""
    requirement: dict
    bring: bool  # of a case from home: its paper original is still to be compared
    box: dict  # its bound fields by prefix: materials, originals, copies, remark, promised, gaps

    @property
    def tone(self) -> str:
        return {"required": "waiting", "tolerable": "active"}.get(self.entry.necessity, "plain")

    @property
    def short(self) -> bool:
        """Asked for of the applicant, not optional and not in hand: a gap as it stands."""
        entry = self.entry
        return self.asked and entry.necessity != "optional" and not entry.in_hand and entry.state != State.EXPECTED


class WorkForm(StandingForm, OnceForm):
    """`row` a draft (everything) or a received case (materials and acts); `data` what was posted."""

    def __init__(self, row: Application, entries: list[MaterialEntry], data=None, *, do: str = "", editable=None):
        self.row, self.entries, self.do = row, entries, do
        # What is asked follows the page that was sent: the second click of a double click finds the case received already,
        # and must still read as the same request.
        drafted = data.get("draft") == "1" if data is not None else row.state in Application.BEFORE_RECEIPT
        self.editable = drafted if editable is None else editable
        # The page of the questions alone shows no form: what it does not send was not left blank.
        self.whole = data is None or not self.editable or any(name.startswith(FORM) for name in data)
        super().__init__(data)
        self.many = len(row.plan["members"]) > 1 or row.plan["kind"] == "bundle"
        if self.editable:
            self._add_questions()
            self._add_answers()
            self._add_issue()
            self._add_handout()
        self._add_materials()
        if row.state in Application.BEFORE_RECEIPT or not self.editable:
            self.stand_open()
        if not self.editable:
            self._add_wrong_answers()
        self._add_acts()

    def stand_open(self) -> None:
        names = [name for name in self.fields if name != "once" and not name.startswith("gaps__")]
        self.stand(names, draft=self.row.state in Application.BEFORE_RECEIPT)

    # —— fields ——

    def _add_questions(self) -> None:
        answers = self.row.plan["answers"]
        for question in self.row.plan["situations"]:
            kind = question["type"]
            choices = YES_NO if kind == "boolean" else [(c["value"], c["label"]) for c in question["choices"] or ()]
            widget = (
                forms.RadioSelect(choices=choices)
                if kind in ("boolean", "choice")
                else forms.TextInput(attrs={"class": "w-s", "inputmode": "decimal", "autocomplete": "off"})
            )
            name = f"situations__{question['code']}"
            self.fields[name] = Typed(label=question["question"], widget=widget, required=True, number=kind in NUMBERS)
            self.initial[name] = shown(answers.get(question["code"]))

    def _add_answers(self) -> None:
        self.fields["contact_mobile"] = Typed(
            label="联系手机",
            help_text="用于通知和凭编号查询进度；没有手机的，填家人的。",
            required=True,
            widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "class": "w-m"}),
        )
        self.initial["contact_mobile"] = self.row.contact_mobile
        places = places_for(self.row.plan["elements"], self.row.plan["region"])
        for element in [one for group in self.grouped.values() for one in group]:
            name = f"answers__{element['element']}"
            of = self._used_by(element["needed_by"])
            self.fields[name] = answer_field(element, places, required=bool(element.get("required")), more=of)
            self.initial[name] = shown(self.row.answers.get(element["element"]))

    def _add_issue(self) -> None:
        if self.row.plan["issue"] == "applicant_choice":
            self.fields["issue"] = Typed(
                label="几项结果怎么给",
                help_text="由申请人选择。",
                required=True,
                widget=forms.RadioSelect(choices=IssueMode.choices),
            )
            self.initial["issue"] = self.row.issue

    def _add_handout(self) -> None:
        add_handout(self, self.row)

    def _used_by(self, members: list[str]) -> str:
        """Which departments use an entry of the one form; a single item's need no telling."""
        return f"（用于：{'、'.join(self.users(members))}）" if self.many else ""

    def users(self, members: list[str]) -> list[str]:
        return list(dict.fromkeys(self.departments[code] for code in members))

    @cached_property
    def departments(self) -> dict[str, str]:
        """{member code: its department's short name}"""
        members = self.row.plan["members"]
        labels = directory.department_labels(member["department"] for member in members)
        return {m["code"]: labels.get(m["department"], m["department_name"]) for m in members}

    @cached_property
    def to_bring(self) -> set[str]:
        return {entry.code for entry in checklist.to_bring(self.row, self.entries)}

    @cached_property
    def stands_here(self) -> bool:
        """Of a case from home: it is received with this page, or a clerk has received it today."""
        day = self.row.receipt_date
        return day is None or (day == today() and queries_counter.received_by_staff(self.row))

    @cached_property
    def names(self) -> dict[str, str]:
        return {member["code"]: member["name"] for member in self.row.plan["members"]}

    def _add_materials(self) -> None:
        plan = checklist.planned(self.row)
        for entry in self.entries:
            if entry.state == State.EXPECTED:
                continue
            line, code = plan[entry.code], entry.code
            mark = IN if entry.in_hand and entry.state != State.WAIVED else entry.state
            fresh = not entry.originals and not entry.copies
            if self.row.channel not in ON_PAPER and entry.in_hand:
                # What was sent from home is no paper in the clerk's hand, unless who passed the pre-check stands here with the originals:
                # he was told to bring them. Of what was handed in for good he was told that he has nothing to do.
                fresh = fresh and code in self.to_bring and self.stands_here
            given = {
                "materials": Typed(label=entry.name, widget=forms.RadioSelect(choices=MARKS)),
                "originals": Typed(label=f"{entry.name}：原件份数", widget=count_box()),
                "copies": Typed(label=f"{entry.name}：复印件份数", widget=count_box()),
                "remark": Typed(label=f"{entry.name}：说明", widget=forms.TextInput(attrs={"autocomplete": "off"})),
                "promised": Typed(label="申请人书面承诺后补", widget=forms.CheckboxInput()),
                "gaps": Typed(label=f"{entry.name}：补正要求", widget=forms.Textarea(attrs={"rows": 1})),
            }
            for prefix, field in given.items():
                self.fields[f"{prefix}__{code}"] = field
            told = checklist.requirement(self.row, entry)
            self.initial |= {
                f"materials__{code}": mark,
                f"originals__{code}": line.get("originals", 0) if fresh else entry.originals,
                f"copies__{code}": line.get("copies", 0) if fresh else entry.copies,
                f"remark__{code}": entry.remark,
                f"promised__{code}": entry.promised,
                f"gaps__{code}": told["requirement"],
            }

    def _add_wrong_answers(self) -> None:
        """Of what was handed in: what is wrong with an answer, told in the one notice."""
        for element in self.row.plan["elements"]:
            if element_shown(element, self.row.answers, self.row.plan["answers"]):
                box = forms.TextInput(attrs={"class": "w-full", "autocomplete": "off"})
                self.fields[f"fields__{element['element']}"] = Typed(label=element["name"], widget=box)

    def asked(self) -> dict:
        """As it was sent: the second click finds a received case, which is not brought up any more."""
        unsaid = {"stood"} | (set() if self.cleaned_data.get("by_mail") else {"by_mail"})
        asked = {name: value for name, value in super().asked().items() if name not in unsaid}
        return asked | {name: self._typed(self._sent, name) for name in self._stood if name in asked}

    def _add_acts(self) -> None:
        days = {"inputmode": "numeric", "class": "w-xs", "autocomplete": "off"}
        area = {"rows": 2, "class": "w-full", "autocomplete": "off"}
        box = {"class": "w-full", "autocomplete": "off"}
        self.fields |= {
            "gap_days": Typed(label="补齐期限（工作日）", widget=forms.TextInput(attrs=days)),
            "cure_days": Typed(label="补正期限（工作日）", widget=forms.TextInput(attrs=days)),
            "ground": Typed(label="情形", widget=forms.Select(choices=[("", "请选择"), *NOT_ACCEPTED.items()]), required=True),
            "competent_agency": Typed(label="有权办理的机关", widget=forms.TextInput(attrs=box)),
            "reason": Typed(label="不予受理的理由", widget=forms.Textarea(attrs=area), required=True),
            "basis": Typed(label="法律依据（不填则引用行政许可法第三十二条）", widget=forms.TextInput(attrs=box)),
            "free_reason": Typed(label="无需办理的理由", widget=forms.Textarea(attrs=area), required=True),
            "free_basis": Typed(label="依据（可不填）", widget=forms.TextInput(attrs=box)),
        }
        if not self.editable and self._may_be_sent():
            self.fields["by_mail"] = by_mail(self.row)

    def _may_be_sent(self) -> bool:
        """What is entered now may lie in an envelope: of a case from home, or of one begun here another day."""
        if self.row.channel in ON_PAPER:
            return bool(self.row.receipt_date) and self.row.receipt_date < today()
        return True

    def _field_for(self, path: str | None) -> str | None:
        """The days and the reason of an act stand in that act's own panel; that nothing came in is said at the first material."""
        if path == "materials":
            return next((name for name in self.fields if name.startswith("materials__")), None)
        moved = {
            ("accept_gap", "cure_days"): "gap_days",
            ("not_handle", "reason"): "free_reason",
            ("not_handle", "basis"): "free_basis",
        }
        return moved.get((self.do, path)) or super()._field_for(path)

    # —— what the page shows ——

    @property
    def answered(self) -> bool:
        """Every question of the situation has its answer: only then the checklist is the right one."""
        given = self.row.plan["answers"]
        return all(question["code"] in given for question in self.row.plan["situations"])

    @property
    def questions(self) -> list:
        return [self[f"situations__{question['code']}"] for question in self.row.plan["situations"]]

    @property
    def choice(self):
        """How the results are handed out, where the applicant may choose."""
        return self["issue"] if "issue" in self.fields else None

    @cached_property
    def grouped(self) -> dict[str, list[dict]]:
        """{heading: elements} as the page shows them, the headings in the order in which the plan names them first."""
        found: dict[str, list[dict]] = {}
        for element in self.row.plan["elements"]:
            found.setdefault(element.get("group") or "其他", []).append(element)
        return found

    @cached_property
    def groups(self) -> list[tuple[str, list[dict]]]:
        """[(heading, [{"field", "when", "wide"}])]"""
        return [(heading, [self._drawn(element) for element in elements]) for heading, elements in self.grouped.items()]

    def _drawn(self, element: dict) -> dict:
        return {
            "field": self[f"answers__{element['element']}"],
            "when": condition(element.get("when")),
            "wide": element["type"] in ("textarea", "address", "multichoice") or is_long(element),
        }

    @cached_property
    def lines(self) -> list[Line]:
        plan = checklist.planned(self.row)
        return [
            Line(
                entry=entry,
                plan=plan[entry.code],
                code=entry.code,
                asked=holds(plan[entry.code].get("when"), self.row.plan["answers"], self.row.answers) is not False,
                departments=self.users(plan[entry.code]["needed_by"]),
                supplier=self.names.get(plan[entry.code]["supplied_by"], ""),
                when=condition(plan[entry.code].get("when")),
                requirement=checklist.requirement(self.row, entry),
                bring=entry.code in self.to_bring,
                box={name: self[f"{name}__{entry.code}"] for name in BOX if f"{name}__{entry.code}" in self.fields},
            )
            for entry in self.row.weighed(self.entries)
        ]

    # —— what was typed ——

    def raw_answers(self) -> dict:
        return {
            element["element"]: self.cleaned_data.get(f"answers__{element['element']}")
            for element in self.row.plan["elements"]
        }

    def raw_situations(self) -> dict:
        given = {q["code"]: self.cleaned_data.get(f"situations__{q['code']}") for q in self.row.plan["situations"]}
        return {code: value for code, value in given.items() if value not in (None, "")}

    def raw_materials(self) -> dict[str, dict]:
        """{code: what `checklist.enter` takes} for the lines that differ from what is stored."""
        found = {}
        for entry in self.entries:
            code = entry.code
            mark = self.cleaned_data.get(f"materials__{code}")
            if mark not in dict(MARKS):
                continue
            inside = mark == IN
            kept = entry.in_hand and entry.state != State.WAIVED
            values = {
                "state": str(entry.state if inside and kept else State.CONFIRMED if inside else ENTERED[mark]),
                "originals": self.cleaned_data.get(f"originals__{code}") if inside else 0,
                "copies": self.cleaned_data.get(f"copies__{code}") if inside else 0,
                "remark": self.cleaned_data.get(f"remark__{code}") or "",
                "promised": bool(self.cleaned_data.get(f"promised__{code}")) and not inside,
            }
            stored = {name: getattr(entry, name) for name in values}
            if {name: str(value or 0) for name, value in values.items()} != {n: str(v or 0) for n, v in stored.items()}:
                found[code] = values
        return found

    def promised(self) -> list[str]:
        return [entry.code for entry in self.entries if self.cleaned_data.get(f"promised__{entry.code}")]

    def gaps(self) -> list[dict]:
        """Every line that is short with what is typed now, with its requirement as the clerk worded it."""
        typed = self.raw_materials()
        found = []
        for line in self.lines:
            state = typed.get(line.code, {}).get("state", str(line.entry.state))
            rejected = state == State.REJECTED
            if line.entry.state == State.EXPECTED or not line.asked or state not in (State.MISSING, State.REJECTED):
                continue
            if line.entry.necessity == "optional" and not rejected:
                continue
            found.append({"material": line.code, "requirement": self.cleaned_data.get(f"gaps__{line.code}") or ""})
        return found

    @property
    def answer_boxes(self) -> list:
        return [self[name] for name in self.fields if name.startswith("fields__")]

    def wrong_answers(self) -> list[dict]:
        typed = {
            name.removeprefix("fields__"): self.cleaned_data.get(name)
            for name in self.fields
            if name.startswith("fields__")
        }
        return [{"element": code, "problem": problem} for code, problem in typed.items() if problem]


def count_box() -> forms.TextInput:
    return forms.TextInput(
        attrs={"inputmode": "numeric", "class": "material__count", "autocomplete": "off", "maxlength": 3}
    )
