"""B17: join people through intake, from stored raw events to confirmed entries with answers, and read the results.

    python -m benchmarks.b17_joins [--joins 3000] [--entries 100000] [--profile]

Each message comes from a new person and carries the code of one of 20 placements, or of a form with two answers. It
makes a contact, a conversation, an entry, a permission in the ledger, events and a queued answer. The limit stores the
rows of contacts, entries, events and ledger with one plain statement for each batch of 500. Afterwards `--entries`
confirmed entries are added for the reads: the report of one way in, the results of the month, and four segments.
"""

import argparse
import json
import os
import statistics
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from benchmarks.common import make_contacts, make_orders, make_workspace, say, settle, throwaway

if TYPE_CHECKING:
    from wabolt.channels.models import Channel
    from wabolt.optin.models import EntryPoint

BATCH = 500
LIMIT = """
WITH people AS (
    INSERT INTO contacts_contact (workspace_id, name, gender, city, city_original, email, language, source, fields,
                                  created_at, updated_at, last_inbound_at, search)
    SELECT %(workspace)s, '', '', '', '', '', 'id', 'whatsapp', '{}', now(), now(), now(), ''
      FROM generate_series(1, %(count)s) RETURNING id
), identities AS (
    INSERT INTO contacts_identity (workspace_id, contact_id, kind, value, created_at)
    SELECT %(workspace)s, id, 'phone', '+629' || (10000000000 + id), now() FROM people
), entries AS (
    INSERT INTO optin_entry (workspace_id, point_id, placement_id, state, answers, marketing, service,
                             marketing_wording_id, created_at, contact_id, message_id, confirmed_at, newly_granted)
    SELECT %(workspace)s, %(point)s, %(placement)s, 'confirmed', '{}', TRUE, FALSE, %(wording)s, now(), id, id, now(),
           TRUE
      FROM people
), events AS (
    INSERT INTO contacts_event (workspace_id, contact_id, kind, time, data)
    SELECT %(workspace)s, id, kind, now(), '{}'
      FROM people, unnest(ARRAY['message_received', 'consent_granted', 'entry_point_joined']) AS kind
), ledger AS (
    INSERT INTO consent_consentevent (workspace_id, seq, contact_id, purpose, action, source, evidence, at, prev_hash,
                                      hash)
    SELECT %(workspace)s, %(first)s + row_number() OVER (), id, 'marketing', 'granted', 'entry_point', '{}', now(),
           '', '' FROM people RETURNING id, contact_id
)
INSERT INTO consent_consent (workspace_id, contact_id, purpose, state, since, source, event_id)
SELECT %(workspace)s, contact_id, 'marketing', 'granted', now(), 'entry_point', id FROM ledger
"""
ENTRIES = """
INSERT INTO optin_entry (workspace_id, point_id, placement_id, state, answers, marketing, service, marketing_wording_id,
                         created_at, contact_id, message_id, confirmed_at, newly_granted)
SELECT c.workspace_id, k.point_id, k.id, 'confirmed', '{}', TRUE, FALSE, p.marketing_wording_id, at, c.id, c.id, at,
       TRUE
  FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM contacts_contact
         WHERE workspace_id = %(workspace)s LIMIT %(count)s) c
  JOIN (SELECT *, row_number() OVER (ORDER BY id) AS n, count(*) OVER () AS total
          FROM optin_placement WHERE workspace_id = %(workspace)s) k ON k.n = 1 + c.n %% k.total
  JOIN optin_entrypoint p ON p.id = k.point_id
 CROSS JOIN LATERAL (SELECT now() - random() * interval '200 days' + 0 * c.id * interval '1 day' AS at) made
"""


def make_points(channel: "Channel") -> "list[EntryPoint]":
    """Four ways in with five placements each."""
    from wabolt.optin.services import PointDraft, add_placement, create_point

    points = []
    for name in ("Kasir", "Etalase", "Kemasan", "Bio"):
        point = create_point(workspace=channel.workspace, draft=PointDraft(kind="qr", name=name, channel=channel))
        for branch in ("Dago", "Setiabudi", "Cihampelas", "Lembang"):
            add_placement(workspace=channel.workspace, point=point, branch=branch, medium="till", staff="Rina")
        points.append(point)
    return points


def make_forms(channel: "Channel", count: int) -> list[str]:
    """Submits `count` forms with a name and a city. Returns their codes."""
    from wabolt.optin.services import PointDraft, Submission, create_point, submit_entry

    questions = [{"key": "name"}, {"key": "city"}]
    draft = PointDraft(kind="form", name="Website", channel=channel, questions=questions)
    placement = create_point(workspace=channel.workspace, draft=draft).placements.get()
    given = ({"name": f"Ayu {n}", "city": "Bandung"} for n in range(count))
    return [
        str(submit_entry(placement=placement, submission=Submission(marketing=True, answers=a)).code) for a in given
    ]


def ring(channel: "Channel", joins: int, run: str, codes: "list[str] | None" = None) -> None:
    """Stores the raw events of `joins` messages from as many new numbers, one second apart. `codes`: those of forms;
    None: the codes of all placements in turn."""
    from wabolt.channels.models import RawEvent
    from wabolt.lib import clock
    from wabolt.optin.models import Placement

    codes = codes or list(Placement.objects.filter(workspace=channel.workspace).values_list("code", flat=True))
    now = clock.now()
    RawEvent.objects.bulk_create(
        [
            RawEvent(
                channel=channel, kind="message", dedupe_key=f"{run}-{n}", occurred_at=now, received_at=now,
                payload={
                    "at": (now - timedelta(seconds=joins - n)).isoformat(), "key": f"{run}-{n}",
                    "phone": f"+62813{run}{n:07}", "name": f"Pelanggan {n}",
                    "text": f"Halo Gaya Nusantara, saya mau gabung. #{codes[n % len(codes)]}",
                },
            )
            for n in range(joins)
        ],
        batch_size=2000,
    )  # fmt: skip


def joined(channel: "Channel", joins: int, run: str, codes: "list[str] | None" = None) -> float:
    """Takes `joins` messages in. Returns the seconds. Raises RuntimeError if an entry is missing afterwards."""
    from wabolt.messaging.services import process_raw_events
    from wabolt.optin.models import Entry

    ring(channel, joins, run, codes)
    before = Entry.objects.filter(workspace=channel.workspace, state="confirmed").count()
    started = time.perf_counter()
    while process_raw_events(channel).processed:
        pass
    seconds = time.perf_counter() - started
    done = Entry.objects.filter(workspace=channel.workspace, state="confirmed").count() - before
    if done != joins:
        raise RuntimeError(f"{done} of {joins} joined")
    return seconds


def inserted(point: "EntryPoint", joins: int) -> float:
    """Stores the rows of `joins` joins with plain statements. Returns the seconds. Everything is rolled back."""
    from django.db import connection, transaction

    from wabolt.consent.models import ConsentEvent

    placement = point.placements.all()[0]
    first = ConsentEvent.objects.filter(workspace=point.workspace).count() + 10**9
    with transaction.atomic():
        started = time.perf_counter()
        with connection.cursor() as cursor:
            for start in range(0, joins, BATCH):
                values = {"workspace": point.workspace_id, "count": BATCH, "point": point.pk, "placement": placement.pk}
                cursor.execute(LIMIT, {**values, "wording": point.marketing_wording_id, "first": first + start})
        seconds = time.perf_counter() - started
        transaction.set_rollback(True)
    return seconds


def statements_per_join(channel: "Channel") -> float:
    """The number of SQL statements for one join, from a batch of 20."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as found:
        joined(channel, 20, "77")
    return len(found) / 20


def median_ms(work: Any, turns: int = 7) -> float:
    """Median of several turns, in ms."""
    took = []
    for _turn in range(turns):
        started = time.perf_counter()
        work()
        took.append(1000 * (time.perf_counter() - started))
    return statistics.median(took)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--joins", type=int, default=3000)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--profile", action="store_true", help="print the functions that take most time")
    options = parser.parse_args()
    with throwaway():
        from wabolt.channels.models import Channel
        from wabolt.lib import clock

        workspace = make_workspace("Joins")
        channel = Channel.objects.create(
            workspace=workspace, name="Kasir", provider="simulator", phone="+6281100000001", state="connected"
        )
        points = make_points(channel)
        say("warm up")
        joined(channel, 200, "10")
        each = statements_per_join(channel)
        if options.profile:
            profile(channel)
        seconds = [joined(channel, options.joins, f"2{turn}") for turn in range(3)]
        bare = statistics.median(inserted(points[0], options.joins) for _turn in range(3))
        took = statistics.median(seconds)
        forms = [joined(channel, options.joins, f"3{n}", make_forms(channel, options.joins)) for n in range(3)]
        print(
            f"load {os.getloadavg()[0]:.1f}, with codes of forms {options.joins / statistics.median(forms):.0f} joins/s"
        )
        print(f"confirmed joins/s  ours {options.joins / took:8.0f}  limit {options.joins / bare:8.0f}"
              f"  ratio {bare / took:.3f}  statements per join {each:.1f}")  # fmt: skip
        reads(make_workspace("Reads"), options.entries, clock.now())


def profile(channel: "Channel") -> None:
    """Prints the functions of one run by their cumulated time."""
    import cProfile
    import pstats

    run = cProfile.Profile()
    run.enable()
    joined(channel, 500, "99")
    run.disable()
    pstats.Stats(run).sort_stats("cumulative").print_stats(45)


def reads(workspace: Any, entries: int, now: Any) -> None:
    """Prints the times of the report, the month and two segments over `entries` entries."""
    from django.db import connection

    from wabolt.channels.models import Channel
    from wabolt.optin import reports
    from wabolt.segments.queries import catalogue, compile_segment
    from wabolt.segments.rules import parse

    make_contacts(workspace, int(entries * 1.2))
    make_orders(workspace)
    channel = Channel.objects.create(
        workspace=workspace, name="Reads", provider="simulator", phone="+6281100000002", state="connected"
    )
    points = make_points(channel)
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES, {"workspace": workspace.pk, "count": entries})
    settle()
    print(f"report of one way in     {median_ms(lambda: reports.point_report(points[0])):8.1f} ms")
    print(f"results of the month     {median_ms(lambda: reports.month_results(workspace)):8.1f} ms")
    known = catalogue(workspace)
    for text in ('joined by "Kasir"', 'joined at branch "Dago"', 'not joined by "Kasir"', "joined by is empty"):
        found = compile_segment(workspace, parse(text, known), now)

        def count(sql: str = found.sql, params: Any = found.params) -> int:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM ({sql}) AS people", params)
                return int(cursor.fetchone()[0])

        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {found.sql}", found.params)
            plan = cursor.fetchone()[0]
        scans = sorted(set(scans_of(plan if isinstance(plan, list) else json.loads(plan))))
        print(f"segment {text:<24} {median_ms(count):8.1f} ms  {count():7} people  {', '.join(scans)}")


def scans_of(plan: Any) -> list[str]:
    """The scans of a plan: the kind and the index or table."""
    if isinstance(plan, list):
        return [scan for part in plan for scan in scans_of(part)]
    if not isinstance(plan, dict):
        return []
    here = (
        [f"{plan['Node Type']} {plan.get('Index Name') or plan.get('Relation Name')}"]
        if "Relation Name" in plan
        else []
    )
    return here + [scan for value in plan.values() if isinstance(value, list | dict) for scan in scans_of(value)]


if __name__ == "__main__":
    main()
