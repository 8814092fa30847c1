"""The two letters about a breach, read back from their PDF: what, when and how, how many, and what was done."""

from datetime import UTC, datetime

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wabolt.accounts.models import User, Workspace
from wabolt.privacy import services
from wabolt.privacy.breach_letters import CATEGORY_WORDS, LETTERS, letter
from wabolt.privacy.models import Breach, PrivacySettings
from wabolt.privacy.rules import CATEGORIES
from wabolt.privacy.tests.conftest import NOON

FACTS = {
    "happened_from": datetime(2026, 11, 20, 2, tzinfo=UTC),
    "happened_until": datetime(2026, 11, 22, 11, 30, tzinfo=UTC),
    "cause": "HP kasir dicuri di angkot. Layarnya tidak terkunci.",
    "categories": ["name", "phone", "orders"],
    "people": 1204,
    "risk": "Ada yang bisa menyamar sebagai toko dan meminta transfer.",
    "measures": "Tautan perangkat dilepas, sandi diganti, dilaporkan ke polisi.",
    "advice": "Abaikan pesan yang meminta kode atau transfer.",
}


@pytest.fixture
def breach(shop: Workspace, owner: User) -> Breach:
    services.save_settings(
        workspace=shop, business_name="CV Gaya Nusantara", address="Jl. Dago 12, Bandung", contact_person="Ibu Sari",
        contact_email="data@gaya.example", contact_phone="0812-3456-7890",
        agency_name="Lembaga Pelindungan Data Pribadi", agency_address="Jl. Merdeka Barat 9, Jakarta",
    )  # fmt: skip
    made = services.create_breach(workspace=shop, values={"title": "HP kasir hilang", "known_at": NOON}, author=owner)
    return services.update_breach(workspace=shop, breach_id=made.pk, values=FACTS)


def text_of(breach: Breach, to: str) -> str:
    """The words of the letter, with the breaks of its lines as spaces."""
    made = letter(breach, PrivacySettings.objects.get(workspace=breach.workspace), to)
    with pypdfium2.PdfDocument(made) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    return " ".join(" ".join(pages).replace("\ufffe", "").split())


@pytest.mark.parametrize("to", LETTERS)
def test_a_letter_says_what_when_how_many_and_what_was_done(breach: Breach, to: str) -> None:
    found = text_of(breach, to)
    for words in (
        "CV Gaya Nusantara", "Jl. Dago 12, Bandung", "2022",
        FACTS["cause"], FACTS["risk"], FACTS["measures"], FACTS["advice"], "1.204", "Ibu Sari", "0812-3456-7890",
        "data@gaya.example",
    ):  # fmt: skip
        assert str(words) in found, words
    assert "20 Nov 2026, 09.00" in found
    assert "22 Nov 2026, 18.30" in found
    assert "23 Nov 2026, 12.00" in found, "when the shop learned of it"
    assert "nama, nomor WhatsApp, pesanan" in found


def test_the_two_letters_have_their_own_addressee(breach: Breach) -> None:
    agency, people = text_of(breach, "agency"), text_of(breach, "people")
    assert "Lembaga Pelindungan Data Pribadi" in agency
    assert "Jl. Merdeka Barat 9, Jakarta" in agency
    assert "Lembaga Pelindungan Data Pribadi" not in people
    assert agency != people


@pytest.mark.parametrize("to", LETTERS)
def test_what_is_not_known_yet_is_said(shop: Workspace, owner: User, to: str) -> None:
    bare = services.create_breach(workspace=shop, values={"title": "Bocor", "known_at": NOON}, author=owner)
    assert text_of(bare, to).count("belum diketahui") >= 5


def test_every_kind_of_data_has_its_words(breach: Breach) -> None:
    assert set(CATEGORY_WORDS) == set(CATEGORIES)


def test_any_words_of_the_shop_make_a_letter(breach: Breach) -> None:
    """Long lines, long words, other scripts and emoji: the letter is made, and plain words are all in it. Each letter
    holds several paragraphs, because its fonts take half a second."""

    @settings(max_examples=3, deadline=None)
    @given(st.lists(st.tuples(st.text(max_size=400), st.integers(0, 200)), min_size=5, max_size=10))
    def run(paragraphs: list[tuple[str, int]]) -> None:
        breach.cause = "\n".join(words for words, _ in paragraphs)
        long = [f"awal {number} {'panjang' * length} akhir" for number, (_, length) in enumerate(paragraphs)]
        breach.measures = "\n".join(long)
        found = text_of(breach, "agency").replace(" ", "")  # a long word is broken, also behind it
        for words in long:
            assert words.replace(" ", "") in found

    run()
