"""Every verb of a case as POST /api/<subject>/<id>/<verb>/: one table, the same actions as the pages."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers

from apps.applications import actions, queries
from apps.applications.models import Application
from apps.feedback import actions as feedback
from apps.issuance.handing import Collection
from apps.journal.door import action
from apps.journal.once import LONGEST
from apps.kit.errors import Refused

from . import shapes, shapes_feedback, shapes_inspection, shapes_intake, shapes_review
from . import shapes_consultation as opinions
from .base import Desk, shown
from .problems import Problem
from .shapes_handout import (
    DispatchIn,
    HandOutIn,
    HandOverIn,
    ParcelShape,
    ParcelStatusIn,
    ReissueIn,
    SealIn,
    ServeByNoticeIn,
)

KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": LONGEST},
    OpenApiParameter.HEADER,
    description="七天以内，同一个键的重复请求只办一次，并得到第一次的答复。",
)
ERRORS = {401: Problem, 403: Problem, 404: Problem, 409: Problem, 415: Problem, 422: Problem, 400: Problem}


@dataclass(frozen=True)
class Verb:
    subject: str  # application | job | member | hearing | supplement | inspection | parcel | consultation | opinion | commitment
    name: str
    do: Callable
    takes: type[serializers.Serializer]
    gives: type[serializers.Serializer]
    about: str
    part: str = ""  # what the rooms call the whole body, where it is to them a part of the case


def hand_over(*, by, application: int, members: list[int], proxy_evidence: str = "", **given):
    """The issue desk's hand-over, its proxy evidence in Base64."""
    try:
        evidence = base64.b64decode(proxy_evidence, validate=True) if proxy_evidence else None
    except (binascii.Error, ValueError):
        raise Refused("hand_over.proxy_evidence", "代领凭据应为 Base64 编码的文件内容。", "proxy_evidence") from None
    return actions.hand_over(
        by=by, application=application, members=members, collection=Collection(proxy_evidence=evidence, **given)
    )


def hold(*, by, inspection: int, signature_image: str = "", **given):
    """A visit held, the drawn signature in Base64."""
    try:
        drawn = base64.b64decode(signature_image, validate=True) if signature_image else None
    except (binascii.Error, ValueError):
        raise Refused("inspection.signature", "手写签名应为 Base64 编码的 PNG 图片。", "signature_image") from None
    return actions.hold_visit(by=by, inspection=inspection, signature_image=drawn, **given)


def turning_away(do: Callable) -> Callable:
    """From a draft at once, as on the clerk's page: received and turned away in one transaction, without a form that nobody will use."""

    def both(*, by, application: int, **given):
        with action(by):
            if by.kind == "staff" and queries.get(by, application).state == Application.State.DRAFT:
                actions.receive(by=by, application=application, to_turn_away=True)
            return do(by=by, application=application, **given)

    return both


class HandOverShape(serializers.Serializer):
    id = serializers.IntegerField()
    members = serializers.ListField(child=serializers.IntegerField())
    at = serializers.DateTimeField()
    receipt = serializers.IntegerField(source="receipt_id")


A, M, J, E, R = shapes.ApplicationShape, shapes.MemberShape, shapes.JobShape, shapes.Empty, shapes.Reason
H, S, C = shapes_review.HearingShape, shapes_review.ReviewSupplementShape, opinions.ConsultationShape
K, N, L = shapes_review.CommitmentShape, shapes_review.RenewalShape, shapes_review.CancellationShape
V, P = shapes_inspection.InspectionShape, shapes_inspection.PartShape
VERBS = [
    Verb("application", "save", actions.save_draft, shapes_intake.SaveIn, A, "保存草稿"),
    Verb("application", "submit", actions.submit, E, A, "网上提交"),
    Verb("application", "begin_pre_check", actions.begin_pre_check, E, A, "开始预审"),
    Verb("application", "pass_pre_check", actions.pass_pre_check, E, A, "预审通过"),
    Verb("application", "pass_and_accept", actions.pass_and_accept, E, A, "预审通过，当场收件、受理（无须到窗口）"),
    Verb("application", "return_pre_check", actions.return_pre_check, R, A, "预审退回"),
    Verb("application", "receive", actions.receive, E, A, "收件"),
    Verb("application", "begin_check", actions.begin_check, E, A, "开始核对"),
    Verb("application", "accept", actions.accept, shapes_intake.AcceptIn, A, "受理、容缺受理"),
    Verb("application", "ask_supplement", actions.ask_supplement, shapes_intake.SupplementIn, A, "一次性告知补正"),
    Verb(
        "application",
        "take_supplement",
        actions.take_supplement,
        shapes_intake.TakeSupplementIn,
        A,
        "收下补正材料，齐全即受理（窗口）",
    ),
    Verb("application", "mend", actions.mend, shapes_intake.MendIn, A, "网上更正补正告知列明的填写内容（申请人）；都更正、上传了，再交齐：受理前的用 resubmit，审查补正的用 supplements 的 take"),
    Verb("application", "resubmit", actions.resubmit, E, A, "受理前的补正已在网上全部上传、更正，交齐（申请人）"),
    Verb("application", "supply_gap", actions.supply_gap, shapes_intake.TakeIn, A, "收下容缺材料（窗口）；申请人网上上传的，通过安全检查就算补来"),
    Verb("application", "not_accept", turning_away(actions.not_accept), shapes_intake.NotAcceptIn, A, "不予受理（草稿当场收件）"),
    Verb("application", "not_handle", turning_away(actions.not_handle), shapes_intake.NotHandleIn, A, "无需办理（草稿当场收件）"),
    Verb("application", "correct", actions.correct, shapes_intake.CorrectIn, A, "更正录入并重打凭证"),
    Verb("application", "choose_handout", actions.choose_handout, HandOutIn, A, "登记或者更改领取方式", part="handout"),
    Verb("application", "change_contact", actions.change_contact, shapes_intake.ContactIn, A, "更改联系手机"),
    Verb("application", "reprint", actions.reprint_receipt, R, A, "补打收件凭证"),
    Verb("application", "withdraw", actions.withdraw, R, A, "撤回"),
    Verb("application", "coordinate", actions.coordinate, R, A, "牵头部门协调意见分歧"),
    Verb("application", "void", actions.void, R, A, "录入作废（监督人员）"),
    Verb("application", "terminate", actions.terminate, R, A, "终止（监督人员）"),
    Verb(
        "application",
        "amend",
        actions.amend_situation,
        shapes_intake.AmendIn,
        A,
        "受理后更正情形：增减事项，出具变更告知书",
    ),
    Verb(
        "application", "mark_renewal", actions.mark_renewal, shapes_intake.MarkRenewalIn, N, "登记为一份证照的延续申请"
    ),
    Verb("application", "note", actions.add_note, shapes_intake.NoteIn, shapes.NoteShape, "内部备注"),
    Verb("application", "hand_over", hand_over, HandOverIn, HandOverShape, "出件"),
    Verb("application", "serve_by_notice", actions.serve_by_notice, ServeByNoticeIn, HandOverShape, "登记期满的公告送达"),
    Verb("hand_over", "take_back", actions.take_back, R, HandOverShape, "当天撤销自己办的交付"),
    Verb("application", "dispatch", actions.dispatch, DispatchIn, ParcelShape, "交快递寄出"),
    Verb("parcel", "enter_status", actions.enter_status, ParcelStatusIn, ParcelShape, "登记快递的签收、退回、丢失或取消"),
    Verb(
        "application",
        "rate",
        feedback.rate,
        shapes_feedback.RateIn,
        shapes_feedback.RatingShape,
        "评价一个环节（办事人）",
    ),
    Verb(
        "application",
        "complain",
        feedback.complain,
        shapes_feedback.ComplainIn,
        shapes_feedback.ComplaintShape,
        "投诉（办事人）",
    ),
    Verb("job", "claim", actions.claim, E, J, "领办"),
    Verb("job", "reassign", actions.reassign, shapes_review.ReassignIn, J, "改派"),
    Verb("job", "give_back", actions.give_back, R, J, "退回待领办（还没有意见的）"),
    Verb("job", "return_to_router", actions.return_to_router, R, J, "退回分办（一次）"),
    Verb("job", "reroute", actions.reroute, shapes_review.RerouteIn, J, "重新分办"),
    Verb("job", "ask_in_review", actions.ask_in_review, shapes_review.AskInReviewIn, S, "审查中要求补正"),
    Verb("supplement", "take", actions.take_in_review, shapes_review.TakeInReviewIn, S, "收下审查补正材料（窗口）；申请人上传、更正以后用它交齐，materials 里写补来的材料"),
    Verb("job", "tell_hearing", actions.tell_hearing, shapes_review.TellHearingIn, H, "告知听证权利"),
    Verb("hearing", "request", actions.request_hearing, shapes_review.RequestHearingIn, H, "登记听证申请"),
    Verb("job", "call_hearing", actions.call_hearing, shapes_review.CallHearingIn, H, "通知听证的时间、地点"),
    Verb("job", "call_off_hearing", actions.call_off_hearing, R, H, "取消部门自己决定的听证"),
    Verb("hearing", "withdraw", actions.withdraw_hearing, R, H, "撤回听证申请"),
    Verb("job", "record_hearing", actions.record_hearing, shapes_review.HearingIn, J, "登记听证"),
    Verb("member", "consult", actions.consult, opinions.ConsultIn, C, "向其他部门征求意见"),
    Verb("opinion", "answer", actions.answer_opinion, opinions.AnswerIn, opinions.OpinionShape, "答复意见"),
    Verb("consultation", "resolve", actions.resolve_consultation, opinions.ResolveIn, C, "牵头部门处理意见分歧"),
    Verb("consultation", "recall", actions.recall_consultation, R, C, "撤回征求意见"),
    Verb("job", "conclude", actions.conclude, shapes_review.ConcludeIn, J, "提交审查意见"),
    Verb("job", "send_back", actions.send_back, R, J, "退回重审"),
    Verb("job", "pause", actions.pause, shapes_review.PauseIn, M, "进入特别程序：出具告知书"),
    Verb("job", "serve_pause", actions.serve_pause, shapes_review.ServePauseIn, M, "登记特别程序告知书的送达"),
    Verb("job", "drop_pause", actions.drop_pause, R, M, "作废没有送达的特别程序告知书"),
    Verb("job", "resume", actions.resume, shapes_review.ResumeIn, M, "特别程序结束，继续计时"),
    Verb("job", "extend", actions.extend, shapes_review.ExtendIn, M, "延长期限（一次）"),
    Verb("job", "decide", actions.decide, shapes_review.DecideIn, M, "作出决定"),
    Verb("application", "plan_inspection", actions.plan_inspection, E, V, "发起踏勘，征集部门空闲时间"),
    Verb("inspection", "offer", actions.offer_times, shapes_inspection.OfferIn, P, "部门报空闲时间、踏勘人员"),
    Verb("inspection", "name_officers", actions.name_officers, shapes_inspection.OfficersIn, P, "部门确定踏勘人员"),
    Verb("inspection", "confirm", actions.confirm_visit, shapes_inspection.ConfirmIn, V, "确定一次踏勘的时间、地点"),
    Verb("inspection", "notify", actions.notify_applicant, E, V, "通知申请人"),
    Verb("inspection", "replan", actions.replan_visit, R, V, "踏勘改期"),
    Verb("inspection", "cancel", actions.cancel_inspection, R, V, "取消踏勘"),
    Verb("inspection", "record", actions.record_findings, shapes_inspection.FindingsIn, P, "填写检查记录"),
    Verb("inspection", "hold", hold, shapes_inspection.HoldIn, V, "登记踏勘完成：到场部门、申请人签名"),
    Verb(
        "inspection", "conclude", actions.conclude_inspection, shapes_inspection.InspectionConcludeIn, P, "出具踏勘结论"
    ),
    Verb("inspection", "reinspect", actions.reinspect, shapes_inspection.ReinspectIn, V, "安排复查"),
    Verb("member", "open_renewal", actions.open_renewal, E, A, "为这份证照新开延续申请（草稿）"),
    Verb("member", "sign_commitment", actions.sign_commitment, shapes_review.SignCommitmentIn, K, "登记告知承诺书"),
    Verb("commitment", "confirm", actions.confirm_commitment, shapes_review.FoundIn, K, "核查承诺：属实"),
    Verb(
        "commitment", "rectify", actions.rectify_commitment, shapes_review.RectifyCommitmentIn, K, "核查承诺：限期整改"
    ),
    Verb("commitment", "revoke", actions.revoke_commitment, R, K, "承诺不实，逾期没有整改：撤销决定"),
    Verb("commitment", "repair", actions.repair_commitment, R, K, "登记信用修复，可以再适用告知承诺"),
    Verb("member", "ask_cancellation", actions.ask_cancellation, shapes_review.AskCancellationIn, L, "持证人申请注销证照"),
    Verb("member", "cancel", actions.cancel_certificate, shapes_review.CancelIn, L, "部门依法注销证照"),
    Verb("cancellation", "withdraw", actions.withdraw_cancellation, R, L, "撤回注销申请"),
    Verb("cancellation", "take_original", actions.take_original, E, L, "登记证照原件交回"),
    Verb("cancellation", "grant", actions.grant_cancellation, E, L, "准予注销"),
    Verb("cancellation", "decline", actions.decline_cancellation, R, L, "不予注销"),
    Verb("member", "seal", actions.register_seal, SealIn, M, "登记用印"),
    Verb("member", "reissue", actions.reissue, ReissueIn, M, "更正补发：证照遗失的按原样补发，写错的由部门负责人更正"),
    Verb("member", "withdraw", actions.withdraw_member, R, M, "撤回一件事中的一个事项"),
    Verb("member", "remind", actions.remind, shapes_review.RemindIn, M, "牵头部门催办（每天一次）"),
]


def _view(verb: Verb) -> type[Desk]:
    def post(self, request, pk: int):
        given = self.read(request, verb.takes)
        return self.write(request, lambda: shown(verb.gives, verb.do(by=self.actor, **{verb.subject: pk}, **given)))

    described = extend_schema(
        operation_id=f"{verb.subject}_{verb.name}",
        summary=verb.about,
        tags=[verb.subject],
        parameters=[KEY],
        request=None if verb.takes is E else verb.takes,
        responses={200: verb.gives, **ERRORS},
    )
    name = "".join(part.title() for part in (verb.subject, *verb.name.split("_")))
    called = {field.source: sent for sent, field in verb.takes().fields.items() if field.source != sent}
    called |= {verb.part: ""} if verb.part else {}
    told = {"post": described(post), "called": called, "__doc__": verb.about, "__module__": __name__}
    return type(name, (Desk,), told)


EVERY_CASE = ("claim", "conclude", "decide")  # an address is compared with one after the other: these stand first
urlpatterns = [
    path(f"{verb.subject}s/<int:pk>/{verb.name}/", _view(verb).as_view(), name=f"{verb.subject}-{verb.name}")
    for verb in sorted(VERBS, key=lambda verb: verb.name not in EVERY_CASE)
]
