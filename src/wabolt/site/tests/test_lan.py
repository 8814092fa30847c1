"""The address for phones in the same network, and its QR code."""

import pytest
import zxingcpp
from PIL import Image

from wabolt.site.lan import WILDCARDS, lan_address, qr_code

LINK = "http://192.168.1.20:8000/setup/?token=0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_server_for_this_machine_has_no_address_in_the_network(host: str) -> None:
    assert lan_address(host) is None


def test_an_address_that_was_chosen_is_that_address() -> None:
    assert lan_address("192.168.1.20") == "192.168.1.20"


@pytest.mark.parametrize("host", WILDCARDS)
def test_a_wildcard_gives_an_address_that_others_reach_or_none(socket_enabled: None, host: str) -> None:
    assert lan_address(host) not in {*WILDCARDS, "127.0.0.1", "::1"}


def test_a_phone_reads_the_link_from_the_terminal() -> None:
    rows = qr_code(LINK).rstrip("\n").split("\n")
    picture = Image.new("L", (max(map(len, rows)), 2 * len(rows)))
    for y, row in enumerate(rows):
        for x, sign in enumerate(row):
            picture.putpixel((x, 2 * y), 255 if sign in "█▀" else 0)
            picture.putpixel((x, 2 * y + 1), 255 if sign in "█▄" else 0)
    scale = 8
    [found] = zxingcpp.read_barcodes(picture.resize((picture.width * scale, picture.height * scale), Image.NEAREST))
    assert found.text == LINK
