import csv
import html
import io
import re

import pytest
from django.test import Client
from django.urls import reverse
from tests.cases import each

from wabolt.accounts.models import AuditEntry, Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.commerce.tests.factories import make_order
from wabolt.consent.tests.factories import give_consent
from wabolt.contacts.models import Contact, Field, Identity, Tag
from wabolt.contacts.tests.factories import make_contact
from wabolt.segments.models import Segment
from wabolt.segments.queries import catalogue
from wabolt.segments.registry import SegmentAction, _actions, register_action
from wabolt.segments.rules import Node, from_json, parse, to_json

pytestmark = pytest.mark.django_db

BANDUNG = {"mode:r": "all", "field:r.0": "city", "op:r.0": "=", "value:r.0": "Bandung"}


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture
def manager(workspace: Workspace) -> Client:
    return signed_in(workspace, "manager")


def segment(workspace: Workspace, text: str = 'city = "Bandung"', name: str = "Orang Bandung") -> Segment:
    tree = parse(text, catalogue(workspace))
    return Segment.objects.create(workspace=workspace, name=name, tree=to_json(tree))


def stored_tree(workspace: Workspace) -> Node:
    return from_json(Segment.objects.get(workspace=workspace).tree)


def htmx(client: Client, url: str, data: dict[str, object], target: str) -> str:
    response = client.post(url, data, headers={"HX-Request": "true", "HX-Target": target})
    assert response.status_code == 200
    return response.content.decode()


def test_list_shows_sentences_and_loads_counts(workspace: Workspace, manager: Client) -> None:
    Contact.objects.create(workspace=workspace, city="Bandung")
    made = segment(workspace)
    page = manager.get(reverse("segments:list")).content.decode()
    assert "Orang Bandung" in page
    assert "Kota adalah Bandung" in page
    count_url = reverse("segments:count", args=[made.pk])
    assert f'hx-get="{count_url}"' in page
    assert "<b" in manager.get(count_url).content.decode()


def test_list_takes_the_same_queries_for_one_and_three(
    workspace: Workspace, manager: Client, django_assert_num_queries: object
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for names in (["A"], ["B", "C"]):
        for name in names:
            segment(workspace, name=name)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            manager.get(reverse("segments:list"))
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_list_search_gives_only_the_table(workspace: Workspace, manager: Client) -> None:
    segment(workspace)
    segment(workspace, "orders >= 2", "Langganan")
    response = manager.get(
        reverse("segments:list"), {"q": "langg"}, headers={"HX-Request": "true", "HX-Target": "table"}
    )
    page = response.content.decode()
    assert "Langganan" in page
    assert "Orang Bandung" not in page
    assert "<html" not in page


def test_empty_list_says_what_to_do(manager: Client) -> None:
    page = manager.get(reverse("segments:list")).content.decode()
    assert reverse("segments:new") in page


def test_detail_shows_people_and_their_number(workspace: Workspace, manager: Client) -> None:
    ayu = Contact.objects.create(workspace=workspace, name="Ayu <b>", city="Bandung")
    Identity.objects.create(workspace=workspace, contact=ayu, kind="phone", value="+6281234567890")
    Contact.objects.create(workspace=workspace, name="Budi", city="Medan")
    page = manager.get(reverse("segments:detail", args=[segment(workspace).pk])).content.decode()
    assert "Ayu &lt;b&gt;" in page
    assert "+62 812-3456-7890" in page
    assert "Budi" not in page


def test_builder_saves_rows(workspace: Workspace, manager: Client) -> None:
    data = {
        **BANDUNG,
        "view": "builder",
        "name": "Bandung setia",
        "mode:r.1": "any",
        "field:r.1.0": "orders",
        "op:r.1.0": ">=",
        "value:r.1.0": "2",
        "field:r.1.1": "tag",
        "op:r.1.1": "not:",
        "value:r.1.1": "reseller",
        "do": "save",
    }
    response = manager.post(reverse("segments:new"), data)
    made = Segment.objects.get(workspace=workspace)
    assert response.url == reverse("segments:detail", args=[made.pk])  # type: ignore[attr-defined]
    expected = 'city = "Bandung" and (orders >= 2 or not tag "reseller")'
    assert stored_tree(workspace) == parse(expected, catalogue(workspace))
    assert made.name == "Bandung setia"


def test_builder_refuses_blank_rows_and_keeps_them(workspace: Workspace, manager: Client) -> None:
    data = {**BANDUNG, "field:r.1": "orders", "op:r.1": ">=", "value:r.1": "", "name": "X", "do": "save"}
    response = manager.post(reverse("segments:new"), data)
    page = response.content.decode()
    assert response.status_code == 422
    assert 'id="error-r-1"' in page
    assert 'value="Bandung"' in page
    assert not Segment.objects.exists()


def test_builder_says_what_is_wrong_with_a_value(workspace: Workspace, manager: Client) -> None:
    data = {"mode:r": "all", "field:r.0": "orders", "op:r.0": ">=", "value:r.0": "dua", "do": "refresh"}
    page = htmx(manager, reverse("segments:new"), data, "editor")
    assert 'id="error-r-0"' in page
    assert 'value="dua"' in page


def test_builder_adds_and_removes(manager: Client) -> None:
    url = reverse("segments:new")
    page = htmx(manager, url, {**BANDUNG, "do": "add:r"}, "editor")
    assert 'name="field:r.1"' in page
    assert "<html" not in page
    page = htmx(manager, url, {**BANDUNG, "do": "group:r"}, "editor")
    assert 'name="mode:r.1"' in page
    assert 'name="field:r.1.1"' in page
    page = htmx(manager, url, {**BANDUNG, "do": "remove:r.0"}, "editor")
    assert 'name="field:r.0"' not in page


def test_builder_changes_operators_with_the_field(manager: Client) -> None:
    data = {**BANDUNG, "was:r.0": "city", "field:r.0": "gender", "do": "refresh"}
    page = htmx(manager, reverse("segments:new"), data, "editor")
    assert 'value="Bandung"' not in page
    assert '<option value="female">' in page
    assert 'id="error-r-0"' not in page
    page = htmx(manager, reverse("segments:new"), {**data, "field:r.0": "orders"}, "editor")
    assert re.search(r'<option value="&gt;=" selected>', page), "a count begins with “at least”"


def test_builder_offers_the_words_of_the_shop(workspace: Workspace, manager: Client) -> None:
    Tag.objects.create(workspace=workspace, name="reseller")
    Tag.objects.create(workspace=make_workspace("Sebelah"), name="rahasia")
    data = {"mode:r": "all", "field:r.0": "tag", "op:r.0": ""}
    page = htmx(manager, reverse("segments:new"), data, "editor")
    assert '<option value="reseller">' in page
    assert "rahasia" not in page


def test_preview_counts_while_typing(workspace: Workspace, manager: Client) -> None:
    Contact.objects.create(workspace=workspace, name="Ayu", city="Bandung")
    Contact.objects.create(workspace=workspace, name="Budi", city="Medan")
    page = htmx(manager, reverse("segments:new"), BANDUNG, "preview")
    assert "Ayu" in page
    assert "Budi" not in page
    assert 'id="meter" hx-swap-oob="true"' in page
    assert "csrfmiddlewaretoken" not in page


def test_preview_names_unknown_values(manager: Client) -> None:
    page = htmx(manager, reverse("segments:new"), {"view": "text", "text": 'tag "resseler"'}, "preview")
    assert "resseler" in page


def test_both_ways_edit_the_same_segment(workspace: Workspace, manager: Client) -> None:
    made = segment(workspace, 'city = "Bandung" and not (orders >= 2 or tag "VIP")')
    url = reverse("segments:edit", args=[made.pk])
    page = manager.get(url).content.decode()
    assert 'name="mode:r.1"' in page
    data = {
        **BANDUNG,
        "mode:r.1": "none",
        "field:r.1.0": "orders",
        "op:r.1.0": ">=",
        "value:r.1.0": "2",
        "field:r.1.1": "tag",
        "value:r.1.1": "VIP",
    }
    page = htmx(manager, url, {**data, "do": "to-text"}, "editor")
    assert "kota = &quot;Bandung&quot; dan bukan (pesanan &gt;= 2 atau label &quot;VIP&quot;)" in page
    text = 'city = "Bandung" and not (orders >= 3 or tag "VIP")'
    page = htmx(manager, url, {"view": "text", "text": text, "do": "to-builder"}, "editor")
    assert 'name="value:r.1.0" value="3"' in page
    manager.post(url, {"view": "text", "text": text, "name": "Baru", "do": "save"})
    assert stored_tree(workspace) == parse(text, catalogue(workspace))


def test_text_error_points_at_the_place_and_suggests(manager: Client, workspace: Workspace) -> None:
    url = reverse("segments:new")
    data = {"view": "text", "text": 'kotta = "Bandung"\r\nand orders > 1', "name": "A", "do": "save"}
    response = manager.post(url, data)
    page = response.content.decode()
    assert response.status_code == 422
    assert "<mark>kotta</mark>" in page
    assert 'value="suggest"' in page
    assert not Segment.objects.exists()
    page = htmx(manager, url, {**data, "do": "suggest"}, "editor")
    assert "kota = &quot;Bandung&quot;" in page


def test_text_with_an_error_stays_text(manager: Client) -> None:
    page = htmx(manager, reverse("segments:new"), {"view": "text", "text": "city = ", "do": "to-builder"}, "editor")
    assert "<textarea" in page
    assert "city = " in page


def test_new_starts_from_a_filter(manager: Client) -> None:
    page = manager.get(reverse("segments:new"), {"text": 'city = "Bandung" and tag "VIP"'}).content.decode()
    assert 'name="field:r.1"' in page
    page = manager.get(reverse("segments:new"), {"text": 'citi = "Bandung"'}).content.decode()
    assert "<mark>citi</mark>" in page


def test_name_must_be_given_and_free(workspace: Workspace, manager: Client) -> None:
    segment(workspace, name="Setia")
    url = reverse("segments:new")
    for name in ("", "  ", "SETIA"):
        response = manager.post(url, {**BANDUNG, "name": name, "do": "save"})
        assert response.status_code == 422
        assert "wb-error" in response.content.decode()
    assert Segment.objects.count() == 1


def test_archived_field_asks_for_repair(workspace: Workspace, manager: Client) -> None:
    field = Field.objects.create(workspace=workspace, key="hobi", label="Hobi", kind="text")
    made = segment(workspace, 'field.hobi = "catur"')
    field.delete()
    for name in ("detail", "edit", "count"):
        response = manager.get(reverse(f"segments:{name}", args=[made.pk]))
        assert response.status_code == 200
    assert 'id="error-r-0"' in manager.get(reverse("segments:edit", args=[made.pk])).content.decode()
    assert manager.get(reverse("segments:list")).status_code == 200


def test_unreadable_tree_does_not_break_pages(workspace: Workspace, manager: Client) -> None:
    made = Segment.objects.create(workspace=workspace, name="Rusak", tree={"what": 1})
    for name in ("detail", "edit", "count"):
        assert manager.get(reverse(f"segments:{name}", args=[made.pk])).status_code == 200


def test_duplicate_and_delete(workspace: Workspace, manager: Client) -> None:
    made = segment(workspace)
    for _number in range(2):
        manager.post(reverse("segments:duplicate", args=[made.pk]))
    assert Segment.objects.filter(workspace=workspace).count() == 3
    assert made.name in manager.get(reverse("segments:delete", args=[made.pk])).content.decode()
    manager.post(reverse("segments:delete", args=[made.pk]))
    assert not Segment.objects.filter(pk=made.pk).exists()


@each("name", ["detail", "edit", "count", "duplicate", "delete"], undone=True)
def test_another_workspace_is_not_found(name: str, workspace: Workspace) -> None:
    made = segment(workspace)
    stranger = signed_in(make_workspace("Sebelah"), "owner")
    url = reverse(f"segments:{name}", args=[made.pk])
    response = stranger.post(url) if name == "duplicate" else stranger.get(url)
    assert response.status_code == 404
    if name == "delete":
        assert stranger.post(url).status_code == 404
        assert Segment.objects.filter(pk=made.pk).exists()


def test_agents_read_and_managers_edit(workspace: Workspace) -> None:
    made = segment(workspace)
    agent = signed_in(workspace, "agent")
    detail = reverse("segments:detail", args=[made.pk])
    page = agent.get(detail).content.decode()
    assert reverse("segments:edit", args=[made.pk]) not in page
    assert agent.get(reverse("segments:new")).status_code == 403
    for name in ("edit", "duplicate", "delete"):
        assert agent.post(reverse(f"segments:{name}", args=[made.pk])).status_code == 403
    assert Client().get(detail).status_code == 302


def test_actions_of_other_rooms_are_on_the_page(
    workspace: Workspace, manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wabolt.segments.registry._actions", dict(_actions))
    register_action(SegmentAction("test", "Kirim ke sini", "send", lambda found: f"/kirim/{found.pk}/"))
    made = segment(workspace)
    detail = reverse("segments:detail", args=[made.pk])
    assert f'href="/kirim/{made.pk}/"' in manager.get(detail).content.decode()
    assert f"/kirim/{made.pk}/" not in signed_in(workspace, "viewer").get(detail).content.decode()


def test_contact_list_offers_its_filter_as_a_segment(workspace: Workspace, manager: Client) -> None:
    Tag.objects.create(workspace=workspace, name='ke"sayangan')
    address = reverse("contacts:list")
    Contact.objects.create(workspace=workspace, city="Bandung")
    page = manager.get(address, {"city": "Bandung", "tag": 'ke"sayangan', "consent": "granted"}).content.decode()
    found = re.search(r'href="(/segments/new/\?text=[^"]+)"', page)
    assert found
    builder = manager.get(html.unescape(found[1]))
    assert builder.status_code == 200
    for told in ("Bandung", "ke&quot;sayangan"):
        assert told in builder.content.decode()
    for unsaid in ({}, {"q": "ayu"}, {"city": "Bandung", "q": "ayu"}, {"reach": "yes"}):
        assert "/segments/new/?text=" not in manager.get(address, unsaid).content.decode()
    assert "/segments/new/?text=" not in signed_in(workspace, "agent").get(address, {"city": "B"}).content.decode()


def test_a_filter_of_the_contact_list_is_saved_as_a_segment_of_the_same_people(
    workspace: Workspace, manager: Client
) -> None:
    wanted = [("Ayu", "Solo", ["VIP"]), ("Budi", "Solo", []), ("Cici", "", ["VIP"])]
    people = [make_contact(workspace, name, city=city, tags=tags) for name, city, tags in wanted]
    give_consent(workspace, [person.pk for person in people])
    shown = manager.get(reverse("contacts:list"), {"city": "Solo", "tag": "VIP", "consent": "granted"})
    link = re.search(r'href="(/segments/new/\?text=[^"]+)"', shown.content.decode())
    assert link
    builder = manager.get(html.unescape(link[1])).content.decode()
    fields = re.findall(r'<(?:input|select|textarea)[^>]* name="((?:mode|field|op|value)[^"]*)"', builder)
    told = {name: _value_in(builder, name) for name in fields}
    manager.post(reverse("segments:new"), {**told, "view": "builder", "name": "Solo VIP", "do": "save"})
    made = Segment.objects.get(workspace=workspace)
    assert stored_tree(workspace) == parse(
        'city = "Solo" and tag "VIP" and consent marketing granted', catalogue(workspace)
    )
    page = manager.get(reverse("segments:detail", args=[made.pk])).content.decode()
    assert "Ayu" in page
    assert "Budi" not in page
    assert "Cici" not in page


def _value_in(page: str, name: str) -> str:
    """The value of a field of the builder: of a text field, or of the chosen option."""
    field = re.search(rf'<(input|select)[^>]* name="{re.escape(name)}"[^>]*>', page)
    assert field
    if field[1] == "select":
        options = page[field.end() : page.index("</select>", field.end())]
        chosen = re.search(r'<option value="([^"]*)"[^>]* selected', options)
        return html.unescape(chosen[1]) if chosen else ""
    value = re.search(r' value="([^"]*)"', field[0])
    return html.unescape(value[1]) if value else ""


def test_a_segment_is_exported_with_permission_orders_and_spend(workspace: Workspace, manager: Client) -> None:
    ayu = make_contact(workspace, "Ayu", city="Bandung", phone="+6289900000001")
    make_contact(workspace, "Budi", city="Solo")
    give_consent(workspace, [ayu.pk])
    make_order(workspace, ayu.pk, total=250_000)
    made = segment(workspace, 'city = "Bandung"')
    url = reverse("segments:export", args=[made.pk, "csv"])
    response = manager.get(url)
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 2
    row = dict(zip(rows[0], rows[1], strict=True))
    assert row["Nama"] == "Ayu"
    assert row["Izin promo"] == "Sudah setuju"
    assert row["Izin sejak"]
    assert (row["Jumlah pesanan"], row["Total belanja"]) == ("1", "250000")
    entry = AuditEntry.objects.filter(action="contact.export").latest("pk")
    assert (entry.target_kind, entry.target_id) == ("segment", made.pk)
    assert signed_in(workspace, "agent").get(url).status_code == 403
    assert manager.get(reverse("segments:export", args=[made.pk, "pdf"])).status_code == 404
    assert "Ekspor" in manager.get(reverse("segments:detail", args=[made.pk])).content.decode()
