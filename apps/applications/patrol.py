"""States of a case that should be impossible."""

from __future__ import annotations

from django.db.models import Count, Exists, F, OuterRef, Q
from django.db.models.functions import JSONArray

from apps.deadlines.models import Clock, Extension, Pause
from apps.issuance.models import Document, HandOver, SealRecord
from apps.issuance.workflow import DECIDES, VOID
from apps.journal.invariants import invariant, told

from .models import Application, Cancellation, Consultation, Job, Member, Opinion, Parcel

NEWEST = 1000  # results looked up in the registers in one patrol: the older ones were looked up before


@invariant("applications.undecided_member_has_one_open_job")
def one_open_job():
    open_jobs = Count("jobs", filter=~Q(jobs__state=Job.State.CLOSED))
    rows = Member.objects.filter(state__in=Member.UNDECIDED).annotate(open=open_jobs).exclude(open=1)
    yield from told(rows, "审查中的事项应恰有一件未结的部门工作")


@invariant("applications.ended_member_has_no_open_job")
def no_job_after_end():
    rows = Job.objects.exclude(state=Job.State.CLOSED).filter(member__state__in=[*Member.DECIDED, *Member.ENDED])
    yield from told(rows, "已决定或已终止的事项不应有未结的部门工作")


@invariant("applications.ended_member_is_not_consulted_about")
def no_question_after_end():
    over = [*Member.DECIDED, *Member.ENDED]
    rows = Consultation.objects.filter(state__in=Consultation.LIVE, member__state__in=over)
    yield from told(rows, "已决定或已终止的事项不应有未了结的征求意见")
    waiting = Clock.objects.filter(subject_type="opinion", subject_id=OuterRef("pk"), stopped_on__isnull=True)
    rows = Opinion.objects.filter(state=Opinion.State.ASKED).exclude(Exists(waiting))
    yield from told(rows, "待答复的意见应有正在走的答复时钟")


@invariant("applications.cancelled_certificate_is_not_in_force")
def no_paper_after_cancellation():
    cancelled = Cancellation.objects.filter(state=Cancellation.State.GRANTED)
    in_force = Document.objects.filter(root_id=OuterRef("application_id"), member_id=OuterRef("member_id"), kind__in=DECIDES).exclude(state=VOID)
    rows = cancelled.filter(Q(member__cancelled_on__isnull=True) | Exists(in_force))
    yield from told(rows, "已注销的证照不应还有有效的文书，事项上应有注销日")


@invariant("applications.what_was_sent_is_in_a_parcel")
def sent_in_a_parcel():
    under_way = Parcel.objects.filter(application=OuterRef("application"), members__contains=[OuterRef("pk")], state__in=Parcel.OPEN)
    rows = Member.objects.filter(state=Member.State.DISPATCHED).exclude(Exists(under_way))
    yield from told(rows, "寄出的事项应有一件在途的快递")


@invariant("applications.grant_without_gap")
def no_grant_with_gap():
    rows = Member.objects.filter(decision="granted", gap_open=True)
    yield from told(rows, "容缺未补不应准予")


@invariant("applications.acceptor_is_not_decider")
def separation():
    rows = Member.objects.filter(decided_by__isnull=False).filter(
        Q(decided_by=F("application__acceptor")) | Q(decided_by=F("opinion_by"))
    )
    yield from told(rows, "受理人、审查人与决定人应为不同的人")


_S = Application.State
_BEFORE = [*Application.BEFORE_RECEIPT, _S.SUBMITTED, _S.PRE_CHECKING, _S.PRE_PASSED, *Application.BEFORE_ACCEPTANCE]


@invariant("applications.derived_state")
def derived_state():
    over = [*Member.DECIDED, *Member.ENDED]
    total = Count("members")
    ended = Count("members", filter=Q(members__state__in=over))
    rows = Application.objects.filter(state__in=Application.ACCEPTED).annotate(total=total, ended=ended)
    yield from told(rows.filter(total=F("ended")), "全部事项已结束的办件应已办结")
    done = Application.objects.filter(state="done").annotate(total=total, ended=ended)
    yield from told(done.exclude(total=F("ended")), "已办结的办件不应有未结束的事项")
    granted = Q(Exists(Member.objects.filter(application=OuterRef("pk"), decision="granted")))
    other = granted ^ Q(outcome__in=["granted", "partly_granted"])
    yield from told(Application.objects.filter(other, state="done"), "办件的结果应与各事项的决定一致")
    yield from told(Application.objects.filter(Exists(Member.objects.filter(application=OuterRef("pk"))), state__in=_BEFORE), "尚未受理的办件不应有已受理的事项")


@invariant("applications.days_follow_each_other")
def days_in_order():
    """What is renewed by law is decided as of the old certificate's last day, whenever it was accepted: nobody decided it."""
    decided = Q(decision="") ^ Q(decided_on__isnull=True)
    early = Q(decided_on__lt=F("accepted_on"), decided_by__isnull=False) | Q(served_on__lt=F("decided_on"))
    yield from told(Member.objects.filter(decided | early), "受理、决定、送达应依次在后，有决定的应有决定日")
    yield from told(Application.objects.filter(accepted_on__lt=F("receipt_date")), "受理不应早于收件")


@invariant("applications.result_stands_in_its_registers")
def in_the_registers():
    """Sealed: in the seal register; handed out: with its day in the issue register. What is out of force is not looked for."""
    after = [Member.State.SEALED, Member.State.READY_FOR_ISSUE, Member.State.DISPATCHED, Member.State.COLLECTED, Member.State.SERVED]
    ids = Member.objects.filter(state__in=after, commitment__revoked_on__isnull=True, cancelled_on__isnull=True).order_by("-pk").values_list("pk", flat=True)
    rows = Member.objects.filter(pk__in=list(ids[:NEWEST]))
    papers = Document.objects.filter(root_id=OuterRef("application_id"), member_id=OuterRef("pk"), kind__in=DECIDES).exclude(state=VOID)
    open_papers = papers.exclude(Exists(SealRecord.objects.filter(document=OuterRef("pk"))))
    yield from told(rows.filter(~Exists(papers) | Exists(open_papers)), "登记过用印的事项，决定和证照应都在用印登记里")
    named = JSONArray(OuterRef("pk"))
    line = HandOver.objects.filter(root_id=OuterRef("application_id"), members__contains=named).exclude(receipt__state=VOID)
    handed = rows.filter(state__in=[Member.State.COLLECTED, Member.State.SERVED])
    yield from told(handed.exclude(Exists(line), served_on__isnull=False), "已送达的事项应有送达日和出件登记")


@invariant("applications.running_member_has_a_clock")
def has_clock():
    clock = Clock.objects.filter(
        kind="decision", subject_type="member", subject_id=OuterRef("pk"), stopped_on__isnull=True
    )
    rows = Member.objects.filter(state__in=Member.UNDECIDED).exclude(Exists(clock))
    yield from told(rows, "审查中的事项应有正在走的办结时钟")


@invariant("applications.paused_member_has_a_paused_clock")
def paused_together():
    clock = Clock.objects.filter(kind="decision", subject_type="member", subject_id=OuterRef("pk"), state="paused")
    rows = Member.objects.annotate(held=Exists(clock)).filter(held=~Q(state=Member.State.PAUSED))
    yield from told(rows, "事项在特别程序中，与它的办结时钟停着，应当同时成立")


@invariant("applications.open_pause_has_its_notice")
def pause_with_notice():
    notice = Document.objects.filter(kind="special_procedure", root_id=OuterRef("root_id"), number=OuterRef("notice"))
    for pause in Pause.objects.exclude(Exists(notice))[:200]:
        yield {"what": "特别程序应有书面告知书", "where": f"pause:{pause.pk}"}
    member = Member.objects.filter(pk=OuterRef("subject_id"), state=Member.State.PAUSED)
    holding = Pause.objects.filter(ended_on__isnull=True, notified_on__isnull=False, subject_type="member")
    for pause in holding.exclude(Exists(member))[:200]:
        yield {"what": "没有结束的特别程序，事项应在特别程序中", "where": f"pause:{pause.pk}"}


@invariant("applications.one_extension_with_its_notice")
def extension_with_notice():
    notice = Document.objects.filter(
        kind="extension_notice", root_id=OuterRef("clock__root_id"), number=OuterRef("notice")
    )
    other = Extension.objects.exclude(pk=OuterRef("pk")).filter(
        clock__subject_type=OuterRef("clock__subject_type"), clock__subject_id=OuterRef("clock__subject_id")
    )
    rows = Extension.objects.annotate(told=Exists(notice), again=Exists(other))
    for row in rows.filter(~Q(told=True) | Q(again=True) | ~Q(clock__kind="decision"))[:200]:
        yield {"what": "期限只延长一次，并有延期通知书", "where": f"extension:{row.pk}"}


@invariant("applications.received_has_a_clock")
def received_has_clock():
    clock = Clock.objects.filter(kind__in=["notice", "cure"], root_id=OuterRef("pk"), stopped_on__isnull=True)
    rows = Application.objects.filter(state__in=Application.BEFORE_ACCEPTANCE).exclude(Exists(clock))
    yield from told(rows, "已收件未受理的办件应有正在走的告知或补正时钟")
