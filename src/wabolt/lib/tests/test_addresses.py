"""Public addresses, which a customer's phone can open."""

import pytest

from wabolt.lib.web import is_public_address


@pytest.mark.parametrize(
    "url",
    ["https://wa.gayanusantara.id", "http://gaya.example:8000/x", "https://8.8.8.8", "http://[2606:4700::1111]:8000"],
)
def test_address_on_the_internet_is_public(url: str) -> None:
    assert is_public_address(url)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8000", "http://localhost:8000", "http://192.168.1.5", "http://10.0.0.2:8000", "http://[::1]:80",
     "http://kasir:8000", "http://toko.local", "http://toko.lan.", "http://0.0.0.0:8000", "http://100.64.0.7", "", "x"],
)  # fmt: skip
def test_address_of_this_machine_or_its_network_is_not(url: str) -> None:
    assert not is_public_address(url)
