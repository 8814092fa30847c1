from django.urls import path

from wabolt.operations import views

app_name = "operations"
urlpatterns = [
    path("settings/what-happened/", views.what_happened, name="what_happened"),
    path("settings/version/", views.version, name="version"),
    path("settings/version/check/", views.check_now, name="check_now"),
]
