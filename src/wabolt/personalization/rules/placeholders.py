"""Placeholders of other programs in a text: `{nama}`, `[nama]`, `%name%`, `{{1}}`, `{{name}}`."""

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
_BRACES = re.compile(r"(?<![{\w])\{[!#$@]?\s*(\w[\w .|:/,='\"-]{0,29}?)?\s*#?\}|\uff5b\s*(\w[\w .-]{0,29}?)\s*\uff5d")
_PERCENT = re.compile(r"%([^\W\d]\w{1,29})%")
_BARE = re.compile(r"\{\{-?\s*(\w[\w -]{0,29}?)\s*(?:\|[^}]*?)?-?\}\}|\{%-?\s*(\w[\w -]{0,29}?)\s*-?%\}")
"""A name without a dot in the signs of our own texts: `{{name}}` and `{%name%}`. All our variables have a dot."""
_OURS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_DEFAULT = re.compile(r"[|:/,=]")
"""Signs between a name and its default value: `{nama|Kak}`."""
_OTHER = re.compile(
    r"\[\s*(\w[\w .|:/-]{0,29}?)\s*\]|<\s*(\w[\w .|:/-]{0,29}?)\s*>|#(\w[\w-]{1,28})#|\*\|\s*(\w[\w-]{1,28})\s*\|\*"
    r"|\u00ab\s*(\w[\w .|:/-]{0,29}?)\s*\u00bb|\$(\w{2,29})\b|\b__(\w{2,29}?)__\b|%([^\W\d][\w .-]{1,29}?)%"
    r"|[\uff3b\u3010\u3008\u2039]\s*(\w[\w .-]{0,29}?)\s*[\uff3d\u3011\u3009\u203a]|&lt;\s*(\w[\w .-]{0,29}?)\s*&gt;"
    r"|\$\(\s*(\w[\w .-]{0,29}?)\s*\)|\[%\s*(\w[\w .-]{0,29}?)\s*%\]|<%=?\s*(\w[\w .-]{0,29}?)\s*%>"
)
_OF_A_PERSON = re.compile(
    r"(?<![\w.@/#])(?:(@)|#)(?:first|last|full|your)?_?na(?:ma|me)(?(1)(?:_\w{2,20})?)\b(?![.@]\w)", re.IGNORECASE
)
"""`@nama`, `@nama_pelanggan` and `#name`. Other words with these signs are accounts and hashtags: `#nama_anak`."""
_ADDRESS = r"(?:kak|kakak|bapak|pak|bpk|ibu|bu|sis|gan|kepada)"
_GREETED = re.compile(
    rf"\b(?:(?P<salutation>ha+[il]+o?|he+l+o|hi|dear|yth\.?)(?:[ ,]+{_ADDRESS})*|{_ADDRESS})[ ,]+"
    r"(?P<token>_{3,}|[xX]{3,}\b|%(?:1\$)?s\b"
    r"|(?P<opening>[(~|^:&*_=+\\-]{1,2})\s*(?P<word>[^\W\d_][\w .-]{0,29}?)\s*[)~|^:&*_=+\\-]{1,2}(?!\w))",
    re.IGNORECASE,
)
"""After a greeting any sign around "nama" is a placeholder, and so is a gap. "(nama)" alone may ask for a name."""
_NEXT_FIELD = r"[\s,;:/&.)\d-]{0,20}(?:(?:dan|and|serta)\s+)?"
"""Signs and words between two fields of a form."""
_NAMES = frozenset(["nama", "name"])
_NAMED = frozenset(
    [
        *("depan", "panggilan", "pelanggan", "customer", "kamu", "anda", "kakak", "kak", "user", "client", "klien"),
        *("konsumen", "pembeli", "penerima", "member", "your", "first", "contact", "recipient", "isi", "masukkan"),
        *("tulis", "sebut", "kontak", "ibu", "bapak", "bpk", "peserta", "pasien", "tamu", "kalian", "nya", "var"),
    ]
)
"""Words next to "nama" that mean the name of the reader: "[Nama Kakak]", "[isi nama]"."""


class Placeholder(NamedTuple):
    """`written`: the placeholder at `position`. `variable`: the variable that was probably meant, "" if none fits."""

    written: str
    position: int
    variable: str


def find_placeholder(text: str) -> Placeholder | None:
    """Returns the first placeholder of another program, or None. A word in other signs than braces and percent signs
    counts only if it names a variable ("[nama]", not "[PENTING]")."""
    found = [Placeholder(match[0], match.start(), "contact.first_name") for match in _NUMBERED.finditer(text)]
    bare = [Placeholder(match[0], match.start(), _meant(match[1] or match[2])) for match in _BARE.finditer(text)]
    found += [placeholder for placeholder in bare if placeholder.variable]
    text = _OURS.sub(lambda match: " " * len(match[0]), text)
    for pattern in (_BRACES, _PERCENT):
        found += [
            Placeholder(match[0], match.start(), _meant(next(filter(None, match.groups()), "nama")))
            for match in pattern.finditer(text)
        ]
    found += [Placeholder(match[0], match.start(), "contact.first_name") for match in _OF_A_PERSON.finditer(text)]
    for match in _GREETED.finditer(text):
        names_the_reader = match["word"] and not _NAMES.isdisjoint(normalise_keyword(match["word"]).split())
        if not match["word"] or (names_the_reader and not _begins_a_form(match, text)):
            found.append(Placeholder(match["token"], match.start("token"), "contact.first_name"))
    for match in _OTHER.finditer(text):
        variable = _meant(next(filter(None, match.groups())))
        if variable:
            found.append(Placeholder(match[0], match.start(), variable))
    return min(found, key=lambda place: place.position, default=None)


def _begins_a_form(greeted: re.Match[str], text: str) -> bool:
    """Returns whether the same signs enclose the next word: "kirim ya kak *Nama*, *Alamat*" asks for a name.
    After a salutation, signs around the next word are emphasis: "Halo kak *nama*, *DISKON* hari ini"."""
    opening = greeted["opening"]
    closing = opening[::-1].replace("(", ")")
    field = re.compile(rf"{_NEXT_FIELD}{re.escape(opening)}\s*([^\W\d_][\w .-]{{0,29}}?)\s*{re.escape(closing)}")
    following = field.match(text, greeted.end())
    if greeted["salutation"] or not following:
        return False
    return normalise_keyword(following[1]) != normalise_keyword(greeted["word"])


def _meant(word: str) -> str:
    plain = normalise_keyword(_DEFAULT.split(word)[0])
    words = set(plain.split())
    is_the_readers = not words.isdisjoint(_NAMES) and words <= _NAMES | _NAMED
    return _VARIABLE_OF.get(plain, "contact.first_name" if is_the_readers else "")
