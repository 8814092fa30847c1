"""Real chat lines: which rule of a clothes shop answers."""

from pathlib import Path

import pytest

from wabolt.autoreply.rules.complaining import complains
from wabolt.autoreply.rules.matching import Phrase, index_phrases
from wabolt.autoreply.rules.telling import asked

RULES = {
    "price": "harga, price list, berapa",
    "delivery": "ongkir, ongkos kirim, biaya kirim, kirim ke, kirim, ekspedisi, gratis ongkir",
    "hours": "jam buka, buka jam, jam operasional, buka, tutup, tutup jam, jam berapa tutup, jam berapa buka",
    "address": "alamat, lokasi, toko di mana, share loc, cabang, di mana toko",
    "promo": "promo, diskon, voucher",
    "order": "cara order, mau order, order, cara beli, mau beli, beli",
    "catalogue": "katalog, kirim katalog",
    "stock": "ready, stok, masih ada",
    "size": "ukuran, size",
    "return": "retur, tukar, rusak, kembaliin",
    "tracking": "resi, paket belum sampai, paket saya sampai mana, paketku",
    "payment": "cod, bayar, cara bayar, transfer, rekening, qris, sudah transfer, bukti transfer",
    "reseller": "reseller, dropship",
    "hello": "halo, hai, permisi, p, ping, assalamualaikum, selamat pagi, pagi, siang, sore, malam",
    "info": "info",
}
INDEX = index_phrases(
    Phrase(number, text, order=number) for number, words in enumerate(RULES.values()) for text in words.split(", ")
)
LINES = [
    tuple(line.split(" => "))
    for line in (Path(__file__).parent / "chat_lines.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def answering(text: str) -> str:
    found = asked(text, INDEX, is_complaint=complains(text))
    return list(RULES)[found[0].phrase.rule] if found else "-"


def test_there_are_enough_lines() -> None:
    assert len(LINES) >= 300


def test_line_is_answered_by() -> None:
    found = [(text, answering(text), rule) for text, rule in LINES]
    assert [one for one in found if one[1] != one[2]] == []


@pytest.mark.parametrize(
    "text",
    [
        "barangnya sobek kak", "jahitannya lepas kak", "tidak sesuai foto", "salah kirim warna", "paket isinya kosong",
        "beda sama foto", "kok belum dikirim", "sudah bayar tapi belum diproses", "sudah nunggu 3 hari",
        "nunggu dari tadi", "capek nunggu", "penipu", "kecewa banget", "udh lama bgt ga dibales, kapok",
    ],
)  # fmt: skip
def test_a_complaint(text: str) -> None:
    assert complains(text)


@pytest.mark.parametrize(
    "text",
    [
        "kalau rusak bisa retur?", "luntur ga kak", "anti luntur ga", "takut sobek kak", "belum rusak sih",
        "ga nyesel beli di sini", "bahannya ga kasar kan", "belum bayar kak, rekeningnya berapa", "cek resi dong",
        "udah lama ga belanja, ada promo apa kak", "kapan dikirim kak?", "kak paketnya udah dikirim belum?",
    ],
)  # fmt: skip
def test_no_complaint(text: str) -> None:
    assert not complains(text)
