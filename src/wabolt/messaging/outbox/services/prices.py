"""Prices: the owner's table, and the price that a status reports for each message."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.conf import settings
from django.db import connection, transaction

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.channels.models import Channel
from wabolt.channels.registry import ReportedPrice
from wabolt.messaging.outbox.models import PriceRate
from wabolt.messaging.outbox.queries import price_table


@transaction.atomic
def set_prices(*, workspace: Workspace, amounts: Mapping[str, int], as_of: date, actor: User | None = None) -> None:
    """Sets the price of each category, in the smallest unit. Messages that have a price keep it."""
    currency = settings.CLOUD_PRICES_CURRENCY
    for category, amount in amounts.items():
        PriceRate.objects.update_or_create(
            workspace=workspace,
            category=category,
            defaults={"amount": amount, "currency": currency, "as_of": as_of},
        )
    record_audit(workspace=workspace, actor=actor, action="prices.set", data={**amounts, "as_of": as_of.isoformat()})


def record_prices(*, channel: Channel, reported: Sequence[tuple[str, ReportedPrice, datetime]]) -> int:
    """Stores the price of each message once, as its status reported it: (provider id, price, time); returns how many
    were new.

    Call it in the transaction of the receipts and after them, because they find messages whose provider id is unknown.
    """
    first: dict[str, tuple[ReportedPrice, datetime]] = {}
    for provider_id, price, at in reported:
        first.setdefault(provider_id, (price, at))
    if not first:
        return 0
    table = price_table(channel.workspace)
    amounts = [table[price.category].amount if price.billable and price.category in table else 0
               for price, _at in first.values()]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO messaging_messageprice (message_id, category, is_billable, amount, currency, told_at)
            SELECT m.id, v.category, v.is_billable, v.amount, %s, v.at
              FROM unnest(%s::text[], %s::text[], %s::boolean[], %s::int[], %s::timestamptz[])
                   AS v (provider_id, category, is_billable, amount, at)
              JOIN messaging_message m ON m.channel_id = %s AND m.provider_id = v.provider_id
               AND m.direction = 'outbound'
             ORDER BY m.id
            ON CONFLICT (message_id) DO NOTHING
            """,
            [
                settings.CLOUD_PRICES_CURRENCY,
                list(first),
                [price.category for price, _at in first.values()],
                [price.billable for price, _at in first.values()],
                amounts,
                [at for _price, at in first.values()],
                channel.pk,
            ],
        )
        return int(cursor.rowcount)
