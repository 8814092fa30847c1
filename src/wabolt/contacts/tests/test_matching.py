"""Laws about the owners of rows, for every set of rows."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from wabolt.contacts.services.imports.matching import Earlier, Known, Match
from wabolt.contacts.services.imports.people import VALUES, Person

ROWS = st.lists(
    st.tuples(st.sampled_from([None, "+6281", "+6282", "+6283", "+6284"]), st.sampled_from([None, "BDG", "SBY", "7"])),
    max_size=12,
).map(lambda pairs: [(phone, code) for phone, code in pairs if phone or code])


def people(rows: Sequence[tuple[str | None, str | None]]) -> list[Person]:
    return [
        Person(number, [], phone, code, tuple([None] * len(VALUES)), (), "")
        for number, (phone, code) in enumerate(rows, 2)
    ]


def match(rows: Sequence[tuple[str | None, str | None]], known: Known | None = None) -> Match:
    nobody = Earlier(met=lambda _id: False, numbered=lambda _id: False, shared=())
    return Match(people(rows), known or Known({}, {}, set(), list(range(1, 100))), nobody)


def owners(found: Match) -> dict[str, int]:
    """Number → contact id."""
    own = {t.person.phone: contact_id for contact_id, t in found.combined.items() if t.person.phone}
    return own | {value: contact_id for contact_id, kind, value in found.extra if kind == "phone"}


@given(ROWS)
def test_no_rows_are_joined_into_fewer_people_than_they_have_numbers(rows: list[tuple[str | None, str | None]]) -> None:
    found = match(rows)
    refused = {rejection.row for rejection in found.rejections}
    numbers = {phone for number, (phone, _code) in enumerate(rows, 2) if phone and number not in refused}
    assert len(found.combined) >= len(numbers)
    assert owners(found).keys() >= numbers


@given(ROWS)
def test_every_row_ends_somewhere_and_every_code_names_one_person(rows: list[tuple[str | None, str | None]]) -> None:
    found = match(rows)
    stored = sum(1 + t.later for t in found.combined.values())
    assert stored + len(found.rejections) == len(rows)
    codes = [t.person.code for t in found.combined.values() if t.person.code]
    codes += [value for _contact, kind, value in found.extra if kind == "code"]
    assert len(codes) == len(set(codes))


@given(ROWS, st.integers(0, 12))
def test_end_of_a_chunk_changes_no_contact(rows: list[tuple[str | None, str | None]], cut: int) -> None:
    whole = match(rows)
    first = match(rows[:cut])
    phones: dict[str | None, int] = {}
    codes: dict[str | None, int] = {}
    for contact_id, t in first.combined.items():
        phones |= {t.person.phone: contact_id} if t.person.phone else {}
        codes |= {t.person.code: contact_id} if t.person.code else {}
    for contact_id, kind, value in first.extra:
        (phones if kind == "phone" else codes)[value] = contact_id
    earlier = Earlier(first.combined.__contains__, first.numbered.__contains__, first.shared)
    rest = Match(people(rows[cut:]), Known(phones, codes, set(), list(range(100, 200))), earlier)
    assert len(first.combined.keys() | rest.combined.keys()) == len(whole.combined)
    assert len(first.rejections) + len(rest.rejections) == len(whole.rejections)


def test_a_branch_code_joins_no_people() -> None:
    found = match([("+6281", "BDG"), ("+6282", "BDG"), ("+6283", "BDG"), ("+6282", "BDG")])
    assert len(found.combined) == 3
    assert [(warning.row, warning.code) for warning in found.warnings] == [
        (3, "code:shared"), (4, "code:shared"), (5, "code:shared")
    ]  # fmt: skip


def test_a_known_customer_gets_a_new_number_by_the_code() -> None:
    found = match([("+6282", "7")], Known({}, {"7": 5}, set(), [9]))
    assert (list(found.combined), found.extra) == ([5], [(5, "phone", "+6282")])
