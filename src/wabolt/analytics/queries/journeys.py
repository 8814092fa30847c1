"""The comparison of a journey with its holdout."""

from datetime import timedelta
from typing import Any

from django.db import connection

from wabolt.analytics.rules import Comparison, Share
from wabolt.journeys.models import Journey

BOUGHT_WITHIN = timedelta(days=30)
"""Orders within this time after a person entered count in the comparison."""
_BUYERS = """
SELECT e.state = 'held_out',
       count(*),
       count(*) FILTER (WHERE EXISTS (
             SELECT FROM commerce_order o WHERE o.contact_id = e.contact_id AND o.state = 'completed'
                AND o.ordered_at >= e.entered_at AND o.ordered_at < e.entered_at + %(within)s))
  FROM journeys_enrollment e
 WHERE e.journey_id = %(journey)s
 GROUP BY 1
"""


def compare_with_holdout(journey: Journey) -> Comparison | None:
    """Compares the buyers who entered with the buyers of the holdout. The time begins when a person enters. None for a
    journey without a holdout."""
    if not journey.holdout_percent:
        return None
    shares = {True: Share(0, 0), False: Share(0, 0)}
    values: dict[str, Any] = {"journey": journey.pk, "within": BOUGHT_WITHIN}
    with connection.cursor() as cursor:
        cursor.execute(_BUYERS, values)
        for held_out, total, buyers in cursor.fetchall():
            shares[held_out] = Share(buyers, total)
    return Comparison(shares[False], shares[True])
