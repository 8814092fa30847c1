"""Placeholders of other programs are asked about before they reach a customer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wabolt.accounts.tests.factories import make_workspace
from wabolt.lib.errors import DomainError
from wabolt.personalization import queries as rendering
from wabolt.personalization.rules.placeholders import find_placeholder


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Halo {{1}}", "contact.first_name"),
        ("Halo {{ 2 }}!", "contact.first_name"),
        ("Halo {nama}", "contact.first_name"),
        ("Halo { first_name }", "contact.first_name"),
        ("Halo {apapun}", ""),
        ("Halo [nama]", "contact.first_name"),
        ("Halo [Nama Lengkap]", "contact.name"),
        ("Halo %name%", "contact.first_name"),
        ("Halo %FIRSTNAME%", "contact.first_name"),
        ("Kak <nama>, ada promo", "contact.first_name"),
        ("Kode #voucher#", "voucher.code"),
    ],
)
def test_a_placeholder_of_another_program_is_asked_about(db: None, text: str, meant: str) -> None:
    found = find_placeholder(text)
    assert found is not None
    assert found.variable == meant
    with pytest.raises(DomainError) as asked:
        rendering.validate_text(make_workspace(), text, "service")
    assert (asked.value.code, asked.value.field) == ("foreign_placeholder", "text")
    assert found.written in str(asked.value)


@pytest.mark.parametrize(
    "text",
    [
        "[PENTING] Toko tutup", "Diskon 50% dan 20%", "Diskon 10%, cashback 5% ya", "{{ contact.first_name }}",
        "#promo", "{% if contact.city %}x{% endif %}", "Harga < 100rb > 50rb", "(nama)", "a{^_^}b", "https://a.id/?a=%20b%20c",
    ],
)  # fmt: skip
def test_ordinary_texts_are_not_asked_about(text: str) -> None:
    assert find_placeholder(text) is None


@given(st.text(max_size=200))
def test_no_text_raises(text: str) -> None:
    found = find_placeholder(text)
    assert found is None or text[found.position :].startswith(found.written)


@pytest.mark.parametrize("quotes", ["“”", "‘’", "„“", '""', "''", "”“"])
def test_curly_quotes_in_a_filter_are_understood(db: None, quotes: str) -> None:
    text = f"Halo {{{{ contact.first_name | default: {quotes[0]}Kak{quotes[1]} }}}}, “promo”"
    rendering.validate_text(make_workspace(), text, "service")
    shop = rendering.Shop("Toko", "id", "IDR", frozenset())
    assert rendering.compile_text(text).render({"name": ""}, {}, shop, lambda _n: "") == "Halo Kak, “promo”"
