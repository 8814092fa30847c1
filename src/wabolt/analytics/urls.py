from django.urls import path

from wabolt.analytics import report_views, views

app_name = "analytics"
urlpatterns = [
    path("", views.home, name="home"),
    path("reports/", report_views.reports, name="reports"),
    path("broadcasts/<int:broadcast_id>/doubts/", views.doubts, name="doubts"),
    path("broadcasts/<int:broadcast_id>/report.csv", views.report_csv, name="report_csv"),
]
