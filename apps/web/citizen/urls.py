"""Addresses of the public pages."""

from django.urls import path, re_path

from . import browse, guide, home, standard, track, verify

app_name = "citizen"
urlpatterns = [
    path("", home.home, name="home"),
    path("items/", browse.browse, name="catalogue"),
    re_path(r"^items/(?P<code>[a-z0-9][a-z0-9_.-]{0,63})/$", guide.guide, name="guide"),
    path("standards/<str:code>/", standard.standard, name="standard"),
    path("track/", track.track, name="track"),
    path("verify/", verify.ask, name="verify"),
    path("verify/<str:code>/", verify.by_code, name="verify_code"),
    path("v/<str:code>/", verify.by_code, name="verify_short"),
]
