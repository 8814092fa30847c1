"""Merging two contacts that are one person, and undoing a merge.

Rooms register the tables with rows of a contact (`contacts.registry.PersonalData`). A merge moves these rows to the
kept contact and notes which ones, so that the merge can be undone. The absorbed row stays, empty and hidden: its events
cannot be changed, and the timeline reads both contacts' events.
"""

from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from wabolt.accounts.models import Workspace
from wabolt.accounts.services import record_audit
from wabolt.contacts import signals
from wabolt.contacts.models import Contact, Field, Identity, Merge
from wabolt.contacts.registry import PersonalData, personal_data
from wabolt.contacts.rules import PERSON_COLUMNS
from wabolt.contacts.services.events import record_event
from wabolt.contacts.services.identities import refresh_search
from wabolt.lib import clock
from wabolt.lib.deadlocks import again_after_deadlock
from wabolt.lib.errors import DomainError

_COLUMNS = (*PERSON_COLUMNS, "city_original")


@again_after_deadlock
@transaction.atomic
def merge_contacts(*, workspace: Workspace, keep_id: int, absorb_id: int, reason: str) -> Merge:
    """Merges `absorb_id` into `keep_id`. Returns the record for `undo_merge`.

    Missing data of the kept contact is filled in; where both have a value, the kept contact's stays. Its number stays
    the one that messages go to, unless `reason` is `Merge.Reason.NUMBER_CHANGED`. A merge by a member leaves an audit
    entry; the timeline shows every merge. Raises DomainError `same_contact`, or Contact.DoesNotExist.
    """
    if keep_id == absorb_id:
        raise DomainError(_("These are the same contact already."), code="same_contact")
    rows = Contact.objects.select_for_update(of=["self"]).filter(workspace=workspace, erased_at=None)
    locked = {row.pk: row for row in rows.filter(pk__in=[keep_id, absorb_id]).order_by("pk")}
    if len(locked) < 2:
        raise Contact.DoesNotExist
    keep, absorbed = locked[keep_id], locked[absorb_id]
    main = None if reason == Merge.Reason.NUMBER_CHANGED else _main_number(keep)
    moved = _move_rows(keep_id, absorb_id)
    before = {
        "keep": {key: _plain(getattr(keep, key)) for key in (*_COLUMNS, "fields", "last_inbound_at")},
        "absorbed": {key: _plain(getattr(absorbed, key)) for key in (*_COLUMNS, "fields", "last_inbound_at")},
    }
    merge = Merge.objects.create(
        workspace=workspace, kept=keep, absorbed=absorbed, reason=reason, moved=moved, before=before
    )
    if main is not None:
        _stay_main(workspace, main)
    _fill(keep, absorbed)
    _hide(absorbed)
    refresh_search(contact_ids=[keep_id])
    record_event(
        workspace=workspace,
        contact_ids=[keep_id],
        kind="contact_merged",
        data={"merge": merge.pk, "contact": absorb_id},
    )
    responses = signals.contacts_merged.send(
        Contact, workspace=workspace, kept_id=keep_id, absorbed_id=absorb_id, moved=moved
    )
    answers: list[Any] = [answer for _receiver, answer in responses]
    merge.before["noted"] = {key: value for one in answers if isinstance(one, dict) for key, value in one.items()}
    merge.save(update_fields=["before"])
    if reason == Merge.Reason.MEMBER:
        data = {"merge": merge.pk, "contact": absorb_id}
        record_audit(workspace=workspace, action="contact.merge", target=("contact", keep_id), data=data)
    return merge


@again_after_deadlock
@transaction.atomic
def undo_merge(*, workspace: Workspace, merge_id: int) -> Contact:
    """Undoes a merge: the absorbed contact gets its rows back. Returns it. Rows that were added since stay with the
    kept contact.

    Raises Merge.DoesNotExist, or DomainError: `not_undoable` after an undo or an erasure, `merged_again` while the kept
    contact is itself merged into another one.
    """
    merge = Merge.objects.select_for_update().get(workspace=workspace, pk=merge_id)
    rows = Contact.objects.select_for_update(of=["self"]).filter(pk__in=[merge.kept_id, merge.absorbed_id])
    locked = {row.pk: row for row in rows.order_by("pk")}
    kept, absorbed = locked[merge.kept_id], locked[merge.absorbed_id]
    if merge.undone_at is None and Merge.objects.filter(absorbed=kept, undone_at=None).exists():
        message = _("This contact has become part of another one since. Take that back first.")
        raise DomainError(message, code="merged_again")
    if merge.undone_at is not None or kept.erased_at is not None:
        raise DomainError(_("This can no longer be taken back."), code="not_undoable")
    for data in personal_data():
        if ids := merge.moved.get(data.table):
            _execute(
                f"UPDATE {data.table} SET contact_id = %s WHERE {data.key} = ANY(%s) AND contact_id = %s",
                [merge.absorbed_id, ids, merge.kept_id],
            )
    _give_back(kept, absorbed, merge.before["keep"], merge.before["absorbed"])
    absorbed.erased_at = None
    for contact in (absorbed, kept):
        contact.updated_at = clock.now()
        contact.save()
    merge.undone_at = clock.now()
    merge.save(update_fields=["undone_at"])
    refresh_search(contact_ids=[kept.pk, absorbed.pk])
    both = [kept.pk, absorbed.pk]
    record_event(workspace=workspace, contact_ids=both, kind="contact_parted", data={"merge": merge.pk})
    noted = merge.before.get("noted", {})
    signals.contacts_parted.send(Contact, workspace=workspace, kept_id=kept.pk, absorbed_id=absorbed.pk, noted=noted)
    merge_data = {"merge": merge_id, "contact": absorbed.pk}
    record_audit(workspace=workspace, action="contact.part", target=("contact", kept.pk), data=merge_data)
    return absorbed


def _main_number(contact: Contact) -> int | None:
    phones = contact.identities.filter(kind=Identity.Kind.PHONE).order_by("-id")
    return phones.values_list("pk", flat=True).first()


def _stay_main(workspace: Workspace, identity_id: int) -> None:
    """Gives the identity the newest id.

    Messages go to the newest number, and the numbers of the absorbed contact may be newer. Merges that brought the
    identity are updated to its new id.
    """
    _execute(
        """
        WITH renewed AS (
            UPDATE contacts_identity SET id = nextval(pg_get_serial_sequence('contacts_identity', 'id'))
            WHERE id = %s RETURNING id)
        UPDATE contacts_merge m SET moved = jsonb_set(m.moved, '{contacts_identity}', (
            SELECT jsonb_agg(CASE WHEN old.id = to_jsonb(%s) THEN to_jsonb(renewed.id) ELSE old.id END)
            FROM jsonb_array_elements(m.moved -> 'contacts_identity') AS old (id)))
        FROM renewed WHERE m.workspace_id = %s AND m.moved -> 'contacts_identity' @> to_jsonb(%s)
        """,
        [identity_id, identity_id, workspace.pk, identity_id],
    )


def _move_rows(keep_id: int, absorb_id: int) -> dict[str, list[int]]:
    """Moves the absorbed contact's rows of all tables in one statement. Returns {table: keys of the moved rows}."""
    moving = [data for data in personal_data() if data.moves]
    parts = ", ".join(f"m{number} AS ({_moving(data)})" for number, data in enumerate(moving))
    keys = ", ".join(f"ARRAY(SELECT key FROM m{number})" for number in range(len(moving)))
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {parts} SELECT {keys}", {"keep": keep_id, "absorb": absorb_id})
        return {data.table: ids for data, ids in zip(moving, cursor.fetchone(), strict=True) if ids}


def _moving(data: PersonalData) -> str:
    clash = "".join(f" AND k.{column} = t.{column}" for column in data.once)
    free = f" AND NOT EXISTS (SELECT FROM {data.table} k WHERE k.contact_id = %(keep)s{clash})" if data.once else ""
    return (
        f"UPDATE {data.table} t SET contact_id = %(keep)s WHERE t.contact_id = %(absorb)s{free}"
        f" RETURNING t.{data.key} AS key"
    )


def _execute(sql: str, params: list[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [row[0] for row in cursor.fetchall()] if cursor.description else []


def _fill(keep: Contact, absorbed: Contact) -> None:
    for key in _COLUMNS:
        if not getattr(keep, key):
            setattr(keep, key, getattr(absorbed, key))
    keep.fields = {**absorbed.fields, **keep.fields}
    keep.last_inbound_at = max(filter(None, [keep.last_inbound_at, absorbed.last_inbound_at]), default=None)
    keep.updated_at = clock.now()
    keep.save()


def _give_back(kept: Contact, absorbed: Contact, kept_before: dict[str, Any], absorbed_before: dict[str, Any]) -> None:
    """Restores the absorbed contact, except for fields that were deleted meanwhile. The kept contact loses only values
    that the merge filled in and that were not changed since."""
    columns = set(Field.objects.filter(workspace=kept.workspace_id).values_list("key", flat=True))
    for key, value in absorbed_before.items():
        if key != "fields":
            if _plain(getattr(kept, key)) == value:
                setattr(kept, key, kept_before[key])
            setattr(absorbed, key, value)
    filled_in = {key: value for key, value in absorbed_before["fields"].items() if key not in kept_before["fields"]}
    kept.fields = {key: value for key, value in kept.fields.items() if key not in filled_in or filled_in[key] != value}
    absorbed.fields = {key: value for key, value in absorbed_before["fields"].items() if key in columns}


def _hide(absorbed: Contact) -> None:
    for key in _COLUMNS:
        setattr(absorbed, key, None if key == "birth_date" else "")
    absorbed.fields, absorbed.search, absorbed.reachable = {}, "", False
    absorbed.updated_at = absorbed.erased_at = clock.now()
    absorbed.save()


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
