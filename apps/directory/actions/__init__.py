"""Every write of the room, by verb."""

from ..loading import load_regions, upsert_departments, upsert_zones
from .accounts import (
    change_password,
    confirm_second_factor,
    invite_staff,
    lock_user,
    new_recovery_codes,
    open_citizen_account,
    propose_second_factor,
    reset_password,
    reset_second_factor,
    unlock_user,
)
from .citizens import (
    ask_code,
    authorise_handler,
    change_mobile,
    close_account,
    guard_child,
    register_person,
    represent_enterprise,
    reset_own_password,
)
from .messages import read_message, read_messages, tell
from .parties import grant_mandate, reveal, revoke_mandate, save_party
from .posts import cancel_absence, end_post, give_post, set_absence, set_competence
from .sessions import end_session, forget_ended_sessions, record_export, remember_session

__all__ = [
    "ask_code",
    "authorise_handler",
    "cancel_absence",
    "change_mobile",
    "change_password",
    "close_account",
    "confirm_second_factor",
    "end_post",
    "end_session",
    "forget_ended_sessions",
    "give_post",
    "grant_mandate",
    "guard_child",
    "invite_staff",
    "load_regions",
    "lock_user",
    "new_recovery_codes",
    "open_citizen_account",
    "propose_second_factor",
    "read_message",
    "read_messages",
    "record_export",
    "register_person",
    "remember_session",
    "represent_enterprise",
    "reset_own_password",
    "reset_password",
    "reset_second_factor",
    "reveal",
    "revoke_mandate",
    "save_party",
    "set_absence",
    "set_competence",
    "tell",
    "unlock_user",
    "upsert_departments",
    "upsert_zones",
]
