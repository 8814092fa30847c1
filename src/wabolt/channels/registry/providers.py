"""The list of providers."""

from functools import cache
from typing import cast

from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from wabolt.channels.models import Channel
from wabolt.channels.registry.contract import Capabilities, Provider
from wabolt.lib.errors import DomainError

PROVIDERS: dict[str, str] = {
    "simulator": "wabolt.channels.providers.simulator.provider.SimulatorProvider",
    "linked": "wabolt.channels.providers.linked.provider.LinkedProvider",
    "cloud": "wabolt.channels.providers.cloud.provider.CloudProvider",
}
LABELS: dict[str, str | Promise] = {
    "simulator": _("Simulated phones"),
    "linked": _("Your own WhatsApp number (linked device)"),
    "cloud": _("WhatsApp Cloud API (official)"),
}


@cache
def _class_at(path: str) -> type[Provider]:
    return cast("type[Provider]", import_string(path))


def provider_class(name: str) -> type[Provider]:
    """Returns the class of a provider. Raises DomainError `unknown_provider`."""
    if name not in PROVIDERS:
        raise DomainError(_("This kind of number does not exist."), code="unknown_provider", field="provider")
    return _class_at(PROVIDERS[name])


def capabilities(name: str) -> Capabilities:
    """Returns the capabilities of a provider."""
    return provider_class(name).capabilities


def get_provider(channel: Channel) -> Provider:
    """Returns a new provider for this channel, not connected yet."""
    return provider_class(channel.provider)(channel)  # type: ignore[call-arg]  # every provider is built from a channel
