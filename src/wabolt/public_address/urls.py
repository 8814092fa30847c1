from django.urls import path

from wabolt.public_address import views

app_name = "public_address"
urlpatterns = [
    path("settings/public-address/", views.page, name="page"),
    path("settings/public-address/name/", views.change_name, name="change_name"),
    path("settings/public-address/check/", views.check, name="check"),
    path(".well-known/wabolt/<slug:nonce>", views.prove, name="prove"),
]
