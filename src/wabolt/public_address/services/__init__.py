"""Writes about the public address."""

from wabolt.public_address.services.checking import check_address, check_address_soon
from wabolt.public_address.services.naming import change_name, may_change_name
from wabolt.public_address.services.recording import record_finding

__all__ = ["change_name", "check_address", "check_address_soon", "may_change_name", "record_finding"]
