"""Sign-in backends. Loading the signed-in user also brings the directory's version, so that a request costs one
statement for the session and one for everything about the person."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend
from django.db.models import IntegerField, OuterRef, Q, QuerySet, Subquery

from apps.kit.time import now

from .models import DirectoryVersion, Message, User

UNREAD_SHOWN = 100  # more unread messages than this are not counted on every page


class Rows(Subquery):
    """How many rows the inner query has, its own LIMIT included."""

    template = "(SELECT count(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def with_version() -> QuerySet[User]:
    """Accounts, each with the directory's version beside the row (`directory_number`)."""
    return User.objects.annotate(directory_number=Subquery(DirectoryVersion.objects.values("number")[:1]))


class LoadsUser:
    """`get_user` for every backend of the house: nobody inactive; `directory_number` and `unread` stand beside the row."""

    def get_user(self, user_id):
        mine = Q(user=OuterRef("pk")) | Q(party=OuterRef("party"))
        unread = Rows(Message.objects.filter(mine, read_at__isnull=True).values("pk")[:UNREAD_SHOWN])
        return with_version().annotate(unread=unread).filter(pk=user_id, is_active=True).first()

    def user_can_authenticate(self, user) -> bool:
        expired = user.temporary_until is not None and user.temporary_until < now()
        return user.is_active and not expired


class PasswordBackend(LoadsUser, ModelBackend):
    """User name (any case) and password. An unknown name costs as much time as a wrong password (ModelBackend)."""

    def authenticate(self, request, username=None, password=None, **kwargs):
        if username is None or password is None:
            return None
        return super().authenticate(request, username=username.strip().lower(), password=password)
