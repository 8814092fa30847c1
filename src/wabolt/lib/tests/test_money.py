"""Amounts and quantities: the ways marketplaces and people write them."""

from hypothesis import given
from hypothesis import strategies as st
from tests.cases import each

from wabolt.lib.formats import money
from wabolt.lib.money import LARGEST, parse_amount, parse_quantity
from wabolt.lib.refusal import Refusal


@each(
    "written",
    [
        "150000",
        "150.000",
        "150,000",
        "150 000",
        "Rp150.000,00",
        "Rp 150.000,-",
        "Rp. 150.000",
        "rp150000",
        "IDR 150,000.00",
        "150.000 IDR",
        "150000.0",
        "150rb",
        "150 ribu",
        "150K",
        "0,15 jt",
        "Ｒｐ１５０．０００",
        "Rp\u00a0150.000",
        "'150000",
        150000,
        150000.0,
    ],
)
def test_every_way_of_writing_gives_the_same_amount(written: object) -> None:
    assert parse_amount(written) == 150_000


@each(
    ("written", "expected"),
    [
        ("0", 0),
        ("Rp0,00", 0),
        ("1,5jt", 1_500_000),
        ("2,5 M", 2_500_000_000),
        ("1.234.567,89", 1_234_568),
        ("1,234,567.49", 1_234_567),
        ("1'000'000", 1_000_000),
        ("12345.5", 12_346),
    ],
)
def test_thousands_fractions_and_units(written: str, expected: int) -> None:
    assert parse_amount(written) == expected


@each(
    ("written", "code"),
    [
        ("", "empty"),
        (None, "empty"),
        ("-", "empty"),
        (float("nan"), "empty"),
        ("gratis", "not_a_number"),
        ("Rp", "not_a_number"),
        ("150.000.00", "not_a_number"),
        ("1.23.456", "not_a_number"),
        ("12/10/2026", "not_a_number"),
        (float("inf"), "not_a_number"),
        ("1" * 500, "not_a_number"),
        ("-5000", "negative"),
        ("(5.000)", "negative"),
        ("Rp-5.000", "negative"),
        ("1.5", "unclear"),
        ("Rp0,500", "unclear"),
        ("1.2E+12", "rounded"),
        ("9" * 20, "too_large"),
        (10**400, "too_large"),
    ],
)
def test_what_is_no_amount_is_refused_with_its_reason(written: object, code: str) -> None:
    answer = parse_amount(written)
    assert isinstance(answer, Refusal)
    assert answer.code == code


def test_refunds_are_negative_only_where_they_are_expected() -> None:
    assert [parse_amount(text, allow_negative=True) for text in ("-5000", "(5.000)", "Rp-5.000")] == [-5000] * 3


def test_other_currencies_have_their_own_smallest_unit() -> None:
    assert parse_amount("US$19,99", decimals=2) == 1999
    assert parse_amount("$1,234.50", decimals=2) == 123_450
    assert parse_amount("5", decimals=2) == 500


@given(st.integers(0, LARGEST), st.sampled_from(["id", "en"]))
def test_what_we_write_we_can_read(amount: int, lang: str) -> None:
    assert parse_amount(money(amount, "IDR", lang)) == amount


@each(
    ("written", "expected"),
    [
        ("1", 1),
        ("2 pcs", 2),
        ("x3", 3),
        ("3x", 3),
        ("10 buah", 10),
        ("1.0", 1),
        ("2,00", 2),
        ("1.000", 1000),
        (2.0, 2),
        ("2 kg", 2),
        ("3 botol", 3),
        ("1 toples", 1),
        ("2 btl.", 2),
        ("5 liter", 5),
        ("1 ekor", 1),
    ],
)
def test_quantities(written: object, expected: int) -> None:
    assert parse_quantity(written) == expected


@each(
    ("written", "code"),
    [
        ("", "empty"),
        ("1,5", "not_whole"),
        ("0", "zero"),
        ("-1", "negative"),
        ("99999999", "too_large"),
        ("banyak", "not_a_number"),
        ("1e9", "not_a_number"),
    ],
)
def test_what_is_no_quantity_is_refused_with_its_reason(written: str, code: str) -> None:
    answer = parse_quantity(written)
    assert isinstance(answer, Refusal)
    assert answer.code == code


amount_like = st.text(st.sampled_from("0123456789.,- ()Rprbjtk'eE+xX"), max_size=24)


@given(st.one_of(amount_like, st.text(), st.integers(), st.floats(), st.binary(), st.none()))
def test_no_text_raises(written: object) -> None:
    amount = parse_amount(written, allow_negative=True)
    assert isinstance(amount, Refusal) or abs(amount) <= LARGEST
    assert isinstance(parse_amount(written), Refusal) or parse_amount(written) == amount
    quantity = parse_quantity(written)
    assert isinstance(quantity, Refusal) or 1 <= quantity <= 1_000_000
