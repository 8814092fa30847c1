"""The refusals of a person in the sending policy: their rights and consent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol


class PersonFacts(Protocol):
    """The facts about a person that the decision uses. `consent`: "granted", "withdrawn" or None. `restricted`: at the
    person's request, their data must not be used at present."""

    @property
    def erased(self) -> bool: ...
    @property
    def restricted(self) -> bool: ...
    @property
    def consent(self) -> str | None: ...
    @property
    def suppressed(self) -> bool: ...
    @property
    def doubted(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reason of the person against a promotion.

    `holds` decides it for one person. `sql` decides it for a set: an SQL condition in which each `{fact}` of
    PersonFacts is replaced by an expression. `promotions_only`: the reason does not refuse service messages. `waits`:
    the promotion is held until a member decides; otherwise it is never sent.
    """

    code: str
    holds: Callable[[PersonFacts], bool]
    sql: str
    promotions_only: bool = True
    waits: bool = False


REFUSALS = (
    Refusal("erased", lambda f: f.erased, "{erased}", promotions_only=False),
    Refusal("restricted", lambda f: f.restricted, "{restricted}", promotions_only=False),
    Refusal("opted_out", lambda f: f.consent == "withdrawn", "{consent} = 'withdrawn'"),
    Refusal("suppressed_number", lambda f: f.suppressed, "{suppressed}"),
    Refusal("no_consent", lambda f: f.consent is None, "{consent} IS NULL"),
    Refusal("stop_doubt", lambda f: f.doubted, "{doubted}", waits=True),
)
"""The refusals in order of precedence: the first one that holds is the reason."""


def refusal_of(facts: PersonFacts) -> str | None:
    """Returns the code of the first refusal that holds, None when the person may get promotions."""
    return next((refusal.code for refusal in REFUSALS if refusal.holds(facts)), None)


def refusal_sql(facts: Mapping[str, str]) -> str:
    """`refusal_of` as an SQL expression. `facts`: an SQL expression for each fact of PersonFacts."""
    cases = " ".join(f"WHEN {refusal.sql.format_map(facts)} THEN '{refusal.code}'" for refusal in REFUSALS)
    return f"(CASE {cases} END)"
