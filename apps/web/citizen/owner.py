"""The door of a citizen's own pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache

from apps.applications import actions, queries
from apps.applications.models import Application
from apps.applications.policy import AT_THE_COUNTER
from apps.journal.actor import Actor
from apps.kit.errors import Forbidden, NotYours, WrongState
from apps.kit.masking import mask_name
from apps.web import errors, kept
from apps.web.access import to_sign_in
from apps.web.shell import actor_of


def citizen(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A stranger signs in first and comes back; staff have desks of their own."""

    @wraps(view)
    @never_cache
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        actor = actor_of(request)
        if actor.id is None:
            return to_sign_in(request)
        if actor.kind != "person":
            raise Forbidden("网上申请给办事人使用；工作人员请到综合窗口收件。")
        kept.sent(request)
        try:
            return view(request, *args, **kwargs)
        except WrongState as refusal:
            case = reverse("citizen:mine", args=[kwargs["pk"]]) if "pk" in kwargs else ""
            if not case or not request.path.startswith(case) or request.path == case:
                raise
            # The page before is as out of date as what it sent: where the case stands by now is told on its own.
            return errors.page(request, refusal.status, errors=[error.message for error in refusal.errors], case=case)
        except NotYours:
            lost = queries.filed_without_mandate(actor, int(kwargs["pk"])) if "pk" in kwargs else None
            if lost is not None:
                raise actions.no_mandate(actor.party_ids[0], lost.applicant_id, lost) from None
            raise

    return guarded


def acts_for(row: Application, actor: Actor) -> str:
    """Who handles it for whose it is: 您 for himself, a masked name for the other; "" where nobody does."""
    if (proxy := row.proxy) is None:
        return ""
    return "您" if proxy.pk in actor.party_ids[:1] else mask_name(proxy.name)


def draft_of(request: HttpRequest, pk: int) -> Application:
    """A draft that may still be filled in; what was handed in has a page of its own. Raises NotYours, WrongState."""
    row = queries.get(request.actor, pk)
    if row.state not in Application.BEFORE_RECEIPT:
        raise WrongState("这件申请已经提交，不能再改；请在办件页查看进展。")
    if row.clerk_id:
        raise Forbidden(AT_THE_COUNTER)
    actions.demand_mandate(request.actor, row)
    return row
