"""We connect to no address inside our own network on behalf of a browser or a form."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings
from tests.cases import each

from wabolt.lib.outgoing import PrivateAddressError, is_public, resolve_public

PRIVATE = (
    "127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1",
    "2002:7f00:1::", "::127.0.0.1", "::8.8.8.8", "fec0::1", "feff::1", "64:ff9b:1::7f00:1", "64:ff9b:1::808:808",
    "::ffff:0:127.0.0.1", "::ffff:0:10.0.0.1", "2001::1", "100::1", "2001:db8::1", "3fff::1", "5f00::1", "ff02::1",
    "ff0e::1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "192.88.99.1", "2002:c058:6301::1", "64:ff9b::192.88.99.1",
    "4000::1", "::2:0:0:1",
)  # fmt: skip


EMBEDDING = (
    "::{}", "::ffff:{}", "::ffff:0:{}", "64:ff9b::{}", "64:ff9b:1::{}", "fec0::{}", "fe80::{}",
)  # fmt: skip


@each("address", PRIVATE)
def test_private_addresses_are_refused(address: str) -> None:
    assert not is_public(address)


@each("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_addresses_on_the_internet_are_accepted(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=6))
def test_an_ipv6_address_is_on_the_internet_only_in_the_unicast_block(address: IPv6Address) -> None:
    """IANA assigns unicast addresses of the internet in 2000::/3 alone. RFC 6052 adds the translator 64:ff9b::/96."""
    if is_public(str(address)):
        assert address.ipv4_mapped or any(address in IPv6Network(net) for net in ("2000::/3", "64:ff9b::/96"))


@given(st.ip_addresses(v=4).filter(lambda address: not is_public(str(address))), st.sampled_from(EMBEDDING))
def test_no_form_of_ipv6_hides_a_private_address(address: IPv4Address, form: str) -> None:
    assert not is_public(form.format(address))


@pytest.mark.usefixtures("socket_enabled")
@each("host", ["127.0.0.1", "localhost", "0x7f000001", "2130706433", "::1"])
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
