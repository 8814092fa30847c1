"""B4: freeze the audience of a broadcast with consent, caps, holdout and reasons, compared with a bare INSERT ..
SELECT.

    python -m benchmarks.b4_freeze [--contacts 145000] [--repeat 7] [--home FOLDER]

About 70 % of the contacts have given consent, so some 100,000 messages are queued. The limit stores the same recipients
and messages into the same tables, with the same indexes and triggers, from ids that are already known. It checks no
consent, cap or suppression and records no reasons.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.common import compare, make_contacts, make_messages, make_workspace, row, say, settle, throwaway

if TYPE_CHECKING:
    from wabolt.broadcasts.models import Broadcast

CHOSEN = """
CREATE UNLOGGED TABLE bench_chosen AS
SELECT contact_id, outcome, reason FROM broadcasts_recipient WHERE broadcast_id = %s
"""
RECIPIENTS = """
INSERT INTO broadcasts_recipient (broadcast_id, contact_id, outcome, reason)
SELECT %(broadcast)s, contact_id, outcome, reason FROM bench_chosen
"""
MESSAGES = """
INSERT INTO messaging_message
       (workspace_id, channel_id, contact_id, direction, state, purpose, priority, origin_kind, origin_id, content_id,
        variables, text, reason, detail, created_at)
SELECT %(workspace)s, %(channel)s, contact_id, 'outbound', 'queued', 'marketing', 2, 'broadcast', %(broadcast)s,
       %(content)s, '{}', '', '', '', now()
  FROM bench_chosen WHERE outcome = 'queued'
"""


def draft(name: str) -> "Broadcast":
    """Creates a broadcast to all contacts, ready to be frozen, and removes messages of earlier rounds."""
    from django.db import connection

    from wabolt.broadcasts import services
    from wabolt.broadcasts.models import Broadcast
    from wabolt.channels.models import Channel
    from wabolt.segments.models import Segment
    from wabolt.segments.rules import EVERYONE, to_json

    workspace = make_workspace()
    channel, _ = Channel.objects.get_or_create(
        workspace=workspace, provider="simulator", name="bench", defaults={"state": "connected"}
    )
    segment, _ = Segment.objects.get_or_create(workspace=workspace, name="all", defaults={"tree": to_json(EVERYONE)})
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM broadcasts_recipient")
        cursor.execute("DELETE FROM messaging_message WHERE state = 'queued'")
    Broadcast.objects.filter(name=name).delete()
    broadcast = services.save_draft(
        workspace=workspace,
        values=services.DraftValues(
            channel=channel, segment=segment, name=name, text="Halo {{ contact.first_name }}, kabar baru"
        ),
    )
    return services.start(broadcast=broadcast)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=145_000)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--home", type=Path, default=None)
    options = parser.parse_args()
    with throwaway(home=options.home):
        from django.db import connection, transaction

        from wabolt.broadcasts import services
        from wabolt.broadcasts.models import Broadcast

        workspace = make_workspace()
        say(f"{options.contacts} contacts ...")
        make_contacts(workspace, options.contacts)
        make_messages(workspace)
        settle()
        ready: list[Broadcast] = []

        def prepare() -> None:
            ready[:] = [draft("freeze")]
            settle()

        def ours() -> None:
            services.freeze(broadcast_id=ready[0].pk)

        prepare()
        ours()
        broadcast = Broadcast.objects.get(pk=ready[0].pk)
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS bench_chosen")
            cursor.execute(CHOSEN, [broadcast.pk])
            cursor.execute("SELECT count(*), count(*) FILTER (WHERE outcome = 'queued') FROM bench_chosen")
            planned, queued = cursor.fetchone()

        def bare() -> None:
            scope = {
                "broadcast": ready[0].pk, "workspace": workspace.pk, "channel": broadcast.channel_id,
                "content": broadcast.content_id,
            }  # fmt: skip
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(RECIPIENTS, scope)
                cursor.execute(MESSAGES, scope)

        frozen, limit = compare([ours, bare], options.repeat, before=prepare)
        print(f"B4 freeze: {planned} planned, {queued} queued, {options.repeat} runs")
        widths = (34, 12, 12, 14)
        print(row("", "median ms", "p95 ms", "recipients/s", widths=widths))
        print(row("ours", frozen.median, frozen.p95, int(planned / frozen.median * 1000), widths=widths))
        print(row("bare INSERT .. SELECT", limit.median, limit.p95, int(planned / limit.median * 1000), widths=widths))
        print(f"ratio: {limit.median / frozen.median:.2f} of the limit (wanted: at least 0.50)")


if __name__ == "__main__":
    main()
