"""Keeps the attribution of orders up to date, and the shop's aim for promotions."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.analytics.models import ContentAim
from wabolt.analytics.queries.attribution import DEFINITION, windows
from wabolt.analytics.queries.content_mix import aim_of
from wabolt.contacts.registry import EventConsumer, LoggedEvent, register_consumer
from wabolt.lib.advisory import lock_until_commit
from wabolt.lib.errors import DomainError
from wabolt.lib.restore import rows_restored

KINDS = frozenset(
    {"link_clicked", "order_completed", "order_cancelled", "voucher_redeemed", "contact_merged", "contact_parted"}
)
_TAKE = """
DELETE FROM analytics_touchedcontact
 WHERE id IN (SELECT id FROM analytics_touchedcontact ORDER BY id LIMIT %s) RETURNING contact_id
"""
_INSERT = (
    "INSERT INTO analytics_attribution (workspace_id, origin_kind, origin_id, order_id,"
    " contact_id, ordered_at, total, how) " + DEFINITION.format(people="SELECT unnest(%(contacts)s::bigint[])")
)
_TOUCH_ALL = """
INSERT INTO analytics_touchedcontact (workspace_id, contact_id)
SELECT workspace_id, contact_id FROM analytics_attribution
 UNION
SELECT t.workspace_id, k.contact_id FROM messaging_click k
  JOIN messaging_trackedlink l ON l.id = k.link_id JOIN messaging_messagecontent t ON t.id = l.content_id
 WHERE NOT k.is_bot
 UNION
SELECT o.workspace_id, o.contact_id FROM commerce_voucher v JOIN commerce_order o ON o.id = v.order_id
 UNION
SELECT workspace_id, contact_id FROM commerce_cart WHERE order_id IS NOT NULL
"""


def settle_attribution(*, limit: int = 10_000) -> int:
    """Attributes the orders of touched contacts and keeps the result, for at most `limit` touches. Returns how many
    touches were settled.

    Only one transaction settles at a time. The orders are read after the touches are deleted. A change that commits in
    between may be read already, but its touch stays and the contact is settled again.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        lock_until_commit(cursor, "analytics.settle")
        cursor.execute(_TAKE, [limit])
        taken = [contact for (contact,) in cursor.fetchall()]
        if taken:
            contacts = sorted(set(taken))
            cursor.execute("DELETE FROM analytics_attribution WHERE contact_id = ANY(%s)", [contacts])
            cursor.execute(_INSERT, {"contacts": contacts, **windows()})
    return len(taken)


@transaction.atomic
def save_content_aim(*, workspace: Workspace, promotion_percent: int, by: User) -> None:
    """Stores the largest share of promotions that the shop wants. Raises DomainError "bad_percent"."""
    if not 0 <= promotion_percent <= 100:
        raise DomainError(_("Choose 0 to 100 percent."), code="bad_percent", field="promotion_percent")
    changes = {"promotion_percent": [str(aim_of(workspace)), str(promotion_percent)]}
    ContentAim.objects.update_or_create(workspace=workspace, defaults={"promotion_percent": promotion_percent})
    record_audit(workspace=workspace, actor=by, action="report.change_aim", data=changes)


def touch_all() -> None:
    """Has the orders of all contacts attributed again, after changes without triggers (a restore)."""
    with connection.cursor() as cursor:
        cursor.execute(_TOUCH_ALL)


def _handle(_events: Sequence[LoggedEvent]) -> None:
    # The triggers have named the contacts. The event only says that there is something to do.
    settle_attribution()


def _on_restore(**_arguments: Any) -> None:
    touch_all()


def register() -> None:
    """Called from `AnalyticsConfig.ready`."""
    label = gettext_lazy("Figures of dashboard and broadcasts")
    register_consumer(EventConsumer("attribution", label, _handle, kinds=KINDS))
    rows_restored.connect(_on_restore, dispatch_uid="analytics.attribution")
