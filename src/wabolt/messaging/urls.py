from django.urls import path

from wabolt.messaging.conversations import template_views as reply_views
from wabolt.messaging.conversations import views
from wabolt.messaging.member_phones import views as phone_views
from wabolt.messaging.message_templates import views as template_views
from wabolt.messaging.restored import views as restored_views

app_name = "messaging"
urlpatterns = [
    path("conversations/<int:contact_id>/", views.conversation, name="conversation"),
    path("conversations/<int:contact_id>/template/", reply_views.template_reply, name="template_reply"),
    path("templates/", template_views.template_list, name="templates"),
    path("templates/new/", template_views.template_new, name="template_new"),
    path("templates/sync/", template_views.template_sync, name="template_sync"),
    path("templates/prices/", template_views.prices, name="prices"),
    path("templates/<int:template_id>/", template_views.template_detail, name="template"),
    path("restored/", restored_views.held, name="held"),
    path("restored/decide/", restored_views.decide, name="held_decide"),
    path("settings/alerts/whatsapp/", phone_views.own_phone, name="own_phone"),
    path("settings/alerts/whatsapp/code/", phone_views.new_code, name="new_code"),
    path("settings/alerts/whatsapp/remove/", phone_views.forget_phone, name="forget_phone"),
    path("l/<str:token>", views.visit, name="visit"),
]
