"""One customer gets one voucher, or the owner reads on the pages that decide it that there are several."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.commerce.queries import GIVE_VOUCHER
from wabolt.contacts.registry import ActionCall
from wabolt.journeys.models import Journey
from wabolt.journeys.queries import START_JOURNEY
from wabolt.journeys.rules.definition import Act, Send, Trigger
from wabolt.journeys.services import create_from_recipe
from wabolt.journeys.tests.factories import make_journey
from wabolt.optin.gifts import gifts_of
from wabolt.optin.giveaways.tests.factories import make_giveaway
from wabolt.optin.models import EntryPoint
from wabolt.optin.services import close_point, save_actions
from wabolt.optin.tests.factories import make_point

pytestmark = pytest.mark.django_db
SEVERAL = "lebih dari satu voucher"


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture
def channel(workspace: Workspace) -> Channel:
    return make_channel(workspace)


def make_giving(workspace: Workspace, percent: int, kind: str = "joined", **settings: Any) -> Journey:
    """A published journey that gives a voucher to people who enter by this trigger."""
    gift = Act("gift", GIVE_VOUCHER, {"percent": percent, "days": 14})
    return make_journey(workspace, gift, parts={"trigger": Trigger(kind, settings)})


def given(point: EntryPoint) -> list[tuple[int, str]]:
    return [(gift.percent, gift.source) for gift in gifts_of(point.workspace, [point])[point.pk]]


def test_vouchers_of_a_way_in_are_its_own_and_those_of_journeys(workspace: Workspace, channel: Channel) -> None:
    alone = make_point(channel)
    with_own = make_point(channel, voucher_percent=10)
    everyone, contest = make_giveaway(channel).point, make_giveaway(channel, kind="contest", word="FOTO").point
    acting = make_point(channel)
    save_actions(workspace=workspace, point_id=acting.pk, calls=[ActionCall(GIVE_VOUCHER, {"percent": 5, "days": 7})])
    assert [given(point) for point in (alone, with_own, everyone, contest)] == [
        [], [(10, "point")], [(10, "point")], [],
    ]  # fmt: skip
    make_giving(workspace, 20)
    make_giving(workspace, 30, entry_point=with_own.pk)
    make_giving(workspace, 40, "event", event="entry_point_joined", entry_point=alone.pk)
    make_giving(workspace, 50, "order")
    archived = make_giving(workspace, 60)
    Journey.objects.filter(pk=archived.pk).update(state="archived")
    for point in (alone, with_own, everyone, contest, acting):
        point.refresh_from_db()
    assert given(alone) == [(20, "journey"), (40, "journey")]
    assert given(with_own) == [(10, "point"), (20, "journey"), (30, "journey")]
    assert given(everyone) == [(10, "point"), (20, "journey")]
    assert given(contest) == [(20, "journey")]
    assert given(acting) == [(5, "action"), (20, "journey")]


def test_a_journey_that_the_actions_start_counts(workspace: Workspace, channel: Channel) -> None:
    point, journey = make_point(channel), make_giving(workspace, 15, "by_hand")
    save_actions(workspace=workspace, point_id=point.pk, calls=[ActionCall(START_JOURNEY, {"journey": journey.pk})])
    point.refresh_from_db()
    assert given(point) == [(15, "journey")]


def test_the_number_of_statements_does_not_depend_on_the_ways_in(workspace: Workspace, channel: Channel) -> None:
    points = [make_point(channel, voucher_percent=10) for _number in range(3)]
    make_giving(workspace, 10)
    gifts_of(workspace, points)  # reads the version, which the process keeps
    with CaptureQueriesContext(connection) as one:
        gifts_of(workspace, points[:1])
    with CaptureQueriesContext(connection) as three:
        gifts_of(workspace, points)
    assert len(one) == len(three)


def test_the_page_of_a_way_in_says_that_there_are_several(workspace: Workspace, channel: Channel) -> None:
    client = signed_in(workspace)
    point, giveaway = make_point(channel, voucher_percent=10), make_giveaway(channel)
    pages = [reverse("optin:detail", args=[point.pk]), reverse("optin:giveaway", args=[giveaway.pk])]
    edits = [reverse("optin:edit", args=[point.pk]), reverse("optin:edit_giveaway", args=[giveaway.pk])]
    forms = [*edits, reverse("optin:new", args=["form"]), reverse("optin:new_giveaway")]
    before = {address: client.get(address).content.decode() for address in (*pages, *forms)}
    assert not [address for address, shown in before.items() if SEVERAL in shown or "sudah memberi voucher" in shown]
    journey = make_giving(workspace, 20)
    for address, edit in zip(pages, edits, strict=True):
        shown = client.get(address).content.decode()
        assert SEVERAL in shown
        assert "10% dari pintu masuk ini" in shown
        assert "20% dari alur “Sambutan”" in shown
        assert f'href="{edit}"' in shown
        assert f'href="{reverse("journeys:detail", args=[journey.pk])}"' in shown
    for address in forms:
        shown = client.get(address).content.decode()
        assert "sudah memberi voucher" in shown, address
        assert "20% dari alur “Sambutan”" in shown
    close_point(workspace=workspace, point_id=point.pk)
    assert SEVERAL not in client.get(pages[0]).content.decode(), "nobody can join any more"


def test_the_check_page_of_a_journey_says_it_before_it_is_published(workspace: Workspace, channel: Channel) -> None:
    client = signed_in(workspace)
    point = make_point(channel, name="Formulir website", voucher_percent=10)
    journey = create_from_recipe(workspace=workspace, key="welcome")
    address = reverse("journeys:check", args=[journey.pk])
    shown = client.get(address).content.decode()
    assert SEVERAL in shown
    assert "“Formulir website”" in shown
    assert "10% dari pintu masuk itu, 10% dari alur ini" in shown
    assert f'href="{reverse("optin:detail", args=[point.pk])}"' in shown
    make_point(channel, name="Kasir", voucher_percent=5)
    assert "1 pintu masuk lain" in client.get(address).content.decode()
    EntryPoint.objects.update(voucher_percent=0)
    assert SEVERAL not in client.get(address).content.decode(), "one voucher is what the owner wants"
    make_giving(workspace, 15)
    assert "15% dari alur “Sambutan”" in client.get(address).content.decode(), "two journeys double it too"


def test_a_journey_without_a_voucher_is_no_reason_to_warn(workspace: Workspace, channel: Channel) -> None:
    point = make_point(channel, voucher_percent=10)
    make_journey(workspace, Send("s1", "Halo Kak"), parts={"trigger": Trigger("joined")})
    assert SEVERAL not in signed_in(workspace).get(reverse("optin:detail", args=[point.pk])).content.decode()


def test_the_voucher_of_a_journey_keeps_the_promise_of_a_way_in(workspace: Workspace, channel: Channel) -> None:
    make_giving(workspace, 10)
    client, address = signed_in(workspace), reverse("optin:new", args=["qr"])
    form = client.get(address).context["form"]
    values = {name: form[name].value() or "" for name in form.fields}
    values |= {"name": "Kasir", "incentive": "Diskon 10%", "voucher_percent": "0", "channel": channel.pk}
    answer = client.post(address, values)
    assert answer.status_code == 302
    assert [str(message) for message in get_messages(answer.wsgi_request)] == ["Tersimpan."]
