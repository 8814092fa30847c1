from django.urls import path

from wabolt.inbox import views

app_name = "inbox"
urlpatterns = [
    path("inbox/", views.conversation_list, name="list"),
    path("settings/answer-time/", views.answer_time, name="answer_time"),
    path("inbox/<int:conversation_id>/", views.conversation, name="conversation"),
    path("inbox/<int:conversation_id>/done/", views.conversation_done, name="done"),
]
