"""What an administrator does with a person: each a page with its own form, reason and result."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.applications import queries_review
from apps.directory import actions, policy, queries, queries_people
from apps.directory.models import Absence, Post, User
from apps.kit.days import day_cn
from apps.kit.errors import Refused
from apps.kit.forms import BaseForm
from apps.kit.templatetags.kit import date_cn
from apps.kit.time import today
from apps.web import labels
from apps.web.numbers import party_number
from apps.web.once import OnceForm

from .forms import AbsenceForm, CitizenForm, CompetenceForm, EndForm, PostForm, ReasonForm, reason_field, role_choices
from .people import administrator, back, show

NO_SUCH = "没有姓名和证件号码都相符、绑定了验证器的办事人账号。请对照证件重新输入；没有绑定验证器的，不用解除。"


class TemporaryPasswordForm(BaseForm):
    """Not kept for a second click: the answer holds a password."""

    reason = reason_field()


def _confirm(request: HttpRequest, form, person_id: int, **context) -> HttpResponse:
    context |= {"form": form, "back_url": reverse("people:person", args=[person_id])}
    return render(request, "web/confirm.html", context, status=form.status)


def _about(user: User) -> list[tuple[str, str]]:
    return [("姓名", user.name), ("账号", user.username), ("所属节点", user.home.name)]


def _last_of(post: Post, *, locked: bool = False) -> list[tuple[str, str]]:
    """Nobody would be left there to do this: what is open must go elsewhere before. A post that ends is gone for his substitute too;
    that of a locked account stays lent."""
    there = {"department": post.department_id, "node": post.node_code}
    if set(queries.holders(post.role, **there)) - {post.user_id} if locked else queries.holders(post.role, **there, but=post.pk):
        return []
    after = "锁定后" if locked else "结束后"
    place = post.department.name if post.department_id else queries.region_name(post.node_code)
    told = f"{after}，{place}没有人任“{labels.ROLES[post.role]}”岗位"
    cure = "部门撤并的，请先由审批人员把未办结的退回分办，由监督人员分给承接的部门；已经提出意见、退不回的，岗位都结束以后由监督人员直接分办" if post.department_id else "请先安排别人接任"
    return [("请注意", f"{told}。{cure}。")]


def _in_hand(user: int, department: str = "") -> list[tuple[str, str]]:
    """What would be left behind."""
    n = queries_review.in_hand_of(user, department).count()
    return [("手里在办", f"{n} 件，部门负责人（没有的，监督人员）会收到改派的提醒")] if n else []


def _stands_in(user: User, after: str) -> list[tuple[str, str]]:
    """What he holds for somebody else does not end with a post of his own."""
    lent = queries_people.standing_in(user)
    posts = "、".join(f"{one.holder.name}的“{labels.ROLES[one.post.role]}”（到 {date_cn(one.ends_on)}）" for one in lent)
    return [("在代理", f"{posts}。{after}")] if lent else []


def _left_behind(user: User) -> list[tuple[str, str]]:
    posts = user.posts.on(today()).select_related("department", "region").order_by("pk")
    left = _in_hand(user.pk) + [line for post in posts for line in _last_of(post, locked=True)]
    return left + _stands_in(user, "锁定后没有人办，请先取消代理，另行安排。")


def _about_post(post: Post) -> list[tuple[str, str]]:
    office = post.department.name if post.department_id else ""
    return [
        ("姓名", post.user.name),
        ("岗位", labels.ROLES[post.role]),
        ("地区", post.region.name),
        ("部门", office),
    ]


@administrator
@require_http_methods(["GET", "POST"])
def give(request: HttpRequest, pk: int) -> HttpResponse:
    user = queries_people.person_for(request.actor, pk)
    roles = role_choices(policy.administers_city(request.actor))
    form = PostForm(request.POST or None, node=user.home_id, roles=roles)

    def do():
        return actions.give_post(by=request.actor, user=user, **form.given).pk

    if request.method == "POST" and form.act(request.actor, do, person=pk):
        role, begins = labels.ROLES[form.cleaned_data["role"]], form.cleaned_data["valid_from"]
        if begins > today():
            return back(request, pk, f"{user.name}将任“{role}”，从 {date_cn(begins)}起生效。")
        return back(request, pk, f"{user.name}已任“{role}”，从下一次操作起生效。")
    return render(request, "people/post.html", {"form": form, "person": user}, status=form.status)


@administrator
@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, pk: int) -> HttpResponse:
    post = queries_people.post_for(request.actor, pk)
    form = EndForm(request.POST or None)

    def do():
        given = form.cleaned_data
        return actions.end_post(by=request.actor, post=post, reason=given["reason"], on=given["on"]).pk

    if request.method == "POST" and form.act(request.actor, do, post=pk):
        on = form.cleaned_data["on"]
        return back(
            request, post.user_id, f"“{labels.ROLES[post.role]}”岗位{f'的最后一日是 {date_cn(on)}' if on else '已经结束'}。"
        )
    return _confirm(
        request,
        form,
        post.user_id,
        question=f"结束{post.user.name}的“{labels.ROLES[post.role]}”岗位？",
        consequence="立即结束的，从他的下一次操作起不能再办理；已经办完的留在办件记录里。",
        facts=_about_post(post) + (_in_hand(post.user_id, post.department_id) if post.role == "reviewer" else [])
        + _last_of(post)
        + _stands_in(post.user, "结束这个岗位不影响代理；离开的，请同时取消代理。"),
        action="结束岗位",
    )


@administrator
@require_http_methods(["GET", "POST"])
def competence(request: HttpRequest, pk: int) -> HttpResponse:
    post = queries_people.post_for(request.actor, pk)
    now_held = {
        "generalist": post.generalist,
        "zones": [zone.pk for zone in post.zones.all()],
        "window": post.window_id,
        "seen": actions.competence_of(post),
    }
    form = CompetenceForm(request.POST or None, node=post.node_code, initial=now_held)

    def do():
        return actions.set_competence(by=request.actor, post=post, **form.given).pk

    if request.method == "POST" and form.act(request.actor, do, post=pk):
        return back(request, post.user_id, "受理范围已调整，从下一次操作起生效。")
    return render(request, "people/competence.html", {"form": form, "post": post}, status=form.status)


@administrator
@require_http_methods(["GET", "POST"])
def absence(request: HttpRequest, pk: int) -> HttpResponse:
    post = queries_people.post_for(request.actor, pk)
    form = AbsenceForm(request.POST or None, colleagues=queries_people.substitutes_for(request.actor, post))

    def do():
        given = form.given
        given["substitute"] = User.objects.get(pk=given["substitute"])
        return actions.set_absence(by=request.actor, post=post, **given).pk

    if request.method == "POST" and form.act(request.actor, do, post=pk):
        return back(request, post.user_id, "代理已安排。")
    return render(request, "people/absence.html", {"form": form, "post": post}, status=form.status)


@administrator
@require_http_methods(["GET", "POST"])
def cancel_absence(request: HttpRequest, pk: int) -> HttpResponse:
    row: Absence = queries_people.absence_for(request.actor, pk)
    form = OnceForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.act(request.actor, lambda: actions.cancel_absence(by=request.actor, absence=row).pk, absence=pk):
        return back(request, row.holder_id, "代理已取消，岗位回到本人。")
    days = f"{day_cn(row.starts_on)} 至 {day_cn(row.ends_on)}"
    return _confirm(
        request,
        form,
        row.holder_id,
        question=f"取消{row.substitute.name}的代理？",
        consequence="岗位从下一次操作起回到本人。" if row.starts_on <= today() else "到时仍由本人办理。",
        facts=[("缺席人", row.holder.name), ("代理人", row.substitute.name), ("日期", days), ("原因", row.reason)],
        action="取消代理",
    )


@administrator
@require_http_methods(["GET", "POST"])
def lock(request: HttpRequest, pk: int) -> HttpResponse:
    user = queries_people.person_for(request.actor, pk)
    form = ReasonForm(request.POST or None)
    # What his page asked, and not the opposite because another administrator was faster.
    locking = request.POST["do"] == "lock" if "do" in request.POST else user.is_active
    verb = actions.lock_user if locking else actions.unlock_user

    def do():
        return verb(by=request.actor, user=user, reason=form.cleaned_data["reason"]).pk

    if request.method == "POST" and form.act(request.actor, do, person=pk, verb=verb.__name__):
        said = "已锁定，已登录的地方全部退出。" if locking else "已解锁，可以重新登录。"
        return back(request, pk, f"{user.name}的账号{said}")
    return _confirm(
        request,
        form,
        pk,
        question=f"{'锁定' if locking else '解锁'}{user.name}的账号？",
        consequence="锁定后不能登录，已登录的立即退出；岗位保留，急件请另行安排代理。" if locking else "",
        facts=_about(user) + (_left_behind(user) if locking else []),
        action="锁定账号" if locking else "解锁账号",
        hidden={"do": "lock" if locking else "unlock"},
    )


@administrator
@require_http_methods(["GET", "POST"])
def new_password(request: HttpRequest, pk: int) -> HttpResponse:
    user = queries_people.person_for(request.actor, pk)
    form = TemporaryPasswordForm(request.POST or None)

    def do():
        return actions.reset_password(by=request.actor, user=user, reason=form.cleaned_data["reason"])

    if request.method == "POST" and form.is_valid() and form.attempt(do):
        return show(request, queries_people.person_for(request.actor, pk), new_password=form.result)
    return _confirm(
        request,
        form,
        pk,
        question=f"重置{user.name}的密码？",
        consequence="会生成一个 7 天有效的临时密码，只显示一次；原密码立即失效，已登录的全部退出。",
        facts=_about(user),
        action="重置密码",
    )


@administrator
@require_http_methods(["GET", "POST"])
def authenticator(request: HttpRequest, pk: int) -> HttpResponse:
    user = queries_people.person_for(request.actor, pk)
    form = ReasonForm(request.POST or None)

    def do():
        return actions.reset_second_factor(by=request.actor, user=user, reason=form.cleaned_data["reason"]).pk

    if request.method == "POST" and form.act(request.actor, do, person=pk):
        return back(request, pk, f"{user.name}的验证器已解除绑定。")
    return _confirm(
        request,
        form,
        pk,
        question=f"解除{user.name}的验证器？",
        consequence="用于手机丢失。解除后凭密码登录，备用码作废；请先当面核对本人身份。",
        facts=_about(user),
        action="解除验证器",
    )


@administrator
@require_http_methods(["GET", "POST"])
def citizens_authenticator(request: HttpRequest) -> HttpResponse:
    """Who has lost phone and recovery codes comes with his identity document. By POST alone: his number stands in no address."""
    form = CitizenForm(request.POST or None)

    def do():
        given = form.cleaned_data
        _, number = party_number(given["number"], "number")
        user = queries_people.citizens_account(request.actor, number=number, name=given["name"])
        if user is None:
            raise Refused("citizen.no_authenticator", NO_SUCH, "number")
        return actions.reset_second_factor(by=request.actor, user=user, reason=given["reason"]).pk

    if request.method == "POST" and form.act(request.actor, do):
        messages.success(request, f"{form.cleaned_data['name']}的验证器已解除绑定，已发消息告知账号本人。请他凭密码登录。")
        return redirect("people:list")
    return render(request, "people/citizen.html", {"form": form}, status=form.status)
