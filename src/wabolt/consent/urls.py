from django.urls import path

from wabolt.consent import views

app_name = "consent"
urlpatterns = [
    path("contacts/<int:contact_id>/consent/", views.proof, name="proof"),
    path("contacts/<int:contact_id>/consent/grant/", views.grant, name="grant"),
    path("contacts/<int:contact_id>/consent/withdraw/", views.withdraw, name="withdraw"),
    path("contacts/<int:contact_id>/consent/doubt/", views.settle_doubt, name="doubt"),
    path("settings/keywords/", views.keywords, name="keywords"),
    path("settings/keywords/<int:keyword_id>/remove/", views.remove_keyword, name="remove_keyword"),
    path("settings/wordings/", views.wordings, name="wordings"),
    path("settings/wordings/check/", views.check_wording, name="check_wording"),
]
