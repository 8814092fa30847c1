"""The text form of a journey: printing and reading."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wabolt.journeys.rules import definition as d
from wabolt.journeys.rules.printing import print_journey
from wabolt.journeys.rules.text_form import TextError, read
from wabolt.journeys.rules.text_words import LANGUAGES
from wabolt.journeys.tests.strategies import definitions

WELCOME = """\
pemicu joined entry_point=3
masuk reentry=after_end cooldown_days=30
keluar pesanan
tujuan kejadian voucher_redeemed percent=10
kirim #a1 choices=["Batik", "Tenun"] purpose=service
  | Hai {{ contact.first_name }},
  |
  | selamat datang!
tunggu #b2 2 hari pukul 09:00
cabang #c3
  kalau #a1 dibalas
    lakukan #d4 contacts.tag tag=VIP
    selesai #d5
  kalau Kota = "Bandung"
  selain itu
    acak #e6
      bagian 70%
        kirim #f7
          | Masih ingat kami?
      bagian 30%
tunggu #g8 sampai 19:00 hari jumat, sabtu
tunggu #h9 paling lama 3 hari sampai Kota = "Solo"
webhook #i0 https://toko.id/kait
"""


def ids() -> "itertools.count[int]":
    return itertools.count(1)


def parsed(text: str) -> d.Definition:
    numbers = ids()
    return read(text, lambda: f"new{next(numbers)}")


def test_the_text_form_says_everything() -> None:
    found = parsed(WELCOME)
    assert print_journey(found, "id") == WELCOME
    assert found.trigger == d.Trigger("joined", {"entry_point": 3})
    assert found.exits == (d.Happening("order"),)
    assert found.goal == d.Happening("event", "voucher_redeemed", {"percent": 10})
    send, wait, branch, evening, listen, hook = found.steps
    assert send == d.Send(
        "a1", "Hai {{ contact.first_name }},\n\nselamat datang!", choices=("Batik", "Tenun"), purpose="service"
    )
    assert wait == d.Wait("b2", amount=2, at="09:00")
    assert isinstance(branch, d.Branch)
    assert [arm.when for arm in branch.arms] == [d.Outcome("a1", "replied"), 'Kota = "Bandung"']
    assert evening == d.Wait("g8", "clock", at="19:00", weekdays=(4, 5))
    assert listen == d.Wait("h9", "happening", 3, until=d.Happening("segment", when='Kota = "Solo"'))
    assert hook == d.Webhook("i0", "https://toko.id/kait")


def test_a_new_line_is_a_new_step() -> None:
    text = WELCOME.replace("selesai #d5", "selesai")
    assert print_journey(parsed(text)) == WELCOME.replace("#d5", "#new1")


@given(definitions(), st.sampled_from(LANGUAGES))
def test_a_definition_survives_its_text(definition: d.Definition, language: str) -> None:
    assert parsed(print_journey(definition, language)) == definition


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("kirim\n  | Hai\nmenari", "unknown_word", 3),
        ("tunggu 2 hari\n  | Hai", "text_without_message", 2),
        ("kirim\n\n  selesai", "indentation", 3),
        ("cabang\n    kalau Kota ada\n  selain itu", "indentation", 3),
        ("cabang\n  selesai", "branch_without_if", 2),
        ("kalau Kota ada", "branch_without_if", 1),
        ("tunggu dua hari", "bad_value", 1),
        ("tunggu sampai 09:00 hari libur", "bad_value", 1),
        ("kirim purpose=luck", "bad_value", 1),
        ("selesai\nkirim [", "bad_value", 2),
        ("kirim #a\nselesai #a", "same_id", 1),
        ("cabang", "missing", 1),
        ("tunggu 500000 hari", "bad_value", 1),
    ],
)
def test_an_error_names_its_line(text: str, code: str, line: int) -> None:
    with pytest.raises(TextError) as caught:
        parsed(text)
    assert (caught.value.code, caught.value.line) == (code, line)


@given(st.text('abkirmtungsel #|="{}[]\n 0123:%', max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = parsed(text)
    except TextError:
        return
    assert parsed(print_journey(found)) == found
