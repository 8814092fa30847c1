from django.urls import path

from wabolt.inbox import sharing, views

app_name = "inbox"
urlpatterns = [
    path("inbox/", views.conversation_list, name="list"),
    path("share/", sharing.share, name="share"),
    path("share/to/", sharing.share_to, name="share_to"),
    path("settings/answer-time/", views.answer_time, name="answer_time"),
    path("inbox/<int:conversation_id>/", views.conversation, name="conversation"),
    path("inbox/<int:conversation_id>/assign/", views.assign, name="assign"),
    path("inbox/<int:conversation_id>/done/", views.conversation_done, name="done"),
]
