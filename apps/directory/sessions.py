"""Sessions in the database that end by themselves: 30 minutes idle, 12 hours in all (settings).

The moments stand in the session's own data and are stamped on save, so that no page has to remember it. `seen_at` is
written at most once a minute: a click costs no UPDATE.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from apps.kit.time import now

SIGNED_IN, SEEN = "signed_in_at", "seen_at"
STEP = 60  # seconds between two writes of `seen_at`


class SessionStore(DatabaseStore):
    timed_out = False

    @classmethod
    def get_model_class(cls):
        return DatabaseStore.get_model_class()

    def load(self):
        data = super().load()
        if "_auth_user_id" in data and over(data):
            self.delete(self.session_key)
            self._session_key = None
            self.timed_out = True
            return {}
        return data

    def save(self, must_create=False):
        data = self._get_session(no_load=must_create)
        if "_auth_user_id" in data:
            moment = now().timestamp()
            data.setdefault(SIGNED_IN, moment)
            data.setdefault(SEEN, moment)
        try:
            super().save(must_create)
        except UpdateError:
            if self.exists(self.session_key):
                raise
            # Signed out elsewhere while this page was made: what was pressed is done, and the next request has no session.

    def touch(self) -> None:
        """Somebody is working: remember it when the last note is older than a minute."""
        moment = now().timestamp()
        if moment - self.get(SEEN, 0) >= STEP:
            self[SEEN] = moment

    def restart(self) -> None:
        """A new sign-in in an old session starts both times again."""
        self.pop(SIGNED_IN, None)
        self.pop(SEEN, None)


def over(data: dict) -> bool:
    """Idle too long, or too old: what the session kept says."""
    moment = now().timestamp()
    idle = moment - data.get(SEEN, moment) > settings.SESSION_IDLE_SECONDS + STEP
    return idle or moment - data.get(SIGNED_IN, moment) > settings.SESSION_ABSOLUTE_SECONDS
