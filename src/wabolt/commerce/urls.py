from django.urls import path

from wabolt.commerce import views

app_name = "commerce"
urlpatterns = [
    path("carts/", views.cart_list, name="carts"),
    path("carts/<int:cart_id>/", views.cart_detail, name="cart"),
    path("carts/<int:cart_id>/close/", views.close, name="close_cart"),
    path("carts/note/<int:contact_id>/", views.note, name="note_cart"),
    path("settings/carts/", views.settings_page, name="cart_settings"),
]
