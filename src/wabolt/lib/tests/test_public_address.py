"""The address of the installation, and who can open it."""

from typing import Any

from tests.cases import each

from wabolt.lib.public_address import Reach, absolute_url, who_can_open


@each(
    "url",
    ["https://wa.gayanusantara.id", "http://gaya.example:8000/x", "https://8.8.8.8", "http://[2606:4700::1111]:8000"],
)
def test_everyone_can_open_an_address_on_the_internet(url: str) -> None:
    assert who_can_open(url) is Reach.EVERYONE


@each(
    "url",
    ["http://192.168.1.5", "http://10.0.0.2:8000", "http://kasir:8000", "http://toko.local", "http://toko.lan.",
     "http://0.0.0.0:8000", "http://100.64.0.7", "", "x"],
)  # fmt: skip
def test_a_private_address_opens_in_its_network(url: str) -> None:
    assert who_can_open(url) is Reach.SAME_NETWORK


@each("url", ["http://127.0.0.1:8000", "http://localhost:8000", "http://localhost.:8000", "http://[::1]:80"])
def test_a_loopback_address_opens_on_this_machine(url: str) -> None:
    assert who_can_open(url) is Reach.THIS_MACHINE


def test_without_an_argument_the_address_of_the_installation_counts(settings: Any) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    assert who_can_open() is Reach.THIS_MACHINE
    assert absolute_url("/l/abc") == "http://127.0.0.1:8000/l/abc"
