"""Whether a customer complains: about a fault, a wrong or late delivery, or in anger. Pure."""

import re

from wabolt.autoreply.rules.chat_words import standard_spelling
from wabolt.lib.chat_words import word_set

LONGEST_COMPLAINT = 1000
"""Characters of a message that are read for a complaint."""
CLAUSE_ENDS = re.compile(r"(?<=[,;!?\n])|(?<=[.…])(?=\s)")
"""The places in a text where a clause ends; its punctuation stays with it."""


def _one_of(words: str) -> str:
    """A pattern for one of the words of a list; "_" is a space, "*" any ending."""
    return "(?:" + "|".join(word.replace("_", " ").replace("*", r"\w*") for word in words.split()) + ")"


_ANGER = re.compile(
    r"(?<!tidak )(?<!pernah )(?<!jangan )(?<!anti )\b"
    + _one_of("""
    kecewa* mengecewakan penipu* nipu ditipu tertipu ketipu bohong* pembohong kapok refund komplain buruk jutek judes
    lelet lemot viralin viralkan laporin_polisi lapor_polisi goblok goblog tolol bego anjing anj anj_ng bangsat kampret
    brengsek bajingan asu zonk rugi dirugikan nyesel nyesal menyesal marah niat_jual* bintang_1 bintang_satu woi woy
    abal_abal tidak_becus sepihak
    """)
    + r"\b|(?<!sudah )\blama (?:sekali|amat|nian)\b|\b(?:janji doang|php)\b"
)
"""Anger, accusations and threats. "Ga nyesel beli di sini" praises."""
_FAULTS = re.compile(
    r"(?<!tidak )(?<!belum )\b"
    + _one_of("""
    rusak sobek robek bocor cacat pecah penyok jebol luntur macet copot basi busuk apek bau hilang bolong lecet pudar
    ada_noda kotor kasar ketuker tertukar ketukar jelek
    """)
    + r"\b(?! (?:tidak|apa|belah)\b)"
    + r"|\btidak "
    + _one_of("enak sesuai nyala fungsi berfungsi lengkap rapi puas jelas ramah jujur kayak kaya seperti")
    + r"\b(?! tidak\b)|\btidak dengan (?:kayak|kaya|seperti|persis)\b"  # "ga sama kayak di foto"
    + r"|\b(?:kancing|jahitan|tali|sol|lem|payet) (?:\w+ )?(?:lepas|copot)\b"
)
"""Faults of a thing or of a service. "luntur ga" asks about one."""
_SUPPOSED = word_set("""
kalau takut khawatir mudah gampang cepat anti awet tahan misal misalnya seandainya semisal biar agar apakah jangan
""")
"""Words that make a fault an assumption: "kalau rusak bisa retur"."""
_WRONG = re.compile(
    r"\bsalah (?:kirim )?(?:warna|ukuran|barang|model|motif|produk|alamat)\b"
    r"|\b(?:kurang|cuma) (?:[0-9]+|satu|dua) (?:pcs|biji|potong|barang)\b"
    r"|\b(?:paket|isi|kotak|dus) (?:\w+ )?(?:kosong|basah)\b"
    r"|\bpadahal (?:\w+ )?(?:pesan|beli|bayar|transfer)\b"
    r"|\bbeda (?:dengan|dari|pada) (?:pesanan|foto|gambar|yang)\b"
    r"|\b(?:kembalikan|balikin|balikan|retur) (?:uang|duit)"
    r"|\b(?:uang|duit) (?:saya )?(?:kembali|balik|mana)\b"
    r"|\bpaket (?:\w+ ){0,2}(?:nyasar|kesasar|dicuri)\b"
    r"|\b(?:barang|produk) palsu\b(?! (?:tidak|apa|bukan|atau)\b)"
    r"|\b(?:parah|payah)\b.{0,30}\b(?:pelayanan|respon|admin|toko|kurir)\b"
    r"|\b(?:pelayanan|respon|admin|toko|kurir)\b.{0,30}\b(?:parah|payah)\b"
)
"""A wrong or lost delivery, bad service, and money that shall come back."""
_WAITS = r"\b(?:tunggu|nunggu|menunggu|belum|tidak|balas)\b"
_SINCE = r"\b(?:dari|sejak) (?:tadi|kemarin|pagi|semalam)\b"
_LATE = re.compile(
    r"\b(?:kok|koq|padahal)\b.*\b(?:(?:belum|tidak)(?! ada\b)|lama|beda|salah|kurang|kirim|tutup|begini|gini)\b"
    r"|\bkenapa (?:\w+ ){0,2}(?:belum|lama)\b"
    r"|\b(?:sudah|nunggu|tunggu|menunggu) (?:(?:nunggu|tunggu|menunggu|[0-9]+|dua|tiga|empat|lima|hampir|lebih) ){0,3}"
    r"(?:hari|minggu|bulan|jam|seminggu|sebulan|sehari)\b"
    r"|\bsudah (?:\w+ )?(?:bayar|transfer|pesan|lunas)\b.*\b(?:belum|tidak) \w+"
    r"|\bbelum (?:sampai|datang|kirim|terima|proses|balas|jawab)\b"
    r"|\b(?:capek|cape|bosan|lelah) (?:nunggu|tunggu|menunggu)\b"
    r"|\b(?:resi|paket|pesanan) (?:\w+ )?(?:tidak|belum) (?:update|gerak|bergerak|jalan|berubah)\b"
    rf"|{_SINCE}.*{_WAITS}|{_WAITS}.*{_SINCE}"
)
"""A parcel, an answer or money that is late."""
_REMEDIES = word_set("retur tukar garansi komplain refund ganti")
"""Words of rules that are made for complaints."""


def complains(text: str) -> bool:
    """Whether a customer complains, so that a person has to answer.

    "Kalau rusak bisa retur?" and "luntur ga kak" ask before they buy.
    """
    text = text[:LONGEST_COMPLAINT]
    said = " ".join(standard_spelling(text))
    if any(pattern.search(said) for pattern in (_ANGER, _WRONG, _LATE)):
        return True
    clauses = map(standard_spelling, CLAUSE_ENDS.split(text))
    return any(_FAULTS.search(" ".join(clause)) and _SUPPOSED.isdisjoint(clause) for clause in clauses)


def is_for_complaints(phrase: str) -> bool:
    """Whether the words of a rule name a complaint or its remedy."""
    return complains(phrase) or not _REMEDIES.isdisjoint(standard_spelling(phrase))
