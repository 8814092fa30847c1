"""Shared parts of the benchmarks: a temporary PostgreSQL, seeded data and timing.

    with throwaway() as url:          # starts, migrates, and removes the cluster afterwards
        workspace = make_workspace()
        make_contacts(workspace, 1_000_000)

`throwaway` sets Django up, so models and the modules that import them are imported inside it.
"""

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from wabolt.accounts.models import Workspace

# Cities by size; the k-th gets a share of 1/k (Zipf), which is about how a shop's contacts lie.
CITIES = (
    "Jakarta", "Surabaya", "Bandung", "Medan", "Semarang", "Makassar", "Palembang", "Tangerang", "Depok", "Bekasi",
    "Bogor", "Malang", "Yogyakarta", "Denpasar", "Surakarta", "Padang", "Pekanbaru", "Banjarmasin", "Samarinda",
    "Balikpapan", "Pontianak", "Manado", "Batam", "Cirebon", "Sukabumi", "Tasikmalaya", "Serang", "Jambi", "Bengkulu",
    "Kupang", "Mataram", "Ambon", "Jayapura", "Kendari", "Palu", "Gorontalo", "Ternate", "Sorong", "Pekalongan",
    "Tegal", "Magelang", "Salatiga", "Kediri", "Blitar", "Madiun", "Probolinggo", "Pasuruan", "Mojokerto", "Batu",
    "Singkawang",
)  # fmt: skip


def say(text: str) -> None:
    """Writes progress to stderr; stdout is for results."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def throwaway(*, home: Path | None = None, durable: bool = True) -> Iterator[str]:
    """Starts a PostgreSQL with our schema, sets Django up on it, yields its address and removes it at the end.

    With `home` the cluster is created there and kept, so that a second run finds its data. `durable` selects the
    durability settings of production.
    """
    from wabolt.site.postgres import Cluster

    folder = home or Path(tempfile.mkdtemp(prefix="wabolt-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(folder / "database", durable=durable)
    say(f"database {cluster.start()}")
    with psycopg.connect(cluster.admin_url(), autocommit=True) as admin:
        admin.execute("GRANT pg_checkpoint TO wabolt")  # a benchmark begins with nothing left to write
        admin.execute("ALTER ROLE wabolt CREATEDB")  # for the scratch database of b16_backup
    os.environ["WABOLT_HOME"] = str(folder)
    os.environ["DATABASE_URL"] = cluster.url()
    os.environ["DJANGO_SETTINGS_MODULE"] = "wabolt.site.settings"
    try:
        import django
        from django.core.management import call_command
        from django.db import connection

        django.setup()
        call_command("migrate", verbosity=0)
        yield os.environ["DATABASE_URL"]
        connection.close()
    finally:
        if home is None:
            cluster.remove()
            shutil.rmtree(folder, ignore_errors=True)
        else:
            cluster.stop()


def make_workspace(name: str = "Gaya Nusantara") -> "Workspace":
    """Returns the workspace of this name: a new one, or the one of an earlier run on the same home."""
    from wabolt.accounts.models import Workspace

    return Workspace.objects.get_or_create(name=name)[0]


_CONTACTS = """
INSERT INTO contacts_contact (workspace_id, name, gender, birth_date, city, city_original, email, language, source,
                              fields, created_at, updated_at, last_inbound_at, search)
SELECT %(workspace)s, 'Pelanggan ' || n, (ARRAY['female', 'female', 'male', ''])[1 + floor(random() * 4)],
       CASE WHEN random() < 0.6 THEN date '1955-01-01' + floor(random() * 19000)::int END,
       (%(cities)s::text[])[1 + width_bucket(random(), %(shares)s::float[])], '', '', 'id',
       (ARRAY['kasir', 'website', 'instagram', 'teman'])[1 + floor(random() * 4)],
       jsonb_build_object('size', (ARRAY['S', 'M', 'L', 'XL'])[1 + floor(random() * 4)],
                          'points', floor(random() * 1000), 'member', random() < 0.3,
                          'renewal', (date '2026-01-01' + floor(random() * 700)::int)::text),
       at, at, CASE WHEN random() < 0.4 THEN %(now)s::timestamptz - random() * interval '300 days' END,
       ' pelanggan ' || n
  FROM (SELECT n, %(now)s::timestamptz - random() * interval '900 days' AS at
          FROM generate_series(1, %(count)s) AS n) AS seeded
"""
# 5 % of the numbers that people write down are unusable or belong to another person: these contacts have no phone.
_IDENTITIES = """
INSERT INTO contacts_identity (workspace_id, contact_id, kind, value, created_at)
SELECT %(workspace)s, id, 'phone', '+628' || (10000000000 + id), created_at
  FROM contacts_contact WHERE workspace_id = %(workspace)s AND random() < 0.95
"""
# A ledger is written as things happen.
_CONSENT_EVENTS = """
INSERT INTO consent_consentevent (workspace_id, seq, contact_id, purpose, action, source, evidence, at, prev_hash, hash)
SELECT %(workspace)s, row_number() OVER (ORDER BY created_at, id), id, 'marketing',
       CASE WHEN random() < 0.93 THEN 'granted' ELSE 'withdrawn' END, 'import', '{}', created_at, '', ''
  FROM contacts_contact WHERE workspace_id = %(workspace)s AND random() < 0.75 ORDER BY created_at, id
"""
_CONSENTS = """
INSERT INTO consent_consent (workspace_id, contact_id, purpose, state, since, source, event_id)
SELECT workspace_id, contact_id, purpose, action, at, source, id
  FROM consent_consentevent WHERE workspace_id = %(workspace)s
"""
# The contact is part of the condition; a condition on the label alone would be evaluated once for each label.
_TAGGED = """
INSERT INTO contacts_contacttag (tag_id, contact_id, at)
SELECT t.id, c.id, now() FROM contacts_contact c
  JOIN contacts_tag t ON t.workspace_id = c.workspace_id
 WHERE c.workspace_id = %(workspace)s AND random() + 0 * c.id < CASE t.name WHEN 'reseller' THEN 0.03 ELSE 0.08 END
"""


def make_contacts(workspace: "Workspace", count: int, *, seed: float = 0.42) -> None:
    """Fills an empty workspace with `count` contacts: Zipf-distributed cities, four custom fields, about 70 % opted in,
    tags, and 5 % without a usable number. The same `seed` gives the same shop. Does nothing if the workspace has
    contacts."""
    from django.db import connection

    from wabolt.contacts.models import Contact, Field, Tag
    from wabolt.lib import clock

    if Contact.objects.filter(workspace=workspace).exists():
        return
    say(f"{count} contacts")
    weights = [1 / rank for rank in range(1, len(CITIES) + 1)]
    shares = [sum(weights[:rank]) / sum(weights) for rank in range(1, len(CITIES))]
    values = {"workspace": workspace.pk, "count": count, "now": clock.now(), "cities": list(CITIES), "shares": shares}
    Tag.objects.bulk_create(Tag(workspace=workspace, name=name) for name in ("reseller", "VIP"))
    kinds = {"size": "choice", "points": "number", "member": "yes_no", "renewal": "date"}
    Field.objects.bulk_create(
        Field(
            workspace=workspace, key=key, label=key, kind=kind, choices=["S", "M", "L", "XL"] if key == "size" else []
        )
        for key, kind in kinds.items()
    )
    with connection.cursor() as cursor:
        # Parallel plans would hand out the random numbers in another order each time.
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        cursor.execute("SELECT setseed(%s)", [seed])
        for statement in (_CONTACTS, _IDENTITIES, _CONSENT_EVENTS, _CONSENTS, _TAGGED):
            cursor.execute(statement, values)
        cursor.execute("RESET max_parallel_workers_per_gather")
    settle()


_PRODUCTS = (
    ("BTK-01", "Kemeja Batik Parang", "batik"),
    ("BTK-02", "Dress Batik Mega Mendung", "batik"),
    ("BTK-03", "Kain Batik Tulis Lasem", "batik"),
    ("SPT-01", "Sepatu Kulit", "sepatu"),
    ("TAS-01", "Tas Anyaman", "tas"),
    ("TAS-02", "Tas Pesta", "tas"),
)
_ORDERS = """
INSERT INTO commerce_order (workspace_id, contact_id, number, ordered_at, total, currency, state, voucher_code, source,
                            cart_key)
SELECT %(workspace)s, c.id, 'GN-' || c.id || '-' || n, %(now)s::timestamptz - power(random(), 2) * interval '540 days',
       50000 + floor(random() * 400) * 1000, 'IDR', CASE WHEN random() < 0.98 THEN 'completed' ELSE 'cancelled' END,
       '', 'import', ''
  FROM contacts_contact c,
       generate_series(1, CASE WHEN c.id %% 10 < 4 THEN 0 WHEN c.id %% 10 < 7 THEN 1 ELSE c.id %% 7 END) AS n
 WHERE c.workspace_id = %(workspace)s
"""
_LINES = """
INSERT INTO commerce_orderline (order_id, product_id, contact_id, ordered_at, quantity, total)
SELECT o.id, (%(products)s::bigint[])[1 + floor(power(random(), 1.5) * 6)], o.contact_id, o.ordered_at, 1, o.total
  FROM commerce_order o WHERE o.workspace_id = %(workspace)s
"""
_FACTS_AT_ONCE = 20_000
"""Contacts whose purchase facts one statement computes."""


def make_orders(workspace: "Workspace") -> None:
    """Gives about 60 % of the contacts of a workspace one to six orders each, with lines and purchase facts."""
    from django.db import connection

    from wabolt.commerce.models import Order, Product
    from wabolt.commerce.services.orders import write_facts
    from wabolt.lib import clock

    if Order.objects.filter(workspace=workspace).exists():
        return
    say("orders")
    products = Product.objects.bulk_create(
        Product(workspace=workspace, sku=sku, name=name, category=category) for sku, name, category in _PRODUCTS
    )
    values = {"workspace": workspace.pk, "now": clock.now(), "products": [product.pk for product in products]}
    with connection.cursor() as cursor:
        for statement in (_ORDERS, _LINES):
            cursor.execute(statement, values)
        cursor.execute("ANALYZE commerce_order, commerce_orderline, commerce_product")
        of_shop = Order.objects.filter(workspace=workspace)
        buyers = list(of_shop.order_by("contact").values_list("contact", flat=True).distinct())
        for start in range(0, len(buyers), _FACTS_AT_ONCE):
            write_facts(cursor, workspace, buyers[start : start + _FACTS_AT_ONCE])
    settle()


_MESSAGES = """
INSERT INTO messaging_message (workspace_id, channel_id, contact_id, direction, state, purpose, priority, origin_kind,
    origin_id, content_id, variables, text, reason, detail, created_at, sent_at, delivered_at, read_at)
SELECT %(workspace)s, %(channel)s, id, 'outbound', state, 'marketing', 2, 'broadcast', %(broadcast)s, %(content)s, '{}',
       'Halo ' || id, '', '', at, at, CASE WHEN state <> 'sent' THEN at END,
       CASE WHEN state = 'read' THEN at + interval '1 hour' END
  FROM (SELECT c.id, %(at)s::timestamptz AS at,
               (ARRAY['sent', 'delivered', 'delivered', 'read', 'read', 'read'])[1 + floor(random() * 6)] AS state
          FROM contacts_contact c
          JOIN consent_consent s ON s.contact_id = c.id AND s.purpose = 'marketing' AND s.state = 'granted'
         WHERE c.workspace_id = %(workspace)s AND random() < 0.5) AS reached
"""
_CLICKS = """
INSERT INTO messaging_click (link_id, message_id, contact_id, at, is_bot, user_agent)
SELECT l.id, m.id, m.contact_id, m.read_at, random() < 0.1, ''
  FROM messaging_message m JOIN messaging_trackedlink l ON l.content_id = m.content_id
 WHERE m.workspace_id = %(workspace)s AND m.state = 'read' AND random() + 0 * m.id < 0.1
"""


def make_messages(workspace: "Workspace", broadcasts: int = 2) -> None:
    """Sends `broadcasts` broadcasts (ids 1, 2 ...; 20 days apart) to half of the opted-in contacts each, with receipts
    and clicks. The messages of one broadcast share a content with a tracked link, as after a freeze."""
    from datetime import timedelta

    from django.db import connection

    from wabolt.channels.models import Channel
    from wabolt.lib import clock
    from wabolt.messaging.models import Message, MessageContent, TrackedLink

    if Message.objects.filter(workspace=workspace).exists():
        return
    say("messages")
    channel = Channel.objects.create(workspace=workspace, provider="simulator", name="Toko")
    values: dict[str, object] = {"workspace": workspace.pk, "channel": channel.pk}
    with connection.cursor() as cursor:
        for number in range(1, broadcasts + 1):
            at = clock.now() - timedelta(days=20 * number - 10)
            content = MessageContent.objects.create(workspace=workspace, text="Halo")
            TrackedLink.objects.create(content=content, position=0, url="https://example.com/")
            cursor.execute(_MESSAGES, {**values, "broadcast": number, "content": content.pk, "at": at})
        cursor.execute(_CLICKS, values)
    settle()


def settle() -> None:
    """Updates statistics and visibility maps, as autovacuum does in a running shop."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of several runs of one function."""

    runs: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.runs)

    @property
    def p95(self) -> float:
        return sorted(self.runs)[max(0, round(len(self.runs) * 0.95) - 1)]


def compare(
    works: Sequence[Callable[[], object]], repeat: int, before: Callable[[], object] = lambda: None
) -> list[Timing]:
    """Times several functions `repeat` times in turn, after one round that is not measured, so that a busy moment of
    the machine or a cold cache affects all of them. `before` runs ahead of each and is not measured."""
    runs: list[list[float]] = [[] for _ in works]
    for turn in range(repeat + 1):
        for place, work in enumerate(works):
            before()
            begun = time.perf_counter()
            work()
            if turn:
                runs[place].append((time.perf_counter() - begun) * 1000)
    return [Timing(tuple(times)) for times in runs]


Timed = tuple[float, str, Any]
"""A statement with its time: (milliseconds, statement, parameters)."""


@contextmanager
def listening(slow: float) -> Iterator[list[Timed]]:
    """Collects each statement that takes at least this many milliseconds."""
    from django.db import connection

    timed: list[Timed] = []

    def wrapper(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            took = (time.perf_counter() - begun) * 1000
            if took >= slow:
                timed.append((took, sql, params))

    with connection.execute_wrapper(wrapper):
        yield timed


def note_slow(fastest: dict[str, Timed], name: str, statements: Sequence[Timed]) -> None:
    """Adds the statements of a page to `fastest`, each with its fastest run."""
    for statement in statements:
        key = f"{name}: {' '.join(statement[1].split())[:90]}"
        fastest[key] = min(fastest.get(key, statement), statement, key=lambda timed: timed[0])


def print_slow(fastest: dict[str, Timed], slow: float, explain: bool) -> None:
    """Prints the statements of `note_slow`, with their plans if `explain`. `slow`: the threshold of `listening`."""
    print(f"\nstatements of {slow:.0f} ms and more (fastest run)")
    for key, (took, sql, params) in fastest.items():
        print(f"{took:9.1f}  {key}")
        if explain:
            print_plan(sql, params)


def print_plan(sql: str, params: Any) -> None:
    """Runs a statement and prints its plan."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) {sql}", params)
        print("\n".join(line for (line,) in cursor.fetchall()))


def row(*cells: object, widths: Sequence[int]) -> str:
    """One line of a table: the first cell left-aligned, the others (floats with one decimal) right-aligned."""
    texts = [f"{cell:.1f}" if isinstance(cell, float) else str(cell) for cell in cells]
    first, *others = zip(texts, widths, strict=True)
    return " ".join([first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)])
