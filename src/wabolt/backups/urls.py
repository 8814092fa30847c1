from django.urls import path

from wabolt.backups import views

app_name = "backups"
urlpatterns = [
    path("settings/backup/", views.page, name="page"),
    path("settings/backup/now/", views.now, name="now"),
    path("settings/backup/key/", views.key, name="key"),
    path("settings/backup/key/file/", views.key_file, name="key_file"),
    path("settings/backup/key/new/", views.new_key, name="new_key"),
    path("settings/backup/places/", views.places, name="places"),
    path("settings/backup/restore/", views.restore, name="restore"),
    path("settings/backup/<int:copy_id>/download/", views.download, name="download"),
    path("settings/backup/<int:copy_id>/test/", views.test, name="test"),
]
