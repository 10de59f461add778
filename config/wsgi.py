import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from apps.kit import hanging
from apps.kit.bodies import watched
from config.standing import seldom, stands

seldom()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = watched(get_wsgi_application())
_ = get_resolver().url_patterns  # else the first visitor waits for every page to be loaded
stands()
hanging.watch()
