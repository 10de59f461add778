"""Every write of a case. Each verb is one transaction under the application's lock, keyword-only, `by: Actor`."""

from .acceptance import accept, begin_check, deem_accepted
from .amending import amend_situation
from .appointments import redate_replies, tell_of_closed_days
from .calling_off import call_off_hearing, withdraw_hearing
from .cancelling import (
    ask_cancellation,
    cancel_certificate,
    decline_cancellation,
    grant_cancellation,
    take_original,
    withdraw_cancellation,
)
from .closing import hand_over, print_again, register_seal, terminate, void, withdraw
from .commitments import (
    confirm_commitment,
    rectify_commitment,
    repair_commitment,
    revoke_commitment,
    sign_commitment,
)
from .consulting import answer_opinion, consult, miss_opinion, recall_consultation, remind_opinion, resolve_consultation
from .contacting import NOTHING_TO_COME, change_contact, changeable
from .correcting import correct, reprint_receipt
from .discarding import DISCARDED, discard, discard_drafts
from .drafting import demand_mandate, no_mandate, open_draft, save_draft
from .expiring import mind_draft, mind_drafts
from .extending import extend
from .files import attach, attach_together, examine_file, limits_of, remove_attachment
from .filing import file
from .going_on import drop_pause, resume, serve_pause
from .handout import choose_handout
from .hearings import call_hearing, record_hearing, request_hearing, tell_hearing, waive_hearing
from .informing import remind_to_fetch, tell_parties, tell_terms_over, tell_work_left
from .inspection_conclusion import conclude_inspection, miss_conclusion
from .inspection_photos import add_photo
from .inspection_planning import (
    cancel_inspection,
    confirm_visit,
    name_officers,
    notify_applicant,
    offer_times,
    plan_inspection,
    reinspect,
    replan_visit,
)
from .inspection_record import hold_visit, record_findings
from .intake import filled_in, receive
from .mending import fresh_materials, mend
from .offering import not_offered, tell_of_offer
from .one_thing import coordinate, remind, withdraw_member
from .online import (
    begin_pre_check,
    pass_and_accept,
    pass_pre_check,
    resubmit,
    resubmit_for_scanner,
    return_pre_check,
    submit,
)
from .parcels import call_off, courier_says, decline, dispatch, enter_status, take_waybill, to_turn_up
from .pausing import pause
from .public_notice import serve_by_notice
from .redating import redate
from .reissuing import demand_in_force, demand_reissuable, reissue
from .renewing import end_by_law, mark_renewal, open_renewal, renewal_at_expiry
from .reusing import reuse
from .review import (
    add_note,
    claim,
    claim_many,
    conclude,
    decide,
    give_back,
    lies,
    reassign,
    reroute,
    reroute_many,
    return_to_router,
    send_back,
    why_not_given_back,
    why_not_rerouted,
)
from .review_supplements import ask_in_review, expire_in_review, take_in_review
from .scanning import examine, examine_waiting
from .shredding import shred
from .supplements import ask_supplement, end_for_scanner, lapse, revoke_for_gap, supply_gap, take_supplement
from .taking_back import take_back, why_not_taken_back
from .turning_away import not_accept, not_handle

__all__ = [
    "DISCARDED",
    "NOTHING_TO_COME",
    "accept",
    "add_note",
    "add_photo",
    "amend_situation",
    "answer_opinion",
    "ask_cancellation",
    "ask_in_review",
    "ask_supplement",
    "attach",
    "attach_together",
    "begin_check",
    "begin_pre_check",
    "call_hearing",
    "call_off",
    "call_off_hearing",
    "cancel_certificate",
    "cancel_inspection",
    "change_contact",
    "changeable",
    "choose_handout",
    "claim",
    "claim_many",
    "conclude",
    "conclude_inspection",
    "confirm_commitment",
    "confirm_visit",
    "consult",
    "coordinate",
    "correct",
    "courier_says",
    "decide",
    "decline",
    "decline_cancellation",
    "deem_accepted",
    "demand_in_force",
    "demand_mandate",
    "demand_reissuable",
    "discard",
    "discard_drafts",
    "dispatch",
    "drop_pause",
    "end_by_law",
    "end_for_scanner",
    "enter_status",
    "examine",
    "examine_file",
    "examine_waiting",
    "expire_in_review",
    "extend",
    "file",
    "filled_in",
    "fresh_materials",
    "give_back",
    "grant_cancellation",
    "hand_over",
    "hold_visit",
    "lapse",
    "lies",
    "limits_of",
    "mark_renewal",
    "mend",
    "mind_draft",
    "mind_drafts",
    "miss_conclusion",
    "miss_opinion",
    "name_officers",
    "no_mandate",
    "not_accept",
    "not_handle",
    "not_offered",
    "notify_applicant",
    "offer_times",
    "open_draft",
    "open_renewal",
    "pass_and_accept",
    "pass_pre_check",
    "pause",
    "plan_inspection",
    "print_again",
    "reassign",
    "recall_consultation",
    "receive",
    "record_findings",
    "record_hearing",
    "rectify_commitment",
    "redate",
    "redate_replies",
    "register_seal",
    "reinspect",
    "reissue",
    "remind",
    "remind_opinion",
    "remind_to_fetch",
    "remove_attachment",
    "renewal_at_expiry",
    "repair_commitment",
    "replan_visit",
    "reprint_receipt",
    "request_hearing",
    "reroute",
    "reroute_many",
    "resolve_consultation",
    "resubmit",
    "resubmit_for_scanner",
    "resume",
    "return_pre_check",
    "return_to_router",
    "reuse",
    "revoke_commitment",
    "revoke_for_gap",
    "save_draft",
    "send_back",
    "serve_by_notice",
    "serve_pause",
    "shred",
    "sign_commitment",
    "submit",
    "supply_gap",
    "take_back",
    "take_in_review",
    "take_original",
    "take_supplement",
    "take_waybill",
    "tell_hearing",
    "tell_of_closed_days",
    "tell_of_offer",
    "tell_parties",
    "tell_terms_over",
    "tell_work_left",
    "terminate",
    "to_turn_up",
    "void",
    "waive_hearing",
    "why_not_given_back",
    "why_not_rerouted",
    "why_not_taken_back",
    "withdraw",
    "withdraw_cancellation",
    "withdraw_hearing",
    "withdraw_member",
]
