"""What comes later: materials after a one-time notice (complete: accepted that day), and those promised at acceptance."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from django import forms
from django.contrib import messages
from django.forms import BoundField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.applications import actions, display, queries_counter
from apps.applications.actions.checklist import as_told
from apps.applications.actions.mending import judged_bad
from apps.applications.actions.supplements import demand_owed
from apps.applications.models import Application, MaterialEntry
from apps.catalog.forms_schema import personal
from apps.kit.errors import WrongState
from apps.web.answering import Typed, add_answers, shown
from apps.web.cancelling import why_not
from apps.web.once import OnceForm
from apps.web.stood import StandingForm, mark

from .filling import IN, MARKS, REJECTED, WAIVED, State, by_mail, count_box
from .frame import applicant_of, clerk, number_of, side
from .keeping import attach_all, told_together


class LaterForm(StandingForm, OnceForm):
    """One line for each material that was asked for: came, still missing, not good enough, or not needed after all."""

    judges = True
    from_home = State.SUPPLEMENTED  # of a line not registered yet: it is in hand by a file alone, and there is no paper to count

    def __init__(
        self,
        row: Application,
        lines: list[MaterialEntry],
        data=None,
        *,
        wrong: Sequence[dict],
        told: Mapping[str, dict],
        bad: Collection[str] = (),
        seen: str = "",
    ):
        """`lines` with their scans. `seen`: a mark of what came from home up to now; the page carries it."""
        self.row, self.lines, self.wrong = row, lines, wrong
        # Bad when the notice was written: nothing has been judged of what comes after it, and it may be bad for the same reason.
        self.before = {one.code for one in lines if one.state == State.REJECTED and told[one.code].get("problem") == as_told(one)}
        super().__init__(data)
        plan = {line["material"]: line for line in row.plan["materials"]}
        for entry in lines:
            self._add_line(entry, plan[entry.code])
        add_answers(self, row, wrong)
        self.fields["by_mail"] = by_mail(row)
        self.covered = self._cover()
        self.bad = bad
        self.judge()
        self.stand(
            [name for name in self.fields if name.startswith(("answers__", "faulty__"))],
            beside=[f"{name}__{entry.code}" for entry in lines if self.judges for name in ("materials", "remark", "files")],
            draft=False,
        )
        for entry in lines:
            if self._came_meanwhile(entry):  # judged by nobody who sends this; shown as it is, if the page is shown again
                for name in ("materials", "originals", "copies", "remark"):
                    self.show_now(f"{name}__{entry.code}")
        self.fields["seen"] = forms.CharField(required=False, widget=forms.HiddenInput)
        self.initial["seen"] = seen
        self.behind = self.is_bound and self.data.get("seen", "") not in ("", seen)
        if self.is_bound:
            self.data["seen"] = seen  # shown again, the page shows what is there now

    def _add_line(self, entry: MaterialEntry, planned: dict) -> None:
        """Its boxes, as it stands; `planned`: its line of the plan, which says how many originals and copies are wanted."""
        code = entry.code
        self.fields[f"materials__{code}"] = Typed(label=entry.name, widget=forms.RadioSelect(choices=MARKS))
        self.fields[f"originals__{code}"] = Typed(label=f"{entry.name}：原件份数", widget=count_box())
        self.fields[f"copies__{code}"] = Typed(label=f"{entry.name}：复印件份数", widget=count_box())
        self.fields[f"remark__{code}"] = Typed(label=f"{entry.name}：说明", widget=forms.TextInput(attrs={"autocomplete": "off"}))
        judged = entry.state in (State.WAIVED, State.REJECTED) and code not in self.before
        by_file = entry.state == self.from_home
        self.initial |= {
            f"materials__{code}": entry.state if judged else IN if entry.in_hand else "missing",
            f"originals__{code}": 0 if by_file else planned.get("originals", 0),
            f"copies__{code}": 0 if by_file else planned.get("copies", 0),
            f"remark__{code}": entry.remark,
            f"files__{code}": [scan.pk for scan in entry.live if scan.sender],  # what the desk itself scans it has seen
        }

    def _cover(self) -> set[str]:
        """Personal data is not laid open by opening this page: such a field begins empty beside its mask."""
        wanted = {one["element"] for one in self.wrong}
        covered = [one for one in self.row.plan["elements"] if one["element"] in wanted and personal(one)]
        for element in covered:
            name, now = f"answers__{element['element']}", self.row.answers.get(element["element"])
            field = self.fields[name]
            field.help_text, field.required = f"现在是 {display.answer_shown(element, now)}；没有更正的留空。", False
            self.initial[name] = ""
        return {element["element"] for element in covered}

    def judge(self) -> None:
        """What was brought for an answer may be as wrong as what stands there: then it is not entered, but it came."""
        for one in self.wrong:
            if f"answers__{one['element']}" in self.fields:
                name = f"faulty__{one['element']}"
                self.fields[name] = forms.BooleanField(label=f"补来的“{one['name']}”仍不合格，没有采用", required=False)
                self.initial[name] = one["element"] in self.bad

    def faulty(self) -> list[str]:
        """Newly judged; or a judgement that was left ticked beside another answer, which is refused."""
        ticked = [one["element"] for one in self.wrong if self.cleaned_data.get(f"faulty__{one['element']}")]
        given = self.mended()
        return [code for code in ticked if code not in self.bad or code in given]

    def mended(self) -> dict:
        """The answers that are not as they were, and those that hold after all: judged bad before, and not ticked any more."""
        typed = {one["element"]: self.cleaned_data.get(f"answers__{one['element']}") for one in self.wrong}
        left = {code for code in self.covered if typed[code] in (None, "", [])}
        given = {code: value for code, value in typed.items() if code not in left and value != shown(self.row.answers.get(code))}
        holds = [code for code in self.bad if code in self.row.answers and not self.cleaned_data.get(f"faulty__{code}")]
        return {code: self.row.answers[code] for code in holds} | given

    def _field_for(self, path: str | None) -> str | None:
        """That nothing was ticked is said at the first line that can be."""
        first = [f"materials__{entry.code}" for entry in self.lines[:1]]
        return first[0] if path == "materials" and first else super()._field_for(path)

    def box(self, code: str) -> dict:
        return {name: self[f"{name}__{code}"] for name in ("materials", "originals", "copies", "remark")}

    def answer_boxes(self) -> list[tuple[dict, BoundField, BoundField | None]]:
        """(what was wrong, its field, the box "still wrong", which only a page that judges has)."""
        boxes = []
        for one in self.wrong:
            name, faulty = f"answers__{one['element']}", f"faulty__{one['element']}"
            if name in self.fields:
                boxes.append((one, self[name], self[faulty] if faulty in self.fields else None))
        return boxes

    def asked(self) -> dict:
        """As it was sent: what came is no longer asked for when the same form comes again."""
        return self.as_sent() | ({"by_mail": True} if self.cleaned_data.get("by_mail") else {})

    def _came_meanwhile(self, entry: MaterialEntry) -> bool:
        if not self.is_bound:
            return False
        names = [f"{name}__{entry.code}" for name in ("materials", "remark")]
        return self.overtaken(*names) or (self._other_files(entry) and not self.changed(*names))

    def _other_files(self, entry: MaterialEntry) -> bool:
        """One came from home, or was taken away, after the page was opened, whether or not the line reads otherwise by that."""
        name = f"files__{entry.code}"
        return name in self._stood and self._stood[name] != mark(self.initial[name])

    def demand_seen(self) -> None:
        """Raises WrongState where a line is judged by files that the page did not show."""
        judged = self.came()
        unseen = "、".join(f"“{entry.name}”" for entry in self.lines if entry.code in judged and self._other_files(entry))
        if unseen:
            raise WrongState(f"打开页面以后，{unseen}的文件有变化，您还没有看过，所以都没有登记。请看过现在的文件，再登记。")

    @property
    def unseen(self) -> bool:
        """Something came, or was judged, after the page was opened: a line may be in hand by another file, an answer stand behind its mask."""
        answers = [f"answers__{one['element']}" for one in self.wrong]
        return self.behind or any(map(self._came_meanwhile, self.lines)) or any(self.overtaken(name) for name in answers)

    def came(self) -> dict[str, dict]:
        """What `take_supplement` takes: only the lines that say something new. What was sent from home, or judged by a colleague, while
        the page stood open is not judged by it."""
        found = {}
        for entry in self.lines:
            if self._came_meanwhile(entry):
                continue
            code, ticked = entry.code, self.cleaned_data.get(f"materials__{entry.code}")
            remark = self.cleaned_data.get(f"remark__{code}") or ""
            if ticked == IN:
                found[code] = {
                    "state": State.CONFIRMED,
                    "originals": self.cleaned_data.get(f"originals__{code}"),
                    "copies": self.cleaned_data.get(f"copies__{code}"),
                    "remark": "",
                }
            elif ticked in (REJECTED, WAIVED) and (code in self.before or (ticked, remark) != (entry.state, entry.remark)):
                found[code] = {"state": State(ticked), "remark": remark}
        return found


@clerk
@require_http_methods(["GET", "POST"])
def supplement(request: HttpRequest, pk: int) -> HttpResponse:
    """The supplement desk of one case. Raises WrongState when nothing was asked for."""
    row, entries = queries_counter.with_checklist(request.actor, pk)
    notice = queries_counter.notice_of(row, "supplement")
    if notice is None:
        raise WrongState("这个办件没有告知过补正。")
    ended = "" if row.state == Application.State.AWAITING_SUPPLEMENT else "这个办件不在补正中。"
    return _later(request, row, entries, notice, actions.take_supplement, "counter/supplement.html", ended=ended)


@clerk
@require_http_methods(["GET", "POST"])
def gap(request: HttpRequest, pk: int) -> HttpResponse:
    """The materials promised at an acceptance with a gap. Raises WrongState when none were."""
    row, entries = queries_counter.with_checklist(request.actor, pk)
    notice = queries_counter.notice_of(row, "gap")
    if notice is None:
        raise WrongState("这个办件没有承诺后补的材料。")
    ended = why_not(lambda: demand_owed(row, list(row.members.all()), entries))
    return _later(request, row, entries, notice, actions.supply_gap, "counter/gap.html", ended=ended)


class ReviewLaterForm(LaterForm):
    """What the department asked for: it came, or not yet; whether it is good enough the department judges."""

    judges = False
    from_home = None

    def __init__(self, row: Application, lines: list[MaterialEntry], data=None, **more):
        super().__init__(row, lines, data, **more)
        for entry in lines:
            self.fields[f"materials__{entry.code}"].widget.choices = [one for one in MARKS if one[0] not in (REJECTED, WAIVED)]
            self.initial[f"materials__{entry.code}"] = "missing"
            self.initial[f"remark__{entry.code}"] = ""

    def judge(self) -> None:
        pass

    def came(self) -> dict[str, dict]:
        found = {}
        for entry in self.lines:
            if self.cleaned_data.get(f"materials__{entry.code}") == IN:
                names = ("originals", "copies", "remark")
                found[entry.code] = {name: self.cleaned_data.get(f"{name}__{entry.code}") for name in names}
        return found


@clerk
@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """What a department asked for during its review; `of` says which, where several did. Raises WrongState when nothing was asked for."""
    row, entries = queries_counter.with_checklist(request.actor, pk)
    posted, of = request.method == "POST", request.GET.get("of", "")
    waiting = queries_counter.open_supplements(row)
    # A second click finds its own closed, and is the same request.
    listed = list(row.supplements.select_related("member").order_by("-pk")) if posted else waiting
    asked = next((one for one in listed if str(one.pk) == of), None) if of else next(iter(waiting or listed), None)
    if not asked:
        raise WrongState("审批部门没有要求补正，或者已经补齐。")
    others = [one for one in waiting if one.pk != asked.pk]
    if others and not of and not posted:  # what is handed in is that one's, whatever is closed meanwhile
        return redirect(f"{request.path}?of={asked.pk}")

    def take(*, by, application: int, **came):
        actions.take_in_review(by=by, supplement=asked.pk, **came)
        return row

    wanted = asked.gaps if posted else asked.missing  # a second click finds them taken, and is the same request
    codes = {gap["material"] for gap in wanted}
    lines = [entry for entry in entries if entry.code in codes]
    return _later(request, row, lines, asked, take, "counter/review_supplement.html", shape=ReviewLaterForm, others=others)


def _later(
    request: HttpRequest,
    row,
    entries,
    notice,
    act: Callable,
    template: str,
    shape: type[LaterForm] = LaterForm,
    others: Sequence = (),
    ended: str = "",
) -> HttpResponse:
    """The page of what comes later, for a notice of either kind: registered by `act`, line by line, together with its files.

    `ended`: why nothing is registered here any more, on a page that is opened again from an old tab or by going back."""
    wanted = {told["material"]: told for told in notice.gaps}
    posted, one_time = request.method == "POST", act == actions.take_supplement
    # A scan alone makes a line "supplied", and a file from home that was not handed in "supplemented": it is still to be registered.
    # A second click finds the lines registered already and must still read as the same request.
    done = {entry.code for entry in entries if entry.state == State.SUPPLEMENTED and entry.code in notice.came and shape.judges}
    lines = [entry for entry in entries if entry.code in wanted and (posted or entry.code not in done)]
    bad = judged_bad(row, notice) if shape.judges else ()
    seen = queries_counter.came_from_home(row) if one_time else ""
    queries_counter.add_scans(lines)
    form = shape(row, lines, request.POST if posted else None, wrong=notice.unmended, told=wanted, bad=bad, seen=seen)

    def register() -> int:
        form.demand_seen()
        return act(by=request.actor, application=row.pk, **_given(form), **unseen).pk

    if posted and form.is_valid():
        unseen = {"unseen": True} if one_time and form.unseen else {}
        faults = attach_all(request.actor, row, lines, request.FILES, together="together" in request.POST)
        if faults:
            form.add_refusal(told_together(faults))
        elif form.act(request.actor, register, case=row.pk):
            messages.success(request, "补交的内容已登记；收下了的，接收凭证正在生成。")
            return redirect("counter:done", row.pk)
        queries_counter.add_scans(lines)
    context = {
        "row": row,
        "notice": notice,
        "others": others,
        "ended": "" if posted else ended,
        "form": form,
        "may_waive": shape.judges,
        "lines": [(entry, wanted[entry.code], form.box(entry.code)) for entry in lines],
        "answers": form.answer_boxes(),
        "who": applicant_of(row),
        "number": number_of(row.applicant),
        "side": side(request),
    }
    return render(request, template, context, status=form.status)


def _given(form: LaterForm) -> dict:
    """What came: materials, and answers where any were asked for."""
    given = {"materials": form.came()} | ({"answers": form.mended()} if form.wrong else {})
    given |= {"by_mail": form.cleaned_data["by_mail"]}
    return given | ({"faulty": faulty} if (faulty := form.faulty()) else {})
