"""Every page that shows a link for another person warns when that person cannot open it, and says what to do."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

import wabolt
from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.broadcasts.tests.factories import make_agreeing, make_broadcast
from wabolt.channels.models import CloudAccount
from wabolt.channels.tests.factories import make_channel
from wabolt.journeys.rules.definition import Send
from wabolt.journeys.tests.factories import make_journey
from wabolt.lib import clock
from wabolt.optin.events.tests.factories import make_event
from wabolt.optin.models import EntryPoint
from wabolt.optin.tests.factories import make_point

ROOMS = Path(wabolt.__file__).parent
pytestmark = pytest.mark.django_db
Show = Callable[[Workspace, Client], str]
CALLERS = {
    "accounts/views/team.py": "invitation",
    "alerts/services/mail.py": "to a member, who has the address from the invitation",
    "alerts/services/push.py": "the sender of push notifications (RFC 8292)",
    "channels/providers/cloud/views.py": "webhook",
    "journeys/views/builder.py": "entry by another program",
    "messaging/member_phones/services.py": "to a member, who has the address from the invitation",
    "optin/events/queries.py": "event; a ticket is sent only if others can open it",
    "optin/events/views.py": "event",
    "optin/framing.py": "embedding",
    "optin/pages.py": "the picture of a public page, for other programs",
    "optin/queries.py": "form, giveaway, event, kit",
    "optin/views.py": "embedding",
    "personalization/links.py": "tracked links",
    "privacy/services/answering.py": "sent only if everybody can open it",
    "public_address/queries.py": "the page about the address",
    "public_address/services/checking.py": "the installation asks itself",
    "public_address/services/recording.py": "the record of that",
}
"""The modules that make complete addresses, and the case below that shows them, or why none is needed."""


def _invitation(_shop: Workspace, client: Client) -> str:
    sent = {"name": "Rina", "role": "agent"}
    return client.post(reverse("accounts:team"), sent, follow=True).content.decode()


def _point_page(name: str, **fields: object) -> Show:
    def show(shop: Workspace, client: Client) -> str:
        point = make_point(make_channel(shop, phone="+6281210000009"), **fields)
        EntryPoint.objects.filter(pk=point.pk).update(embedding=EntryPoint.Embedding.ANYWHERE)
        return client.get(reverse(f"optin:{name}", args=[point.pk])).content.decode()

    return show


def _event(shop: Workspace, client: Client) -> str:
    event = make_event(make_channel(shop), starts_at=clock.now() + timedelta(days=3))
    return client.get(reverse("optin:event", args=[event.point_id])).content.decode()


def _webhook(shop: Workspace, client: Client) -> str:
    channel = make_channel(shop, provider="cloud")
    CloudAccount.objects.get_or_create(channel=channel)
    return client.get(reverse("channels:cloud", args=[channel.pk])).content.decode()


def _tracked(shop: Workspace, client: Client) -> str:
    make_agreeing(shop)
    broadcast = make_broadcast(shop, text="Lihat https://toko.example/batik ya Kak")
    broadcast.channel.provider = "linked"
    broadcast.channel.save(update_fields=["provider"])
    return client.get(reverse("broadcasts:check", args=[broadcast.pk])).content.decode()


def _entry_by_program(shop: Workspace, client: Client) -> str:
    journey = make_journey(shop, Send("s1", text="Hai"))
    return client.get(reverse("journeys:trigger", args=[journey.pk]), {"kind": "api"}).content.decode()


PAGES: dict[str, Show] = {
    "invitation": _invitation,
    "form": _point_page("detail", kind="form"),
    "kit of a form": _point_page("kit", kind="form"),
    "embedding": _point_page("embed", kind="form"),
    "event": _event,
    "webhook": _webhook,
    "entry by another program": _entry_by_program,
    "tracked links": _tracked,
}


def test_every_maker_of_complete_addresses_is_known() -> None:
    calling = {
        str(path.relative_to(ROOMS))
        for path in ROOMS.rglob("*.py")
        if "/tests/" not in str(path) and re.search(r"(?<!def )\babsolute_url\(", path.read_text())
    }
    assert calling == set(CALLERS)


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "http://192.168.1.20:8000"])
@pytest.mark.parametrize("name", PAGES)
def test_a_link_that_others_cannot_open_is_warned_about(name: str, address: str, settings) -> None:  # type: ignore[no-untyped-def]
    settings.PUBLIC_URL = address
    shop = make_workspace()
    page = PAGES[name](shop, signed_in(shop))
    assert "Pengaturan, Alamat publik" in page, "what to do"


@pytest.mark.parametrize("name", PAGES)
def test_a_link_that_all_people_can_open_has_no_warning(name: str, settings) -> None:  # type: ignore[no-untyped-def]
    settings.PUBLIC_URL = "https://wa.toko.id"
    shop = make_workspace()
    assert "Pengaturan, Alamat publik" not in PAGES[name](shop, signed_in(shop))
