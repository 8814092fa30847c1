"""The addresses of giveaways, included in those of opt-in."""

from django.urls import path

from wabolt.optin.giveaways import public_views
from wabolt.optin.giveaways.views import draws, people, settings

urlpatterns = [
    path("ways-in/new/giveaway/", settings.new, name="new_giveaway"),
    path("ways-in/giveaway/bubble/", settings.bubble, name="giveaway_bubble"),
    path("ways-in/giveaway/<int:giveaway_id>/", people.detail, name="giveaway"),
    path("ways-in/giveaway/<int:giveaway_id>/edit/", settings.edit, name="edit_giveaway"),
    path("ways-in/giveaway/<int:giveaway_id>/people/", people.entrant_list, name="giveaway_people"),
    path("ways-in/giveaway/<int:giveaway_id>/scoring/", people.scoring, name="giveaway_scoring"),
    path("ways-in/giveaway/<int:giveaway_id>/scoring/<int:number>/", people.score, name="giveaway_score"),
    path("ways-in/giveaway/<int:giveaway_id>/publish/", people.publish, name="giveaway_publish"),
    path("ways-in/giveaway/<int:giveaway_id>/draw/", draws.draw, name="giveaway_draw"),
    path("ways-in/giveaway/<int:giveaway_id>/draw/lock/", draws.lock, name="giveaway_lock"),
    path("ways-in/giveaway/<int:giveaway_id>/draw/now/", draws.draw_now, name="giveaway_draw_now"),
    path("ways-in/giveaway/<int:giveaway_id>/draw/drop/", draws.drop, name="giveaway_drop"),
    path("m/<str:slug>/draw.json", public_views.record, name="draw_record"),
    path("m/<str:slug>/draw.py", public_views.program, name="draw_program"),
]
