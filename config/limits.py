"""How often anybody may do what: the one table (README, Limits; config/decisions/2026-11-26-limits.md says why these numbers).

Counted in windows of fixed length, per what `by` names. An address is one IPv4 address or one /64 of IPv6, as the outermost of
TRUSTED_PROXIES saw it; a hall, a school or a village shares one, so what only floods is wide and what guesses is narrow. LIMITS_FACTOR
multiplies every `times`. Rates of `signin.` are counted by the database, all others by the cache.
"""

from typing import NamedTuple


class Rate(NamedTuple):
    times: int
    seconds: int
    by: str
    closed: bool = False  # while the counter is out of reach: refuse (503), and do not let everybody through


MINUTE, QUARTER, HOUR, DAY = 60, 900, 3600, 86400

LIMITS = {
    # wrong passwords; a browser that has signed this account in before is counted apart, and by nobody else's failures
    "signin.pair": Rate(5, QUARTER, "name and address"),
    "signin.name": Rate(30, QUARTER, "name, from all addresses"),
    "signin.address": Rate(60, QUARTER, "address, over all names"),
    "password.again": Rate(10, QUARTER, "account"),  # wrong ones, where a page asks for the password once more
    "password.tried": Rate(120, MINUTE, "account, else address"),  # right ones too: each costs a processor a quarter of a second
    # messages with codes, and questions to the identity service
    "code.phone": Rate(6, HOUR, "phone", closed=True),
    "code.address": Rate(20, HOUR, "address", closed=True),
    "identity.number": Rate(5, DAY, "number asked about", closed=True),
    "identity.address": Rate(30, DAY, "address", closed=True),
    "identity.account": Rate(20, DAY, "account", closed=True),
    # doors without sign-in: wrong guesses, and all questions
    "track.wrong": Rate(10, 600, "address"),
    "track.all": Rate(120, 600, "address"),
    "track.number": Rate(20, 600, "application number, from all addresses"),
    "track.number_here": Rate(1, 600, "application number and address, where track.number is over"),
    "verify.wrong": Rate(30, 600, "address"),
    "self_check.wrong": Rate(30, 600, "address"),
    "self_check.keep": Rate(30, 600, "address"),
    # what costs much, or reaches people
    "search": Rate(600, MINUTE, "account, else address"),
    "plan": Rate(600, MINUTE, "account, else address"),
    "print": Rate(60, 600, "account, else address"),
    "question": Rate(10, DAY, "account"),
    "complaint": Rate(10, DAY, "account"),
    "draft": Rate(60, DAY, "account"),  # applications begun from home, each kept for months: an agent of a village begins thirty
    "upload.citizen": Rate(300, 600, "account"),
    "upload.staff": Rate(3000, 600, "account"),
    "export": Rate(60, 600, "account"),
    # every request: far above what people do, and for programs of departments above the province's peak hour
    "page.read.stranger": Rate(3000, MINUTE, "address"),
    "page.write.stranger": Rate(600, MINUTE, "address"),
    "page.read.citizen": Rate(1200, MINUTE, "account"),
    "page.write.citizen": Rate(600, MINUTE, "account"),
    "page.read.staff": Rate(6000, MINUTE, "account"),
    "page.write.staff": Rate(6000, MINUTE, "account"),
    "api.read.stranger": Rate(3000, MINUTE, "address"),
    "api.write.stranger": Rate(600, MINUTE, "address"),
    "api.read.citizen": Rate(1800, MINUTE, "account"),
    "api.write.citizen": Rate(600, MINUTE, "account"),
    "api.read.staff": Rate(30000, MINUTE, "account"),
    "api.write.staff": Rate(30000, MINUTE, "account"),
    "all": Rate(60000, MINUTE, "address"),
}

# Doors that count besides against a rate of their own: (read or write, name of the address). “upload” is the citizens' or the staff's.
# A list whose sheet has the list's own name (`?export=xlsx`) counts against “export” as well (apps/directory/limiting.py).
DOORS = {
    ("read", "citizen:catalogue"): "search",
    ("read", "citizen:granted"): "search",
    ("read", "api:item-list"): "search",
    ("write", "api:item-plan"): "plan",
    ("read", "citizen:guide"): "plan",
    ("read", "citizen:checklist_pdf"): "print",
    ("write", "citizen:checklist_keep"): "self_check.keep",
    ("write", "signin"): "password.tried",
    ("write", "api:token"): "password.tried",
    ("read", "single_start"): "password.tried",  # each leaves a session in the database
    ("write", "password"): "password.tried",
    ("write", "second_factor"): "password.tried",
    ("write", "own_mobile"): "password.tried",
    ("write", "own_close"): "password.tried",
    ("write", "citizen:ask"): "question",
    ("write", "citizen:complain"): "complaint",
    ("write", "api:application-complain"): "complaint",
    ("write", "citizen:draft_upload"): "upload",
    ("write", "counter:upload"): "upload",
    ("write", "counter:supplement"): "upload",
    ("write", "catalogue:import"): "upload",
    ("write", "review:inspection_photo"): "upload",
    ("write", "api:application-attach"): "upload",
    ("write", "api:inspection-add_photo"): "upload",
    ("write", "own_export"): "export",
    ("read", "cards_export"): "export",
    ("read", "catalogue:export_alignment"): "export",
    ("read", "catalogue:export_file"): "export",
    ("read", "catalogue:export_sheet"): "export",
    ("read", "feedback:letters_export"): "export",
    ("read", "feedback:questions_export"): "export",
    ("read", "feedback:ratings_export"): "export",
    ("read", "issue:register_export"): "export",
    ("read", "review:export"): "export",
    ("read", "oversight:export"): "export",
    ("read", "oversight:export_items"): "export",
    ("read", "oversight:export_rows"): "export",
    ("read", "oversight:export_savings"): "export",
}
