"""Detects objections to promotions without a stop word: "jangan kirim2 promo lagi ya mbak, ganggu".

The rules use classes of words. Words without a class, and words of orders and questions, make an objection less
certain: "jangan kirim ke alamat lama ya" is about a parcel.
"""

import re
from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from typing import Literal, NamedTuple

from wabolt.lib.chat_words import COURTESY, spoken_words
from wabolt.lib.chat_words import word_set as _words

PROMOTIONS = _words("""
ads bc blast broadcast broadcastan broadcastnya iklan iklannya marketing newsletter penawaran penawarannya promo
promonya promos promosi promosinya promotion promotions spam spamming tawaran telemarketing
""")
_MESSAGES = _words("""
begini beginian berlangganan dikabari dikabarin diskon gini ginian gituan info infonya informasi kabari kabarin
kabarkan kiriman langganan message messages messaging nawarin nawarkan ngabari ngabarin notif notifikasi pesan pesannya
subscription tawarin tawarkan
""")
SENDING = _words("""
dikirimi dikirimin kirim kirimi kirimin kirimkan krim krm mengirim mengirimi mengirimkan ngeshare ngirim ngirimi
ngirimin send sending share
""")
CONTACTING = _words("""
chat chatin chating chatting contact dichat dihubungi diwa hubungi hubungin japri kontak menghubungi message messages
messaging ngechat ngewa sms text texting wa wain whatsapp
""")
RECEIVING = _words("dapat dapet dpt menerima nerima terima")
_PASSIVE = _words("dikirim dikirimkan dkirim")
"""Words for sending that refer to a parcel unless the message names promotions."""
OBJECTS = PROMOTIONS | _MESSAGES | SENDING | CONTACTING
"""Words for things that a person may want to stop."""

_DISTURBING = _words("""
diganggu disturb disturbing ganggu keganggu menganggu mengganggu nganggu ngeganggu terganggu
""")
COMPLAINTS = _DISTURBING | _words("""
annoying berisik bosan bosen brisik capai cape capek eneg enek jengkel kesal kesel malas males muak risi risih sebal
sebel
""")
"""Words of a person who is annoyed by messages."""
_DISLIKES = frozenset({"keberatan"})
"""Words of a person who does not like something, perhaps promotions."""
TOO_OFTEN = _words("keseringan melulu mulu")
OFTEN = TOO_OFTEN | _words("kebanyakan sering terus terusan")
"""Words of a person who gets too many messages, and perhaps wants fewer."""
FOREVER = _words("lagi lg maneh meneh malih deui anymore again")
_POSTPONED = _words("dulu sekarang semua banyak segera nanti")
"""Words with which "jangan kirim" refers to a parcel."""
_BLOCKING = _words("""
blacklist blok blokir block ngeblok ngeblokir lapor laporin laporkan report spam spamming nyepam nyepamin
""")
_REMOVING = _words("""
dihapus hapus hapusin hapuskan apus delete remove keluarkan keluarin hilangkan hilangin coret cabut
""")
_TURNING_OFF = _words("batalkan batalin cancel disable matikan matiin nonaktifkan nonaktifin")
LISTS = _words("""
contact daftar data dataku group grup kontak list no nomer nomernya nomor nomorku nomornya number
""")
"""Words for the number of a person, and for lists of people."""
ME = _words("saya aku gue gw me my")
_ENOUGH = _words("cukup udahan sudahi")
_ALREADY = _words("udah sudah dah sdh udh uda sampun mpun wis")
_APOLOGY = _words("maaf maap sori sorry sry permisi ijin izin punten")
_NO_COMPLAINT = _APOLOGY | _words("takut mau sinyal jaringan koneksi internet wifi listrik pengiriman")
"""Words after which "ganggu" is no complaint about messages."""
ORDER = _words("""
ada alamat alamatnya ambil ambilnya apa apaan banyaknya barang barangnya batal bayar berapa besok bisa boleh bukti
cari cod email foto fotonya gambar ganti gimana gmn gojek grab harga jadi jne jnt kantor kapan kartu katalog kemarin
kode kurir kurirnya lama lewat mana masih masuk minta motif nanya nunggu nungguin nyari ongkir pakai pake paket
paketnya pesanan pesananku pesanannya produk rekening resi rumah sampai size stok tanya tf toko transfer tunggu
ukuran video voucher vouchernya warna
""")
"""Words of orders and questions."""
_FILLERS = _words("""
abdi ah ane anymore are atas baca bacanya bah bikin bs buat dalam dapat dapet di doang dpt dr dri for guys hari hp id
ini is it itu jd juga kalau kalian kalo kami kamu kau ke kepada kesini kita klo kowe ku lho loh loe lu elu macam
masukin masukkan mau menerima my nerima nomor nya of off on pernah pun sama sangat sini situ tau toh trus us utk woi
""")

_NOT = "ga|gak|gk|g|gag|ngga|nggak|enggak|engga|ngak|kagak|kaga|tidak|tdk|tak|ndak|nda|mboten|ora|teu|not"
_COMPOUNDS = (
    (re.compile(r"\b(?:jangan|jgn) ?(?:2|jangan|jgn)\b"), "-"),  # perhaps
    (re.compile(r"\b(?:apa ?2|apa apa|apapun|apa pun)\b"), "pun"),
    (re.compile(r"\b(malam|pagi|siang|sore)(?:2| \1)\b"), "sering"),
    (re.compile(r"\b(?:tiap|setiap) (?:hari|minggu)\b"), "terus"),
    (re.compile(r"\bdi (?=kirim|hapus|hubungi|ganggu)"), "di"),
    (re.compile(rf"\b(?:{_NOT}|kurang) (?:suka|senang|seneng|nyaman)\b"), "keberatan"),
    (re.compile(r"\b(?:folder|masuk|kotak) spam\b"), "-"),
    (re.compile(r"\bsalah (?:sambung|nomor|nomer|orang)\b"), "pun"),
    (re.compile(r"\bno more\b"), "dont again"),
    (re.compile(r"\btake me off\b"), "remove me"),
    (re.compile(r"\bleave me alone\b"), "terganggu"),
)
_SPELLINGS = {
    "lg": "lagi", "gw": "gue", "pesen": "pesan", "prmo": "promo", "hub": "hubungi", "nmr": "nomor", "sy": "saya",
    "aq": "aku",
}  # fmt: skip
# "Jangan lupa kirim promo" asks for promotions.
_REMINDER = re.compile(
    r"\b(?:jangan|jgn|jngn) (?:pernah )?(?:lupa|ragu|sampai|sampe|sungkan|segan|kapok|bosan|bosen|khawatir|kuatir|takut"
    r"|malu|malas|males|capek|cape|lama|telat)\b"
)
_DENIAL = re.compile(
    r"\b(?:jangan|jgn|jngn|jngan|jangn|janganlah|ojo|ojok|ulah|(?P<tong>(?:en)?tong)|ampun(?= (?:di)?kirim| ngirim)"
    r"|(?:dont|do not)(?! (?:want|need))"
    rf"|(?:{_NOT}) ?(?P<weak>usah|ush|perlu|prlu|butuh|kedah)|gosah|rasah"
    rf"|(?P<purpose>biar|supaya|spy|agar) (?:{_NOT})(?! ?(?:usah|ush|perlu|prlu|butuh|kedah)\b)"
    rf"|(?P<unwilling>(?:{_NOT}) ?(?:mau|mo|mw|ingin|pengen|pingin|hoyong|purun|want)|(?:dont|do not) (?:want|need)"
    r"|ogah|emoh))\b"
)
_BARE_NOT = frozenset(_NOT.split("|"))
_DENIED, _WEAKLY, _UNWILLING, _NOTHING = "\x00denied", "\x00weakly", "\x00unwilling", "-"
_PURPOSE, _TONG = "\x00purpose", "\x00tong"
"""_PURPOSE: "biar ga kirim lagi" can be the reason to put two orders into one parcel, so it needs promotions to be
certain. _TONG: "do not" in Sundanese, but a form of address in Jakarta: "tong kirim promo lagi dong". The Sundanese
word "deui" makes it certain."""
DENIALS = frozenset({_DENIED, _WEAKLY, _UNWILLING, _PURPOSE, _TONG})
_POSSESSIVES = ("nya", "ne", "na")
"""The suffix "-nya", also in Javanese and Sundanese: "iklannya", "promone"."""
_CLASSED = DENIALS.union(
    *(
        COURTESY,
        OBJECTS,
        _PASSIVE,
        COMPLAINTS,
        _DISLIKES,
        OFTEN,
        FOREVER,
        _BLOCKING,
        _REMOVING,
        LISTS,
        _ENOUGH,
        _ALREADY,
    ),
    _FILLERS,
)
_SHORT = 12
"""Maximum number of words, without courtesy, of a message with unclassed words that counts as a possible stop."""

Objection = Literal["stop", "doubt"]


class _Facts(NamedTuple):
    """The words of a message and their classes."""

    words: Sequence[str]
    is_plain: bool
    """Whether all words have a class."""
    is_short: bool
    """Whether the message is short and contains no word of an order or a question."""
    is_about_order: bool


def plain_words(text: str) -> list[str]:
    """Returns the words of a message in the form of `normalise_keyword`: each reduplicated or stretched word once."""
    for compound, replacement in _COMPOUNDS:
        text = compound.sub(replacement, text)
    return [_without_suffix(_SPELLINGS.get(word, word)) for word in spoken_words(text, _CLASSED)]


def _without_suffix(word: str) -> str:
    """The word for a thing to be stopped without its possessive suffix: "notifnya". Other words are unchanged."""
    if word in _CLASSED or word in ORDER:
        return word
    stems = (word.removesuffix(suffix) for suffix in _POSSESSIVES if word.endswith(suffix))
    return next((stem for stem in stems if stem in OBJECTS), word)


def objection_in(words: Sequence[str], names: Collection[str] = ()) -> Objection | None:
    """Returns the objection to promotions in the words of `plain_words`. The words of the shop's name (`names`) are
    ignored.

    - "stop": a denial with promotions ("gausah kirim promo"), or with messages and "lagi" ("jangan wa lagi"), a wish to
      be removed ("hapus nomor saya") or enough ("udah cukup promonya"), and no word that may change the meaning.
    - "doubt": one of these in a longer message, a complaint, or a threat to block the number.
    """
    core = [word for word in marked_denials(words) if word in _CLASSED or word not in names]
    is_about_order = bool(ORDER & {*core})
    facts = _Facts(
        core,
        all(word in _CLASSED for word in core),
        sum(word not in COURTESY for word in core) <= _SHORT and not is_about_order,
        is_about_order,
    )
    found = {_denied(facts), _removed(facts), _enough(facts), _turned_off(facts), _complained(facts)}
    return "stop" if "stop" in found else "doubt" if "doubt" in found else None


def marked_denials(words: Sequence[str]) -> list[str]:
    """Returns the words with each denial replaced by its mark (`DENIALS`), and without reminders ("jangan lupa")."""
    joined = _REMINDER.sub(_NOTHING, " ".join(words))
    return _DENIAL.sub(_mark_of, joined).split()


def _mark_of(found: re.Match[str]) -> str:
    if found["tong"]:
        return _DENIED if "deui" in found.string.split() else _TONG
    return _WEAKLY if found["weak"] else _PURPOSE if found["purpose"] else _UNWILLING if found["unwilling"] else _DENIED


def _denied(facts: _Facts) -> Objection | None:
    """Evaluates each denial with the words that follow it, up to the first word without a class."""
    found = {
        _denial_of({*_classed(facts.words[index + 1 : index + 1 + _SHORT])}, word, facts)
        for index, word in enumerate(facts.words)
        if word in DENIALS
    }
    return "stop" if "stop" in found else "doubt" if "doubt" in found else None


def _classed(words: Sequence[str]) -> Sequence[str]:
    """Returns the words up to the first one without a class, at most `_SHORT`."""
    near = words[:_SHORT]
    return near[: next((index for index, word in enumerate(near) if word not in _CLASSED), len(near))]


def _denial_of(denied: AbstractSet[str], denial: str, facts: _Facts) -> Objection | None:
    sends = bool(denied & (SENDING | CONTACTING))
    receives = bool(denied & (_PASSIVE | RECEIVING))
    forever = bool(denied & FOREVER)
    promotions = bool(denied & PROMOTIONS)
    one_of_several = bool(denied & {"yang", "itu"}) or ("ini" in denied and "ke" not in denied)
    if one_of_several and not promotions and not denied & LISTS:
        return None  # "jangan kirim yang ini lagi"
    if promotions or (sends and forever) or (denial in {_DENIED, _TONG} and denied & _DISTURBING):
        is_certain = denial in {_DENIED, _UNWILLING} or (denial != _TONG and (sends or receives or forever))
        is_certain = is_certain and (promotions or denial != _PURPOSE)
        if facts.is_plain and is_certain and not OFTEN & {*facts.words}:
            return "stop"
        return "doubt" if facts.is_short or facts.is_plain or (promotions and (sends or receives)) else None
    return "doubt" if sends and facts.is_plain and not denied & _POSTPONED else None


def _removed(facts: _Facts) -> Objection | None:
    """Returns a wish to be removed: "hapus nomor saya", "nomor saya tolong dihapus"."""
    index = next((index for index, word in enumerate(facts.words) if word in _REMOVING), None)
    if index is None:
        return None
    before = [*_classed(facts.words[:index][::-1])]
    if {*_classed(facts.words[index + 1 : index + 1 + _SHORT])} & (LISTS | ME):
        return "stop" if facts.is_plain else "doubt" if facts.is_short else None
    if {*before} & LISTS and facts.is_short:
        return "stop" if facts.is_plain and before[0] not in ME else "doubt"
    return None


def _enough(facts: _Facts) -> Objection | None:
    words = [word for word in facts.words if word not in COURTESY]
    for before, word, after in zip(["", *words], words, [*words[1:], ""], strict=False):
        if word in _ENOUGH and after in PROMOTIONS:
            if facts.is_plain and before in _ALREADY and not {"ini", "itu", "yang"} & {*facts.words}:
                return "stop"
            return "doubt" if facts.is_short else None
        if word in _ENOUGH and before in PROMOTIONS and facts.is_plain:
            return "doubt"
    return None


def _turned_off(facts: _Facts) -> Objection | None:
    """Returns a wish to turn messages off: "tolong matikan promonya", "cancel subscription"."""
    index = next((index for index, word in enumerate(facts.words) if word in _TURNING_OFF), None)
    if index is None or not facts.is_short:
        return None
    after = {*_classed(facts.words[index + 1 : index + 1 + _SHORT])}
    return "doubt" if after & (PROMOTIONS | _MESSAGES) else None


def _complained(facts: _Facts) -> Objection | None:
    """Returns a complaint or a threat. "Maaf ganggu kak" introduces a question, and "ga ganggu kok" denies a
    complaint."""
    words = [word for word in facts.words if word in _NO_COMPLAINT or word not in COURTESY]
    complaints: set[str] = set()
    threats: set[str] = set()
    for before, word in zip(["", *words], words, strict=False):
        excused = before in _NO_COMPLAINT and (facts.is_about_order or not {*words} & (PROMOTIONS - _BLOCKING))
        if not excused and before not in DENIALS:
            threats.update({word} & _BLOCKING)
            complaints.update({word} & COMPLAINTS if before not in _BARE_NOT else ())
    promotions = bool(PROMOTIONS & {*words})
    messages = promotions or bool({*words} & (CONTACTING | SENDING))
    is_too_often = (promotions and OFTEN & {*words}) or (messages and TOO_OFTEN & {*words})
    is_annoyed = promotions and _DISLIKES & {*words}
    wants_fewer = is_too_often and facts.is_short and not {_DENIED, _TONG}.isdisjoint(facts.words)
    if wants_fewer or (facts.is_plain and (complaints or threats or is_too_often or is_annoyed)):
        return "doubt"
    last = next((word for word in reversed(words) if word not in _APOLOGY), "")
    if last in complaints & _DISTURBING:
        return "doubt"
    if not facts.is_short:
        return None
    is_complaint = complaints & _DISTURBING or ((complaints or is_annoyed) and promotions)
    is_complaint = is_complaint or (complaints and messages and OFTEN & {*words})
    return "doubt" if is_complaint or threats - {"blok"} else None
