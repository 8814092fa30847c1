"""A chunk made ready for storing, without the database: who its rows belong to, and its lines for COPY.

That is work for the processor while the database stores the chunk before, so it is done in a thread beside it.
"""

from dataclasses import dataclass

from wabolt.contacts.services.imports.idset import IdSet
from wabolt.contacts.services.imports.matching import Address, Earlier, Known, Match
from wabolt.contacts.services.imports.people import CONSENT, Parsed, Together
from wabolt.contacts.services.imports.staging import stage_line
from wabolt.imports.registry import Rejection, Warning  # noqa: A004


@dataclass(frozen=True, slots=True)
class Prepared:
    """`together` by contact id; `refusing` are those of them who say no to promotions, `numbered` those whose row has a
    number, `shared` the codes of several people; `text` is what COPY gets."""

    parsed: Parsed
    together: dict[int, Together]
    extra: list[Address]
    rejections: list[Rejection]
    warnings: list[Warning]
    refusing: set[int]
    numbered: set[int]
    shared: set[str]
    text: str


class Memory:
    """Who spoke in the chunks that are stored, and who of them said no to promotions."""

    def __init__(self) -> None:
        self._met, self._refusing, self._numbered = IdSet(), IdSet(), IdSet()
        self._shared: set[str] = set()

    def add(self, stored: Prepared) -> None:
        """Remembers a chunk that is stored."""
        self._met.update(stored.together)
        self._refusing.update(stored.refusing)
        self._numbered.update(stored.numbered)
        self._shared |= stored.shared

    def prepare(self, parsed: Parsed, known: Known, *, granting: bool, before: Prepared | None = None) -> Prepared:
        """`granting`: a yes counts. `before` is the chunk that is being stored right now: its people have spoken."""
        refusing, numbered = self._refusing, self._numbered
        met_now = before.together if before else {}
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
        for contact_id, t in match.together.items():
            line = t.line(more.get(contact_id, ())) if more or t.later else t.person.line
            said = t.values[CONSENT]
            if said == "no":
                saying_no.add(contact_id)
            elif said == "yes" and (not granting or contact_id in refusing or contact_id in refusing_now):
                # A yes counts only with the importer's statement, and never after a no of the same person in this file.
                said = None
            lines.append(stage_line(t.person.row, contact_id, t.is_new, t.fill, said, line))
        return Prepared(
            parsed=parsed,
            together=match.together,
            extra=match.extra,
            rejections=match.rejections,
            warnings=match.warnings,
            refusing=saying_no,
            numbered=match.numbered,
            shared=match.shared,
            text="".join(lines),
        )
