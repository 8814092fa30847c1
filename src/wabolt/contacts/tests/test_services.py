"""People: made, changed, found and erased."""

import pytest
from django.db import connection
from tests.cases import each

from wabolt.accounts.tests.factories import make_workspace
from wabolt.contacts import queries, services
from wabolt.contacts.models import Contact, Event, Field, Identity, Note
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib.errors import DomainError

pytestmark = pytest.mark.django_db


def kinds(contact: Contact) -> list[str]:
    return list(Event.objects.filter(contact=contact).order_by("id").values_list("kind", flat=True))


def test_create_contact_normalises_and_records() -> None:
    workspace = make_workspace()
    contact = services.create_contact(
        workspace=workspace,
        name="  Ayu   Lestari ",
        phone="0812-3456-7890",
        identities=[("code", "A-17")],
        source="kasir",
    )
    assert contact.name == "Ayu Lestari"
    assert queries.phone_of(contact) == "+6281234567890"
    assert contact.search == " ayu lestari a-17 +6281234567890"
    assert kinds(contact) == ["contact_created"]
    assert queries.find_by_identity(workspace, "code", "A-17") == contact
    assert queries.find_by_identity(make_workspace("Lain"), "code", "A-17") is None


def test_create_contact_refuses_a_number_in_use() -> None:
    workspace = make_workspace()
    first = make_contact(workspace, phone="+6281234567890")
    with pytest.raises(DomainError) as caught:
        services.create_contact(workspace=workspace, name="Budi", phone="0812 3456 7890")
    assert (caught.value.code, caught.value.field, caught.value.params["contact_id"]) == (
        "identity_taken",
        "phone",
        first.pk,
    )
    assert queries.contacts(workspace).count() == 1


@each(
    ("given", "code"),
    [
        ({}, "nameless"),
        ({"name": "A", "phone": "08123"}, "phone_too_short"),
        ({"name": "A", "gender": "x"}, "bad_gender"),
        ({"name": "A", "email": "no"}, "bad_email"),
        ({"name": "A" * 201}, "too_long"),
        ({"name": "A", "erased_at": None}, "unknown_column"),
        ({"name": "A", "fields": {"nope": 1}}, "unknown_field"),
    ],
    undone=True,
)
def test_create_contact_refuses(given: dict[str, object], code: str) -> None:
    workspace = make_workspace()
    with pytest.raises(DomainError) as caught:
        services.create_contact(workspace=workspace, **given)
    assert caught.value.code == code
    assert not Contact.objects.exists()


def test_update_contact_names_what_changed_and_is_silent_otherwise() -> None:
    workspace = make_workspace()
    services.create_field(workspace=workspace, label="Ukuran", kind="choice", choices=["S", "M"])
    contact = make_contact(workspace)
    services.update_contact(workspace=workspace, contact_id=contact.pk, name="Ayu L", fields={"ukuran": "m"})
    services.update_contact(workspace=workspace, contact_id=contact.pk, name="Ayu L", fields={"ukuran": "M"})
    contact.refresh_from_db()
    assert contact.fields == {"ukuran": "M"}
    assert " ayu l " in contact.search
    assert kinds(contact) == ["contact_created", "contact_updated"]
    assert Event.objects.get(contact=contact, kind="contact_updated").data == {"columns": ["name", "fields"]}
    services.update_contact(workspace=workspace, contact_id=contact.pk, fields={"ukuran": ""})
    contact.refresh_from_db()
    assert contact.fields == {}


def test_update_contact_adds_the_newest_number() -> None:
    workspace = make_workspace()
    contact = make_contact(workspace, phone="+6281234567890")
    services.update_contact(workspace=workspace, contact_id=contact.pk, phone="0857 1111 2222")
    assert queries.phone_of(contact) == "+6285711112222"
    assert queries.phones_of(workspace, [contact.pk]) == {contact.pk: "+6285711112222"}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {queries.PHONE_SQL} FROM contacts_contact c WHERE id = %s", [contact.pk])
        assert cursor.fetchone() == ("+6285711112222",)


def test_update_contact_of_another_workspace_is_unknown() -> None:
    contact = make_contact(make_workspace())
    with pytest.raises(Contact.DoesNotExist):
        services.update_contact(workspace=make_workspace("Lain"), contact_id=contact.pk, name="X")


def test_resolve_contact_finds_or_makes_once() -> None:
    workspace = make_workspace()
    made, created = services.resolve_contact(workspace=workspace, identities=[("lid", "998877")], name="Ayu")
    again, created_again = services.resolve_contact(
        workspace=workspace, identities=[("phone", "+6281234567890"), ("lid", "998877")], name="Other"
    )
    assert (created, created_again) == (True, False)
    assert made == again
    assert again.name == "Ayu"
    assert set(made.identities.values_list("kind", flat=True)) == {"lid", "phone"}
    assert "+6281234567890" in again.search


def test_resolve_contact_leaves_an_address_with_its_owner() -> None:
    workspace = make_workspace()
    ayu, budi = make_contact(workspace, "Ayu"), make_contact(workspace, "Budi", phone=None, identities=[("lid", "5")])
    phone = queries.phone_of(ayu)
    assert phone
    found, _ = services.resolve_contact(workspace=workspace, identities=[("phone", phone), ("lid", "5")])
    assert found == ayu
    assert Identity.objects.get(kind="lid").contact == budi


def test_erase_contacts_empties_the_row_and_keeps_the_count() -> None:
    workspace, signals = make_workspace(), []
    contact = make_contact(workspace, city="Bandung", tags=["VIP"])
    other = make_contact(make_workspace("Lain"))
    services.add_note(workspace=workspace, contact_id=contact.pk, text="suka batik")

    def hear(sender: object, workspace: object, contact_ids: list[int], **_: object) -> None:
        signals.append((contact_ids, Identity.objects.filter(contact_id__in=contact_ids).count()))

    from wabolt.contacts.signals import contacts_erased

    contacts_erased.connect(hear)
    try:
        assert services.erase_contacts(workspace=workspace, ids=[contact.pk, other.pk, 10**15]) == 1
    finally:
        contacts_erased.disconnect(hear)
    contact.refresh_from_db()
    assert (contact.name, contact.city, contact.search, contact.identities.count()) == ("", "", "", 0)
    assert not Note.objects.exists()
    assert signals == [([contact.pk], 1)]
    assert not queries.contacts(workspace).exists()
    assert queries.contacts(other.workspace).exists()
    assert kinds(contact)[-1] == "contact_erased"
    assert services.erase_contacts(workspace=workspace, ids=[contact.pk]) == 0


def test_tags_are_put_on_once_and_taken_off() -> None:
    workspace = make_workspace()
    ayu, budi, stranger = make_contact(workspace), make_contact(workspace), make_contact(make_workspace("Lain"))
    ids = [ayu.pk, budi.pk, stranger.pk]
    assert services.add_tags(workspace=workspace, contact_ids=ids, tag_names=["VIP", "vip ", "Reseller"]) == 4
    assert services.add_tags(workspace=workspace, contact_ids=ids, tag_names=["Vip"]) == 0
    assert queries.tags_of(ids) == {ayu.pk: ["Reseller", "VIP"], budi.pk: ["Reseller", "VIP"]}
    assert services.remove_tags(workspace=workspace, contact_ids=[ayu.pk], tag_names=["vip", "nope"]) == 1
    assert kinds(ayu) == ["contact_created", "tag_added", "tag_added", "tag_removed"]


def test_record_events_takes_many_in_one_statement(django_assert_num_queries: object) -> None:
    workspace = make_workspace()
    contacts = [make_contact(workspace) for _ in range(3)]
    events = [services.NewEvent(c.pk, "link_clicked", data={"message": 1, "note": "a'\"\\"}) for c in contacts]
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert services.record_events(workspace=workspace, events=events) == 3
    assert services.record_events(workspace=workspace, events=[]) == 0
    assert Event.objects.filter(kind="link_clicked").first().data == {"message": 1, "note": "a'\"\\"}  # type: ignore[union-attr]


def test_fields_are_typed_and_keys_are_free() -> None:
    workspace = make_workspace()
    first = services.create_field(workspace=workspace, label="Ukuran Baju", kind="text")
    second = services.create_field(workspace=workspace, label="ukuran baju", kind="number")
    named = services.create_field(workspace=workspace, label="Nama", kind="text")
    reserved = services.create_field(workspace=workspace, label="City", kind="text")
    assert [first.key, second.key, named.key, reserved.key] == ["ukuran_baju", "ukuran_baju_2", "nama", "city_2"]
    with pytest.raises(DomainError, match=r"choice|pilihan"):
        services.create_field(workspace=workspace, label="Warna", kind="choice")
    contact = make_contact(workspace, fields={"ukuran_baju": "L", "ukuran_baju_2": "1.234,5"})
    assert contact.fields == {"ukuran_baju": "L", "ukuran_baju_2": 1234.5}
    services.delete_field(workspace=workspace, field_id=first.pk)
    contact.refresh_from_db()
    assert contact.fields == {"ukuran_baju_2": 1234.5}
    assert Field.objects.count() == 3


def test_set_field_changes_many_at_once() -> None:
    workspace = make_workspace()
    services.create_field(workspace=workspace, label="Lunas", kind="yes_no")
    contacts = [make_contact(workspace) for _ in range(3)]
    ids = [c.pk for c in contacts]
    assert services.set_field(workspace=workspace, contact_ids=ids, key="lunas", value="ya") == 3
    assert services.set_field(workspace=workspace, contact_ids=ids, key="lunas", value=True) == 0
    contacts[0].refresh_from_db()
    assert contacts[0].fields == {"lunas": True}


def test_reachable_follows_the_addresses(upload: object) -> None:
    workspace = make_workspace()
    hidden = make_contact(workspace, phone=None, identities=[("code", "A1")])
    assert not Contact.objects.get(pk=hidden.pk).reachable
    services.update_contact(workspace=workspace, contact_id=hidden.pk, phone="+6281234567890")
    assert Contact.objects.get(pk=hidden.pk).reachable
    services.remove_identity(
        workspace=workspace, contact_id=hidden.pk, identity_id=hidden.identities.get(kind="phone").pk
    )
    assert not Contact.objects.get(pk=hidden.pk).reachable
    found, _ = services.resolve_contact(workspace=workspace, identities=[("lid", "77")])
    assert Contact.objects.get(pk=found.pk).reachable
    text = "HP;Kode Pelanggan\n;B1\n081311112222;B1\n;B2\n081311113333;A1\n"
    upload(workspace, text, run=True)  # type: ignore[operator]
    reach = dict(Identity.objects.filter(kind="code").values_list("value", "contact__reachable"))
    assert reach == {"A1": True, "B1": True, "B2": False}
