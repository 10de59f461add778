"""Prepare the database and serve; prints the address as its first line."""

import os
from wsgiref.simple_server import make_server

from tests.directory.oidc_provider import CLIENT, PASSWORD, SECRET, USERS


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.directory.oidc_provider.settings"
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()  # the models can be imported from here on
    from allauth.idp.oidc.models import Client
    from django.contrib.auth.hashers import make_password
    from django.contrib.auth.models import User
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    for name in USERS:
        User.objects.create_user(name, password=PASSWORD)
    Client.objects.create(
        id=CLIENT,
        name="一窗",
        secret=make_password(SECRET),
        scopes="openid\nprofile",
        redirect_uris=os.environ["PROVIDER_CALLBACK"],
        skip_consent=True,
    )
    server = make_server("127.0.0.1", 0, application)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
