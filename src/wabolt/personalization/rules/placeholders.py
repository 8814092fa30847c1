"""Placeholders of other programs in a text: `{nama}`, `[nama]`, `%name%`, `{{1}}`. They would be sent unchanged."""

import re
from typing import NamedTuple

from wabolt.lib.text import normalise_keyword

_MEANT = {
    "contact.first_name": "nama,name,first name,firstname,nama depan,panggilan,nama panggilan,customer,pelanggan,kak,"
    "fname,nama pelanggan,customer name,nama customer,nama anda",
    "contact.name": "nama lengkap,full name,fullname",
    "contact.city": "kota,city,domisili",
    "contact.phone": "hp,no hp,nomor hp,phone,no wa,nomor wa,nomor,telepon",
    "contact.email": "email,e mail",
    "contact.birth_date": "ulang tahun,tanggal lahir,birthday,tgl lahir",
    "voucher.code": "kode,kode voucher,voucher,kupon,code,coupon,kode promo",
    "voucher.percent": "diskon,discount,persen",
    "shop.name": "toko,nama toko,shop,shop name,store",
}
_VARIABLE_OF = {word: name for name, words in _MEANT.items() for word in words.split(",")}
_NUMBERED = re.compile(r"\{\{\s*\d+\s*\}\}")
_BRACES = re.compile(r"(?<![{\w])\{\s*(\w[\w .]{0,29}?)\s*\}(?!\})")
_PERCENT = re.compile(r"%([^\W\d]\w{1,29})%")
_OURS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_OTHER = re.compile(r"\[\s*(\w[\w .]{0,29}?)\s*\]|<\s*(\w[\w .]{0,29}?)\s*>|#(\w{2,29})#")


class Placeholder(NamedTuple):
    """`written`: the placeholder at `position`. `variable`: the variable that was probably meant, "" if none fits."""

    written: str
    position: int
    variable: str


def find_placeholder(text: str) -> Placeholder | None:
    """The first placeholder of another program. Words in [ ], < > and # # count only where they name something that a
    text can hold ("[nama]", not "[PENTING]")."""
    found = [Placeholder(match[0], match.start(), "contact.first_name") for match in _NUMBERED.finditer(text)]
    text = _OURS.sub(lambda match: " " * len(match[0]), text)
    for pattern in (_BRACES, _PERCENT):
        found += [Placeholder(match[0], match.start(), _meant(match[1])) for match in pattern.finditer(text)]
    for match in _OTHER.finditer(text):
        variable = _meant(match[1] or match[2] or match[3])
        if variable:
            found.append(Placeholder(match[0], match.start(), variable))
    return min(found, key=lambda place: place.position, default=None)


def _meant(word: str) -> str:
    return _VARIABLE_OF.get(normalise_keyword(word), "")
