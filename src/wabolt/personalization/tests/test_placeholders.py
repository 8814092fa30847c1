"""Detection of placeholders of other programs in a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cases import each

from wabolt.accounts.tests.factories import make_workspace
from wabolt.lib.errors import DomainError
from wabolt.personalization import queries as rendering
from wabolt.personalization.rules.placeholders import find_placeholder


@each(
    ("text", "meant"),
    [
        ("Halo {{1}}", "contact.first_name"),
        ("Halo {{ 2 }}!", "contact.first_name"),
        ("Halo {nama}", "contact.first_name"),
        ("Halo {{name}}", "contact.first_name"),
        ("Halo {{ nama_pelanggan }}", "contact.first_name"),
        ("Halo {{ first-name | default: 'Kak' }}", "contact.first_name"),
        ("Halo {%name%}", "contact.first_name"),
        ("Halo {% nama lengkap %}", "contact.name"),
        ("Kode {{kode voucher}}", "voucher.code"),
        ("Halo { first_name }", "contact.first_name"),
        ("Halo {apapun}", ""),
        ("Halo [nama]", "contact.first_name"),
        ("Halo [Nama Lengkap]", "contact.name"),
        ("Halo %name%", "contact.first_name"),
        ("Halo %FIRSTNAME%", "contact.first_name"),
        ("Kak <nama>, ada promo", "contact.first_name"),
        ("Kode #voucher#", "voucher.code"),
        ("Halo *|FNAME|*", "contact.first_name"),
        ("Halo \u00abNama\u00bb", "contact.first_name"),
        ("Halo $nama, ada promo", "contact.first_name"),
        ("Halo __nama__", "contact.first_name"),
        ("Halo {first-name}", "contact.first_name"),
        ("Halo [nama-pelanggan]", "contact.first_name"),
        ("Halo %nama lengkap%", "contact.name"),
        ("Halo {nama|Kak}", "contact.first_name"),
        ("Halo [nama: Kak]", "contact.first_name"),
        ("Halo {Kak|Bu}", "contact.first_name"),
        ("Halo @nama_pelanggan, ada promo", "contact.first_name"),
        ("Hai #nama", "contact.first_name"),
        ("Halo (nama)", "contact.first_name"),
        ("Halo kak *nama*, ada promo", "contact.first_name"),
        ("Halo kak *nama*, *DISKON* hari ini", "contact.first_name"),
        ("Halo kak *nama*, ada *promo*", "contact.first_name"),
        ("Kak *nama*, ada *promo*", "contact.first_name"),
        ("Kak *nama* *nama*", "contact.first_name"),
        ("Kak -nama- - promo hari ini", "contact.first_name"),
        ("Kak (nama) *promo*", "contact.first_name"),
        ("Halo ~nama~", "contact.first_name"),
        ("Dear |Nama Pelanggan|", "contact.first_name"),
        ("Halo Kak ____", "contact.first_name"),
        ("Halo Kak xxx, ada promo", "contact.first_name"),
        ("Halo %s, ada promo", "contact.first_name"),
        ("Halo [Nama Kakak]", "contact.first_name"),
        ("Halo [isi nama]", "contact.first_name"),
        ("Halo [Your Name]", "contact.first_name"),
        ("Halo {}", "contact.first_name"),
        ("Halo {nama}}", "contact.first_name"),
        ("Halo {!nama}", "contact.first_name"),
        ("Halo {nama,fallback=Kak}", "contact.first_name"),
        ("Halo \uff3bnama\uff3d", "contact.first_name"),
        ("Halo \u3010nama\u3011", "contact.first_name"),
        ("Halo &lt;nama&gt;", "contact.first_name"),
        ("Halo $(nama)", "contact.first_name"),
        ("Halo <%= nama %>", "contact.first_name"),
    ],
    undone=True,
)
def test_placeholder_of_another_program_is_refused_with_a_suggestion(db: None, text: str, meant: str) -> None:
    found = find_placeholder(text)
    assert found is not None
    assert found.variable == meant
    with pytest.raises(DomainError) as refusal:
        rendering.validate_text(make_workspace(), text, "service")
    assert (refusal.value.code, refusal.value.field) == ("foreign_placeholder", "text")
    assert found.written in str(refusal.value)


@each(
    "text",
    [
        "[PENTING] Toko tutup", "Diskon 50% dan 20%", "Diskon 10%, cashback 5% ya", "{{ contact.first_name }}",
        "#promo", "{% if contact.city %}x{% endif %}", "Harga < 100rb > 50rb", "(nama)", "%toko buka jam 9% ya",
        "Buka [10:00 - 17:00]", "Diskon 5%, nama toko kami, 10% lagi", "a{^_^}b", "https://a.id/?a=%20b%20c",
        "Ikuti @batikayu ya", "Format: (Nama) (Alamat) (No HP)", "Kirim nama, alamat, nomor",
        "Halo *Kakak*, ada promo", "ani@nama.com",
        "#namaste", "Halo (khusus member)", "Halo Kak.....", "Hai kak :) promo", "Halo ~Kakak~", "harga $10 %sd",
        "Untuk order, kirim ya kak *Nama*, *Alamat*, *No HP*", "Isi format ini ya kak (Nama) (Alamat)",
        "Kirim ya kak *Nama*:\n*Alamat*:", "Kirim ya kak *Nama* dan *Alamat*", "Isi ya kak *_Nama_* - *_Alamat_*",
        "tulis #nama_anak di foto",
    ],
)  # fmt: skip
def test_ordinary_texts_contain_no_placeholder(text: str) -> None:
    assert find_placeholder(text) is None


@given(st.text(max_size=200))
def test_no_text_raises(text: str) -> None:
    found = find_placeholder(text)
    assert found is None or text[found.position :].startswith(found.written)


@each("quotes", ["“”", "‘’", "„“", '""', "''", "”“"], undone=True)
def test_curly_quotes_in_a_filter_are_understood(db: None, quotes: str) -> None:
    text = f"Halo {{{{ contact.first_name | default: {quotes[0]}Kak{quotes[1]} }}}}, “promo”"
    rendering.validate_text(make_workspace(), text, "service")
    shop = rendering.Shop("Toko", "id", "IDR", frozenset())
    assert rendering.compile_text(text).render({"name": ""}, {}, shop, lambda _n: "") == "Halo Kak, “promo”"
