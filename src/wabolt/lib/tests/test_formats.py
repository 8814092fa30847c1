from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from tests.cases import each

from wabolt.lib import formats

JAKARTA = ZoneInfo("Asia/Jakarta")
MOMENT = datetime(2026, 10, 31, 12, 30, tzinfo=UTC)


@each(
    ("value", "lang", "decimals", "text"),
    [
        (1234, "id", 0, "1.234"),
        (1234, "en", 0, "1,234"),
        (-5, "id", 0, "\N{MINUS SIGN}5"),
        (1234.55, "id", 1, "1.234,6"),
        (Decimal("0.5"), "id", 0, "1"),
        (10**18 + 1, "id", 0, "1.000.000.000.000.000.001"),
        (1234, "fr", 0, "1.234"),
    ],
)
def test_number_follows_the_language(value: int, lang: str, decimals: int, text: str) -> None:
    assert formats.number(value, lang, decimals) == text


@each(
    ("amount", "currency", "lang", "text"),
    [
        (150_000, "IDR", "id", "Rp150.000"),
        (150_000, "IDR", "en", "Rp150,000"),
        (-1, "IDR", "id", "\N{MINUS SIGN}Rp1"),
        (1999, "USD", "id", "US$19,99"),
        (1999, "USD", "en", "US$19.99"),
        (5, "XYZ", "id", "XYZ 0,05"),
    ],
)
def test_money_is_written_from_smallest_units(amount: int, currency: str, lang: str, text: str) -> None:
    assert formats.money(amount, currency, lang) == text


@each(
    ("amount", "lang", "text"),
    [
        (99_999, "id", "Rp99.999"),
        (950_000, "id", "Rp950 rb"),
        (12_400_000, "id", "Rp12,4 jt"),
        (999_960_000, "id", "Rp1 M"),
        (1_200_000_000, "id", "Rp1,2 M"),
        (-12_400_000, "en", "\N{MINUS SIGN}Rp12.4m"),
        (3_000_000, "id", "Rp3 jt"),
    ],
)
def test_short_money_fits_tight_places(amount: int, lang: str, text: str) -> None:
    assert formats.money_short(amount, "IDR", lang) == text


@each(
    ("part", "whole", "lang", "text"),
    [
        (1, 8, "id", "12,5\N{NO-BREAK SPACE}%"),
        (1, 8, "en", "12.5%"),
        (3, 3, "id", "100\N{NO-BREAK SPACE}%"),
        (0, 0, "id", "–"),
        (2999, 3000, "id", "99,9\N{NO-BREAK SPACE}%"),
        (1, 30_000, "id", "<\N{NO-BREAK SPACE}0,1\N{NO-BREAK SPACE}%"),
    ],
)
def test_percent_never_rounds_to_all_or_nothing(part: int, whole: int, lang: str, text: str) -> None:
    assert formats.percent(part, whole, lang) == text


def test_moment_names_the_indonesian_zone() -> None:
    assert formats.moment(MOMENT, JAKARTA) == "31 Okt 2026, 19.30 WIB"
    assert formats.moment(MOMENT, JAKARTA, "en") == "31 Oct 2026, 19:30 WIB"
    assert formats.moment(MOMENT, ZoneInfo("Asia/Makassar")).endswith("20.30 WITA")
    assert formats.moment(MOMENT, ZoneInfo("Asia/Jayapura")).endswith("21.30 WIT")
    assert formats.moment(MOMENT, UTC).endswith("12.30 UTC")


@each(
    ("zone", "value"),
    product(["Asia/Jakarta", "America/New_York"], [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]),
)
def test_the_ends_of_time_are_shown_in_every_zone(value: datetime, zone: str) -> None:
    tz = ZoneInfo(zone)
    assert str(value.year) in formats.moment(value, tz)
    assert formats.clock_time(value, tz)


def test_a_time_that_does_not_fit_into_a_zone_stays_in_its_own() -> None:
    last = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    assert formats.moment(last, ZoneInfo("Asia/Jakarta")) == "31 Des 9999, 23.59 UTC"


def test_date_is_taken_in_the_given_zone() -> None:
    late = datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
    assert formats.short_date(late, JAKARTA) == "1 Jan 2027"
    assert formats.short_date(date(2026, 5, 1)) == "1 Mei 2026"


@each(
    ("ago", "indonesian", "english"),
    [
        (timedelta(seconds=20), "baru saja", "just now"),
        (timedelta(minutes=5), "5 menit lalu", "5 minutes ago"),
        (timedelta(hours=1, minutes=59), "1 jam lalu", "1 hour ago"),
        (timedelta(days=-2), "dalam 2 hari", "in 2 days"),
        (timedelta(days=400), "1 tahun lalu", "1 year ago"),
    ],
)
def test_relative_time_uses_one_unit(ago: timedelta, indonesian: str, english: str) -> None:
    assert formats.relative(MOMENT - ago, MOMENT) == indonesian
    assert formats.relative(MOMENT - ago, MOMENT, "en") == english


@given(st.timedeltas(min_value=timedelta(days=-90_000), max_value=timedelta(days=90_000)))
def test_relative_time_never_raises(ago: timedelta) -> None:
    assert formats.relative(MOMENT, MOMENT + ago)


@each(
    ("seconds", "text"),
    [(0, "0 detik"), (45, "45 detik"), (61, "1 menit"), (4800, "1 jam 20 menit"), (90_061, "1 hari 1 jam")],
)
def test_duration_has_two_units_at_most(seconds: int, text: str) -> None:
    assert formats.duration(seconds) == text


@each(
    ("value", "text"),
    [
        ("+6281234567890", "+62 812-3456-7890"),
        ("+628123456789", "+62 812-3456-789"),
        ("+62812345678", "+62 812-345678"),
        ("+622112345678", "+62 21 12345678"),
        ("+14155552671", "+1 415-555-2671"),
        ("nomor", "nomor"),
        ("+999", "+999"),
        ("", ""),
    ],
)
def test_phone_is_grouped_for_reading(value: str, text: str) -> None:
    assert formats.phone(value) == text


@given(st.text())
def test_phone_and_initials_never_raise(text: str) -> None:
    formats.phone(text)
    formats.phone("+" + text)
    assert formats.initials(text)


def test_initials_skip_what_is_no_letter() -> None:
    assert formats.initials("Citra Kirana Dewi") == "CD"
    assert formats.initials("🌸 dewi") == "D"
    assert formats.initials("  ") == "?"
