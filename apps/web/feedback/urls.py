from django.urls import path

from . import letters, questions

app_name = "feedback"
urlpatterns = [
    path("", letters.listed, name="letters"),
    path("export/", letters.export, name="letters_export"),
    path("ratings/", letters.ratings, name="ratings"),
    path("ratings/export/", letters.export_ratings, name="ratings_export"),
    path("<int:pk>/", letters.letter, name="letter"),
    path("<int:pk>/call/", letters.call, name="call"),
    path("<int:pk>/reply/", letters.reply, name="reply"),
    path("<int:pk>/appeal/", letters.appeal, name="appeal"),
    path("<int:pk>/decide/", letters.decide, name="decide"),
    path("<int:pk>/judge/", letters.judge, name="judge"),
    path("<int:pk>/pass-on/", letters.pass_on, name="pass_on"),
    path("questions/", questions.listed, name="questions"),
    path("questions/export/", questions.export, name="questions_export"),
    path("questions/<int:pk>/", questions.question, name="question"),
    path("questions/<int:pk>/pass-on/", questions.pass_on, name="question_pass_on"),
    path("questions/<int:pk>/publish/", questions.publish, name="question_publish"),
    path("questions/<int:pk>/unpublish/", questions.unpublish, name="question_unpublish"),
]
