"""Words to the parties of a case, and to the heads (or who oversees) of work that somebody leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from apps.deadlines.models import Clock
from apps.directory import queries as directory
from apps.directory.actions import tell
from apps.directory.models import Department, Message, Post, Role, User
from apps.directory.policy import DEPARTMENT_ROLES
from apps.directory.queries_people import last_holder, unmanned
from apps.journal.actor import SYSTEM
from apps.journal.door import Action, action
from apps.journal.models import Event
from apps.kit.prepared import Prepared
from apps.kit.time import today

from .. import whole
from ..display import desk_of
from ..handout import HandOut, way_of
from ..models import Application, Member
from ..queries_issue import unsealed_at
from ..queries_review import in_hand_of, open_at, unreviewed_at
from ..telling import FETCH, told, words_for

TOLD_LATE = timedelta(days=31)  # a last day of before that is told no more: the house may have stood still over a holiday, of which the longest has nine days


class Lack(NamedTuple):
    """A department that is left without one of its people: what waits there, and how it is told."""

    role: Role
    work: Callable[[str | OuterRef], QuerySet]
    name: str
    waits: str
    told: str
    routable: bool = False  # to another department, by who oversees the hall that took it in
    head: bool = False  # he hears of it too
    link: str = ""

    @property
    def cure(self) -> str:
        return "请联系节点管理员任命" + ("；部门撤并的，请重新分办给承接的部门" if self.routable else "")


LACKS = (
    Lack(Role.REVIEWER, unreviewed_at, "审批人员", "件待审查", "没有审批人员领办和审查；还有 {n} 件待审查，期限照常计算", routable=True, link="/review/router/"),
    Lack(Role.HEAD, open_at, "负责人", "件在办", "没有负责人决定和改派；还有 {n} 件在办，期限照常计算", routable=True, link="/oversight/"),
    Lack(Role.SEAL_KEEPER, unsealed_at, "印章管理员", "件待用印", "没有人登记用印；还有 {n} 件已经决定，送达期限照常计算", head=True),
)
_case = Prepared("a case to tell of", lambda pk: Application.objects.filter(pk=pk))


def tell_parties(*, event: Event) -> None:
    """An in-app message about this event to every party of the case; told twice it stands once."""
    with action(SYSTEM) as act:
        row = _case.first(int(event.root_id))
        if words := words_for(event, row):
            tell(
                act,
                parties=[party for party in told(row) if party not in (event.facts.get("taker"), event.facts.get("agent"))],
                kind="case",
                title=words[0],
                text=words[1],
                link=f"/my/{row.pk}/",
                root_id=row.pk,
                key=f"event:{event.pk}",
            )


def remind_to_fetch(*, clock: Clock) -> None:
    """The time for serving a decision (行政许可法第四十四条) is nearly over, or over, and its result still lies at the desk: the
    parties are told once for a light and day, however many results of the case wait. What is sent, or waits for the others, is not theirs to fetch."""
    with action(SYSTEM) as act:
        row = Application.objects.get(pk=clock.root_id)
        members = list(row.members.select_related("commitment"))
        member = next(one for one in members if one.pk == clock.subject_id)
        if member.state != Member.State.READY_FOR_ISSUE or way_of(row, member.code) == HandOut.COURIER:
            return
        if whole.waits_for(row, members):
            return
        title, text = FETCH[clock.light]
        tell(
            act,
            parties=told(row),
            kind="case",
            title=title.format(name=row.name[:60]),
            text=text.format(day=f"{clock.due_on:%Y年%-m月%-d日}", desk=desk_of(row)),
            link=f"/my/{row.pk}/",
            root_id=row.pk,
            key=f"fetch:{row.pk}:{'yellow' if clock.light == 'red' else clock.light}:{clock.due_on}",
        )


def tell_work_left(*, event: Event) -> None:
    """Somebody's post of a reviewer ends, or his account is locked: the heads learn how much he has in hand, since only they can
    give it to another; where there is none, who oversees the node. What he has at a post that goes on is not meant. Who oversees
    hears too of a department that is left without a head: nobody decides there, and who was told of a colleague's work is gone. As of
    one without a reviewer, or a keeper of its seal: what is decided reaches nobody."""
    _tell_left(str(event.pk), **{event.subject_type: int(event.subject_id)})


def tell_terms_over() -> None:
    """A last day that has passed is no event: what its holder leaves behind is told on the day after, once, also where the last day
    was set with the post and nobody was told before. Nor is it one that work comes to where nobody is left: it is told then."""
    over = Post.objects.filter(role__in=DEPARTMENT_ROLES, user__is_active=True, ended_at=None)
    over = over.filter(valid_to__gte=today() - TOLD_LATE, valid_to__lt=today())
    for post, last in over.order_by("pk").values_list("pk", "valid_to"):
        _tell_left(f"{post}:{last}", post=post, over=True)
    _tell_lacks()


def _tell_left(of: str, *, post: int = 0, user: int = 0, over: bool = False) -> None:
    """Of a post that ends, or of an account. `of` says which leaving it is: nobody is told of one twice. `over`: its last day is past."""
    post = Post.objects.get(pk=post) if post else None
    user = User.objects.get(pk=post.user_id if post else user)
    last = post and post.ended_at is None and not over and post.valid_to
    rows = in_hand_of(user.pk, post.department_id or "" if post else "").order_by()
    counted = rows.values_list("department").annotate(n=Count("pk")) if post is None or post.role == "reviewer" else ()
    if post and post.role == "reviewer" and directory.reviewing(user.pk, post.department_id, last + timedelta(days=1) if last else today()).exists():
        return
    with action(SYSTEM) as act:
        for department, n in counted:
            when = f"{user.name}的审批人员岗位到{last:%Y年%-m月%-d日}为止" if last else f"{user.name}已不在岗"
            heads, office = directory.holders("head", department=department), directory.department(department)
            cure = "请改派给在岗的审批人员" if heads else f"{office.name}现在没有负责人能改派，请联系节点管理员任命"
            tell(
                act,
                users=heads or directory.overseers(office.region.node_code),
                kind="case",
                title=f"请改派：{user.name}手里的 {n} 件"[:100],
                text=f"{when}，手里还有 {n} 件在办，期限照常计算；{cure}。",
                link=("/review/" if last else "/review/?assignee=left") if heads else "/oversight/",
                key=f"left:{of}:{department}",
            )
        for lack in LACKS:
            for department in _without(lack.role, user, post):
                gone = f"{user.name}的{lack.role.label}岗位到{last:%Y年%-m月%-d日}为止，以后" if last else f"{user.name}已不在岗，"
                _tell_lack(act, lack, department, gone, soon=bool(last))


def _tell_lacks() -> None:
    """Work that came to a department when nobody stood there any more, as after it was merged away, or to one where nobody ever did."""
    with action(SYSTEM) as act:
        for lack in LACKS:
            waits = Exists(lack.work(OuterRef("pk")))  # asked of each such department: what is open elsewhere costs nothing
            for department in unmanned(lack.role).filter(waits).order_by("pk").values_list("pk", flat=True):
                _tell_lack(act, lack, department)


def _tell_lack(act: Action, lack: Lack, department: str, gone: str = "", *, soon: bool = False) -> None:
    """Told once for the time in which nobody stands there, whoever finds it first, and again when all that waited then was routed away
    and other work has come: to who oversees the department, and to who may route what another node's hall took in for it, of that alone."""
    office, work = directory.department(department), lack.work(department)
    if not work.exists():
        return
    about = f"lack:{'soon:' if soon else ''}{lack.role}:{last_holder(lack.role, department)}:{department}"
    for nodes, users in _who_hears(lack, office, work).items():
        rows = work.filter(application__node__in=nodes) if nodes else work
        n = rows.count()
        tell(
            act,
            users=users,
            kind="case",
            title=f"{office.name}{'将' if soon else ''}没有{lack.name}：{n} {lack.waits}"[:100],
            text=f"{gone}{office.name}{'' if soon else '现在'}{lack.told.format(n=n)}，{lack.cure}。",
            link=lack.link,
            key=_told_of(about, users, rows) if lack.routable else about,
        )


def _who_hears(lack: Lack, office: Department, work: QuerySet) -> dict[tuple[str, ...], list[int]]:
    """{nodes: the users who are told of the work that these took in}; () = of all of it."""
    own = office.region.node_code
    heads = directory.holders("head", department=office.pk) if lack.head else []
    whole = dict.fromkeys([*heads, *directory.overseers(own, office.pk)])
    parts: dict[int, tuple[str, ...]] = {}
    if lack.routable:
        elsewhere = work.exclude(application__node=own).order_by("application__node").values_list("application__node", flat=True)
        for node in elsewhere.distinct():
            for pk in directory.overseers(node, office.pk):
                if pk not in whole:
                    parts[pk] = (*parts.get(pk, ()), node)
    hear: dict[tuple[str, ...], list[int]] = {(): [*whole]} if whole else {}
    for pk, nodes in parts.items():
        hear.setdefault(nodes, []).append(pk)
    return hear


def _told_of(about: str, users: list[int], rows: QuerySet) -> str:
    """The key of what they are told: the one that they were told by before, as long as anything of that still lies there; else a new one."""
    last = Message.objects.filter(Q(key=about) | Q(key__startswith=f"{about}:"), user__in=users).aggregate(at=Max("at"))["at"]
    return f"{about}:{last:%Y%m%d%H%M}" if last and not rows.filter(opened_at__lte=last).exists() else about


def _without(role: str, user: User, post: Post | None) -> list[str]:
    """The departments whose head (or keeper of the seal) he was, and that have none now. A last day to come leaves him head until then, and it comes with no
    word of its own: told of is who has none after it."""
    day = max(today(), post.valid_to + timedelta(days=1)) if post and post.ended_at is None and post.valid_to else today()
    posts = [post] if post else user.posts.filter(ended_at=None)
    of = {one.department_id for one in posts if one.role == role}
    return sorted(department for department in of if not directory.holders(role, department=department, day=day))
