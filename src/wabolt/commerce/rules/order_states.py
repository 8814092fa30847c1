"""Reads the status of an order from the words of shops, marketplaces and tills. Pure."""

import re
from functools import lru_cache
from typing import Literal

from wabolt.lib.text import fold

OrderState = Literal["completed", "cancelled", "unpaid"]

_PAYMENT = r"(?:pembayaran|bayar|byr|lunas|transfer|tf|trf)(?:kan|an)?(?:nya)?"
_UNPAID = re.compile(
    rf"\b(?:belum|belom|blum|blm) (?:ada |melakukan )?(?:di ?|ter)?{_PAYMENT}\b"
    rf"|\bmenunggu (?:di|pe)?{_PAYMENT}\b"
    r"|\bunpaid\b|\bnot (?:yet )?paid\b|\bpending payment\b"
    r"|\bpayment pending\b|\b(?:awaiting|waiting for) payment\b|\bon hold\b|\bauthorized\b|\bdraft?\b"
)
_ENDING = (
    r"(?:(?:di|pem|mem)?batal\w*|(?!not|non|un|partial)\w*cancel\w*|(?:di)?refund\w*|(?:di)?retur\w*|pengembalian|(?:di)?kembalikan|void(?:ed)?"
    r"|gagal|fail(?:ed|ure)?|k[ae]daluw?arsa|expired?|hangus|(?:di)?tolak|reject(?:ed)?|trash)"
)
_CANCELLED = re.compile(rf"\b{_ENDING}\b|\b(?:tidak|tdk|gak|ga) jadi\b")
# Parts of a status that cancel nothing, or not the whole order. They are removed before a cancellation is searched.
_HARMLESS = (
    # Shopee: "Pesanan diterima, namun Pembeli masih dapat mengajukan pengembalian hingga 2026-11-05".
    re.compile(
        rf"\b(?:mengajukan|ajukan|meminta|minta|melakukan|request|ask for|apply for) (?:an? )?{_ENDING}\b"
        r"(?: (?:dana|barang)(?: (?:,|atau|dan) (?:dana|barang))?)?"
        r"(?= (?:hingga|sampai|sebelum|until|before|by)\b)"
    ),
    re.compile(r"\breturn (?:window|period|policy)\b"),
    # A request that was refused or withdrawn.
    re.compile(
        r"\b(?:pembatalan|pengembalian|cancell?ation|refund|retur|return)(?: (?:dana|barang|request))?"
        r" (?:ditolak|dibatalkan|rejected|declined|denied|withdrawn)\b"
    ),
    re.compile(rf"\b(?:tidak|tdk|tak|bukan|belum|not|no|never|(?:tidak|tdk|gak|ga) jadi) {_ENDING}\b"),
    # Shopify: "partially_refunded".
    re.compile(
        rf"\b(?:partial(?:ly)?|sebagian) {_ENDING}\b|\b{_ENDING}(?: dana| barang)? (?:sebagian|partial(?:ly)?)\b"
    ),
)


@lru_cache(maxsize=4096)
def order_state(text: str) -> OrderState:
    """Returns what the status of an order means: "unpaid" for an order that is not paid yet, "cancelled" for one
    that was cancelled or returned as a whole, otherwise "completed".

    A refund of a part, a refused request and a right of return that may still be used leave an order completed.
    """
    words = _words(text)
    if words == "pending" or _UNPAID.search(words):
        return "unpaid"
    for harmless in _HARMLESS:
        words = harmless.sub(" , ", words)
    return "cancelled" if _CANCELLED.search(words) else "completed"


def _words(text: str) -> str:
    """Returns the words with one space between them, and a comma in place of other signs: no phrase crosses it."""
    joined = re.sub(r"(?<=\w)[_-](?=\w)", " ", fold(text).removeprefix("wc-"))
    return " ".join(re.sub(r"[^\w ]+", " , ", joined).split())
