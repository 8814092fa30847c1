from django.urls import path

from wabolt.ui import views

app_name = "ui"

urlpatterns = [
    path("more/", views.more, name="more"),
    path("ui/", views.style_guide, name="style_guide"),
    path("offline/", views.offline, name="offline"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("sw.js", views.service_worker, name="service_worker"),
]
