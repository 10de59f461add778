"""办件查询: where a case stands, for whoever knows its number and the contact mobile; no sign-in.

Every wrong pair gets the same answer, whether the number, the phone or both are wrong, and the number of guesses is limited per
address and per case. The phone travels in the body of a POST and never in an address.
"""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from apps.applications import tracking
from apps.kit.errors import Refused
from apps.kit.forms import BaseForm, CodeField

from .telling import clocks_told, timeline_of

WRONG_PAIR = "没有查到。请核对办件编号和申请时留的手机号，两样都要和收件凭证上的一致。"


class TrackForm(BaseForm):
    number = CodeField(
        label="办件编号",
        max_length=40,
        help_text="印在收件凭证上，共 20 位。",
        widget=forms.TextInput(attrs={"class": "w-m"}),
    )
    phone = CodeField(
        label="手机号",
        max_length=30,
        digits_only=True,
        help_text="申请时留下的联系手机。",
        widget=forms.TextInput(attrs={"class": "w-s", "autocomplete": "tel"}),
    )


@never_cache
@sensitive_post_parameters("phone")
@require_http_methods(["GET", "POST"])
def track(request: HttpRequest) -> HttpResponse:
    """GET: the question (a QR code may bring the number); POST: the answer on the same page."""
    form = TrackForm(
        request.POST if request.method == "POST" else None, initial={"number": request.GET.get("number", "")}
    )

    def find():
        found = tracking.look_up(form.cleaned_data["number"], form.cleaned_data["phone"], request.actor.ip)
        if found is None:
            raise Refused("track.none", WRONG_PAIR)
        return found

    if request.method == "POST" and form.is_valid() and form.attempt(find):
        return render(request, "citizen/tracked.html", _told(form.result))
    return render(request, "citizen/track.html", {"form": form}, status=form.status)


def _told(found) -> dict:
    happens, holder, todo = found.now
    return {
        "found": found,
        "happens": happens,
        "holder": holder,
        "todo": todo,
        "timeline": timeline_of(found.story),
        "clocks": clocks_told(found.clocks),
        "many": len(found.members) > 1,
    }
