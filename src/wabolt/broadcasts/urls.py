from django.urls import path

from wabolt.broadcasts import views

app_name = "broadcasts"
urlpatterns = [
    path("broadcasts/", views.broadcast_list, name="list"),
    path("broadcasts/new/", views.compose, name="new"),
    path("broadcasts/attach/", views.attach, name="attach"),
    path("broadcasts/bubble/", views.bubble, name="bubble"),
    path("broadcasts/reach/", views.reach, name="reach"),
    path("broadcasts/<int:broadcast_id>/", views.detail, name="detail"),
    path("broadcasts/<int:broadcast_id>/edit/", views.compose, name="edit"),
    path("broadcasts/<int:broadcast_id>/template/", views.template, name="template"),
    path("broadcasts/<int:broadcast_id>/check/", views.check, name="check"),
    path("broadcasts/<int:broadcast_id>/check/people/", views.check_people, name="check_people"),
    path("broadcasts/<int:broadcast_id>/test/", views.test_send, name="test"),
    path("broadcasts/<int:broadcast_id>/copy/", views.copy, name="copy"),
    path("broadcasts/<int:broadcast_id>/pause/", views.pause, name="pause"),
    path("broadcasts/<int:broadcast_id>/resume/", views.resume, name="resume"),
    path("broadcasts/<int:broadcast_id>/unschedule/", views.unschedule, name="unschedule"),
    path("broadcasts/<int:broadcast_id>/cancel/", views.cancel, name="cancel"),
    path("broadcasts/<int:broadcast_id>/delete/", views.delete, name="delete"),
    path("broadcasts/<int:broadcast_id>/people/", views.people, name="people"),
]
