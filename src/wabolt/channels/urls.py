"""Addresses of the channels room."""

from django.urls import path

from wabolt.channels.views import cloud, health, linking, numbers, old_chats, phones

app_name = "channels"

urlpatterns = [
    path("channels/", numbers.number_list, name="list"),
    path("channels/new/", numbers.number_new, name="new"),
    path("channels/new/linked/", linking.linked_new, name="linked_new"),
    path("channels/new/cloud/", cloud.cloud_new, name="cloud_new"),
    path("channels/<int:channel_id>/", numbers.number_settings, name="settings"),
    path("channels/<int:channel_id>/link/", linking.link, name="link"),
    path("channels/<int:channel_id>/health/", health.health, name="health"),
    path("channels/<int:channel_id>/unlink/", linking.unlink, name="unlink"),
    path("channels/<int:channel_id>/picture/", linking.picture, name="picture"),
    path("channels/<int:channel_id>/chats/", old_chats.chats, name="chats"),
    path("channels/<int:channel_id>/cloud/", cloud.cloud_number, name="cloud"),
    path("channels/<int:channel_id>/cloud/test/", cloud.cloud_test, name="cloud_test"),
    path("webhooks/whatsapp/<int:channel_id>/", cloud.cloud_webhook, name="cloud_webhook"),
    path("channels/<int:channel_id>/pause/", numbers.number_pause, name="pause"),
    path("channels/<int:channel_id>/resume/", numbers.number_resume, name="resume"),
    path("channels/<int:channel_id>/retry/", numbers.number_retry, name="retry"),
    path("channels/<int:channel_id>/archive/", numbers.number_archive, name="archive"),
    path("phones/", phones.phone_list, name="phones"),
    path("phones/<int:channel_id>/<int:digits>/", phones.phone, name="phone"),
    path("phones/<int:channel_id>/<int:digits>/files/<str:key>/", phones.phone_file, name="phone_file"),
]
