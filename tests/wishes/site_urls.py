"""The root URL configuration with the sample room."""

from django.urls import include, path

from wabolt.site.urls import urlpatterns as rooms

urlpatterns = [path("", include("tests.wishes.urls")), *rooms]
