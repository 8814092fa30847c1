from django.urls import path

from wabolt.autoreply import views

app_name = "autoreply"
urlpatterns = [
    path("auto-replies/", views.rule_list, name="list"),
    path("auto-replies/new/", views.new, name="new"),
    path("auto-replies/bubbles/", views.bubbles.answer_bubbles, name="bubbles"),
    path("auto-replies/try/", views.try_out, name="try"),
    path("auto-replies/unanswered/", views.unanswered, name="unanswered"),
    path("auto-replies/settings/", views.settings_page, name="settings"),
    path("auto-replies/forms/", views.chat_forms.form_list, name="forms"),
    path("auto-replies/forms/new/", views.chat_forms.new, name="form_new"),
    path("auto-replies/forms/preview/", views.chat_forms.preview, name="form_preview"),
    path("auto-replies/forms/<int:form_id>/", views.chat_forms.detail, name="form_detail"),
    path("auto-replies/forms/<int:form_id>/edit/", views.chat_forms.edit, name="form_edit"),
    path("auto-replies/forms/<int:form_id>/change/", views.chat_forms.change, name="form_change"),
    path("auto-replies/<int:rule_id>/", views.edit, name="edit"),
    path("auto-replies/<int:rule_id>/change/", views.change, name="change"),
    path("auto-replies/conversations/<int:conversation_id>/", views.mode, name="mode"),
    path("auto-replies/conversations/<int:conversation_id>/ask/", views.chat_forms.start, name="form_start"),
]
