from django.urls import path

from wabolt.help import views

app_name = "help"
urlpatterns = [
    path("help/", views.index, name="index"),
    path("help/<slug:key>/", views.topic, name="topic"),
]
