"""文书核验: is this document one of ours, and does it still hold? By the code under its QR, or by the file itself."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from apps.issuance import queries
from apps.issuance.limits import VERIFY_WRONG
from apps.kit.forms import BaseForm, CodeField
from apps.kit.limits import neighbourhood

LARGEST_FILE = 20 * 1024 * 1024  # bytes


class VerifyForm(BaseForm):
    code = CodeField(
        label="查询码",
        max_length=30,
        required=False,
        help_text="印在文书二维码旁边，12 位字母和数字。",
        widget=forms.TextInput(attrs={"class": "w-m"}),
    )
    file = forms.FileField(
        label="或者上传文书文件",
        required=False,
        help_text="选择收到的 PDF 原文件，只比对是否被改动，不会保存。",
        widget=forms.FileInput(attrs={"accept": ".pdf"}),
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file and file.size > LARGEST_FILE:
            raise forms.ValidationError("“文书文件”不能超过 20 兆，请换成原文件再试。")
        return file

    def clean(self):
        if not self.errors and not self.cleaned_data.get("code") and not self.cleaned_data.get("file"):
            self.add_error("code", "请填写“查询码”，或者选择文书文件。")
        return self.cleaned_data


@never_cache
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The question; a code leads on to its own page, a file is answered at once."""
    posted = request.method == "POST"
    form = VerifyForm(request.POST if posted else None, request.FILES if posted else None)
    if posted and form.is_valid() and form.attempt(lambda: VERIFY_WRONG.demand(neighbourhood(request.actor.ip))):
        if code := form.cleaned_data["code"]:
            # What no code is made of may be no part of an address.
            return redirect("citizen:verify_code", code) if code.isalnum() else _answer(request, None, code=code)
        found = queries.verify_upload(form.cleaned_data["file"].read())
        return _answer(request, found, by_file=True)
    return render(request, "citizen/verify.html", {"form": form}, status=form.status)


@never_cache
@require_GET
def by_code(request: HttpRequest, code: str) -> HttpResponse:
    """What the QR code opens."""
    VERIFY_WRONG.demand(neighbourhood(request.actor.ip))
    return _answer(request, queries.verify(code.replace("\x00", "")), code=code)


def _answer(request: HttpRequest, found: dict | None, *, code: str = "", by_file: bool = False) -> HttpResponse:
    if found is None:
        VERIFY_WRONG.count(neighbourhood(request.actor.ip))
    number = found["case_number"].partition("-")[0] if found else ""  # an item's own number begins with its case's
    context = {"found": found, "number": number, "code": code, "by_file": by_file}
    return render(request, "citizen/verified.html", context, status=200 if found else 404)
