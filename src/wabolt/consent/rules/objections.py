"""Objections to promotions in the words of a chat, without a stop word: "jangan kirim2 promo lagi ya mbak, ganggu".

A message is read by the classes of its words. Words that belong to no class, and words of orders and questions, make
an objection less certain: "jangan kirim ke alamat lama ya" is about a parcel.
"""

import re
from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from typing import Literal, NamedTuple

from wabolt.lib.chat_words import COURTESY, spoken_words
from wabolt.lib.chat_words import word_set as _words

_PROMOTIONS = _words("""
ads bc blast broadcast broadcastan iklan iklannya marketing newsletter penawaran penawarannya promo promonya promos
promosi promosinya promotion promotions spam spamming tawaran telemarketing
""")
_MESSAGES = _words("""
begini beginian berlangganan diskon gini ginian gituan info infonya informasi kiriman langganan message messages
messaging nawarin nawarkan notif notifikasi pesan pesannya subscription tawarin tawarkan
""")
_SENDING = _words("""
dikirimi dikirimin kirim kirimi kirimin kirimkan krim krm mengirim mengirimi mengirimkan ngeshare ngirim ngirimi
ngirimin send sending share
""")
_CONTACTING = _words("""
chat chatin chating chatting contact dichat dihubungi diwa hubungi hubungin japri kontak menghubungi ngechat ngewa
text texting wa wain whatsapp
""")
_RECEIVING = _words("dapat dapet dpt menerima nerima terima")
_PASSIVE = _words("dikirim dikirimkan dkirim")
"""Words for sending that are said of a parcel unless promotions are named."""
OBJECTS = _PROMOTIONS | _MESSAGES | _SENDING | _CONTACTING
"""Words for things that a person may want to stop."""

_DISTURBING = _words("""
diganggu disturb disturbing ganggu keganggu menganggu mengganggu nganggu ngeganggu terganggu
""")
COMPLAINTS = _DISTURBING | _words("""
annoying berisik bosan bosen brisik capai cape capek eneg enek jengkel kesal kesel malas males muak risi risih sebal
sebel
""")
"""Words of a person whom messages annoy."""
_DISLIKES = frozenset({"keberatan"})
"""Words of a person who does not like something, perhaps promotions."""
_TOO_OFTEN = _words("keseringan melulu mulu")
_OFTEN = _TOO_OFTEN | _words("kebanyakan sering terus terusan")
"""Words of a person who gets too many messages, and perhaps wants fewer."""
_FOREVER = _words("lagi lg maneh deui anymore again")
_POSTPONED = _words("dulu sekarang semua banyak segera nanti")
"""Words after which "jangan kirim" is said of a parcel."""
_BLOCKING = _words("blok blokir block ngeblok ngeblokir lapor laporin laporkan report spam spamming nyepam nyepamin")
_REMOVING = _words("dihapus hapus hapusin hapuskan apus delete remove keluarkan keluarin hilangkan hilangin coret")
_NUMBERS = _words("""
contact daftar data dataku group grup kontak list no nomer nomernya nomor nomorku nomornya number
""")
_ME = _words("saya aku gue gw me my")
_ENOUGH = _words("cukup udahan sudahi")
_ALREADY = _words("udah sudah dah sdh udh uda")
_APOLOGY = _words("maaf maap sori sorry sry permisi ijin izin punten")
_NO_COMPLAINT = _APOLOGY | _words("takut mau sinyal jaringan koneksi internet wifi listrik pengiriman")
"""Words after which "ganggu" is no complaint about messages."""
_ORDER = _words("""
ada alamat alamatnya ambil ambilnya apa apaan banyaknya barang barangnya batal bayar berapa besok bisa boleh bukti
cari cod email foto fotonya gambar ganti gimana gmn gojek grab harga jadi jne jnt kantor kapan kartu katalog kemarin
kode kurir kurirnya lama lewat mana masih masuk minta motif nanya nunggu nungguin nyari ongkir pakai pake paket
paketnya pesanan pesananku pesanannya produk rekening resi rumah sampai size stok tanya tf toko transfer tunggu
ukuran video voucher vouchernya warna
""")
"""Words of orders and questions."""
_FILLERS = _words("""
ah ane anymore are atas baca bacanya bikin bs buat dalam dapat dapet di doang dpt dri for guys hari hp id ini is it
itu jd juga kalau kalo kami ke kepada kesini kita klo ku lho loh macam masukin masukkan mau menerima my nerima nomor
nya of off on pernah pun sama sangat sini sms tau toh trus us utk
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
)
_SPELLINGS = {"lg": "lagi", "gw": "gue", "pesen": "pesan", "prmo": "promo", "hub": "hubungi", "nmr": "nomor"}
# "Jangan lupa kirim promo" asks for promotions.
_REMINDER = re.compile(
    r"\b(?:jangan|jgn|jngn) (?:pernah )?(?:lupa|ragu|sampai|sampe|sungkan|segan|kapok|bosan|bosen|khawatir|kuatir|takut"
    r"|malu|malas|males|capek|cape|lama|telat)\b"
)
_DENIAL = re.compile(
    r"\b(?:jangan|jgn|jngn|jngan|jangn|janganlah|ojo|ojok|ulah|dont|do not|no more"
    rf"|(?:{_NOT}) ?(?P<weak>usah|ush|perlu|prlu|butuh|kedah)|gosah|rasah"
    rf"|(?P<unwilling>(?:{_NOT}) ?(?:mau|mo|mw|ingin|pengen|pingin|want)|ogah|emoh))\b"
)
_BARE_NOT = frozenset(_NOT.split("|"))
_DENIED, _WEAKLY, _UNWILLING, _NOTHING = "\x00denied", "\x00weakly", "\x00unwilling", "-"
_DENIALS = frozenset({_DENIED, _WEAKLY, _UNWILLING})
_CLASSED = _DENIALS.union(
    *(
        COURTESY,
        OBJECTS,
        _PASSIVE,
        COMPLAINTS,
        _DISLIKES,
        _OFTEN,
        _FOREVER,
        _BLOCKING,
        _REMOVING,
        _NUMBERS,
        _ENOUGH,
        _ALREADY,
    ),
    _FILLERS,
)
_SHORT = 12
"""The longest message, in words without courtesy, that counts as a possible stop although some of its words have no
class."""

Objection = Literal["stop", "doubt"]


class _Facts(NamedTuple):
    """The words of a message and what kinds of words it holds."""

    words: Sequence[str]
    is_plain: bool
    """Whether all words have a class."""
    is_short: bool
    """Whether the message is short and holds no word of an order or a question."""
    is_about_order: bool


def plain_words(said: str) -> list[str]:
    """The words of a message in the form of `normalise_keyword`: each reduplicated or stretched word once."""
    for compound, replacement in _COMPOUNDS:
        said = compound.sub(replacement, said)
    return [_SPELLINGS.get(word, word) for word in spoken_words(said, _CLASSED)]


def objection_in(words: Sequence[str], names: Collection[str] = ()) -> Objection | None:
    """The objection to promotions in the words of `plain_words`. The words of the shop's name (`names`) are ignored.

    - "stop": a denial with promotions ("gausah kirim promo"), or with messages and "lagi" ("jangan wa lagi"), a wish to
      be removed ("hapus nomor saya") or enough ("udah cukup promonya"), and no word that may change the meaning.
    - "doubt": one of these in a longer message, a complaint, or a threat to block the number.
    """
    said = _REMINDER.sub(_NOTHING, " ".join(words))
    marked = _DENIAL.sub(_mark_of, said).split()
    core = [word for word in marked if word in _CLASSED or word not in names]
    is_about_order = bool(_ORDER & {*core})
    facts = _Facts(
        core,
        all(word in _CLASSED for word in core),
        sum(word not in COURTESY for word in core) <= _SHORT and not is_about_order,
        is_about_order,
    )
    found = {_denied(facts), _removed(facts), _enough(facts), _complained(facts)}
    return "stop" if "stop" in found else "doubt" if "doubt" in found else None


def _mark_of(found: re.Match[str]) -> str:
    return _WEAKLY if found["weak"] else _UNWILLING if found["unwilling"] else _DENIED


def _denied(facts: _Facts) -> Objection | None:
    """For each denial: what it denies, up to the first word without a class."""
    found = {
        _denial_of({*_classed(facts.words[index + 1 : index + 1 + _SHORT])}, word, facts)
        for index, word in enumerate(facts.words)
        if word in _DENIALS
    }
    return "stop" if "stop" in found else "doubt" if "doubt" in found else None


def _classed(words: Sequence[str]) -> Sequence[str]:
    """The words up to the first one without a class, at most `_SHORT`."""
    near = words[:_SHORT]
    return near[: next((index for index, word in enumerate(near) if word not in _CLASSED), len(near))]


def _denial_of(denied: AbstractSet[str], denial: str, facts: _Facts) -> Objection | None:
    sends = bool(denied & (_SENDING | _CONTACTING))
    receives = bool(denied & (_PASSIVE | _RECEIVING))
    forever = bool(denied & _FOREVER)
    promotions = bool(denied & _PROMOTIONS)
    one_of_several = bool(denied & {"yang", "itu"}) or ("ini" in denied and "ke" not in denied)
    if one_of_several and not promotions and not denied & _NUMBERS:
        return None  # "jangan kirim yang ini lagi"
    if promotions or (sends and forever) or (denial == _DENIED and denied & _DISTURBING):
        is_certain = denial != _WEAKLY or sends or receives or forever
        if facts.is_plain and is_certain and not _OFTEN & {*facts.words}:
            return "stop"
        return "doubt" if facts.is_short or facts.is_plain or (promotions and (sends or receives)) else None
    return "doubt" if sends and facts.is_plain and not denied & _POSTPONED else None


def _removed(facts: _Facts) -> Objection | None:
    """A wish to be removed: "hapus nomor saya", "nomor saya tolong dihapus"."""
    index = next((index for index, word in enumerate(facts.words) if word in _REMOVING), None)
    if index is None:
        return None
    before = [*_classed(facts.words[:index][::-1])]
    if {*_classed(facts.words[index + 1 : index + 1 + _SHORT])} & (_NUMBERS | _ME):
        return "stop" if facts.is_plain else "doubt" if facts.is_short else None
    if {*before} & _NUMBERS and facts.is_short:
        return "stop" if facts.is_plain and before[0] not in _ME else "doubt"
    return None


def _enough(facts: _Facts) -> Objection | None:
    spoken = [word for word in facts.words if word not in COURTESY]
    for before, word, after in zip(["", *spoken], spoken, [*spoken[1:], ""], strict=False):
        if word in _ENOUGH and after in _PROMOTIONS:
            if facts.is_plain and before in _ALREADY and not {"ini", "itu", "yang"} & {*facts.words}:
                return "stop"
            return "doubt" if facts.is_short else None
        if word in _ENOUGH and before in _PROMOTIONS and facts.is_plain:
            return "doubt"
    return None


def _complained(facts: _Facts) -> Objection | None:
    """A complaint or a threat. "Maaf ganggu kak" excuses a question, "ga ganggu kok" denies the complaint."""
    spoken = [word for word in facts.words if word in _NO_COMPLAINT or word not in COURTESY]
    complaints: set[str] = set()
    threats: set[str] = set()
    for before, word in zip(["", *spoken], spoken, strict=False):
        excused = before in _NO_COMPLAINT and (facts.is_about_order or not {*spoken} & (_PROMOTIONS - _BLOCKING))
        if not excused and before not in _DENIALS:
            threats.update({word} & _BLOCKING)
            complaints.update({word} & COMPLAINTS if before not in _BARE_NOT else ())
    promotions = bool(_PROMOTIONS & {*spoken})
    messages = promotions or bool({*spoken} & (_CONTACTING | _SENDING))
    is_too_often = (promotions and _OFTEN & {*spoken}) or (messages and _TOO_OFTEN & {*spoken})
    is_annoyed = promotions and _DISLIKES & {*spoken}
    if facts.is_plain and (complaints or threats or is_too_often or is_annoyed):
        return "doubt"
    last = next((word for word in reversed(spoken) if word not in _APOLOGY), "")
    if last in complaints & _DISTURBING:
        return "doubt"
    if not facts.is_short:
        return None
    is_complaint = complaints & _DISTURBING or ((complaints or is_annoyed) and promotions)
    is_complaint = is_complaint or (complaints and messages and _OFTEN & {*spoken})
    return "doubt" if is_complaint or threats - {"blok"} else None
