"""Sentences that pages print are parsed back."""

import datetime as dt

import pytest
from django.utils import translation
from hypothesis import example, given
from tests.cases import each

from wabolt.segments import phrases
from wabolt.segments.rules import (
    EVERYONE,
    All,
    Any,
    Catalogue,
    Condition,
    LanguageError,
    Node,
    Not,
    normalise,
    parse,
)
from wabolt.segments.rules.tree import MAX_DEPTH, depth

from .strategies import IN_CENTS, WITH_ODD, any_condition, conditions, trees

LANGUAGES = ("id", "en")
odd_condition = conditions(specs=tuple(WITH_ODD))


def said(tree: Node, language: str, catalogue: Catalogue = WITH_ODD, currency: str = "IDR") -> str:
    with translation.override(language):
        return phrases.describe(tree, catalogue, currency)


@given(tree=odd_condition | odd_condition.map(Not))
@example(tree=Condition("city", "=", "Bandung dan Jakarta"))
@example(tree=Condition("name", "=", "“dan”"))
@example(tree=Condition("birthday", "within", within_days=0))
@example(tree=Condition("received", "", 12))
@example(tree=Condition("received", "", "#12"))
@example(tree=Condition("name", "=", "„"))
@example(tree=Condition("name", "=", "“"))
@example(tree=Condition("name", "=", "”"))
def test_each_printed_condition_is_read_back(tree: Node) -> None:
    for language in LANGUAGES:
        assert parse(said(tree, language), WITH_ODD, language) == normalise(tree)


@given(tree=trees(odd_condition))
def test_each_segment_has_words_which_are_read_back(tree: Node) -> None:
    for language in LANGUAGES:
        words = said(tree, language)
        assert words
        if depth(normalise(tree)) <= MAX_DEPTH:
            assert parse(words, WITH_ODD, language) == normalise(tree)


@given(tree=any_condition)
def test_money_is_read_back_in_a_currency_with_cents(tree: Condition) -> None:
    for language in LANGUAGES:
        assert parse(said(tree, language, IN_CENTS, "SGD"), IN_CENTS, language) == normalise(tree)


@each(
    ("text", "tree"),
    [
        ("sudah belanja minimal 2 kali", Condition("orders", ">=", 2)),
        ("Sudah belanja minimal 2 kali dan kota adalah Bandung", All((
            Condition("orders", ">=", 2), Condition("city", "=", "Bandung")))),
        ("sudah belanja bulan ini", Condition("last order", "during", "this month")),
        ("belum pernah belanja", Condition("orders", "=", 0)),
        ("never ordered", Condition("orders", "=", 0)),
        ("bulan lahir adalah Mei", Condition("birthday month", "=", 5)),
        ("bulan lahir tepat Mei", Condition("birthday month", "=", 5)),
        ("Month of birth exactly May", Condition("birthday month", "=", 5)),
        ("kota adalah Kota Baru atau kota = “Solo”", Any((
            Condition("city", "=", "Kota Baru"), Condition("city", "=", "Solo")))),
        ("sudah belanja bukan", None),
        ("masuk daftar kontak tanggal 31 Oktober 2026", Condition("created", "on", dt.date(2026, 10, 31))),
        ("bukan (kota adalah Bandung)", Not(Condition("city", "=", "Bandung"))),
        ("Tidak seorang pun", Not(EVERYONE)),
        ("Total belanja lebih dari Rp1.500.000", Condition("spent", ">", 1_500_000)),
        ("Total belanja lebih dari 5 juta", Condition("spent", ">", 5_000_000)),
        ("Total belanja lebih dari Rp 1,5 jt", Condition("spent", ">", 1_500_000)),
        ("Total belanja lebih dari 500rb", Condition("spent", ">", 500_000)),
        ("Total spent more than 1.5 jt", Condition("spent", ">", 1_500_000)),
        ("Total spent more than Rp1,500,000", Condition("spent", ">", 1_500_000)),
        ("belum belanja kategori batik dalam 90 hari terakhir", Not(Condition("bought category", "", "batik", 90))),
        ("bulan lahir adalah Mai", None),
        ("umur tepat 999", None),
    ],
)  # fmt: skip
def test_sentences_that_people_type(text: str, tree: Node | None) -> None:
    if tree is None:
        with pytest.raises(LanguageError):
            parse(text, WITH_ODD, "id")
    else:
        assert parse(text, WITH_ODD, "id") == tree


def test_an_error_in_a_sentence_points_at_it() -> None:
    with pytest.raises(LanguageError) as caught:
        parse("Kota adalah Bandung dan umur tepat 999", WITH_ODD, "id")
    assert (caught.value.code, caught.value.position, caught.value.length) == ("out_of_range", 24, 14)
