"""The three zones of Indonesia are offered first; all others are behind a choice."""

from typing import Any
from zoneinfo import available_timezones

import pytest
from django.test import Client

from wabolt.accounts.forms import SetupForm, ShopForm
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.ui.time_zones import INDONESIAN_ZONES, all_zones

URL = "/settings/shop/"
SHOP = {"name": "Toko", "language": "id", "currency": "IDR"}


def test_first_list_has_only_the_zones_of_indonesia() -> None:
    for form in (SetupForm(), ShopForm()):
        assert [name for name, _label in form.fields["timezone"].choices] == [*dict(INDONESIAN_ZONES), "other"]
        abroad = [group for group in form.fields["other_timezone"].choices if group[0]]
        assert sum(len(zones) for _region, zones in abroad) > 300


def test_the_zones_of_the_world_are_in_groups_those_of_indonesia_first() -> None:
    groups = all_zones()
    assert groups[0] == ("Indonesia", INDONESIAN_ZONES)
    names = [name for _region, zones in groups for name, _label in zones]
    assert len(names) == len(set(names))
    assert {name for name in available_timezones() if "/" in name and not name.startswith("Etc/")} <= set(names)
    assert ("Asia/Ho_Chi_Minh", "Ho Chi Minh") in dict(groups)["Asia"]
    assert all(len(zones) < 200 for _region, zones in groups)


@pytest.mark.django_db
def test_a_zone_outside_indonesia_is_chosen_in_the_second_list() -> None:
    workspace = make_workspace()
    client = signed_in(workspace, "owner")
    shown = client.get(URL).context["form"]
    for given, zone in (
        ({"timezone": "Asia/Jayapura"}, "Asia/Jayapura"),
        ({"timezone": "other", "other_timezone": "Europe/Berlin"}, "Europe/Berlin"),
        ({"timezone": "Asia/Jayapura", "other_timezone": "Europe/Berlin"}, "Asia/Jayapura"),
    ):
        assert save(client, shown, given).status_code == 302, given
        workspace.refresh_from_db()
        assert workspace.timezone == zone, given
        shown = client.get(URL).context["form"]
        assert shown["timezone"].value() == (zone if zone.startswith("Asia/") else "other"), given
        assert save(client, shown, {"timezone": shown["timezone"].value(), "other_timezone": zone}).status_code == 302
        workspace.refresh_from_db()
        assert workspace.timezone == zone, given
        shown = client.get(URL).context["form"]


@pytest.mark.django_db
def test_a_missing_or_unknown_zone_is_refused() -> None:
    client = signed_in(make_workspace(), "owner")
    shown = client.get(URL).context["form"]
    for given in (
        {"timezone": "other"}, {"timezone": "other", "other_timezone": "Mars/Base"}, {"timezone": "Europe/Berlin"}
    ):  # fmt: skip
        answer = save(client, shown, given)
        assert answer.status_code == 422, given
        assert set(answer.context["form"].errors) <= {"timezone", "other_timezone"}, given


def save(client: Client, shown: Any, given: dict[str, str]):  # type: ignore[no-untyped-def]
    return client.post(URL, {**SHOP, "version": shown["version"].value(), **given})
