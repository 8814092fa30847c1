"""The first steps of a new shop: which of them are done."""

from dataclasses import dataclass

from django.db import connection

from wabolt.accounts.models import Workspace

DONE = """
SELECT EXISTS (SELECT FROM channels_channel WHERE workspace_id = %(w)s AND archived_at IS NULL),
       EXISTS (SELECT FROM contacts_contact WHERE workspace_id = %(w)s AND erased_at IS NULL),
       EXISTS (SELECT FROM optin_entrypoint WHERE workspace_id = %(w)s) OR EXISTS (
           SELECT FROM consent_consent WHERE workspace_id = %(w)s AND purpose = 'marketing' AND state = 'granted'),
       EXISTS (SELECT FROM segments_segment WHERE workspace_id = %(w)s),
       EXISTS (SELECT FROM broadcasts_broadcast WHERE workspace_id = %(w)s AND started_at IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps that a new shop has completed before its first broadcast. `joining`: customers can join, or some have
    said yes already."""

    number: bool
    contacts: bool
    joining: bool
    segment: bool
    broadcast: bool

    @property
    def complete(self) -> bool:
        return all((self.number, self.contacts, self.joining, self.segment, self.broadcast))


def first_steps(workspace: Workspace) -> Steps:
    with connection.cursor() as cursor:
        cursor.execute(DONE, {"w": workspace.pk})
        return Steps(*cursor.fetchone())
