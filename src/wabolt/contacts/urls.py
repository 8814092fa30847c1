from django.urls import path

from wabolt.contacts.views import bulk, consumers, fields, merging, people

app_name = "contacts"
urlpatterns = [
    path("contacts/", people.contact_list, name="list"),
    path("search/", people.search, name="search"),
    path("contacts/new/", people.contact_new, name="new"),
    path("contacts/bulk/", bulk.bulk, name="bulk"),
    path("contacts/export.<str:kind>", bulk.export, name="export"),
    path("contacts/<int:contact_id>/", people.contact_detail, name="detail"),
    path("contacts/<int:contact_id>/edit/", people.contact_edit, name="edit"),
    path("contacts/<int:contact_id>/erase/", people.contact_erase, name="erase"),
    path("contacts/<int:contact_id>/labels/", people.label_change, name="labels"),
    path("contacts/<int:contact_id>/notes/", people.note_add, name="note_add"),
    path("contacts/<int:contact_id>/notes/<int:note_id>/delete/", people.note_delete, name="note_delete"),
    path("contacts/<int:contact_id>/merge/", merging.merge, name="merge"),
    path("contacts/merges/<int:merge_id>/undo/", merging.merge_undo, name="merge_undo"),
    path("contacts/duplicates/", merging.duplicate_list, name="duplicates"),
    path("contacts/labels/", fields.tag_list, name="tags"),
    path("contacts/labels/<int:tag_id>/", fields.tag_change, name="tag_change"),
    path("settings/fields/", fields.field_list, name="fields"),
    path("settings/fields/new/", fields.field_new, name="field_new"),
    path("settings/fields/<int:field_id>/", fields.field_edit, name="field_edit"),
    path("settings/fields/<int:field_id>/archive/", fields.field_archive, name="field_archive"),
    path("settings/fields/<int:field_id>/delete/", fields.field_delete, name="field_delete"),
    path("settings/background-work/", consumers.consumer_list, name="consumers"),
    path("settings/background-work/<int:parked_id>/", consumers.parked_change, name="parked_change"),
]
