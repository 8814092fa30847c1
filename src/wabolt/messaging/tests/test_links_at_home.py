"""A shop that customers cannot reach: the links of its texts go out as they were written, and previews say so."""

from dataclasses import replace

import pytest
from django.conf import settings
from tests.cases import each

from wabolt.channels.models import Channel
from wabolt.channels.tests.scripted import ScriptedProvider, World
from wabolt.messaging.gateway import work_lane_once
from wabolt.messaging.outbox.models import TrackedLink
from wabolt.messaging.store.models import Message
from wabolt.messaging.tests.factories import make_people, queue_promotion
from wabolt.personalization import queries as rendering

SHOP = "https://gayanusantara.example/batik?a=1"
TEXT = f"Halo {{{{ contact.name }}}}, lihat {SHOP} ya"


@each(
    ("address", "simulated", "short"),
    [
        ("https://wa.gayanusantara.example", False, True),
        ("http://127.0.0.1:8000", False, False),
        ("http://192.168.1.7:8000", False, False),
        ("http://127.0.0.1:8000", True, True),
    ],
    undone=True,
)
def test_a_customer_never_gets_a_link_that_leads_nowhere(
    channel: Channel, world: World, monkeypatch: pytest.MonkeyPatch, address: str, simulated: bool, short: bool
) -> None:
    monkeypatch.setattr(settings, "PUBLIC_URL", address)
    like = replace(ScriptedProvider.capabilities, is_simulation=simulated)
    monkeypatch.setattr(ScriptedProvider, "capabilities", like)
    [ayu] = make_people(channel.workspace, 1)
    queue_promotion(channel, [ayu], TEXT)
    work_lane_once(channel)
    sent = world.taken.pop()
    assert not world.taken
    assert (f"{address}/l/" in sent.text) is short
    assert (SHOP in sent.text) is not short
    assert Message.objects.get().text == sent.text
    assert TrackedLink.objects.get().url == SHOP
    seen = rendering.preview(channel.workspace, TEXT, ayu, short_links=rendering.shortens_links(like))
    assert (f"{address}/l/contoh" in seen) is short
    assert (SHOP in seen) is not short


def test_preview_is_that_of_a_real_number_unless_told(channel: Channel, settings) -> None:  # type: ignore[no-untyped-def]
    assert "/l/contoh" in rendering.preview(channel.workspace, TEXT, None)
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    assert SHOP in rendering.preview(channel.workspace, TEXT, None)
