"""The page of the opening hours."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from tests.cases import each

from wabolt.accounts.models import AuditEntry, OpeningTimes
from wabolt.accounts.queries import opening_hours
from wabolt.accounts.tests.factories import make_workspace, signed_in

pytestmark = pytest.mark.django_db
PAGE = "/settings/opening-hours/"
WIB = ZoneInfo("Asia/Jakarta")
FORM = {
    **{f"day_{day}": "08.00-12.00, 13-17" for day in range(5)},
    "day_5": "9 - 15",
    "day_6": "",
    "fasting": "10-16",
    "fasting_shift": "1",
    "holidays_closed": "on",
    "special": "24 Des 2026: 9-12\n31/12/2026: tutup\n",
}


def test_a_shop_without_settings_is_open_from_eight_to_eight() -> None:
    hours = opening_hours(make_workspace())
    assert hours.is_open(datetime(2026, 11, 29, 8, tzinfo=WIB))
    assert not hours.is_open(datetime(2026, 11, 29, 20, tzinfo=WIB))


def test_hours_are_saved_as_a_person_types_them() -> None:
    workspace = make_workspace()
    client = signed_in(workspace)
    assert client.post(PAGE, FORM).status_code == 302
    hours = opening_hours(workspace)
    assert hours.week[0] == ((time(8), time(12)), (time(13), time(17)))
    assert 6 not in hours.week
    assert hours.fasting is not None
    assert hours.fasting[5] == ((time(10), time(16)),)
    assert hours.special == {date(2026, 12, 24): ((time(9), time(12)),), date(2026, 12, 31): ()}
    assert AuditEntry.objects.filter(action="workspace.change_opening_times").count() == 1
    page = client.get(PAGE).content.decode()
    assert "08.00–12.00, 13.00–17.00" in page
    assert "24 Des 2026: 09.00–12.00\n31 Des 2026: tutup" in page


def test_the_page_can_be_saved_as_it_was_shown() -> None:
    workspace = make_workspace()
    client = signed_in(workspace)
    client.post(PAGE, FORM)
    before = opening_hours(workspace)
    form = client.get(PAGE).context["form"]
    shown = {bound.html_name: bound.field.prepare_value(bound.value()) or "" for bound in form}
    assert client.post(PAGE, {**shown, "overwrite": ""}).status_code == 302
    assert opening_hours(workspace) == before


@each(
    ("changes", "words"),
    [
        ({"day_0": "pagi"}, "Tulis jam seperti"),
        ({"day_0": "8-12, 11-13"}, "tumpang tindih"),
        ({"special": "besok: tutup"}, "besok: tutup"),
        ({f"day_{day}": "" for day in range(7)}, "paling sedikit satu hari"),
        ({"fasting_shift": "9"}, "9"),
    ],
    undone=True,
)
def test_nonsense_is_refused_in_words_and_changes_nothing(changes: dict[str, str], words: str) -> None:
    workspace = make_workspace()
    page = signed_in(workspace).post(PAGE, {**FORM, **changes})
    assert page.status_code == 422
    assert words in page.content.decode()
    assert not OpeningTimes.objects.exists()
