"""URLs of the channels room: pages of numbers, and those of each provider."""

from django.urls import include, path

from wabolt.channels import health_views, views

app_name = "channels"

urlpatterns = [
    path("channels/", views.number_list, name="list"),
    path("channels/new/", views.number_new, name="new"),
    path("channels/<int:channel_id>/", views.number_settings, name="settings"),
    path("channels/<int:channel_id>/health/", health_views.health, name="health"),
    path("channels/<int:channel_id>/pause/", views.number_pause, name="pause"),
    path("channels/<int:channel_id>/resume/", views.number_resume, name="resume"),
    path("channels/<int:channel_id>/retry/", views.number_retry, name="retry"),
    path("channels/<int:channel_id>/archive/", views.number_archive, name="archive"),
    path("", include("wabolt.channels.providers.linked.urls")),
    path("", include("wabolt.channels.providers.cloud.urls")),
    path("", include("wabolt.channels.providers.simulator.urls")),
]
