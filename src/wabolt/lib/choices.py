"""Parses answers with few choices: gender, yes or no. An unknown answer is `"unknown"`, never a guess."""

import re
from functools import lru_cache
from typing import Literal

from wabolt.lib.text import normalise_keyword

Gender = Literal["female", "male", "unknown"]
YesNo = Literal["yes", "no", "unknown"]

_FEMALE = """
p pr prp perempuan wanita wnt w cewek cewe cwe ibu bu ny nyonya nona nn mbak mba female f woman girl mrs ms miss
perempuan_p wanita_w wanita_p perempuan_wanita putri akhwat
"""
_MALE = """
l lk laki laki_laki lakilaki laki2 lelaki pria cowok cowo cwo bapak bpk pak tn tuan mas male m man boy mr
laki_laki_l pria_p pria_l pria_laki_laki putra ikhwan
"""
_YES = """
y ya yaa iya yes ye yup yep ok oke okay okey true benar betul 1 setuju sepakat boleh mau bersedia minat berminat
sudah sudah_setuju ya_setuju setuju_ya iya_setuju ya_boleh boleh_ya ya_mau saya_setuju ya_saya_setuju saya_bersedia
saya_mau opt_in optin opted_in subscribe subscribed berlangganan granted agree agreed i_agree accepted on checked v
diizinkan mengizinkan dengan_senang_hati siap
"""
_NO = """
n no nope false f 0 off opt_out optout opted_out unsubscribe unsubscribed unsub stop berhenti ditolak tolak menolak
denied declined disagree revoked withdrawn keluar unchecked batal dicabut cabut ditarik dihentikan diblokir blocked
nonaktif non_aktif inactive unsubs
"""
# Any of these words makes an answer a no: "ya tapi jangan sering" is not a yes to promotions.
_REFUSING = """
tidak tdk tak gak ga ngga nggak enggak engga ndak bukan belum blm jangan jgn not dont stop berhenti tolak menolak
unsubscribe kecuali keberatan ogah malas never ora mboten
"""
_NOT_YET = frozenset({"belum", "blm", "kecuali"})
_TICKS = frozenset("\u2713\u2714\u2611\u2705\u221a\U0001f5f9\U0001f44d")
_CROSSES = frozenset("\u2717\u2718\u2612\u274c\u274e\U0001f44e\u2610")


def _words(written: str) -> frozenset[str]:
    return frozenset(word.replace("_", " ") for word in written.split())


_FEMALES, _MALES, _YESES, _NOS = map(_words, (_FEMALE, _MALE, _YES, _NO))
_REFUSALS = _words(_REFUSING)
_ENDING = _words("stop berhenti unsubscribe tolak menolak")
_BEFORE_END = _words("ya iya yes sudah sdh udah telah mau ingin minta mohon please")
"""Words before an ending that leave it a clear no: "sudah berhenti", "ya, stop"."""
# After "tidak" these words take the refusal back: "tidak keberatan", "tidak berhenti".
_TAKING_BACK = _words(
    "keberatan masalah apa apa2 apapa papa problem ragu berhenti stop unsubscribe unsubscribed tolak menolak"
)
_AGREEING = _words(
    "ya iya yes ok oke okay setuju sepakat boleh mau bersedia berminat agree agreed subscribe berlangganan mengizinkan"
    " mengijinkan"
)
# Words that may surround a yes: "Ya, saya bersedia menerima info promo".
_POLITE = _words(
    "saya aku kami kita dong donk kok kak min mas mba mbak sekali banget sangat dengan senang hati untuk dihubungi"
    " dikirimi menerima terima info informasi kabar promo promosi penawaran lewat melalui via di wa whatsapp kasih"
    " terimakasih thanks thank you please i to receive kasir toko outlet form formulir sudah pada pesan dan produk"
    " berita terbaru update updates tentang seputar diskon katalog baru broadcast pemasaran marketing promotional"
    " messages message offers news and mengirim mengirimkan mengirimi kepada"
)
_SAID_ON = re.compile(
    r"\b(?:(?:tgl|tanggal|per|sejak|since|on)\b\.? ?)?[0-9]{1,2}"
    r"(?:[/.-][0-9]{1,2}(?:[/.-](?:[0-9]{2}){1,2})?|"
    r" ?-?(?:jan|feb|mar|apr|mei|may|jun|jul|agu|ags|aug|sep|okt|oct|nov|des|dec)[a-z]*\.?"
    r"(?:[ -](?:[0-9]{2}){1,2})?)\b",
    re.IGNORECASE,
)
"""The day of an answer: "setuju tgl 3/4/25", "sudah, 12 Mei 2025"."""
_MAX_TEXT = 100


def parse_gender(text: object) -> Gender:
    """Parses a gender: `"P"` (perempuan), `"wanita"` and `"F"` are female; `"L"`, `"pria"` and `"Laki-laki"` are male.
    Never raises."""
    return _gender(text) if isinstance(text, str) and len(text) <= _MAX_TEXT else "unknown"


def parse_yes_no(text: object) -> YesNo:
    """Parses yes or no. The answer is "yes" only if no part of the text contradicts it. Never raises.

    An empty cell, a question mark, a date or a name is `"unknown"`, which is not a yes.
    """
    if isinstance(text, bool):
        return "yes" if text else "no"
    if isinstance(text, int | float):
        return "yes" if text == 1 else "no" if text == 0 else "unknown"
    return _yes_no(text) if isinstance(text, str) and len(text) <= _MAX_TEXT else "unknown"


def parse_permission(text: object) -> YesNo:
    """Parses an answer about a permission, where a "no" ends a permission that was granted. Never raises.

    A yes is as in `parse_yes_no`. A no with a qualification ("ya tapi jangan sering", "tidak keberatan") or one that
    only says that there is no agreement yet ("belum") is `"unknown"`.
    """
    answer = parse_yes_no(text)
    if answer == "no" and isinstance(text, str) and not _is_clear(normalise_keyword(text).split()):
        return "unknown"
    return answer


def _is_clear(words: list[str]) -> bool:
    """Whether all words of a no mean no."""
    first = next((place for place, word in enumerate(words) if word in _REFUSALS), None)
    if first is None or " ".join(words) in _NOS - _NOT_YET:
        return True
    if words[first] in _ENDING and _BEFORE_END.issuperset(words[:first]):
        return True
    follows = words[first + 1] if first + 1 < len(words) else ""
    return words[first] not in _NOT_YET and follows not in _TAKING_BACK and _YESES.isdisjoint(words[:first])


@lru_cache(maxsize=4096)
def _gender(text: str) -> Gender:
    word = normalise_keyword(text)
    if word in _FEMALES:
        return "female"
    return "male" if word in _MALES else "unknown"


def _agrees(words: str) -> bool:
    """Whether the text is a yes, alone or together with polite words."""
    said = set(words.split())
    return words in _YESES or (not said.isdisjoint(_AGREEING) and said <= _AGREEING | _POLITE)


@lru_cache(maxsize=4096)
def _yes_no(text: str) -> YesNo:
    signs = {char for char in text if not char.isalnum()}
    words = normalise_keyword(text)
    if not words and signs & (_TICKS | _CROSSES):
        if signs & _TICKS and signs & _CROSSES:
            return "unknown"
        return "yes" if signs & _TICKS else "no"
    undated = normalise_keyword(_SAID_ON.sub(" ", text))
    if not _NOS.isdisjoint((words, undated)) or not _REFUSALS.isdisjoint(words.split()):
        return "no"
    if (_agrees(words) or _agrees(undated)) and not signs & _CROSSES and "?" not in signs:
        return "yes"
    number = text.strip()
    if number in {"1.0", "1,0"}:
        return "yes"
    return "no" if number in {"0.0", "0,0"} else "unknown"
