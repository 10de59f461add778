from django.urls import path

from . import own, signin, single

urlpatterns = [
    path("", signin.signin, name="signin"),
    path("code/", signin.code, name="signin_code"),
    path("out/", signin.signout, name="signout"),
    path("password/", own.password, name="password"),
    path("second-factor/", own.second_factor, name="second_factor"),
    path("sso/", single.start, name="single_start"),
    path("sso/callback/", single.callback, name="single_callback"),
]
