"""Addresses of the counter."""

from django.urls import path

from . import case, correct, day, desk, ends, hearing, identify, intake, precheck, promising, supplement

app_name = "counter"
urlpatterns = [
    path("", desk.home, name="home"),
    path("start/", desk.start, name="start"),
    path("cases/", desk.cases, name="cases"),
    path("checking/", desk.checking, name="checking"),
    path("awaiting/", desk.awaiting, name="awaiting"),
    path("gaps/", desk.gaps, name="gaps"),
    path("pre-checks/", precheck.listed, name="prechecks"),
    path("pre-checks/<int:pk>/", precheck.show, name="precheck"),
    path("pre-checks/<int:pk>/begin/", precheck.begin, name="precheck_begin"),
    path("pre-checks/<int:pk>/pass/", precheck.passed, name="precheck_pass"),
    path("pre-checks/<int:pk>/return/", precheck.returned, name="precheck_return"),
    path("day/", day.day, name="day"),
    path("new/", identify.new, name="new"),
    path("party/", identify.party, name="party"),
    path("items/", identify.items, name="items"),
    path("<int:pk>/", case.case, name="case"),
    path("<int:pk>/applicant/", identify.applicant, name="applicant"),
    path("<int:pk>/work/", intake.work, name="work"),
    path("<int:pk>/save/", intake.save, name="save"),
    path("<int:pk>/files/", intake.upload, name="upload"),
    path("<int:pk>/due/", intake.due, name="due"),
    path("<int:pk>/discard/", intake.discard, name="discard"),
    path("<int:pk>/done/", intake.finished, name="done"),
    path("<int:pk>/papers/", intake.papers, name="papers"),
    path("<int:pk>/begin/", case.begin, name="begin"),
    path("<int:pk>/reveal/", case.reveal, name="reveal"),
    path("<int:pk>/notes/", case.note, name="note"),
    path("<int:pk>/reprint/", case.reprint, name="reprint"),
    path("<int:pk>/correct/", correct.correct, name="correct"),
    path("<int:pk>/supplement/", supplement.supplement, name="supplement"),
    path("<int:pk>/review-supplement/", supplement.review, name="review_supplement"),
    path("<int:pk>/gap/", supplement.gap, name="gap"),
    path("<int:pk>/commitment/", promising.commitment, name="commitment"),
    path("<int:pk>/renewal/", promising.renewal, name="renewal"),
    path("<int:pk>/renew/", promising.begin_renewal, name="begin_renewal"),
    path("<int:pk>/hearing/", hearing.request, name="hearing"),
    path("<int:pk>/withdraw/", ends.withdraw, name="withdraw"),
    path("<int:pk>/withdraw/<int:member>/", ends.withdraw_member, name="withdraw_member"),
    path("<int:pk>/not-accept/", ends.bad_cure, name="bad_cure"),
    path("<int:pk>/void/", ends.void, name="void"),
]
