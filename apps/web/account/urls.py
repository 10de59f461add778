from django.urls import path

from . import messages, own, signin, single

urlpatterns = [
    path("", signin.signin, name="signin"),
    path("code/", signin.code, name="signin_code"),
    path("out/", signin.signout, name="signout"),
    path("password/", own.password, name="password"),
    path("second-factor/", own.second_factor, name="second_factor"),
    path("messages/", messages.listed, name="messages"),
    path("messages/read/", messages.read_all, name="messages_read"),
    path("messages/<int:pk>/", messages.opened, name="message_open"),
    path("sso/", single.start, name="single_start"),
    path("sso/callback/", single.callback, name="single_callback"),
]
