"""The address that a message to a contact goes to, for sending, number checks, typing, read receipts and pages."""

from collections.abc import Iterable

from django.db import connection
from django.utils.translation import gettext as _

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact
from wabolt.ui.filters import phone

MESSAGE_ORDER = ("phone", "lid", "bsuid", "username")
"""A message goes to the phone number if there is one."""
CHAT_ORDER = ("lid", "phone", "bsuid", "username")
"""Signals about a chat (read, typing) go where WhatsApp keeps the chat: under the hidden number if it is known."""

ADDRESS_SQL = """
SELECT i.kind, i.value, i.on_whatsapp, i.checked_at FROM contacts_identity i
 WHERE i.contact_id = c.id AND i.kind = ANY(%(kinds)s)
 ORDER BY array_position(%(kinds)s, i.kind::text), i.id DESC LIMIT 1
"""
"""A subquery over alias `c` (contacts_contact): the address, of the first of `kinds` (text[]) that the contact has. Of
several addresses of that kind the newest counts: people change numbers."""
PHONE_SQL = """
    (SELECT p.value FROM contacts_identity p WHERE p.contact_id = c.id AND p.kind = 'phone' ORDER BY p.id DESC LIMIT 1)
"""
"""An expression over alias `c`: the phone number of `ADDRESS_SQL`, NULL without one."""

_PHONES = """
SELECT contact_id, value FROM contacts_identity
 WHERE workspace_id = %s AND contact_id = ANY(%s) AND kind = 'phone' ORDER BY id
"""


def address_kinds(reachable: Iterable[str], *, chat: bool = False) -> list[str]:
    """The identity kinds that a channel can reach, in the order in which they are tried."""
    known = set(reachable)
    return [kind for kind in (CHAT_ORDER if chat else MESSAGE_ORDER) if kind in known]


def address_of(contact_id: int, reachable: Iterable[str], *, chat: bool = False) -> tuple[str, str] | None:
    """(kind, value) of the address that a channel with these kinds writes to; None if there is none."""
    with connection.cursor() as cursor:
        sql = f"SELECT a.kind, a.value FROM contacts_contact c, LATERAL ({ADDRESS_SQL}) a WHERE c.id = %(contact)s"
        cursor.execute(sql, {"contact": contact_id, "kinds": address_kinds(reachable, chat=chat)})
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None


def phone_of(contact: Contact) -> str | None:
    """The phone number (E.164) that messages to this contact go to."""
    return phones_of(contact.workspace, [contact.pk]).get(contact.pk)


def phones_of(workspace: Workspace, contact_ids: Iterable[int]) -> dict[int, str]:
    """{contact id: phone number} in one statement; a contact without a number is missing."""
    with connection.cursor() as cursor:
        cursor.execute(_PHONES, [workspace.pk, list(contact_ids)])
        return dict(cursor.fetchall())


def called(workspace: Workspace, contacts: Iterable[Contact]) -> dict[int, str]:
    """{contact id: the name on pages, else the phone number} in one statement; in none if all have a name."""
    shown = list(contacts)
    nameless = [contact.pk for contact in shown if not contact.name]
    phones = phones_of(workspace, nameless) if nameless else {}
    numbers = {pk: phone(number) for pk, number in phones.items()}
    return {one.pk: one.name or numbers.get(one.pk) or _("No name") for one in shown}
