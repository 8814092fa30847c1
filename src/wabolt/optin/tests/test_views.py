"""Pages of the ways in: members make them, and visitors join through them."""

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.models import Contact
from wabolt.contacts.services import create_field
from wabolt.lib import clock
from wabolt.lib.shared_pages import BLANK
from wabolt.media.tests.factories import make_media
from wabolt.messaging.models import Message
from wabolt.optin.models import Entry, EntryPoint, Placement
from wabolt.optin.public_forms import LIMITS
from wabolt.optin.queries import placements_of, scan_url
from wabolt.optin.services import (
    PointDraft,
    ShownWordings,
    Submission,
    add_placement,
    close_point,
    submit_entry,
    update_point,
)
from wabolt.optin.tests.factories import code_of, make_point

pytestmark = pytest.mark.django_db
NEW = {
    "name": "Kasir Dago",
    "voucher_percent": "10",
    "voucher_days": "14",
    "colour": "#4f3cc9",
    "language": "id",
    "incentive": "Diskon 10% untuk belanja pertama",
}


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture
def channel(workspace: Workspace) -> Channel:
    return make_channel(workspace)


@pytest.fixture
def owner(workspace: Workspace) -> Client:
    return signed_in(workspace)


def page(point: EntryPoint) -> str:
    return reverse("optin:join", args=[point.slug])


def key_in(html: str) -> str:
    return html.partition('name="key" value="')[2].partition('"')[0]


def opened(client: Client, point: EntryPoint) -> str:
    """The hidden field of a form that a visitor opened a minute ago."""
    with clock.skewed(-timedelta(minutes=1)):
        return key_in(client.get(page(point)).content.decode())


def test_a_member_makes_a_way_in(workspace: Workspace, channel: Channel, owner: Client) -> None:
    answer = owner.post(
        reverse("optin:new", args=["qr"]), {**NEW, "channel": channel.pk, "tags": "Dago, Kasir"}, follow=True
    )
    point = EntryPoint.objects.get(workspace=workspace)
    shown = answer.content.decode()
    assert code_of(point) in shown
    assert "https://wa.me/6281100000001?text=" in shown
    assert sorted(point.tags.values_list("name", flat=True)) == ["Dago", "Kasir"]


def test_a_form_with_errors_keeps_what_was_typed(channel: Channel, owner: Client) -> None:
    answer = owner.post(reverse("optin:new", args=["qr"]), {**NEW, "channel": channel.pk, "greeting": "STOP"})
    assert answer.status_code == 422
    assert "Diskon 10% untuk belanja pertama" in answer.content.decode()
    assert not EntryPoint.objects.exists()


def test_without_a_number_there_is_nothing_to_make(owner: Client) -> None:
    assert reverse("channels:new") in owner.get(reverse("optin:choose")).content.decode()
    assert owner.get(reverse("optin:new", args=["qr"])).status_code == 302


def test_the_first_message_carries_the_code(channel: Channel, client: Client) -> None:
    point = make_point(channel, kind="link", greeting="JOIN GAYA NUSANTARA")
    shown = client.get(page(point)).content.decode()
    address = shown.partition('href="https://wa.me/')[2].partition('"')[0].replace("&amp;", "&")
    assert parse_qs(urlsplit(f"https://wa.me/{address}").query)["text"] == [f"JOIN GAYA NUSANTARA #{code_of(point)}"]


def test_a_visitor_fills_in_a_form_and_gets_one_button(workspace: Workspace, channel: Channel, client: Client) -> None:
    create_field(workspace=workspace, label="Ukuran", kind="choice", choices=["S", "M"])
    point = make_point(channel, kind="form", questions=[{"key": "name", "required": True}, {"key": "field:ukuran"}])
    key = opened(client, point)
    given = {"key": key, "answer_name": "Ayu", "answer_field:ukuran": "M", "marketing": "on"}
    answer = client.post(page(point), given, follow=True)
    entry = Entry.objects.get()
    assert entry.answers == {"name": "Ayu", "field:ukuran": "M"}
    shown = answer.content.decode()
    assert str(entry.code) in shown
    assert not re.search(r"\bAyu\b", shown)  # a CSRF token may hold the letters
    assert not Contact.objects.exists()
    assert not Message.objects.exists()


def test_a_double_submit_is_one_entry(channel: Channel, client: Client) -> None:
    point = make_point(channel, kind="form")
    key = opened(client, point)
    targets = {client.post(page(point), {"key": key, "marketing": "on"})["Location"] for _time in range(2)}
    assert len(targets) == Entry.objects.count() == 1


@pytest.mark.parametrize("key", ["", "forged", "WzEsIm4iXQ:1:x"])
def test_an_old_or_forged_form_is_shown_again_with_its_answers(channel: Channel, client: Client, key: str) -> None:
    point = make_point(channel, kind="form", questions=[{"key": "name"}])
    answer = client.post(page(point), {"key": key, "marketing": "on", "answer_name": "Ayu"})
    assert answer.status_code == 422
    assert "Ayu" in answer.content.decode()
    assert not Entry.objects.exists()


def test_no_box_is_ticked_beforehand_and_one_is_needed(channel: Channel, client: Client) -> None:
    point = make_point(channel, kind="form", service_wording="")
    shown = client.get(page(point)).content.decode()
    assert "checked" not in shown
    assert client.post(page(point), {"key": opened(client, point)}).status_code == 422
    assert not Entry.objects.exists()


def test_unknown_and_closed_pages_look_alike(workspace: Workspace, channel: Channel, client: Client) -> None:
    closed, ended, archived = (make_point(channel, kind="form", name=name) for name in ("tutup", "lewat", "arsip"))
    close_point(workspace=workspace, point_id=closed.pk)
    EntryPoint.objects.filter(pk=ended.pk).update(active_until=clock.now())
    EntryPoint.objects.filter(pk=archived.pk).update(archived_at=clock.now())
    pages = [client.get(address) for address in ("/m/nothere1/", page(closed), page(ended), page(archived))]
    assert {answer.status_code for answer in pages} == {404}
    assert len({re.sub(r'X-CSRFToken": "\w+', "", answer.content.decode()) for answer in pages}) == 1


def test_each_placement_has_a_code_and_its_own_people(workspace: Workspace, channel: Channel, owner: Client) -> None:
    point = make_point(channel)
    address = reverse("optin:add_placement", args=[point.pk])
    owner.post(address, {"medium": "poster", "branch": "Dago", "staff": "Rina"})
    owner.post(address, {"medium": "poster", "branch": "Dago", "staff": "Rina"})
    placement = Placement.objects.get(branch="Dago")
    shown = owner.get(reverse("optin:detail", args=[point.pk])).content.decode()
    assert f"#{placement.code}" in shown
    drawing = owner.get(reverse("optin:qr", args=[point.pk, placement.code]))
    assert drawing["Content-Type"] == "image/svg+xml"


def test_closing_and_archiving(workspace: Workspace, channel: Channel, owner: Client, client: Client) -> None:
    point = make_point(channel, kind="link")
    owner.post(reverse("optin:close", args=[point.pk]))
    assert client.get(page(point)).status_code == 404
    owner.post(reverse("optin:close", args=[point.pk]))
    assert client.get(page(point)).status_code == 200
    owner.post(reverse("optin:archive", args=[point.pk]))
    assert point.name not in owner.get(reverse("optin:list")).content.decode()
    assert point.name in owner.get(reverse("optin:list"), {"archived": "1"}).content.decode()


def test_a_colleague_who_only_looks_changes_nothing(workspace: Workspace, channel: Channel) -> None:
    point = make_point(channel)
    viewer = signed_in(workspace, "viewer")
    assert viewer.get(reverse("optin:detail", args=[point.pk])).status_code == 200
    assert viewer.post(reverse("optin:close", args=[point.pk])).status_code == 403


def test_a_program_creates_nothing_and_a_fast_person_sends_once_more(channel: Channel, client: Client) -> None:
    point = make_point(channel, kind="form")
    trapped = client.post(
        page(point), {"key": opened(client, point), "marketing": "on", "website": "http://spam.example"}
    )
    assert trapped.status_code == 422
    with clock.hold(clock.now()):
        fast = client.post(page(point), {"key": key_in(client.get(page(point)).content.decode()), "marketing": "on"})
    assert fast.status_code == 422
    assert not Entry.objects.exists()
    again = client.post(page(point), {"key": key_in(fast.content.decode()), "marketing": "on"})
    assert again.status_code == 302


def test_public_pages_read_their_pictures_without_the_bytes(channel: Channel, client: Client) -> None:
    point = make_point(channel, kind="form")
    picture = make_media(channel.workspace)
    EntryPoint.objects.filter(pk=point.pk).update(picture=picture, logo=picture)
    sent = client.post(page(point), {"key": opened(client, point), "marketing": "on"})
    for address in (page(point), sent["Location"]):
        with CaptureQueriesContext(connection) as queries:
            assert reverse("optin:picture", args=[point.slug, "logo"]) in client.get(address).content.decode()
        read = [query["sql"] for query in queries if "media_mediafile" in query["sql"]]
        assert read
        assert not [statement for statement in read if '"media_mediafile"."data"' in statement]


@pytest.mark.parametrize("hours", [0, 25], ids=["open", "expired"])
def test_a_changed_text_is_shown_before_a_person_agrees_to_it(channel: Channel, client: Client, hours: int) -> None:
    point = make_point(channel, kind="form", questions=[{"key": "name"}], service_wording="")
    with clock.skewed(-timedelta(hours=hours)):
        given = {"key": opened(client, point), "marketing": "on", "service": "on", "answer_name": "Ayu"}
    draft = PointDraft(
        kind="form", name="F", channel=channel, questions=[{"key": "name"}],
        wording="Saya mau info koleksi baru. Balas STOP untuk berhenti.", service_wording="",
    )  # fmt: skip
    changed = update_point(workspace=channel.workspace, point_id=point.pk, draft=draft)
    refused = client.post(page(point), given)
    html = refused.content.decode()
    assert refused.status_code == 422
    assert not Entry.objects.exists()
    assert "koleksi baru" in html
    assert 'value="Ayu"' in html
    assert "checked" not in html
    assert client.post(page(point), {**given, "key": key_in(html)}).status_code == 302
    assert Entry.objects.get().marketing_wording == changed.marketing_wording
    update_point(workspace=channel.workspace, point_id=point.pk, draft=replace(draft, wording=""))
    assert client.post(page(point), {**given, "key": key_in(html)}).status_code == 302, "sent twice"
    assert Entry.objects.get().marketing_wording == changed.marketing_wording


def test_an_entry_names_the_text_that_its_page_showed(channel: Channel) -> None:
    point = make_point(channel, kind="form", wording="Saya mau kabar. Balas STOP untuk berhenti.")
    shown = ShownWordings.of(point)
    draft = PointDraft(kind="form", name="F", channel=channel, wording="Saya mau promo. Balas STOP untuk berhenti.")
    changed = update_point(workspace=channel.workspace, point_id=point.pk, draft=draft)
    entry = submit_entry(placement=placements_of(changed)[0], submission=Submission(marketing=True, shown=shown))
    assert entry.marketing_wording_id == shown.marketing != changed.marketing_wording_id


def test_a_flood_from_one_address_is_refused_and_others_get_in(
    channel: Channel, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = replace(LIMITS, per_address=5)
    monkeypatch.setattr("wabolt.optin.public_forms.LIMITS", limits)
    point = make_point(channel, kind="form", questions=[{"key": "name"}])
    given = {"marketing": "on", "answer_name": "Ayu"}
    answers = [
        client.post(page(point), {**given, "key": opened(client, point)}, REMOTE_ADDR="203.0.113.7")
        for _time in range(limits.per_address + 1)
    ]
    assert [answer.status_code for answer in answers] == [302] * limits.per_address + [429]
    assert "Ayu" in answers[-1].content.decode()
    assert Entry.objects.count() == limits.per_address
    other = client.post(page(point), {**given, "key": opened(client, point)}, REMOTE_ADDR="198.51.100.9")
    assert other.status_code == 302


def test_an_end_in_the_past_is_refused(channel: Channel, owner: Client) -> None:
    given = {**NEW, "channel": channel.pk, "active_until": "2020-01-01T10:00"}
    assert owner.post(reverse("optin:new", args=["qr"]), given).status_code == 422
    assert not EntryPoint.objects.exists()


def test_the_code_of_a_placement_leads_through_the_questions_of_a_form(channel: Channel, client: Client) -> None:
    point = make_point(channel, kind="form")
    placement = add_placement(workspace=channel.workspace, point=point, branch="Dago", medium="poster")
    address = f"{page(point)}?at={placement.code}"
    assert scan_url(point, placement).endswith(address)
    client.post(address, {"key": opened(client, point), "marketing": "on"})
    assert Entry.objects.get().placement == placement


def test_without_a_number_the_page_says_so(channel: Channel, client: Client) -> None:
    Channel.objects.update(phone="")
    shown = client.get(page(make_point(channel, kind="link"))).content.decode()
    assert 'href="https://wa.me' not in shown


def test_a_public_page_sets_no_cookie_and_gives_each_visitor_a_key(channel: Channel, client: Client) -> None:
    form, link = make_point(channel, kind="form"), make_point(channel, kind="link", name="Bio")
    answers = [client.get(page(form)) for _visitor in range(2)]
    assert not answers[0].cookies
    assert len({key_in(answer.content.decode()) for answer in answers}) == 2
    assert BLANK not in answers[0].content.decode()
    first = client.get(page(link))
    again = client.get(page(link), headers={"if-none-match": first["ETag"]})
    assert (again.status_code, first.cookies) == (304, {})
    EntryPoint.objects.filter(pk=link.pk).update(headline="Koleksi baru")
    assert client.get(page(link), headers={"if-none-match": first["ETag"]}).status_code == 200


def test_a_refused_form_is_not_shared_with_others(channel: Channel, client: Client) -> None:
    point = make_point(channel, kind="form", questions=[{"key": "name"}])
    refused = client.post(page(point), {"key": opened(client, point), "answer_name": "Ayu"})
    assert "Ayu" in refused.content.decode()
    assert not hasattr(refused, "shared")
    assert refused["Cache-Control"] == "no-store"
