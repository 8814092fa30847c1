"""We connect to no address inside our own network on behalf of a browser or a form."""

import pytest
from pytest_django import Settings

from wabolt.lib.outgoing import PrivateAddressError, is_public, resolve_public

PRIVATE = (
    "127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1",
    "2002:7f00:1::",
)  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_addresses_on_the_internet_are_accepted(address: str) -> None:
    assert is_public(address)


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f000001", "2130706433", "::1"])
def test_other_spellings_of_this_machine_are_refused(host: str) -> None:
    with pytest.raises(PrivateAddressError):
        resolve_public(host, 443)


@pytest.mark.usefixtures("socket_enabled")
def test_a_name_that_is_too_long_is_an_error_of_the_network() -> None:
    with pytest.raises(OSError, match="no name"):
        resolve_public("a" * 64 + ".example", 443)


@pytest.mark.usefixtures("socket_enabled")
def test_the_setting_allows_private_peers(settings: Settings) -> None:
    settings.PRIVATE_PEERS = True
    assert resolve_public("127.0.0.1", 443) == "127.0.0.1"
