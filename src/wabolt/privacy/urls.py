from django.urls import path

from wabolt.privacy.views import breaches, outside, public, requests, settings

app_name = "privacy"
urlpatterns = [
    path("settings/privacy/", requests.request_list, name="list"),
    path("settings/privacy/new/<int:contact_id>/", requests.request_new, name="request_new"),
    path("settings/privacy/<int:request_id>/", requests.request_page, name="request"),
    path("settings/privacy/<int:request_id>/assign/", requests.request_assign, name="request_assign"),
    path("settings/privacy/<int:request_id>/note/", requests.request_note, name="request_note"),
    path("settings/privacy/<int:request_id>/access/", requests.request_access, name="request_access"),
    path("settings/privacy/<int:request_id>/answer/", requests.request_answer, name="request_answer"),
    path("settings/privacy/<int:request_id>/erase/", requests.request_erase, name="request_erase"),
    path("settings/privacy/<int:request_id>/refuse/", requests.request_refuse, name="request_refuse"),
    path("settings/privacy/<int:request_id>/cancel/", requests.request_cancel, name="request_cancel"),
    path("settings/privacy/<int:request_id>/lift/", requests.restriction_end, name="restriction_end"),
    path("settings/privacy/page/", settings.page_settings, name="settings"),
    path("settings/privacy/words/", settings.word_settings, name="words"),
    path("settings/privacy/retention/", settings.retention_settings, name="retention"),
    path("settings/privacy/outside/", outside.outside, name="outside"),
    path("settings/privacy/outside/<int:notice_id>/retry/", outside.retry, name="notice_retry"),
    path("settings/privacy/breaches/", breaches.breach_list, name="breaches"),
    path("settings/privacy/breaches/new/", breaches.breach_new, name="breach_new"),
    path("settings/privacy/breaches/<int:breach_id>/", breaches.breach_page, name="breach"),
    path("settings/privacy/breaches/<int:breach_id>/step/<int:step>/", breaches.breach_edit, name="breach_edit"),
    path("settings/privacy/breaches/<int:breach_id>/letter/<str:to>/", breaches.breach_letter, name="breach_letter"),
    path("settings/privacy/breaches/<int:breach_id>/told/", breaches.breach_told, name="breach_told"),
    path("settings/privacy/breaches/<int:breach_id>/send/", breaches.breach_send, name="breach_send"),
    path("s/<str:slug>/privasi/", public.page, name="page"),
    path("s/<str:slug>/privasi/permintaan/", public.ask, name="ask"),
    path("s/<str:slug>/privasi/permintaan/cek-robot/", public.challenge, name="challenge"),
    path("s/<str:slug>/privasi/permintaan/<str:code>/", public.ask_send, name="ask_send"),
    path("data/<str:token>/", public.download, name="download"),
]
