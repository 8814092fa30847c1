from django.urls import path

from wabolt.optin.events import door_views, public_views, views

urlpatterns = [
    path("ways-in/new-event/", views.new_event, name="new_event"),
    path("ways-in/<int:event_point_id>/event/", views.event, name="event"),
    path("ways-in/<int:event_point_id>/event/edit/", views.edit_event, name="edit_event"),
    path("ways-in/<int:event_point_id>/event/cancel/", views.cancel_event, name="cancel_event"),
    path(
        "ways-in/<int:event_point_id>/event/<int:registration_id>/",
        views.change_registration,
        name="change_registration",
    ),
    path("ways-in/<int:event_point_id>/door/", door_views.door, name="door"),
    path("ways-in/<int:event_point_id>/door/<int:registration_id>/in/", door_views.check_in, name="check_in"),
    path("ways-in/<int:event_point_id>/door/<int:registration_id>/undo/", door_views.undo, name="undo_check_in"),
    path("ways-in/<int:event_point_id>/door/scan/", door_views.scan, name="scan_ticket"),
    path("m/<str:slug>/door/<str:key>/scan/", door_views.helper_scan, name="helper_scan"),
    path("ways-in/<int:event_point_id>/event/door-link/", views.door_link, name="door_link"),
    path("m/<str:slug>/door/<str:key>/", door_views.helper_door, name="helper_door"),
    path("m/<str:slug>/door/<str:key>/<int:registration_id>/in/", door_views.helper_check_in, name="helper_check_in"),
    path("m/<str:slug>/door/<str:key>/<int:registration_id>/undo/", door_views.helper_undo, name="helper_undo"),
    path("m/<str:slug>/t/<str:ticket>/", public_views.ticket, name="ticket"),
    path("m/<str:slug>/t/<str:ticket>/acara.ics", public_views.calendar, name="calendar"),
]
"""Included in `optin.urls`: the names belong to "optin"."""
