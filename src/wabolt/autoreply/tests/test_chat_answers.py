"""Answers to chat forms as customers of four cities type and dictate them. The values were written before the reader
was run on any of them."""

import pytest
from tests.cases import each

from wabolt.autoreply.rules.asking import Question, cancels
from wabolt.autoreply.tests.test_asking import COLOURS, SIZES, ask

BIRTHDAYS = {
    "tgl 17 bln 8 thn 95": "1995-08-17",
    "tanggal 17 bulan 8 tahun 1995": "1995-08-17",
    "tgl 17 bulan 8": "1604-08-17",
    "17/8": "1604-08-17",
    "17/8/95": "1995-08-17",
    "17-8-1995": "1995-08-17",
    "17.08.95": "1995-08-17",
    "170895": "1995-08-17",
    "17081995": "1995-08-17",
    "17 8 95": "1995-08-17",
    "17 Agst '95 kak": "1995-08-17",
    "17ags95": "1995-08-17",
    "ultah ku tgl 5 mei": "1604-05-05",
    "ultahku 5 mei yaa": "1604-05-05",
    "gue lahir 5 mei 1990 bro": "1990-05-05",
    "aku lahir di bandung 5 mei 1990": "1990-05-05",
    "5 mei 1990 di medan": "1990-05-05",
    "Surabaya, 5 Mei 1990": "1990-05-05",
    "5 MEI 1990 🎂🎂": "1990-05-05",
    "lima mei": "not_a_date",
    "umur 29": "not_a_date",
    "29 tahun": "not_a_date",
    "umur 29 anak 2": "not_a_date",
    "40115": "not_a_date",
    "jam 8.30": "not_a_date",
    "8.30": "not_a_date",
    "10.30": "not_a_date",
    "17.8": "1604-08-17",
    "17 8": "1604-08-17",
    "8/30": "1604-08-30",
    "17 agustus atau 18 agustus": "not_a_date",
    "tahun 95": "not_a_date",
    "agustus": "not_a_date",
    "rahasia dong kak wkwk": "not_a_date",
}
"""Answers to a birthday. The year 1604 means that no year was given."""
DAYS = {
    "17/12": "2026-12-17",
    "tgl 12 desember": "2026-12-12",
    "1 januari": "2027-01-01",
    "29 februari": "2028-02-29",
    "besok sore": "2026-11-30",
    "besok jam 4 sore ya kak": "2026-11-30",
    "bsk pagi jam 10.30": "2026-11-30",
    "nanti malam": "2026-11-29",
    "sore ini": "2026-11-29",
    "lusa siang": "2026-12-01",
    "sabtu pagi": "2026-12-05",
    "malam minggu": "not_a_date",
    "minggu depan": "not_a_date",
    "jam 4 aja": "not_a_date",
    "kapan aja bisa": "not_a_date",
    "80211": "not_a_date",
    "10.30": "not_a_date",
    "8.15 ya": "not_a_date",
    "12.15": "not_a_date",
    "12 25": "not_a_date",
    "tgl 12.15": "not_a_date",
    "17.12": "2026-12-17",
    "8.05": "not_a_date",
    "8.10 kak": "not_a_date",
    "08:05": "not_a_date",
    "tgl 8.05": "2027-05-08",
    "8/05": "2027-05-08",
    "25.10": "2027-10-25",
    "8.05.2027": "2027-05-08",
    "17 12": "2026-12-17",
    "12/25": "2026-12-25",
    "12-25": "2026-12-25",
    "desember 12": "2026-12-12",
}
"""Answers to a day. Today is Sunday, 29 November 2026."""
CITIES = {
    "sby kak": "Surabaya",
    "mdn bang": "Medan",
    "aku di surabaya cak": "Surabaya",
    "gue tinggal di jkt": "Jakarta",
    "BANDUNG": "Bandung",
    "dari medan lah bang": "Medan",
    "surabya": "Surabaya",
    "ga di mana mana": "not_a_city",
    "2": "not_a_city",
}
GENDERS = {
    "cewe": "female",
    "Cewek tulen wkwk": "female",
    "gue cowo bro": "male",
    "laki2": "male",
    "perempuan kak 🙋‍♀️": "female",
    "wanita dong": "female",
    "cewek mas": "female",
    "bukan cowok": "not_a_gender",
    "cwe apa cwo hayo": "not_a_gender",
    "kepo deh": "not_a_gender",
}
CHOICES = {
    "ukuran L kalau ada": "L",
    "yang kedua": "M",
    "yg kedua dong kak": "M",
    "no.2": "M",
    "2️⃣": "M",
    "dua aja": "M",
    "opsi 3 bang": "L",
    "xl deh kak biar longgar": "XL",
    "aku biasanya L sih": "L",
    "bukan L tapi M": "M",
    "gak jadi L, M aja": "M",
    "jangan yang L": "not_a_choice",
    "2 atau 3": "not_a_choice",
    "L / XL": "not_a_choice",
    "yang paling gede": "not_a_choice",
    "terserah kakak": "not_a_choice",
    "ga ada yang muat": "not_a_choice",
}
NUMBERS = {
    "umur 29": 29,
    "29 th": 29,
    "29thn": 29,
    "2org": 2,
    "60kg": 60,
    "165 cm kak": 165,
    "3an": 3,
    "ber3": 3,
    "ber-4": 4,
    "kira2 5 orang": 5,
    "150k": 150_000,
    "50rban aja kak": 50_000,
    "20ribuan": 20_000,
    "50 ribuan": 50_000,
    "150kan": 150_000,
    "2jutaan": 2_000_000,
    "1,5jutaan": 1_500_000,
    "25rebu": 25_000,
    "25 rebu": 25_000,
    "50rb-an": 50_000,
    "2 kan kak": 2,
    "20 kamar": 20,
    "2rumah": 2,
    "2rbu": "not_a_number",
    "50 rbu": "not_a_number",
    "50ribuu": "not_a_number",
    "50 ribuuu": "not_a_number",
    "2jtn": "not_a_number",
    "dua ribuan": "not_a_number",
    "dua rebu": "not_a_number",
    "lima": 5,
    "2-3 orang": "not_a_number",
    "2 atau 3": "not_a_number",
    "belum tau": "not_a_number",
    "sama suami": "not_a_number",
}
YES_NO = {
    "ga usah": False,
    "gausah kak": False,
    "gak jadi": False,
    "gak bisa kak maaf": False,
    "absen dulu ya": False,
    "skip": False,
    "gas": True,
    "gaskeun kak": True,
    "siap": True,
    "iyaaa": True,
    "OKE KAK": True,
    "boleh ga kak?": "not_yes_or_no",
    "bisa ga ya": "not_yes_or_no",
    "kayaknya": "not_yes_or_no",
    "lihat nanti": "not_yes_or_no",
}
NAMES = {
    "nama gue Doni bro": "Doni",
    "nama lengkap: siti nurhaliza": "Siti Nurhaliza",
    "panggil aja mbak Rina": "Rina",
    "RINA": "Rina",
    "saya Ayu, kak": "Ayu",
    "Uda Rahman": "Uda Rahman",
    "G. Kartika": "G. Kartika",
    "Putri G": "Putri G",
    "I G. Ngurah Rai": "I G. Ngurah Rai",
    "Siti Nda": "Siti Nda",
    "dr. Andi Sp.A": "dr. Andi Sp.A",
    "g mau": "empty",
    "nda tau": "empty",
    "uda": "empty",
    "nda kak": "empty",
    "udah tau kan": "empty",
    "gaaak mau": "empty",
    "gamau ah": "empty",
    "ora gelem": "empty",
    "gak mau kasih tau": "empty",
    "kenapa emangnya": "empty",
    "rahasia": "empty",
    "ini siapa": "empty",
}
TABLES = {
    "birthday": BIRTHDAYS, "date": DAYS, "city": CITIES, "gender": GENDERS, "choice": CHOICES, "number": NUMBERS,
    "yes_no": YES_NO, "name": NAMES,
}  # fmt: skip
LINES = [(kind, text, value) for kind, table in TABLES.items() for text, value in table.items()]


@each(("kind", "text", "value"), LINES)
def test_an_answer(kind: str, text: str, value: object) -> None:
    assert ask(kind, text, choices=SIZES if kind == "choice" else ()) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("merah, jangan yang hijau", "not_a_choice"), ("merah sama yang keempat", "Merah, Hitam")],
)
def test_several_choices(text: str, value: str) -> None:
    assert ask("choice", text, choices=COLOURS, several=True) == value


@each(("text", "ends"), [("gak usah", False), ("gausah deh kak", False), ("gak jadi", False),
                                            ("batal", True), ("BATAL aja", True), ("cancel", True)])  # fmt: skip
def test_no_is_an_answer_to_a_question_with_yes_or_no(text: str, ends: bool) -> None:
    """ "Mau dibungkus kado, Kak?" "Gak usah." """
    assert cancels(text, Question("q", "", "yes_no", "?")) == ends


@pytest.mark.parametrize(("text", "skips"), [("gak usah", True), ("gak jadi", False)])
def test_an_optional_question_is_skipped_and_not_cancelled(text: str, skips: bool) -> None:
    question = Question("q", "", "text", "?", optional=True)
    assert cancels(text, question) != skips
    assert cancels(text, Question("q", "", "text", "?")), "a question that must be answered ends"
    assert (ask("text", text, optional=True) is None) == skips
