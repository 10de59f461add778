"""Who listens to which event: the one page. Event name -> [(listener, handler, queue)].

Statistics are not here: the rollup reads the journal's rows itself (apps/supervision/rollup.py).
"""

PRINT = ("issuance.render", "apps.issuance.handlers.render_for", "pdf")
LIGHT = ("applications.light", "apps.applications.handlers.light_changed", "default")
LAPSED = ("applications.lapsed", "apps.applications.handlers.clock_lapsed", "default")
MOVED = ("applications.deadline_moved", "apps.applications.handlers.deadline_moved", "default")
SET_RIGHT = ("feedback.clock", "apps.feedback.handlers.clock_changed", "default")
TELL = ("applications.tell", "apps.applications.handlers.tell_parties", "default")
ORDER = ("gateway.order_courier", "apps.gateway.handlers.order_courier", "notify")
CALL_OFF = ("gateway.call_off_courier", "apps.gateway.handlers.call_off_courier", "notify")
TAKEN_BACK = ("gateway.call_off_taken_back", "apps.gateway.handlers.call_off_taken_back", "notify")
SEND = ("gateway.notify", "apps.gateway.handlers.notify", "notify")
ANSWERED = ("applications.answered_late", "apps.applications.handlers.answered_late", "default")
CARD = ("supervision.card", "apps.supervision.handlers.light_turned", "default")
CARD_MOVED = ("supervision.card_moved", "apps.supervision.handlers.days_moved", "default")
CARD_SERVED = ("supervision.card_served", "apps.supervision.handlers.procedure_served", "default")
CARD_HANDED_ON = ("supervision.card_handed_on", "apps.supervision.handlers.work_handed_on", "default")
CALENDAR = ("deadlines.recompute", "apps.deadlines.handlers.recompute_for_calendar", "default")
LEFT = ("applications.left_behind", "apps.applications.handlers.reviewer_leaves", "default")
OFFER = ("applications.offer", "apps.applications.handlers.offer_changed", "default")
QUESTIONS = ("feedback.calendar", "apps.feedback.handlers.calendar_changed", "default")
EXCEPTION = ("deadlines.recompute_day", "apps.deadlines.handlers.recompute_for_exception", "default")
FIXED = ("applications.fixed_days", "apps.applications.handlers.calendar_changed", "default")

LISTENERS: dict[str, list[tuple[str, str, str]]] = {
    # Documents that the move has queued are printed.
    "application.receive": [PRINT, TELL, SEND],
    "application.correct": [PRINT, TELL, SEND],
    "application.reprint": [PRINT],
    "application.ask_supplement": [PRINT, TELL, SEND],
    "application.take_supplement": [PRINT],
    "application.supply_gap": [PRINT],
    "application.accept": [PRINT, TELL, SEND],
    "application.deem_accept": [PRINT, TELL, SEND],
    "application.not_handle": [PRINT, TELL, SEND],
    "application.not_accept": [PRINT, TELL, SEND],
    "application.lapse": [PRINT, TELL, SEND],
    "application.void": [TELL, SEND],
    "application.withdraw": [PRINT, TELL, SEND],
    "application.terminate": [PRINT, TELL, SEND],
    "application.amend": [PRINT, TELL, SEND],
    "application.begin_next": [TELL, SEND],
    "member.withdraw": [PRINT, TELL, SEND],
    "member.not_start": [TELL, SEND],
    "member.grant": [PRINT, TELL, SEND],
    "member.refuse": [PRINT, TELL, SEND],
    "member.revoke_acceptance": [PRINT, TELL, SEND],
    "member.pause": [PRINT, TELL, SEND],
    "member.notify_pause": [PRINT, TELL, SEND],
    "member.drop_pause": [TELL, SEND],
    "member.serve_pause": [CARD_SERVED],
    "job.reroute": [CARD_HANDED_ON],
    "member.resume": [PRINT, TELL, SEND],
    "member.extend": [PRINT, TELL, SEND],
    "inspection.notify": [PRINT, TELL, SEND],
    "inspection.notify_also": [PRINT, TELL, SEND],
    "inspection.notify_again": [PRINT, TELL, SEND],
    "inspection.gather": [PRINT],
    "inspection.require_rectification": [PRINT, TELL, SEND],
    "inspection.require_beside": [PRINT, TELL, SEND],
    "inspection.close": [TELL, SEND],
    "inspection.replan": [TELL, SEND],
    "inspection.cancel": [TELL, SEND],
    "inspectionpart.conclude": [PRINT],
    "hearing.tell": [PRINT, TELL, SEND],
    "hearing.request": [TELL, SEND],
    "hearing.call": [PRINT, TELL, SEND],
    "hearing.call_off": [TELL, SEND],
    "hearing.withdraw": [TELL, SEND],
    "reviewsupplement.ask": [PRINT, TELL, SEND],
    "reviewsupplement.take": [PRINT],
    "application.resubmit": [PRINT],
    "commitment.sign": [TELL],
    "commitment.confirm": [TELL, SEND],
    "commitment.rectify": [PRINT, TELL, SEND],
    "commitment.revoke": [PRINT, TELL, SEND, CALL_OFF],
    "cancellation.ask": [TELL, SEND],
    "cancellation.withdraw": [TELL, SEND],
    "cancellation.grant": [PRINT, TELL, SEND],
    "cancellation.order": [PRINT, TELL, SEND],
    "cancellation.decline": [PRINT, TELL, SEND],
    "member.deem_renew": [PRINT, TELL, SEND],
    "document.queue": [PRINT],
    "document.requeue": [PRINT],
    # What happened to a case is told to its parties, in the house and by short message.
    "application.return_pre_check": [TELL, SEND],
    "application.pass_pre_check": [TELL, SEND],
    "application.refuse_file": [TELL],
    "application.answer_late": [ANSWERED],
    "member.make_ready": [TELL, SEND],
    "member.reissue": [TELL, SEND],
    "parcel.request": [ORDER],
    "parcel.call_off": [TAKEN_BACK],
    "parcel.take_waybill": [TELL, SEND],
    "parcel.refuse": [TELL, SEND],
    "member.come_back": [TELL, SEND],
    "member.take_back": [TELL, SEND],
    "member.serve": [TELL, SEND],
    "application.announce": [TELL, SEND],
    "application.hand_to_proxy": [TELL, SEND],
    "application.choose_handout": [TELL],
    "application.change_contact": [TELL],
    # Lights stand on the case and bring cards; the law's consequence of silence follows.
    "clock.turn_yellow": [LIGHT, CARD],
    "clock.turn_red": [LIGHT, CARD],
    "clock.lapse": [LIGHT, LAPSED, SET_RIGHT, CARD],
    "clock.recompute": [LIGHT, MOVED, SET_RIGHT, CARD_MOVED],
    # Who leaves may have work in hand.
    "post.end": [LEFT],
    "user.lock": [LEFT],
    # What is withdrawn, or taken in again, concerns who has a draft of it.
    "definition.suspend": [OFFER],
    "definition.cancel": [OFFER],
    "definition.resume": [OFFER],
    # A changed calendar counts open clocks again, and the days of open questions; who has fixed such a day is told.
    "edition.load": [CALENDAR, QUESTIONS, FIXED],
    "edition.publish": [CALENDAR, QUESTIONS, FIXED],
    "localexception.register": [EXCEPTION, QUESTIONS, FIXED],
    "localexception.withdraw": [EXCEPTION, QUESTIONS, FIXED],
}
