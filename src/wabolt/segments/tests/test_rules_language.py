import contextlib
import datetime as dt
import json
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.cases import each

from wabolt.segments.rules import (
    EVERYONE,
    All,
    Any,
    Condition,
    LanguageError,
    Node,
    Not,
    TreeError,
    Value,
    check_tree,
    draft_of,
    from_json,
    normalise,
    parse,
    print_tree,
    read_draft,
    to_json,
)
from wabolt.segments.rules.tree import MAX_DEPTH, depth

from .strategies import CATALOGUE, IN_CENTS, any_amount, trees

BANDUNG = Condition("city", "=", "Bandung")
LOYAL = Condition("orders", ">=", 2)
RESELLER = Condition("tag", "", "reseller")


def read(text: str) -> Node:
    return parse(text, CATALOGUE)


def error_of(text: str) -> LanguageError:
    with pytest.raises(LanguageError) as caught:
        read(text)
    return caught.value


@given(trees())
@example(Condition("name", "=", "“"))
@example(Condition("name", "=", 'Toko “Maju” & \\ "Jaya„'))
def test_laws_of_a_tree(tree: Node) -> None:
    """One test of four laws, because drawing a tree takes 10 ms."""
    normal = normalise(tree)
    assert normalise(normal) == normal
    if depth(tree) <= MAX_DEPTH:
        assert from_json(json.loads(json.dumps(to_json(tree)))) == tree
    if depth(normal) <= MAX_DEPTH:
        assert read(print_tree(tree)) == normal
        assert read(print_tree(tree, "id")) == normal


PIECES = """
    city = != < ( ) , and or not never everyone "Bandung" in is empty contains starts with within 7 days ago over last
    order orders spent Rp150.000 rp 2026-10-31 2026-13-40 tag bought category product any broadcast received consent
    marketing granted field.size field.points field.member yes no birthday month 1.5 -3 next \\ ' “ ”
"""
WORDS = st.sampled_from(PIECES.split())


@given(st.text() | st.lists(WORDS, max_size=25).map(" ".join) | st.binary().map(lambda b: b.decode("latin-1")))
def test_any_text_is_a_tree_or_a_language_error(text: str) -> None:
    try:
        tree = read(text)
    except LanguageError as found:
        error = found
    else:
        assert read(print_tree(tree)) == tree
        return
    assert 0 <= error.position <= error.position + error.length <= len(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["all", "any", "not", "field", "op", "value", "within_days", "date", "number"]),
            inner,
            max_size=4,
        )
    ),
)


@given(JSON)
def test_any_json_is_a_tree_or_a_tree_error(data: object) -> None:
    with contextlib.suppress(TreeError):
        check_tree(from_json(data), CATALOGUE)


@each(
    ("text", "tree"),
    [
        (
            'city = "Bandung" and orders >= 2 and bought category "batik" within 90 days and not tag "reseller"',
            All((BANDUNG, LOYAL, Condition("bought category", "", "batik", 90), Not(RESELLER))),
        ),
        ("CITY = “Bandung” AND Orders ≥ 2", All((BANDUNG, LOYAL))),
        ("spent > Rp1.500.000", Condition("spent", ">", 1_500_000)),
        ("spent > Rp 150.000", Condition("spent", ">", 150_000)),
        ("field.points >= 1.5", Condition("field.points", ">=", Decimal("1.5"))),
        ("last order over 90 days ago", Condition("last order", "over", within_days=90)),
        ("birthday within 1 day", Condition("birthday", "within", within_days=1)),
        ("birthday month = 5", Condition("birthday month", "=", 5)),
        ("created after 2026-1-5", Condition("created", "after", dt.date(2026, 1, 5))),
        ("field.renewal within next 7 days", Condition("field.renewal", "within next", within_days=7)),
        ("replied to any broadcast within 30 days", Condition("replied", "any", None, 30)),
        ('clicked broadcast "Lebaran"', Condition("clicked", "", "Lebaran")),
        ("received broadcast 12", Condition("received", "", 12)),
        ('never bought product "BTK-01"', Not(Condition("bought product", "", "BTK-01"))),
        ("consent marketing granted", Condition("consent marketing", "", "granted")),
        ("field.member is no", Condition("field.member", "is", False)),
        ("everyone", EVERYONE),
        ("not not orders >= 2", LOYAL),
        ('orders >= 2 or city = "Bandung" and tag "reseller"', Any((LOYAL, All((BANDUNG, RESELLER))))),
        ('(orders >= 2 or city = "Bandung") and tag "reseller"', All((Any((LOYAL, BANDUNG)), RESELLER))),
    ],
)
def test_parse_reads_sentences(text: str, tree: Node) -> None:
    assert read(text) == tree


def test_print_uses_only_needed_parentheses() -> None:
    assert print_tree(Any((All((BANDUNG, LOYAL)), RESELLER))) == 'city = "Bandung" and orders >= 2 or tag "reseller"'
    assert print_tree(All((Any((BANDUNG, LOYAL)), RESELLER))) == '(city = "Bandung" or orders >= 2) and tag "reseller"'
    assert print_tree(Not(Any((BANDUNG, LOYAL)))) == 'not (city = "Bandung" or orders >= 2)'
    assert print_tree(Any(())) == "not everyone"


@each(
    ("text", "code", "place", "suggestion"),
    [
        ("", "empty_text", "", ""),
        ('lokasi = "Bandung"', "unknown_field", "lokasi", "city"),
        ('citi = "Bandung"', "unknown_field", "citi", "city"),
        ('size = "XL"', "unknown_field", "size", "field.size"),
        ("city = Bandung", "expected_text", "Bandung", '"Bandung"'),
        ('city contain "x"', "expected_operator", "contain", "contains"),
        ('city = "Bandung', "open_text", '"Bandung', ""),
        ('city = "Bandung" orders >= 2', "expected_joining", "orders", ""),
        ('city = "Bandung" adn orders >= 2', "expected_joining", "adn", "and"),
        ("(orders >= 2", "open_parenthesis", "(", ""),
        ("orders >= 2)", "extra_parenthesis", ")", ""),
        ("orders >= 2 and", "expected_condition_end", "", ""),
        ("orders >= two", "expected_whole", "two", ""),
        ("spent > Rp1.50", "expected_whole", "Rp1.50", ""),
        ("consent marketing grantd", "unknown_option", "grantd", "granted"),
        ('gender = "femal"', "unknown_option", 'gender = "femal"', "female"),
        ("created on 2026-02-30", "bad_date", "2026-02-30", ""),
        ("birthday within 7", "expected_days_word", "", ""),
        ("last order over 7 days", "expected_ago", "", ""),
        ("never orders >= 2", "never_needs_event", "never", ""),
        ("birthday month = 13", "out_of_range", "birthday month = 13", ""),
        ('city = ""', "blank_value", 'city = ""', ""),
        ("orders >= 2 & orders < 9", "unexpected_character", "&", ""),
        ('city = "a\x00b"', "bad_character", "\x00", ""),
        ("received something", "expected_broadcast", "something", ""),
        ('city in "Bandung"', "expected_list", '"Bandung"', ""),
    ],
)
def test_parse_error_points_at_the_place(text: str, code: str, place: str, suggestion: str) -> None:
    error = error_of(text)
    assert (error.code, text[error.position : error.position + error.length]) == (code, place)
    assert error.suggestion == suggestion


def test_parse_refuses_a_deeply_nested_text() -> None:
    assert error_of("(" * 5000).code == "too_deep"
    assert error_of("not " * 2000 + "orders > 1").code == "too_deep"
    assert error_of(" or ".join(["orders > 1"] * 201)).code == "too_large"
    assert error_of("x" * 10_001).code == "too_long"


def test_from_json_refuses_a_deeply_nested_tree() -> None:
    data: dict[str, object] = {"all": []}
    for _ in range(5000):
        data = {"not": data}
    with pytest.raises(TreeError) as caught:
        from_json(data)
    assert caught.value.code == "too_deep"


def test_from_json_reports_the_path_of_the_error() -> None:
    with pytest.raises(TreeError) as caught:
        from_json({"all": [{"any": []}, {"not": {"fields": "city"}}]})
    assert caught.value.path == (1, 0)


@each(
    ("condition", "code"),
    [
        (Condition("salary", "=", "x"), "unknown_field"),
        (Condition("city", "<", "x"), "unknown_operator"),
        (Condition("city", "=", 5), "expected_text"),
        (Condition("orders", "=", True), "expected_whole"),
        (Condition("orders", "=", -1), "out_of_range"),
        (Condition("city", "in", ()), "expected_list"),
        (Condition("city", "=", "x", 5), "unexpected_days"),
        (Condition("created", "within"), "expected_days"),
        (Condition("created", "within", within_days=True), "bad_days"),
        (Condition("created", "on", dt.date(1800, 1, 1)), "out_of_range"),
        (Condition("created", "on", dt.datetime(2026, 1, 1)), "expected_date"),
        (Condition("field.points", "=", Decimal("NaN")), "expected_number"),
        (Condition("field.member", "is", "yes"), "expected_yes_no"),
        (Condition("received", "", 0), "expected_broadcast"),
        (Condition("name", "=", "a\nb"), "bad_character"),
        (Condition("has phone", "", "x"), "unexpected_value"),
    ],
)
def test_check_refuses_what_does_not_fit(condition: Condition, code: str) -> None:
    with pytest.raises(TreeError) as caught:
        check_tree(Not(condition), CATALOGUE)
    assert (caught.value.code, caught.value.path) == (code, (0,))


@each(
    ("written", "amount"),
    [
        ("150", 150),
        ("150.000", 150_000),
        ("19.99", Decimal("19.99")),
        ("1500.5", Decimal("1500.5")),
        ("20.00", 20),
        ("SGD 19.99", Decimal("19.99")),
        ("sgd19.99", Decimal("19.99")),
    ],
)
def test_money_has_the_places_of_its_currency(written: str, amount: int | Decimal) -> None:
    assert parse(f"spent > {written}", IN_CENTS) == Condition("spent", ">", amount)


@each("written", ["Rp150.000", "Rp 150", "USD 20", "1.5000", "0.125"])
def test_amount_of_another_currency_is_refused(written: str) -> None:
    with pytest.raises(LanguageError) as caught:
        parse(f"spent > {written}", IN_CENTS)
    assert caught.value.code == "expected_amount"


@given(any_amount)
def test_printed_amount_is_parsed_back(amount: Decimal) -> None:
    tree = Condition("spent", ">=", amount)
    check_tree(tree, IN_CENTS)
    assert parse(print_tree(tree), IN_CENTS) == from_json(json.loads(json.dumps(to_json(tree)))) == tree
    assert read_draft(draft_of(tree), IN_CENTS).tree == tree


@each("value", [Decimal("1.5"), Decimal("NaN"), -1, True, "150", Decimal("0.001"), 10**15 + 1])
def test_invalid_money_is_refused(value: Value) -> None:
    for known in (CATALOGUE, *((IN_CENTS,) if value != Decimal("1.5") else ())):
        with pytest.raises(TreeError):
            check_tree(Condition("spent", ">", value), known)


INDONESIAN = (
    ('kota = "Bandung" dan pesanan minimal 2', 'city = "Bandung" and orders >= 2'),
    ('kota adalah “Bandung” atau kota bukan "Solo"', 'city = "Bandung" or city != "Solo"'),
    ('Kota salah satu dari ("Bandung", "Solo")', 'city in ("Bandung", "Solo")'),
    ('kota bukan salah satu dari ("Bandung", "Solo")', 'city not in ("Bandung", "Solo")'),
    ('bukan (label "VIP" atau label kosong)', 'not (tag "VIP" or tag is empty)'),
    ('nama diawali dengan "Ibu" dan email tidak kosong', 'name starts with "Ibu" and email is not empty'),
    ("pesanan terakhir dalam 30 hari terakhir", "last order within 30 days"),
    ("pesanan terakhir lebih dari 90 hari yang lalu", "last order over 90 days ago"),
    ("pesanan terakhir bulan ini", "last order this month"),
    ("ditambahkan minggu lalu", "created last week"),
    ("ulang tahun bulan ini dan umur paling sedikit 17", "birthday this month and age >= 17"),
    ("ulang tahun dalam 7 hari lagi", "birthday within 7 days"),
    ("kolom.renewal dalam 30 hari ke depan", "field.renewal within next 30 days"),
    ("kolom.member adalah tidak", "field.member is no"),
    ('jenis kelamin = "perempuan"', 'gender = "female"'),
    ("izin promosi setuju dan izin layanan belum", "consent marketing granted and consent service none"),
    ("total belanja lebih dari Rp150.000", "spent > 150000"),
    ('belum pernah membeli kategori "batik" dalam 90 hari', 'never bought category "batik" within 90 days'),
    ('membaca broadcast "Lebaran" dan tidak pernah mengklik broadcast apa pun',
     'read broadcast "Lebaran" and never clicked any broadcast'),
    ("semua kontak", "everyone"),
    ("punya nomor dan pernah menulis", "has phone and has written"),
    ("pesanan terakhir sebelum 2026-01-31", "last order before 2026-01-31"),
    ("kota = 'Bandung' dan orders >= 2", 'city = "Bandung" and orders >= 2'),
)  # fmt: skip


@each(("indonesian", "english"), INDONESIAN)
def test_indonesian_words_mean_the_same_as_english_ones(indonesian: str, english: str) -> None:
    assert read(indonesian) == read(english)


def test_errors_suggest_in_the_language_of_the_reader() -> None:
    with pytest.raises(LanguageError) as caught:
        parse('pesanan trakhir = "x"', CATALOGUE, "id")
    assert caught.value.params["field"] == "pesanan"
    with pytest.raises(LanguageError) as caught:
        parse('kotta = "x"', CATALOGUE, "id")
    assert caught.value.suggestion == "kota"


def test_no_word_of_a_language_is_two_fields() -> None:
    words = [(word, spec.key) for spec in CATALOGUE for names in spec.words.values() for word in names]
    assert len(dict(words)) == len(words)
    keys = {spec.key for spec in CATALOGUE}
    assert all(word not in keys or word == key for word, key in words)


@each(
    ("written", "amount"),
    [
        ("5 juta", 5_000_000),
        ("5jt", 5_000_000),
        ("Rp 5 juta", 5_000_000),
        ("Rp5jt", 5_000_000),
        ("500rb", 500_000),
        ("500 ribu", 500_000),
        ("1,5 jt", 1_500_000),
        ("1,5jt", 1_500_000),
        ("Rp1,5 juta", 1_500_000),
        ("1.5 juta", 1_500_000),
        ("75k", 75_000),
        ("2 miliar", 2_000_000_000),
    ],
)
def test_amounts_are_read_as_people_write_them(written: str, amount: int) -> None:
    for begin in ("spent > ", "total belanja lebih dari "):
        for more in ("", ' and city = "Bandung"', ' dan kota = "Bandung"'):
            tree = parse(f"{begin}{written}{more}", CATALOGUE)
            first = tree if isinstance(tree, Condition) else tree.children[0]
            assert first == Condition("spent", ">", amount), (begin, more)


@each("written", ["5 juta juta", "juta", "1,5", "5 jutaan"])
def test_text_that_is_no_amount_is_an_error(written: str) -> None:
    with pytest.raises(LanguageError):
        parse(f"spent > {written}", CATALOGUE)
