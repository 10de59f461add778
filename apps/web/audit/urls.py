from django.urls import path

from . import reveals

app_name = "audit"
urlpatterns = [path("", reveals.reveals, name="reveals")]
