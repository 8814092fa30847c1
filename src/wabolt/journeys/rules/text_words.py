"""The words of the text form in English and Indonesian. Both are understood; one is printed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

LANGUAGES = ("en", "id")
Words = Mapping[str, Mapping[str, str]]
"""{key: {language: word}}"""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words for what other rooms register. A key without a word is written as it is."""

    triggers: Words = field(default_factory=dict)
    actions: Words = field(default_factory=dict)
    events: Words = field(default_factory=dict)


KEYWORDS: Words = {
    "trigger": {"en": "trigger", "id": "pemicu"},
    "entry": {"en": "entry", "id": "masuk"},
    "only": {"en": "only", "id": "hanya"},
    "exit": {"en": "exit", "id": "keluar"},
    "goal": {"en": "goal", "id": "tujuan"},
    "send": {"en": "send", "id": "kirim"},
    "wait": {"en": "wait", "id": "tunggu"},
    "if": {"en": "if", "id": "kalau"},
    "else": {"en": "else", "id": "selain itu"},
    "branch": {"en": "branch", "id": "cabang"},
    "split": {"en": "split", "id": "acak"},
    "share": {"en": "share", "id": "bagian"},
    "action": {"en": "do", "id": "lakukan"},
    "webhook": {"en": "webhook", "id": "webhook"},
    "end": {"en": "end", "id": "selesai"},
}
"""The first word or words of a line."""
UNITS: Words = {
    "minutes": {"en": "minutes", "id": "menit"},
    "hours": {"en": "hours", "id": "jam"},
    "days": {"en": "days", "id": "hari"},
}
INSIDE: Words = {
    "at most": {"en": "at most", "id": "paling lama"},
    "at": {"en": "at", "id": "pukul"},
    "until": {"en": "until", "id": "sampai"},
    "on": {"en": "on", "id": "hari"},
    "order": {"en": "order", "id": "pesanan"},
    "event": {"en": "event", "id": "kejadian"},
}
"""Words inside a line; a word that begins like another one comes first."""
OUTCOMES: Words = {
    "delivered": {"en": "delivered", "id": "tersampaikan"},
    "read": {"en": "read", "id": "dibaca"},
    "clicked": {"en": "clicked", "id": "diklik"},
    "replied": {"en": "replied", "id": "dibalas"},
    "happened": {"en": "happened", "id": "terjadi"},
    "timed_out": {"en": "timed out", "id": "lewat"},
}
WEEKDAYS: Words = {
    "0": {"en": "mon", "id": "senin"},
    "1": {"en": "tue", "id": "selasa"},
    "2": {"en": "wed", "id": "rabu"},
    "3": {"en": "thu", "id": "kamis"},
    "4": {"en": "fri", "id": "jumat"},
    "5": {"en": "sat", "id": "sabtu"},
    "6": {"en": "sun", "id": "minggu"},
}


NAMES: Words = {
    "reentry": {"en": "again", "id": "lagi"},
    "cooldown_days": {"en": "pause-days", "id": "jeda-hari"},
    "entry_from": {"en": "from", "id": "mulai"},
    "choices": {"en": "buttons", "id": "tombol"},
    "media": {"en": "file", "id": "file"},
    "template": {"en": "template", "id": "template"},
    "parameters": {"en": "gaps", "id": "isian"},
    "purpose": {"en": "about", "id": "tentang"},
    "content_class": {"en": "counts-as", "id": "dihitung"},
    "quiet": {"en": "quiet-hours", "id": "jam-tenang"},
    "not_later_minutes": {"en": "late-minutes", "id": "terlambat-menit"},
    "field": {"en": "date", "id": "tanggal"},
    "days": {"en": "days", "id": "hari"},
    "at": {"en": "at", "id": "pukul"},
    "yearly": {"en": "yearly", "id": "tiap-tahun"},
    "feb29": {"en": "29-february", "id": "29-februari"},
    "category": {"en": "goods", "id": "barang"},
    "tag": {"en": "label", "id": "label"},
    "segment": {"en": "segment", "id": "segmen"},
    "event": {"en": "event", "id": "kejadian"},
    "entry_point": {"en": "way-in", "id": "pintu-masuk"},
    "column": {"en": "column", "id": "kolom"},
    "value": {"en": "value", "id": "nilai"},
    "percent": {"en": "percent", "id": "persen"},
    "text": {"en": "text", "id": "teks"},
    "form": {"en": "chat-form", "id": "tanya-jawab"},
    "journey": {"en": "journey", "id": "alur"},
    "member": {"en": "member", "id": "anggota"},
    "total_min": {"en": "total-at-least", "id": "total-minimal"},
    "total_max": {"en": "total-at-most", "id": "total-maksimal"},
    "quantity_min": {"en": "pieces-at-least", "id": "jumlah-minimal"},
    "quantity_max": {"en": "pieces-at-most", "id": "jumlah-maksimal"},
    "skus": {"en": "product", "id": "produk"},
}
"""Names of values (`name=value`). A name without a word is written as it is, and every name itself is understood."""
VALUES: Mapping[str, Words] = {
    "reentry": {
        "never": {"en": "never", "id": "tidak-pernah"},
        "after_end": {"en": "after-the-end", "id": "sesudah-selesai"},
        "always": {"en": "always", "id": "selalu"},
    },
    "purpose": {
        "marketing": {"en": "the-shop", "id": "promosi"},
        "service": {"en": "the-order", "id": "pesanannya"},
    },
    "content_class": {
        "value": {"en": "useful", "id": "bermanfaat"},
        "promotion": {"en": "promotion", "id": "promosi"},
    },
    "quiet": {
        "postpone": {"en": "later", "id": "tunda"},
        "skip": {"en": "skip", "id": "lewati"},
    },
    "feb29": {
        "feb28": {"en": "28-february", "id": "28-februari"},
        "mar1": {"en": "1-march", "id": "1-maret"},
    },
    "field": {"birthday": {"en": "birthday", "id": "ulang-tahun"}},
}
"""Words for values, by the name of the value. Other texts are written as they are."""
ANSWERS: Words = {"true": {"en": "yes", "id": "ya"}, "false": {"en": "no", "id": "tidak"}}
"""Words for true and false, for every name."""


def known(words: Words, text: str) -> str | None:
    """The key that a word means; a key means itself. None for a text that is neither."""
    found = meaning(words, text)
    return found if found is not None else text if text in words else None


def meaning(words: Words, text: str) -> str | None:
    """The key of a word in any language, or None."""
    return next((key for key, spellings in words.items() if text in spellings.values()), None)


def starting(words: Words, text: str) -> tuple[str, str] | None:
    """The key of the word that a text begins with, and the rest of the text; None if there is none."""
    for key, spellings in words.items():
        for word in spellings.values():
            if text[: len(word)].lower() == word and text[len(word) : len(word) + 1] in ("", " "):
                return key, text[len(word) :].lstrip(" ")
    return None
