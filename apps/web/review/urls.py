"""Addresses of the department's desk."""

from django.urls import path

from . import acts, case, decision, hearing, inbox, lead, router, supplement, timing, views

app_name = "review"
urlpatterns = [
    path("", inbox.inbox, name="home"),
    path("countersign/", inbox.countersign, name="countersign"),
    path("done/", inbox.done, name="done"),
    path("export.xlsx", inbox.export, name="export"),
    path("claim/", inbox.claim_many, name="claim_many"),
    path("views/", views.save, name="save_view"),
    path("views/forget/", views.forget, name="forget_view"),
    path("lead/", lead.led, name="led"),
    path("lead/<int:pk>/", lead.show, name="lead_case"),
    path("lead/<int:pk>/chase/", lead.chase, name="lead_chase"),
    path("lead/<int:pk>/coordinate/", lead.coordinate, name="lead_coordinate"),
    path("router/", router.desk, name="router"),
    path("router/<int:pk>/", router.reroute, name="reroute"),
    path("<int:pk>/", case.show, name="job"),
    path("<int:pk>/claim/", case.claim, name="claim"),
    path("<int:pk>/opinion/", case.conclude, name="conclude"),
    path("<int:pk>/note/", case.add_note, name="note"),
    path("<int:pk>/reveal/", case.reveal, name="reveal"),
    path("<int:pk>/return/", acts.return_to_router, name="return"),
    path("<int:pk>/hearing/", hearing.record, name="hearing"),
    path("<int:pk>/hearing/tell/", hearing.tell, name="hearing_tell"),
    path("<int:pk>/hearing/request/", hearing.ask_for, name="hearing_request"),
    path("<int:pk>/hearing/call/", hearing.call, name="hearing_call"),
    path("<int:pk>/supplement/", supplement.ask, name="supplement"),
    path("<int:pk>/reassign/", acts.reassign, name="reassign"),
    path("<int:pk>/send-back/", acts.send_back, name="send_back"),
    path("<int:pk>/pause/", timing.pause, name="pause"),
    path("<int:pk>/pause/served/", timing.serve, name="serve_pause"),
    path("<int:pk>/pause/drop/", timing.drop, name="drop_pause"),
    path("<int:pk>/resume/", timing.resume, name="resume"),
    path("<int:pk>/extend/", timing.extend, name="extend"),
    path("<int:pk>/decide/", decision.decide, name="decide"),
]
