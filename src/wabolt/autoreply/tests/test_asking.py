"""Reading the answers to chat forms: what Indonesian customers write, and nonsense."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cases import each

from wabolt.autoreply.rules.asking import Question, Reading, cancels, read_answer, read_questions, skips

TODAY = date(2026, 11, 29)
SIZES = ("S", "M", "L", "XL")
COLOURS = ("Merah", "Biru Tua", "Hijau", "Hitam")
NAME = Question("q", "name", "name", "?")


def ask(kind: str, *texts: str, choices: tuple[str, ...] = (), again: bool = False, **more: bool) -> object:
    """The value that the texts give, or the reason why they give none."""
    question = Question("q", "", kind, "?", choices, **more)  # type: ignore[arg-type]
    found = read_answer(question, texts, today=TODAY, asked_again=again)
    return found.value if isinstance(found, Reading) else found


@each(
    ("text", "value"),
    [
        ("17 agustus 95", "1995-08-17"),
        ("17 Agustus 1995", "1995-08-17"),
        ("17-8-95 kak", "1995-08-17"),
        ("17/08/1995", "1995-08-17"),
        ("tgl 17 agustus 1995 ya", "1995-08-17"),
        ("lahir 3 mei 2001", "2001-05-03"),
        ("17 agustus", "1604-08-17"),
        ("29 februari", "1604-02-29"),
        ("1 jan 00", "2000-01-01"),
        ("besok", "not_a_date"),
        ("kemarin kak", "1604-11-28"),
        ("ultahku hari ini", "1604-11-29"),
        ("", "no_words"),
        ("31 februari 1990", "not_a_date"),
        ("17 agustus 2090", "not_a_date"),
        ("17 agustus 1700", "not_a_date"),
        ("ga mau kasih tau", "not_a_date"),
        ("🎂🎂", "empty"),
    ],
)
def test_birthdays(text: str, value: str) -> None:
    assert ask("birthday", text) == value


@each(
    ("text", "value"),
    [
        ("bdg", "Bandung"), ("Bandung kak", "Bandung"), ("di jkt", "Jakarta"), ("aku tinggal di jogja", "Yogyakarta"),
        ("sby", "Surabaya"), ("Kab. Bandung", "Kabupaten Bandung"), ("bandng", "Bandung"), ("?", "empty"),
        ("ga tau", "not_a_city"), ("Wakanda", "not_a_city"), ("40115", "not_a_city"),
    ],
)  # fmt: skip
def test_cities(text: str, value: str) -> None:
    assert ask("city", text) == value


def test_a_village_is_accepted_when_it_is_said_again() -> None:
    assert ask("city", "cibodas girang") == "not_a_city"
    assert ask("city", "cibodas girang", again=True) == "Cibodas Girang"
    assert ask("city", "kenapa tanya?", again=True) == "not_a_city"


@each(
    ("text", "value"),
    [
        ("cewek", "female"), ("cwe kak", "female"), ("P", "female"), ("saya perempuan", "female"), ("ibu2", "female"),
        ("cowok", "male"), ("laki-laki", "male"), ("laki", "male"), ("L", "male"), ("pria kak", "male"),
        ("cewek atau cowok?", "not_a_gender"), ("rahasia", "not_a_gender"), ("👩", "empty"),
    ],
)  # fmt: skip
def test_genders(text: str, value: str) -> None:
    assert ask("gender", text) == value


@each(
    ("text", "value"),
    [
        ("2", "M"), ("no 3", "L"), ("nomor dua", "M"), ("xl", "XL"), ("ukuran L kak", "L"), ("s aja", "S"),
        ("5", "not_a_choice"), ("0", "not_a_choice"), ("gede", "not_a_choice"), ("s atau m", "not_a_choice"),
        ("👍", "empty"),
    ],
)  # fmt: skip
def test_one_choice_by_number_or_word(text: str, value: str) -> None:
    assert ask("choice", text, choices=SIZES) == value


@each(
    ("text", "value"),
    [
        ("1 dan 3", "Merah, Hijau"), ("1,4", "Merah, Hitam"), ("2 3", "Biru Tua, Hijau"),
        ("merah & biru tua", "Merah, Biru Tua"), ("merah sama hijau", "Merah, Hijau"),
        ("hijo", "not_a_choice"), ("hijau", "Hijau"), ("merha, hitam", "Merah, Hitam"), ("semua", "not_a_choice"),
        ("1, 9", "not_a_choice"),
    ],
)  # fmt: skip
def test_several_choices(text: str, value: str) -> None:
    assert ask("choice", text, choices=COLOURS, several=True) == value


@each(
    ("text", "value"),
    [
        ("ya", True), ("iya kak", True), ("boleh dong", True), ("oke", True), ("👍", "empty"), ("gak", False),
        ("enggak dulu deh", False), ("tidak kak", False), ("ga usah", False), ("mungkin", "not_yes_or_no"),
        ("maksudnya?", "not_yes_or_no"),
    ],
)  # fmt: skip
def test_yes_or_no(text: str, value: object) -> None:
    assert ask("yes_no", text) == value


@each(
    ("text", "value"),
    [
        ("3", 3), ("3 orang", 3), ("dua", 2), ("berdua aja", 2), ("150rb", 150_000), ("Rp 150.000", 150_000),
        ("1,5 jt", 1_500_000), ("sekitar 200 ribu kak", 200_000), ("36,5", 36.5), ("1.000.000", 1_000_000),
        ("2 atau 3", "not_a_number"), ("banyak", "not_a_number"), ("99999999999999999999", "not_a_number"),
        ("1e999", "not_a_number"), ("..,,", "empty"), ("१२", "not_a_number"),
        ("dua puluh", "not_a_number"), ("tiga belas orang", "not_a_number"), ("sepuluh ribu", "not_a_number"),
    ],
)  # fmt: skip
def test_numbers_and_amounts(text: str, value: object) -> None:
    assert ask("number", text) == value


@each(
    ("text", "value"),
    [
        ("nama saya Siti Rahmawati", "Siti Rahmawati"), ("SITI", "Siti"), ("panggil aja Budi kak", "Budi"),
        ("siapa ya?", "empty"), ("12345", "empty"), ("😀", "empty"),
    ],
)  # fmt: skip
def test_names(text: str, value: str) -> None:
    assert ask("name", text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("emailku Siti@Example.com ya", "siti@example.com"), ("siti@", "not_an_email"), ("ga punya", "not_an_email")],
)
def test_addresses_of_mail(text: str, value: str) -> None:
    assert ask("email", text) == value


def test_a_burst_is_one_answer() -> None:
    assert ask("address", "Jl. Dago 12", "RT 3 RW 4", "Bandung 40135") == "Jl. Dago 12\nRT 3 RW 4\nBandung 40135"
    assert ask("birthday", "17", "agustus", "95") == "1995-08-17"
    assert ask("birthday", "eh bentar", "17 agustus 95") == "1995-08-17"
    assert ask("choice", "M", "eh L deh", choices=SIZES) == "L"
    assert ask("city", "halo kak", "bdg") == "Bandung"


@each("kind", ["birthday", "city", "gender", "number", "yes_no", "email", "name", "date"])
def test_a_long_text_is_no_typed_answer(kind: str) -> None:
    assert ask(kind, "ya " * 3_000) == "too_long"


def test_words_up_to_five_hundred_characters() -> None:
    assert ask("text", "a" * 501) == "too_long"
    assert ask("text", "Tolong dibungkus kado ya") == "Tolong dibungkus kado ya"
    assert ask("text", "\u202eيا هلا\u202c") == "يا هلا"


def test_an_optional_question_is_skipped() -> None:
    assert ask("text", "skip", optional=True) is None
    assert ask("birthday", "-", optional=True) is None
    assert ask("birthday", "lewati kak") == "not_a_date"
    assert skips("Lewat ya kak")


@each("text", ["batal", "Batal kak", "cancel", "gak jadi", "ga jadi deh", "BATAL!!", "batalin kak"])
def test_cancelling(text: str) -> None:
    assert cancels(text, NAME)


@each("text", ["batalkan pesanan saya", "jalan batal 3", "", "👍", "jadi", "batal " * 3_000])
def test_not_cancelling(text: str) -> None:
    assert not cancels(text, NAME)


@given(
    kind=st.sampled_from(
        ["name", "birthday", "city", "gender", "email", "text", "address", "number", "choice", "date", "yes_no"]
    ),
    texts=st.lists(st.text(max_size=300), min_size=1, max_size=4),
)  # fmt: skip
def test_no_text_breaks_the_reader(kind: str, texts: list[str]) -> None:
    question = Question("q", "", kind, "?", COLOURS, several=True, optional=True)  # type: ignore[arg-type]
    found = read_answer(question, texts, today=TODAY)
    assert isinstance(found, (Reading, str))
    assert cancels(texts[0], question) in {True, False}


def test_a_question_survives_its_stored_form() -> None:
    question = Question("q1", "field:ukuran", "choice", "Ukuran?", SIZES, optional=True)
    assert read_questions([question.stored()]) == (question,)


@each(
    ("text", "value"),
    [
        ("hari ini", "2026-11-29"), ("kemarin", "2026-11-28"), ("kmrn kak", "2026-11-28"), ("besok", "2026-11-30"),
        ("bsk ya", "2026-11-30"), ("lusa", "2026-12-01"), ("kemarin lusa", "2026-11-27"), ("sabtu", "2026-12-05"),
        ("hari minggu", "2026-12-06"), ("minggu ini", "2026-12-06"), ("sabtu depan", "not_a_date"),
        ("sabtu atau minggu", "not_a_date"), ("12 desember 2026", "2026-12-12"), ("nanti aja", "not_a_date"),
    ],
)  # fmt: skip
def test_dates(text: str, value: str) -> None:
    """Today is a Sunday."""
    assert ask("date", text) == value


@each("kind", ["name", "birthday", "city", "gender", "email", "text", "address", "number", "date"])
def test_a_file_without_words_is_no_answer(kind: str) -> None:
    assert ask(kind, "") == "no_words"
    assert ask(kind, "", "") == "no_words"


@each("text", ["gak ada", "ga ada kak", "skip", "lewat aja", "-", "rahasia dong", "kosongin aja"])
def test_optional_questions_are_skipped(text: str) -> None:
    assert ask("city", text, optional=True) is None
    assert ask("city", text) in {"not_a_city", "empty"}


@each(
    ("text", "value"),
    [
        ("ya", True), ("datang dong", True), ("insyaallah datang", True), ("ikut kak", True),
        ("gak bisa datang", False), ("ga ikut", False), ("belum bisa kak", False), ("boleh deh", True),
        ("belum tahu", "not_yes_or_no"),
        ("nanti dikabari", "not_yes_or_no"), ("mungkin ikut", "not_yes_or_no"), ("hmm", "not_yes_or_no"),
    ],
)  # fmt: skip
def test_yes_or_no_in_a_sentence(text: str, value: object) -> None:
    assert ask("yes_no", text) == value
