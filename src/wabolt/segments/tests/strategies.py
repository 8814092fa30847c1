"""Random segments for the laws: every field, every operator, values of the right kind."""

import datetime as dt
from decimal import Decimal

from hypothesis import strategies as st

from wabolt.contacts.segment_fields import custom_field
from wabolt.lib.segmentation import PERIODS
from wabolt.segments.rules import All, Any, Catalogue, Condition, FieldSpec, Kind, Node, Not, operators
from wabolt.segments.sentences import reader

CUSTOM = (
    custom_field(key="size", label="Size", kind="choice", options=("S", "M", "XL")),
    custom_field(key="hobby", label="Hobby", kind="text"),
    custom_field(key="points", label="Points", kind="number"),
    custom_field(key="renewal", label="Renewal", kind="date"),
    custom_field(key="member", label="Member", kind="yes_no"),
)
CATALOGUE = Catalogue(CUSTOM, sentences=reader)
ODD = (
    custom_field(key="height", label="Tinggi (cm)", kind="number"),
    custom_field(key="kota", label="Kota", kind="text"),
    custom_field(key="joined", label="Tanggal bergabung", kind="date"),
    custom_field(key="pick", label="dan “atau”", kind="choice", options=("atau", "Toko 99", "S/M, (L)")),
    custom_field(key="tall", label="Tinggi", kind="number"),
)
WITH_ODD = Catalogue((*CUSTOM, *ODD), sentences=reader)
"""Also has own fields whose labels and options are hard to put into a sentence."""
IN_CENTS = Catalogue(CUSTOM, decimals=2, units=("s$", "sgd"), sentences=reader)
any_amount = st.integers(0, 10**17).map(lambda cents: Decimal(cents).scaleb(-2))

any_text = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=200).filter(
    lambda text: text.strip() != ""
)
any_days = st.integers(0, 36_500)
any_whole = st.integers(0, 10**15)
any_date = st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31))
any_number = st.integers(0, 6).flatmap(lambda places: st.decimals(-(10**9), 10**9, places=places))


def conditions(  # noqa: C901  # the function inside counts
    texts: st.SearchStrategy[str] = any_text,
    days: st.SearchStrategy[int] = any_days,
    dates: st.SearchStrategy[dt.date] = any_date,
    wholes: st.SearchStrategy[int] = any_whole,
    amounts: st.SearchStrategy[int | Decimal] = any_whole,
    specs: tuple[FieldSpec, ...] = tuple(CATALOGUE),
) -> st.SearchStrategy[Condition]:
    """Conditions that the catalogue allows."""

    @st.composite
    def build(draw: st.DrawFn) -> Condition:  # noqa: C901  # one line for each kind of field
        spec = draw(st.sampled_from(specs))
        op = draw(st.sampled_from(operators(spec)))
        event_days = spec.kind in (Kind.BOUGHT, Kind.BROADCAST)
        if op in ("is empty", "is not empty") or spec.kind is Kind.FLAG:
            return Condition(spec.key, op)
        if op == "during":
            return Condition(spec.key, op, draw(st.sampled_from(PERIODS)))
        if op in ("within", "within next", "over"):
            return Condition(spec.key, op, within_days=draw(days))
        within = draw(st.none() | days) if event_days else None
        words = st.sampled_from(spec.options) if spec.options else texts
        if op == "any":
            return Condition(spec.key, op, None, within)
        if op in ("in", "not in"):
            return Condition(spec.key, op, tuple(draw(st.lists(words, min_size=1, max_size=3))), within)
        match spec.kind:
            case Kind.WHOLE | Kind.AGE | Kind.MONEY:
                bounded = wholes.filter(lambda n: spec.minimum <= n <= spec.maximum)
                value = draw(amounts if spec.kind is Kind.MONEY else bounded)
                return Condition(spec.key, op, value)
            case Kind.NUMBER:
                return Condition(spec.key, op, draw(any_number))
            case Kind.DATE | Kind.MOMENT:
                return Condition(spec.key, op, draw(dates))
            case Kind.YES_NO:
                return Condition(spec.key, op, draw(st.booleans()))
            case Kind.BROADCAST:
                return Condition(spec.key, op, draw(st.integers(1, 5) | words), within)
            case _:
                return Condition(spec.key, op, draw(words), within)

    return build()


any_condition = conditions()


def trees(leaves: st.SearchStrategy[Condition] = any_condition, size: int = 12) -> st.SearchStrategy[Node]:
    """Trees of any shape, empty and one-child groups included, within the allowed depth."""
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(Not, inner),
            st.builds(All, st.lists(inner, max_size=4).map(tuple)),
            st.builds(Any, st.lists(inner, max_size=4).map(tuple)),
        ),
        max_leaves=size,
    )
