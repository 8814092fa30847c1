"""A restore of an older backup, and the people in it: it repeats no step of a journey and loses no person, an erased
person stays erased, and a request about personal data stays open."""

import json
import sys
from collections import Counter
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from tests.forking import quick_python

from wabolt.site.backup import make_backup, restore_backup
from wabolt.site.tests.shops import Shop

pytestmark = pytest.mark.slow

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
PEOPLE = """
from wabolt.accounts.models import Workspace
from wabolt.contacts.services import create_contact
for name, phone in (("Wulandari Unik", "+6281234567890"), ("Tanpa Nomor Unik", None), ("Tetap", "+6281234567891"),
                    ("Tamu", "+6281234567899")):
    create_contact(workspace=Workspace.objects.get(), name=name, phone=phone)
"""
ERASE = """
from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact
from wabolt.contacts.services import erase_contacts
ids = list(Contact.objects.filter(name__endswith="Unik").values_list("pk", flat=True))
assert erase_contacts(workspace=Workspace.objects.get(), ids=ids) == 2
"""
ASK = """
from wabolt.accounts.models import Workspace
from wabolt.consent.services import restrict
from wabolt.contacts.models import Contact
from wabolt.privacy.services import Asked, note_on_request, open_request
workspace, person = Workspace.objects.get(), Contact.objects.get(name="Tamu")
request = open_request(workspace=workspace, contact_id=person.pk, kind="access", asked=Asked("staff", details="semua"))
note_on_request(request=request, text="ditelepon", actor=None)
restrict(workspace=workspace, contact_id=person.pk)
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


@dataclass(frozen=True)
class Before:
    """The journey, the delivered messages, the log of erasures and the request of the shop before the restore."""

    journey: dict[str, Any]
    sent: Counter[tuple[object, ...]]
    erased: list[tuple[object, ...]]
    opened: list[tuple[object, ...]]


ERASED = "SELECT kind, digest FROM contacts_erasedidentity"
OPENED = "SELECT opened_at FROM privacy_datarequest"


@pytest.fixture(scope="module")
def before(installation: Shop) -> Before:
    """Restores a backup after which people moved on in a journey, were erased, and asked for their data."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WABOLT_HOME", str(installation.home))
        patch.delenv("DATABASE_URL", raising=False)
        patch.setattr(sys, "executable", quick_python())
        installation.run(COMMON + BEFORE + PEOPLE)
        file = installation.home / "people.wabolt"
        make_backup(file)
        installation.run(COMMON + SINCE + ERASE + ASK)
        found = Before(
            standing(installation), delivered(installation.url), installation.ask(ERASED), installation.ask(OPENED)
        )
        restore_backup(file, installation.key)
    return found


def test_people_in_a_restored_journey_continue_exactly_once(shop: Shop, before: Before) -> None:
    sent = before.sent
    assert sum(sent.values()) == 5
    assert Counter(text for _phone, text in sent) == {"Satu": 3, "Dua": 2}

    after = standing(shop)
    assert after == {**before.journey, "journeys": ["paused"]}
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


def test_erasure_requests_and_restrictions_after_the_backup_survive_the_restore(shop: Shop, before: Before) -> None:
    assert len(before.erased) == 1
    assert len(before.opened) == 1
    names = "SELECT name FROM contacts_contact WHERE name IN ('Tamu', 'Tetap') OR name LIKE '%Unik' ORDER BY 1"
    assert shop.ask(names) == [("Tamu",), ("Tetap",)]
    values = [("+6281234567891",), ("+6281234567899",)]
    assert shop.ask("SELECT value FROM contacts_identity WHERE value LIKE '+628123456789_' ORDER BY 1") == values
    assert shop.ask(ERASED) == before.erased
    assert shop.ask(OPENED) == before.opened, "the legal clock goes on"
    assert shop.ask("SELECT details FROM privacy_datarequest") == [("semua",)]
    assert shop.ask("SELECT kind FROM privacy_requeststep ORDER BY id") == [("opened",), ("noted",)]
    assert shop.ask("SELECT count(*) FROM consent_restriction") == [(1,)]
