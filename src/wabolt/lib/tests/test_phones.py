"""Phone numbers: every way people write them, and no text that raises."""

import re

import phonenumbers
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.cases import each

from wabolt.lib.phones import Phone, parse_phone, parse_phones
from wabolt.lib.refusal import Refusal

ANI = "+6281298948786"

ONE_NUMBER_WRITTEN_IN_MANY_WAYS = [
    "081298948786",
    "81298948786",
    "06281298948786",
    "[0812] 9894 8786",
    "081298948786 aktif",
    "081298948786 (lama)",
    "0811111111 (mati) 081298948786 (baru)",
    "0812 1000 0001 (lama), 0812 9894 8786 (baru)",
    "lama: 081210000001, baru: 081298948786",
    "081210000001 (ganti 081298948786)",
    "081210000001 pindah ke 081298948786",
    "081298948786 / 081210000001 (tidak aktif)",
    "6281298948786",
    "+6281298948786",
    "006281298948786",
    "0812-9894-8786",
    "0812.9894.8786",
    "0812 9894 8786",
    "+62 812-9894-8786",
    "(+62) 81298948786",
    "+62(0)81298948786",
    "+62 0812 9894 8786",
    "(0812) 98948786",
    " 081298948786 ",
    "'081298948786",
    "wa: 081298948786",
    "WA 0812-9894-8786",
    "HP. 081298948786 (WA)",
    "a.n. Ani 081298948786",
    "tel:+62-812-9894-8786",
    "0812/9894/8786",
    "0812\n9894 8786",
    "0812\u00a09894\u20098786",
    "\u202a+62 812\u20119894\u20118786\u202c",
    "08\u200b12\ufeff98948786",
    "０８１２－９８９４－８７８６",
    "٠٨١٢٩٨٩٤٨٧٨٦",
    "81298948786.0",
    "6281298948786,00",
    "8.1298948786E+10",
    "6,281298948786e12",
    "https://wa.me/6281298948786?text=hai",
    "https://api.whatsapp.com/send?text=hai&phone=%2B6281298948786",
    "https://wa.me/081298948786",
    "wa.me/62812-9894-8786",
    "https://wa.me/c/6281298948786",
    "https://api.whatsapp.com/send?phone=081298948786",
    "whatsapp:+6281298948786",
    "6281298948786@s.whatsapp.net",
    "+6281298948786@c.us",
    "6281298948786:12@s.whatsapp.net",
    81298948786,
    81298948786.0,
    6281298948786,
]


@each("written", ONE_NUMBER_WRITTEN_IN_MANY_WAYS)
def test_every_way_of_writing_gives_the_same_number(written: object) -> None:
    assert parse_phone(written) == Phone(ANI)


@each(
    ("written", "code"),
    [
        ("", "empty"),
        (None, "empty"),
        ("-", "empty"),
        ("tidak ada", "empty"),
        (float("nan"), "empty"),
        ("\u200b", "empty"),
        ("email@contoh.id", "not_a_phone"),
        ("120363041234567890@g.us", "not_a_phone"),
        ("Ani", "not_a_phone"),
        ("081298948786 (mati)", "not_a_phone"),
        ("salah nomor 081298948786", "not_a_phone"),
        ("bukan 081298948786", "not_a_phone"),
        ("081298948786 tidak aktif", "not_a_phone"),
        ("Rp150.000", "not_a_phone"),
        ("31/10/2026", "not_a_phone"),
        ("2026-10-31", "not_a_phone"),
        ("08xx12345678", "masked"),
        ("0812****786", "masked"),
        ("6.28123E+12", "rounded"),
        ("6,28122E+11", "rounded"),
        ("021", "too_short"),
        ("08123", "too_short"),
        ("6281234567", "too_short"),
        ("+62 812 3456", "too_short"),
        ("0812345678901234567", "too_long"),
        ("08123456789012", "too_long"),
        ("5551234", "no_area_code"),
        ("00812 9894 8786", "foreign_unclear"),  # a zero too many, or Japan
        ("081298948786 (blokir)", "not_a_phone"),
        ("+99912345678", "unknown_country"),
        ("6591234567", "foreign_unclear"),
        ("60123456789", "foreign_unclear"),
        ("0800 123 4567", "service_number"),
        ("1500123", "service_number"),
        ("084123456789", "not_assigned"),
    ],
)
def test_what_cannot_be_a_number_is_refused_with_its_reason(written: object, code: str) -> None:
    answer = parse_phone(written)
    assert isinstance(answer, Refusal)
    assert answer.code == code


@each(
    ("written", "others"),
    [
        ("081298948786 / 0813 9894 8786", ("+6281398948786",)),
        ("081298948786;081398948786", ("+6281398948786",)),
        ("0812-9894-8786 atau 0813-9894-8786", ("+6281398948786",)),
        ("+6281298948786 +6281398948786", ("+6281398948786",)),
        ("0812 9894 8786 0813 9894 8786", ("+6281398948786",)),
        ("081298948786, 081298948786", ()),
        ("081298948786 / 12", ()),
    ],
)
def test_two_numbers_in_one_cell_give_the_first_and_remember_the_rest(written: str, others: tuple[str, ...]) -> None:
    assert parse_phone(written) == Phone(ANI, "mobile", others)


@each(
    ("written", "expected"),
    [
        ("(021) 5551234", Phone("+62215551234", "landline")),
        ("021-5551234/5", Phone("+62215551234", "landline")),
        ("0274 512345", Phone("+62274512345", "landline")),
        ("+65 9123 4567", Phone("+6591234567", "mobile")),
        ("0065 9123 4567", Phone("+6591234567", "mobile")),
        ("+1 415 555 2671", Phone("+14155552671", "unknown")),
    ],
)
def test_landlines_and_foreign_numbers_are_accepted(written: str, expected: Phone) -> None:
    assert parse_phone(written) == expected


def test_another_country_reads_its_own_numbers() -> None:
    assert parse_phone("012-345 6789", "MY") == Phone("+60123456789", "mobile")
    assert parse_phone("+62 812-9894-8786", "MY") == Phone(ANI, "mobile")
    assert isinstance(parse_phone("081298948786", "SG"), Refusal)
    assert isinstance(parse_phone("081298948786", "no country"), Refusal)


def test_a_column_is_parsed_like_its_cells() -> None:
    assert parse_phones(ONE_NUMBER_WRITTEN_IN_MANY_WAYS) == [Phone(ANI)] * len(ONE_NUMBER_WRITTEN_IN_MANY_WAYS)
    assert parse_phones(["012-345 6789"], "MY") == [Phone("+60123456789")]


phone_like = st.text(st.sampled_from("0123456789+-. ()/;,'eEx*@\u200b\u00a0٣８\nwa:"), max_size=40)


class _Unprintable:
    def __str__(self) -> str:
        raise RuntimeError


@given(st.one_of(phone_like, st.text(), st.binary(), st.integers(), st.floats(), st.none(), st.just(_Unprintable())))
def test_no_text_raises_and_what_comes_out_is_e164(written: object) -> None:
    answer = parse_phone(written)
    if isinstance(answer, Refusal):
        assert re.fullmatch("[a-z_]+", answer.code)
        return
    for number in (answer.e164, *answer.others):
        assert re.fullmatch(r"\+[1-9][0-9]{6,14}", number)
    assert answer.e164 not in answer.others
    assert parse_phone(answer.e164) == answer._replace(others=())


@given(st.from_regex(r"(?:\+62|62|0|0062)?8[1-35-9][0-9]{7,10}", fullmatch=True))
def test_the_fast_path_agrees_with_phonenumbers(written: str) -> None:
    answer = parse_phone(written)
    assert isinstance(answer, Phone)
    number = phonenumbers.parse(answer.e164, None)
    assert phonenumbers.is_valid_number(number)
    assert answer.e164 == phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@given(st.from_regex(r"8[1-35-9][0-9]{7,10}", fullmatch=True), st.data())
def test_separators_do_not_change_a_number(digits: str, data: st.DataObject) -> None:
    separators = data.draw(
        st.lists(st.sampled_from(["", "", " ", "-", "."]), min_size=len(digits), max_size=len(digits))
    )
    written = "0" + "".join(digit + mark for digit, mark in zip(digits, separators, strict=True)).rstrip(" .-")
    assume(re.search(r"^[^.]*\.[0-9]{1,2}$", written) is None)  # decimals
    assert parse_phone(written) == Phone("+62" + digits)


@each(
    ("written", "expected"),
    [
        ("62274512345", "+62274512345"),  # the landline 0274-512345: its country code is not doubled
        ("62 21 5550123", "+62215550123"),
        ("+62+6281298948786", ANI),
        ("62+81298948786", ANI),
        ("0062+81298948786", ANI),
        ("+62 62 274 512345", "+62274512345"),
        ("+081298948786", ANI),
        ("+062 812 9894 8786", ANI),
        ("0812~9894~8786", ANI),
        ("081298948786 - Budi2", ANI),
        ("6262812 9894 8786", ANI),
        ("0062 62 81298948786", ANI),
        ("0812_9894_8786", ANI),
        ("_081298948786_", ANI),
        ("81,298,948,786", ANI),
        ("6,281,298,948,786", ANI),
        ("81.298.948.786,00", ANI),
        ("6.281.298.948.786", ANI),
        ("hp081298948786", ANI),
        ("081298948786wa", ANI),
    ],
)
def test_more_ways_of_writing_one_number(written: str, expected: str) -> None:
    answer = parse_phone(written)
    assert isinstance(answer, Phone)
    assert answer.e164 == expected


@each("written", ["021-5550123 / 0812-9894-8786", "Rumah 021 5550123, HP 081298948786", "(021) 5550123\n081298948786"])
def test_the_mobile_wins_over_a_landline(written: str) -> None:
    assert parse_phone(written) == Phone(ANI, "mobile", ("+62215550123",))


@given(st.from_regex(r"08[1-35-9][0-9]{8,10}", fullmatch=True), st.data())
def test_a_letter_among_the_digits_refuses_the_whole_number(digits: str, data: st.DataObject) -> None:
    letter = data.draw(st.sampled_from("lIoOsSbBqgzZeA"))
    place = data.draw(st.integers(0, len(digits) - 1))
    for broken in (digits[:place] + letter + digits[place + 1 :], digits[:place] + letter + digits[place:]):
        if "+62" + digits[1:] in str(parse_phone(broken)):
            continue  # the letter was in front of the whole number
        answer = parse_phone(broken)
        assert isinstance(answer, Refusal), (broken, answer)


@given(
    st.from_regex(r"(?:0|62|\+62)?8[1-35-9][0-9]{8,10}", fullmatch=True),
    st.sampled_from(".,"),
    st.from_regex(r"[0-9]{1,2}", fullmatch=True),
)
def test_decimals_of_a_spreadsheet_are_zero_or_break_the_number(number: str, sign: str, decimals: str) -> None:
    answer = parse_phone(f"{number}{sign}{decimals}")
    if decimals.strip("0"):
        assert isinstance(answer, Refusal)
        assert answer.code == "decimals"
    else:
        assert answer == Phone("+62" + number[number.index("8") :])


@each(
    ("written", "expected"),
    [
        ("081298948786.0000", ANI),
        ("0812 9894 8786,00", ANI),
        ("0812-9894-8786.0", ANI),
        ("81,298,948,786.00", ANI),
        (81298948786.5, "decimals"),
        ("0812-9894-8786,24", "decimals"),
        ("081298948786,24 / 081298948787", "decimals"),
        ("6591234567.50", "decimals"),
        ("0812345678.000", "decimals"),  # a number with and without its zeros
        ("0812.000000", "+62812000000"),
        ("0812.98.94.87.86", ANI),
        ("081298948786, 81", ANI),
        ("021-5550123,24", "+62215550123"),  # an extension
        ("6,281298948786e+012", ANI),
    ],
)
def test_only_decimals_at_the_end_are_decimals(written: object, expected: str) -> None:
    answer = parse_phone(written)
    assert (answer.e164 if isinstance(answer, Phone) else answer.code) == expected


@given(
    st.from_regex(r"(?:0|62|\+62)8[1-35-9][0-9]{8,10}", fullmatch=True),
    st.integers(0, 99),
    st.sampled_from("+*#=|:_~&%!?"),
)
def test_a_sign_that_slipped_in_never_makes_the_number_of_another_person(number: str, place: int, sign: str) -> None:
    place %= len(number)
    answer = parse_phone(number[:place] + sign + number[place:])
    assert isinstance(answer, Refusal) or answer.e164 == "+62" + number[number.index("8") :], answer


@given(
    st.from_regex(r"(?:0|62|\+62)8[1-35-9][0-9]{8,10}", fullmatch=True),
    st.integers(0, 99),
    st.sampled_from([",", ";", "/", "|", " , ", " ; ", " / ", " | "]),
)
def test_the_end_of_a_number_is_not_the_number_of_another_person(number: str, place: int, sign: str) -> None:
    """A short rest may be an extension: "081298948786 / 12"."""
    place = 1 + place % (len(number) - 1)
    assume(not number[place:].startswith(("0", "62")))  # such a rest may be a whole number
    answer = parse_phone(number[:place] + sign + number[place:])
    assert isinstance(answer, Refusal) or ("+62" + number[number.index("8") :]).startswith(answer.e164), answer
    assert isinstance(answer, Refusal) or not answer.others


@each(
    ("written", "expected"),
    [
        ("08,21298948786", None),
        ("6281,827940199", None),
        ("0812;51516909", None),
        ("0812 / 98948786", ANI),
        ("+62, 81298948786", ANI),
        ("1, 81298948786", ANI),
        ("021 555 / 81298948786", ANI),
        ("021 / 081298948786", ANI),
        ("021 / 0361 123456", "+62361123456"),
    ],
)
def test_a_rest_is_a_number_only_where_it_can_be_a_whole_one(written: str, expected: str | None) -> None:
    answer = parse_phone(written)
    assert (answer.e164 if isinstance(answer, Phone) else None) == expected


@given(st.from_regex(r"08[1-35-9][0-9]{8,10}", fullmatch=True), st.sampled_from(["", "+62", "62", "0062", "+62 "]))
def test_parsing_what_was_formatted_changes_nothing(digits: str, prefix: str) -> None:
    written = prefix + digits.lstrip("0") if prefix else digits
    answer = parse_phone(written)
    assert isinstance(answer, Phone)
    assert parse_phone(answer.e164) == answer
    assert parse_phone(answer.e164.removeprefix("+")) == answer


@given(st.from_regex(r"62[2-7][0-9]{6,10}", fullmatch=True))
def test_a_country_code_is_never_doubled(written: str) -> None:
    answer = parse_phone(written)
    is_doubled = re.fullmatch("6262[2-9][0-9]{8}", written) is not None  # numbers of the areas 062x are shorter
    if isinstance(answer, Phone):
        assert answer.e164 == f"+{written[2:] if is_doubled else written}"
