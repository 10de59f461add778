"""Addresses of all pages; each desk brings its own."""

from django.urls import include, path

from . import anywhere, cards, files, keys, shell, showcase, why

urlpatterns = [
    path("desk/", shell.desk, name="desk"),
    path("cases/<int:pk>/", anywhere.case, name="case_anywhere"),
    path("cards/", cards.listed, name="cards"),
    path("cards/export/", cards.export, name="cards_export"),
    path("cards/<int:pk>/", cards.card, name="card"),
    path("cards/<int:pk>/answer/", cards.act, {"verb": "answer"}, name="card_answer"),
    path("cards/<int:pk>/withdraw/", cards.act, {"verb": "withdraw"}, name="card_withdraw"),
    path("keys/", keys.keys, name="keys"),
    path("preferences/", shell.preferences, name="preferences"),
    path("why/<int:pk>/", why.why, name="clock_why"),
    path("why/<int:pk>/if/", why.what_if, name="clock_what_if"),
    path("files/attachment/<int:pk>/", files.attachment, name="attachment"),
    path("files/photo/<int:pk>/", files.photo, name="photo"),
    path("files/document/<int:pk>/", files.document, name="document"),
    path("files/document/<int:pk>/print/", files.print_again, name="document_print"),
    path("styleguide/", showcase.showcase, name="styleguide"),
    path("account/", include("apps.web.account.urls")),
    path("counter/", include("apps.web.counter.urls")),
    path("review/", include("apps.web.review.urls")),
    path("issue/", include("apps.web.issue.urls")),
    path("oversight/", include("apps.web.oversight.urls")),
    path("catalogue/", include("apps.web.catalogue.urls")),
    path("people/", include("apps.web.people.urls")),
    path("calendar/", include("apps.web.calendar.urls")),
    path("feedback/", include("apps.web.feedback.urls")),
    path("audit/", include("apps.web.audit.urls")),
    path("", include("apps.web.citizen.urls")),
]
