"""Each English text has one Indonesian translation, no text stays untranslated, and forbidden words do not occur."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
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
    "Asia", "Australia",
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


OF_TEXTS = re.compile(
    r"\b(whoever|whichever|tells? of|told of|stands?|stood|beside|anew|no sooner than|gets? it no more|keeper|nursery"
    r"|stragglers?|goes out once more)\b",
    re.IGNORECASE,
)
"""The habits of `test_english.py`, without words that pages may use."""


@cache
def _texts() -> list[tuple[str, tuple[str, ...], str | None, tuple[str, ...]]]:
    """(room, English forms, context, Indonesian forms) of every translated text."""
    return list(_read())


def _read() -> Iterator[tuple[str, tuple[str, ...], str | None, tuple[str, ...]]]:
    for room in rooms():
        path = catalog_path(room)
        if not path.exists():
            continue
        with path.open("rb") as file:
            for message in read_po(file, locale=LANGUAGE):
                if message.id:
                    yield room.name, _forms(message.id), message.context, _forms(message.string)


def _forms(text: str | Sequence[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


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
    for room, msgids, context, forms in _texts():
        found[msgids[0], context][forms].append(room)
    assert len(found) > 500
    assert not {key: dict(ways) for key, ways in found.items() if len(ways) > 1}


def test_nothing_stays_english() -> None:
    left = {
        (room, msgids[0])
        for room, msgids, _context, forms in _texts()
        if msgids[0] in forms and re.search("[A-Za-z]{2}", msgids[0])
    }
    assert {msgid for _room, msgid in left} <= SAME_IN_BOTH, sorted(left)
    assert {msgid for _room, msgid in left} >= SAME_IN_BOTH, "words that are allowed and no longer needed"


def test_words_are_the_shop_owners() -> None:
    said = [
        (word, re.compile(rf"(?<![\w{{.-]){re.escape(word)}(?:nya)?(?![\w}}-])", re.IGNORECASE)) for word in NOT_OURS
    ]
    wrong = [
        (room, form, f"write {NOT_OURS[word]}")
        for room, _msgids, _context, forms in _texts()
        for form in forms
        for word, pattern in said
        if word in form.casefold() and pattern.search(form)
    ]
    assert not wrong


def test_english_texts_are_plain() -> None:
    """The msgids, which pages show in English and translators read."""
    assert not [(room, text) for room, msgids, *_rest in _texts() for text in msgids if OF_TEXTS.search(text)]


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
