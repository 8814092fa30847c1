"""B3: fifty live segments under 1,000 changes a second.

    python -m benchmarks.b3_live [--contacts 1000000] [--seconds 600] [--rate 1000] [--home FOLDER]

The changes are made by the services in transactions of 50: cities, own fields, labels, orders, messages from contacts,
read messages. A process of its own works the consumer, as in production. The lag is the age of the oldest event that it
has not read, looked at every 100 ms. At the end the members of each segment are compared with a full evaluation, the
reads of pages are timed, and a pass over all segments, as at each midnight.

The limit: a hand-made loop runs the same tests and the comparison with the kept members in one statement for batches of
2,000 contacts, without Python objects, events, locks or offset. Against it: the consumer's own work on such a batch.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.common import CITIES, make_contacts, make_messages, make_orders, make_workspace, say, settle, throwaway

if TYPE_CHECKING:
    from wabolt.accounts.models import Workspace
    from wabolt.segments.models import Segment

SIZE = 50
"""Contacts of one transaction of changes."""
BATCH = 2_000
TEXTS = (
    *(f'city = "{city}" and consent marketing granted' for city in CITIES[:10]),
    *(f'city in ("{city}", "Jakarta") and orders >= {n}' for n, city in enumerate(CITIES[1:7])),
    *(f"last order over {days} days ago and consent marketing granted" for days in (30, 60, 90, 180)),
    "last order within 30 days",
    *(f"spent >= {amount}" for amount in (500_000, 1_000_000)),
    "orders = 0",
    "orders = 0 and created within 30 days",
    'orders >= 2 and bought category "batik" within 90 days and not tag "reseller"',
    'bought product "BTK-01" and not bought product "SPT-01"',
    'bought category "tas" within 30 days',
    *(f'tag "{tag}"' for tag in ("VIP", "reseller")),
    'spent >= 1000000 or tag "VIP"',
    'not tag "VIP" and not tag "reseller" and orders >= 3',
    "birthday within 7 days and consent marketing granted",
    "birthday this month",
    'gender = "female" and age >= 25 and age <= 40',
    "age < 25",
    *(f'field.size = "{size}" and field.member is yes' for size in ("S", "M", "XL")),
    "field.points >= 500 and field.member is yes",
    "field.renewal within next 30 days",
    "last reply within 30 days",
    "last reply over 90 days ago and consent marketing granted",
    "has written and orders = 0",
    "read any broadcast within 30 days and not clicked any broadcast within 30 days",
    "received any broadcast within 30 days and not read any broadcast within 30 days",
    "clicked any broadcast",
    'source = "instagram" and has phone',
    'not (tag "reseller" or orders >= 4) and consent marketing granted',
    "everyone",
)


def main() -> None:
    """Fills a shop, runs the load and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--home", type=Path, help="keep the database here for the next run")
    chosen = parser.parse_args()
    os.environ.setdefault("WABOLT_SECRET_KEY", "benchmark")
    with throwaway(home=chosen.home):
        run(chosen.contacts, chosen.seconds, chosen.rate)


def run(contacts: int, seconds: float, rate: int) -> None:
    """One whole run."""
    workspace = make_workspace()
    make_contacts(workspace, contacts)
    make_orders(workspace)
    make_messages(workspace)
    segments = make_live(workspace)
    print(f"B3: {contacts:,} contacts, {len(segments)} live segments, {rate:,} changes/s for {seconds:g} s")
    consumer = subprocess.Popen([sys.executable, "-m", "wabolt", "consumer"], env=dict(os.environ))
    try:
        while not _row("SELECT count(*) FROM contacts_consumer WHERE name = 'live segments' AND holder <> ''")[0]:
            time.sleep(0.1)
        load(workspace, seconds, rate)
        print(f"processor time of the consumer, without PostgreSQL: {_cpu_seconds(consumer.pid):.1f} s")
    finally:
        consumer.terminate()
        consumer.wait()
    compare(workspace, segments)
    time_reads(workspace, segments)
    time_passes(workspace)
    time_batches(workspace)


def make_live(workspace: "Workspace") -> "list[Segment]":
    """Makes the segments and their first members, and prints how long that takes."""
    from wabolt.segments.models import LiveMember, Segment
    from wabolt.segments.queries import catalogue, parse
    from wabolt.segments.services import create_segment, keep_live, tend_live

    known = catalogue(workspace)
    if not Segment.objects.filter(workspace=workspace).exists():
        for text in TEXTS:
            create_segment(workspace=workspace, name=text[:100], tree=parse(text, known))
    segments = list(Segment.objects.filter(workspace=workspace).order_by("pk"))
    for segment in segments:
        keep_live(segment=segment)
    begun = time.perf_counter()
    while tend_live():
        pass
    print(f"first members: {LiveMember.objects.count():,} rows in {time.perf_counter() - begun:.1f} s; {_sizes()}")
    settle()
    return segments


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _sizes() -> str:
    return "table {}, indexes {}".format(
        *_row(
            "SELECT pg_size_pretty(pg_relation_size('segments_livemember')),"
            " pg_size_pretty(pg_indexes_size('segments_livemember'))"
        )
    )


def _row(sql: str, params: Sequence[object] = ()) -> tuple[Any, ...]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return tuple(cursor.fetchone())


def load(workspace: "Workspace", seconds: float, rate: int) -> None:
    """Makes the changes and measures the lag; waits until the consumer has read all events."""
    lags: list[float] = []
    stop = threading.Event()
    sampler = threading.Thread(target=_sample, args=(lags, stop))
    sampler.start()
    made, begun = 0, time.perf_counter()
    changes = Changes(workspace)
    while (now := time.perf_counter()) - begun < seconds:
        if made < (now - begun) * rate:
            changes.make()
            made += SIZE
        else:
            time.sleep(0.005)
    taken = time.perf_counter() - begun
    while _unread():
        time.sleep(0.05)
    stop.set()
    sampler.join()
    lags.sort()
    shares = {name: lags[min(len(lags) - 1, int(len(lags) * share))] for name, share in (("p50", 0.5), ("p99", 0.99))}
    shares["max"] = lags[-1]
    entered, left = _row(
        "SELECT count(*) FILTER (WHERE kind = 'segment_entered'), (SELECT count(*) FROM segments_livedeparture)"
        " FROM contacts_event"
    )
    print(f"{made / taken:,.0f} changes/s made; entered {entered:,}, left {left:,}")
    print("lag: " + ", ".join(f"{name} {1000 * value:,.0f} ms" for name, value in shares.items()))


_LAG = """
SELECT extract(epoch FROM clock_timestamp() - min(e.time)) FROM contacts_event e, contacts_consumer c
 WHERE c.name = 'live segments' AND (e.position, e.id) > (c.position, c.event_id)
"""


def _sample(lags: list[float], stop: threading.Event) -> None:
    from django.db import connection

    while not stop.wait(0.1):
        lags.append(float(_row(_LAG)[0] or 0))
    connection.close()


def _unread() -> bool:
    return _row(_LAG)[0] is not None


class Changes:
    """Random changes of random contacts, 50 in each transaction."""

    def __init__(self, workspace: "Workspace") -> None:
        from wabolt.contacts.models import Contact

        self.workspace = workspace
        self.first, self.last = _row(f"SELECT min(id), max(id) FROM {Contact._meta.db_table}")
        self.chance = random.Random(7)
        self.number = 0
        kinds: tuple[Callable[[list[int]], object], ...] = (
            self.cities, self.fields, self.tags, self.orders, self.messages, self.reads,
        )  # fmt: skip
        self.kinds = kinds

    def make(self) -> None:
        """Changes SIZE contacts in one transaction."""
        from django.db import transaction

        ids = self.chance.sample(range(self.first, self.last + 1), SIZE)
        self.number += 1
        with transaction.atomic():
            self.kinds[self.number % len(self.kinds)](sorted(ids))

    def _tell(self, ids: list[int], kind: str) -> None:
        from wabolt.contacts.services import record_event

        record_event(workspace=self.workspace, contact_ids=ids, kind=kind, data={})

    def _write(self, sql: str, ids: list[int], *more: object) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(sql, [*more, ids])

    def cities(self, ids: list[int]) -> None:
        self._write("UPDATE contacts_contact SET city = %s WHERE id = ANY(%s)", ids, self.chance.choice(CITIES))
        self._tell(ids, "contact_updated")

    def fields(self, ids: list[int]) -> None:
        from wabolt.contacts.services import set_field

        set_field(workspace=self.workspace, contact_ids=ids, key="size", value=self.chance.choice("SML"))

    def tags(self, ids: list[int]) -> None:
        from wabolt.contacts.services import add_tags, remove_tags

        tag = [self.chance.choice(("VIP", "reseller"))]
        (add_tags if self.chance.random() < 0.3 else remove_tags)(
            workspace=self.workspace, contact_ids=ids, tag_names=tag
        )
        self._tell(ids, "contact_updated")  # so that each of them counts as a change

    def orders(self, ids: list[int]) -> None:
        from wabolt.commerce.services import NewLine, NewOrder, record_orders
        from wabolt.lib import clock

        now, line = clock.now(), NewLine(self.chance.choice(("BTK-01", "TAS-01", "SPT-01")), total=150_000)
        orders = [NewOrder(pk, f"B3-{self.number}-{pk}", now, (line,)) for pk in ids]
        record_orders(workspace=self.workspace, orders=orders)

    def messages(self, ids: list[int]) -> None:
        self._write("UPDATE contacts_contact SET last_inbound_at = now() WHERE id = ANY(%s)", ids)
        self._tell(ids, "message_received")

    def reads(self, ids: list[int]) -> None:
        self._write(
            "UPDATE messaging_message SET state = 'read', read_at = now()"
            " WHERE contact_id = ANY(%s) AND state = 'delivered'",
            ids,
        )
        self._tell(ids, "message_read")


def compare(workspace: "Workspace", segments: "Sequence[Segment]") -> None:
    """Compares the members of each segment with a full evaluation."""
    from wabolt.segments.models import LiveMember
    from wabolt.segments.queries import contact_ids, segment_tree

    for segment in segments:
        kept = set(LiveMember.objects.filter(segment=segment).values_list("contact", flat=True))
        asked = contact_ids(workspace, segment_tree(segment))
        if kept != asked:
            raise SystemExit(f"{segment.name}: {len(asked - kept)} missing, {len(kept - asked)} too many")
    print("the members of all segments equal a full evaluation")


def time_reads(workspace: "Workspace", segments: "Sequence[Segment]") -> None:
    """Times the reads of each segment: the count, the first ten, everything that its page shows, and the evaluation."""
    from wabolt.lib.web import WHOLE
    from wabolt.segments.queries import (
        catalogue,
        compile_segment,
        count_contacts,
        preview,
        sample_contacts,
        segment_tree,
    )

    settle()
    known = catalogue(workspace)
    times: dict[str, list[float]] = {"count": [], "first ten": [], "page": [], "count, evaluated": []}

    def timed(name: str, work: Callable[[], object]) -> None:
        begun = time.perf_counter()
        work()
        times[name].append(1000 * (time.perf_counter() - begun))

    from wabolt.lib import clock

    for segment in [*segments] * 2:
        tree = segment_tree(segment)
        timed("count", lambda tree=tree: count_contacts(workspace, tree))
        timed("first ten", lambda tree=tree: sample_contacts(workspace, tree))
        timed("page", lambda tree=tree: preview(workspace, tree, known, patience=WHOLE))
        found = compile_segment(workspace, tree, clock.now())
        timed("count, evaluated", lambda found=found: _row(f"SELECT count(*) FROM ({found.sql}) s", found.params))
    for name, each in times.items():
        p95 = sorted(each)[int(len(each) * 0.95)]
        print(f"{name}: median {statistics.median(each):.0f} ms, p95 {p95:.0f} ms, max {max(each):.0f} ms")


def time_passes(workspace: "Workspace") -> None:
    """Times the passes over all segments on the next day, and the longest step, for which the consumer would wait."""
    from wabolt.lib import clock
    from wabolt.segments.models import LiveSegment
    from wabolt.segments.services import passes

    longest, steps = 0.0, 0
    tomorrow = clock.now() + timedelta(days=1)
    begun = time.perf_counter()
    with clock.hold(tomorrow):
        for pk in LiveSegment.objects.filter(workspace=workspace).values_list("pk", flat=True):
            is_going = True
            while is_going:
                step = time.perf_counter()
                is_going = passes._step(pk)
                longest, steps = max(longest, time.perf_counter() - step), steps + 1
        taken = time.perf_counter() - begun
    print(f"passes of the next day: {taken:.1f} s, {steps} steps, the longest {1000 * longest:.0f} ms")


def time_batches(workspace: "Workspace") -> None:
    """Times the consumer's work on a batch in which every contact has changed, against the limit."""
    from django.db import connection, transaction

    from wabolt.contacts.registry import LoggedEvent
    from wabolt.lib import clock
    from wabolt.segments.models import LiveSegment
    from wabolt.segments.queries import compile_each, segment_tree, tests_of
    from wabolt.segments.services import changes

    chance, (first, last) = random.Random(8), _row("SELECT min(id), max(id) FROM contacts_contact")
    live = list(LiveSegment.objects.filter(workspace=workspace).select_related("segment").order_by("pk"))
    found = compile_each(workspace, [segment_tree(row.segment) for row in live], clock.now())
    ids = [row.pk for row in live]
    ours, limit = [], []
    with clock.hold(clock.now() + timedelta(days=1)):
        for _ in range(5):
            contacts = chance.sample(range(first, last + 1), BATCH)
            events = [LoggedEvent(0, workspace.pk, pk, "contact_created", clock.now(), {}) for pk in contacts]
            begun = time.perf_counter()
            with transaction.atomic():
                changes.handle(events)
            ours.append(BATCH / (time.perf_counter() - begun))
            tests = tests_of(found, contacts)  # type: ignore[arg-type]
            begun = time.perf_counter()
            with connection.cursor() as cursor:
                cursor.execute(_LIMIT.format(tests=tests.sql), [*tests.params, ids, ids, contacts])
                cursor.fetchall()
            limit.append(BATCH / (time.perf_counter() - begun))
    mine, most = statistics.median(ours), statistics.median(limit)
    print(f"ours {mine:,.0f} contacts/s; limit {most:,.0f} contacts/s; ratio {mine / most:.2f}")
    say("both with every contact changed and all fifty segments asked")


_LIMIT = """
SELECT coalesce(t.id, m.contact_id), coalesce(t.segment_id, m.segment_id)
  FROM (SELECT tests.id, s.segment_id
          FROM ({tests} OFFSET 0) AS tests (id, holds), unnest(%s::bigint[]) WITH ORDINALITY AS s (segment_id, n)
         WHERE tests.holds[s.n]) t
  FULL JOIN (SELECT segment_id, contact_id FROM segments_livemember
              WHERE segment_id = ANY(%s) AND contact_id = ANY(%s)) m
    ON (m.segment_id, m.contact_id) = (t.segment_id, t.id)
 WHERE t.id IS NULL OR m.contact_id IS NULL
"""


if __name__ == "__main__":
    main()
