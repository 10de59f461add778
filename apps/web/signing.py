"""A form that somebody signs: the typed name, and beside it a drawn signature where the browser has a script for it."""

from __future__ import annotations

import base64
import binascii

from django import forms

from apps.issuance.handing import SIGNATURE_LIMIT

from .once import OnceForm

PNG_PREFIX = "data:image/png;base64,"


class SignedForm(OnceForm):
    """The typed name is the subclass's field `signature`; the pad is components/signature_pad.html."""

    signature_drawn = forms.CharField(required=False, max_length=500_000, widget=forms.HiddenInput)

    def clean_signature_drawn(self) -> str:
        """The drawn signature as base64 of a PNG ("" = none); what the picture holds is judged by issuance."""
        text = self.cleaned_data["signature_drawn"]
        if not text:
            return ""
        body = text.removeprefix(PNG_PREFIX)
        try:
            size = len(base64.b64decode(body, validate=True))
        except (binascii.Error, ValueError):
            size = 0
        if body == text or not 0 < size <= SIGNATURE_LIMIT:
            self.add_error("signature", "手写签名没有传好，请清除后重新签，或者只录入姓名。")
            return ""
        return body

    @property
    def drawn(self) -> bytes | None:
        """The picture of a valid form."""
        text = self.cleaned_data["signature_drawn"]
        return base64.b64decode(text) if text else None
