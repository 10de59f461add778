"""Every write of the room: a rating, what it sets right, a question and its answer."""

from .enquiring import ask, publish, redate_enquiries, remind_enquiries, unpublish, withdraw
from .enquiring import pass_on as pass_on_enquiry
from .enquiring import reply as reply_enquiry
from .rating import complain, rate, rate_again
from .rectifying import appeal, call_back, decide_appeal, judge, mark_overdue, redate, reply
from .rectifying import pass_on as pass_on_letter

__all__ = [
    "appeal",
    "ask",
    "call_back",
    "complain",
    "decide_appeal",
    "judge",
    "mark_overdue",
    "pass_on_enquiry",
    "pass_on_letter",
    "publish",
    "rate",
    "rate_again",
    "redate",
    "redate_enquiries",
    "remind_enquiries",
    "reply",
    "reply_enquiry",
    "unpublish",
    "withdraw",
]
