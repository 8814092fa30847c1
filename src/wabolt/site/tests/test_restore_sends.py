"""A restore never leads to a second message to the same person, on the same machine and on an empty one."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.shared import copied_cluster

from wabolt.site.backup import make_backup, restore_backup, server
from wabolt.site.postgres import Cluster
from wabolt.site.tests.shops import Shop

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("quick_python")]

COMMON = """
import json
from datetime import timedelta
from wabolt.accounts.models import ApiKey, Membership, User, Workspace
from wabolt.broadcasts import services as broadcasts
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.tests.factories import make_broadcast
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.tests.factories import give_consent, make_people, say_stop
from wabolt.contacts.models import Contact
from wabolt.lib import clock
from wabolt.messaging import services as messaging
from wabolt.messaging.models import Message
from wabolt.messaging.services import Draft
shop = Workspace.objects.get()
channel = Channel.objects.filter(name="Toko").first()
def work(limit):
    done = 0
    while done < limit and (sent := messaging.work_lane_once(channel, limit=limit - done)):
        done += sent
def begin(name):
    broadcast = Broadcast.objects.get(name=name)
    broadcasts.start(broadcast=broadcast)
    broadcasts.freeze(broadcast_id=broadcast.pk)
"""
BEFORE = """
Broadcast.objects.all().delete()
channel = make_channel(shop, quiet_from="00:00", quiet_until="00:00", cap_per_day=9, cap_per_week=20)
give_consent(shop, make_people(shop, 12))
sari = User.objects.create_user("sari@toko.id", "sandi-lama-sari")
Membership.objects.create(workspace=shop, user=sari, role="manager")
ApiKey.objects.create(workspace=shop, name="Kasir", prefix="wb_1", digest="1" * 64)
for name, text in (("one", "Promo satu"), ("two", "Promo dua"), ("three", "Promo tiga")):
    make_broadcast(shop, channel, name=name, text=text)
broadcasts.schedule(broadcast=Broadcast.objects.get(name="three"), at=clock.now() + timedelta(days=1))
begin("one")
work(4)
content = messaging.create_content(workspace=shop, text="Pesanan siap")
messaging.queue_messages(workspace=shop, channel=channel, contact_ids=[Contact.objects.latest("pk").pk],
                         draft=Draft(purpose="service", origin_kind="order", origin_id=7, content=content))
"""
SINCE = """
Membership.objects.filter(user__email="sari@toko.id").delete()
owner = User.objects.exclude(email="sari@toko.id").get()
owner.set_password("kata-sandi-yang-baru")
owner.save()
ApiKey.objects.update(revoked_at=clock.now())
work(5)
begin("two")
work(3)
begin("three")
say_stop(shop, [Contact.objects.filter(messages__state="queued").earliest("pk").pk])
"""
AFTER = """
for paused in Channel.objects.all():
    messaging.resume_lane(channel=paused)
for broadcast in Broadcast.objects.filter(state="paused"):
    broadcasts.resume(broadcast=broadcast)
work(1000)
"""
STANDING = """
from django.db.models import Count
print(json.dumps({
    "states": dict(Message.objects.filter(direction="outbound").values_list("state").annotate(Count("id"))),
    "broadcasts": dict(Broadcast.objects.values_list("name", "state")),
    "planned": dict(Broadcast.objects.values_list("name", "planned")),
    "members": list(Membership.objects.values_list("user__email", flat=True)),
    "keys": ApiKey.objects.filter(revoked_at=None).count(),
    "password": User.objects.exclude(email="sari@toko.id").get().check_password("kata-sandi-yang-baru"),
    "restored": Message.objects.filter(state="unknown", reason="restored").count(),
}))
"""
DELIVERED = "SELECT phone, text FROM channels_simulateddelivery"


def delivered(url: str) -> Counter[tuple[object, ...]]:
    """The number of times that each simulated phone received each text."""
    with psycopg.connect(url) as connection:
        return Counter(connection.execute(DELIVERED).fetchall())


@pytest.fixture(scope="module")
def busy(installation: Shop) -> Iterator[Path]:
    """A backup that was made in the middle of a broadcast, after which the shop continued to send."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WABOLT_HOME", str(installation.home))
        patch.delenv("DATABASE_URL", raising=False)
        installation.run(COMMON + BEFORE)
        make_backup(installation.home / "busy.wabolt")
        installation.run(COMMON + SINCE)
        yield installation.home / "busy.wabolt"


def test_same_machine_continues_with_people_without_the_message(shop: Shop, busy: Path) -> None:
    before = json.loads(shop.run(COMMON + STANDING))
    sent = delivered(shop.url)
    assert sum(sent.values()) == 12
    restore_backup(busy, shop.key)

    (aside,) = shop.databases() - {"wabolt"}
    assert delivered(server.with_database(shop.url, aside)) == sent
    after = json.loads(shop.run(COMMON + STANDING))
    assert after["states"] == before["states"]
    assert after["planned"] == before["planned"]
    assert set(after["broadcasts"].values()) == {"paused"}
    assert (after["members"], after["keys"], after["password"]) == (["ibu@toko.id"], 0, True)
    at_restore = delivered(shop.url)

    shop.run(COMMON + AFTER)
    everything = sent + (delivered(shop.url) - at_restore)
    assert set(everything.values()) == {1}
    promotions = Counter(str(text).split("\n")[0] for _phone, text in everything)
    # one person wrote STOP after the backup was made
    texts = ("Promo satu", "Promo dua", "Promo tiga")
    assert [promotions[text] for text in texts] == [12 - stopped for stopped in missing(shop)]
    assert not json.loads(shop.run(COMMON + STANDING))["restored"]


def missing(shop: Shop) -> list[int]:
    """The number of messages of each broadcast that the STOP cancelled or suppressed."""
    code = """
ended = Message.objects.filter(origin_kind="broadcast", state__in=("cancelled", "suppressed"))
print(json.dumps([ended.filter(origin_id=Broadcast.objects.get(name=name).pk).count()
                  for name in ("one", "two", "three")]))
"""
    counts: list[int] = json.loads(shop.run(COMMON + code))
    assert sum(counts) >= 1
    return counts


def test_empty_machine_holds_everything_that_was_waiting(
    shop: Shop, busy: Path, made_cluster: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = open_folder / "other"
    monkeypatch.setenv("WABOLT_HOME", str(other))
    cluster = copied_cluster(made_cluster, other / "postgres")
    cluster.start()
    machine = Shop(other, cluster.url(), busy, shop.key)
    try:
        restore_backup(busy, shop.key)
        at_restore = delivered(cluster.url())
        held = json.loads(machine.run(COMMON + STANDING))
        assert held["keys"] == 0
        assert held["restored"] == 9  # eight people of the first broadcast, and one service message
        assert held["broadcasts"] == {"one": "paused", "two": "draft", "three": "draft"}
        machine.run(COMMON + AFTER)
        assert delivered(cluster.url()) == at_restore  # no held message is sent when numbers and broadcasts continue
        machine.run(COMMON + DECIDE)
        after = delivered(cluster.url()) - at_restore
        assert {str(text).split("\n")[0] for _phone, text in after} == {"Pesanan siap"}
        assert json.loads(machine.run(COMMON + STANDING))["restored"] == 0
        (highest,) = ask(cluster, "SELECT max(id) FROM messaging_message")
        (following,) = ask(cluster, "SELECT nextval('messaging_message_id_seq')")
        assert following > highest + 100_000
    finally:
        machine.end_processes()
        cluster.remove()


DECIDE = """
from wabolt.messaging.restored.queries import held_groups
from wabolt.messaging.restored.services import drop_held, send_held
from wabolt.alerts.models import Alert
assert Alert.objects.get(kind="messaging.held", resolved_at=None).data == {"people": 9}
for group in held_groups(shop):
    decide = send_held if group.origin_kind == "order" else drop_held
    decide(workspace=shop, group=group, actor=User.objects.earliest("pk"))
assert not Alert.objects.filter(kind="messaging.held", resolved_at=None).exists()
work(1000)
"""


def ask(cluster: Cluster, query: str) -> tuple[int, ...]:
    with psycopg.connect(cluster.url()) as connection:
        row = connection.execute(query).fetchone()
        assert row is not None
        return tuple(int(str(value)) for value in row)
