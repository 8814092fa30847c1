"""Each English text has one Indonesian translation, no text stays untranslated, and forbidden words do not occur."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.core import validators
from django.forms import fields
from django.utils.translation import override
from tools.messages import LANGUAGE, PACKAGE, catalog_path, faults, rooms, updated, used_texts

from wabolt.journeys.rules import text_words

SAME_IN_BOTH = {
    "App secret", "Callback URL", "Verify token",  # Meta uses these names, and owners copy the values from there
    "Broadcast", "Broadcast:",
    "Cloud API", "Data", "Disk", "File", "Indonesia", "Info", "Label: %(value)s", "Offline", "Port", "Status",
    "Video", "WhatsApp",
    "Facebook", "Instagram", "Logo", "Poster", "TikTok", "Website",
    "WIT: Maluku, Papua",
}  # fmt: skip
"""Msgids whose Indonesian translation is the same word. Add one only if a shop owner would use the English word."""

NOT_OURS = {
    "anda": "Kakak",
    "berkas": "file",
    "bidang": "kolom data",
    "blast": "broadcast",
    "bot": "balasan otomatis",
    "dasbor": "Beranda",
    "dashboard": "Beranda",
    "e-mail": "email",
    "inboks": "kotak masuk",
    "kelompok target": "segmen",
    "klaim": "pakai",
    "kondisi": "kalau",
    "kupon": "voucher",
    "landing page": "halaman ajakan",
    "node": "langkah",
    "notifikasi": "pemberitahuan",
    "opt-in": "izin",
    "opt-out": "berhenti",
    "pairing": "tautkan",
    "perjalanan": "alur otomatis",
    "saluran": "nomor WhatsApp",
    "segmentasi": "segmen",
    "siaran massal": "broadcast",
    "subscriber": "kontak",
    "tag": "label",
    "tagging": "label",
    "tidak signifikan": "belum cukup data",
    "tiket": "percakapan",
    "titik masuk": "pintu masuk",
    "uplift": "tambahan hasil",
}
"""Words that the pages do not use, with the word that replaces each (PAGES.md)."""


def _texts() -> Iterator[tuple[str, str, str | None, tuple[str, ...]]]:
    """(room, msgid, context, Indonesian forms) of every translated text."""
    for room in rooms():
        path = catalog_path(room)
        if not path.exists():
            continue
        with path.open("rb") as file:
            for message in read_po(file, locale=LANGUAGE):
                if message.id:
                    msgid = message.id if isinstance(message.id, str) else message.id[0]
                    forms = (message.string,) if isinstance(message.string, str) else tuple(message.string)
                    yield room.name, msgid, message.context, forms


@pytest.fixture(scope="module")
def house() -> list[tuple[Path, Catalog]]:
    """All rooms with their texts."""
    return [(room, used_texts(room)) for room in rooms()]


def test_every_text_is_translated(house: list[tuple[Path, Catalog]]) -> None:
    assert [fault for room, used in house for fault in faults(room, used)] == []


def test_translation_files_are_what_the_tool_writes(house: list[tuple[Path, Catalog]]) -> None:
    wrong = [
        room.name for room, used in house if len(used) and catalog_path(room).read_text("utf-8") != updated(room, used)
    ]
    assert not wrong, "run `make messages` (`python -m tools.messages`) and commit what it writes"


def test_no_text_is_inside_an_f_string() -> None:
    """Before Python 3.12 an f-string is one token, so the tool does not find a text in it, and it stays English."""
    inside = re.compile(r"\{n?p?(?:_|gettext(?:_lazy)?)\(")
    sources = [path for path in PACKAGE.rglob("*.py") if "tests" not in path.parts]
    assert not [f"{path}: {found[0]}" for path in sources if (found := inside.search(path.read_text("utf-8")))]


def test_one_text_has_one_translation_in_all_rooms() -> None:
    """Django merges the catalogues of the rooms and the first room wins, so two rooms must not translate a text
    differently."""
    found: dict[tuple[str, str | None], dict[tuple[str, ...], list[str]]] = defaultdict(lambda: defaultdict(list))
    for room, msgid, context, forms in _texts():
        found[msgid, context][forms].append(room)
    assert len(found) > 500
    assert not {key: dict(ways) for key, ways in found.items() if len(ways) > 1}


def test_nothing_stays_english() -> None:
    left = {
        (room, msgid) for room, msgid, _context, forms in _texts() if msgid in forms and re.search("[A-Za-z]{2}", msgid)
    }
    assert {msgid for _room, msgid in left} <= SAME_IN_BOTH, sorted(left)
    assert {msgid for _room, msgid in left} >= SAME_IN_BOTH, "words that are allowed and no longer needed"


@pytest.mark.parametrize("word", NOT_OURS)
def test_words_are_the_shop_owners(word: str) -> None:
    said = re.compile(rf"(?<![\w{{.-]){re.escape(word)}(?:nya)?(?![\w}}-])", re.IGNORECASE)
    assert not [(room, form) for room, _msgid, _context, forms in _texts() for form in forms if said.search(form)], (
        f"write {NOT_OURS[word]}"
    )


def test_the_text_of_a_journey_uses_our_words() -> None:
    tables = [
        *(text_words.KEYWORDS, text_words.UNITS, text_words.INSIDE, text_words.OUTCOMES, text_words.NAMES),
        *text_words.VALUES.values(),
    ]
    written = [spelling["id"] for table in tables for spelling in table.values()]
    assert "paling lama" in written
    assert not set(written) & set(NOT_OURS)


def _framework_texts() -> Iterator[str]:
    """Every error text of Django's form fields and validators, and of allauth, that a page may show."""
    for field in vars(fields).values():
        yield from map(str, getattr(field, "default_error_messages", {}).values())
    yield from (str(validator.message) for validator in vars(validators).values() if hasattr(validator, "message"))
    for source in (DefaultAccountAdapter, DefaultMFAAdapter):
        yield from map(str, getattr(source, "error_messages", {}).values())


def test_the_errors_of_django_and_allauth_use_our_words() -> None:
    """A room's translation of the same msgid replaces theirs: those of Django are in `ui`, of allauth in `accounts`."""
    words = re.compile(rf"\b(?:{'|'.join(map(re.escape, NOT_OURS))})\b", re.IGNORECASE)
    with override("id"):
        texts = sorted(set(_framework_texts()))
        assert str(fields.FileField.default_error_messages["empty"]).startswith("File ini kosong")
    assert len(texts) > 40
    assert not [text for text in texts if words.search(text)]
