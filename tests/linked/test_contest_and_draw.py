"""A contest and a draw over a linked number: pictures and words arrive, and the winners hear of it in their chat."""

import base64

import pytest

from tests.linked.conftest import BUYER, SHOP
from tests.linked.gateways import Gateways, wait_for
from tests.linked.test_end_to_end import channel, gateways, link, texts  # noqa: F401 - two of them are fixtures
from tests.linked.test_incoming import PICTURE
from tests.waserver.network import Network
from wabolt.accounts.tests.factories import make_member
from wabolt.channels.models import Channel
from wabolt.media.models import MediaFile
from wabolt.messaging.models import Message
from wabolt.optin.giveaways.queries import entrants
from wabolt.optin.giveaways.services import draw_winners, lock_draw, publish_result, score_entry
from wabolt.optin.giveaways.tests.factories import make_giveaway
from wabolt.optin.models import DrawWinner
from wabolt.optin.services import close_point

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
OTHER = "6281200000071"


def test_winners_of_a_contest_and_of_a_draw_hear_of_it(
    network: Network,
    gateways: Gateways,  # noqa: F811
    channel: Channel,  # noqa: F811
) -> None:
    gateways.start()
    link(network, channel)
    network.ctl("register", phone=OTHER)
    shop, owner = channel.workspace, make_member(channel.workspace, "owner")
    image = base64.b64encode(PICTURE).decode()
    contest = make_giveaway(
        channel, kind="contest", word="FOTOBATIK", reward_text="Selamat, Kakak menang lomba!", asks_permission=False
    )
    network.ctl("send", sender=BUYER, to=SHOP, image=image, caption="#FOTOBATIK kebaya nenek")
    network.ctl("send", sender=OTHER, to=SHOP, text="Fotobatik")
    wait_for("both entries", lambda: entrants(contest).count() == 2)
    wait_for("the picture", lambda: MediaFile.objects.filter(workspace=shop).exists())
    entry = entrants(contest).get(picture_id__isnull=False)
    assert "kebaya nenek" in entry.text
    score_entry(workspace=shop, giveaway_id=contest.pk, number=entry.number, judge=owner, points=9)
    close_point(workspace=shop, point_id=contest.pk)
    assert publish_result(workspace=shop, giveaway_id=contest.pk, by=owner) == [entry]
    wait_for("the news of the winner", lambda: any("menang lomba" in text for text in texts(network, BUYER)))

    draw = make_giveaway(
        channel, kind="draw", word="MOTORKU", reward_text="Selamat, Kakak dapat motornya!", asks_permission=False
    )
    for phone in (BUYER, OTHER):
        network.ctl("send", sender=phone, to=SHOP, text="motorku ya kak")
    wait_for("both tickets", lambda: entrants(draw).count() == 2)
    close_point(workspace=shop, point_id=draw.pk)
    lock_draw(workspace=shop, giveaway_id=draw.pk, by=owner, source="none")
    draw_winners(workspace=shop, giveaway_id=draw.pk, by=owner)
    winner = DrawWinner.objects.get(dropped_at=None).ticket.entrant
    assert winner is not None
    lucky = winner.contact.identities.get(kind="phone").value.removeprefix("+")
    wait_for("the news of the draw", lambda: any("dapat motornya" in text for text in texts(network, lucky)))
    [unlucky] = {BUYER, OTHER} - {lucky}
    sent = Message.objects.filter(origin_kind="giveaway", direction="outbound")
    wait_for("all sent", lambda: not sent.filter(state__in=["queued", "sending"]).exists())
    assert not any("dapat motornya" in text for text in texts(network, unlucky))
    assert not any("menang lomba" in text for text in texts(network, OTHER))
