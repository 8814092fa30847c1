"""Addresses of simulated phones, inside the channels room."""

from django.urls import path

from wabolt.channels.providers.simulator import views

urlpatterns = [
    path("channels/new/simulated/", views.simulated_new, name="simulated_new"),
    path("phones/", views.phone_list, name="phones"),
    path("phones/<int:channel_id>/<int:digits>/", views.phone, name="phone"),
    path("phones/<int:channel_id>/<int:digits>/files/<str:key>/", views.phone_file, name="phone_file"),
]
