"""Addresses of the public pages."""

from django.urls import path

from . import browse, guide, home, track, verify

app_name = "citizen"
urlpatterns = [
    path("", home.home, name="home"),
    path("items/", browse.browse, name="catalogue"),
    path("items/<str:code>/", guide.guide, name="guide"),
    path("track/", track.track, name="track"),
    path("verify/", verify.ask, name="verify"),
    path("verify/<str:code>/", verify.by_code, name="verify_code"),
    path("v/<str:code>/", verify.by_code, name="verify_short"),
]
