"""Detects messages that may be a wish to get no more promotions, in any words. Pure.

A hint holds promotions until a member has looked at the message, so these rules are wider than those of objections:
they allow unknown words, as in "jangan repot2 kirim promo". Most messages with words of an order are left out.
"""

from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise

from wabolt.consent.rules.objections import (
    COMPLAINTS,
    CONTACTING,
    DENIALS,
    FOREVER,
    LISTS,
    ME,
    OFTEN,
    ORDER,
    PROMOTIONS,
    SENDING,
    TOO_OFTEN,
    marked_denials,
)
from wabolt.lib.chat_words import COURTESY, word_set

_LONGEST = 16
"""Maximum number of words, without courtesy, of a message that is read here."""
_NEAR = 4
"""Number of words within which two words belong together."""
_PROMOTIONS = PROMOTIONS | word_set("kabar kabarnya notif notifnya notifikasi notifikasinya")
_PROMOTION_STEMS = ("promo", "iklan", "broadcast", "penawaran")
"""Beginnings of further words for promotions: "promo2an", "iklan-iklannya"."""
_QUESTIONS = word_set("toko bisa boleh gimana gmn")
"""Words of orders and questions that a wish may contain: "bisa gak jangan dikirimi promo"."""
_ABOUT_ORDERS = ORDER - _QUESTIONS
_NOT = word_set("ga gak gk g ngga nggak enggak engga tidak tdk tak gag ndak nda ora mboten teu not")
_ASKING = word_set("mohon tolong minta harap diminta dimohon untuk please")
"""Words before a plain negation that make it a request: "mohon tidak dikirimi"."""
_INTERESTED = word_set("minat berminat tertarik interested")
_WILLING = _INTERESTED | word_set("setuju butuh berkenan rela ikhlas bersedia izinkan mengizinkan ijinkan")
"""States that a person who gets promotions denies."""
_ALREADY = word_set("sudah udah sdh udh dah")
_AGREED = word_set("daftar mendaftar langganan berlangganan minta setuju")
"""Acts that a person who gets promotions denies: "gak pernah daftar"."""
_MISSED = word_set("kelewatan kelewat ketinggalan kehabisan terlewat melewatkan")
"""Words after a denial of a person who wants promotions."""
_MESSAGED = word_set("dikirimi dikirimin dikabari dikabarin ditawari ditawarin dihubungi dichat diwa disms ditelpon")
"""Things that are done to a person, never to a parcel."""
_TOLD = (
    CONTACTING | SENDING | _MESSAGED | word_set("ngabarin ngabari mengabari kabari kabarin follow followup dm message"
    " messages messaging emails texts stuff")
)  # fmt: skip
_LATER = word_set("dulu nanti sekarang besok")
"""Words of a person who wants to hear later."""
_OUT, _FROM = frozenset({"keluar"}), word_set("dari dr from")
_LEAVING = word_set("keluarkan keluarin dikeluarkan dikeluarin dihapus hapus hapuskan coret dicoret cabut dicabut"
                    " lepas unfollow mundur resign remove removed leave")  # fmt: skip
_MUTING = word_set("mute skip unfollow nonaktifkan nonaktif nonaktifin dinonaktifkan aktifkan matikan matiin dimatikan")
_ENDING = word_set("cukup sudahi udahan enough stopkan akhiri")
_BETWEEN = COURTESY | word_set("sekian sampai sampe sini segini dulu sudah udah with of kirim ngirim kiriman")
_WITHDRAWING = word_set("cabut mencabut dicabut tarik menarik ditarik batalkan batalin dibatalkan withdraw revoke")
_SUBSCRIPTION = word_set("langganan langganannya berlangganan")
_PERMISSION = word_set("izin ijin izinnya ijinnya izinku perizinan persetujuan persetujuannya consent permission")
_OVERLOADED = word_set("menuhin memenuhi kebanjiran dibombardir bombardir nyampah")
_BINS = word_set("tempat tong kantong kantung plastik bak keranjang karung bank truk pilah daur buang olah angkut")
"""Words before "sampah" in messages about goods: "ada promo tempat sampah"."""
_FLOODED = word_set("gara banjir")
"""Words that a pleased person writes too: "wah banjir promo", "gara2 promo aku beli lagi"."""
_HARMED = COMPLAINTS | word_set("penuh hp hape memori")
"""Words with which a flood of promotions is a complaint: "hp saya penuh gara2 promo"."""
_SCREENS = word_set("wa waku whatsapp chat chatku inbox hapeku hpku grup beranda notif notifikasi pesan")
"""Places that promotions flood: "wa saya banjir promo tiap hari"."""
_AT = word_set("di ke dalam")
_KEPT = FOREVER | _NOT | _FROM | word_set("yang itu dulu")
"""Words of courtesy that change a meaning here."""
_PROTESTING = COMPLAINTS | word_set("ngapain kenapa knp kok ko woi woy heh napa why")


def hints_at_stop(words: Sequence[str], names: Collection[str] = ()) -> bool:
    """Whether the words of `objections.plain_words` may mean that the person wants no promotions.

    - a denial and promotions: "gak usah repot2 ngirim promo", "sudah tidak berminat dengan promonya";
    - a denial of being written to: "mohon tidak dikirimi lagi", "gausah follow up aku lagi";
    - leaving a list, withdrawing a permission, muting or ending promotions;
    - a protest against many messages: "kenapa dikirimi terus".
    """
    said = [word for word in marked_denials(_with_requests(words)) if word not in names]
    core = [word for word in said if word not in COURTESY or word in _KEPT]
    if len(core) > _LONGEST:
        return False
    core = ["promo" if word.startswith(_PROMOTION_STEMS) else word for word in core]
    if not _ABOUT_ORDERS.isdisjoint(core):
        return _denies_at_once(core)
    return any(rule(core) for rule in (_denies_promotions, _denies_messages, _leaves, _ends, _protests))


def _denies_at_once(words: Sequence[str]) -> bool:
    """Whether a message that is also about something else denies being written to, in words that belong together:
    "saya sudah tidak pakai produknya, jadi gak usah dikabari promonya"."""
    if not _LATER.isdisjoint(words):
        return False
    denied = (_near(words, place) for place, word in enumerate(words) if word in DENIALS)
    return any(near & _MESSAGED and not near & _ABOUT_ORDERS for near in denied)


def _with_requests(words: Sequence[str]) -> list[str]:
    """The words with "jangan" in place of a plain negation that is a request."""
    pairs = zip(["", *words], words, strict=False)
    return ["jangan" if word in _NOT and before in _ASKING else word for before, word in pairs]


def _near(words: Sequence[str], place: int) -> AbstractSet[str]:
    return {*words[place + 1 : place + 1 + _NEAR]}


def _denies_promotions(words: Sequence[str]) -> bool:
    for place, word in enumerate(words):
        after = words[place + 1 :]
        refuses = word in DENIALS or (word in _NOT and not _WILLING.isdisjoint(after[:1]))
        if not refuses or not _MISSED.isdisjoint(after[:2]):
            continue
        if word in _NOT and _is_over(after[0], words):
            return True
        named = [index for index, other in enumerate(after) if other in _PROMOTIONS]
        if any("yang" not in after[max(0, index - 1) : index + 2] for index in named):
            return True
        if word in DENIALS and not _PROMOTIONS.isdisjoint(words[:place]) and not _TOLD.isdisjoint(after[:2]):
            return True
    return False


def _is_over(willing: str, words: Sequence[str]) -> bool:
    """Whether a short message says that an interest has ended: "sudah tidak minat lagi", "not interested"."""
    if willing not in _INTERESTED or len(words) > _NEAR + 1:
        return False
    return willing == "interested" or not (FOREVER | _ALREADY).isdisjoint(words)


def _denies_messages(words: Sequence[str]) -> bool:
    if not _LATER.isdisjoint(words):
        return False
    for place, word in enumerate(words):
        near = _near(words, place)
        if word in DENIALS and not _MESSAGED.isdisjoint(near):
            return True
        if word in DENIALS and not _TOLD.isdisjoint(near) and not (FOREVER | ME | OFTEN).isdisjoint(words[place:]):
            return not {"yang", "itu"} & near
        if word in _NOT and words[place + 1 : place + 2] == ["pernah"] and not _AGREED.isdisjoint(near):
            return not (_TOLD | _PROMOTIONS).isdisjoint(words)
    return False


def _leaves(words: Sequence[str]) -> bool:
    for place, word in enumerate(words):
        near = _near(words, place)
        around = near | {*words[max(0, place - _NEAR) : place]}
        leaves = word in _LEAVING or (word in _OUT and not _FROM.isdisjoint(near))
        if leaves and not ((LISTS - {"data"}) | _PROMOTIONS).isdisjoint(near):
            return True
        if word in _WITHDRAWING and not _PERMISSION.isdisjoint(around):
            return True
        if word in _LEAVING and not _SUBSCRIPTION.isdisjoint(near):
            return True
    return False


def _ends(words: Sequence[str]) -> bool:
    for place, word in enumerate(words):
        after = words[place + 1 : place + 1 + _NEAR]
        named = next((index for index, other in enumerate(after) if other in _PROMOTIONS), None)
        if named is not None and (word in _MUTING or (word in _ENDING and _BETWEEN.issuperset(after[:named]))):
            return True
        if word == "sudahi" and not (_TOLD | {"pesan"}).isdisjoint(after[:2]):
            return True
    is_flood = not _FLOODED.isdisjoint(words) and (not _HARMED.isdisjoint(words) or _is_flooded(words))
    is_too_much = is_flood or _is_rubbish(words) or not _OVERLOADED.isdisjoint(words)
    return is_too_much and not _PROMOTIONS.isdisjoint(words)


def _is_flooded(words: Sequence[str]) -> bool:
    """Whether promotions flood the person's own chats: "wa saya banjir promo", "banjir promo di wa"."""
    for place, word in enumerate(words):
        if word == "banjir":
            before = words[place - 1] if place else ""
            after = words[place + 1 : place + 1 + _NEAR]
            if before in _SCREENS or any(at in _AT and thing in _SCREENS for at, thing in pairwise(after)):
                return True
    return False


def _is_rubbish(words: Sequence[str]) -> bool:
    """Whether promotions are called rubbish: "promo sampah", "isinya sampah promo"."""
    for place, word in enumerate(words):
        around = words[max(0, place - 2) : place + 3]
        is_thing = not _BINS.isdisjoint(words[max(0, place - 1) : place])
        if word == "sampah" and not is_thing and not _PROMOTIONS.isdisjoint(around):
            return True
    return False


def _protests(words: Sequence[str]) -> bool:
    is_told = not (_TOLD | _PROMOTIONS).isdisjoint(words)
    often = TOO_OFTEN if _MESSAGED.isdisjoint(words) else TOO_OFTEN | OFTEN
    if not TOO_OFTEN.isdisjoint(words) and not _PROMOTIONS.isdisjoint(words):
        return True
    if is_told and not often.isdisjoint(words) and not _PROTESTING.isdisjoint(words):
        return True
    return is_told and not COMPLAINTS.isdisjoint(words) and not OFTEN.isdisjoint(words)
