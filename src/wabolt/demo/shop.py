"""Content of the shop "Gaya Nusantara".

The shop is invented, as the README says. The purchases in `data/` are those of real customers of another shop, and only
the simulator can reach the phone numbers.
"""

from typing import Any

OWNER_NAME = "Ibu Sari"
OWNER_EMAIL = "sari@gayanusantara.example"
SHOP_NAME = "Gaya Nusantara"
SHOP_URL = "https://gayanusantara.example"
STATEMENT = "Kolom “Setuju Promo?” di formulir kasir, website dan acara Gaya Nusantara, diisi pelanggan sendiri"
JOIN_WORD = "JOIN GAYA NUSANTARA"

SEGMENTS = (
    ("Pelanggan Baru", "Yang baru bergabung sebulan terakhir", "created within 30 days and orders <= 1"),
    ("Pelanggan Reguler", "Yang sudah berbelanja minimal 2 kali", "orders >= 2"),
    (
        "Peminat Batik",
        "Yang belanja batik belakangan ini, atau membuka tautan koleksinya",
        'bought category "batik" within 120 days or clicked broadcast "Koleksi Batik Terbaru"',
    ),
    ("Peminat Tenun", "Yang pernah belanja tenun setahun terakhir", 'bought category "tenun" within 365 days'),
    ("Pengunjung Website", "Yang datang dari website tapi belum membeli", 'source = "website" and orders = 0'),
)
BATIK = """Halo Kak {{ contact.first_name | default: "Kak" }} 👋

Koleksi *Batik Mega Mendung* terbaru sudah hadir di Gaya Nusantara. Batik tulis dari Cirebon, stoknya terbatas ya.

Lihat koleksinya: {{ shop_url }}/batik-terbaru
Voucher khusus Kakak: *{{ voucher.code }}* (diskon {{ voucher.percent }}%, sampai {{ voucher.until }})"""
TENUN = """Kak {{ contact.first_name | default: "pelanggan setia" }}, ada *flash sale tenun* khusus pelanggan reguler 🧡

Tenun Ikat Sumba dan Rok Tenun Troso, hanya sampai Minggu.
{{ shop_url }}/flash-sale-tenun

Kode Kakak: *{{ voucher.code }}* (hemat {{ voucher.percent }}%)"""
BATIK, TENUN = (text.replace("{{ shop_url }}", SHOP_URL) for text in (BATIK, TENUN))

NEWCOMERS = (
    "Ayu Pramesti", "Bagas Wicaksono", "Citra Maharani", "Dimas Prakoso", "Eka Wulandari", "Fitri Handayani",
    "Galih Saputra", "Hana Permata", "Intan Puspita", "Joko Susilo", "Kirana Dewi", "Laras Anjani",
    "Made Suryani", "Nadia Rahma", "Okta Firmansyah", "Putri Ayuningtyas", "Rani Kusumawati", "Sinta Melati",
    "Tegar Ramadhan", "Vina Oktaviani",
)  # fmt: skip
TILL = {
    "name": "QR kasir dan kemasan",
    "greeting": JOIN_WORD,
    "incentive": "Kabar koleksi baru dan harga khusus pelanggan",
    "headline": "Gabung pelanggan Gaya Nusantara",
    "tags": ["Dari toko"],
}
PLACES = (("Dago", "till", "Rina"), ("Dago", "till", "Sari"), ("Setiabudi", "till", "Dimas"), ("", "sticker", ""))
"""Places of the QR code: branch, medium, member of staff."""
LINK = {
    "name": "Link bio Instagram",
    "greeting": "Halo Gaya Nusantara, saya mau akses koleksi eksklusif.",
    "incentive": "Lihat koleksi baru sehari lebih dulu",
    "headline": "Akses eksklusif koleksi baru",
    "tags": ["Instagram"],
}
FORM = {
    # The welcome journey gives the voucher.
    "name": "Formulir website",
    "headline": "Diskon 10% untuk pelanggan baru",
    "incentive": "Diskon 10% untuk belanja pertama",
    "description": "Isi nama dan kota, lalu kirim satu pesan WhatsApp. Vouchernya langsung dikirim ke chat Kakak.",
    "tags": ["Website"],
}
JOINED_BY_QR = 60
JOINED_ON_WEBSITE = 40
COMING = 12
"""Simulated customers who come to each way in during the first hours, while a visitor looks at the shop."""
CITIES = ("Jakarta", "Bandung", "Surabaya", "Yogyakarta", "Semarang", "Medan", "Makassar", "Denpasar")

ORDERS_PER_CART = 40
"""One in so many orders of the data came out of a cart of the web shop."""
CART_GOODS = (
    ("BTK-02", "Dress Batik Mega Mendung", 289_000),
    ("BTK-01", "Kemeja Batik Parang", 245_000),
    ("TNN-01", "Tenun Ikat Sumba", 425_000),
    ("AKS-01", "Tas Rotan", 165_000),
)
"""Goods in the carts that were left: SKU, name, price."""

BIRTHDAY: dict[str, Any] = {
    "name": "Ultah Gaya Nusantara ke-7",
    "word": "ULTAH7",
    "prize": "Diskon 15% untuk semua yang ikut merayakan",
    "reward_text": "Terima kasih sudah ikut merayakan ultah kami, Kak! 🎂",
    "reward_percent": 15,
    "reward_days": 21,
    "stock": 100,
}
CONTEST: dict[str, Any] = {
    "name": "Lomba foto batik",
    "word": "LOMBABATIK",
    "prize": "Kain batik tulis untuk 3 foto terbaik",
    "criteria": "Foto batik kesayangan yang paling bercerita",
    "rules": "Foto milik sendiri. Kain dikirim ke rumah, ongkirnya kami tanggung.",
    "reward_text": "Selamat, Kak! Foto Kakak termasuk tiga terbaik 🎉 Kirim alamatnya, ya, kainnya kami kirim.",
    "places": 3,
}
TOOK_PART, SHOWN = 24, 5
"""People in the birthday giveaway, and photos of the contest that are there already."""
PHOTOS = (
    ((59, 36, 23), (224, 187, 126), "Kain peninggalan nenek, dipakai tiap lebaran"),
    ((23, 42, 86), (240, 240, 232), "Batik pertama yang saya beli pakai gaji sendiri"),
    ((92, 22, 32), (244, 210, 160), "Dipakai bapak waktu wisuda saya"),
    ((20, 74, 58), (226, 240, 205), "Seragam ibu-ibu RT, kompak terus!"),
    ((70, 52, 92), (250, 226, 240), "Hadiah ulang tahun dari suami"),
    ((38, 38, 38), (235, 196, 90), "Motif kawung dari Yogya, adem dipakai kerja"),
    ((110, 60, 20), (255, 236, 200), "Anak saya yang pilih warnanya"),
    ((16, 84, 104), (230, 246, 250), "Batik buat lamaran adik"),
)
"""Photos: the colours of cloth and pattern, and the text."""
POINTS = (9, 7, 8, 6, 8)
CLASS: dict[str, Any] = {
    "description": "Belajar mencanting dari nol bersama perajin Cirebon. Kain, canting dan celemek kami siapkan;"
    " hasilnya boleh dibawa pulang.",
    "tags": ["Kelas batik"],
}
CLASS_TITLE = "Kelas Membatik untuk Pemula"
CLASS_PLACE = "Gaya Nusantara Dago, Jl. Ir. H. Juanda 112, Bandung"
CLASS_SEATS = 16
APRONS = ("S", "M", "L", "XL")
PAST_GUESTS, GUESTS = 18, 19
"""People who registered for the class of last week, and for the next one, which is full."""

NEWS = {
    "useful1": "Tips buat Kak {{ contact.first_name | default: 'pelanggan setia' }}: simpan batik digulung, jangan"
    " dilipat. Beri merica dalam kain kasa, ngengat pun pergi.",
    "useful2": "Tahukah Kakak? Motif parang dulu hanya dipakai keluarga keraton. Garis miringnya seperti ombak yang tak"
    " pernah berhenti.",
    "useful3": "Di balik layar: satu kain tulis dikerjakan Bu Warsih di Cirebon selama tiga minggu, titik demi titik.",
    "useful4": "Banyak yang tanya: bolehkah tenun dicuci mesin? Sebaiknya tidak, Kak. Rendam 10 menit di air dingin,"
    " jangan diperas.",
    "offer": "Khusus pembaca kabar Kamis: gratis ongkir untuk semua tenun sampai hari Minggu, Kak"
    " {{ contact.first_name | default: 'pelanggan setia' }}.",
}
"""Answers to the recipe of the newsletter."""
AWAY = "Makasih sudah chat, Kak 🙏 Toko buka lagi jam 08.00. Besok pagi kami balas satu per satu ya."
INFO = "Halo Kak {{ contact.first_name }}! Mau tahu apa hari ini? Balas angkanya saja ya."
RULES = (
    (
        "Katalog", "katalog, koleksi, model terbaru, foto",
        f"Ini koleksi terbaru kami, Kak: {SHOP_URL}/koleksi\n||\nBoleh lihat-lihat di sini ya Kak: {SHOP_URL}/koleksi",
    ),
    (
        "Harga", "harga, price list, berapaan",
        "Kemeja batik mulai Rp245.000, dress batik Rp289.000, tenun mulai Rp425.000. Mau kami carikan yang mana, Kak?",
    ),
    (
        "Jam buka dan alamat", "jam buka, buka, tutup, alamat, lokasi",
        "Kami buka setiap hari 08.00–20.00 di Jl. Dago 45, Bandung. Ditunggu ya Kak!",
    ),
    (
        "Ongkir dan pembayaran", "ongkir, kirim, ekspedisi, cod, transfer, bayar",
        "Kirim ke mana, Kak? Ongkir Bandung Rp10.000, luar kota mulai Rp18.000. Bayar bisa transfer atau COD.",
    ),
    (
        "Cara pesan", "cara pesan, order, mau beli",
        "Gampang Kak: tulis nama barang, ukuran, dan alamatnya di sini. Kami siapkan ya.",
    ),
)  # fmt: skip
"""(name, words, answers that take turns) of the rules."""
MENU = ("Katalog", "Ongkir dan pembayaran", "Jam buka dan alamat")
CLUB = "Klub ulang tahun"
CLUB_INTRO = "Hai Kak {{ contact.first_name }}! Cukup tiga pertanyaan, nanti ada hadiah di hari ulang tahun Kakak."
CLUB_QUESTIONS = (
    ("birth_date", "Kapan ulang tahun Kakak? Contohnya 17 Agustus 1995", False),
    ("city", "Kakak tinggal di kota mana?", False),
    ("gender", "Kakak perempuan atau laki-laki?", True),
)
CLUB_THANKS = "Makasih Kak! Ulang tahunnya sudah kami ingat 🎂"
CHATS = 64
"""Conversations of six weeks with auto-replies."""
CHAT_LINES = (
    ("INFO", "1"), ("hrg brp kak?", "makasih kak"), ("ULTAH", "17 agustus 95", "bdg", "cewek"),
    ("ongkir ke garut brapa ya",), ("INFO", "2", "makasih"), ("jam buka hari minggu kak?",),
    ("bisa bungkus kado gak kak",),
    ("katalognya dong min", "ada yang xl?"), ("ultah", "3 mei 2001", "jkt", "lewati"), ("harga tenun brp kak",),
    ("bisa cod gak?",), ("INFO", "3"), ("ada ukuran anak gak kak?",), ("admin",), ("katalok kak",),
    ("ULTAH", "hmm kapan ya", "12 desember 1988", "Surabaya", "cowok"), ("dimana lokasinya",),
    ("bisa jahit ukuran sendiri?",),
    ("cara pesennya gimana",), ("klub ulang tahun", "21 juni", "jogja", "perempuan"), ("kirim ke luar jawa bisa?",),
)  # fmt: skip
"""The lines of a customer in each conversation, in turn."""
