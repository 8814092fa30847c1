"""Each message of a customer is stored, despite killed processes and unknown stanzas."""

import os
import signal
import time

import pytest
from django.db import connection

from tests.linked.conftest import BUYER, SHOP
from wabolt.channels.models import RawEvent
from wabolt.channels.registry import IncomingMessage

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
STRANGE = ("server-error", "played-self", "view", "hist_sync_v9", "")
OTHER = "6281100000003"


def texts(linked) -> list[str]:
    raws = RawEvent.objects.filter(channel=linked.channel, kind__in=["message", "undecryptable"]).order_by("id")
    events = [event for raw in raws for event in linked.provider.parse(raw)]
    return [event.text for event in events if isinstance(event, IncomingMessage)]


def test_receipts_and_stanzas_of_unknown_kinds_change_nothing(linked) -> None:
    """The same process continues, and no message is lost."""
    shop = linked().link()
    pid = shop.provider.child.pid
    for n in range(60):
        shop.network.ctl("receipt", phone=SHOP, kind=STRANGE[n % len(STRANGE)], sender=BUYER, message=f"3EB0{n:018}")
        shop.network.ctl("stanza", phone=SHOP, tag="novelty", attributes={"type": "x"}, children=["y"])
        shop.network.ctl("stanza", phone=SHOP, tag="notification", attributes={"type": "novelty", "id": str(n)})
        shop.network.ctl("send", sender=BUYER, to=SHOP, text="STOP" if n == 30 else f"pesan {n}")
    wanted = {"STOP" if n == 30 else f"pesan {n}" for n in range(60)}
    shop.until("all of them", lambda: set(texts(shop)) >= wanted)
    assert sorted(texts(shop)) == sorted(wanted), "each once"
    assert shop.provider.child.pid == pid


def test_no_message_is_lost_when_the_process_is_killed_among_them(linked) -> None:
    """Kills at many moments, also between decryption and commit: 0 of 160 messages are lost, STOP among them."""
    shop = linked().link()
    shop.network.ctl("register", phone=OTHER, name="Ayu")
    sent, kills = [], 0
    for n in range(160):
        text = "STOP" if n % 67 == 50 else f"pesan {n}"
        shop.network.ctl("send", sender=OTHER if n % 3 == 0 else BUYER, to=SHOP, text=text)
        sent.append(text)
        if n % 7 == 0:
            shop.network.ctl(
                "receipt", phone=SHOP, kind=STRANGE[n % len(STRANGE)], sender=BUYER, message=f"3EB0{n:018}"
            )
        if n % 20 == 19:
            victim = shop.provider.child
            time.sleep((n % 80) / 2000)
            os.kill(victim.pid, signal.SIGKILL)
            kills += 1
            shop.until("its end", lambda victim=victim: shop.provider.child is not victim)
            shop.provider._not_before = 0.0
            shop.until("the next one", lambda: shop.provider.child is not None and shop.provider.child.is_connected)
    shop.until("all of them", lambda: len(texts(shop)) >= len(sent))
    assert kills == 8
    assert sorted(texts(shop)) == sorted(sent), "none lost, none twice, none without its words"


CUT = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
     WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
       AND backend_start >= %s
"""


def test_no_message_is_lost_while_postgresql_ends_connections(linked) -> None:
    """Those of the library, and the one over which messages are stored. Threads of other tests keep theirs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        began = cursor.fetchone()
    shop = linked().link()
    sent, cuts = [], 0
    for n in range(80):
        sent.append("STOP" if n % 37 == 20 else f"pesan {n}")
        shop.network.ctl("send", sender=BUYER, to=SHOP, text=sent[-1])
        if n % 5 == 4:
            with connection.cursor() as cursor:
                cursor.execute(CUT, began)
                cuts += cursor.fetchone()[0]
    shop.until("all of them", lambda: set(texts(shop)) >= set(sent))
    assert cuts
    assert sorted(texts(shop)) == sorted(sent), "each once"
