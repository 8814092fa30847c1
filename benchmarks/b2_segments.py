"""B2: count twelve typical segments, compared with hand-written SQL for the same question.

    python -m benchmarks.b2_segments --contacts 1000000 [--repeat 15] [--home FOLDER]

Our figure covers everything: parsing the text, resolving fields and names, building the statement and running it. Three
variants run in turn, so that a busy moment of the machine affects all of them: ours, the hand-written statement, and
the hand-written statement again. The difference between the two hand-written runs is the noise. A ratio closer to 1
than the noise is not significant.
"""

import argparse
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.common import (
    Timing,
    compare,
    make_contacts,
    make_messages,
    make_orders,
    make_workspace,
    row,
    say,
    throwaway,
)

if TYPE_CHECKING:
    from wabolt.accounts.models import Workspace

_CONTACTS = "SELECT count(*) FROM contacts_contact c"
_HERE = "WHERE c.workspace_id = %(w)s AND c.erased_at IS NULL"
_GRANTED = (
    "JOIN consent_consent s ON s.contact_id = c.id AND s.workspace_id = %(w)s AND s.purpose = 'marketing' "
    "AND s.state = 'granted'"
)
_FACTS = "commerce_purchasefacts f ON f.contact_id = c.id AND f.workspace_id = %(w)s"
_TAGGED = (
    "EXISTS (SELECT FROM contacts_contacttag x WHERE x.contact_id = c.id AND x.tag_id = "
    "(SELECT id FROM contacts_tag WHERE workspace_id = %(w)s AND name = '{}'))"
)
# Days are reckoned beforehand, as an engineer would do it in the program: see `bounds`.
_BOUGHT = """EXISTS (SELECT FROM commerce_orderline l JOIN commerce_order o ON o.id = l.order_id
    WHERE l.contact_id = c.id AND o.state = 'completed' AND {})"""
_IN_CATEGORY = (
    "l.product_id IN (SELECT id FROM commerce_product WHERE workspace_id = %(w)s AND category = 'batik') "
    "AND l.ordered_at >= %(ago_90)s AND l.ordered_at < %(tomorrow)s"
)
_SKU = "l.product_id = (SELECT id FROM commerce_product WHERE workspace_id = %(w)s AND sku = 'BTK-01')"
_MESSAGE = (
    "EXISTS (SELECT FROM messaging_message m {} WHERE m.contact_id = c.id AND m.origin_kind = 'broadcast' AND {})"
)
_CLICK = "JOIN messaging_click k ON k.message_id = m.id AND NOT k.is_bot"
_RECENT = "{0} >= %(ago_30)s AND {0} < %(tomorrow)s"
_READ = "m.state = 'read' AND " + _RECENT.format("m.read_at")
_BIRTHDAY = "extract(month FROM c.birth_date) * 100 + extract(day FROM c.birth_date)"

SEGMENTS: tuple[tuple[str, str], ...] = (
    ('city = "Bandung"', f"{_CONTACTS} {_HERE} AND c.city = 'Bandung'"),
    ("consent marketing granted", f"{_CONTACTS} {_GRANTED} {_HERE}"),
    (
        'city = "Bandung" and orders >= 2 and bought category "batik" within 90 days and not tag "reseller"',
        (
            f"{_CONTACTS} JOIN {_FACTS} {_HERE} AND c.city = 'Bandung' AND f.orders >= 2 "
            f"AND {_BOUGHT.format(_IN_CATEGORY)} AND NOT {_TAGGED.format('reseller')}"
        ),
    ),
    (
        "last order over 90 days ago and consent marketing granted",
        f"{_CONTACTS} JOIN {_FACTS} {_GRANTED} {_HERE} AND f.last_order_at < %(ago_90)s",
    ),
    (
        "orders = 0",
        (
            f"{_CONTACTS} {_HERE} AND NOT EXISTS (SELECT FROM commerce_purchasefacts f "
            "WHERE f.contact_id = c.id AND f.workspace_id = %(w)s AND f.orders > 0)"
        ),
    ),
    (
        "birthday within 7 days and consent marketing granted",
        f"{_CONTACTS} {_GRANTED} {_HERE} AND ({_BIRTHDAY})::int = ANY(%(week)s)",
    ),
    (
        'gender = "female" and age >= 25 and age <= 40',
        (f"{_CONTACTS} {_HERE} AND c.gender = 'female' AND c.birth_date <= %(born_25)s AND c.birth_date > %(born_41)s"),
    ),
    (
        'field.size = "XL" and field.points >= 500 and field.member is yes',
        (
            f"""{_CONTACTS} {_HERE} AND c.fields @> '{{"size": "XL", "member": true}}' """
            "AND (c.fields -> 'points')::numeric >= 500"
        ),
    ),
    (
        'spent >= 1000000 or tag "VIP"',
        f"{_CONTACTS} LEFT JOIN {_FACTS} {_HERE} AND (f.spent >= 1000000 OR {_TAGGED.format('VIP')})",
    ),
    (
        (
            '(city in ("Jakarta", "Bandung") or source = "website") and not bought category "sepatu" '
            "and last reply within 30 days"
        ),
        (
            f"{_CONTACTS} LEFT JOIN {_FACTS} {_HERE} AND (c.city IN ('Jakarta', 'Bandung') OR c.source = 'website') "
            f"AND NOT coalesce('sepatu' = ANY(f.categories), false) AND {_RECENT.format('c.last_inbound_at')}"
        ),
    ),
    (
        "read any broadcast within 30 days and not clicked any broadcast within 30 days",
        (
            f"{_CONTACTS} {_HERE} AND {_MESSAGE.format('', _READ)} "
            f"AND NOT {_MESSAGE.format(_CLICK, _RECENT.format('k.at'))}"
        ),
    ),
    (
        (
            'not (tag "reseller" or orders >= 4) and '
            '(clicked broadcast 1 or bought product "BTK-01" and consent marketing granted)'
        ),
        (
            f"{_CONTACTS} LEFT JOIN {_FACTS} LEFT {_GRANTED} {_HERE} AND NOT {_TAGGED.format('reseller')} "
            f"AND coalesce(f.orders, 0) < 4 AND ({_MESSAGE.format(_CLICK, 'm.origin_id = 1')} "
            f"OR ({_BOUGHT.format(_SKU)} AND s.id IS NOT NULL))"
        ),
    ),
)

_WIDTHS = (76, 9, 9, 9, 9, 9, 9, 7, 7, 7)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=9)
    parser.add_argument("--home", type=Path, help="keep the database here for the next run")
    chosen = parser.parse_args()
    with throwaway(home=chosen.home):
        measure(chosen.contacts, chosen.repeat)


def bounds(workspace: "Workspace") -> dict[str, object]:
    """The days and moments that the hand-written statements are given. (29 February is left to those who need it.)"""
    from wabolt.lib import clock

    today = clock.now().astimezone(workspace.tz).date()
    midnight = dt.datetime.combine(today, dt.time.min, workspace.tz)
    week = [today + dt.timedelta(days=days) for days in range(8)]
    return {
        "w": workspace.pk,
        "tomorrow": midnight + dt.timedelta(days=1),
        "ago_30": midnight - dt.timedelta(days=30),
        "ago_90": midnight - dt.timedelta(days=90),
        "born_25": today.replace(year=today.year - 25),
        "born_41": today.replace(year=today.year - 41),
        "week": [day.month * 100 + day.day for day in week],
    }


def measure(contacts: int, repeat: int) -> None:
    """Fills the shop, counts each segment with all variants and prints the table."""
    from django.db import connection

    from wabolt.segments.queries import catalogue, count_contacts
    from wabolt.segments.rules import parse

    workspace = make_workspace()
    make_contacts(workspace, contacts)
    make_orders(workspace)
    make_messages(workspace)
    values = bounds(workspace)

    def ours(text: str) -> int:
        known = catalogue(workspace)
        return count_contacts(workspace, parse(text, known), known=known)

    def by_hand(sql: str) -> int:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return int(cursor.fetchone()[0])

    print(f"B2: {contacts:,} contacts, {repeat} runs each, milliseconds (median, least; p95 of ours)")
    print(
        row(
            "segment", "contacts", "ours", "least", "by hand", "least", "p95", "ratio", "least", "noise", widths=_WIDTHS
        )
    )
    totals: list[tuple[Timing, Timing]] = []
    for text, sql in SEGMENTS:
        found, expected = ours(text), by_hand(sql)
        if found != expected:
            raise SystemExit(f"{text}: ours finds {found}, by hand {expected}")
        mine, hand, again = compare(
            [lambda text=text: ours(text), lambda sql=sql: by_hand(sql), lambda sql=sql: by_hand(sql)], repeat
        )
        totals.append((mine, hand))
        shown = text if len(text) <= _WIDTHS[0] else text[: _WIDTHS[0] - 1] + "…"
        least, hand_least = min(mine.runs), min(*hand.runs, *again.runs)
        ratios = (mine.median / hand.median, least / hand_least, again.median / hand.median)
        print(
            row(shown, found, mine.median, least, hand.median, hand_least, mine.p95, *(f"{it:.2f}" for it in ratios),
                widths=_WIDTHS),
            flush=True,
        )  # fmt: skip
    ours_sum, hand_sum = (sum(pair[side].median for pair in totals) for side in (0, 1))
    worst = max(pair[0].p95 for pair in totals)
    ratio = f"{ours_sum / hand_sum:.2f}"
    print(row("all twelve", "", ours_sum, "", hand_sum, "", worst, ratio, "", "", widths=_WIDTHS))
    say("the last p95 is the slowest segment's")


if __name__ == "__main__":
    main()
