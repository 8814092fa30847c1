"""Welcome, birthday, left cart and win-back from their recipes over a linked number: each reaches a phone."""

from datetime import timedelta

import pytest

from tests.linked.conftest import SHOP
from tests.linked.gateways import Gateways, wait_for
from tests.linked.test_end_to_end import channel, gateways, link, texts  # noqa: F401 - two of them are fixtures
from tests.waserver.network import Network
from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.commerce.services import CartLine, CartUpdate, update_cart
from wabolt.commerce.services.abandoning import IdleCarts, abandon_idle_carts
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import find_by_identity
from wabolt.journeys import services
from wabolt.journeys.models import Journey
from wabolt.journeys.queries import is_balanced
from wabolt.journeys.tests.following import Follower
from wabolt.lib import clock
from wabolt.optin.tests.factories import code_of, make_point

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
BIRTHDAY, CART, SILENT, NEW = (f"62812000001{number:02}" for number in range(4))


def live(workspace: Workspace, recipe: str) -> Journey:
    journey = services.create_from_recipe(workspace=workspace, key=recipe)
    services.note_test_run(journey=journey, draft_version=journey.draft_version)
    return services.publish(journey=journey)


def test_four_journeys_reach_the_phones(network: Network, gateways: Gateways, channel: Channel) -> None:  # noqa: F811
    gateways.start()
    link(network, channel)
    channel.refresh_from_db()
    workspace, point = channel.workspace, make_point(channel)

    def join(phone: str) -> Contact:
        network.ctl("register", phone=phone, name="Ayu")
        network.ctl("send", sender=phone, to=SHOP, text=f"Halo kak #{code_of(point)}")
        wait_for("the welcome of the list", lambda: texts(network, phone))
        person = find_by_identity(workspace, "phone", f"+{phone}")
        assert person is not None
        return person

    def receives(phone: str, words: str) -> None:
        wait_for(words, lambda: any(words in text for text in texts(network, phone)))

    born, left, _silent = (join(phone) for phone in (BIRTHDAY, CART, SILENT))
    follower = Follower()
    made = [live(workspace, recipe) for recipe in ("welcome", "birthday", "cart", "win_back")]
    join(NEW)
    follower.catch_up()
    receives(NEW, "diskon 10%")

    now = clock.now().astimezone(workspace.tz)
    # Half past nine to come: the greeting of this morning has expired in the evening.
    party = now.replace(hour=9, minute=30)
    party += timedelta(days=party <= now)
    Contact.objects.filter(pk=born.pk).update(birth_date=party.date().replace(year=1992))
    with clock.skewed(party - now):
        services.enter_due()
        services.advance_due()
    receives(BIRTHDAY, "Selamat ulang tahun")

    lines = (CartLine(name="Kemeja Batik Parang", price=245_000),)
    update_cart(workspace=workspace, update=CartUpdate(left.pk, "k1", clock.now() - timedelta(hours=2), lines))
    abandon_idle_carts(IdleCarts())
    follower.catch_up()
    with clock.skewed(timedelta(hours=2)):
        services.advance_due()
    receives(CART, "keranjang")

    with clock.skewed(timedelta(days=61)):
        services.enter_due()
        services.advance_due()
    receives(SILENT, "lama tidak ketemu")
    assert all(is_balanced(journey) for journey in made)
