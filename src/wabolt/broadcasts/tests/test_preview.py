"""The preview shows the message and the recipients of the send that follows."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse
from tests.cases import each

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.broadcasts import queries, services
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.tests.factories import make_agreeing, make_broadcast
from wabolt.broadcasts.tests.pages import body, written
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.services import ConsentStatement, withdraw
from wabolt.contacts.models import Contact
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.messaging.models import Message

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 10, 5, 4, 0, tzinfo=UTC)
TEXT = "{{ contact.name }}: {{ voucher.code }}, diskon {{ voucher.percent }} %, sampai {{ voucher.until }}"


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace(timezone="Asia/Makassar")


@pytest.fixture
def manager(workspace: Workspace) -> Client:
    return signed_in(workspace, "manager")


@each(("percent", "days", "until"), [(35, 3, "8 Okt 2026"), (5, 120, "2 Feb 2027")], undone=True)
def test_preview_shows_the_voucher_that_will_be_sent(
    workspace: Workspace, manager: Client, percent: int, days: int, until: str
) -> None:
    [ayu] = make_agreeing(workspace, 1)
    words = f"diskon {percent} %, sampai {until}"
    with clock.hold(NOON):
        fields = written(workspace, text=TEXT, voucher_percent=percent, voucher_days=days)
        assert f"{ayu.name}: CONTOH12, {words}" in body(manager.post(reverse("broadcasts:bubble"), fields))
        manager.post(reverse("broadcasts:new"), fields)
        draft = Broadcast.objects.get()
        assert words in body(manager.get(reverse("broadcasts:edit", args=[draft.pk])))
        assert words in body(manager.get(reverse("broadcasts:check", args=[draft.pk])))
        assert words in queries.sample_text(draft)
        services.start(broadcast=draft)
        services.freeze(broadcast_id=draft.pk)
        expected = queries.sample_variables(draft)["voucher"]
    given = Message.objects.get(origin_id=draft.pk).variables["voucher"]
    assert {key: given[key] for key in ("percent", "until")} == {key: expected[key] for key in ("percent", "until")}
    assert len(given["code"]) == len(expected["code"])


def test_preview_of_a_text_without_voucher_has_none(workspace: Workspace) -> None:
    assert queries.sample_variables(make_broadcast(workspace)) == {}


def test_names_of_the_excluded_are_one_tap_away(workspace: Workspace, manager: Client) -> None:
    agreeing = make_agreeing(workspace, 2)
    silent = make_contact(workspace, "Belum Setuju")
    withdraw(workspace=workspace, contact_ids=[agreeing[1].pk], statement=ConsentStatement("marketing", "member"))
    draft = make_broadcast(workspace)
    check = body(manager.get(reverse("broadcasts:check", args=[draft.pk])))
    address = reverse("broadcasts:check_people", args=[draft.pk])
    assert f'href="{address}?reason=no_consent"' in check
    assert f'href="{address}?reason=opted_out"' in check
    for reason, name in (("no_consent", silent.name), ("opted_out", agreeing[1].name), ("", agreeing[0].name)):
        page = manager.get(address, {"reason": reason})
        assert [member.name for member in page.context["page"].object_list] == [name]
        assert f">{name}<" in body(page)


def test_numbers_of_the_receipt_and_the_lists_behind_them_agree(workspace: Workspace) -> None:
    make_agreeing(workspace, 7)
    make_contact(workspace, "Belum Setuju")
    make_contact(workspace, "Tanpa nomor", phone=None)
    draft = make_broadcast(workspace, holdout_percent=10)
    preview = queries.preview(draft)
    assert len(queries.audience_members(draft, "")) == preview.recipients
    assert len(queries.audience_members(draft, "held_out")) == preview.held_out
    assert {reason: len(queries.audience_members(draft, reason)) for reason in preview.excluded} == preview.excluded


def _with_holdout(workspace: Workspace, *, held_out: bool) -> Broadcast:
    """Returns a draft whose comparison group has a member, or has none. A hash of its id decides."""
    drafts = (make_broadcast(workspace, text=f"Promo {number}", holdout_percent=20) for number in range(60))
    return next(draft for draft in drafts if bool(queries.preview(draft).held_out) == held_out)


def test_bubble_shows_only_people_who_get_it(workspace: Workspace, manager: Client) -> None:
    """Refused and held-out contacts are the newest, so they would come first."""
    everybody = make_agreeing(workspace, 30)
    refused = [person.pk for person in everybody[20:]]
    withdraw(workspace=workspace, contact_ids=refused, statement=ConsentStatement("marketing", "member"))
    make_contact(workspace, "Belum Setuju")
    draft = _with_holdout(workspace, held_out=True)
    receiving = [member.contact_id for member in queries.audience_members(draft, "")[:100]]
    assert [person.pk for person in queries.sample_receivers(draft, 100)] == receiving
    assert len(receiving) == queries.preview(draft).recipients < 20
    check = manager.get(reverse("broadcasts:check", args=[draft.pk]))
    assert check.context["person"].pk == receiving[0]
    unsaved = written(workspace, text="Halo {{ contact.name }}")
    assert manager.post(reverse("broadcasts:bubble"), unsaved).context["person"] == everybody[19]


def test_bubble_finds_the_few_who_get_it_behind_many_who_do_not(workspace: Workspace) -> None:
    [agreeing] = make_agreeing(workspace, 1)
    Contact.objects.bulk_create(Contact(workspace=workspace, name=f"Belum Setuju {number}") for number in range(201))
    assert queries.sample_receivers(make_broadcast(workspace), 20) == [agreeing]


def test_check_page_says_that_no_contact_is_held_out(workspace: Workspace, manager: Client) -> None:
    """A share of a small audience may be zero contacts. The check page and the report say so."""
    make_agreeing(workspace, 2)
    draft = _with_holdout(workspace, held_out=False)
    page = manager.get(reverse("broadcasts:check", args=[draft.pk]))
    assert page.context["seen"].has_no_holdout
    assert "Kelompok pembanding kosong" in body(page)
    services.start(broadcast=draft)
    services.freeze(broadcast_id=draft.pk)
    Message.objects.filter(origin_id=draft.pk).update(state="sent", sent_at=clock.now(), attempted_at=clock.now())
    assert "Kelompok pembandingnya kosong" in body(manager.get(reverse("broadcasts:detail", args=[draft.pk])))


def test_check_page_says_that_a_comparison_group_is_too_small(workspace: Workspace, manager: Client) -> None:
    make_agreeing(workspace, 30)
    draft = _with_holdout(workspace, held_out=True)
    seen = manager.get(reverse("broadcasts:check", args=[draft.pk])).context["seen"]
    assert (seen.has_no_holdout, seen.has_thin_holdout) == (False, True)


@each("provider", ["simulator", "linked"], undone=True)
def test_check_page_shows_the_quiet_hours_that_the_number_keeps(
    workspace: Workspace, manager: Client, provider: str
) -> None:
    """A simulated number with its own clock sends at midnight, so the page must not promise quiet hours."""
    make_agreeing(workspace, 1)
    channel = make_channel(workspace, provider=provider, quiet_from="20:00", quiet_until="08:00", options={"speed": 60})
    page = body(manager.get(reverse("broadcasts:check", args=[make_broadcast(workspace, channel).pk])))
    assert ("20.00–08.00" in page) == (provider == "linked")


def test_empty_audience_offers_another_segment(workspace: Workspace, manager: Client) -> None:
    make_contact(workspace, "Belum Setuju")
    draft = make_broadcast(workspace)
    page = body(manager.get(reverse("broadcasts:check", args=[draft.pk])))
    assert f'href="{reverse("broadcasts:edit", args=[draft.pk])}#id_segment"' in page
    assert "Ganti segmen" in page


def test_unknown_reason_shows_the_recipients(workspace: Workspace, manager: Client) -> None:
    make_agreeing(workspace, 1)
    address = reverse("broadcasts:check_people", args=[make_broadcast(workspace).pk])
    for reason in ("nonsense", "opted_out'", "\x00", "9" * 400):
        page = manager.get(address, {"reason": reason})
        assert page.status_code == 200, reason
        assert page.context["everybody"], reason


def test_after_the_start_the_recipients_are_shown(workspace: Workspace, manager: Client) -> None:
    draft = make_broadcast(workspace)
    services.start(broadcast=draft)
    answer = manager.get(reverse("broadcasts:check_people", args=[draft.pk]))
    assert answer["Location"] == reverse("broadcasts:people", args=[draft.pk])
