"""B14: a durable consumer reads the event log and writes one row for each event.

    python -m benchmarks.b14_consumer [--events 400000] [--repeat 3]

The limit is one `INSERT .. SELECT` over the same events per batch, with the same offset table and one commit per batch,
but without Python objects, lease or horizon.
"""

import argparse
import statistics
import time
from collections.abc import Sequence

from benchmarks.common import make_contacts, make_workspace, say, throwaway

BATCH = 2000


def main() -> None:
    """Runs both sides in turns and prints events per second and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    with throwaway():
        run(arguments.events, arguments.repeat)


def run(events: int, repeat: int) -> None:
    """Fills the log, then lets consumer and limit read it in turns."""
    from django.db import connection

    from wabolt.contacts.models import Consumer
    from wabolt.contacts.registry import EventConsumer, LoggedEvent
    from wabolt.contacts.services.consumers import ConsumerWorker, consumer_leases

    workspace = make_workspace()
    make_contacts(workspace, 10_000)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO contacts_event (workspace_id, contact_id, kind, time, data)"
            " SELECT workspace_id, id, 'message_sent', now() - n * interval '1 minute',"
            " jsonb_build_object('message', n)"
            " FROM contacts_contact CROSS JOIN generate_series(1, %s) AS n WHERE workspace_id = %s",
            [max(1, events // 10_000), workspace.pk],
        )
        cursor.execute(
            "CREATE TABLE bench_effect (contact_id bigint NOT NULL, event_id bigint NOT NULL, kind text NOT NULL)"
        )
        cursor.execute("SELECT count(*) FROM contacts_event")
        total = cursor.fetchone()[0]
        cursor.execute("ANALYZE contacts_event")

    def handle(batch: Sequence[LoggedEvent]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO bench_effect SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[])",
                [[e.contact_id for e in batch], [e.id for e in batch], [e.kind for e in batch]],
            )

    def ours(number: int) -> float:
        name = f"bench{number}"
        Consumer.objects.create(name=name)
        leases = consumer_leases()
        with connection.cursor() as cursor:
            [lease] = leases.acquire(cursor, [name])
        worker = ConsumerWorker(EventConsumer(name, "Bench", handle, batch=BATCH), leases, lease)
        started = time.perf_counter()
        moved = 0
        while size := worker.turn():
            moved += size
        assert moved == total
        return time.perf_counter() - started

    def limit(number: int) -> float:
        name = f"limit{number}"
        Consumer.objects.create(name=name)
        started = time.perf_counter()
        with connection.cursor() as cursor:
            while True:
                cursor.execute(_LIMIT, {"name": name, "batch": BATCH})
                if cursor.fetchone()[0] is None:
                    return time.perf_counter() - started

    times: dict[str, list[float]] = {"ours": [], "limit": []}
    for number in range(repeat):
        for label, side in (("ours", ours), ("limit", limit)):
            with connection.cursor() as cursor:
                cursor.execute("TRUNCATE bench_effect")
            times[label].append(side(number))
            say(f"{label}: {total / times[label][-1]:,.0f} events/s")
    best = {label: total / statistics.median(taken) for label, taken in times.items()}
    print(f"events {total:,}; ours {best['ours']:,.0f}/s; limit {best['limit']:,.0f}/s;", end=" ")
    print(f"ratio {best['ours'] / best['limit']:.2f}")


_LIMIT = """
WITH next AS (
    SELECT e.position, e.id, e.contact_id, e.kind FROM contacts_event e, contacts_consumer c
    WHERE c.name = %(name)s AND (e.position, e.id) > (c.position, c.event_id)
    ORDER BY e.position, e.id LIMIT %(batch)s
), written AS (
    INSERT INTO bench_effect SELECT contact_id, id, kind FROM next
), last AS (
    SELECT position, id FROM next ORDER BY position DESC, id DESC LIMIT 1
), moved AS (
    UPDATE contacts_consumer c SET position = last.position, event_id = last.id FROM last WHERE c.name = %(name)s
)
SELECT max(id) FROM last
"""


if __name__ == "__main__":
    main()
