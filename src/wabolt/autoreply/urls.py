from django.urls import path

from wabolt.autoreply import views

app_name = "autoreply"
urlpatterns = [
    path("auto-replies/", views.rule_list, name="list"),
    path("auto-replies/new/", views.new, name="new"),
    path("auto-replies/try/", views.try_out, name="try"),
    path("auto-replies/unanswered/", views.unanswered, name="unanswered"),
    path("auto-replies/settings/", views.settings_page, name="settings"),
    path("auto-replies/<int:rule_id>/", views.edit, name="edit"),
    path("auto-replies/<int:rule_id>/change/", views.change, name="change"),
    path("auto-replies/conversations/<int:conversation_id>/", views.mode, name="mode"),
]
