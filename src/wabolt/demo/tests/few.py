"""The demo shop in small: the newest buyers of batik with their orders, and few newcomers. It loads in seconds."""

import csv
import io
import lzma
from importlib.resources import files
from pathlib import Path

from wabolt.demo import shop

PEOPLE = 250
NUMBERS = {
    "JOINED_BY_QR": 3, "JOINED_ON_WEBSITE": 3, "COMING": 2, "TOOK_PART": 4, "CLASS_SEATS": 4, "PAST_GUESTS": 6,
    "GUESTS": 5, "CHATS": 7, "SHOWN": 2, "ORDERS_PER_CART": 4, "PHOTOS": shop.PHOTOS[:4],
}  # fmt: skip
"""{name in `wabolt.demo.shop`: value}. Each newcomer takes a whole turn of the lane."""


def write_few(folder: Path) -> None:
    """Writes the data of the small shop into a folder, for `load_demo`."""
    (order_head, *orders), (contact_head, *contacts) = _rows("pesanan", ","), _rows("kontak", ";")
    batik = [row[1] for row in sorted(orders, key=lambda row: row[3], reverse=True) if "batik" in row]
    codes = set(list(dict.fromkeys(batik))[:PEOPLE])
    few = {
        "kontak": (";", [contact_head, *(row for row in contacts if codes & set(row))]),
        "pesanan": (",", [order_head, *(row for row in orders if row[1] in codes)]),
    }
    for name, (delimiter, rows) in few.items():
        text = io.StringIO()
        csv.writer(text, delimiter=delimiter).writerows(rows)
        (folder / f"{name}.csv.xz").write_bytes(lzma.compress(text.getvalue().encode(), preset=0))


def _rows(name: str, delimiter: str) -> list[list[str]]:
    data = files("wabolt.demo").joinpath("data", f"{name}.csv.xz").read_bytes()
    return list(csv.reader(io.StringIO(lzma.decompress(data).decode("utf-8-sig")), delimiter=delimiter))
