"""The list of people, one person, the invitation."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.directory import actions, policy, queries, queries_people
from apps.directory.models import Post, User
from apps.kit.errors import DomainError, NotYours
from apps.kit.paging import keyset_page
from apps.kit.time import today
from apps.web.access import staff

from .forms import FilterForm, InviteForm
from .telling import told

administrator = staff("node_admin")
ORDER = ("home_id", "pinyin", "id")


def own_nodes(actor) -> list:
    allowed = policy.admin_nodes(actor)
    return [node for node in queries.nodes() if allowed is None or node.pk in allowed]


@administrator
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    nodes = own_nodes(request.actor)
    form = FilterForm(request.GET, nodes=nodes)
    wanted = form.cleaned_data if form.is_valid() else {}
    found = queries_people.people_for(
        request.actor,
        q=wanted.get("q", ""),
        role=wanted.get("role") or None,
        node=wanted.get("node") or None,
    )
    # A filter that does not hold finds nobody: passed over, it would find everybody.
    page = keyset_page(found if not form.errors else found.none(), ORDER, request.GET.get("page"))
    posts = queries_people.current_posts(page.rows)
    rows = [(person, posts[person.pk], _scope(posts[person.pk])) for person in page.rows]
    filtered = any(wanted.get(name) for name in ("q", "role", "node"))
    return render(
        request,
        "people/list.html",
        {"form": form, "rows": rows, "page": page, "filtered": filtered or form.errors, "many_nodes": len(nodes) > 1},
        status=form.status,
    )


def _scope(posts: list[Post]) -> str:
    if any(post.generalist for post in posts):
        return "全科"
    return "、".join(dict.fromkeys(zone.name for post in posts for zone in post.zones.all()))


@administrator
@require_GET
def person(request: HttpRequest, pk: int) -> HttpResponse:
    return show(request, queries_people.person_for(request.actor, pk))


def show(request: HttpRequest, user: User, *, status: int = 200, **more) -> HttpResponse:
    """One person: account, posts, substitutes, what happened. `more` goes to the page (a revealed or new password, why none is shown)."""
    absences: dict[int, list] = {}
    for absence in queries_people.absences_of(user):
        absences.setdefault(absence.post_id, []).append(absence)
    posts = queries_people.current_posts([user])[user.pk]
    is_self = request.actor.id == user.pk
    city = policy.administers_city(request.actor)

    def mine(post: Post) -> bool:
        given_here = city or post.role not in policy.CITY_GIVEN_ROLES
        return request.actor.id != post.user_id and given_here and policy.administers(request.actor, post.node_code)

    context = {
        "person": user,
        "posts": [
            {
                "post": post,
                "absences": absences.get(post.pk, []),
                "counter": post.role in policy.COUNTER_ROLES,
                "begins_later": post.valid_from > today(),
                "mine": mine(post),
            }
            for post in posts
        ],
        "standing_in": [(absence, mine(absence.post)) for absence in queries_people.standing_in(user)],
        "is_self": is_self,
        "may_seize": not is_self and (city or not queries.city_given(user)),
        "has_authenticator": queries.standing(user).second_factor,
        "history": [told(event) for event in queries_people.history_of(request.actor, user)],
        **more,
    }
    return render(request, "people/person.html", context, status=status)


@administrator
@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """The temporary password is shown on the answer itself and kept nowhere: a second click is told how to get another."""
    form, shown_once = InviteForm(request.POST or None, nodes=own_nodes(request.actor)), {}

    def do() -> int:
        user, shown_once["new_password"] = actions.invite_staff(by=request.actor, **form.given)
        return user.pk

    if request.method == "POST" and form.act(request.actor, do):
        if form.replayed:
            messages.warning(request, "账号刚才已经建立。临时密码只显示一次，没有看到的，请点“重置密码”。")
            return redirect("people:person", form.result)
        return show(request, queries_people.person_for(request.actor, form.result), **shown_once, just_invited=True)
    return render(request, "people/invite.html", {"form": form}, status=form.status)


@administrator
@require_POST
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    user = queries_people.person_for(request.actor, pk)
    try:
        value = actions.reveal(by=request.actor, subject=user, field="mobile", reason=request.POST.get("reason", ""))
    except NotYours:
        raise
    except DomainError as refusal:
        return show(request, user, status=refusal.status, denied=refusal.message)
    return show(request, user, mobile=value)


def back(request: HttpRequest, user_id: int, sentence: str) -> HttpResponse:
    messages.success(request, sentence)
    return redirect("people:person", user_id)
