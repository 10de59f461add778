"""What each field of a page held when it was shown, or last saved from it: of two pages of one form, open on two tabs or devices,
each saves what was changed on it and takes nothing of the other's away."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256

from django import forms

from apps.kit.errors import Refused
from apps.kit.forms import BaseForm


class StandingForm(BaseForm):
    """A form of such a page: `read` before its fields are made, `stand` when they and `initial` (what is stored) are there.

    After `stand`, `data` is what was sent, and what is stored by now in the fields that nobody changed on the page. What is more than a
    value (it came, it is judged) is not said by who has not seen it: it stands `beside`, and the form leaves out what is `overtaken`.
    """

    moved = False  # the situation was changed on another page: this one lists other fields than are asked now
    _stood: dict[str, str] = {}  # {field: mark}; of a page without it every field counts as changed
    _draft = True

    def stand(self, names: Iterable[str], beside: Iterable[str] = (), *, draft: bool = True) -> None:
        """Compare these fields; the page carries their marks as `stood`. A page that is no draft saves nothing by being refused: it is
        shown again with what is stored by now, and compared with that from there on; and what was taken away meanwhile is gone."""
        names, beside = list(names), list(beside)
        self._draft = draft
        self.fields["stood"] = forms.CharField(required=False, widget=forms.HiddenInput)
        self.initial["stood"] = json.dumps({name: mark(self.initial.get(name)) for name in (*names, *beside)})
        if self.is_bound:
            self._sent, self.data, self._stood = self.data, self.data.copy(), read(self.data)
            self.moved |= bool(self._stood) and self._stood.keys() != {*names, *beside}
            for name in names if self._stood else ():
                self._bring_up(name)
            if self._stood and not draft:
                self.data["stood"] = self.initial["stood"]

    def go_on(self, faults: list[Refused]) -> str:
        """What was right is saved by now: with that the page is compared from here on, whether it is shown again or goes on as it
        stands (the answer, for its `stood`). What was wrong, and a situation, are still to be saved."""
        if not self._stood:
            return ""
        paths = [(fault.field or "").partition(".") for fault in faults]
        # A code may have dots of its own, and more may follow it: `materials.id.card.remark`.
        whole, lines = {path[0] for path in paths if not path[2]}, [f"{path[2]}." for path in paths if path[2]]
        wrong = {
            name
            for name in self._stood
            for sort, _, code in [name.partition("__")]
            if name in whole or sort in whole | {"situations"} or (code and any(line.startswith(f"{code}.") for line in lines))
        }
        saved = [name for name in self._stood if name in self.fields and name not in wrong]
        self.data["stood"] = self._marked(self.data, saved)
        return self._marked(self._sent, saved)

    def overtaken(self, *names: str) -> bool:
        """Nobody changed any of these on the page, and one is stored otherwise by now."""
        return not self.changed(*names) and any(
            self._stood[name] != mark(self.initial.get(name)) for name in names if name in self._stood
        )

    def changed(self, *names: str) -> bool:
        """Whoever sent the page typed one of these himself."""
        return any(self._stood[name] != mark(self._typed(self._sent, name)) for name in names if name in self._stood)

    def as_sent(self) -> dict[str, list]:
        """What makes it the same request when it comes again, though more is stored by then."""
        sent = self._sent if self.is_bound else {}
        return {name: sent.getlist(name) for name in sent if "__" in name}

    def show_now(self, name: str) -> None:
        """What is stored by now, not what was sent."""
        now = self.initial.get(name)
        values = now if isinstance(now, (list, tuple)) else [now]
        self.data.setlist(name, [str(one) for one in values if one is not False and one not in (None, "")])  # 0 is a number

    def _bring_up(self, name: str) -> None:
        """Where nothing is stored any more in a draft (a field that was asked no more for a while), what stood on the page remains."""
        here, now = self._typed(self._sent, name), self.initial.get(name)
        untouched = self._stood[name] == mark(here) if name in self._stood else name not in self._sent
        if untouched and (now not in (None, "", []) or not here or not self._draft):
            self.show_now(name)

    def _typed(self, data, name: str) -> object:
        field = self.fields[name]
        return field.to_python(field.widget.value_from_datadict(data, {}, name))

    def _marked(self, data, saved: list[str]) -> str:
        return json.dumps(self._stood | {name: mark(self._typed(data, name)) for name in saved})


def mark(value: object) -> str:
    """A digest of what a field holds; nothing, "" and an empty list are the same."""
    several = value if isinstance(value, (list, tuple)) else [value if value is not None else ""]
    words = "\x1f".join(sorted(str(one).replace("\r\n", "\n").strip() for one in several))
    return sha256(words.encode()).hexdigest()[:12]


def read(data) -> dict[str, str]:
    """The marks that a page sent along."""
    try:
        found = json.loads(data.get("stood") or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
