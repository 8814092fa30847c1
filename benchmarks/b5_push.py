"""B5: push queued messages through a sink, with the state of each message durable before and after the provider call.

    python benchmarks/b5_push.py [--messages 100000] [--profile]

Our figure covers the work of the gateway: lease check; consent, suppression, cap and address re-read, with consent
locked; Liquid text with the contact's data and a tracked link; attempt committed; provider called (it accepts and does
nothing); result, event and the contact's last outbound time committed. The limit is the minimum that a durable state
before and after a call costs in plain PostgreSQL on the same rows: two set-wise updates of a bare table with a commit
each, driven by psycopg.
"""

import argparse
import cProfile
import pstats
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.common import make_contacts, make_workspace, say, throwaway

TEXT = (
    'Halo {{ contact.first_name | default: "Kak" }}, koleksi baru sudah datang di {{ shop.name }}! '
    "Kode Kakak {{ voucher.code }}, {{ voucher.percent }} persen sampai {{ voucher.until }}: https://gaya.example/baru"
)
CHOSEN = """
SELECT c.id, jsonb_build_object('voucher',
       jsonb_build_object('code', 'GAYA-' || c.id, 'percent', 15, 'until', '2026-12-31'))
  FROM contacts_contact c
  JOIN consent_consent k ON k.contact_id = c.id AND k.purpose = 'marketing' AND k.state = 'granted'
 WHERE c.workspace_id = %(s_workspace)s AND EXISTS (SELECT FROM contacts_identity i WHERE i.contact_id = c.id)
 ORDER BY c.id LIMIT %(s_count)s
"""
BARE = """
CREATE TABLE bare (id bigserial PRIMARY KEY, contact_id bigint NOT NULL, state text NOT NULL, text text NOT NULL,
    provider_id text, attempted_at timestamptz, sent_at timestamptz);
CREATE INDEX bare_queued ON bare (id) WHERE state = 'queued';
CREATE UNIQUE INDEX bare_provider ON bare (provider_id);
INSERT INTO bare (contact_id, state, text) SELECT contact_id, 'queued', '' FROM messaging_message ORDER BY id;
"""


class Sink:
    """A provider that accepts each message at once and does nothing."""

    def __init__(self) -> None:
        from wabolt.channels.registry import Capabilities

        self.capabilities = Capabilities(max_messages_per_minute=0, max_daily_cap=10**9, is_simulation=True)
        self.taken: set[str] = set()

    def connect(self) -> None:
        """Does nothing: the sink has no connection."""

    def close(self) -> None:
        """Does nothing: the sink has no connection."""

    def send(self, batch: Any) -> list[Any]:
        """Accepts all messages and counts them."""
        from wabolt.channels.registry import Accepted
        from wabolt.lib import clock

        now = clock.now()
        self.taken.update(out.ref for out in batch)
        return [Accepted(f"SINK-{out.ref}", now) for out in batch]

    def collect(self, limit: int) -> int:
        """Returns no events: no recipient replies."""
        return 0


def queue(count: int) -> Any:
    """Creates a channel with `count` queued promotions."""
    from datetime import time as clock_time

    from wabolt.channels.models import Channel
    from wabolt.lib import clock
    from wabolt.messaging import services

    workspace = make_workspace()
    make_contacts(workspace, int(count * 1.6))
    channel = Channel.objects.create(
        workspace=workspace, provider="simulator", name="Sink", state="connected", linked_at=clock.now(),
        messages_per_minute=0, jitter_percent=0, daily_cap=10**9, warm_up=False,
        quiet_from=clock_time(0), quiet_until=clock_time(0),
    )  # fmt: skip
    content = services.create_content(workspace=workspace, text=TEXT)
    started = time.perf_counter()
    draft = services.Draft(purpose="marketing", origin_kind="broadcast", origin_id=1, content=content)
    params = {"s_count": count, "s_workspace": workspace.pk}
    queued = services.queue_from_select(
        workspace=workspace, channel=channel, draft=draft, select_sql=CHOSEN, params=params
    )
    say(f"queued {queued} in {time.perf_counter() - started:.1f} s")
    return channel


def limit(url: str, count: int, batch: int = 500) -> float:
    """Messages per second of the bare loop."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as bare:
        bare.execute(BARE)
        bare.execute("VACUUM ANALYZE bare")
        bare.execute("CHECKPOINT")
        started, done = time.perf_counter(), 0
        while done < count:
            with bare.transaction():
                rows = bare.execute(
                    "UPDATE bare SET state = 'sending', attempted_at = now(), text = 'Halo' WHERE id IN"
                    " (SELECT id FROM bare WHERE state = 'queued' ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)"
                    " RETURNING id",
                    [batch],
                ).fetchall()
            ids = [row[0] for row in rows]
            with bare.transaction():
                bare.execute(
                    "UPDATE bare SET state = 'sent', sent_at = now(), provider_id = v.p"
                    " FROM unnest(%s::bigint[], %s::text[]) AS v (id, p) WHERE bare.id = v.id",
                    [ids, [f"SINK-{pk}" for pk in ids]],
                )
            done += len(ids)
        rate = count / (time.perf_counter() - started)
        bare.execute("DROP TABLE bare")
    return rate


def ours(channel: Any, count: int) -> tuple[float, int]:
    """Messages per second of the lane, and the number of batches."""
    from wabolt.messaging.gateway.connections import close_connection
    from wabolt.messaging.gateway.lease import LaneLeases, ensure_lanes
    from wabolt.messaging.gateway.work import LaneWorker

    ensure_lanes([channel.pk])
    leases = LaneLeases("bench")
    [lease] = leases.acquire([channel.pk])
    sink = Sink()
    writer = ThreadPoolExecutor(1)
    worker = LaneWorker(channel, lease, sink, writer)
    started, done, turns = time.perf_counter(), 0, 0
    while done < count:
        leases.renew([lease])
        attempted = worker.turn().attempted
        done += attempted
        turns += 1
        if not attempted:
            raise SystemExit(f"the lane stopped at {done}")
    worker.wait_for_commit()
    rate = count / (time.perf_counter() - started)
    writer.submit(close_connection)
    writer.shutdown()
    if len(sink.taken) != count:
        raise SystemExit(f"the sink saw {len(sink.taken)} of {count}")
    return rate, turns


def main() -> None:
    """Runs the benchmark and prints the result."""
    options = argparse.ArgumentParser()
    options.add_argument("--messages", type=int, default=100_000)
    options.add_argument("--profile", action="store_true")
    given = options.parse_args()
    with throwaway() as url:
        from django.db import connection

        from wabolt.contacts.services import ensure_event_partitions
        from wabolt.messaging import queries

        ensure_event_partitions()
        channel = queue(given.messages)
        bare = limit(url, given.messages)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")
        profile = cProfile.Profile()
        if given.profile:
            profile.enable()
        rate, turns = ours(channel, given.messages)
        if given.profile:
            profile.disable()
            pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(32)
        counts = queries.state_counts(channel.workspace, "broadcast", 1)
        print(f"B5 messages {given.messages}, turns {turns}, states { {k: v for k, v in counts.items() if v} }")
        print(f"ours   {rate:>9,.0f} messages/s")
        print(f"limit  {bare:>9,.0f} messages/s (bare table, two commits a batch)")
        print(f"ratio  {rate / bare:>9.2f}")


if __name__ == "__main__":
    main()
