from django.urls import path

from wabolt.imports import views

app_name = "imports"
urlpatterns = [
    path("imports/", views.import_list, name="list"),
    path("imports/new/", views.import_new, name="new"),
    path("imports/<int:import_id>/", views.import_detail, name="detail"),
    path("imports/<int:import_id>/columns/", views.import_columns, name="columns"),
    path("imports/<int:import_id>/start/", views.import_start, name="start"),
    path("imports/<int:import_id>/cancel/", views.import_cancel, name="cancel"),
    path("imports/<int:import_id>/rejected.csv", views.import_rejected, name="rejected"),
]
