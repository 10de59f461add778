"""Every state × every move of the lives of a case: what DOMAIN.md 3.2 allows is possible, in the machine and in the database,
and nothing else is. The tables are written from the document, not from the code."""

import pytest
from django.db import DatabaseError, InternalError, connection, transaction
from django_fsm import can_proceed

from apps.applications.models import (
    Application,
    Cancellation,
    Commitment,
    Consultation,
    Hearing,
    Inspection,
    Job,
    Member,
    Opinion,
    Parcel,
    Renewal,
    ReviewSupplement,
)
from tests import inspection_make, make

APPLICATION = {
    "submit": ("draft pre_returned", "submitted"),
    "begin_pre_check": ("submitted", "pre_checking"),
    "return_pre_check": ("pre_checking", "pre_returned"),
    "pass_pre_check": ("pre_checking", "pre_passed"),
    "receive": ("draft pre_returned submitted pre_passed", "received"),
    "begin_check": ("received", "checking"),
    "ask_supplement": ("received checking", "awaiting_supplement"),
    "resubmit": ("awaiting_supplement", "checking"),
    "accept": ("received checking awaiting_supplement", "in_progress"),
    "deem_accept": ("received checking", "in_progress"),
    "not_handle": ("received checking", "not_handled"),
    "not_accept": ("received checking awaiting_supplement", "not_accepted"),
    "lapse": ("awaiting_supplement", "lapsed"),
    "void": ("received checking awaiting_supplement", "voided"),
    "part": ("in_progress", "partly_done"),
    "finish": ("in_progress partly_done", "done"),
    "withdraw": ("received checking awaiting_supplement in_progress partly_done", "withdrawn"),
}
MEMBER = {
    "accept": ("waiting", "accepted"),
    "accept_with_gap": ("waiting", "accepted_with_gap"),
    "begin_review": ("accepted accepted_with_gap", "in_review"),
    "pause": ("in_review", "paused"),
    "resume": ("paused", "in_review"),
    "grant": ("in_review", "granted"),
    "refuse": ("in_review", "refused"),
    "deem_renew": ("accepted accepted_with_gap in_review paused", "granted"),
    "seal": ("granted refused", "sealed"),
    "make_ready": ("sealed", "ready_for_issue"),
    "collect": ("ready_for_issue", "collected"),
    "take_back": ("collected", "ready_for_issue"),
    "dispatch": ("ready_for_issue", "dispatched"),
    "serve": ("dispatched", "served"),
    "come_back": ("dispatched", "ready_for_issue"),
    "reissue": ("ready_for_issue collected served archived", "granted"),
    "archive": ("collected served", "archived"),
    "not_start": ("waiting", "not_started"),
    "withdraw": ("waiting accepted accepted_with_gap in_review paused", "withdrawn"),
    "revoke_acceptance": ("accepted accepted_with_gap in_review paused", "acceptance_revoked"),
    "terminate": ("waiting accepted accepted_with_gap in_review paused", "terminated"),
}
JOB = {
    "claim": ("assigned", "in_hand"),
    "reassign": ("assigned in_hand", "in_hand"),
    "give_back": ("in_hand", "assigned"),
    "return_to_router": ("assigned", "misrouted"),
    "reroute": ("assigned in_hand concluded misrouted", "assigned"),
    "conclude": ("in_hand", "concluded"),
    "send_back": ("concluded", "in_hand"),
    "close": ("assigned in_hand concluded misrouted", "closed"),
}
INSPECTION = {
    "confirm": ("planned", "confirmed_by_all"),
    "replan": ("confirmed_by_all notified", "planned"),
    "notify": ("confirmed_by_all", "notified"),
    "hold": ("notified", "held"),
    "gather": ("held", "conclusions_in"),
    "require_rectification": ("conclusions_in rectify_needed", "rectify_needed"),
    "reinspect": ("rectify_needed", "notified"),
    "close": ("conclusions_in rectify_needed", "closed"),
    "cancel": ("planned confirmed_by_all notified", "cancelled"),
}
HEARING = {
    "tell": ("planned", "told"),
    "request": ("told called_off", "requested"),
    "waive": ("told", "waived"),
    "call": ("planned requested called called_off", "called"),
    "hold": ("called", "held"),
    "call_off": ("called", "called_off"),
    "withdraw": ("requested called", "called_off"),
}
SUPPLEMENT = {
    "ask": ("planned", "asked"),
    "complete": ("asked unanswered", "complete"),
    "expire": ("asked", "unanswered"),
    "close": ("asked unanswered", "closed"),
}
CONSULTATION = {
    "ask": ("planned", "asked"),
    "gather": ("asked", "gathered"),
    "resolve": ("gathered", "resolved"),
    "reopen": ("resolved", "gathered"),
    "recall": ("asked", "recalled"),
    "close": ("asked gathered resolved", "closed"),
}
OPINION = {
    "ask": ("planned", "asked"),
    "answer": ("asked silent", "answered"),
    "miss": ("asked", "silent"),
    "close": ("asked silent", "closed"),
}
COMMITMENT = {
    "sign": ("planned", "signed"),
    "begin": ("signed", "to_inspect"),
    "confirm": ("to_inspect rectifying", "passed"),
    "rectify": ("to_inspect", "rectifying"),
    "revoke": ("rectifying", "revoked"),
    "repair": ("revoked", "repaired"),
}
RENEWAL = {
    "mark": ("planned", "pending"),
    "renew": ("pending", "renewed"),
    "refuse": ("pending", "refused"),
    "deem": ("pending", "deemed_renewed"),
    "expire": ("pending", "expired"),
    "drop": ("pending", "dropped"),
}
CANCELLATION = {
    "ask": ("planned", "asked"),
    "withdraw": ("asked", "withdrawn"),
    "decline": ("asked", "declined"),
    "grant": ("asked", "granted"),
    "order": ("planned", "granted"),
}
PARCEL = {
    "take_waybill": ("requested", "waybill"),
    "decline": ("requested", "declined"),
    "call_off": ("requested waybill", "called_off"),
    "collect": ("waybill", "collected"),
    "carry": ("waybill collected", "in_transit"),
    "bring": ("waybill collected in_transit", "out_for_delivery"),
    "sign": ("waybill collected in_transit out_for_delivery refused", "signed"),
    "turn_up": ("lost called_off", "signed"),
    "refuse": ("waybill collected in_transit out_for_delivery", "refused"),
    "come_back": ("waybill collected in_transit out_for_delivery refused", "returned"),
    "lose": ("waybill collected in_transit out_for_delivery refused", "lost"),
}
LIVES = [
    (Application, APPLICATION),
    (Member, MEMBER),
    (Job, JOB),
    (Inspection, INSPECTION),
    (Hearing, HEARING),
    (ReviewSupplement, SUPPLEMENT),
    (Consultation, CONSULTATION),
    (Opinion, OPINION),
    (Commitment, COMMITMENT),
    (Renewal, RENEWAL),
    (Cancellation, CANCELLATION),
    (Parcel, PARCEL),
]
IDS = [model._meta.model_name for model, _ in LIVES]
WORDS = {"reason", "number", "ground", "notice", "outcome", "department", "recommendation", "place", "half"}
WORDS |= {"signed_by", "certificate", "waybill"}
DAYS = {"on", "at", "due_on", "cure_by", "visit_on", "rectify_by", "inspect_by", "valid_to", "until"}


def given(model, move):
    """Something for every argument of the move."""
    from inspect import signature

    from apps.kit.time import today

    names = list(signature(getattr(model, move)).parameters)[1:]
    return {name: "x" if name in WORDS else today() if name in DAYS else 1 for name in names}


def states(model):
    return [str(state) for state in model.State.values]


def moves_of(model):
    return {name for name in dir(model) if hasattr(getattr(model, name, None), "_django_fsm")}


@pytest.mark.parametrize(("model", "table"), LIVES, ids=IDS)
def test_the_page_has_these_moves_and_no_others(model, table):
    assert moves_of(model) == set(table)
    named = {state for sources, target in table.values() for state in [*sources.split(), target]}
    assert named == set(states(model))


@pytest.mark.parametrize(("model", "table"), LIVES, ids=IDS)
def test_in_the_machine(model, table):
    for state in states(model):
        for move, (sources, target) in table.items():
            row = model(state=state)
            if state in sources.split():
                getattr(row, move)(**given(model, move))
                assert row.state == target, (state, move)
            else:
                assert not can_proceed(getattr(row, move), check_conditions=False), (state, move)


def rows_of_a_case():
    """One row a model, with the facts that the constraints of later states ask for."""
    case = make.accepted()
    member, job = make.member_of(case), make.job_of(case)
    Member.objects.filter(pk=member.pk).update(decided_on=case.accepted_on)
    visit = inspection_make.planned(case)
    Inspection.objects.filter(pk=visit.pk).update(visit_on=case.accepted_on, place="x")
    asked = make.consulted()
    Consultation.objects.filter(pk=asked.pk).update(resolution="x")
    Opinion.objects.update(answer_given="agree", reason="x", answered_on=case.accepted_on)
    parcel = Parcel.objects.create(application=case, members=[member.pk], signed_on=case.accepted_on)
    return {
        Parcel: parcel.pk,
        Application: case.pk,
        Member: member.pk,
        Job: job.pk,
        Inspection: visit.pk,
        Hearing: make.told_hearing().pk,
        ReviewSupplement: make.asked_in_review().pk,
        Consultation: asked.pk,
        Opinion: asked.opinions.get().pk,
        Commitment: make.committed().pk,
        Renewal: make.renewing(make.decided()).renewal.pk,
        Cancellation: Cancellation.objects.create(application=case, member=member).pk,
    }


@pytest.mark.parametrize(("model", "table"), LIVES, ids=IDS)
def test_in_the_database(world, model, table):
    """Raw SQL for every pair of states: the trigger lets through what a move of the table does, and nothing else."""
    pk, name = rows_of_a_case()[model], model._meta.db_table
    lawful = {(source, target) for sources, target in table.values() for source in sources.split()}
    wrong = []
    with connection.cursor() as cursor:
        for source in states(model):
            for target in states(model):
                cursor.execute("SET session_replication_role = replica")
                cursor.execute(f"UPDATE {name} SET state = %s WHERE id = %s", [source, pk])
                cursor.execute("SET session_replication_role = DEFAULT")
                try:
                    with transaction.atomic():
                        cursor.execute(f"UPDATE {name} SET state = %s WHERE id = %s", [target, pk])
                    went = True
                except DatabaseError:
                    went = False
                if went != (source == target or (source, target) in lawful):
                    wrong.append((source, target, went))
    assert wrong == []


@pytest.mark.parametrize(("model", "table"), LIVES, ids=IDS)
def test_machine_and_trigger_hold_the_same_pairs(model, table):
    pairs = {(source, target) for sources, target in table.values() for source in sources.split()}
    (trigger,) = [t for t in model._meta.triggers if t.name == "lawful_moves"]
    assert {tuple(pair) for pair in trigger.transitions} == pairs


def test_the_state_cannot_be_set_by_hand(world):
    case = make.received()
    with pytest.raises(AttributeError):
        case.state = "done"


def test_an_update_of_many_rows_walks_into_the_trigger(world):
    case = make.accepted()
    for rows, state in [
        (Application.objects.filter(pk=case.pk), "voided"),
        (Member.objects.filter(application=case), "sealed"),
        (Job.objects.filter(application=case), "concluded"),
    ]:
        with pytest.raises(InternalError), transaction.atomic():
            rows.update(state=state)
    case.refresh_from_db(fields=["light"])
    assert Application.objects.get(pk=case.pk).state == "in_progress"


def test_no_certificate_with_an_open_gap_even_in_sql(world):
    """K10 stands in the table as well: a grant with an open gap is no row."""
    case = make.accepted(gaps=["floor_plan"])
    actions_job = make.job_of(case)
    from apps.applications import actions

    actions.claim(by=make.actor("scjg-reviewer"), job=actions_job.pk)
    with pytest.raises(DatabaseError), transaction.atomic():
        Member.objects.filter(application=case).update(state="granted", decided_on=case.accepted_on)
