from django.urls import path

from wabolt.media import views

app_name = "media"
urlpatterns = [path("media/<int:media_id>/", views.file, name="file")]
