"""URLs of the sample room."""

from django.urls import path

from tests.wishes import views

app_name = "wishes"
urlpatterns = [path("wishes/", views.wish_list, name="list")]
