from django.urls import path

from . import changes, people, ready

app_name = "people"
urlpatterns = [
    path("", people.people, name="list"),
    path("ready/", ready.ready, name="ready"),
    path("invite/", people.invite, name="invite"),
    path("citizen/authenticator/", changes.citizens_authenticator, name="citizen_authenticator"),
    path("<int:pk>/", people.person, name="person"),
    path("<int:pk>/reveal/", people.reveal, name="reveal"),
    path("<int:pk>/give/", changes.give, name="give"),
    path("<int:pk>/lock/", changes.lock, name="lock"),
    path("<int:pk>/password/", changes.new_password, name="password"),
    path("<int:pk>/authenticator/", changes.authenticator, name="authenticator"),
    path("posts/<int:pk>/end/", changes.end, name="end"),
    path("posts/<int:pk>/competence/", changes.competence, name="competence"),
    path("posts/<int:pk>/absence/", changes.absence, name="absence"),
    path("absences/<int:pk>/cancel/", changes.cancel_absence, name="cancel_absence"),
]
