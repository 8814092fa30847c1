from django.urls import path

from wabolt.operations import views

app_name = "operations"
urlpatterns = [
    path("settings/recent-problems/", views.recent_problems, name="recent_problems"),
    path("settings/version/", views.version, name="version"),
    path("settings/version/check/", views.check_now, name="check_now"),
]
