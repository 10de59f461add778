from django.urls import path

from . import exceptions, lights, notice, year

app_name = "calendar"
urlpatterns = [
    path("", year.home, name="home"),
    path("<int:year>/", year.show, name="year"),
    path("progress/", year.progress, name="progress"),
    path("publish/", notice.publish, name="publish"),
    path("exceptions/add/", exceptions.add, name="add"),
    path("exceptions/<int:pk>/withdraw/", exceptions.withdraw, name="withdraw"),
    path("lights/", lights.listed, name="lights"),
    path("lights/add/", lights.add, name="light_add"),
]
