from django.urls import path

from . import data, identities, messages, own, register, signin, single

urlpatterns = [
    path("", signin.signin, name="signin"),
    path("code/", signin.code, name="signin_code"),
    path("resume/", signin.resume, name="resume"),
    path("out/", signin.signout, name="signout"),
    path("password/", own.password, name="password"),
    path("second-factor/", own.second_factor, name="second_factor"),
    path("register/", register.register, name="register"),
    path("register/finish/", register.register_finish, name="register_finish"),
    path("forgot/", register.forgot, name="forgot"),
    path("forgot/finish/", register.forgot_finish, name="forgot_finish"),
    path("identities/", identities.identities, name="identities"),
    path("identities/enterprise/", identities.enterprise, name="identity_enterprise"),
    path("identities/child/", identities.child, name="identity_child"),
    path("identities/handler/", identities.handler, name="identity_handler"),
    path("identities/<int:pk>/end/", identities.end, name="identity_end"),
    path("sessions/", data.sessions, name="sessions"),
    path("sessions/<int:pk>/end/", data.end_session, name="session_end"),
    path("mobile/", data.mobile, name="own_mobile"),
    path("notices/", data.channels, name="own_channels"),
    path("notices/email/", data.email, name="own_email"),
    path("data/", data.own_data, name="own_data"),
    path("data/export/", data.export, name="own_export"),
    path("data/close/", data.close, name="own_close"),
    path("messages/", messages.listed, name="messages"),
    path("messages/read/", messages.read_all, name="messages_read"),
    path("messages/<int:pk>/", messages.opened, name="message_open"),
    path("sso/", single.start, name="single_start"),
    path("sso/callback/", single.callback, name="single_callback"),
]
