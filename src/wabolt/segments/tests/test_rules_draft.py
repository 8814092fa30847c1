from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st
from tests.cases import each

from wabolt.segments.rules import Any, Condition, Group, Kind, Node, Not, Row, draft_of, normalise, read_draft
from wabolt.segments.rules.draft import MODES, add, from_form, name_of, path_of, remove, settle, walk
from wabolt.segments.rules.tree import depth

from .strategies import CATALOGUE, IN_CENTS, trees

CITY = Row("city", "=", ("Bandung",))


def form_of(draft: Group) -> dict[str, list[str]]:
    """The fields that the builder page would send for a draft."""
    data: dict[str, list[str]] = {}
    for path, part in walk(draft):
        name = name_of(path)
        if isinstance(part, Group):
            data[f"mode:{name}"] = [part.mode]
        else:
            data |= {f"field:{name}": [part.field], f"op:{name}": [part.op], f"days:{name}": [part.days]}
            data[f"value:{name}"] = list(part.values)
    return data


@given(trees())
def test_draft_and_form_keep_every_tree(tree: Node) -> None:
    tree = normalise(tree)
    draft = draft_of(tree)
    assert settle(draft, CATALOGUE) == draft  # a stored condition keeps its operator
    assume(depth(tree) <= 10)
    reading = read_draft(from_form(form_of(draft)), CATALOGUE)
    assert from_form(form_of(draft)) == draft
    # The only thing a page cannot show is "not everyone" and words twice in one list.
    assume("not_all" not in {part.mode for _, part in walk(draft) if isinstance(part, Group) and not part.children})
    assume(all(len(set(part.values)) == len(part.values) for _, part in walk(draft) if isinstance(part, Row)))
    assert reading.complete
    assert reading.tree == tree


def test_a_new_condition_about_a_count_begins_with_at_least() -> None:
    """Also about an amount, an age or a number. A month is no count."""
    counted = {Kind.WHOLE, Kind.MONEY, Kind.AGE, Kind.NUMBER}
    begun = {spec.key: settle(Group("all", (Row(spec.key),)), CATALOGUE).children[0] for spec in CATALOGUE}
    ops = {key: row.op for key, row in begun.items() if isinstance(row, Row)}
    numbers = {spec.key for spec in CATALOGUE if spec.kind in counted}
    assert {"orders", "spent", "age", "field.points", "birthday month"} <= numbers
    assert {key for key in numbers if ops[key] == ">="} == numbers - {"birthday month"}
    assert ops["birthday month"] == ops["city"] == "="


KEYS = st.builds(
    lambda kind, path: f"{kind}:r{path}",
    st.sampled_from(["mode", "field", "op", "value", "days", "x"]),
    st.sampled_from(["", ".0", ".1", ".0.0", ".7.1", ".0.0.0.0.0.0.0.0.0.0.0.0.0", ".-1", ".a"]),
)
WORDS = st.sampled_from(
    ["all", "none", "city", "orders", "=", "not:=", "field.points", ">=", "5", "#5", "", "received"]
)


@given(st.dictionaries(KEYS, st.lists(WORDS | st.text(), max_size=3)))
def test_any_form_is_read(data: dict[str, list[str]]) -> None:
    reading = read_draft(from_form(data), CATALOGUE)
    assert reading.tree == normalise(reading.tree)


def test_blank_rows_are_left_out_and_named() -> None:
    draft = Group("any", (Row(), CITY, Row("city", "=", (" ",)), Row("orders"), Group("all", (Row(),))))
    reading = read_draft(draft, CATALOGUE)
    assert reading.tree == Condition("city", "=", "Bandung")
    assert reading.blank == {(0,), (2,), (3,), (4, 0)}
    assert not reading.faults


def test_wrong_rows_are_named_with_their_reason() -> None:
    draft = Group(
        "all", (CITY, Row("orders", ">=", ("dua",)), Row("gaji", "=", ("x",)), Row("created", "on", ("31/10",)))
    )
    faults = read_draft(draft, CATALOGUE).faults
    assert {path: error.code for path, error in faults.items()} == {
        (1,): "expected_whole",
        (2,): "unknown_field",
        (3,): "expected_date",
    }


def test_rows_parse_typed_numbers_and_ids() -> None:
    rows = (Row("spent", ">", ("Rp 1.500.000",)), Row("field.points", ">", ("2,5",)), Row("received", "", ("#12",)))
    tree = read_draft(Group("all", (*rows, Row("tag", "not:", ("a",)))), CATALOGUE).tree
    assert Condition("spent", ">", 1_500_000) in tree.children  # type: ignore[union-attr]
    assert Condition("received", "", 12) in tree.children  # type: ignore[union-attr]
    assert Not(Condition("tag", "", "a")) in tree.children  # type: ignore[union-attr]


@each(
    ("typed", "amount"),
    [("19,99", Decimal("19.99")), ("S$ 1,500.50", Decimal("1500.5")), ("1.500,50", Decimal("1500.5")), ("1.500", 1500)],
)
def test_money_is_read_as_people_type_it(typed: str, amount: int | Decimal) -> None:
    reading = read_draft(Group("all", (Row("spent", ">=", (typed,)),)), IN_CENTS)
    assert reading.tree == Condition("spent", ">=", amount)


@each("typed", ["Rp 150.000", "1.500.50", "1,2345", "seratus", "-5"])
def test_money_of_another_currency_is_named_as_wrong(typed: str) -> None:
    faults = read_draft(Group("all", (Row("spent", ">=", (typed,)),)), IN_CENTS).faults
    assert [error.code for error in faults.values()] == ["expected_amount"]


@each(
    ("typed", "number"),
    [
        ("1.500", "1500"),
        ("1,500", "1500"),
        ("2,5", "2.5"),
        ("2.5", "2.5"),
        ("1.500,5", "1500.5"),
        ("1,500.5", "1500.5"),
        ("-1.500.000", "-1500000"),
        ("0.125", "0.125"),
        ("1.6250", "1.625"),
        ("1500", "1500"),
    ],
)
def test_numbers_are_read_as_a_list_has_them(typed: str, number: str) -> None:
    reading = read_draft(Group("all", (Row("field.points", ">=", (typed,)),)), CATALOGUE)
    assert reading.tree == Condition("field.points", ">=", Decimal(number))


@each("typed", ["1.500.5", "1,5,5", "1.50,500", "dua", ",", ".", "1.", ",5"])
def test_texts_that_are_no_numbers(typed: str) -> None:
    faults = read_draft(Group("all", (Row("field.points", ">=", (typed,)),)), CATALOGUE).faults
    assert [error.code for error in faults.values()] == ["expected_number"]


def test_group_modes() -> None:
    city = Condition("city", "=", "Bandung")
    two = (CITY, Row("has phone", ""))
    found = {mode: read_draft(Group(mode, two), CATALOGUE).tree for mode in MODES}
    assert found["none"] == Not(Any((city, Condition("has phone", ""))))
    assert found["not_all"] == normalise(Not(found["all"]))


def test_add_and_remove_work_inside_groups() -> None:
    draft = Group("all", (CITY, Group("any", (CITY,))))
    longer = add(draft, (1,), Row("orders"))
    assert longer.children[1] == Group("any", (CITY, Row("orders")))
    assert remove(longer, (1, 0)).children[1] == Group("any", (Row("orders"),))
    assert remove(longer, (0,)) == Group("all", (longer.children[1],))
    for strange in ((5,), (0, 0), (1, 7), (0, 0, 0)):
        assert remove(draft, strange) == draft
    assert add(draft, (0,), CITY) == add(draft, (9,), CITY) == draft


def test_names_of_parts() -> None:
    assert path_of(name_of((0, 12))) == (0, 12)
    assert path_of("r") == ()
    assert path_of("r.x") is path_of("0") is None
