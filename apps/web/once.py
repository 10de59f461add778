"""Forms that write: sent twice, done once; refused, shown again with everything that was typed. And buttons without a form: `press`."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Model
from django.http import HttpRequest

from apps.journal.actor import Actor
from apps.journal.once import done, once
from apps.kit.errors import DomainError, NotYours
from apps.kit.forms import BaseForm

SENT_BEFORE = "这张表单已经提交过，内容和上次不同。请先核对上次的结果；仍要提交的，再按一次。"


class OnceForm(BaseForm):
    """A hidden key goes with the form; a second click on the same form gets the first one's answer.

        form = OpinionForm(request.POST or None)
        if request.method == "POST" and form.act(actor, lambda: actions.conclude(by=actor, job=pk, …).pk, job=pk):
            return redirect(…)
        return render(request, …, {"form": form}, status=form.status)

    The draw of several such forms on one page needs `auto_id` of its own ("opinion_%s") so that ids stay unique.
    """

    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["once"].initial = secrets.token_urlsafe(18)
        self.replayed = False  # what `act` gives is the first click's

    @property
    def given(self) -> dict:
        """What it asked for and was found in order, its own key left out."""
        return {name: value for name, value in self.cleaned_data.items() if name != "once"}

    def act(self, by: Actor, do: Callable[[], object], **about) -> bool:
        """Check the form and run `do` (it returns JSON, kept as `.result`) once for this key; False when refused.

        `about` = what the address adds to the form (ids). A refusal of the post (403) stands on the form as well, in
        the room's own words; what the actor may not see (404) goes on to the error page.
        """
        if not self.is_valid():
            return False
        key = self.cleaned_data["once"] or secrets.token_urlsafe(18)
        asked = {"form": type(self).__name__, **about}
        asked |= {name: _plain(value) for name, value in self.asked().items() if name != "once"}
        try:
            self.result, self.replayed = once(by, f"web:{key}", asked, do)
        except NotYours:
            raise
        except DomainError as refusal:
            if refusal.code == "idempotency.reused":
                self.new_key()
                refusal = type(refusal)(refusal.code, SENT_BEFORE)
            self.add_refusal(refusal)
            return False
        return True

    def asked(self) -> dict:
        """What makes it the same request when it comes again."""
        return self.cleaned_data

    def new_key(self) -> None:
        self.data = self.data.copy()
        self.data[self.add_prefix("once")] = secrets.token_urlsafe(18)


class SeenForm(OnceForm):
    """It carries a mark of what its page showed: the action is told (`held`), and refuses where that is another by now."""

    seen = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    held = ""

    def show(self, now: str) -> SeenForm:
        """The page shows what there is `now`, also when it is shown again."""
        self.initial["seen"] = now
        if self.is_bound:
            self.held, self.data = self.data.get("seen", ""), self.data.copy()
            self.data["seen"] = now
        return self

    def asked(self) -> dict:
        """The second click finds what the first has changed."""
        return {name: value for name, value in super().asked().items() if name != "seen"}


def sent_before(request: HttpRequest) -> bool:
    """Whether this very form has done its work. Asked first by a page that its own act takes from who sent it (passed on, given up,
    thrown away): a second click goes where the first one went, and is not told that there is nothing here."""
    key = request.POST.get("once", "")
    return bool(key) and "\x00" not in key and done(request.actor, f"web:{key}")


def press(request: HttpRequest, by: Actor, do: Callable[[], object]) -> None:
    """A button that has no form of its own, with `{% once_key %}` beside it: pressed twice on one page it is done once, and the second
    click goes where the first one went. Raises what `do` raises, when it was not done before."""
    key = request.POST.get("once", "") or secrets.token_urlsafe(18)

    def pressed() -> None:
        do()

    once(by, f"web:{key}", {"pressed": request.path}, pressed)


def _plain(value: object) -> object:
    """What stands in the fingerprint: a file by its bytes, a row by its key."""
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, UploadedFile):
        value.seek(0)
        digest = hashlib.file_digest(value, "sha256").hexdigest()
        value.seek(0)
        return digest
    return value
