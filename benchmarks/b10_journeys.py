"""B10: 100,000 people of a journey are due at once, and each gets a message; 100,000 people of a segment enter.

    python -m benchmarks.b10_journeys [--contacts 100000] [--workers 2] [--repeat 3] [--home FOLDER]

Our figure is the engine as the worker runs it, in as many processes as the machine has cores: it checks goal and exit,
queues the message, writes the run and the new position. The limit writes the same rows into the same tables with plain
INSERT and UPDATE statements, in batches of the same size and as many sessions; it decides nothing. Targets: 5,000
steps/s, and 100,000 entries within 10 s.
"""

import argparse
import multiprocessing
import os
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.common import make_contacts, make_workspace, row, say, settle, throwaway

LIMIT = """
WITH due AS (
    SELECT id, contact_id FROM journeys_enrollment
     WHERE journey_id = %(journey)s AND state = 'active' AND due_at <= now() AND step_id = %(step)s
     ORDER BY due_at, id LIMIT %(size)s FOR NO KEY UPDATE SKIP LOCKED
), queued AS (
    INSERT INTO messaging_message
           (workspace_id, channel_id, contact_id, direction, state, purpose, priority, origin_kind, origin_id,
            idempotency_key, content_id, variables, text, reason, detail, created_at)
    SELECT %(workspace)s, %(channel)s, contact_id, 'outbound', 'queued', 'marketing', 4, 'journey', %(step)s,
           'journey:' || id || ':' || %(step)s || ':1', %(content)s, '{}', '', '', '', now()
      FROM due
), runs AS (
    INSERT INTO journeys_steprun (enrollment_id, step_id, visit, at, outcome, detail)
    SELECT id, %(step)s, 1, now(), 'sent', '{}' FROM due
)
UPDATE journeys_enrollment e
   SET step_id = %(next)s, waiting_since = now(), due_at = now() + interval '1 day'
  FROM due WHERE e.id = due.id
"""


def work(kind: str, values: dict[str, int]) -> None:
    """One worker, in a process of its own."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wabolt.site.settings")
    import django

    django.setup()
    from django.db import connection

    from wabolt.journeys.services.engine import advance_due

    if kind == "ours":
        advance_due()
        return
    with connection.cursor() as cursor:
        cursor.execute(LIMIT, values)
        while cursor.rowcount:
            cursor.execute(LIMIT, values)


def timed(kind: str, values: dict[str, int], workers: int) -> float:
    """Seconds until all workers have ended, without their start."""
    processes = [multiprocessing.get_context("spawn").Process(target=work, args=(kind, values)) for _ in range(workers)]
    begun = time.perf_counter()
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return time.perf_counter() - begun


def best(runs: int, prepare: Callable[[], None], run: Callable[[], float]) -> float:
    """The median of several runs."""
    found = []
    for _ in range(runs):
        prepare()
        settle()
        found.append(run())
    return sorted(found)[len(found) // 2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--home", type=Path, default=None)
    options = parser.parse_args()
    with throwaway(home=options.home):
        from django.db import connection

        from wabolt.channels.models import Channel
        from wabolt.journeys import services
        from wabolt.journeys.models import Journey
        from wabolt.journeys.rules.definition import Definition, Entry, Happening, Send, Trigger, Wait

        workspace = make_workspace()
        say(f"{options.contacts} contacts ...")
        make_contacts(workspace, options.contacts)
        channel, _ = Channel.objects.get_or_create(
            workspace=workspace, provider="simulator", name="bench", defaults={"state": "connected"}
        )
        steps = (Send("s1", "Halo {{ contact.first_name }}, kabar baru"), Wait("w1", amount=1))
        definition = Definition(Trigger("by_hand"), Entry("after_end"), goal=Happening("order"), steps=steps)
        Journey.objects.all().update(state="archived")
        journey = services.create_journey(workspace=workspace, name="bench", definition=definition)
        services.note_test_run(journey=journey, draft_version=0)
        journey = services.publish(journey=journey)
        rows = {step.key: step for step in journey.steps.all()}
        values = {
            "journey": journey.pk, "workspace": workspace.pk, "channel": channel.pk, "step": rows["s1"].pk,
            "next": rows["w1"].pk, "content": rows["s1"].content_id or 0, "size": 1000,
        }  # fmt: skip
        entries: list[float] = []

        def prepare() -> None:
            with connection.cursor() as cursor:
                cursor.execute("TRUNCATE journeys_steprun, journeys_enrollment")
                cursor.execute("DELETE FROM messaging_message")
                cursor.execute("DELETE FROM contacts_event")
            settle()
            begun = time.perf_counter()
            entered = services.enroll_segment(journey=journey, text="everyone")
            entries.append(time.perf_counter() - begun)
            assert entered == options.contacts, entered
            connection.close()

        nothing = {**values, "journey": 0}
        starts = timed("bare", nothing, options.workers)
        seconds = {kind: best(options.repeat, prepare, lambda kind=kind: timed(kind, values, options.workers) - starts)
                   for kind in ("bare", "ours")}  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM messaging_message")
            assert cursor.fetchone()[0] == options.contacts
        widths = (34, 10, 10)
        print(f"B10 journeys: {options.contacts} people, {options.workers} workers, {options.repeat} runs")
        print(row("", "seconds", "per s", widths=widths))
        for name, kind in (("engine", "ours"), ("plain PostgreSQL", "bare")):
            print(row(name, seconds[kind], int(options.contacts / seconds[kind]), widths=widths))
        print(f"ratio: {seconds['bare'] / seconds['ours']:.2f} of the limit; wanted: at least 5000 steps/s")
        entry = sorted(entries)[len(entries) // 2]
        print(f"enrolled from a segment in {entry:.1f} s; wanted: at most 10 s")


if __name__ == "__main__":
    main()
