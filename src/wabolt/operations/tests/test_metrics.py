"""The metrics: their values, the cost of a scrape, and the names in the Grafana board."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.db.models.functions import Now
from prometheus_client.parser import text_string_to_metric_families

from wabolt.alerts import figures as alert_figures
from wabolt.backups import figures as backup_figures
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts import figures as consumer_figures
from wabolt.contacts.queries import consumers as consumer_queries
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock, metrics
from wabolt.messaging import figures as lane_figures
from wabolt.messaging.models import Lane, Message
from wabolt.messaging.tests.factories import make_people, queue_service
from wabolt.operations.counts import counts
from wabolt.operations.models import Process
from wabolt.operations.queries import count_processes, exposition, readiness

pytestmark = pytest.mark.django_db

BOARD = Path(__file__).parents[4] / "docs" / "monitoring" / "grafana.json"
LARGE = ("messaging_message", "contacts_event", "channels_rawevent", "messaging_receipt", "contacts_contact")


def scraped() -> dict[str, dict[frozenset[tuple[str, str]], float]]:
    """{sample name: {labels: value}} of one scrape."""
    found: dict[str, dict[frozenset[tuple[str, str]], float]] = {}
    for family in text_string_to_metric_families(exposition().decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return found


def value(name: str, **labels: str) -> float:
    return scraped()[name][frozenset(labels.items())]


def queue_of(channel: object, count: int) -> list[Message]:
    workspace = channel.workspace  # type: ignore[attr-defined]
    return queue_service(channel, make_people(workspace, count))  # type: ignore[arg-type]


def test_waiting_messages_are_counted_by_age() -> None:
    channel = make_channel()
    Lane.objects.get_or_create(channel=channel)
    messages = queue_of(channel, 4)
    now = clock.now()
    for message, age in zip(messages, (5, 120, 1800, 1_000_000), strict=True):
        Message.objects.filter(pk=message.pk).update(created_at=now - timedelta(seconds=age))
    Message.objects.filter(pk=messages[2].pk).update(not_before=now - timedelta(seconds=1800))
    pk = str(channel.pk)
    by_age = {age: value("wabolt_queue_messages", channel=pk, age=age) for _limit, age in lane_figures.AGES}
    assert by_age == {"1m": 1, "10m": 1, "1h": 1, "1d": 0, "older": 1}
    assert value("wabolt_queue_oldest_seconds", channel=pk) == pytest.approx(1_000_000, abs=60)
    Message.objects.filter(pk=messages[3].pk).update(not_before=now + timedelta(days=1))
    assert value("wabolt_queue_oldest_seconds", channel=pk) == pytest.approx(1800, abs=60)


def test_a_lane_shows_its_holder_and_what_is_in_flight() -> None:
    channel = make_channel()
    Lane.objects.update_or_create(channel=channel, defaults={"holder": "somebody"})
    Message.objects.filter(pk__in=[m.pk for m in queue_of(channel, 2)]).update(state="sending")
    assert value("wabolt_lane_held", channel=str(channel.pk)) == 1
    assert value("wabolt_lane_in_flight", channel=str(channel.pk)) == 2
    assert value("wabolt_lane_paused", channel=str(channel.pk)) == 0


def test_counts_of_every_process_appear_with_its_name() -> None:
    metrics.sends.labels("7", "sent").inc(3)
    now = clock.now()
    for name in ("gateway:a:1", "gateway:b:2"):
        Process.objects.create(name=name, kind="gateway", host="a", version="1", counts=counts(), beat_at=now)
    old = now - timedelta(minutes=2)
    Process.objects.create(name="gateway:c:3", kind="gateway", host="c", version="1", counts=counts(), beat_at=old)
    found = scraped()["wabolt_sends_total"]
    processes = {dict(labels)["process"] for labels in found}
    assert processes == {"gateway:a:1", "gateway:b:2"}
    assert value("wabolt_sends_total", channel="7", result="sent", process="gateway:b:2") >= 3


def test_every_metric_of_the_board_exists() -> None:
    board = json.loads(BOARD.read_text(encoding="utf-8"))
    expressions = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    assert len(expressions) > 20
    named = {name for expression in expressions for name in re.findall(r"\bwabolt_\w+", expression)}
    counted = {f"{metric.name}{end}" for metric in metrics.COUNTED.collect() for end in ("_total", "_bucket")}
    read = {metric.name for metric in metrics.read_figures()} | {"wabolt_scrape_seconds"}
    assert named <= counted | read
    assert read <= named, "the board shows every figure"


@pytest.mark.parametrize(
    "query",
    [
        (lane_figures.QUEUES, {"most": 10, "ages": [1, 2, 3, 4]}),
        (lane_figures.LANES, {"most": 10}),
        (consumer_figures.OLDEST_UNREAD, None),
        (consumer_queries._LAG, {"workspace": None, "limit": 10, "names": ["x"]}),
        (alert_figures.OPEN, None),
        (backup_figures.NEWEST, None),
    ],
    ids=["queues", "lanes", "oldest_unread", "lag", "alerts", "backup"],
)
def test_no_scrape_reads_a_large_table_from_end_to_end(query: tuple[str, dict[str, object] | None]) -> None:
    statement, values = query
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {statement}", values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert not re.findall(rf"Seq Scan on ({'|'.join(LARGE)})", plan), plan


def test_metrics_contain_no_personal_data() -> None:
    channel = make_channel(name="Nomor Bu Ratna", phone="+6281234567890")
    make_contact(channel.workspace, "Siti Rahmawati")
    text = exposition().decode()
    assert "Ratna" not in text
    assert "Siti" not in text
    assert "1234567890" not in text


@pytest.mark.parametrize("kind", ["gateway", "consumer"])
def test_heartbeat_in_the_future_does_not_count(kind: str) -> None:
    """After the clock of the database was set back, a dead process must not look alive."""
    Process.objects.create(name=f"{kind}:a:1", kind=kind, host="a", version="1", beat_at=Now() + timedelta(hours=1))
    assert kind in readiness().missing
    assert count_processes() == []
    Process.objects.update(beat_at=Now())
    assert kind not in readiness().missing
