"""Finds or creates the contact of an address, safely when several processes do so at once."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact, Identity
from wabolt.contacts.rules import REACHABLE_KINDS, search_text
from wabolt.contacts.services.erasure_log import announce_returned
from wabolt.contacts.services.events import record_event
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.phone_variants import variants
from wabolt.lib.phones import parse_phone
from wabolt.lib.refusal import Refusal
from wabolt.lib.text import clean, storable
from wabolt.ui.phone_words import phone_error

_ATTEMPTS = 5
_LONGEST_VALUE = 100
"""Maximum length of an identity's value in characters."""

# The definition of Contact.search (`rules.search_text` is the same for rows that are not yet written).
SEARCH_SQL = """
    ' ' || lower(concat_ws(' ', NULLIF(c.name, ''), NULLIF(c.city, ''), NULLIF(c.email, ''),
        (SELECT string_agg(i.value, ' ' ORDER BY i.id) FROM contacts_identity i WHERE i.contact_id = c.id)))
"""
REACHABLE_SQL = f"""
    EXISTS (SELECT 1 FROM contacts_identity r WHERE r.contact_id = c.id AND r.kind IN {REACHABLE_KINDS})
"""


def tidy_identity(workspace: Workspace, kind: str, value: object) -> tuple[str, str]:
    """Returns the identity as it is stored: phones in E.164, others without surrounding space. Raises DomainError."""
    if kind not in Identity.Kind.values:
        raise DomainError(_("Unknown kind of identity."), code="unknown_kind", field="identities")
    if kind == Identity.Kind.PHONE:
        phone = parse_phone(value, workspace.country)
        if isinstance(phone, Refusal):
            raise DomainError(phone_error(phone), code=f"phone_{phone.code}", field="phone")
        return kind, phone.e164
    text = clean(str(value))
    if kind == Identity.Kind.USERNAME:
        text = text.lstrip("@").lower()
    if not text or len(text) > _LONGEST_VALUE:
        raise DomainError(_("This code is empty or too long."), code="bad_identity", field=kind)
    return kind, text


def reported_identity(kind: str, value: object) -> tuple[str, str]:
    """Returns an identity that a vendor reports, as it is stored. None is refused, because its owner wrote to us."""
    text = clean(storable(str(value)))
    if len(text) > _LONGEST_VALUE:
        text = f"{text[: _LONGEST_VALUE - 33]}~{sha256(text.encode()).hexdigest()[:32]}"
    return kind, text


def resolve_contact(
    *, workspace: Workspace, identities: Sequence[tuple[str, str]], name: str = "", source: str = ""
) -> tuple[Contact, bool]:
    """Returns the contact of `identities` (kind, value) and whether it was created.

    The first known identity decides. Unknown identities are added to that contact; an identity of another contact stays
    there, because a member decides about merges. `name` is stored only if none is known. Processes that resolve the
    same new person at once get the same contact. Raises DomainError for invalid identities.
    """
    return _resolve(workspace, tidy_identities(workspace, identities), name, source, is_reported=False)


def resolve_reported(
    *, workspace: Workspace, identities: Sequence[tuple[str, str]], name: str = "", source: str = ""
) -> tuple[Contact, bool]:
    """Like `resolve_contact`, for addresses that a vendor reports. None is refused.

    A number also finds a contact that is stored under a variant of the number (`lib.phone_variants`). That contact gets
    the reported number as a further identity, because it is the one that answers. `name` is the person's WhatsApp name
    (`Contact.whatsapp_name`).
    """
    wanted = list(dict.fromkeys(reported_identity(*pair) for pair in identities))
    return _resolve(workspace, wanted, storable(name), source, is_reported=True)


def _resolve(
    workspace: Workspace, pairs: Sequence[tuple[str, str]], name: str, source: str, *, is_reported: bool
) -> tuple[Contact, bool]:
    if not pairs:
        raise DomainError(_("A contact needs a number or a code."), code="no_identity")
    others = [(kind, other) for kind, value in pairs if kind == Identity.Kind.PHONE for other in variants(value)[1:]]
    looked_up = list(dict.fromkeys([*pairs, *others]))
    name = clean(name)[:200]
    names = {"name": name, "whatsapp_name": name} if is_reported else {"name": name}
    for _attempt in range(_ATTEMPTS):
        known = owners_of(workspace, looked_up)
        owner = next((known[pair] for pair in looked_up if pair in known), None)
        if owner is not None:
            missing = [pair for pair in pairs if pair not in known]
            contact = _join(workspace, owner, missing, names)
            if contact is not None:
                return contact, False
        else:
            contact = _create(workspace, pairs, names, source)
            if contact is not None:
                return contact, True
    raise DomainError(_("This contact is being changed by somebody else right now. Please try again."), code="busy")


def tidy_identities(workspace: Workspace, identities: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Returns these identities as they are stored, each once. Raises the errors of `tidy_identity`."""
    return list(dict.fromkeys(tidy_identity(workspace, kind, value) for kind, value in identities))


def add_identities(*, workspace: Workspace, contact_id: int, identities: Iterable[tuple[str, str]]) -> None:
    """Adds these identities to the contact, in the caller's transaction. Raises DomainError `identity_taken` if one
    belongs to another contact."""
    pairs = tidy_identities(workspace, identities)
    if pairs and add_tidy(workspace=workspace, contact_id=contact_id, pairs=pairs):
        refresh_search(contact_ids=[contact_id])


def add_tidy(*, workspace: Workspace, contact_id: int, pairs: Sequence[tuple[str, str]]) -> int:
    """Like `add_identities`, for identities of `tidy_identities`, and leaves search text and reachability. Returns how
    many are new."""
    added = _insert(workspace, contact_id, pairs)
    if added < len(pairs):
        for pair, owner in owners_of(workspace, pairs).items():
            if owner != contact_id:
                raise taken(pair[0], owner)
    return added


def set_search(contact: Contact, pairs: Iterable[tuple[str, str]]) -> None:
    """Sets search text and reachability of a contact that is not stored yet and gets the addresses `pairs`.

    An UPDATE after the INSERT would write the wide row and its indexes twice.
    """
    stored = sorted(pairs)
    contact.search = search_text(contact.name, contact.city, contact.email, [value for _kind, value in stored])
    contact.reachable = any(kind in REACHABLE_KINDS for kind, _value in stored)


def taken(kind: str, owner: int) -> DomainError:
    """The error of an identity of this kind that the contact `owner` (id) has already."""
    message = (
        _("This number already belongs to another contact.")
        if kind == Identity.Kind.PHONE
        else _("This code already belongs to another contact.")
    )
    return DomainError(message, code="identity_taken", field=kind, contact_id=owner)


def refresh_search(*, contact_ids: Sequence[int]) -> None:
    """Updates search text and reachability of these contacts, in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE contacts_contact c SET search = {SEARCH_SQL}, reachable = {REACHABLE_SQL}"
            " WHERE c.id = ANY(%s) AND c.erased_at IS NULL",
            [list(contact_ids)],
        )


def owners_of(workspace: Workspace, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Returns {(kind, value): contact id} of these addresses in one statement."""
    kinds, values = zip(*pairs, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, value, contact_id FROM contacts_identity"
            " JOIN unnest(%s::text[], %s::text[]) AS wanted (kind, value) USING (kind, value) WHERE workspace_id = %s",
            [list(kinds), list(values), workspace.pk],
        )
        return {(kind, value): contact for kind, value, contact in cursor.fetchall()}


def _insert(workspace: Workspace, contact_id: int, pairs: Sequence[tuple[str, str]]) -> int:
    """Adds identities that no contact has. Waits for a transaction that adds the same one. Returns their number."""
    kinds, values = zip(*pairs, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH added AS (INSERT INTO contacts_identity (workspace_id, contact_id, kind, value, created_at)"
            " SELECT %s, %s, kind, value, %s FROM unnest(%s::text[], %s::text[]) AS wanted (kind, value)"
            " ORDER BY kind, value ON CONFLICT DO NOTHING RETURNING 1)"
            " SELECT count(*), EXISTS (SELECT FROM contacts_erasedidentity WHERE workspace_id = %s) FROM added",
            [workspace.pk, contact_id, clock.now(), list(kinds), list(values), workspace.pk],
        )
        added, has_erasures = cursor.fetchone()
    if has_erasures:
        announce_returned(workspace, contact_id, pairs)
    return int(added)


class _LostRaceError(Exception):
    """Another process created the same contact first."""


def _create(
    workspace: Workspace, pairs: Sequence[tuple[str, str]], names: Mapping[str, str], source: str
) -> Contact | None:
    try:
        with transaction.atomic():
            contact = Contact(workspace=workspace, **names, source=source[:60])
            set_search(contact, pairs)
            contact.save(force_insert=True)
            if _insert(workspace, contact.pk, pairs) < len(pairs):
                raise _LostRaceError  # noqa: TRY301 - the way out of the block that undoes it
            record_event(
                workspace=workspace, contact_ids=[contact.pk], kind="contact_created", data={"source": source[:60]}
            )
            return contact
    except _LostRaceError:
        return None


def _join(
    workspace: Workspace, owner: int, new_pairs: Sequence[tuple[str, str]], names: Mapping[str, str]
) -> Contact | None:
    """Returns the owner with its new data; None if it was deleted meanwhile."""
    contact = Contact.objects.filter(workspace=workspace, pk=owner, erased_at=None).first()
    is_named = contact is not None and bool(names["name"]) and not contact.name
    if contact is None or not (new_pairs or is_named):
        return contact
    columns = [*(["name"] if is_named else []), *sorted({kind for kind, _value in new_pairs})]
    with transaction.atomic():
        if is_named:
            for column, value in names.items():
                setattr(contact, column, value)
            contact.updated_at = clock.now()
            contact.save(update_fields=[*names, "updated_at"])
        if new_pairs:
            _insert(workspace, owner, new_pairs)
        refresh_search(contact_ids=[owner])
        record_event(workspace=workspace, contact_ids=[owner], kind="contact_updated", data={"columns": columns})
        contact.refresh_from_db(fields=["search"])
    return contact
