"""Real chat lines: which rule of a clothes shop answers."""

from pathlib import Path

import pytest

from wabolt.autoreply.rules.matching import Phrase, index_phrases, matches

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
    Phrase(number, text, order=number)
    for number, words in enumerate(RULES.values())
    for text in words.split(", ")
)
LINES = [
    tuple(line.split(" => "))
    for line in (Path(__file__).parent / "chat_lines.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def answering(text: str) -> str:
    found = matches(text, INDEX)
    return list(RULES)[found[0].phrase.rule] if found else "-"


def test_there_are_enough_lines() -> None:
    assert len(LINES) >= 300


@pytest.mark.parametrize(("text", "rule"), LINES)
def test_line_is_answered_by(text: str, rule: str) -> None:
    assert answering(text) == rule
