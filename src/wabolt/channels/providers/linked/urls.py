"""Addresses of linked numbers, inside the channels room."""

from django.urls import path

from wabolt.channels.providers.linked import chat_views, views

urlpatterns = [
    path("channels/new/linked/", views.linked_new, name="linked_new"),
    path("channels/<int:channel_id>/link/", views.link, name="link"),
    path("channels/<int:channel_id>/unlink/", views.unlink, name="unlink"),
    path("channels/<int:channel_id>/picture/", views.picture, name="picture"),
    path("channels/<int:channel_id>/chats/", chat_views.chats, name="chats"),
]
