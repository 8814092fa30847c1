"""Texts with short names in place of Liquid."""

from django.utils import translation
from tests.cases import each

from wabolt.personalization.queries import readable


@each(
    ("text", "shown"),
    [
        ("Halo {{ contact.first_name | default: 'Kak' }}!", "Halo [nama depan]!"),
        ("{{contact.name}} · {{- voucher.code -}}", "[nama] · [kode voucher]"),
        ("{{ voucher.percent }}% sampai {{ voucher.until }}", "[diskon]% sampai [hari terakhir]"),
        ("Ukuran {{ contact.fields.baju_batik }}", "Ukuran [baju batik]"),
        ("Tanpa isian, {kurung} dan {{ ini bukan isian", "Tanpa isian, {kurung} dan {{ ini bukan isian"),
    ],
)
def test_variable_is_shown_as_its_name_in_brackets(text: str, shown: str) -> None:
    with translation.override("id"):
        assert readable(text) == shown
