"""A restore repeats no step of a journey and loses no person: each waiting person continues exactly once."""

import json
from collections import Counter
from typing import Any

import psycopg
import pytest

from wabolt.site.backup import make_backup, restore_backup
from wabolt.site.tests.shops import Shop

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("quick_python")]

COMMON = """
import json
from datetime import timedelta
from wabolt.accounts.models import Workspace
from wabolt.broadcasts.models import Broadcast
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.tests.factories import give_consent, make_people
from wabolt.journeys import services
from wabolt.journeys.models import Enrollment, EntryCount, Journey, StepRun
from wabolt.journeys.queries import imbalances
from wabolt.journeys.rules.definition import Send, Wait
from wabolt.journeys.services import Entrant
from wabolt.journeys.tests.factories import make_journey
from wabolt.lib import clock
from wabolt.messaging import services as messaging
shop = Workspace.objects.get()
channel = Channel.objects.filter(name="Toko").first()
def work(limit):
    done = 0
    while done < limit and (sent := messaging.work_lane_once(channel, limit=limit - done)):
        done += sent
def enroll(*ids):
    services.enroll(journey=Journey.objects.get(), entrants=[Entrant(pk) for pk in ids])
"""
BEFORE = """
Broadcast.objects.all().delete()
with clock.hold(clock.now() - timedelta(hours=6)):
    channel = make_channel(shop, quiet_from="00:00", quiet_until="00:00", cap_per_day=9, cap_per_week=20)
    people = make_people(shop, 4)
    give_consent(shop, people)
    hour = dict(amount=1, unit="hours")
    make_journey(
        shop, Send("s1", "Satu"), Wait("w1", **hour), Send("s2", "Dua"), Wait("w2", **hour), Send("s3", "Tiga"),
        channel=channel)
    enroll(*people[:3])
    services.advance_due()
    work(2)  # the third message waits
"""
SINCE = """
people = sorted(Enrollment.objects.values_list("contact", flat=True))
with clock.hold(clock.now() - timedelta(hours=4)):
    services.advance_due()
    work(3)  # the rest of the first message, and some of the second one
    services.exit_people(journey=Journey.objects.get(), enrollment_ids=[Enrollment.objects.get(contact=people[2]).pk])
    enroll(people[-1] + 1)
    services.advance_due()
"""
AFTER = """
for paused in Channel.objects.all():
    messaging.resume_lane(channel=paused)
services.advance_due()
assert not StepRun.objects.filter(step__key="s3").exists(), "a restored journey waits for a member"
services.resume(journey=Journey.objects.get())
for _turn in range(3):
    services.advance_due()
    work(100)
"""
STANDING = """
people = Enrollment.objects.order_by("contact").values_list("state", "step__key", "reason")
print(json.dumps({"people": list(people), "entered": EntryCount.objects.get().entered, "journeys":
    list(Journey.objects.values_list("state", flat=True)), "faults": len(imbalances()),
    "runs": list(StepRun.objects.order_by("enrollment", "pk").values_list("enrollment", "step__key"))}))
"""


def standing(shop: Shop) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shop.run(COMMON + STANDING))
    return found


def delivered(url: str) -> Counter[tuple[object, ...]]:
    """The number of times that each simulated phone received each text."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT phone, split_part(text, chr(10), 1) FROM channels_simulateddelivery")
        return Counter(rows.fetchall())


def test_people_in_a_restored_journey_continue_exactly_once(shop: Shop) -> None:
    shop.run(COMMON + BEFORE)
    file = shop.home / "journeys.wabolt"
    make_backup(file)
    shop.run(COMMON + SINCE)
    before, sent = standing(shop), delivered(shop.url)
    assert sum(sent.values()) == 5
    assert Counter(text for _phone, text in sent) == {"Satu": 3, "Dua": 2}

    restore_backup(file, shop.key)

    after = standing(shop)
    assert after == {**before, "journeys": ["paused"]}
    assert after["faults"] == 0
    at_restore = delivered(shop.url)
    shop.run(COMMON + AFTER)
    everything = sent + (delivered(shop.url) - at_restore)
    assert set(everything.values()) == {1}, "no step twice"
    # One of the three was taken out after the backup; the fourth entered then and has reached the second message.
    assert Counter(text for _phone, text in everything) == {"Satu": 4, "Dua": 3, "Tiga": 2}
    end = standing(shop)
    assert [state for state, _step, _reason in end["people"]] == ["finished", "finished", "exited", "active"]
    assert len(end["runs"]) == len({tuple(one) for one in end["runs"]})
    assert (end["entered"], end["faults"]) == (4, 0)
