"""Prepares a chunk for storing without the database: the owners of its rows and its lines for COPY.

A second thread does this while the database stores the chunk before.
"""

from dataclasses import dataclass

from wabolt.contacts.services.imports.idset import IdSet
from wabolt.contacts.services.imports.matching import Address, Earlier, Known, Match
from wabolt.contacts.services.imports.people import CONSENT, CombinedRows, Parsed
from wabolt.contacts.services.imports.staging import stage_line
from wabolt.imports.registry import CellWarning, Rejection


@dataclass(frozen=True, slots=True)
class Prepared:
    """A chunk that is ready for COPY (`text`). `combined` is keyed by contact id. `refusing`: contacts who say no to
    promotions. `numbered`: contacts with a number in a row. `shared`: codes of several people."""

    parsed: Parsed
    combined: dict[int, CombinedRows]
    extra: list[Address]
    rejections: list[Rejection]
    warnings: list[CellWarning]
    refusing: set[int]
    numbered: set[int]
    shared: set[str]
    text: str


class Memory:
    """Facts about the stored chunks: contacts with a row, contacts with a number, refusals, shared codes."""

    def __init__(self) -> None:
        self._met, self._refusing, self._numbered = IdSet(), IdSet(), IdSet()
        self._shared: set[str] = set()

    def add(self, stored: Prepared) -> None:
        """Adds a stored chunk."""
        self._met.update(stored.combined)
        self._refusing.update(stored.refusing)
        self._numbered.update(stored.numbered)
        self._shared |= stored.shared

    def prepare(self, parsed: Parsed, known: Known, *, granting: bool, before: Prepared | None = None) -> Prepared:
        """Prepares a chunk. `granting`: a yes counts. `before`: the chunk that is being stored at the same time; its
        people count as met."""
        refusing, numbered = self._refusing, self._numbered
        met_now = before.combined if before else {}
        refusing_now = before.refusing if before else set()
        numbered_now = before.numbered if before else set()
        met = self._met
        match = Match(
            parsed.people,
            known,
            Earlier(
                met=lambda contact_id: contact_id in met or contact_id in met_now,
                numbered=lambda contact_id: contact_id in numbered or contact_id in numbered_now,
                shared=self._shared | before.shared if before else self._shared,
            ),
        )
        more: dict[int, list[str]] = {}
        for contact_id, _kind, value in match.extra:
            more.setdefault(contact_id, []).append(value)
        lines, saying_no = [], set()
        for contact_id, t in match.combined.items():
            line = t.line(more.get(contact_id, ())) if more or t.later else t.person.line
            answer = t.values[CONSENT]
            if answer in {"no", "out"}:
                saying_no.add(contact_id)
            elif answer == "yes" and (not granting or contact_id in refusing or contact_id in refusing_now):
                # A yes needs the importer's statement. A no of the same person in this file overrides it.
                answer = None
            lines.append(stage_line(t.person.row, contact_id, t.is_new, t.fill, answer, line))
        return Prepared(
            parsed=parsed,
            combined=match.combined,
            extra=match.extra,
            rejections=match.rejections,
            warnings=match.warnings,
            refusing=saying_no,
            numbered=match.numbered,
            shared=match.shared,
            text="".join(lines),
        )
