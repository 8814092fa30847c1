"""Parsing of carts that members type."""

from hypothesis import given
from hypothesis import strategies as st
from tests.cases import each

from wabolt.commerce.rules.typed_lines import KnownProduct, TypedLine, read_lines
from wabolt.lib.refusal import Refusal
from wabolt.lib.text import fold

SHIRT = KnownProduct("BTK-01", "Kemeja Batik Parang", 245_000)
BAG = KnownProduct("AKS-01", "Tas Rotan", None)
PRODUCTS = {fold(word): product for product in (SHIRT, BAG) for word in (product.sku, product.name)}


@each(
    ("text", "lines"),
    [
        ("2 kemeja batik 150rb", [TypedLine("kemeja batik", 2, 150_000)]),
        ("kemeja batik 150rb", [TypedLine("kemeja batik", 1, 150_000)]),
        ("2x kemeja batik @150rb", [TypedLine("kemeja batik", 2, 150_000)]),
        ("2 pcs kemeja batik Rp150.000", [TypedLine("kemeja batik", 2, 150_000)]),
        ("kemeja batik x2 150 rb", [TypedLine("kemeja batik", 2, 150_000)]),
        ("kemeja batik 2 pcs 150000", [TypedLine("kemeja batik", 2, 150_000)]),
        ("1 kain tulis 1,5jt", [TypedLine("kain tulis", 1, 1_500_000)]),
        ("kain - Rp 1.250.000", [TypedLine("kain", 1, 1_250_000)]),
        ("gamis L 225k", [TypedLine("gamis L", 1, 225_000)]),
        ("3 Kemeja batik parang", [TypedLine("Kemeja Batik Parang", 3, 245_000, "BTK-01")]),
        ("btk-01", [TypedLine("Kemeja Batik Parang", 1, 245_000, "BTK-01")]),
        ("2 kemeja batik parang 200rb", [TypedLine("Kemeja Batik Parang", 2, 200_000, "BTK-01")]),
        ("tas rotan 165rb", [TypedLine("Tas Rotan", 1, 165_000, "AKS-01")]),
        ("iPhone 15 12jt", [TypedLine("iPhone 15", 1, 12_000_000)]),
        (
            "2 kemeja batik 150rb, tas 165.000 + 1 hijab 65rb\nkulot 149rb; rok 99rb dan 2 kaus kaki 15rb",
            [
                TypedLine("kemeja batik", 2, 150_000),
                TypedLine("tas", 1, 165_000),
                TypedLine("hijab", 1, 65_000),
                TypedLine("kulot", 1, 149_000),
                TypedLine("rok", 1, 99_000),
                TypedLine("kaus kaki", 2, 15_000),
            ],
        ),
    ],
)
def test_read_lines(text: str, lines: list[TypedLine]) -> None:
    assert read_lines(text, PRODUCTS) == lines


@each(
    ("text", "code"),
    [
        ("", "empty"),
        (" , ;", "empty"),
        ("2 kemeja", "no_price"),
        ("kemeja 150", "unclear_price"),
        ("tas rotan", "no_price"),
        ("150rb", "no_price"),
        ("2 150rb", "no_name"),
        ("kain 1rb," * 31, "too_many"),
        ("x" * 1001, "too_long"),
    ],
)
def test_refused_lines(text: str, code: str) -> None:
    refusal = read_lines(text, PRODUCTS)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code


@given(st.text(max_size=200))
def test_no_text_raises(text: str) -> None:
    lines = read_lines(text, PRODUCTS)
    if not isinstance(lines, Refusal):
        assert all(line.name and line.quantity >= 1 and line.price >= 0 for line in lines)


@given(st.integers(1, 999), st.sampled_from(["kain", "kemeja batik", "Tas Rotan"]), st.integers(1, 999))
def test_plain_line_is_read_back(count: int, name: str, thousands: int) -> None:
    [line] = read_lines(f"{count} {name} {thousands}rb", {})
    assert line == TypedLine(name, count, thousands * 1000)
