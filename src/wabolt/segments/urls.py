"""URLs of segments."""

from django.urls import path

from wabolt.segments import condition_views, views

app_name = "segments"

urlpatterns = [
    path("segments/", views.segment_list, name="list"),
    path("segments/new/", views.segment_new, name="new"),
    path("segments/conditions/<slug:place>/<slug:where>/", condition_views.condition, name="condition"),
    path("segments/<int:pk>/", views.segment_detail, name="detail"),
    path("segments/<int:pk>/edit/", views.segment_edit, name="edit"),
    path("segments/<int:pk>/count/", views.segment_count, name="count"),
    path("segments/<int:pk>/live/", views.segment_live, name="live"),
    path("segments/<int:pk>/follow/", views.segment_follow, name="follow"),
    path("segments/<int:pk>/export.<str:kind>", views.segment_export, name="export"),
    path("segments/<int:pk>/duplicate/", views.segment_duplicate, name="duplicate"),
    path("segments/<int:pk>/delete/", views.segment_delete, name="delete"),
]
