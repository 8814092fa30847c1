"""Formats numbers, money, times and phone numbers for people. Pure: no settings, no clock.

`lang` is "id" or "en". Anything that starts with "en" counts as English, everything else as Indonesian.
"""

from datetime import UTC, date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal

import phonenumbers

from wabolt.lib.birthdays import has_year

MONTHS = {
    "id": ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
# Decimal places in practical use, which differ from ISO 4217: sen is not used in Indonesia.
DECIMALS = {"IDR": 0, "JPY": 0, "KRW": 0, "VND": 0, "KWD": 3, "BHD": 3}
SYMBOLS = {"IDR": "Rp", "USD": "US$", "SGD": "S$", "MYR": "RM", "EUR": "€"}
INDONESIAN_ZONES = {
    "Asia/Jakarta": "WIB",
    "Asia/Pontianak": "WIB",
    "Asia/Makassar": "WITA",
    "Asia/Ujung_Pandang": "WITA",
    "Asia/Jayapura": "WIT",
}
_UNITS = {
    "id": (("tahun", "tahun"), ("bulan", "bulan"), ("hari", "hari"), ("jam", "jam"), ("menit", "menit")),
    "en": (("year", "years"), ("month", "months"), ("day", "days"), ("hour", "hours"), ("minute", "minutes")),
}
_SECONDS = (31_536_000, 2_592_000, 86_400, 3_600, 60)


def _language(lang: str) -> str:
    return "en" if lang.lower().startswith("en") else "id"


def decimals_of(currency: str) -> int:
    """Returns the number of decimal places of a currency: 0 for IDR, 2 for USD."""
    return DECIMALS.get(currency, 2)


def number(value: float | Decimal, lang: str = "id", decimals: int = 0) -> str:
    """Formats a number: `1234.5` -> "1.235" (id), "1,235" (en); with `decimals=1` "1.234,5" and "1,234.5"."""
    exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    text = f"{exact:,.{decimals}f}"
    if _language(lang) == "id":
        text = text.translate(str.maketrans(",.", ".,"))
    return text.replace("-", "\N{MINUS SIGN}")


def file_size(size: int, lang: str = "id") -> str:
    """Formats a number of bytes: `1_300_000` -> "1,3 MB" (id), "1.3 MB" (en); less than a kB is "1 kB"."""
    if size < 1_000_000:
        return f"{number(max(1, size // 1000), lang)} kB"
    return f"{number(size / 1_000_000, lang, 1)} MB"


def money(amount: int, currency: str = "IDR", lang: str = "id") -> str:
    """Formats an amount in the smallest unit: `150000, "IDR"` -> "Rp150.000"; `1999, "USD"` -> "US$19,99" (id)."""
    decimals = decimals_of(currency)
    whole = Decimal(abs(amount)).scaleb(-decimals)
    symbol = SYMBOLS.get(currency, f"{currency} ")
    sign = "\N{MINUS SIGN}" if amount < 0 else ""
    return f"{sign}{symbol}{number(whole, lang, decimals)}"


def money_short(amount: int, currency: str = "IDR", lang: str = "id") -> str:
    """Formats an amount briefly: "Rp12,4 jt", "Rp950 rb", "Rp1,2 M" (id); "Rp12.4m" (en). Small amounts stay exact."""
    whole = Decimal(abs(amount)).scaleb(-decimals_of(currency))
    if whole < 100_000:
        return money(amount, currency, lang)
    steps = {
        "id": ((10**3, " rb"), (10**6, " jt"), (10**9, " M"), (10**12, " T")),
        "en": ((10**3, "k"), (10**6, "m"), (10**9, "bn"), (10**12, "tn")),
    }[_language(lang)]
    scaled, suffix, decimals = whole, "", 0
    for size, suffix in steps:  # noqa: B007 - the last one is used below
        scaled = whole / size
        decimals = 0 if scaled >= 100 else 1
        scaled = scaled.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
        # An amount that rounds up to a thousand uses the next unit: "Rp1 M", not "Rp1.000 jt".
        if scaled < 1000 or size == steps[-1][0]:
            break
    text = number(scaled, lang, 0 if scaled == scaled.to_integral_value() else decimals)
    sign = "\N{MINUS SIGN}" if amount < 0 else ""
    return f"{sign}{SYMBOLS.get(currency, currency + ' ')}{text}{suffix}"


def percent(part: float | Decimal, whole: float | Decimal = 1, lang: str = "id") -> str:
    """Formats a share: `percent(1, 8)` -> "12,5 %" (id), "12.5%" (en). A share of zero is a dash.

    Never "0 %" for a positive share nor "100 %" for less than all: those are "< 0,1 %" and "99,9 %".
    """
    if not whole:
        return "–"
    space = "" if _language(lang) == "en" else "\N{NO-BREAK SPACE}"
    share = Decimal(str(part)) / Decimal(str(whole)) * 100
    if 0 < share < Decimal("0.1"):
        return f"<{space}{number(Decimal('0.1'), lang, 1)}{space}%"
    if Decimal("99.9") < share < 100:
        share = Decimal("99.9")
    text = number(share, lang, 0 if share == share.to_integral_value() else 1)
    return f"{text}{space}%"


def _local(value: datetime, tz: tzinfo) -> datetime:
    """The time in `tz`; the time as it is on the first and last day of all years, if `tz` leads beyond them."""
    try:
        return value.astimezone(tz)
    except OverflowError:
        return value if value.tzinfo else value.replace(tzinfo=UTC)


def short_date(value: date | datetime, tz: tzinfo | None = None, lang: str = "id") -> str:
    """Formats a date: "31 Okt 2026". An aware datetime is first converted to `tz`."""
    if isinstance(value, datetime) and tz is not None and value.tzinfo is not None:
        value = _local(value, tz)
    return f"{value.day} {MONTHS[_language(lang)][value.month - 1]} {value.year}"


def birthday(value: date, lang: str = "id") -> str:
    """Formats a date of birth: "14 Feb 1994", or "14 Feb" if its year is unknown (`birthdays.NO_YEAR`)."""
    return short_date(value, lang=lang) if has_year(value) else short_date(value, lang=lang).rpartition(" ")[0]


def clock_time(value: datetime, tz: tzinfo, lang: str = "id") -> str:
    """Formats a time of day in `tz`: "19.30" (id), "19:30" (en)."""
    local = _local(value, tz)
    return f"{local:%H:%M}" if _language(lang) == "en" else f"{local:%H.%M}"


def zone_name(value: datetime, tz: tzinfo) -> str:
    """Returns WIB, WITA or WIT in Indonesia, else the abbreviation of the time zone ("UTC", "CET")."""
    local = _local(value, tz)
    key = getattr(local.tzinfo, "key", "")
    return INDONESIAN_ZONES.get(key) or local.tzname() or ""


def moment(value: datetime, tz: tzinfo, lang: str = "id") -> str:
    """Formats a moment: "31 Okt 2026, 19.30 WIB"."""
    zone = zone_name(value, tz)
    return f"{short_date(value, tz, lang)}, {clock_time(value, tz, lang)} {zone}".rstrip()


def relative(value: datetime, now: datetime, lang: str = "id") -> str:
    """Formats the distance of two aware datetimes: "5 menit lalu", "dalam 2 hari", "baru saja"."""
    words = _language(lang)
    seconds = int((now - value).total_seconds())
    if abs(seconds) < 60:
        return "just now" if words == "en" else "baru saja"
    for size, (one, many) in zip(_SECONDS, _UNITS[words], strict=True):
        count = abs(seconds) // size
        if count:
            unit = one if count == 1 else many
            if words == "en":
                return f"{count} {unit} ago" if seconds > 0 else f"in {count} {unit}"
            return f"{count} {unit} lalu" if seconds > 0 else f"dalam {count} {unit}"
    raise AssertionError("more than a minute has at least one unit")


def duration(seconds: float, lang: str = "id") -> str:
    """Formats a duration with at most two units: "1 jam 20 menit", "45 detik" (id)."""
    words = _language(lang)
    total = max(0, round(seconds))
    if total < 60:
        return f"{total} {'detik' if words == 'id' else 'second' if total == 1 else 'seconds'}"
    parts: list[str] = []
    for size, (one, many) in list(zip(_SECONDS, _UNITS[words], strict=True))[2:]:
        count, total = divmod(total, size)
        if count:
            parts.append(f"{count} {one if count == 1 else many}")
    return " ".join(parts[:2])


def phone(value: str) -> str:
    """Formats an E.164 number in groups: "+6281234567890" -> "+62 812-3456-7890". Any other text is returned
    unchanged."""
    if not value.startswith("+") or not value[1:].isdigit():
        return value
    if value.startswith("+628"):
        rest = value[3:]
        groups = [rest[:3], *(rest[i : i + 4] for i in range(3, len(rest), 4))]
        if len(groups) > 2 and len(groups[-1]) < 3:
            groups[-2:] = [groups[-2] + groups[-1]]
        return f"+62 {'-'.join(groups)}"
    try:
        parsed = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return value
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def initials(name: str) -> str:
    """Returns one or two capital letters for an avatar, "?" for a name without letters."""
    words = [w for w in name.split() if w[:1].isalpha()]
    if not words:
        return "?"
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return letters.upper()
