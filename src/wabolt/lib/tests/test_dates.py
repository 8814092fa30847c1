"""Dates: every way people write them, and no text that raises."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from tests.cases import each

from wabolt.lib.dates import DayOrder, infer_day_order, parse_date, parse_datetime
from wabolt.lib.refusal import Refusal

TODAY = date(2026, 11, 22)
JAKARTA = ZoneInfo("Asia/Jakarta")


@each(
    "written",
    [
        "07-05-1974",
        "7.5.1974",
        "07/05/1974",
        "7/5/74",
        "07 05 1974",
        "07 / 05 / 1974",
        "7 Mei 1974",
        "7 mei 74",
        "7 MEI '74",
        "7-Mei-74",
        "07Mei1974",
        "Mei 7, 1974",
        "May 7th, 1974",
        "7th of May 1974",
        "1974 Mei 07",
        "1974-05-07",
        "1974/5/7",
        "1974-05-07T10:00:00Z",
        "07/05/1974 00.00.00",
        "Selasa, 7 Mei 1974",
        "Jakarta, 7 Mei 1974",
        "Kab. Bandung, 07-05-1974",
        "19740507",
        "07051974",
        "27156",
        "27156.0",
        27156,
        27156.75,
        "０７／０５／１９７４",
        "\u200e07/05/1974 ",
        "'07-05-1974",
        date(1974, 5, 7),
        datetime(1974, 5, 7, 10, 0),
    ],
)
def test_every_way_of_writing_gives_the_same_day(written: object) -> None:
    assert parse_date(written, not_after=TODAY) == date(1974, 5, 7)


MONTH_NAMES = (
    "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember,"
    "Jan Feb Mar Apr Mei Jun Jul Agu Sep Okt Nov Des,"
    "Jan. Pebruari Mrt April Mei Jun Jul Ags Sept Okt Nopember Des.,"
    "January February March April May June July August September October November December,"
    "jan feb mar apr may jun jul aug sep oct nov dec"
)


@each("names", MONTH_NAMES.split(","))
def test_months_are_known_by_their_names(names: str) -> None:
    months = [parse_date(f"3 {name} 1999") for name in names.split(" ")]
    assert months == [date(1999, month, 3) for month in range(1, 13)]


@each(
    ("written", "code"),
    [
        ("", "empty"),
        (None, "empty"),
        ("-", "empty"),
        ("tidak ada", "empty"),
        ("00/00/0000", "empty"),
        ("0/0/00", "empty"),
        ("0000-00-00 00:00:00", "empty"),
        ("31/02/1990", "no_such_day"),
        ("29 Februari 2023", "no_such_day"),
        ("13/13/1990", "no_such_day"),
        ("99999999", "no_such_day"),
        ("17 Agustus", "no_year"),
        ("17/08", "no_year"),
        ("1990", "no_day"),
        ("Mei 1990", "no_day"),
        ("08/1990", "no_day"),
        ("hari ini", "not_a_date"),
        ("081234567890", "not_a_date"),
        ("12/13/14/15", "not_a_date"),
        ("1/2/1990 dan 3/4/1991", "not_a_date"),
        ("7 Meikarta 1990", "not_a_date"),
        ("7 Mei 1974 " * 20, "not_a_date"),
        ("01/01/1850", "too_early"),
        ("01/01/2050", "too_late"),
        ("23/11/2026", "too_late"),
    ],
)
def test_what_is_no_day_is_refused_with_its_reason(written: object, code: str) -> None:
    answer = parse_date(written, not_after=TODAY)
    assert isinstance(answer, Refusal)
    assert answer.code == code


def test_the_order_of_day_and_month_decides_only_what_can_be_read_both_ways() -> None:
    assert parse_date("08-04-1991", day_first=False) == date(1991, 8, 4)
    assert parse_date("23-04-1991", day_first=False) == date(1991, 4, 23)
    assert parse_date("04/23/1991", day_first=True) == date(1991, 4, 23)
    assert parse_date("08041991", day_first=False) == date(1991, 8, 4)


def test_two_digit_years_are_the_latest_possible() -> None:
    assert parse_date("1/1/26", not_after=TODAY) == date(2026, 1, 1)
    assert parse_date("1/1/27", not_after=TODAY) == date(1927, 1, 1)
    assert parse_date("1/1/68") == date(2068, 1, 1)
    assert parse_date("1/1/69") == date(1969, 1, 1)


def test_a_column_tells_its_order() -> None:
    assert infer_day_order(["08-04-1991", "27.11.1977", "", "x", None, 37972]) == DayOrder(True, 1, 0)
    assert infer_day_order(["08/04/1991", "04/23/1991", "12/31/99 10:00"]) == DayOrder(False, 0, 2)
    assert infer_day_order(["08/04/1991", "2004-08-21"]) == DayOrder(None, 0, 0)
    assert infer_day_order(["31/12/1991", "12/31/1991"]) == DayOrder(None, 1, 1)


@each(
    "written",
    [
        "2026-10-31T19:05:00+07:00",
        "2026-10-31T12:05:00Z",
        "2026-10-31 19:05",
        "2026-10-31T19:05+0700",
        "31/10/2026 19.05",
        "31-10-2026 19:05:00",
        "10/31/2026 7:05 PM",
        "31 Okt 2026, 19.05 WIB",
        "31 Oktober 2026 pukul 20:05 WITA",
        "Sabtu, 31 Okt 2026 21.05 WIT",
        "31 Oct 2026 at 12:05 UTC",
        "2026/10/31 7:05:00 PM GMT+7",
        "2026-10-31 19:05 UTC+7",
        "Sabtu 31 Oktober 2026 19:05",
        "Sat Oct 31 2026 19:05:00 GMT+0700 (Western Indonesia Time)",
        "Sat, 31 Oct 2026 19:05:00 +0700",
        "1793448300",
        "1793448300000",
        "46326.7951388889",
        datetime(2026, 10, 31, 19, 5),
        datetime(2026, 10, 31, 12, 5, tzinfo=UTC),
    ],
)
def test_every_way_of_writing_gives_the_same_moment(written: object) -> None:
    assert parse_datetime(written, JAKARTA) == datetime(2026, 10, 31, 12, 5, tzinfo=UTC)


def test_a_day_alone_is_its_local_midnight() -> None:
    expected = datetime(2026, 10, 30, 17, 0, tzinfo=UTC)
    assert parse_datetime("2026-10-31", JAKARTA) == expected
    assert parse_datetime("31 Okt 2026", JAKARTA) == expected
    assert parse_datetime(46326, JAKARTA) == expected


@each(
    ("written", "code"),
    [
        ("", "empty"),
        ("31/10/2026 25:00", "not_a_date"),
        ("31/10/2026 13:00 PM", "not_a_date"),
        ("31/10/2026 10:00 +99:00", "not_a_date"),
        ("31/02/2026 10:00", "no_such_day"),
        ("0001-01-01T00:00:00+14:00", "too_early"),
        ("9999-12-31T23:59:59-10:00", "too_late"),
        ("kemarin", "not_a_date"),
    ],
)
def test_what_is_no_moment_is_refused_with_its_reason(written: str, code: str) -> None:
    answer = parse_datetime(written, JAKARTA)
    assert isinstance(answer, Refusal)
    assert answer.code == code


date_like = st.text(st.sampled_from("0123456789-/. ,:'TZmeiagusdPW+\u200b٣８\n"), max_size=30)
anything = st.one_of(
    date_like, st.text(), st.binary(), st.integers(), st.floats(), st.none(), st.datetimes(), st.dates()
)


@given(anything, st.booleans(), st.dates(date(1900, 1, 1)))
def test_no_text_raises_and_days_stay_in_range(written: object, day_first: bool, not_after: date) -> None:
    answer = parse_date(written, day_first, not_after=not_after)
    assert isinstance(answer, Refusal) or date(1900, 1, 1) <= answer <= not_after
    moment = parse_datetime(written, JAKARTA, day_first)
    assert isinstance(moment, Refusal) or moment.utcoffset() == timedelta(0)
    infer_day_order([written])


@given(st.dates(date(1900, 1, 1), TODAY))
def test_a_day_comes_back_from_every_form(day: date) -> None:
    month = MONTH_NAMES.split(",")[0].split(" ")[day.month - 1]
    for written in (
        day.isoformat(),
        day.strftime("%d-%m-%Y"),
        day.strftime("%d.%m.%Y"),
        f"{day.day} {month} {day.year}",
        f"{month.upper()} {day.day}, {day.year}",
    ):
        assert parse_date(written, not_after=TODAY) == day
    assert parse_date(day.strftime("%m/%d/%Y"), day_first=False, not_after=TODAY) == day
    if day.year >= 1930:
        assert parse_date((day - date(1899, 12, 30)).days, not_after=TODAY) == day


@given(st.datetimes(datetime(1930, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_a_moment_comes_back_from_its_iso_form(moment: datetime) -> None:
    assert parse_datetime(moment.astimezone(JAKARTA).isoformat(), UTC) == moment


@each(
    "written",
    [
        "Bandung 17-08-1990", "Bandung/17-08-1990", "Bandung - 17 Agustus 1990", "Kota Bandung: 17/08/1990",
        "D.I. Yogyakarta, 17-08-1990", "BANDUNG; 17/08/1990", "Senin 17 Agustus 1990", "Sen, 17/08/1990",
        "tgl 17 Agustus 1990", "lahir: 17/08/1990", "Fri Aug 17 1990", "Agustus 17, 1990", "17 Augustus 1990",
    ],
)  # fmt: skip
def test_a_town_or_a_weekday_before_a_date_is_left_out(written: str) -> None:
    assert parse_date(written) == date(1990, 8, 17)


@each(
    "written",
    ["INV 31-10-2026", "BK-31-10-2026", "BDG-31-10-2026", "TRX/2026/10/31", "blok 7/8/90", "Paket 2 Mei 2026"],
)
def test_a_code_that_contains_a_date_is_no_date(written: str) -> None:
    assert isinstance(parse_date(written), Refusal)


@each(
    ("written", "day"),
    [
        ("1990-08-16T17:00:00.000Z", 17),  # midnight in Jakarta
        ("1990-08-16T16:00:00Z", 17),  # in Makassar
        ("1990-08-16 15:00:00 UTC", 17),  # in Jayapura
        ("1990-08-17T00:00:00.000Z", 17),
        ("1990-08-17T17:00:00+07:00", 17),
        ("1990-08-17T17:05:00Z", 17),
    ],
)
def test_midnight_in_indonesia_is_the_day_that_begins(written: str, day: int) -> None:
    assert parse_date(written) == date(1990, 8, day)
