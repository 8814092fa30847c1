"""A chunk made ready for storing, without the database: who its rows belong to, and its lines for COPY.

That is work for the processor while the database stores the chunk before, so it is done in a thread beside it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from wabolt.contacts.services.imports.idset import IdSet
from wabolt.contacts.services.imports.matching import Address, Known, Match
from wabolt.contacts.services.imports.people import CONSENT, Parsed, Together
from wabolt.contacts.services.imports.staging import stage_line
from wabolt.imports.registry import Rejection


@dataclass(frozen=True, slots=True)
class Prepared:
    """`together` by contact id; `refusing` are those of them who say no to promotions; `text` is what COPY gets."""

    parsed: Parsed
    together: dict[int, Together]
    extra: list[Address]
    rejections: list[Rejection]
    refusing: set[int]
    text: str


class Memory:
    """Who spoke in the chunks that are stored, and who of them said no to promotions."""

    def __init__(self) -> None:
        self._met, self._refusing = IdSet(), IdSet()

    def add(self, met: Iterable[int], refusing: Iterable[int]) -> None:
        self._met.update(met)
        self._refusing.update(refusing)

    def prepare(self, parsed: Parsed, known: Known, *, granting: bool, before: Prepared | None = None) -> Prepared:
        """`granting`: a yes counts. `before` is the chunk that is being stored right now: its people have spoken."""
        met, refusing = self._met, self._refusing
        met_now = before.together if before else {}
        refusing_now = before.refusing if before else set()
        match = Match(parsed.people, known, lambda contact_id: contact_id in met or contact_id in met_now)
        more: dict[int, list[str]] = {}
        for contact_id, _kind, value in match.extra:
            more.setdefault(contact_id, []).append(value)
        lines, saying_no = [], set()
        for contact_id, t in match.together.items():
            line = t.line(more.get(contact_id, ())) if more or t.later else t.person.line
            said = t.values[CONSENT]
            if said == "no":
                saying_no.add(contact_id)
            elif said == "yes" and (not granting or contact_id in refusing or contact_id in refusing_now):
                # A yes counts only with the importer's statement, and never after a no of the same person in this file.
                said = None
            lines.append(stage_line(t.person.row, contact_id, t.is_new, t.fill, said, line))
        return Prepared(parsed, match.together, match.extra, match.rejections, saying_no, "".join(lines))
