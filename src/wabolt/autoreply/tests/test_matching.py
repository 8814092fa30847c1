"""The order of agreements, typos, menus, and requests for a person."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cases import each

from wabolt.autoreply.rules.chat_words import plain_words
from wabolt.autoreply.rules.checking import ShopFacts, check_rules
from wabolt.autoreply.rules.choosing import RuleConditions, Situation, asks_for_person, choose
from wabolt.autoreply.rules.matching import Closeness, Phrase, index_phrases, matches, menu_number


def found(text: str, *phrases: Phrase) -> list[tuple[int, Closeness]]:
    return [(match.phrase.rule, match.closeness) for match in matches(text, index_phrases(phrases))]


def test_exact_comes_before_begins_before_contains_before_similar() -> None:
    exact, begins, contains = Phrase(1, "harga kaos"), Phrase(2, "harga"), Phrase(3, "kaos")
    assert found("harga kaos", contains, begins, exact) == [
        (1, Closeness.EXACT),
        (2, Closeness.BEGINS),
        (3, Closeness.CONTAINS),
    ]
    assert found("hargs kaos", begins, contains) == [(3, Closeness.CONTAINS)], "typos only if nothing else agrees"
    assert found("hargs kaus", begins) == [(2, Closeness.SIMILAR)]


def test_the_longer_phrase_wins_then_the_order_of_the_rules() -> None:
    assert found("saya mau daftar harga", Phrase(1, "harga"), Phrase(2, "daftar harga"))[0][0] == 2
    assert found("harga", Phrase(1, "harga", order=2), Phrase(2, "HARGA", order=1))[0][0] == 2


def test_a_phrase_is_never_a_part_of_a_word() -> None:
    assert found("mau promosikan toko", Phrase(1, "promo")) == []
    assert found("supermarket", Phrase(1, "super"), Phrase(2, "market")) == []


@each(
    ("phrase", "text", "agrees"),
    [
        ("cod", "cos", False),  # three letters: no typo
        ("info", "inpu", False),  # four letters: one typo
        ("info", "infi", True),
        ("alamat", "almaat", True),
        ("katalog", "ktalig", True),  # seven letters: two typos
        ("katalog", "ktlig", False),
        ("085512", "085513", False),  # a number has no typos
    ],
)
def test_typos(phrase: str, text: str, agrees: bool) -> None:
    assert bool(found(text, Phrase(1, phrase))) == agrees


@pytest.mark.parametrize(
    ("reach", "expected"),
    [
        (Closeness.EXACT, {"harga"}),
        (Closeness.BEGINS, {"harga", "harga kaos"}),
        (Closeness.CONTAINS, {"harga", "harga kaos", "tanya harga"}),
        (Closeness.SIMILAR, {"harga", "harga kaos", "tanya harga", "hagra"}),
    ],
)
def test_a_rule_reaches_no_further_than_its_owner_chose(reach: Closeness, expected: set[str]) -> None:
    texts = ("harga", "harga kaos", "tanya harga", "hagra")
    assert {text for text in texts if found(text, Phrase(1, "harga", reach))} == expected


@given(st.lists(st.text(min_size=1, max_size=20), max_size=8), st.text(max_size=80))
def test_law_a_rule_matches_its_own_words_and_no_text_breaks_matching(phrases: list[str], text: str) -> None:
    index = index_phrases(Phrase(number, phrase, order=number) for number, phrase in enumerate(phrases))
    results = matches(text, index)
    assert len({match.phrase.rule for match in results}) == len(results)
    for phrase in phrases:
        if words := plain_words(phrase):
            best = matches(phrase, index)[0]
            assert best.closeness == Closeness.EXACT
            assert plain_words(best.phrase.text) == words


@given(st.text(max_size=60))
def test_law_plain_words_do_not_change_when_they_are_read_again(text: str) -> None:
    once = plain_words(text)
    assert plain_words(" ".join(plain_words(" ".join(once)))) == plain_words(" ".join(once))


@each(
    ("text", "number"),
    [
        ("1", 1),
        ("2.", 2),
        ("no 2", 2),
        ("nomor dua kak", 2),
        ("pilih 3 ya", 3),
        ("yang 1", 1),
        ("4", None),
        ("0", None),
        ("12345", None),
        ("harga", 1),
        ("jam bukanya", 2),
        ("2 potong ya, yang merah", None),
        ("", None),
    ],
)
def test_a_number_or_the_words_of_a_menu(text: str, number: int | None) -> None:
    titles = {"harga": 1, "jam buka": 2}
    assert menu_number(text, 3, titles) == number


@each(
    "text",
    [
        "admin", "Admin dong", "CS", "cs kak", "mau chat sama admin", "hubungkan ke cs", "bisa ngobrol dengan orang?",
        "minta admin", "mau bicara sama manusia", "operator", "tolong sambungkan ke admin ya", "bukan robot, admin",
        "halo admin?", "halo admin dong", "pagi, ada admin",
    ],
)  # fmt: skip
def test_asks_for_a_person(text: str) -> None:
    assert asks_for_person(text)


@each(
    "text",
    [
        "admin harga berapa", "min, ready?", "halo admin, ongkir ke bdg", "orang rumah saya sakit", "halo", "",
        "halo admin", "Assalamualaikum admin", "selamat pagi kak admin", "hai cs ya",
        "berapa orang?", "untuk 2 orang", "mau pesan lewat bot telegram", "owner brand lokal mau kerja sama " * 10,
    ],
)  # fmt: skip
def test_only_addresses_a_person(text: str) -> None:
    assert not asks_for_person(text)


def conditions(
    rule: int, when: str = "always", channel: int | None = None, *, is_on: bool = True, days: str = ""
) -> RuleConditions:
    return RuleConditions(rule, is_on, when, channel, None, frozenset(map(int, days)))


def test_the_best_rule_whose_conditions_hold_answers() -> None:
    matched = matches("harga", index_phrases([Phrase(n, "harga", order=n) for n in range(1, 5)]))
    rules = {
        1: conditions(1, is_on=False),
        2: conditions(2, channel=9),
        3: conditions(3, when="closed"),
        4: conditions(4),
    }
    choice = choose(matched, rules, Situation(channel=1, is_open=True, weekday=0, in_segment=lambda _segment: True))
    assert choice.match is not None
    assert choice.match.phrase.rule == 4
    assert [why for _match, why in choice.passed_over] == ["off", "other_number", "shop_open"]


def test_a_rule_answers_on_its_weekdays_only() -> None:
    found = matches("harga", index_phrases([Phrase(n, "harga", order=n) for n in (1, 2)]))
    rules = {1: conditions(1, days="56"), 2: conditions(2)}
    for weekday in range(7):
        choice = choose(found, rules, Situation(1, is_open=True, weekday=weekday, in_segment=lambda _segment: True))
        assert choice.match is not None
        assert choice.match.phrase.rule == (1 if weekday in {5, 6} else 2)
        assert [why for _match, why in choice.passed_over] == ([] if weekday in {5, 6} else ["other_day"])


@pytest.mark.parametrize(
    ("first", "second", "problem"),
    [("", "56", "never"), ("56", "", None), ("456", "56", "never"), ("56", "456", None), ("5", "6", None)],
)
def test_a_rule_of_other_days_takes_nothing_away(first: str, second: str, problem: str | None) -> None:
    phrases = [Phrase(1, "harga", order=1), Phrase(2, "harga", order=2)]
    found = check_rules(phrases, [conditions(1, days=first), conditions(2, days=second)])
    assert [one.problem for one in found if one.rule == 2] == ([problem] if problem else [])


def test_rules_that_never_answer_are_found() -> None:
    phrases = [Phrase(1, "harga", order=1), Phrase(2, "HARGAA", order=2), Phrase(3, "harga", order=3),
               Phrase(3, "ongkir", order=3), Phrase(4, "harga", order=4)]  # fmt: skip
    rules = [conditions(1, when="open"), conditions(2), conditions(3), conditions(4, is_on=False)]
    warnings = {warning.rule: warning for warning in check_rules(phrases, rules)}
    assert set(warnings) == {3}, "the second one answers while the shop is closed"
    assert (warnings[3].problem, warnings[3].phrase, warnings[3].other) == ("same_words", "harga", 2)
    always = [conditions(1), conditions(2)]
    assert [(w.rule, w.problem) for w in check_rules(phrases[:2], always)] == [(2, "never")]


@each(
    ("rule", "shop", "problem"),
    [
        (conditions(1, channel=7), ShopFacts(silent_channels={7}), "number_off"),
        (conditions(1, when="closed"), ShopFacts(closes=False), "never_closed"),
        (conditions(1, when="open", days="6"), ShopFacts(closed_days={5, 6}), "never_open"),
        (conditions(1, when="open", days="46"), ShopFacts(closed_days={5, 6}), None),
        (conditions(1, days="6"), ShopFacts(closed_days={6}), None),
        (replace(conditions(1), segment=5), ShopFacts(empty_segments={5}), "empty_segment"),
        (conditions(1), ShopFacts(keywords={"harga"}), "keyword"),
        (conditions(1), ShopFacts(broken_actions={1: "Beri label"}), "broken_action"),
        (conditions(1), ShopFacts(menus={1: [("Ongkir", 9)]}), "dead_line"),
        (conditions(1), ShopFacts(), None),
        (conditions(1, channel=7, is_on=False), ShopFacts(silent_channels={7}), None),
    ],
)
def test_rules_that_can_never_answer_or_no_longer_work(
    rule: RuleConditions, shop: ShopFacts, problem: str | None
) -> None:
    assert [warning.problem for warning in check_rules([Phrase(1, "harga")], [rule], shop)] == (
        [problem] if problem else []
    )
