"""Sign-in backends. Loading the signed-in user also brings the directory's version, so that a request costs one
statement for the session and one for everything about the person."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend
from django.db.models import Subquery

from apps.kit.time import now

from .models import DirectoryVersion, User


class LoadsUser:
    """`get_user` for every backend of the house: nobody inactive, and `directory_number` beside the row."""

    def get_user(self, user_id):
        number = Subquery(DirectoryVersion.objects.values("number")[:1])
        return User.objects.annotate(directory_number=number).filter(pk=user_id, is_active=True).first()

    def user_can_authenticate(self, user) -> bool:
        expired = user.temporary_until is not None and user.temporary_until < now()
        return user.is_active and not expired


class PasswordBackend(LoadsUser, ModelBackend):
    """User name (any case) and password. An unknown name costs as much time as a wrong password (ModelBackend)."""

    def authenticate(self, request, username=None, password=None, **kwargs):
        if username is None or password is None:
            return None
        return super().authenticate(request, username=username.strip().lower(), password=password)
