"""Addresses of numbers over the Cloud API, inside the channels room."""

from django.urls import path

from wabolt.channels.providers.cloud import views

urlpatterns = [
    path("channels/new/cloud/", views.cloud_new, name="cloud_new"),
    path("channels/<int:channel_id>/cloud/", views.cloud_number, name="cloud"),
    path("channels/<int:channel_id>/cloud/test/", views.cloud_test, name="cloud_test"),
    path("webhooks/whatsapp/<int:channel_id>/", views.cloud_webhook, name="cloud_webhook"),
]
