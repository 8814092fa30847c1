from django.urls import path

from wabolt.journeys.views import api, builder, lists, people, publishing

app_name = "journeys"
urlpatterns = [
    path("journeys/", lists.journey_list, name="list"),
    path("journeys/new/", lists.journey_new, name="new"),
    path("journeys/recipes/<slug:key>/", lists.recipe, name="recipe"),
    path("journeys/steps/<int:step_pk>/", people.of_step, name="of_step"),
    path("journeys/<int:journey_id>/", people.detail, name="detail"),
    path("journeys/<int:journey_id>/act/", people.act, name="act"),
    path("journeys/<int:journey_id>/archive/", people.archive, name="archive"),
    path("journeys/<int:journey_id>/entries/", api.entries, name="entries"),
    path("journeys/<int:journey_id>/enroll/", people.enroll, name="enroll"),
    path("journeys/<int:journey_id>/people/", people.people, name="people"),
    path("journeys/<int:journey_id>/people/<int:enrollment_id>/", people.person, name="person"),
    path("journeys/<int:journey_id>/edit/", builder.builder, name="edit"),
    path("journeys/<int:journey_id>/edit/change/", builder.change, name="change"),
    path("journeys/<int:journey_id>/edit/add/", builder.add, name="add"),
    path("journeys/<int:journey_id>/edit/trigger/", builder.trigger, name="trigger"),
    path("journeys/<int:journey_id>/edit/rules/", builder.rules, name="rules"),
    path("journeys/<int:journey_id>/edit/settings/", builder.journey_settings, name="settings"),
    path("journeys/<int:journey_id>/edit/text/", builder.text_form, name="text"),
    path("journeys/<int:journey_id>/edit/delete/", builder.delete, name="delete"),
    path("journeys/<int:journey_id>/edit/steps/<slug:step_id>/", builder.step, name="step"),
    path("journeys/<int:journey_id>/check/", publishing.check, name="check"),
]
