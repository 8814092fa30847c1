from django.urls import path

from wabolt.analytics import views

app_name = "analytics"
urlpatterns = [
    path("", views.home, name="home"),
    path("broadcasts/<int:broadcast_id>/doubts/", views.doubts, name="doubts"),
    path("broadcasts/<int:broadcast_id>/report.csv", views.report_csv, name="report_csv"),
]
