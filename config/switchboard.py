"""Who listens to which event: the one page. Event name -> [(listener, handler, queue)].

Statistics are not here: the rollup reads the journal's rows itself (apps/supervision/rollup.py).
"""

PRINT = ("issuance.render", "apps.issuance.handlers.render_for", "pdf")
LIGHT = ("applications.light", "apps.applications.handlers.light_changed", "default")
LAPSED = ("applications.lapsed", "apps.applications.handlers.clock_lapsed", "default")
MOVED = ("applications.deadline_moved", "apps.applications.handlers.deadline_moved", "default")
CALENDAR = ("deadlines.recompute", "apps.deadlines.handlers.recompute_for_calendar", "default")
EXCEPTION = ("deadlines.recompute_day", "apps.deadlines.handlers.recompute_for_exception", "default")

LISTENERS: dict[str, list[tuple[str, str, str]]] = {
    # Documents that the move has queued are printed.
    "application.receive": [PRINT],
    "application.correct": [PRINT],
    "application.reprint": [PRINT],
    "application.ask_supplement": [PRINT],
    "application.take_supplement": [PRINT],
    "application.supply_gap": [PRINT],
    "application.accept": [PRINT],
    "application.deem_accept": [PRINT],
    "application.not_handle": [PRINT],
    "application.not_accept": [PRINT],
    "application.lapse": [PRINT],
    "application.withdraw": [PRINT],
    "member.grant": [PRINT],
    "member.refuse": [PRINT],
    "member.revoke_acceptance": [PRINT],
    "member.pause": [PRINT],
    "member.notify_pause": [PRINT],
    "member.resume": [PRINT],
    "member.extend": [PRINT],
    "inspection.notify": [PRINT],
    "inspection.notify_again": [PRINT],
    "inspection.gather": [PRINT],
    "inspection.require_rectification": [PRINT],
    "inspectionpart.conclude": [PRINT],
    "hearing.tell": [PRINT],
    "hearing.call": [PRINT],
    "reviewsupplement.ask": [PRINT],
    "reviewsupplement.take": [PRINT],
    "document.queue": [PRINT],
    "document.requeue": [PRINT],
    # Lights stand on the case; the law's consequence of silence follows.
    "clock.turn_yellow": [LIGHT],
    "clock.turn_red": [LIGHT],
    "clock.lapse": [LIGHT, LAPSED],
    "clock.recompute": [LIGHT, MOVED],
    # A changed calendar counts open clocks again.
    "edition.load": [CALENDAR],
    "edition.publish": [CALENDAR],
    "localexception.register": [EXCEPTION],
    "localexception.withdraw": [EXCEPTION],
}
