"""The proxy of a linked number. Its address may hold a password, so it is stored sealed."""

import logging
import os
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.translation import gettext as _

from wabolt.accounts.models import User
from wabolt.accounts.services import record_audit
from wabolt.channels.models import Channel
from wabolt.lib import vault
from wabolt.lib.errors import DomainError

log = logging.getLogger(__name__)

OPTION = "sealed_proxy"
"""The key in `Channel.options`."""
SCHEMES = frozenset({"http", "https", "socks5"})


def proxy_of(channel: Channel) -> str:
    """Returns the address of the proxy through which the number connects; "" for none.

    `WABOLT_WA_PROXY` holds for all numbers without a proxy of their own.
    """
    sealed = str(channel.options.get(OPTION) or "")
    if sealed:
        try:
            return vault.unseal(sealed)
        except vault.SealBrokenError:
            log.error("the proxy of number %s was sealed with another key; set it again", channel.pk)  # noqa: TRY400
    return os.environ.get("WABOLT_WA_PROXY", "")


@transaction.atomic
def set_proxy(*, channel: Channel, address: str, actor: User | None = None) -> None:
    """Stores the proxy of a number (`scheme://user:password@host:port`), or removes it for "". It is used from the next
    connection on. Raises DomainError `bad_proxy`."""
    address = address.strip()
    if address and not _is_address(address):
        message = _("This is not the address of a proxy. Example: socks5://name:password@proxy.example:1080")
        raise DomainError(message, code="bad_proxy")
    locked = Channel.objects.select_for_update().get(pk=channel.pk)
    locked.options.pop(OPTION, None)
    if address:
        locked.options[OPTION] = vault.seal(address)
    locked.save(update_fields=["options"])
    channel.options = locked.options
    record_audit(workspace=locked.workspace, actor=actor, action="channel.proxy", target=("channel", locked.pk))


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in SCHEMES and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False
