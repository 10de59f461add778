"""Addresses of the public pages."""

from django.urls import path, re_path

from . import browse, checklists, drafts, feedback, guide, home, materials, mine, standard, track, verify

app_name = "citizen"
urlpatterns = [
    path("", home.home, name="home"),
    path("items/", browse.browse, name="catalogue"),
    re_path(r"^items/(?P<code>[a-z0-9][a-z0-9_.-]{0,63})/$", guide.guide, name="guide"),
    re_path(r"^checklists/of/(?P<code>[a-z0-9][a-z0-9_.-]{0,63})/$", checklists.keep, name="checklist_keep"),
    path("checklists/<str:code>/", checklists.checklist, name="checklist"),
    path("checklists/<str:code>/pdf/", checklists.as_pdf, name="checklist_pdf"),
    path("standards/<str:code>/", standard.standard, name="standard"),
    re_path(r"^apply/(?P<code>[a-z0-9][a-z0-9_.-]{0,63})/$", drafts.start, name="start"),
    path("my/", mine.my, name="my"),
    path("my/<int:pk>/", mine.mine, name="mine"),
    path("my/<int:pk>/situations/", drafts.situations, name="draft_situations"),
    path("my/<int:pk>/form/<int:place>/", drafts.fill, name="draft_form"),
    path("my/<int:pk>/materials/", materials.materials, name="draft_materials"),
    re_path(r"^my/(?P<pk>[0-9]+)/materials/(?P<code>[a-z0-9][a-z0-9_.-]{0,63})/$", materials.upload, name="draft_upload"),
    re_path(r"^my/(?P<pk>[0-9]+)/promise/(?P<code>[a-z0-9][a-z0-9_.-]{0,63})/$", materials.promise, name="draft_promise"),
    re_path(r"^my/(?P<pk>[0-9]+)/reuse/(?P<code>[a-z0-9][a-z0-9_.-]{0,63})/$", materials.reuse, name="draft_reuse"),
    path("my/<int:pk>/files/<int:file>/remove/", materials.remove, name="draft_remove"),
    path("my/<int:pk>/check/", drafts.check, name="draft_check"),
    path("my/<int:pk>/discard/", drafts.discard, name="draft_discard"),
    path("my/<int:pk>/supplement/", mine.supplement, name="supplement"),
    path("my/<int:pk>/supplement/hand-in/", mine.hand_in, name="hand_in"),
    path("my/<int:pk>/for-good/", mine.for_good, name="for_good"),
    path("my/<int:pk>/withdraw/", mine.withdraw, name="withdraw"),
    path("my/<int:pk>/rate/<slug:name>/", feedback.rate, name="rate"),
    path("my/<int:pk>/rate/<slug:name>/again/", feedback.rate_again, name="rate_again"),
    path("my/<int:pk>/complain/", feedback.complain, name="complain"),
    path("my/questions/", feedback.my_questions, name="my_questions"),
    path("my/questions/ask/", feedback.ask, name="ask"),
    path("my/questions/<int:pk>/withdraw/", feedback.withdraw_question, name="question_withdraw"),
    path("questions/", feedback.questions, name="questions"),
    path("ratings/", feedback.ratings, name="ratings"),
    path("my/<int:pk>/renewal/", mine.renewal, name="renewal"),
    path("my/<int:pk>/renew/", mine.renew, name="renew"),
    path("track/", track.track, name="track"),
    path("verify/", verify.ask, name="verify"),
    path("verify/<str:code>/", verify.by_code, name="verify_code"),
    path("v/<str:code>/", verify.by_code, name="verify_short"),
]
