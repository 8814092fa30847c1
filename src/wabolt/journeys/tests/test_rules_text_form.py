"""The text form of a journey: printing and reading."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wabolt.journeys.rules import definition as d
from wabolt.journeys.rules.printing import print_journey
from wabolt.journeys.rules.text_form import TextError, read
from wabolt.journeys.rules.text_words import ANSWERS, LANGUAGES, NAMES, VALUES, Words
from wabolt.journeys.tests.strategies import SPOKEN

WELCOME = """\
pemicu ikut-daftar pintu-masuk=3
masuk lagi=sesudah-selesai jeda-hari=30
hanya Kota = "Bandung"
keluar pesanan
tujuan kejadian voucher-dipakai persen=10
kirim #a1 tombol=["Batik", "Tenun"] tentang=pesanannya
  | Hai {{ contact.first_name }},
  |
  | selamat datang!
tunggu #b2 2 hari pukul 09:00
cabang #c3
  kalau #a1 dibalas
    lakukan #d4 beri-label label=VIP
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

ENGLISH = """\
trigger joins-your-list way-in=3
entry again=after-the-end pause-days=30
only Kota = "Bandung"
exit order
goal event voucher-used percent=10
send #a1 buttons=["Batik", "Tenun"] about=the-order
  | Hai {{ contact.first_name }},
  |
  | selamat datang!
wait #b2 2 days at 09:00
branch #c3
  if #a1 replied
    do #d4 give-a-label label=VIP
    end #d5
  if Kota = "Bandung"
  else
    split #e6
      share 70%
        send #f7
          | Masih ingat kami?
      share 30%
wait #g8 until 19:00 on fri, sat
wait #h9 at most 3 days until Kota = "Solo"
webhook #i0 https://toko.id/kait
"""
KEYS = """\
trigger joined entry_point=3
entry reentry=after_end cooldown_days=30
only Kota = "Bandung"
exit order
goal event voucher_redeemed percent=10
send #a1 choices=["Batik", "Tenun"] purpose=service
  | Hai {{ contact.first_name }},
  |
  | selamat datang!
"""


def ids() -> "itertools.count[int]":
    return itertools.count(1)


def parsed(text: str) -> d.Definition:
    numbers = ids()
    return read(text, lambda: f"new{next(numbers)}", SPOKEN)


def test_the_text_form_says_everything() -> None:
    found = parsed(WELCOME)
    assert print_journey(found, "id", SPOKEN) == WELCOME
    assert found.trigger == d.Trigger("joined", {"entry_point": 3})
    assert found.entry == d.Entry("after_end", 30, only='Kota = "Bandung"')
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
    assert print_journey(parsed(text), "id", SPOKEN) == WELCOME.replace("#d5", "#new1")


def test_both_languages_and_the_stored_keys_say_the_same() -> None:
    assert parsed(ENGLISH) == parsed(WELCOME)
    assert print_journey(parsed(WELCOME), "en", SPOKEN) == ENGLISH
    stored, spoken = parsed(KEYS), parsed(WELCOME)
    assert (stored.trigger, stored.entry, stored.goal, stored.steps) == (
        spoken.trigger, spoken.entry, spoken.goal, spoken.steps[:1],
    )  # fmt: skip


SPEAKING = [word for table in (NAMES, ANSWERS, *VALUES.values()) for one in table.values() for word in one.values()]
OURS = [*NAMES, *SPEAKING, "joined", "ikut-daftar", "voucher-dipakai", "true", "1"]


@given(
    st.sampled_from(OURS),
    st.sampled_from(OURS),
    st.dictionaries(st.sampled_from([*filter(str.isidentifier, OURS)]), st.sampled_from([*OURS, True, 7]), max_size=4),
    st.sampled_from(LANGUAGES),
)
def test_no_value_is_taken_for_a_word(
    kind: str, event: str, settings: dict[str, str | bool | int], language: str
) -> None:
    """Keys, names and values that look like our words keep their meaning."""
    definition = d.Definition(d.Trigger(kind, settings), goal=d.Happening("event", event, settings))
    assert parsed(print_journey(definition, language, SPOKEN)) == definition


@pytest.mark.parametrize("table", [NAMES, ANSWERS, *VALUES.values()])
def test_each_word_has_one_meaning(table: Words) -> None:
    keys = {word: key for key, one in table.items() for word in one.values()}
    for key, one in table.items():
        assert set(one) == set(LANGUAGES)
        assert all(keys[word] == key for word in one.values())
        assert keys.get(key, key) == key


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
        ("kirim tentang=nasib", "bad_value", 1),
        ("selesai\nkirim [", "bad_value", 2),
        ("kirim #a\nselesai #a", "same_id", 1),
        ("cabang", "missing", 1),
        ("tunggu 500000 hari", "bad_value", 1),
        ("kirim #a tombol=" + "[" * 100_000, "too_deep", 1),
        ("\n".join(f"{' ' * n}{('cabang', 'kalau Kota ada')[n % 2]}" for n in range(500)), "too_deep", 11),
    ],
    ids=lambda value: str(value)[:40],
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
    assert parsed(print_journey(found, "id", SPOKEN)) == found
