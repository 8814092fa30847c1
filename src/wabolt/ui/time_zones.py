"""The choices of a time zone: Indonesia's three first, then those of the world by region."""

from collections.abc import Sequence
from functools import cache
from zoneinfo import available_timezones

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Choice = tuple[str, str | Promise]
INDONESIAN_ZONES: tuple[Choice, ...] = (
    ("Asia/Jakarta", _("WIB: Jakarta, Sumatra, West and Central Kalimantan")),
    ("Asia/Makassar", _("WITA: Bali, Sulawesi, NTB, NTT, East and South Kalimantan")),
    ("Asia/Jayapura", _("WIT: Maluku, Papua")),
)
_REGIONS = {
    "Asia": _("Asia"), "Australia": _("Australia"), "Pacific": _("Pacific"), "Indian": _("Indian Ocean"),
    "Europe": _("Europe"), "Africa": _("Africa"), "America": _("America"), "Atlantic": _("Atlantic"),
    "Arctic": _("Arctic"), "Antarctica": _("Antarctica"),
}  # fmt: skip
_NAMELESS = ("Etc/", "SystemV/")


@cache
def zones_abroad() -> Sequence[tuple[str | Promise, tuple[Choice, ...]]]:
    """The zones outside Indonesia as groups of choices, the nearest regions first. Former names, such as US/Pacific,
    which a shop may have chosen, are a group at the end."""
    names = {name for name in available_timezones() if "/" in name and not name.startswith(_NAMELESS)}
    found: dict[str, list[str]] = {}
    for name in sorted(names - dict(INDONESIAN_ZONES).keys()):
        region = name.partition("/")[0]
        found.setdefault(region if region in _REGIONS else "", []).append(name)
    groups: list[tuple[str | Promise, tuple[Choice, ...]]] = [
        (label, tuple((name, name.partition("/")[2].replace("_", " ")) for name in found[region]))
        for region, label in _REGIONS.items()
        if region in found
    ]
    return [*groups, (_("Former names"), tuple((name, name.replace("_", " ")) for name in found.get("", ())))]


def all_zones() -> list[tuple[str | Promise, tuple[Choice, ...]]]:
    """All zones as groups of choices, those of Indonesia first."""
    return [(_("Indonesia"), INDONESIAN_ZONES), *zones_abroad()]
