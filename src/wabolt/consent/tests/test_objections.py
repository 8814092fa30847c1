"""Objections in the words of a chat: which messages stop promotions, hold them, or change nothing."""

import time
from collections.abc import Callable

from hypothesis import example, given
from hypothesis import strategies as st
from tests.cases import each

from wabolt.consent import rules
from wabolt.consent.rules import meaning_of
from wabolt.lib.text import collapse_reduplication, normalise_keyword

WORDS = [normalise_keyword(word) for word in rules.STOP_WORDS]
JOINING = [normalise_keyword(word) for word in rules.START_WORDS]

STOPS = """
jangan kirim2 promo lagi ya
mbak tolong jangan kirim2 promo lagi ya, ganggu
tolong jangan kirim-kirim lagi ya
jangan kirim kirim promo dong min
jgn kirim2 iklan lagi mas
JANGAN KIRIM-KIRIM PROMO LAGI!!!
jangan ngirim2 promo lagi sis
jangan mengirim-ngirim promosi lagi
jangan kirimin promo lagi gan
jangan kirim promooo lagiii
jangan kirim apa2 lagi ya kak
jangan pernah kirim promo lagi
jangan wa2 lagi ya
jangan chat2 saya lagi mas
jangan hubungi2 saya lagi
jangan kirimkirim lagi
jangan di kirim promo nya lagi
mbak jangan kirim kirim lagi capek bacanya
jangan tawarin promo lagi
jangan masukin saya ke grup promo lagi
ga usah kirim ginian lagi
gak mau diganggu kak jangan kirim promo lagi
nomor saya tolong dihapus ya
gausah kirim promo
gausah kirim lagi
ga usah kirim lagi
ga usah kirim2 lagi ya min
gak usah kirim promo lagi kak
nggak usah wa lagi ya
ngga usah chat lagi mbak
tdk usah kirim pesan lagi
tidak perlu kirim promo lagi
gaperlu kirim promo2 lagi
gamau dapet promo lagi
ga mau terima promo lagi
gak mau dikirimin promo
saya tidak mau dikirimi iklan lagi
tidak mau terima broadcast lagi pak
ga mau dapat wa promo lagi
ogah dapet promo lagi
ojo kirim promo maneh mas
rasah kirim promo maneh
ulah ngirim promo deui
jangan ganggu
jangan ganggu saya lagi ya
jangan ganggu2 lagi dong
jangan spam2 lagi
stop kirim2 promo
stop kirim-kirim wa
stop ganggu saya
stop promonya kak, ganggu
berhenti kirim2 promo dong
stop2
hapus nomor saya
tolong hapus nomor saya ya min
hapus nomor saya dari daftar promo
apus nomer gw
hapus kontak saya ya kak
keluarkan saya dari grup broadcast
keluarin saya dari list promo kak
udah cukup promonya
sudah cukup promonya ya kak
udah cukup ya promonya, makasih
salah sambung, jangan kirim ke sini lagi
kak jangan kirim ke nomor ini lagi ya
tolong jangan kirim ke nomor yang ini lagi
please don't send promo anymore
do not text me again
no more promos please
biar ga kirim promo lagi
supaya tidak dikirimi promo lagi
tong kirim promo deui
entong ngirim wa deui
remove my number please
""".strip().splitlines()

DOUBTS = """
ganggu
ganggu banget
mengganggu
sangat mengganggu kak
terganggu
saya terganggu ya
ganggu banget sih promonya
maaf ya, promonya ganggu
maaf kak promonya mengganggu
ganggu tidur saya
ini wa toko apa? ganggu
kirim-kirim mulu
chat mulu
saya ga suka dikirimin promo
kurang nyaman sama promonya
bosan ah
kok kirim promo terus sih
bisa ga jangan kirim promo lagi?
capek dapet promo
capek dapet promo terus
cape deh dapet iklan mulu
males
males banget dapet promo
bosen promo mulu
risih dapat wa promo tiap hari
promo mulu
promo terus
tiap hari promo
kebanyakan promo nih
spam
spam mulu
ini spam ya
dasar spam
blokir
saya blokir ya
kalo kirim promo lagi saya blokir
tak blokir lho
nanti aku blokir nomornya
jangan kirim2 ya
jangan chat saya
jangan wa malam-malam ya kak
jangan kirim promo malam2 ya kak
jangan sering-sering kirim promo
jangan kirim promo terus
ga usah promo kak
gak butuh promo kak
cukup promonya
udah cukup promonya, saya sekarang tinggal di luar kota
jangan kirim promo lagi, pesanan saya aja belum sampai
saya sudah jarang belanja, tolong jangan kirim-kirim promo lagi ke nomor saya yang ini karena hp saya penuh
saya sudah pindah kota, jangan kirim promo2 lagi
hapus nomor saya, saya sudah pindah kota
stop dulu dong kak, nanti lagi
kok belum berhenti promo
kok belum berhenti kirim promo juga
kok belum distop
belum stop kirim promo lagi
kok belum unsub juga
kok ga unsub juga
tak unsub ya
tak stop ya kak
jangan stop promo
jangan stop promonya
biar ga usah kirim promo lagi
biar gausah kirim promo lagi
biar ga perlu kirim lagi
supaya tidak perlu kirimi saya promo lagi
agar ndak perlu wa saya lagi
cancel messages
cancel message please
please disable messages
disable messaging
biar ga kirim lagi
biar gak ngirim lagi kak
biar ga wa lagi
agar tidak kirim lagi
Ko Tong kirim info lagi dong
entong kirim info lagi dong
tong kirim promo lagi dong
tong kirim promo
tong ganggu
""".strip().splitlines()

NOTHING = """
jangan kirim ke alamat lama ya
jangan kirim dulu ya kak
jangan dikirim dulu ya
jangan dikirim ya kak
jangan kirim sekarang ya kak, besok aja
jangan kirim yang merah kak
jangan kirim yang ini kak
jangan kirim yang itu lagi ya
jangan kirim barang yang cacat lagi ya
jangan kirim pakai jne ya kak
ga usah dikirim kak, saya ambil sendiri
ga usah dikirim lagi kak, nanti saya ambil
gausah pake promo kak, langsung bayar aja
ga usah pakai plastik kak
gausah buru2 kak
ga mau yang itu kak
gak mau pesan kak
gak jadi pesan kak
gamau yang biru, maunya yang merah
kirim2 foto dong
kirim-kirim katalog dong kak
kirimin foto2nya kak
kirim promo lagi dong kak
kirim promo terus ya kak, suka
kok ga pernah kirim promo lagi kak?
kenapa ga kirim promo lagi?
jangan lupa kirim promo lagi ya kak
jangan lupa kirim2 promo ya
jangan lupa wa saya lagi kalau ada promo
jangan bosan2 kirim promo ya kak
jangan sampai kapok kirim promo kak
jangan-jangan promonya udah habis?
jangan2 paketnya nyasar kak
promo apa lagi kak?
promonya masih ada?
promonya sampai kapan kak
promo2nya apa aja kak
ada promo?
promonya cukup menarik kak
cukup kak itu aja
udah cukup ya kak
uangnya cukup kak
udah cukup kak, total berapa
maaf ganggu kak, mau tanya harga
maaf mengganggu kak
maaf ganggu kak
sori ganggu malam2 kak
permisi ganggu kak, promo masih ada?
izin ganggu ya kak
maaf ya kak ganggu waktunya, mau nanya
maaf spam kak
ga mau ganggu kak
takut ganggu kak
sinyal lagi terganggu kak
ga suka warnanya kak
ga suka kak
jangan diblokir ya kak
jangan blokir saya kak
jangan ketinggalan promo ya
ga mau kelewatan promo lagi
gausah kirim nota kak
jangan kirim foto lagi kak, sudah jelas
ngga usah kak makasih
ga usah deh
jangan dong kak
ga ganggu kok kak
wa aja kak biar ga ganggu
biar ga kirim dua kali kak
agar tidak dikirim dua kali
tong promo apa aja
tong, kirim katalog dong
ga berhenti hujannya kak
hujan terus tanpa berhenti
tidak mengganggu kak, santai
gak bosen belanja di sini kak
capek kerja kak, baru sempet bales
capek nunggu paket kak
males keluar rumah kak, kirim aja
males ribet kak, ada promo apa?
stop kontak ada?
stopkontak ada kak?
halte bus stop mana kak
atm saya keblokir kak, transfer besok ya
rekeningnya diblokir kak?
alamat saya blok c no 5
perumahan griya blok B2 nomor 7 kak
email kakak masuk spam
hapus aja yang merah kak
hapus pesanan saya kak
nomor saya ganti, hapus nomor lama ya kak
nomor saya ganti kak
salah nomor kak
mau dong promonya
mau kirim2 hadiah ke teman bisa?
kirim ke nomor ini ya
hati2 di jalan kak
sama2 kak
oke kak makasih
kak mau pesan 2 lagi
keluar promo baru kapan kak?
bisa dikirim hari ini kak?
kirimnya besok aja ya mas
wa saya kalau sudah sampai ya
info harga dong min
""".strip().splitlines()

TABLE = [
    *((text, "stop") for text in STOPS),
    *((text, "doubt") for text in DOUBTS),
    *((text, None) for text in NOTHING),
]


def test_lines_of_a_shop_chat() -> None:
    found = [(text, meaning_of(text, WORDS, JOINING, "Gaya Nusantara")) for text, _meaning in TABLE]
    assert found == TABLE


@each("text", ["gausah kirim2 promo lagi", "jangan kirim-kirim promo lagi", "hapus nomor saya"])
def test_an_objection_stops_in_a_shop_with_other_words(text: str) -> None:
    assert meaning_of(text, ["cukup"], ["ikut"]) == "stop"


PARTICLES = ["mbak", "mas", "min", "kak", "dong", "ya", "sis", "gan", "tolong", "maaf", "makasih", "yaa", "lah", "pak"]
SIGNS = ["", "!", "...", " 🙏", ",", "\n"]
particles = st.lists(st.sampled_from(PARTICLES), max_size=5)


@given(
    st.sampled_from([*STOPS, *rules.STOP_WORDS]),
    particles,
    particles,
    st.sampled_from(SIGNS),
    st.sampled_from([str.upper, str.lower, str.title]),
)
@example("nomor saya tolong dihapus ya", ["mbak", "mas", "mbak"], ["mbak", "mas", "mbak", "mas", "mbak"], "", str.upper)
def test_a_stop_among_particles_stays_a_stop(
    stop: str, before: list[str], after: list[str], sign: str, case: Callable[[str], str]
) -> None:
    text = case(f"{sign} ".join([*before, stop, *after]) + sign)
    assert meaning_of(text, WORDS, JOINING, "Gaya Nusantara") == "stop"


def test_a_doubt_before_particles_is_never_ignored() -> None:
    """Each doubt before five particles, each of which comes at each place."""
    ring = PARTICLES + PARTICLES
    after = [ring[first : first + 5] for first in range(len(PARTICLES))]
    texts = [" ".join([doubt, *words]) for doubt in DOUBTS for words in after]
    assert [text for text in texts if meaning_of(text, WORDS, JOINING, "Gaya Nusantara") is None] == []


@each("word", [*rules.START_WORDS, "MAU PROMO LAGI", "IKUT PROMO", "INFO PROMO"])
def test_join_words_are_no_objections(word: str) -> None:
    assert meaning_of(word, WORDS, ()) is None


def _reduplicated(word: str) -> list[str]:
    return [f"{word}2", f"{word}-{word}", f"{word} {word}", f"{word}²"]


@given(st.sampled_from(["kirim", "promo", "ganggu", "chat", "iklan"]), st.data())
def test_reduplication_changes_no_word(word: str, data: st.DataObject) -> None:
    written = data.draw(st.sampled_from(_reduplicated(word)))
    assert collapse_reduplication(normalise_keyword(f"tolong {written} ya")) == f"tolong {word} ya"


@each(
    ("text", "once"),
    [("kirim2an", "kiriman"), ("kirim kirimin", "kirimin"), ("mengirim ngirim", "mengirim"), ("stop stop stop", "stop"),
     ("ukuran l2", "ukuran l2"), ("rumah no 22", "rumah no 22"), ("ani ana", "ani ana"), ("", "")],
)  # fmt: skip
def test_reduplicated_words_are_read_once(text: str, once: str) -> None:
    assert collapse_reduplication(text) == once


@given(st.text())
def test_collapsing_keeps_a_normalised_text_normalised(text: str) -> None:
    once = collapse_reduplication(normalise_keyword(text))
    assert once == " ".join(once.split())


@each("part", ["a", "ab", "ab ", "jangan kirim ", "kirim2 ", "ga usah ", "aab", "kirim promo lagi "])
def test_longest_message_is_read_quickly(part: str) -> None:
    text = (part * 65_536)[:65_536]
    began = time.process_time()
    meaning_of(text, WORDS, JOINING, "Gaya Nusantara")
    assert time.process_time() - began < 3
