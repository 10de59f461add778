"""Every write of a case. Each verb is one transaction under the application's lock, keyword-only, `by: Actor`."""

from .acceptance import accept, begin_check, deem_accepted
from .closing import hand_over, print_again, register_seal, terminate, void, withdraw
from .extending import extend
from .files import attach, remove_attachment
from .intake import correct, discard, open_draft, receive, reprint_receipt, save_draft
from .online import begin_pre_check, pass_pre_check, return_pre_check, submit
from .pausing import drop_pause, pause, resume, serve_pause
from .review import (
    add_note,
    claim,
    claim_many,
    conclude,
    decide,
    reassign,
    record_hearing,
    reroute,
    return_to_router,
    send_back,
)
from .supplements import ask_supplement, lapse, revoke_for_gap, supply_gap, take_supplement
from .turning_away import not_accept, not_handle

__all__ = [
    "accept",
    "add_note",
    "ask_supplement",
    "attach",
    "begin_check",
    "begin_pre_check",
    "claim",
    "claim_many",
    "conclude",
    "correct",
    "decide",
    "deem_accepted",
    "discard",
    "drop_pause",
    "extend",
    "hand_over",
    "lapse",
    "not_accept",
    "not_handle",
    "open_draft",
    "pass_pre_check",
    "pause",
    "print_again",
    "reassign",
    "receive",
    "record_hearing",
    "register_seal",
    "remove_attachment",
    "reprint_receipt",
    "reroute",
    "resume",
    "return_pre_check",
    "return_to_router",
    "revoke_for_gap",
    "save_draft",
    "send_back",
    "serve_pause",
    "submit",
    "supply_gap",
    "take_supplement",
    "terminate",
    "void",
    "withdraw",
]
