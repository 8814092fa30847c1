"""The pages of contacts as people use them: list, contact, bulk, export, columns."""

import io
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook
from tests.cases import each

from wabolt.accounts.models import AuditEntry
from wabolt.accounts.tests.factories import make_member, make_workspace, sign_in, signed_in
from wabolt.contacts import queries, registry, services
from wabolt.contacts.models import Consumer, Contact, Field, Note, ParkedEvent
from wabolt.contacts.registry import pages
from wabolt.contacts.tests.factories import make_contact
from wabolt.contacts.views import bulk as bulk_views
from wabolt.lib import clock

pytestmark = pytest.mark.django_db

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7|add:7 }}{% debug %}",
    "javascript:alert(1)",
    "' onmouseover='alert(1)",
    '=HYPERLINK("http://x")',
)
PAGES = ("detail", "edit", "erase")


def list_url(**params: str) -> str:
    return f"{reverse('contacts:list')}?{urlencode(params)}"


def test_list_shows_people_and_asks_the_same_number_of_queries() -> None:
    workspace = make_workspace()
    client = signed_in(workspace)

    def count() -> int:
        with CaptureQueriesContext(connection) as caught:
            page = client.get(list_url())
        assert page.status_code == 200
        return len(caught)

    make_contact(workspace, "Ayu", tags=["VIP"])
    count()
    one = count()
    for name in ("Budi", "Citra"):
        make_contact(workspace, name, tags=["VIP", name])
    assert count() == one


def test_list_searches_as_one_types() -> None:
    workspace = make_workspace()
    client = signed_in(workspace)
    make_contact(workspace, "Ayu Lestari", phone="+6281234567890", city="Bandung", identities=[("code", "00099")])
    make_contact(workspace, "Budi 100%", phone="+6285700001111", city="Medan")
    ayu, budi = "Ayu Lestari", "Budi 100%"  # a CSRF token can contain "Ayu"
    for typed, found in (
        ("lest", ayu), ("ayu band", ayu), ("0812-3456", ayu), ("00099", ayu), ("bu", budi), ("100%", budi),
        ("+62857", budi),
    ):  # fmt: skip
        page = client.get(list_url(q=typed), headers={"HX-Request": "true", "HX-Target": "table"})
        html = page.content.decode()
        assert [name for name in (ayu, budi) if name in html] == [found], typed
        assert "<html" not in html
    for nothing in ("%%%", "zzz", "_", "\\", "'; DROP TABLE", "\x00"):
        assert client.get(list_url(q=nothing)).status_code == 200


@each("typed", ["jogja", "Yogya", "diy", "ani jogja", "Yogyakarta"], undone=True)
def test_the_search_knows_other_names_of_a_city(typed: str) -> None:
    workspace = make_workspace()
    ani = make_contact(workspace, "Ani", city="Yogyakarta")
    make_contact(workspace, "Budi", city="Jakarta")
    assert [c.pk for c in queries.contact_page(workspace, queries.Filters(q=typed)).contacts] == [ani.pk]


def test_list_filters_and_pages_by_key() -> None:
    workspace = make_workspace()
    vip = [make_contact(workspace, f"Vip {n}", tags=["VIP"], city="Bandung", source="kasir") for n in range(3)]
    make_contact(workspace, "Lain", phone=None, city="Medan")
    filters = queries.Filters(tag="vip", city="Bandung", source="kasir", reach="yes")
    first = queries.contact_page(workspace, filters, limit=2)
    assert [c.pk for c in first.contacts] == [vip[2].pk, vip[1].pk]
    second = queries.contact_page(workspace, filters, before=first.older, limit=2)
    assert ([c.pk for c in second.contacts], second.older) == ([vip[0].pk], None)
    back = queries.contact_page(workspace, filters, after=second.newer, limit=2)
    assert [c.pk for c in back.contacts] == [vip[2].pk, vip[1].pk]
    assert back.newer is None
    assert queries.count_contacts(workspace, filters) == 3
    assert queries.count_contacts(workspace, queries.Filters(reach="no")) == 1
    assert [len(ids) for ids in queries.ids_in_batches(workspace, queries.Filters(), size=3)] == [3, 1]
    assert queries.cities(workspace) == ["Bandung", "Medan"]
    assert queries.sources(workspace) == ["kasir"]


def test_list_draws_marks_and_their_filters() -> None:
    workspace = make_workspace()
    contact = make_contact(workspace, "Ayu")
    make_contact(workspace, "Budi")
    only = {"yes": ("Yes", f"c.id = {contact.pk}")}
    mark = registry.Mark("lucky", "Lucky", lambda workspace, ids: {contact.pk: ("LUCKY-ONE", "good")}, only)
    registry.register_mark(mark)
    try:
        page = signed_in(workspace).get(list_url(lucky="yes")).content.decode()
        assert "LUCKY-ONE" in page
        assert "Budi" not in page
        assert "Budi" in signed_in(workspace, "agent").get(list_url(lucky="bogus")).content.decode()
    finally:
        pages._marks.pop("lucky")


def test_names_never_become_markup() -> None:
    workspace = make_workspace()
    client = signed_in(workspace)
    urls = [list_url(), reverse("contacts:tags")]
    for half in (HOSTILE[:3], HOSTILE[3:]):
        name = " ".join(half)
        contact = Contact.objects.create(workspace=workspace, name=name, city=name[:100], search=name)
        services.add_note(workspace=workspace, contact_id=contact.pk, text=name)
        services.add_tags(workspace=workspace, contact_ids=[contact.pk], tag_names=half)
        urls += [list_url(q=name, tag=half[0]), *(reverse(f"contacts:{page}", args=[contact.pk]) for page in PAGES)]
    for url in urls:
        html = client.get(url).content.decode()
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "' onmouseover='" not in html
        assert 'href="javascript:' not in html


def test_contact_page_shows_everything_and_its_tabs() -> None:
    workspace = make_workspace()
    services.create_field(workspace=workspace, label="Ukuran", kind="text")
    contact = make_contact(workspace, "Ayu Lestari", city="Bandung", tags=["VIP"], fields={"ukuran": "XL"})
    services.add_note(workspace=workspace, contact_id=contact.pk, text="suka batik")
    client = signed_in(workspace)
    html = client.get(reverse("contacts:detail", args=[contact.pk])).content.decode()
    for words in ("Ayu Lestari", "Bandung", "VIP", "XL", "suka batik", "Ukuran"):
        assert words in html
    part = client.get(
        reverse("contacts:detail", args=[contact.pk]) + "?tab=timeline&group=data",
        headers={"HX-Request": "true", "HX-Target": "timeline"},
    )
    assert "<html" not in part.content.decode()
    assert "csrf" not in part.content.decode()


def test_contact_form_makes_changes_and_says_what_is_wrong() -> None:
    workspace = make_workspace()
    services.create_field(workspace=workspace, label="Ukuran", kind="choice", choices=["S", "M"])
    client = signed_in(workspace, "agent")
    wrong = client.post(reverse("contacts:new"), {"name": "Ayu", "phone": "08123"})
    assert wrong.status_code == 422
    assert not Contact.objects.exists()
    made = client.post(reverse("contacts:new"), {"name": "Ayu", "phone": "0812 3456 7890", "field_ukuran": "M"})
    contact = Contact.objects.get()
    assert made["Location"] == reverse("contacts:detail", args=[contact.pk])
    assert (contact.fields, queries.phone_of(contact)) == ({"ukuran": "M"}, "+6281234567890")
    taken = client.post(reverse("contacts:new"), {"name": "Budi", "phone": "081234567890"})
    assert taken.status_code == 422
    edit = reverse("contacts:edit", args=[contact.pk])
    assert "+6281234567890" in client.get(edit).content.decode()
    born = {"birth_date_day": "8", "birth_date_month": "4", "birth_date_year": "1991"}
    client.post(edit, {"name": "Ayu L", "phone": "+6281234567890", "city": "bdg", **born})
    contact.refresh_from_db()
    assert (contact.name, contact.city, contact.city_original, contact.fields) == ("Ayu L", "Bandung", "bdg", {})
    assert AuditEntry.objects.filter(action="contact.update").count() == 1


def test_notes_and_labels_on_the_page() -> None:
    workspace = make_workspace()
    contact = make_contact(workspace)
    client = signed_in(workspace, "agent")
    client.post(reverse("contacts:note_add", args=[contact.pk]), {"text": "suka batik"})
    client.post(reverse("contacts:labels", args=[contact.pk]), {"add": "VIP, Reseller"})
    client.post(reverse("contacts:labels", args=[contact.pk]), {"remove": "vip"})
    note = Note.objects.get()
    assert list(contact.tags.values_list("name", flat=True)) == ["Reseller"]
    client.post(reverse("contacts:note_delete", args=[contact.pk, note.pk]))
    assert not Note.objects.exists()


def test_bulk_labels_ticked_or_all_that_match() -> None:
    workspace = make_workspace()
    ayu, budi, other = (
        make_contact(workspace, "Ayu"),
        make_contact(workspace, "Budi"),
        make_contact(make_workspace("X")),
    )
    client = signed_in(workspace, "agent")
    bulk = reverse("contacts:bulk")
    client.post(bulk, {"action": "tag", "tag_name": "VIP", "ids": [ayu.pk, other.pk, "x", 10**30]})
    assert queries.tags_of([ayu.pk, budi.pk, other.pk]) == {ayu.pk: ["VIP"]}
    client.post(bulk, {"action": "tag", "tag_name": "Semua", "scope": "all", "filters": "q=budi"})
    assert queries.tags_of([ayu.pk, budi.pk]) == {ayu.pk: ["VIP"], budi.pk: ["Semua"]}


def test_bulk_erase_asks_with_the_number_first() -> None:
    workspace = make_workspace()
    people = [make_contact(workspace, f"Orang {n}") for n in range(3)]
    client, bulk = signed_in(workspace, "manager"), reverse("contacts:bulk")
    asked = client.post(bulk, {"action": "erase", "ids": [p.pk for p in people[:2]]})
    assert "Hapus 2 kontak" in asked.content.decode()
    assert queries.contacts(workspace).count() == 3
    client.post(bulk, {"action": "erase_confirmed", "ids": [p.pk for p in people[:2]]})
    assert list(queries.contacts(workspace)) == [people[2]]
    assert AuditEntry.objects.get(action="contact.erase").data["count"] == 2
    denied = signed_in(workspace, "agent").post(bulk, {"action": "erase_confirmed", "ids": [people[2].pk]})
    assert denied.status_code == 302
    assert queries.contacts(workspace).count() == 1


def test_what_is_changed_at_once_is_bounded_and_a_file_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_views, "MOST", 2)
    workspace = make_workspace()
    people = [make_contact(workspace, f"Orang {n}").pk for n in range(3)]
    client, bulk = signed_in(workspace, "manager"), reverse("contacts:bulk")
    file = client.post(bulk, {"action": "csv", "scope": "all"}).getvalue().decode()
    assert file.count("Orang") == 3
    client.post(bulk, {"action": "tag", "tag_name": "VIP", "scope": "all"})
    assert len(queries.tags_of(people)) == 2


def test_export_is_in_the_language_of_its_reader() -> None:
    workspace = make_workspace()
    make_contact(workspace, "Ayu", gender="female")
    member = make_member(workspace, "manager")
    member.language = "en"
    member.save()
    client = Client()
    sign_in(client, member)
    text = client.get(reverse("contacts:export", args=["csv"])).getvalue().decode()
    assert "Gender" in text
    assert "Female" in text
    book = load_workbook(io.BytesIO(client.get(reverse("contacts:export", args=["xlsx"])).getvalue()))
    head, row = list(book.active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert dict(zip(head, row, strict=True))["Gender"] == "Female"
    assert client.get("/contacts/export.exe").status_code == 404


def test_export_is_safe_against_formulas_and_audited() -> None:
    workspace = make_workspace()
    Contact.objects.create(workspace=workspace, name="=cmd|' /C calc'!A0", source="@SUM(1)")
    make_contact(workspace, "Ayu", phone="+6281234567890")
    client = signed_in(workspace, "manager")
    response = client.get(reverse("contacts:export", args=["csv"]))
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert "'=cmd" in text
    assert "'@SUM(1)" in text
    assert ";+6281234567890;" in text
    book = load_workbook(io.BytesIO(client.get(reverse("contacts:export", args=["xlsx"])).getvalue()))
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    assert "=cmd|' /C calc'!A0" in [cell.value for cell in cells]
    assert AuditEntry.objects.filter(action="contact.export").count() == 2


def test_fields_are_managed_in_settings() -> None:
    workspace = make_workspace()
    client = signed_in(workspace)
    assert client.get(reverse("contacts:fields")).status_code == 200
    client.post(reverse("contacts:field_new"), {"label": "Ukuran", "kind": "choice", "choices": "S\nM\nM"})
    field = Field.objects.get()
    assert (field.key, field.choices) == ("ukuran", ["S", "M"])
    assert client.post(reverse("contacts:field_new"), {"label": "Warna", "kind": "choice"}).status_code == 422
    client.post(reverse("contacts:field_edit", args=[field.pk]), {"label": "Ukuran baju", "choices": "S\nM\nL"})
    client.post(reverse("contacts:field_archive", args=[field.pk]))
    field.refresh_from_db()
    assert (field.label, field.choices, field.archived_at is None) == ("Ukuran baju", ["S", "M", "L"], False)
    make_contact(workspace, fields={"ukuran": "S"})
    assert client.get(reverse("contacts:fields")).status_code == 200
    assert "1 " in client.get(reverse("contacts:field_delete", args=[field.pk])).content.decode()
    client.post(reverse("contacts:field_delete", args=[field.pk]))
    assert not Field.objects.exists()


def test_labels_are_renamed_and_deleted() -> None:
    workspace = make_workspace()
    make_contact(workspace, tags=["VIP", "Lama"])
    client = signed_in(workspace, "manager")
    vip, old = workspace.tags.get(name="VIP"), workspace.tags.get(name="Lama")
    client.post(reverse("contacts:tag_change", args=[vip.pk]), {"name": "Utama"})
    client.post(reverse("contacts:tag_change", args=[old.pk]), {"delete": "1"})
    client.post(reverse("contacts:tag_change", args=[vip.pk]), {"name": ""})
    assert list(workspace.tags.values_list("name", flat=True)) == ["Utama"]
    assert "Utama" in client.get(reverse("contacts:tags")).content.decode()


def test_roles_are_asked_everywhere(upload: object) -> None:
    workspace = make_workspace()
    contact = make_contact(workspace)
    imported = upload(workspace, "Nama;HP\nAyu;081234567890\n")  # type: ignore[operator]
    viewer, agent = signed_in(workspace, "viewer"), signed_in(workspace, "agent")
    assert viewer.get(list_url()).status_code == 200
    assert viewer.get(reverse("contacts:detail", args=[contact.pk])).status_code == 200
    for client, names in (
        (viewer, ("contacts:new", "contacts:bulk")),
        (agent, ("imports:list", "imports:new", "contacts:fields", "contacts:field_new")),
    ):
        for name in names:
            assert client.post(reverse(name)).status_code == 403 or name in {"imports:list", "contacts:fields"}, name
            assert client.get(reverse(name)).status_code in {403, 405}, name
    assert agent.get(reverse("contacts:erase", args=[contact.pk])).status_code == 403
    assert agent.get(reverse("contacts:export", args=["csv"])).status_code == 403
    assert agent.get(reverse("imports:rejected", args=[imported.pk])).status_code == 403
    assert Client().get(list_url()).status_code == 302


def test_search_of_the_shell_finds_contacts_and_leads_to_all_of_them() -> None:
    workspace = make_workspace()
    client = signed_in(workspace, "viewer")
    for number in range(8):
        make_contact(workspace, f"Ayu <b>{number}")
    make_contact(make_workspace("Toko lain"), "Ayu Lain")
    page = client.get(reverse("contacts:search") + "?q=ayu").content.decode()
    assert page.count("Ayu &lt;b&gt;") == 6
    assert f"{reverse('contacts:list')}?q=ayu" in page
    assert "Ayu Lain" not in page
    assert client.get(reverse("contacts:search")).status_code == 200
    for words in ("%00", "zzzz", "%25_", "x" * 3000, "<script>"):
        assert client.get(f"{reverse('contacts:search')}?q={words}").status_code == 200


def test_background_work_shows_lag_and_parked_events_and_takes_a_choice() -> None:
    workspace, other = make_workspace(), make_workspace("Lain")
    client = signed_in(workspace)
    assert client.get(reverse("contacts:consumers")).status_code == 200
    consumer = Consumer.objects.create(name="gone")
    parked = [
        ParkedEvent.objects.create(
            consumer=consumer,
            workspace=shop,
            contact=make_contact(shop, name),
            event_id=n,
            event_time=clock.now(),
            kind="order_completed",
            error=f"ValueError: {HOSTILE[0]}",
        )
        for n, (shop, name) in enumerate([(workspace, "Ayu"), (workspace, "Budi"), (other, "Citra")])
    ]
    text = client.get(reverse("contacts:consumers")).content.decode()
    assert "Ayu" in text
    assert "Citra" not in text
    assert HOSTILE[0] not in text
    urls = [reverse("contacts:parked_change", args=[row.pk]) for row in parked]
    assert client.post(urls[2], {"drop": "1"}).status_code == 404
    client.post(urls[0])
    client.post(urls[1], {"drop": "1"})
    left = {row.pk: row.retry_at is not None for row in ParkedEvent.objects.all()}
    assert left == {parked[0].pk: True, parked[2].pk: False}
    actions = AuditEntry.objects.filter(workspace=workspace).values_list("action", flat=True)
    assert {"parked_event.retry", "parked_event.drop"} <= set(actions)


def test_a_source_is_shown_in_words() -> None:
    workspace = make_workspace()
    words = {"entry_point": "Pintu masuk", "order": "Pesanan", "whatsapp": "WhatsApp", "kasir": "kasir"}
    people = {source: make_contact(workspace, "Ayu", source=source) for source in words}
    client = signed_in(workspace)
    for chosen in ("entry_point", "kasir"):
        listed = client.get("/contacts/", {"source": chosen}).content.decode()
        for source, shown in words.items():
            selected = " selected" if source == chosen else ""
            assert f'<option value="{source}"{selected}>{shown}</option>' in listed
        assert f"Sumber: {words[chosen]}" in listed
    for source, shown in words.items():
        assert f"<dd>{shown}</dd>" in client.get(f"/contacts/{people[source].pk}/").content.decode()
