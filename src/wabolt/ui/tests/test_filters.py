from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from wabolt.lib import clock

MOMENT = datetime(2026, 10, 31, 12, 30, tzinfo=UTC)


def render(source: str, **values: object) -> str:
    return Template("{% load ui %}" + source).render(Context(values))


@pytest.mark.parametrize(
    "name",
    [
        "number_id",
        "money",
        "money_short",
        "percent",
        "local_time",
        "local_date",
        "clock_time",
        "relative_time",
        "duration",
        "phone",
    ],
)
def test_filter_of_nothing_or_an_unknown_name_is_a_dash(name: str) -> None:
    assert render("{{ nothing|" + name + " }}{{ unknown|" + name + " }}", nothing=None) == "––"


def test_filters_follow_language_and_zone_of_the_request() -> None:
    with translation.override("id"), timezone.override(ZoneInfo("Asia/Makassar")):
        assert render("{{ t|local_time }} {{ t|clock_time }}", t=MOMENT) == "31 Okt 2026, 20.30 WITA 20.30"
        assert render("{{ n|number_id }} {{ n|money }} {{ n|money:'USD' }}", n=1500) == "1.500 Rp1.500 US$15,00"
    with translation.override("en"):
        assert render("{{ t|local_time:'Asia/Jakarta' }}", t=MOMENT) == "31 Oct 2026, 19:30 WIB"


def test_relative_time_reads_our_clock() -> None:
    with translation.override("id"), clock.hold(MOMENT) as held:
        held.move(minutes=5)
        assert render("{{ t|relative_time }}", t=MOMENT) == "5 menit lalu"


def test_json_for_a_script_cannot_close_the_script() -> None:
    assert "</script>" not in render("{{ x|as_json }}", x={"a": "</script>"})
