"""Imports the chats that a phone had before it was linked as contacts.

A person in such a chat has written to this shop (docs/adr/0014), so a linked number may write to them. That is no
consent: promotions need one as usual.
"""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy, override

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.channels.registry import ChatPerson, ImportedPeople
from wabolt.consent.queries import suppressed_values
from wabolt.contacts.services import NewPerson, add_people
from wabolt.lib.pseudonyms import pseudonym_sql

SOURCE = gettext_lazy("Earlier chats")
"""`Contact.source` of such contacts, in the shop's language, because owners filter by it."""

_STATE = """
    CASE WHEN EXISTS (SELECT FROM contacts_identity i WHERE i.workspace_id = {workspace}
                         AND (i.kind, i.value) IN (('phone', channels_oldchat.phone), ('lid', channels_oldchat.lid)))
         THEN 'known'
         WHEN EXISTS (SELECT FROM consent_suppression s WHERE s.workspace_id = {workspace}
                         AND (s.kind, s.value) IN (('phone', channels_oldchat.phone), ('lid', channels_oldchat.lid)))
           OR EXISTS (SELECT FROM contacts_erasedidentity e
                       WHERE e.workspace_id = {workspace} AND e.digest IN ({phone_digest}, {lid_digest}))
         THEN 'stopped' ELSE 'new' END
"""


class OldChats:
    """Implements `channels.registry.ChatImporter` with contacts and suppressions."""

    def state_sql(self, workspace: Workspace) -> str:
        """Implements the port."""
        digests = {
            f"{kind}_digest": pseudonym_sql(workspace.pk, f"'{kind}'", f"channels_oldchat.{kind}")
            for kind in ("phone", "lid")
        }
        return _STATE.format(workspace=int(workspace.pk), **digests)

    def import_people(self, channel: Channel, people: Sequence[ChatPerson]) -> ImportedPeople:
        """Runs a fixed number of statements, in the caller's transaction if there is one."""
        workspace = channel.workspace
        addresses = [pair for person in people for pair in _identities(person)]
        barred = {
            (kind, value)
            for kind in ("phone", "lid")
            for value in suppressed_values(workspace, kind, [v for k, v in addresses if k == kind])
        }
        with override(workspace.language):
            source = str(SOURCE)
        done = add_people(
            workspace=workspace,
            people=[NewPerson(_identities(person), person.name, person.wrote_at) for person in people],
            source=source,
            barred=barred,
            data={"channel": channel.pk},
        )
        return ImportedPeople(len(done.created), len(done.known), done.refused)


def _identities(person: ChatPerson) -> tuple[tuple[str, str], ...]:
    return tuple((kind, value) for kind, value in (("phone", person.phone), ("lid", person.lid)) if value)
