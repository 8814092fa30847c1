"""Wishes to get no more promotions in unusual words: promotions are held until a member has looked.

The lines were written before the rules of `rules.hints` and judged without them. Of the first 60 wishes, 29 were held
before and 57 after; of 44 others, 19 and 34. Of 160 harmless lines, 9 were held before and after.
"""

from wabolt.consent import rules
from wabolt.consent.rules import meaning_of
from wabolt.lib.text import normalise_keyword

WORDS = [normalise_keyword(word) for word in rules.STOP_WORDS]
JOINING = [normalise_keyword(word) for word in rules.START_WORDS]

HELD = """
kak nomor saya jangan dipakai buat promosi ya
saya gak pernah daftar, kenapa dikirimi terus
kak bisa gak nomor aku gak usah diikutkan promo
tolong nomor ini dikeluarkan dari broadcast
males banget tiap hari dapet wa dari toko ini
udah ya kak gak usah ngabarin lagi
saya gak tertarik, tolong jangan kontak lagi
ini nomor anak saya, jangan kirim iklan ke sini
maaf saya sudah tidak berminat dengan promonya
mba saya mau unfollow promonya gimana caranya
cara berhenti langganannya gimana ya
gimana caranya biar gak dapet pesan promo lagi
bisa tolong non aktifkan notifikasi promonya
kak skip dulu promonya, saya gak butuh
please remove my number from your list
don't message me again
tolong kak, privasi saya, jangan chat promosi lagi
nomor ini sudah ganti pemilik, mohon tidak dikirimi pesan lagi
salah orang kak, saya bukan pelanggan, stop kirim
saya bukan pelanggan toko ini, tolong jangan dikirimi
hp saya penuh gara2 promo kalian
ganggu orang tidur aja kirim promo jam segini
woi ngapain sih kirim2 mulu
jangan bombardir saya dengan promo
kirim promo lagi saya laporin ke polisi
tak lapor kominfo lho yen ngirim terus
mboten usah ngirimi promo malih nggih mas
wes cukup mas, ora usah ngirim maneh
teu kedah ngirim promo deui kang
enough with the promos
sudahi kirim-kirim pesannya ya
gue ga langganan, cabut nomor gue
tolong data saya dihapus aja
saya ingin keluar dari daftar pelanggan
keluarkan saya dr broadcast
aku mau keluar dari list wa nya kak
saya tidak setuju nomor saya dipakai untuk iklan
saya cabut izin saya
saya tarik persetujuan saya
izin promonya saya batalkan ya kak
mulai besok jangan kirim promo ke saya
cukup sekian promonya kak terima kasih
ga usah repot2 ngirim promo ke aku kak
gk minat kak jgn wa lg
saya gak mau lagi dapat kabar promo
kalau bisa jangan kirim wa promo lagi ya bu
td udah bilang stop kok masih dikirim
udah stop masih aja dikirimin
kan saya udah minta berhenti kak
kemarin sudah unsub kenapa masih masuk promonya
saya blok aja ya nomornya berisik
bapak saya sudah meninggal mohon tidak dikirimi promo lagi
sy sdh tdk tinggal di bandung lg jgn krm promo
kak gausah follow up aku lagi yaa
tolong berhentiin broadcastnya dong capek notif
please stop sending me stuff
jgn ksh info promo lg ya sis
nomernya jangan dimasukin ke promo2an ya
mending hapus nomor aku dari daftar kirimnya
tolong dong jangan tiap hari wa
buset tiap hari iklan mulu
kenapa sih aku dikirimin terus padahal ga pernah beli
aku gamau info promo lagi
matiin aja notif promonya kak
maaf kak saya mau nonaktifkan pesan promonya
kami tidak tertarik dengan penawaran ini
mohon nomor kami dihapus dari database
sorry not interested
kak aku mau cabut langganan
sudah tidak minat lagi
mohon untuk tidak mengirimi saya pesan lagi
ngirim terus ngirim terus bosen liatnya
jangan dichat lagi ya nomor ini
saya tidak izinkan nomor saya dipakai promosi
wes ojo dikirimi promo maneh aku
gak usah ditawarin lagi mbak, makasih
keluar dari grup promo dong
kak tolong ya jangan blast ke nomor saya
udah deh gak usah promosi2 lagi ke saya
nomorku tolong dicoret dari list broadcast
pesan promonya mengganggu kerjaan saya
tolong hargai privasi, tidak usah kirim iklan
saya sudah tidak pakai produknya, jadi gak usah dikabari promonya
bos nomer iki ojo dikirimi iklan
abdi teu hoyong nampi promo deui
min stop promo ke nomor istri saya
kak boleh berhenti ngirim promo gak?
saya bukan target promo kalian, tolong berhenti
jangan sebar promo ke nomor pribadi saya
saya tidak ingin menerima pemberitahuan promosi
capek hapusin chat promo kalian tiap hari
hape saya penuh gara2 promo kalian
banjir promo bikin risih
kesel gara-gara promo ini
wa saya banjir promo tiap hari
chat aku banjir promo terus dari toko ini
inbox saya banjir promo kalian
banjir promo di wa saya tiap pagi
promo sampah semua ini
wa saya isinya sampah promo
promo kalian sampah
""".strip().splitlines()

NOT_READ = """
i don't want these messages
ulah ngirim wa wae atuh teh
mute aja deh ini toko
saya udah pindah rumah, promo dari sini ga kepake, mohon jangan kirim
gausah ngabar2in diskon ya mbak
kindly take my number off your list
udah gak usah kirim katalog lagi
saya mau nomor saya tidak dimasukkan ke daftar promo
saya resah dapat promo tiap pagi
gak perlu info2 lagi ya kak saya sudah tidak jualan
apaan sih promo terus tiap hari
please unlist me
aku off dulu dari promo ya
""".strip().splitlines()
"""Wishes that the rules do not find."""

HARMLESS = """
kak promonya berlaku sampai kapan
mau tanya promo yang kemarin masih ada?
jangan lupa kabarin kalau barangnya datang ya
kak jangan dikirim dulu, alamatnya salah
saya belum dapat kode vouchernya kak
tolong kirim ulang resinya
nomor saya ganti ya kak, ini yang baru
kak paketnya kok belum sampai
barangnya rusak, saya mau retur
jangan pakai plastik ya kak
gak usah dibungkus kado kak
boleh minta katalognya
promo bundlingnya apa aja
kak stoknya masih?
stop kontaknya ready warna putih?
saya mau pesan 2 yang hitam
bisa cod gak kak
gak jadi yang merah, ganti biru aja
batal ya kak pesanan yang tadi
kak tolong batalkan pesanan saya
jangan lama-lama kirimnya ya
dikirim hari ini bisa?
saya lagi di luar kota, kirim minggu depan aja
kak notif pembayarannya belum masuk
sudah transfer ya kak, tolong dicek
data alamatnya saya kirim ulang ya
hapus item yang jaket aja kak
tolong keluarkan tas dari keranjang saya
daftar harganya dong
daftar member gimana caranya
langganan air galon bisa?
saya langganan lama lho kak kasih diskon dong
kak kok gak ada kabar lagi
jangan php ya kak
males keluar rumah kak, bisa antar?
ganggu gak kak kalau nanya malam2
maaf baru balas, tadi sibuk
sudah cukup kak, itu aja pesanannya
cukup 2 aja kak
gak usah banyak2, 1 aja
saya gak butuh yang besar, yang kecil aja
gak minat yang itu, ada yang lain?
kalau yang model ini gak tertarik kak, yang kemarin aja
promo lagi dong kak
kapan ada promo lagi?
kirim promonya lagi dong
infoin kalau ada diskon ya
kabari ya kalau restock
wa saya kalau sudah siap
telepon aja kak, jangan wa
jangan telepon ya kak, wa aja
kirim ke alamat kantor jangan rumah
jangan kirim pakai kurir itu lagi
jangan yang itu kak
blok C nomor 12 kak
lapor kak, barang sudah sampai
makasih kak barangnya bagus
izin tanya ukuran kak
izinnya sudah bpom belum kak
persetujuan desainnya saya kirim ya
saya setuju dengan desainnya
tarik tunai bisa di sini?
cabut gigi berapa ya
cabut label harganya ya kak, buat kado
masih dikirim dari jakarta ya?
masih proses ya kak
udah dikirim belum?
kok masih dikemas kak
kemarin sudah bayar kenapa masih pending
saya mau keluar kota besok
kakak tutup jam berapa
hari ini libur gak
saya bukan reseller kak
saya bukan yang pesan, itu adik saya
ini nomor suami saya, pesanan atas nama saya
nomor ini bisa gopay?
salah kirim kak maaf
salah orang kak maaf, bukan buat kakak
mute dulu ya kak micnya waktu live
follow ig kakak ya
unfollow ig gak apa-apa kan
notifikasi shopeenya gak masuk kak
kuota habis kak balas nanti
hp saya baru, minta kirim ulang katalog
hp saya penuh jadi gak bisa buka foto
capek kak, besok aja saya mampir
bosen warna hitam, ada warna lain?
berisik banget kipasnya kak, bisa tukar?
bajunya gak nyaman dipakai kak
saya gak bisa hari ini, minggu depan ya
gak usah buru2 kak santai aja
tidak perlu dikirim, saya ambil di toko
kak minta nomor rekening
tolong datanya diperbaiki, nama saya salah
promonya gak bisa dipake di toko cabang?
aku gak dapet promo ulang tahun kak
kak kok notif promonya gak masuk ke aku
promo yang kemarin gak jadi aku ambil
gak ada promo kak?
promonya cukup bagus
aku mau daftar promo kak
mau dong dikabarin kalau ada promo
jangan kehabisan ya promonya kak, simpan 1
kalau gak promo berapa harganya
promo ini gak termasuk ongkir ya
minta info promo terbaru
aku gak minat yang promo, yang reguler aja
tolong kirim info promonya
hubungi saya kalau gak ada stok
jangan hubungi nomor lama, yang ini aja
gak usah kirim invoice ke email
tidak perlu dihubungi dulu, nanti saya datang
kenapa belum dikirim terus kak
dikirim terus gagal kak pembayarannya
keluar daftar antrian gimana kak
izin kak mau batalkan pesanan
boleh batalin langganan katering minggu ini?
cabut pesanannya ya kak
kirim foto terus kak aku suka
penuh gak kak kelas promonya
kelas promonya udah penuh ya
kak tolong jangan kasih tau suami saya
mohon tidak dikirim ke alamat kantor
tolong tidak usah pakai bubble wrap
minta tidak dilipat ya kak
kok gak dibales2 kak
kirimin terus ya update koleksinya
sudah gak promo ya kak?
matikan lampunya gimana kak, lampu yang dibeli kemarin
info kak, promo skincare
jangan khawatir kak, saya transfer sekarang
kak kalau promonya habis jangan lupa kabarin yg berikutnya
gak sabar nunggu promo selanjutnya
promo ini tidak bisa digabung voucher ya?
saya tidak tau kalau ada promo
gak dapat notif promo kenapa ya
jangan sampai promonya kelewat kak tolong ingatkan
kok promo buat member lama gak ada
aku gak pernah dapet promo kak
kirimin katalog promo ke nomor mama juga ya
dari daftar harga ini yang promo mana
hapus satu barang dari daftar belanja saya
saya minta nomor kurir
tidak usah kirim foto kak cukup videonya
gak usah hubungi saya sebelum jam 10 ya
jangan kirim ke rumah, saya ambil
kak jangan wa suami saya ya ini kejutan
bosen sama motif lama, promo motif baru dong
tarik ke atas dulu videonya kak
saya izin ambil besok ya
kalau cabut plastiknya gimana kak
wah banjir promo ya kak
gara2 promo kakak aku beli lagi nih
asik banjir promo akhir tahun
jadi laper gara-gara promo kakak
ada promo tempat sampah kak?
kantong sampah yang promo masih ready?
promo plastik sampah isi 50 berapa
tong sampah promo warna apa saja ya
promo alat pilah sampah sampai kapan
tempat sampahnya promo juga kak?
cek wa ya kak lagi banjir promo nih
toko sebelah banjir promo akhir tahun
""".strip().splitlines()

FALSE_ALARMS = """
saya laporkan ke suami dulu ya
berhenti di depan toko ya pak kurirnya
kapan berhenti promo 50%nya
sampai kapan promo berhenti
kak mesinnya berhenti sendiri, garansi?
jangan dihapus ya chatnya
jangan promo yang itu kak, yang 20% aja
gak usah promo gapapa kak, yang penting ready
promonya udahan ya kak
""".strip().splitlines()


def is_held(text: str) -> bool:
    return meaning_of(text, WORDS, JOINING, "Gaya Nusantara") in {"doubt", "stop"}


def test_unusual_wishes_are_held_and_harmless_lines_are_not() -> None:
    assert [text for text in [*HELD, *FALSE_ALARMS] if not is_held(text)] == []
    assert [text for text in [*HARMLESS, *NOT_READ] if is_held(text)] == []
