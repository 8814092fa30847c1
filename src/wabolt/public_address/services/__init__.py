"""Writes about the public address."""

from wabolt.public_address.services.checking import check_address, check_address_soon
from wabolt.public_address.services.recording import record_finding

__all__ = ["check_address", "check_address_soon", "record_finding"]
