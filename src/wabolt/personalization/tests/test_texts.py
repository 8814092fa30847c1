"""Validating and rendering texts of a business. A text is never executed as code."""

import re
import time
from contextlib import suppress
from itertools import product
from unittest import mock

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from liquid.exceptions import LiquidError
from tests.cases import each

from wabolt.accounts.tests.factories import make_workspace
from wabolt.contacts.models import Field
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib.errors import DomainError
from wabolt.personalization import plain
from wabolt.personalization import queries as rendering
from wabolt.personalization.links import replace_links
from wabolt.personalization.registry import GROUPS, Variable, VariableGroup

SHOP = rendering.Shop("Gaya Nusantara", "id", "IDR", frozenset({"until"}))
SITI = {
    "name": "Siti Rahmawati",
    "city": "Bandung",
    "phone": "+6281234567890",
    "birth_date": "1994-02-14",
    "fields": {"points": 12500, "member": True, "until": "2026-12-31", "size": "M", "ratio": 1.5},
}
VOUCHER = {"voucher": {"code": "GAYA-1", "percent": 15, "until": "2026-12-31"}}


def render(text, person=SITI, given_values=VOUCHER):
    return rendering.compile_text(text).render(person, given_values, SHOP, lambda n: f"https://wa.test/l/{n}")


@each(
    ("text", "shown"),
    [
        ("Halo {{ contact.first_name }}!", "Halo Siti!"),
        ("{{ contact.email | default: 'Kak' }}", "Kak"),
        ("{{ contact.birth_date }}", "14 Feb 1994"),
        ("{{ contact.fields.points }} poin", "12.500 poin"),
        ("{{ contact.fields.ratio }}", "1,5"),
        ("{{ contact.fields.member }}", "ya"),
        ("{{ contact.fields.until }}", "31 Des 2026"),
        ("{% if contact.fields.points > 1000 %}banyak{% else %}sedikit{% endif %}", "banyak"),
        ("{% if contact.fields.member %}anggota{% endif %}", "anggota"),
        ("{% case contact.city %}{% when 'Bandung' %}Wilujeng{% else %}Halo{% endcase %}", "Wilujeng"),
        ("{{ contact.fields.points | rupiah }}", "Rp12.500"),
        ("{{ contact.name | upcase }}", "SITI RAHMAWATI"),
        ("{{ " + "9" * 400 + ".0 | rupiah }}", "inf"),
        ("{{ voucher.code }} {{ voucher.percent }}% {{ voucher.until }}", "GAYA-1 15% 31 Des 2026"),
        ("Lihat https://gaya.example/a?b=1, ya", "Lihat https://wa.test/l/0, ya"),
        (
            "https://a.example https://b.example https://a.example",
            "https://wa.test/l/0 https://wa.test/l/1 https://wa.test/l/0",
        ),
        ("https://a.example/?k={{ voucher.code }}", "https://a.example/?k=GAYA-1"),
    ],
)
def test_render_formats_values_for_readers(text, shown):
    assert render(text) == shown


@each("name", ["{{ shop.name }}", "{% if true %}x{% endif %}", "{{", "%}", "<b>", "\\u007b", "{{{{ }}}}"])
def test_render_never_evaluates_the_name_of_a_contact(name):
    person = SITI | {"name": name}
    assert render("Halo {{ contact.name }}", person) == f"Halo {name}"
    assert render("Halo {{ contact.name | upcase | downcase }}", person) == f"Halo {name.lower()}"


@each(
    ("text", "code", "name"),
    [
        ("Halo\n{{ sepatu }}", "unknown_variable", "sepatu"),
        ("{{ contact.nama }}", "unknown_variable", "contact.nama"),
        ("{{ contact }}", "unknown_variable", "contact"),
        ("{{ contact[voucher.code] }}", "unknown_variable", None),
        ("{% if settings.SECRET_KEY %}x{% endif %}", "unknown_variable", "settings.SECRET_KEY"),
        ("{{ wabolt.link_0 }}", "unknown_variable", "wabolt.link_0"),
        ("{{ contact.name | url_encode }}", "unknown_filter", "url_encode"),
        ("{{ contact.name | replace: 'a', 'b' }}", "unknown_filter", "replace"),
        ("{% include 'secrets' %}", "unknown_tag", "include"),
        ("{% for i in (1..9) %}x{% endfor %}", "unknown_tag", "for"),
        ("{% assign x = 1 %}", "unknown_tag", "assign"),
        ("{{ contact.name ", "template_syntax", None),
        ("{% if " + "1 and " * 600 + "1 %}x{% endif %}", "template_syntax", None),
        ("{% if contact.name == 1" + " or contact.name == 1" * 150 + " %}x{% endif %}", "template_syntax", None),
        ("{{ a" + "[a" * 700 + "]" * 700 + " }}", "template_syntax", None),
        ("{% if contact.name %}x", "template_syntax", None),
        ("   ", "empty_text", None),
        ("x" * 4097, "text_too_long", None),
        ("{{" * 100_000, "text_too_long", None),  # the search for placeholders would take hours
        ("".join(f"https://a.example/{n} " for n in range(11)), "too_many_links", None),
        ("Lihat https://a.example/" + "a" * 2000, "bad_link", None),
        ("Lihat https://[a ya", "bad_link", None),
        ("Lihat https://a.example:99999/ ya", "bad_link", None),
        ("Lihat https:///promo ya", "bad_link", None),
    ],
    undone=True,
)
def test_validate_text_refuses_with_a_reason(db, text, code, name):
    with pytest.raises(DomainError) as refusal:
        rendering.validate_text(make_workspace(), text, "service")
    assert refusal.value.code == code
    assert refusal.value.field == "text"
    if name:
        assert refusal.value.params["name"] == name
        assert name in str(refusal.value)
        assert refusal.value.params["known"]


def test_validate_text_names_the_position_and_a_suggestion(db):
    with translation.override("en"), pytest.raises(DomainError) as refusal:
        rendering.validate_text(make_workspace(), "Halo\n  {{ contact.nmae }}", "service")
    assert (refusal.value.params["line"], refusal.value.params["column"]) == (2, 6)
    assert refusal.value.params["near"] == "contact.name"
    assert str(refusal.value) == "Line 2: there is no “contact.nmae”. Delete it, then tap “Name”."


@each(("text", "language"), product([
        "Halo {{1}}", "Halo {nama}", "Halo {apa}", "%kota%", "{{ contact.nama }}", "{{ x }}", "{{ contact.name",
        "{% if contact.name %}x", "{{ contact.name | replace: 'a' }}", "{% for i in x %}", "{{ }}", "Halo {{ contact",
    ], ["id", "en"]), undone=True)  # fmt: skip
def test_error_names_the_button_and_contains_no_liquid(db, text, language):
    """The error may quote the text. It contains no other braces and no other names of variables."""
    with translation.override(language), pytest.raises(DomainError) as refusal:
        rendering.validate_text(make_workspace(), text, "service")
    said = str(refusal.value).replace(str(refusal.value.params.get("name")), "")
    assert "{" not in said
    assert "%}" not in said
    assert not re.search(r"(contact|voucher|shop|orders)\.\w", said)


def test_validate_text_accepts_custom_fields(db):
    workspace = make_workspace()
    text = "{{ contact.fields.size }}"
    with pytest.raises(DomainError):
        rendering.validate_text(workspace, text, "service")
    Field.objects.create(workspace=workspace, key="size", label="Ukuran", kind="text")
    rendering.validate_text(workspace, text, "service")


@each("text", ["{{ (1..100000000) }}", "{{ 'a' | append: 'b' }}" * 100, "{% if true %}" * 9 + "x"])
def test_render_of_a_bomb_ends_quickly(text):
    started = time.process_time()
    with suppress(LiquidError, rendering.RenderError):
        render(text)
    assert time.process_time() - started < 1


@each(
    ("text", "purpose", "added"),
    [
        ("Promo hari ini", "marketing", True),
        ("Promo. Balas STOP untuk berhenti", "marketing", False),
        ("Ketik BERHENTI kalau tidak mau lagi", "marketing", False),
        ("Jangan stop belanja di sini", "marketing", True),
        ("Balas sekarang, promo berhenti besok", "marketing", True),
        ("Kirim foto sebelum stok berhenti", "marketing", True),
        ("Text us before the sale will stop", "marketing", True),
        ("Ketik: *STOP*", "marketing", False),
        ("Mau berhenti? Balas saja dengan kata “STOP”", "marketing", False),
        ("STOP untuk berhenti", "marketing", False),
        ("To opt out just reply with the word STOP", "marketing", False),
        ("{% if contact.city %}Balas STOP untuk berhenti{% endif %}", "marketing", True),
        ("{{ contact.name | default: 'balas stop' }}", "marketing", True),
        ("Pesanan siap", "service", False),
    ],
)
def test_ensure_stop_line_is_seen_by_every_reader(text, purpose, added):
    ensured = rendering.ensure_stop_line(text, purpose, "id")
    assert ensured.endswith("Balas STOP untuk berhenti berlangganan") is added
    assert rendering.ensure_stop_line(ensured, purpose, "id") == ensured


def test_preview_has_data_of_the_contact_and_a_sample_token(db):
    workspace = make_workspace()
    ayu = make_contact(workspace, "Ayu Lestari", city="Bandung")
    text = rendering.preview(workspace, "Halo {{ contact.first_name }} di {{ contact.city }}: https://a.example", ayu)
    assert text.startswith("Halo Ayu di Bandung: http")
    assert text.endswith("/l/contoh\n\nBalas STOP untuk berhenti berlangganan")
    assert "Siti" in rendering.preview(workspace, "{{ contact.name }} {{ voucher.code }}", None)


literals = st.text(st.characters(codec="utf-8", exclude_characters="{}%"), max_size=12)
pieces = st.sampled_from(
    [
        "{{ contact.name }}",
        '{{ contact.name | default: "Kak" }}',
        '{{ contact.first_name | default: "Kak" }}',
        "{{ contact.city }}",
        "{{ contact.birth_date | default: '-' }}",
        "{{ contact.fields.x }}",
        '{{ contact.fields.x | default: "belum" }}',
        "{{ contact.fields.until | default: 'kapan' }}",
        "{{ voucher.code | default: 'tanpa kode' }}",
        "{{ voucher.percent }}",
        "{{ voucher.until }}",
        "{{ shop.name }}",
        " https://a.example/x ",
    ]
)
values = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(-1e6, 1e6) | st.text(max_size=8)


@settings(max_examples=300)
@given(
    st.lists(literals | pieces, max_size=8).map("".join),
    st.fixed_dictionaries(
        {"name": st.text(max_size=10), "city": st.none() | st.text(max_size=5), "birth_date": st.none() | st.dates()}
    ),
    st.fixed_dictionaries({"x": values, "until": values}) | st.just({}),
    st.fixed_dictionaries({"code": values, "percent": values, "until": values}) | st.just({}),
)
def test_plain_renders_the_same_as_liquid(text, person, fields, voucher):
    compiled = rendering.compile_text(text)
    assert compiled.quick is not None
    facts = plain.Facts(person | {"fields": fields}, voucher, SHOP, str)
    newlines = rendering.plain_newlines
    assert newlines(compiled.quick.render(facts)) == newlines(compiled._by_liquid(facts))


def test_compile_plain_returns_none_for_other_texts():
    assert rendering.compile_text("{% if contact.city %}x{% endif %}").quick is None
    assert rendering.compile_text("{{ contact.name | upcase }}").quick is None


@given(st.text(max_size=60))
def test_replace_links_changes_nothing_else(text):
    assert replace_links(text, lambda url: url) == text


def test_values_of_other_rooms_are_loaded_once_for_all(db, django_assert_num_queries):
    """The loader of a registered group is called once for any number of contacts."""
    workspace = make_workspace()
    people = [make_contact(workspace, f"Ayu {n}") for n in range(3)]
    calls = []

    def load(_workspace, contact_ids):
        calls.append(sorted(contact_ids))
        return {pk: {"points": 10 * pk, "since": "2026-02-14"} for pk in contact_ids}

    points = Variable("loyalty.points", "Points", "120")
    since = Variable("loyalty.since", "Member since", "14 Feb 2026")
    group = VariableGroup("loyalty", lambda _workspace: [points, since], load, frozenset({"since"}))
    text = "Halo {{ contact.name }}, poin {{ loyalty.points }} sejak {{ loyalty.since }}"
    with mock.patch.dict(GROUPS, {"loyalty": group}):
        rendering.validate_text(workspace, text, "service")
        compiled = rendering.compile_text(text)
        assert compiled.prefixes == {"loyalty"}
        found = rendering.load_values(workspace, compiled.prefixes, [person.pk for person in people])
        assert calls == [sorted(person.pk for person in people)]
        shop = rendering.shop_of(workspace)
        person = people[0]
        said = compiled.render(rendering.person_of(person, None), found[person.pk], shop, str)
        assert f"poin {10 * person.pk}" in said.replace(".", "")
        assert said.endswith("sejak 14 Feb 2026")
        assert "poin 120" in rendering.preview(workspace, text, None, purpose="service")
    with pytest.raises(DomainError):
        rendering.validate_text(workspace, text, "service")


def test_settings_of_the_shop_and_loaded_values_are_in_any_message(db):
    """The values of a voucher come with the message of a broadcast or journey, so an automatic reply has none."""
    workspace = make_workspace()
    hours = VariableGroup("hours", lambda _workspace: [Variable("hours.today", "Hours", "09.00")], is_setting=True)
    with mock.patch.dict(GROUPS, {"hours": hours}):
        names = {variable.name for variable in rendering.variables_of_any_message(workspace)}
    assert {"hours.today", "shop.name", "contact.name", "orders.count"} <= names
    assert "voucher.code" not in names
