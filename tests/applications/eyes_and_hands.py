"""Who sees a case, and who may do which verb: an independent table, written from the design and not from the code."""

# Who sees a case of 食品经营许可 at the counter of 慈溪, by what became of it.
EYES = {
    "draft at the counter": "clerk applicant proxy",
    "draft from home": "applicant proxy",
    "submitted": "clerk specialist untrained applicant proxy",
    "received": "clerk specialist untrained issue supervisor city_supervisor applicant proxy",
    "accepted": "clerk specialist untrained issue supervisor city_supervisor applicant proxy reviewer reviewer2 head seal",
}

# Who of them may do it.
HANDS_ON_APPLICATION = {
    "open": "clerk specialist untrained applicant proxy",
    "save": "clerk specialist untrained applicant proxy",
    "discard": "clerk specialist untrained applicant proxy",
    "submit": "applicant proxy",
    "begin_pre_check": "clerk specialist untrained",
    "return_pre_check": "clerk specialist untrained",
    "pass_pre_check": "clerk specialist untrained",
    "receive": "clerk specialist untrained applicant proxy",
    "begin_check": "clerk specialist untrained",
    "attach": "clerk specialist untrained applicant proxy",
    "change_contact": "clerk specialist untrained applicant proxy",
    "choose_handout": "clerk specialist untrained issue applicant proxy",
    "correct": "clerk specialist untrained",
    "reprint": "clerk specialist untrained",
    "ask_supplement": "clerk specialist untrained",
    "take_supplement": "clerk specialist untrained",
    "resubmit": "applicant proxy system",
    "supply_gap": "clerk specialist untrained",
    "accept": "clerk specialist untrained",
    "not_handle": "clerk specialist untrained",
    "not_accept": "clerk specialist untrained",
    "withdraw": "clerk specialist untrained applicant proxy",
    "void": "supervisor city_supervisor",
    "terminate": "supervisor city_supervisor",
    "mark_renewal": "clerk specialist untrained applicant proxy",
    "amend": "clerk specialist untrained",
    "coordinate": "supervisor city_supervisor",  # of an item alone; the lead of a one-thing: test_one_thing
    "note": "clerk specialist untrained reviewer reviewer2 head supervisor city_supervisor",
    "reveal": "clerk specialist untrained issue reviewer reviewer2 head supervisor city_supervisor",
    "deem_accept": "system",
    "lapse": "system",
    "part": "system",
    "finish": "system",
}
HANDS_ON_MEMBER = {
    "pause": "head system",
    "serve_pause": "reviewer reviewer2 head",
    "drop_pause": "head",
    "resume": "reviewer reviewer2 head system",
    "extend": "head",
    "grant": "head",
    "refuse": "head",
    "seal": "seal",
    "reissue": "issue head",
    "collect": "issue",
    "take_back": "issue",
    "dispatch": "issue system",
    "serve": "issue system",
    "come_back": "system",
    "withdraw": "clerk specialist untrained applicant proxy system",
    "remind": "supervisor city_supervisor",  # of an item alone; the lead of a one-thing: test_one_thing
    **dict.fromkeys(
        [
            "accept",
            "deem_renew",
            "accept_with_gap",
            "begin_review",
            "make_ready",
            "archive",
            "not_start",
            "revoke_acceptance",
            "terminate",
            "cure_gap",
        ],
        "system",
    ),
}
HANDS_ON_JOB = {
    "claim": "reviewer reviewer2",
    "give_back": "reviewer",  # only who holds it
    "return_to_router": "reviewer reviewer2",
    "conclude": "reviewer",  # only who holds it
    "reassign": "head",
    "send_back": "head",
    "reroute": "supervisor city_supervisor",
    "close": "system",
}

# A visit of the one department of the case: its organiser and its part are the same people.
HANDS_ON_INSPECTION = {
    **dict.fromkeys(["plan", "confirm", "replan", "hold", "reinspect"], "reviewer reviewer2 head"),
    **dict.fromkeys(["notify", "cancel"], "reviewer reviewer2 head system"),
    **dict.fromkeys(["gather", "require_rectification", "close"], "system"),
}
HANDS_ON_INSPECTION_PART = {
    **dict.fromkeys(["offer", "name_officers", "record", "conclude"], "reviewer reviewer2 head"),
    **dict.fromkeys(["miss", "leave"], "system"),
}
HANDS_ON_HEARING = {
    "tell": "reviewer reviewer2",
    "request": "clerk specialist untrained applicant proxy reviewer reviewer2 head",
    "call": "reviewer reviewer2",
    "hold": "reviewer reviewer2",
    "call_off": "reviewer reviewer2",
    "withdraw": "clerk specialist untrained applicant proxy reviewer reviewer2 head",
    "waive": "system",
}
HANDS_ON_SUPPLEMENT = {
    "ask": "reviewer reviewer2",
    "take": "clerk specialist untrained applicant proxy",
    "complete": "system",
    "expire": "system",
    "close": "system",
}
HANDS_ON_CONSULTATION = {
    **dict.fromkeys(["ask", "resolve"], "reviewer reviewer2 head"),
    "recall": "reviewer reviewer2 head system",
    **dict.fromkeys(["gather", "reopen", "close"], "system"),
}
HANDS_ON_OPINION = {
    "answer": "other_reviewer other_head",  # 卫计 was asked, and has nothing else to do with the case
    **dict.fromkeys(["ask", "miss", "close"], "system"),
}
HANDS_ON_COMMITMENT = {
    "sign": "clerk specialist untrained applicant proxy reviewer reviewer2",
    "begin": "system",
    "confirm": "reviewer reviewer2 head",
    "rectify": "reviewer reviewer2 head",
    "revoke": "head",
    "repair": "head",
}
HANDS_ON_PARCEL = {
    **dict.fromkeys(["request", "sign", "turn_up", "come_back", "lose", "call_off"], "issue system"),
    **dict.fromkeys(["take_waybill", "decline", "collect", "carry", "bring", "refuse"], "system"),
}
HANDS_ON_RENEWAL = {
    "mark": "clerk specialist untrained applicant proxy",
    **dict.fromkeys(["renew", "refuse", "deem", "expire", "drop"], "system"),
}
HANDS_ON_CANCELLATION = {
    **dict.fromkeys(["ask", "withdraw"], "clerk specialist untrained applicant proxy"),
    "take_original": "clerk specialist untrained reviewer reviewer2 head",
    **dict.fromkeys(["grant", "decline", "order"], "head"),
}

# The acts on a hearing or a supplement that go through the job: only who holds it.
HEARD = dict.fromkeys(["ask_in_review", "tell_hearing", "call_hearing", "record_hearing"], "reviewer")
