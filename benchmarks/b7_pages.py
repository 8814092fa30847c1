"""B7: the pages of a large shop, and each slow statement behind them.

    python -m benchmarks.b7_pages [--contacts 1000000] [--repeat 5] [--slow 100] [--explain] [--home FOLDER]

One workspace has a million contacts, four broadcasts, two million messages, five million events, 300,000 conversations
and over a million orders. The Django test client requests the pages as the owner, so the figures include templates but
not the web server. The limit is the same page in a nearly empty workspace.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.common import (
    Timed,
    compare,
    listening,
    make_contacts,
    make_messages,
    make_orders,
    make_workspace,
    note_slow,
    print_slow,
    row,
    say,
    settle,
    throwaway,
)

if TYPE_CHECKING:
    from django.test import Client

    from wabolt.accounts.models import Workspace

_RECIPIENTS = """
INSERT INTO broadcasts_recipient (broadcast_id, contact_id, outcome, reason)
SELECT %(broadcast)s, c.id, CASE WHEN m.id IS NULL THEN 'suppressed' ELSE 'queued' END,
       CASE WHEN m.id IS NULL THEN 'no_consent' ELSE '' END
  FROM contacts_contact c
  LEFT JOIN messaging_message m ON m.contact_id = c.id AND m.origin_kind = 'broadcast' AND m.origin_id = %(broadcast)s
 WHERE c.workspace_id = %(workspace)s AND (m.id IS NOT NULL OR c.id %% 4 = 0)
"""
_INBOUND = """
INSERT INTO messaging_message (workspace_id, channel_id, contact_id, direction, state, purpose, priority, origin_kind,
    variables, text, reason, detail, created_at)
SELECT workspace_id, %(channel)s, id, 'inbound', 'received', 'service', 1, 'contact', '{}', 'Halo kak, masih ada?',
       '', '', last_inbound_at - n * interval '3 hours'
  FROM contacts_contact, generate_series(0, 1) AS n
 WHERE workspace_id = %(workspace)s AND last_inbound_at IS NOT NULL AND id %% 4 < 3
"""
_CONVERSATIONS = """
INSERT INTO messaging_conversation (workspace_id, channel_id, contact_id, last_message_at, last_inbound_at, last_text,
    unread, unanswered)
SELECT workspace_id, channel_id, contact_id, max(created_at), max(created_at), 'Halo kak, masih ada?',
       CASE WHEN contact_id %% 50 = 0 THEN 2 ELSE 0 END, CASE WHEN contact_id %% 50 = 0 THEN 2 ELSE 0 END
  FROM messaging_message WHERE workspace_id = %(workspace)s AND direction = 'inbound' GROUP BY 1, 2, 3
"""
_EVENTS = (
    """SELECT workspace_id, id, 'contact_created', created_at, '{"source": "import"}'::jsonb FROM contacts_contact
       WHERE workspace_id = %(workspace)s""",
    """SELECT workspace_id, contact_id, 'order_completed', ordered_at,
              jsonb_build_object('order', id, 'total', total, 'currency', currency)
       FROM commerce_order WHERE workspace_id = %(workspace)s AND state = 'completed'""",
    """SELECT workspace_id, contact_id, CASE direction WHEN 'inbound' THEN 'message_received' ELSE 'message_sent' END,
              coalesce(sent_at, created_at), jsonb_build_object('message', id, origin_kind, origin_id)
       FROM messaging_message WHERE workspace_id = %(workspace)s""",
    """SELECT workspace_id, contact_id, 'message_read', read_at,
              jsonb_build_object('message', id, origin_kind, origin_id)
       FROM messaging_message WHERE workspace_id = %(workspace)s AND read_at IS NOT NULL""",
)
_APPEND = "INSERT INTO contacts_event (workspace_id, contact_id, kind, time, data) "
# The changes of one busy minute, made before each measured request of `--busy`: clicks, orders, receipts, people.
_BUSY = (
    """INSERT INTO messaging_click (link_id, message_id, contact_id, at, is_bot, user_agent)
       SELECT l.id, m.id, m.contact_id, now(), false, '' FROM messaging_trackedlink l
         JOIN LATERAL (SELECT id, contact_id FROM messaging_message WHERE content_id = l.content_id AND origin_id = 1
                        AND id %% 1000 = (random() * 1000)::int LIMIT 100) m ON true WHERE l.id IN (SELECT min(id)
         FROM messaging_trackedlink)""",
    """INSERT INTO commerce_order (workspace_id, contact_id, number, ordered_at, total, currency, state, voucher_code,
           source)
       SELECT workspace_id, contact_id, 'B-' || nextval('commerce_order_id_seq'), now(), 50000, 'IDR', 'completed', '',
              'import'
         FROM analytics_touchedcontact WHERE workspace_id = %(workspace)s ORDER BY id DESC LIMIT 50""",
    """UPDATE messaging_message SET state = 'read', read_at = now() WHERE id IN (SELECT id FROM messaging_message
        WHERE origin_kind = 'broadcast' AND origin_id = 1 AND state = 'delivered' LIMIT 200)""",
    """INSERT INTO contacts_contact (workspace_id, name, gender, city, city_original, email, language, source, fields,
           created_at, updated_at, search)
       VALUES (%(workspace)s, 'Baru', '', '', '', '', 'id', 'kasir', '{}', now(), now(), 'baru')""",
    """UPDATE consent_consent SET state = 'withdrawn' WHERE id IN (SELECT id FROM consent_consent
        WHERE workspace_id = %(workspace)s AND state = 'granted' LIMIT 5)""",
)
_SENTENCES = (
    ('Bandung dan "VIP"', 'city = "Bandung" and tag "VIP"'),
    ("Izin", "consent marketing granted"),
    ("Sepi", "orders = 0"),
    ("Baca tak klik", "read any broadcast within 30 days and not clicked any broadcast within 30 days"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--slow", type=float, default=100, help="milliseconds from which a statement is shown")
    parser.add_argument("--explain", action="store_true", help="show the plans of slow statements too")
    parser.add_argument("--busy", action="store_true", help="dashboard and broadcasts only, directly after changes")
    parser.add_argument("--home", type=Path, help="keep the database here for the next run")
    chosen = parser.parse_args()
    with throwaway(home=chosen.home):
        big = fill(chosen.contacts)
        if chosen.busy:
            measure_busy(big, chosen.repeat)
        else:
            measure(big, make_workspace("Warung kecil"), chosen.repeat, chosen.slow, chosen.explain)


def fill(contacts: int) -> "Workspace":
    """Creates the large shop unless the home folder already has it."""
    from datetime import timedelta

    from django.db import connection

    from wabolt.analytics.services import settle_attribution
    from wabolt.broadcasts.models import Broadcast
    from wabolt.channels.models import Channel
    from wabolt.contacts.services import compact_tallies, ensure_event_partitions, run_consumers_once
    from wabolt.lib import clock
    from wabolt.messaging.models import Message
    from wabolt.segments.models import Segment
    from wabolt.segments.queries import to_json, tree_from_text

    workspace = make_workspace()
    make_contacts(workspace, contacts)
    make_orders(workspace)
    make_messages(workspace, 4)
    if Broadcast.objects.filter(workspace=workspace).exists():
        return workspace
    say("broadcasts, conversations, events")
    ensure_event_partitions(back=36)
    channel = Channel.objects.get(workspace=workspace)
    Channel.objects.filter(pk=channel.pk).update(state="connected", linked_at=clock.now() - timedelta(days=200))
    for name, text in _SENTENCES:
        Segment.objects.create(workspace=workspace, name=name, tree=to_json(tree_from_text(workspace, text)))
    with connection.cursor() as cursor:
        scope = {"workspace": workspace.pk, "channel": channel.pk}
        for number in range(1, 5):
            at = clock.now() - timedelta(days=20 * number - 10)
            broadcast = Broadcast.objects.create(
                pk=number, workspace=workspace, channel=channel, name=f"Kabar {number}", state="completed",
                content=Message.objects.filter(origin_kind="broadcast", origin_id=number).earliest("id").content,
                text="Halo {{ contact.name }}", created_at=at, started_at=at, finished_at=at + timedelta(days=1),
            )  # fmt: skip
            cursor.execute(_RECIPIENTS, scope | {"broadcast": number})
            Broadcast.objects.filter(pk=broadcast.pk).update(planned=cursor.rowcount)
        for statement in (_INBOUND, _CONVERSATIONS, *(_APPEND + select for select in _EVENTS)):
            cursor.execute(statement, scope)
    settle()
    say("consumers, attribution")
    run_consumers_once()
    while settle_attribution():
        pass
    compact_tallies()
    return workspace


def addresses(workspace: "Workspace", *, is_big: bool) -> list[tuple[str, str]]:
    """The pages with their requests; `is_big` adds the pages that need data."""
    from django.urls import reverse

    from wabolt.contacts.models import Contact
    from wabolt.segments.models import Segment

    contacts = reverse("contacts:list")
    pages = [
        ("dashboard", reverse("analytics:home")),
        ("contacts", contacts),
        ("contacts, a letter none has", f"{contacts}?q=x"),
        ("contacts, common word", f"{contacts}?q=pelanggan"),
        ("contacts, rare word", f"{contacts}?q=ggan+7777"),
        ("contacts, nobody", f"{contacts}?q=zzyzx"),
        ("contacts of a city", f"{contacts}?city=Bandung"),
        ("contacts of a source", f"{contacts}?source=website&city=Sorong"),
        ("search of all", reverse("contacts:search") + "?q=pelanggan+12"),
        ("broadcasts", reverse("broadcasts:list")),
        ("inbox", reverse("inbox:list")),
        ("inbox, waiting", reverse("inbox:list") + "?show=waiting"),
        ("inbox, a rare word", reverse("inbox:list") + "?q=ggan+7777"),
        ("duplicates", reverse("contacts:duplicates")),
        ("segments", reverse("segments:list")),
        ("compose", reverse("broadcasts:new")),
        ("channels", reverse("channels:list")),
    ]
    if is_big:
        contact = Contact.objects.filter(workspace=workspace, last_inbound_at__isnull=False, pk__gt=500).first()
        assert contact is not None
        pages += [
            ("contacts, deep page", f"{contacts}?before=500000"),
            ("contact", reverse("contacts:detail", args=[contact.pk])),
            ("conversation", reverse("messaging:conversation", args=[contact.pk])),
            ("report", reverse("broadcasts:detail", args=[1])),
            ("recipients", reverse("broadcasts:people", args=[1])),
            *(
                (f"segment {segment.name}", reverse("segments:detail", args=[segment.pk]))
                for segment in Segment.objects.filter(workspace=workspace)
            ),
        ]
    return pages


def client_of(workspace: "Workspace") -> "Client":
    """A test client signed in as the owner."""
    from django.test import Client

    from wabolt.accounts.models import Membership, User

    email = f"owner-{workspace.pk}@example.com"
    user = User.objects.filter(email=email).first() or User.objects.create_user(email, "rahasia-sekali")
    Membership.objects.get_or_create(workspace=workspace, user=user, defaults={"role": "owner"})
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    return client


def measure(big: "Workspace", small: "Workspace", repeat: int, slow: float, explain: bool) -> None:
    """Requests each page in turn, then prints the table and the slow statements."""
    client, limit = client_of(big), client_of(small)
    widths = (28, 9, 9, 9, 7)
    known = dict(addresses(small, is_big=False))
    fastest: dict[str, Timed] = {}
    print(
        f"B7: pages of {big.name}, {repeat} runs each, milliseconds (median, p95; the same page of a shop with nothing)"
    )
    print(row("page", "ours", "p95", "limit", "ratio", widths=widths))
    for name, address in addresses(big, is_big=True):
        ways: list[Callable[[], object]] = [lambda address=address: get(client, address)]  # type: ignore[misc]
        if name in known:
            ways.append(lambda name=name: get(limit, known[name]))  # type: ignore[misc]
        with listening(slow) as timed:
            mine, *bare = compare(ways, repeat)
        least = f"{bare[0].median:.1f}" if bare else ""
        ratio = f"{mine.median / bare[0].median:.2f}" if bare else ""
        print(row(name, mine.median, mine.p95, least, ratio, widths=widths), flush=True)
        note_slow(fastest, name, timed)
    print_slow(fastest, slow, explain)


def measure_busy(big: "Workspace", repeat: int) -> None:
    """Requests dashboard and list of broadcasts directly after changes that no background work has seen."""
    from django.db import connection

    from wabolt.analytics.models import TouchedContact
    from wabolt.analytics.services import settle_attribution

    begun = time.perf_counter()
    settled = sum(iter(settle_attribution, 0))
    print(f"{settled} changes settled in {time.perf_counter() - begun:.1f} s")

    def change() -> None:
        with connection.cursor() as cursor:
            for statement in _BUSY:
                cursor.execute(statement, {"workspace": big.pk})

    client = client_of(big)
    print(f"B7: directly after changes, {repeat} runs each, milliseconds (median, p95)")
    for name, address in addresses(big, is_big=False):
        if name in ("dashboard", "broadcasts"):
            [mine] = compare([lambda address=address: get(client, address)], repeat, before=change)  # type: ignore[misc]
            print(row(name, mine.median, mine.p95, widths=(28, 9, 9)), flush=True)
    touched = TouchedContact.objects.values("contact_id").distinct().count()
    print(f"contacts that changed and were not settled: {touched}")


def get(client: "Client", address: str) -> None:
    """Requests a page, as htmx does for a search."""
    answer = client.get(address, HTTP_HX_REQUEST="true" if "q=" in address else "")
    if answer.status_code != 200:
        raise SystemExit(f"{address}: {answer.status_code}")


if __name__ == "__main__":
    main()
