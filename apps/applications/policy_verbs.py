"""Which roles may do which verb, one table for each kind of row; whose row it must be is asked by policy.py."""

from __future__ import annotations

# verb -> roles that may do it; "applicant" is the citizen on his own case, "system" the timers and derived moves.
APPLICATION_VERBS: dict[str, frozenset[str]] = {
    verb: frozenset(roles.split())
    for verb, roles in {
        "open": "clerk applicant",
        "save": "clerk applicant",
        "discard": "clerk applicant",
        "submit": "applicant",
        "begin_pre_check": "clerk",
        "return_pre_check": "clerk",
        "pass_pre_check": "clerk",
        "receive": "clerk applicant",
        "begin_check": "clerk",
        "attach": "clerk applicant",
        "change_contact": "clerk applicant",
        "choose_handout": "clerk issue_clerk applicant",
        "correct": "clerk",
        "reprint": "clerk",
        "ask_supplement": "clerk",
        "take_supplement": "clerk",
        "resubmit": "applicant system",  # the system when a scanner answered late
        "supply_gap": "clerk",
        "accept": "clerk",
        "deem_accept": "system",
        "not_handle": "clerk",
        "not_accept": "clerk",
        "lapse": "system",
        "void": "supervisor",
        "withdraw": "clerk applicant",
        "mark_renewal": "clerk applicant",
        "terminate": "supervisor",
        "amend": "clerk",
        "coordinate": "reviewer head supervisor",
        "note": "clerk reviewer head supervisor",
        "reveal": "clerk issue_clerk reviewer head supervisor",
        "part": "system",
        "finish": "system",
    }.items()
}

MEMBER_VERBS: dict[str, frozenset[str]] = {
    verb: frozenset(roles.split())
    for verb, roles in {
        "accept": "system",
        "accept_with_gap": "system",
        "begin_review": "system",
        "pause": "head system",  # the system for a visit, and once a notice by hand was served
        "serve_pause": "reviewer head",
        "drop_pause": "head",
        "resume": "reviewer head system",
        "extend": "head",
        "grant": "head",
        "refuse": "head",
        "deem_renew": "system",
        "seal": "seal_keeper",
        "make_ready": "system",
        "reissue": "issue_clerk head",  # the desk the same once more; what it says is the deciding department's
        "collect": "issue_clerk",
        "take_back": "issue_clerk",
        "dispatch": "issue_clerk system",
        "serve": "issue_clerk system",
        "come_back": "system",
        "archive": "system",
        "not_start": "system",
        "withdraw": "clerk applicant system",
        "remind": "reviewer head supervisor",
        "revoke_acceptance": "system",
        "terminate": "system",
        "cure_gap": "system",
    }.items()
}

JOB_VERBS: dict[str, frozenset[str]] = {
    verb: frozenset(roles.split())
    for verb, roles in {
        "claim": "reviewer",
        "give_back": "reviewer",
        "return_to_router": "reviewer",
        "conclude": "reviewer",
        "reassign": "head",
        "send_back": "head",
        "reroute": "supervisor",
        "close": "system",
    }.items()
}

HEARING_VERBS: dict[str, frozenset[str]] = {
    verb: frozenset(roles.split())
    for verb, roles in {
        "tell": "reviewer",
        "request": "clerk applicant reviewer head",
        "waive": "system",
        "call": "reviewer",
        "hold": "reviewer",
        "call_off": "reviewer",
        "withdraw": "clerk applicant reviewer head",
    }.items()
}

SUPPLEMENT_VERBS: dict[str, frozenset[str]] = {
    verb: frozenset(roles.split())
    for verb, roles in {
        "ask": "reviewer",
        "take": "clerk applicant",
        "complete": "system",
        "expire": "system",
        "close": "system",
    }.items()
}

# A question to other departments is the responsible or the lead department's, a conflict of the answers the lead's.
CONSULTATION_VERBS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("ask", "resolve"), frozenset({"reviewer", "head"})),
    "recall": frozenset({"reviewer", "head", "system"}),  # by itself: the only one asked has the item now
    **dict.fromkeys(("gather", "reopen", "close"), frozenset({"system"})),
}

OPINION_VERBS: dict[str, frozenset[str]] = {
    "answer": frozenset({"reviewer", "head"}),
    **dict.fromkeys(("ask", "miss", "close"), frozenset({"system"})),
}

# A visit is led by its organiser; each department answers for its own part of it.
INSPECTION_VERBS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("plan", "confirm", "replan", "hold", "reinspect"), frozenset({"reviewer", "head"})),
    **dict.fromkeys(("notify", "cancel"), frozenset({"reviewer", "head", "system"})),
    **dict.fromkeys(("gather", "require_rectification", "close"), frozenset({"system"})),
}

INSPECTION_PART_VERBS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("offer", "name_officers", "record", "conclude"), frozenset({"reviewer", "head"})),
    **dict.fromkeys(("miss", "leave"), frozenset({"system"})),
}

COMMITMENT_VERBS: dict[str, frozenset[str]] = {
    verb: frozenset(roles.split())
    for verb, roles in {
        "sign": "clerk applicant reviewer",
        "begin": "system",
        "confirm": "reviewer head",
        "rectify": "reviewer head",
        "revoke": "head",
        "repair": "head",
    }.items()
}

# The holder asks, at the counter or from home; the department's head decides, and may order it himself.
CANCELLATION_VERBS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("ask", "withdraw"), frozenset({"clerk", "applicant"})),
    "take_original": frozenset({"clerk", "reviewer", "head"}),
    **dict.fromkeys(("grant", "decline", "order"), frozenset({"head"})),
}

# The courier is heard by the system; without it the desk enters what the slip or the returned envelope says.
PARCEL_VERBS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("request", "sign", "turn_up", "come_back", "lose", "call_off"), frozenset({"issue_clerk", "system"})),
    **dict.fromkeys(("take_waybill", "decline", "collect", "carry", "bring", "refuse"), frozenset({"system"})),
}

RENEWAL_VERBS: dict[str, frozenset[str]] = {
    verb: frozenset(roles.split())
    for verb, roles in {
        "mark": "clerk applicant",
        **dict.fromkeys(["renew", "refuse", "deem", "expire", "drop"], "system"),
    }.items()
}
