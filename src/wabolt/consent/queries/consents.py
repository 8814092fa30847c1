"""Reads of consent: states, the ledger, suppressed addresses, keywords and wordings."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from wabolt.accounts.models import Workspace
from wabolt.consent import rules
from wabolt.consent.models import (
    ConsentEvent,
    Keyword,
    Objection,
    Purpose,
    Restriction,
    StopDoubt,
    Suppression,
    Wording,
)
from wabolt.contacts.models import Contact, Merge
from wabolt.lib.pseudonyms import pseudonym

_HASHTAG = re.compile(r"(?<!\w)#[ ]?\w+")

SUPPRESSED_SQL = """EXISTS (
    SELECT 1 FROM contacts_identity consent_i
    JOIN consent_suppression consent_s
      ON consent_s.workspace_id = consent_i.workspace_id AND consent_s.kind = consent_i.kind
     AND consent_s.value = consent_i.value
    WHERE consent_i.contact_id = c.id AND consent_i.workspace_id = %(workspace)s)"""

DOUBTED_SQL = """EXISTS (SELECT 1 FROM consent_stopdoubt consent_d WHERE consent_d.contact_id = c.id)"""

RESTRICTED_SQL = """EXISTS (SELECT 1 FROM consent_restriction consent_r WHERE consent_r.contact_id = c.id)"""

OBJECTED_SQL = """EXISTS (SELECT 1 FROM consent_objection consent_o WHERE consent_o.contact_id = c.id)"""

UNPROFILED_SQL = f"""({OBJECTED_SQL} OR {RESTRICTED_SQL})"""
"""An SQL condition over alias `c` (contacts_contact): no program may decide about this contact from their behaviour,
because they object to it or their data may not be used."""

MARKETING_ALLOWED_SQL = f"""(
    c.erased_at IS NULL
    AND EXISTS (
        SELECT 1 FROM consent_consent consent_k
        WHERE consent_k.contact_id = c.id AND consent_k.workspace_id = %(workspace)s
          AND consent_k.purpose = 'marketing' AND consent_k.state = 'granted')
    AND NOT {RESTRICTED_SQL}
    AND NOT {SUPPRESSED_SQL}
    AND NOT {DOUBTED_SQL})"""
"""An SQL condition over alias `c` (contacts_contact): this contact may get promotions. Parameter: %(workspace)s.
It is MARKETING_REFUSAL_SQL IS NULL, in a form that PostgreSQL can answer with a semi-join.
`test_marks_and_filters_agree` compares the two for every combination of facts."""

MARKETING_REFUSAL_SQL = rules.refusal_sql(
    {
        "erased": "c.erased_at IS NOT NULL",
        "restricted": RESTRICTED_SQL,
        "consent": """(SELECT consent_k.state FROM consent_consent consent_k
            WHERE consent_k.contact_id = c.id AND consent_k.workspace_id = %(workspace)s
              AND consent_k.purpose = 'marketing')""",
        "suppressed": SUPPRESSED_SQL,
        "doubted": DOUBTED_SQL,
    }
)
"""An SQL expression over alias `c`: why this contact may not get promotions (a code of `rules.REFUSALS`), NULL when it
may. Parameter: %(workspace)s."""

NOT_SAID = ("import", "erasure", "merge", "number_changed", "restore")
"""Sources of withdrawals that are not statements of the person."""


@dataclass(frozen=True, slots=True)
class ConsentStatus:
    """The state of a contact for one purpose: "granted", "withdrawn" or None (never asked). `suppressed`: one of the
    contact's addresses must not get promotions, for any state. `doubted`: a message of the contact may mean stop, and
    no member has looked at it yet. `restricted`: the person's data must not be used at present for any purpose."""

    state: str | None
    suppressed: bool
    doubted: bool = False
    erased: bool = False
    since: datetime | None = None
    source: str = ""
    restricted: bool = False

    @property
    def consent(self) -> str | None:
        return self.state

    @property
    def refusal(self) -> str | None:
        """The code in `rules.REFUSALS` that refuses messages of this purpose; None if they are allowed."""
        return rules.refusal_of(self)

    @property
    def allowed(self) -> bool:
        return self.refusal is None

    @property
    def stopped(self) -> bool:
        """Whether only the person's own act permits promotions again."""
        return self.state == ConsentEvent.Action.WITHDRAWN or self.suppressed

    def stopped_since(self, at: datetime) -> bool:
        """Whether the last stop is later than `at`, so that an agreement given at `at` is no longer valid."""
        return self.state == ConsentEvent.Action.WITHDRAWN and (self.since is None or self.since > at)


NEVER_ASKED = ConsentStatus(None, False)
_DETAILS = ", {doubted}, c.erased_at IS NOT NULL, k.since, coalesce(k.source, ''), {restricted}"


def _status_rows(columns: str, workspace: Workspace, contact_ids: Iterable[int], purpose: str) -> list[tuple[Any, ...]]:
    suppressed, doubted = (SUPPRESSED_SQL, DOUBTED_SQL) if purpose == Purpose.MARKETING else ("false", "false")
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT c.id, k.state, {suppressed} {columns.format(doubted=doubted, restricted=RESTRICTED_SQL)}
            FROM unnest(%(contacts)s::bigint[]) AS wanted (id) JOIN contacts_contact c USING (id)
            LEFT JOIN consent_consent k ON k.contact_id = c.id AND k.purpose = %(purpose)s
            WHERE c.workspace_id = %(workspace)s
            """,  # constants of this module
            {"workspace": workspace.pk, "purpose": purpose, "contacts": list(contact_ids)},
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def states(workspace: Workspace, contact_ids: Iterable[int], purpose: str) -> dict[int, tuple[str | None, bool]]:
    """{contact id: (state or None, whether an address is suppressed)} for the contacts of this workspace.

    Suppression concerns promotions only, so it is False for other purposes.
    """
    rows = _status_rows("", workspace, contact_ids, purpose)
    return {contact_id: (state, suppressed) for contact_id, state, suppressed in rows}


def statuses(
    workspace: Workspace, contact_ids: Iterable[int], purpose: str = Purpose.MARKETING
) -> dict[int, ConsentStatus]:
    """{contact id: ConsentStatus} for the contacts of this workspace, in one query."""
    rows = _status_rows(_DETAILS, workspace, contact_ids, purpose)
    return {row[0]: ConsentStatus(*row[1:]) for row in rows}


def consent_of(workspace: Workspace, contact_id: int, purpose: str = Purpose.MARKETING) -> ConsentStatus:
    """Returns the state of one contact; NEVER_ASKED for an unknown contact."""
    return statuses(workspace, [contact_id], purpose).get(contact_id, NEVER_ASKED)


def decided_before_merge(workspace: Workspace, contact_ids: Iterable[int]) -> set[int]:
    """Returns those of the contacts that are merged and have no ledger entry on promotions since the last merge.

    `receivers.merge_consents` stores the end of the ledger with the merge. An undone merge does not count.
    """
    merges = Merge.objects.filter(
        workspace=workspace,
        kept__in=list(contact_ids),
        undone_at=None,
        kept__consents__purpose=Purpose.MARKETING,
        kept__consents__event__seq__lte=Cast(KT("before__noted__consent__seq"), BigIntegerField()),
    )
    return set(merges.values_list("kept_id", flat=True))


def doubt_of(workspace: Workspace, contact_id: int) -> StopDoubt | None:
    """Returns the message for which promotions to this contact are held, if there is one."""
    return StopDoubt.objects.filter(workspace=workspace, contact=contact_id).first()


def ledger(workspace: Workspace, contact: Contact | int | None = None) -> QuerySet[ConsentEvent]:
    """Returns the entries of the ledger, newest first; only those of `contact` when given."""
    entries = ConsentEvent.objects.filter(workspace=workspace).select_related("wording", "actor").order_by("-seq")
    return entries if contact is None else entries.filter(contact=contact)


def restriction_of(workspace: Workspace, contact_id: int) -> Restriction | None:
    """Returns the restriction that is in force for this contact."""
    return Restriction.objects.filter(workspace=workspace, contact=contact_id).first()


def objection_of(workspace: Workspace, contact_id: int) -> Objection | None:
    """Returns the objection to profiling that is in force for this contact."""
    return Objection.objects.filter(workspace=workspace, contact=contact_id).first()


def objectors(workspace: Workspace, contact_ids: Iterable[int]) -> set[int]:
    """Returns those of the contacts who object to profiling."""
    found = Objection.objects.filter(workspace=workspace, contact__in=list(contact_ids))
    return set(found.values_list("contact_id", flat=True))


def suppressed_values(workspace: Workspace, kind: str, values: Iterable[str]) -> set[str]:
    """Returns the `values` (addresses of `kind`) that must not get promotions, including addresses of erased people."""
    stored = {value: value for value in values}
    stored |= {erased_value(workspace, kind, value): value for value in list(stored)}
    found = Suppression.objects.filter(workspace=workspace, kind=kind, value__in=list(stored))
    return {stored[value] for value in found.values_list("value", flat=True)}


def erased_value(workspace: Workspace, kind: str, value: str) -> str:
    """Returns the stored form of an erased person's suppressed address."""
    return Suppression.ERASED + pseudonym(workspace.pk, kind, value)


def keywords(workspace: Workspace, action: str | None = None) -> QuerySet[Keyword]:
    """Returns the stop and start words of a workspace, or those of one action, in alphabetical order."""
    words = Keyword.objects.filter(workspace=workspace).order_by("action", "normalised")
    return words if action is None else words.filter(action=action)


def match_keyword(workspace: Workspace, text: str) -> rules.Meaning | None:
    """Returns the meaning of the whole `text` for promotions with the keywords of this workspace
    (`rules.meaning_of`)."""
    return match_keywords(workspace, [text])[0]


def match_keywords(workspace: Workspace, texts: Sequence[str]) -> list[rules.Meaning | None]:
    """As `match_keyword` for several texts, in one query. Equal texts are evaluated once, because many people send the
    same one."""
    if not texts:
        return []
    words: dict[str, set[str]] = {"stop": set(), "start": set()}
    for action, normalised in Keyword.objects.filter(workspace=workspace).values_list("action", "normalised"):
        words[action].add(normalised)
    meanings = {text: _meaning(text, words, workspace.name) for text in set(texts)}
    return [meanings[text] for text in texts]


def _meaning(text: str, words: dict[str, set[str]], shop: str) -> rules.Meaning | None:
    """Returns the meaning of a text. A stop word with a code, such as "STOP #K7QM4P", is a stop. A start word with a
    code joins through a way in (room `optin`), so it has no meaning here."""
    found = rules.meaning_of(text, words["stop"], words["start"], shop)
    if found == "stop" or "#" not in text:
        return found
    without = rules.meaning_of(_HASHTAG.sub(" ", text), words["stop"], words["start"], shop)
    return "stop" if without == "stop" else found


def wordings(workspace: Workspace, purpose: str | None = None) -> QuerySet[Wording]:
    """Returns all wordings, newest version first."""
    versions = Wording.objects.filter(workspace=workspace).order_by("purpose", "-version")
    return versions if purpose is None else versions.filter(purpose=purpose)


def current_wording(workspace: Workspace, purpose: str = Purpose.MARKETING) -> Wording | None:
    """Returns the newest of the shop's texts for `purpose`, None without any. Texts of single ways in are left out."""
    return wordings(workspace, purpose).filter(is_default=True).first()
