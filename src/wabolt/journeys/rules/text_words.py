"""The words of the text form in English and Indonesian. Both are understood; one is printed."""

from collections.abc import Mapping

LANGUAGES = ("en", "id")

KEYWORDS: Mapping[str, Mapping[str, str]] = {
    "trigger": {"en": "trigger", "id": "pemicu"},
    "entry": {"en": "entry", "id": "masuk"},
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
UNITS: Mapping[str, Mapping[str, str]] = {
    "minutes": {"en": "minutes", "id": "menit"},
    "hours": {"en": "hours", "id": "jam"},
    "days": {"en": "days", "id": "hari"},
}
INSIDE: Mapping[str, Mapping[str, str]] = {
    "at most": {"en": "at most", "id": "paling lama"},
    "at": {"en": "at", "id": "pukul"},
    "until": {"en": "until", "id": "sampai"},
    "on": {"en": "on", "id": "hari"},
    "order": {"en": "order", "id": "pesanan"},
    "event": {"en": "event", "id": "kejadian"},
}
"""Words inside a line; a word that begins like another one comes first."""
OUTCOMES: Mapping[str, Mapping[str, str]] = {
    "delivered": {"en": "delivered", "id": "tersampaikan"},
    "read": {"en": "read", "id": "dibaca"},
    "clicked": {"en": "clicked", "id": "diklik"},
    "replied": {"en": "replied", "id": "dibalas"},
    "happened": {"en": "happened", "id": "terjadi"},
    "timed_out": {"en": "timed out", "id": "lewat"},
}
WEEKDAYS: Mapping[str, Mapping[str, str]] = {
    "0": {"en": "mon", "id": "senin"},
    "1": {"en": "tue", "id": "selasa"},
    "2": {"en": "wed", "id": "rabu"},
    "3": {"en": "thu", "id": "kamis"},
    "4": {"en": "fri", "id": "jumat"},
    "5": {"en": "sat", "id": "sabtu"},
    "6": {"en": "sun", "id": "minggu"},
}


def meaning(words: Mapping[str, Mapping[str, str]], text: str) -> str | None:
    """The key of a word in any language, or None."""
    return next((key for key, spellings in words.items() if text in spellings.values()), None)


def starting(words: Mapping[str, Mapping[str, str]], text: str) -> tuple[str, str] | None:
    """The key of the word that a text begins with, and the rest of the text; None if there is none."""
    for key, spellings in words.items():
        for word in spellings.values():
            if text[: len(word)].lower() == word and text[len(word) : len(word) + 1] in ("", " "):
                return key, text[len(word) :].lstrip(" ")
    return None
