"""B21: journeys of a shop with a million contacts: entries by silence, dates and restock, and the pages.

    python -m benchmarks.b21_journey_pages [--contacts 1000000] [--repeat 5] [--slow 100] [--explain] [--home FOLDER]

The shop of b7_pages gets five journeys: one by hand with a million entries (half of them still inside, two million
runs, half a million messages with clicks and replies), and one each of the triggers that find people by a query. A home
of b7_pages can be used again. `enter_due` of a trigger is measured twice: when many people are due, and when none is,
as in almost every run of the job.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.b7_pages import client_of, fill, get
from benchmarks.common import (
    Timed,
    compare,
    listening,
    note_slow,
    print_plan,
    print_slow,
    row,
    say,
    settle,
    throwaway,
)

if TYPE_CHECKING:
    from wabolt.accounts.models import Workspace
    from wabolt.journeys.models import Journey

_ENROLLMENTS = """
INSERT INTO journeys_enrollment (workspace_id, journey_id, contact_id, entry_key, rotation, state, step_id,
    waiting_since, is_behind, due_at, visit, arrived_after, entered_after, context, steps_today, entered_at, ended_at,
    reason, error)
SELECT workspace_id, %(journey)s, id, '', 1, s.state, CASE WHEN s.state IN ('active', 'parked') THEN %(wait)s END, s.at,
       false, CASE WHEN s.state = 'active' THEN now() + interval '30 days' END, 1, 0, 0, '{}', 0, s.at,
       CASE WHEN s.state IN ('finished', 'exited') THEN s.at + interval '2 days' END,
       CASE WHEN s.state = 'exited' THEN 'goal' ELSE '' END, ''
  FROM (SELECT id, workspace_id, now() - (id %% 90) * interval '1 day' AS at,
               (ARRAY['active', 'active', 'active', 'active', 'finished', 'finished', 'exited', 'exited', 'active',
                      'held_out'])[1 + id %% 10] AS state
          FROM contacts_contact WHERE workspace_id = %(workspace)s) AS s
"""
_RUNS = """
INSERT INTO journeys_steprun (enrollment_id, step_id, visit, at, outcome, detail)
SELECT e.id, s.id, 1, e.entered_at,
       CASE WHEN s.id = %(send)s THEN CASE WHEN e.id %% 2 = 0 THEN 'sent' ELSE 'skipped' END ELSE 'branched' END,
       CASE WHEN s.id = %(send)s AND e.id %% 2 = 1 THEN '{"reason": "quiet_hours"}'::jsonb ELSE '{"arm": 0}' END
  FROM journeys_enrollment e, unnest(ARRAY[%(send)s, %(branch)s]::bigint[]) AS s (id)
 WHERE e.journey_id = %(journey)s AND e.state <> 'held_out'
"""
_MESSAGES = """
INSERT INTO messaging_message (workspace_id, channel_id, contact_id, direction, state, purpose, priority, origin_kind,
    origin_id, idempotency_key, content_id, variables, text, reason, detail, created_at, sent_at, read_at)
SELECT e.workspace_id, %(channel)s, e.contact_id, 'outbound',
       CASE WHEN e.id %% 20 = 0 THEN 'suppressed' WHEN e.id %% 3 = 0 THEN 'read' ELSE 'delivered' END, 'marketing', 4,
       'journey', %(send)s, 'journey:' || e.id || ':' || %(send)s || ':1', %(content)s, '{}', 'Halo', CASE WHEN
       e.id %% 20 = 0 THEN 'no_consent' ELSE '' END, '', e.entered_at, CASE WHEN e.id %% 20 > 0 THEN e.entered_at END,
       CASE WHEN e.id %% 20 > 0 AND e.id %% 3 = 0 THEN e.entered_at + interval '1 hour' END
  FROM journeys_enrollment e
 WHERE e.journey_id = %(journey)s AND e.state <> 'held_out' AND e.id %% 2 = 0
"""
_REPLIES = """
INSERT INTO messaging_message (workspace_id, channel_id, contact_id, direction, state, purpose, priority, origin_kind,
    variables, text, reason, detail, created_at, in_reply_to_id)
SELECT workspace_id, channel_id, contact_id, 'inbound', 'received', 'service', 1, 'contact', '{}', 'Mau kak', '', '',
       sent_at + interval '1 hour', id
  FROM messaging_message WHERE origin_kind = 'journey' AND origin_id = %(send)s AND sent_at IS NOT NULL
   AND id %% 10 = 0
"""
_CLICKS = """
INSERT INTO messaging_click (link_id, message_id, contact_id, at, is_bot, user_agent)
SELECT %(link)s, id, contact_id, read_at, false, '' FROM messaging_message
 WHERE origin_kind = 'journey' AND origin_id = %(send)s AND read_at IS NOT NULL
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--slow", type=float, default=100, help="milliseconds from which a statement is shown")
    parser.add_argument("--explain", action="store_true", help="show the plans of slow statements too")
    parser.add_argument("--home", type=Path, help="keep the database here for the next run")
    chosen = parser.parse_args()
    with throwaway(home=chosen.home):
        big = fill(chosen.contacts)
        journey = fill_journey(big)
        measure_due(big, chosen.explain)
        measure_pages(big, journey, chosen.repeat, chosen.slow, chosen.explain)


def fill_journey(workspace: "Workspace") -> "Journey":
    """The journey with a million entries, unless the home has it."""
    from django.db import connection

    from wabolt.analytics.services import settle_attribution
    from wabolt.channels.models import Channel
    from wabolt.contacts.services import compact_tallies
    from wabolt.journeys.models import Journey
    from wabolt.journeys.rules import definition as d
    from wabolt.messaging.models import TrackedLink

    found = Journey.objects.filter(workspace=workspace, name="Semua").first()
    if found is not None:
        return found
    say("a journey with an entry of each contact")
    arms = (d.BranchArm('city = "Bandung"', (d.End("e1"),)),)
    journey = _published(
        workspace, "Semua", d.Trigger("by_hand"), goal=d.Happening("order"),
        steps=(d.Send("s1", "Halo"), d.Branch("b1", arms), d.Wait("w1", amount=30)),
    )  # fmt: skip
    rows = {step.key: step for step in journey.steps.all()}
    content = rows["s1"].content_id or 0
    link = TrackedLink.objects.create(content_id=content, position=0, url="https://example.com/")
    values = {
        "workspace": workspace.pk, "journey": journey.pk, "send": rows["s1"].pk, "branch": rows["b1"].pk,
        "wait": rows["w1"].pk, "content": content, "link": link.pk,
        "channel": Channel.objects.filter(workspace=workspace).earliest("pk").pk,
    }  # fmt: skip
    with connection.cursor() as cursor:
        for statement in (_ENROLLMENTS, _RUNS, _MESSAGES, _REPLIES, _CLICKS):
            cursor.execute(statement, values)
    while settle_attribution():
        pass
    compact_tallies()
    settle()
    return journey


def _published(workspace: "Workspace", name: str, trigger: object, **parts: object) -> "Journey":
    from wabolt.journeys import services
    from wabolt.journeys.rules import definition as d

    definition = d.Definition(**{"trigger": trigger, "entry": d.Entry("always"), "steps": (d.Wait("w1"),), **parts})  # type: ignore[arg-type]
    journey = services.create_journey(workspace=workspace, name=name, definition=definition)
    services.note_test_run(journey=journey, draft_version=0)
    return services.publish(journey=journey)


def measure_due(workspace: "Workspace", explain: bool) -> None:
    """`enter_due` for each trigger with a query: many people are due, then none."""
    from datetime import timedelta

    from wabolt.journeys.models import Journey
    from wabolt.journeys.rules.definition import Trigger
    from wabolt.journeys.services.entering import enter_due
    from wabolt.lib import clock

    print("B21: who is due, seconds (many due, with their entry; none due)")
    print(row("trigger", "entered", "first", "then", widths=(34, 9, 9, 9)))
    kinds: Sequence[tuple[str, Trigger]] = (
        ("silence of 60 days", Trigger("silence", {"days": 60})),
        ("birthday", Trigger("date", {"field": "birthday", "days": 0, "at": "00:00", "feb29": "feb28"})),
        ("restock, 28 days", Trigger("restock", {"days": 28})),
        ("restock of a category", Trigger("restock", {"days": 28, "category": "batik"})),
    )
    Journey.objects.filter(workspace=workspace).exclude(name="Semua").update(state="archived")
    Journey.objects.filter(workspace=workspace, name="Semua").update(state="paused")
    for name, trigger in kinds:
        journey = _published(workspace, name, trigger)
        Journey.objects.filter(pk=journey.pk).update(published_at=clock.now() - timedelta(days=7))
        times = []
        for _turn in range(3):
            begun = time.perf_counter()
            with listening(100) as timed:
                enter_due()
            times.append(time.perf_counter() - begun)
            if explain:
                for took, sql, params in timed[:1]:
                    print(f"  {took:.0f} ms {' '.join(sql.split())[:80]}")
                    print_plan(sql, params)
        entered = journey.enrollments.count()
        print(row(name, entered, f"{times[0]:.2f}", f"{min(times[1:]):.2f}", widths=(34, 9, 9, 9)), flush=True)
        Journey.objects.filter(pk=journey.pk).update(state="archived")
    settle()


def measure_pages(big: "Workspace", journey: "Journey", repeat: int, slow: float, explain: bool) -> None:
    """Requests each page of journeys in turn, then prints the slow statements."""
    from django.urls import reverse

    from wabolt.journeys.models import Enrollment, Journey

    Journey.objects.filter(pk=journey.pk).update(state="active")
    one = Enrollment.objects.filter(journey=journey, state="finished").latest("pk")
    step = journey.steps.get(key="w1").pk
    pk = journey.pk
    people = reverse("journeys:people", args=[pk])
    addresses = [
        ("list", reverse("journeys:list")), ("journey", reverse("journeys:detail", args=[pk])), ("people", people),
        ("people, finished", f"{people}?state=finished"), ("people, parked", f"{people}?state=parked"),
        ("people at a step", f"{people}?step={step}"), ("people, page 200", f"{people}?page=200"),
        ("people, last page", f"{people}?page=99999"), ("one person", reverse("journeys:person", args=[pk, one.pk])),
        ("cards", reverse("journeys:edit", args=[pk])), ("check", reverse("journeys:check", args=[pk])),
        ("a step", reverse("journeys:step", args=[pk, "s1"])), ("rules", reverse("journeys:rules", args=[pk])),
        ("archive", reverse("journeys:archive", args=[pk])), ("let people in", reverse("journeys:enroll", args=[pk])),
        ("contact", reverse("contacts:detail", args=[one.contact_id])), ("reports", reverse("analytics:reports")),
    ]  # fmt: skip
    client = client_of(big)
    fastest: dict[str, Timed] = {}
    print(f"B21: pages, {repeat} runs each, milliseconds (median, p95)")
    for name, address in addresses:
        with listening(slow) as timed:
            [mine] = compare([lambda address=address: get(client, address)], repeat)  # type: ignore[misc]
        print(row(name, mine.median, mine.p95, widths=(28, 9, 9)), flush=True)
        note_slow(fastest, name, timed)
    print_slow(fastest, slow, explain)


if __name__ == "__main__":
    main()
