"""The shell without the rooms above it."""

from django.urls import include, path

urlpatterns = [
    path("account/", include("allauth.account.urls")),
    path("", include("wabolt.ui.urls")),
]
