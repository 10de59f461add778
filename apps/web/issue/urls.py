"""Addresses of the issue desk and the seal desk."""

from django.urls import path

from . import desk, handing, handout, parcels, public_notice, register, reissue, seal

app_name = "issue"
urlpatterns = [
    path("", desk.home, name="home"),
    path("seal/", seal.desk, name="seal"),
    path("seal/register/", seal.register, name="seal_register"),
    path("register/", register.register, name="register"),
    path("register/export.xlsx", register.export, name="register_export"),
    path("handed/<int:pk>/", register.handed, name="handed"),
    path("handed/<int:pk>/take-back/", register.take_back, name="take_back"),
    path("<int:pk>/", handing.hand_over, name="hand_over"),
    path("parcels/", parcels.parcels, name="parcels"),
    path("parcels/<int:pk>/", parcels.parcel, name="parcel"),
    path("<int:pk>/public-notice/", public_notice.serve, name="public_notice"),
    path("<int:pk>/dispatch/", parcels.dispatch, name="dispatch"),
    path("<int:pk>/handout/", handout.handout, name="handout"),
    path("<int:pk>/reissue/<int:member>/", reissue.reissue, name="reissue"),
    path("<int:pk>/reveal/", handing.reveal, name="reveal"),
]
