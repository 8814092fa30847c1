"""The address for phones in the same network, and its QR code."""

import pytest
import zxingcpp
from PIL import Image

from wabolt.site.lan import WILDCARDS, Interface, choose_addresses, lan_addresses, qr_code

LINK = "http://192.168.1.20:8000/setup/?token=0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_server_for_this_machine_has_no_address_in_the_network(host: str) -> None:
    assert lan_addresses(host) == []


def test_chosen_address_is_used() -> None:
    assert lan_addresses("192.168.1.20") == ["192.168.1.20"]


@pytest.mark.parametrize("host", WILDCARDS)
def test_a_wildcard_gives_an_address_that_others_reach_or_none(socket_enabled: None, host: str) -> None:
    assert not {*lan_addresses(host)} & {*WILDCARDS, "127.0.0.1", "::1"}


WIFI = Interface("wlp2s0", ("192.168.1.20", "2001:db8::20", "fe80::1"))
CABLE = Interface("eth0", ("10.0.0.7",))
NOWHERE = [
    Interface("lo", ("127.0.0.1", "::1")),
    Interface("docker0", ("172.17.0.1",)),
    Interface("br-5f2e8a", ("172.18.0.1",)),
    Interface("virbr0", ("192.168.122.1",)),
    Interface("vboxnet0", ("192.168.56.1",)),
    Interface("wg0", ("10.8.0.2",)),
    Interface("tun0", ("10.9.0.2",)),
    Interface("utun3", ("100.64.0.2",)),
    Interface("tailscale0", ("100.100.1.2",)),
    Interface("vEthernet (WSL)", ("172.30.0.1",)),
    Interface("eth9", ("169.254.10.10",)),
]


@pytest.mark.parametrize("default", [None, "10.8.0.2", "172.17.0.1"])
def test_virtual_interfaces_are_not_proposed(default: str | None) -> None:
    """Also when the default route leads through a VPN."""
    assert choose_addresses([*NOWHERE, WIFI], default, with_ipv6=False) == ["192.168.1.20"]
    assert choose_addresses(NOWHERE, default, with_ipv6=True) == []


def test_of_several_networks_the_one_with_the_default_route_comes_first() -> None:
    assert choose_addresses([CABLE, WIFI], "192.168.1.20", with_ipv6=False) == ["192.168.1.20", "10.0.0.7"]
    assert choose_addresses([CABLE, WIFI], "10.0.0.7", with_ipv6=False) == ["10.0.0.7", "192.168.1.20"]


def test_ipv6_follows_and_is_proposed_only_where_the_server_listens_to_it() -> None:
    assert choose_addresses([WIFI], "192.168.1.20", with_ipv6=True) == ["192.168.1.20", "2001:db8::20"]
    assert choose_addresses([Interface("en0", ("2001:db8::20",))], None, with_ipv6=False) == []


def test_a_terminal_that_is_too_narrow_gets_no_broken_code() -> None:
    width = max(map(len, qr_code(LINK).split("\n")))
    assert qr_code(LINK, columns=width) == qr_code(LINK)
    assert qr_code(LINK, columns=width - 1) == ""


def test_a_terminal_gets_its_colours_so_that_a_light_one_does_not_invert_the_code() -> None:
    plain, coloured = qr_code(LINK), qr_code(LINK, coloured=True)
    rows = coloured.rstrip("\n").split("\n")
    assert all(row.startswith("\x1b[97;40m") and row.endswith("\x1b[0m") for row in rows)
    assert [row.removeprefix("\x1b[97;40m").removesuffix("\x1b[0m") for row in rows] == plain.rstrip("\n").split("\n")


def read_code(rows: list[str]) -> str:
    """The text of a QR code on a terminal, as the camera of a phone reads it."""
    picture = Image.new("L", (max(map(len, rows)), 2 * len(rows)))
    for y, row in enumerate(rows):
        for x, sign in enumerate(row):
            picture.putpixel((x, 2 * y), 255 if sign in "█▀" else 0)
            picture.putpixel((x, 2 * y + 1), 255 if sign in "█▄" else 0)
    scale = 8
    [found] = zxingcpp.read_barcodes(picture.resize((picture.width * scale, picture.height * scale), Image.NEAREST))
    return str(found.text)


def test_a_phone_reads_the_link_from_the_terminal() -> None:
    assert read_code(qr_code(LINK).rstrip("\n").split("\n")) == LINK
