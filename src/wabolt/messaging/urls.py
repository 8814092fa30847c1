from django.urls import path

from wabolt.messaging import views

app_name = "messaging"
urlpatterns = [
    path("conversations/<int:contact_id>/", views.conversation, name="conversation"),
    path("l/<str:token>", views.visit, name="visit"),
]
