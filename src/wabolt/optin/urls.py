from django.urls import include, path

from wabolt.optin import framing, number_views, print_views, public_files, public_views, settings_views, views

app_name = "optin"
urlpatterns = [
    path("", include("wabolt.optin.events.urls")),
    path("", include("wabolt.optin.giveaways.urls")),
    path("ways-in/", views.point_list, name="list"),
    path("ways-in/settings/", settings_views.settings, name="settings"),
    path("ways-in/<int:point_id>/simulate/", views.simulate, name="simulate"),
    path("ways-in/settings/template/", settings_views.make_template, name="make_template"),
    path("ways-in/new/", views.choose, name="choose"),
    path("ways-in/new/<slug:kind>/", views.new, name="new"),
    path("ways-in/preview/<slug:kind>/", views.preview, name="preview"),
    path("ways-in/<int:point_id>/", views.detail, name="detail"),
    path("ways-in/<int:point_id>/edit/", views.edit, name="edit"),
    path("ways-in/<int:point_id>/then/", views.afterwards, name="afterwards"),
    path("ways-in/<int:point_id>/embed/", views.embed, name="embed"),
    path("ways-in/<int:point_id>/codes/", views.add_placement, name="add_placement"),
    path("ways-in/<int:point_id>/close/", views.close, name="close"),
    path("ways-in/<int:point_id>/archive/", views.archive, name="archive"),
    path("ways-in/<int:point_id>/qr/<str:code>.svg", views.qr, name="qr"),
    path("ways-in/<int:point_id>/kit/", print_views.kit, name="kit"),
    path("ways-in/<int:point_id>/kit/<str:code>/", print_views.print_file, name="print"),
    path("ways-in/offer/<int:contact_id>/", views.offer, name="offer"),
    path("embed/v1.js", framing.embed_script, name="embed_script"),
    path("m/<str:slug>/", public_views.join, name="join"),
    path("m/<str:slug>/challenge/", public_views.challenge, name="challenge"),
    path("m/<str:slug>/<str:code>/", public_views.send, name="send"),
    path("m/<str:slug>/<str:code>/number/", number_views.ask, name="ask_number"),
    path("m/<str:slug>/<str:code>.svg", public_files.qr, name="public_qr"),
    path("m/<str:slug>/share.png", public_files.share_picture, name="share_picture"),
    path("m/<str:slug>/<str:name>.jpg", public_files.picture, name="picture"),
    path("m/<str:slug>/links/<int:link_id>/", public_views.tap, name="tap"),
    path("m/<str:colour>.css", public_files.style, name="style"),
]
