"""A code stays with the text that it was printed with, and the proof names the text that a person saw."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels import registry
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.channels.tests.scripted import ScriptedProvider, World
from wabolt.consent.models import ConsentEvent
from wabolt.consent.services import create_defaults
from wabolt.contacts.models import Contact
from wabolt.messaging.services import process_raw_events, work_lane_once
from wabolt.optin.giveaways.tests.factories import make_giveaway
from wabolt.optin.models import Entry, EntryPoint, Placement
from wabolt.optin.print_kit import Content
from wabolt.optin.queries import outdated_prints, placements_of
from wabolt.optin.reports import point_report
from wabolt.optin.services import PointDraft, add_placement, offer_list, update_point
from wabolt.optin.tests.factories import make_point

TEXTS = [f"Saya mau kabar, paling banyak {count} pesan seminggu. Balas STOP untuk berhenti." for count in range(1, 4)]
_people = iter(range(10**6))


@pytest.fixture
def channel(db: None, monkeypatch: pytest.MonkeyPatch) -> Channel:
    monkeypatch.setitem(registry.PROVIDERS, "simulator", "wabolt.channels.tests.scripted.ScriptedProvider")
    channel = make_channel()
    create_defaults(workspace=channel.workspace)
    return channel


@pytest.fixture
def point(channel: Channel) -> EntryPoint:
    return make_point(channel, wording=TEXTS[0])


def say(channel: Channel, text: str, phone: str = "", **more: Any) -> Contact:
    number = next(_people)
    phone = phone or f"+62812{number:08}"
    World.of(channel).tell_message(phone, text, f"print-{number}", **more)
    ScriptedProvider(channel).collect(100)
    process_raw_events(channel)
    return Contact.objects.get(identities__value=phone)


def reword(point: EntryPoint, text: str, **more: Any) -> EntryPoint:
    draft = PointDraft(kind=point.kind, name=point.name, channel=point.channel, wording=text, **more)
    return update_point(workspace=point.workspace, point_id=point.pk, draft=draft)


def agreed_to(contact: Contact) -> str:
    proof = ConsentEvent.objects.get(contact=contact, action="granted")
    assert proof.wording is not None
    assert Entry.objects.get(contact=contact).marketing_wording == proof.wording
    return proof.wording.text


def test_each_print_proves_its_own_text(channel: Channel, point: EntryPoint) -> None:
    add_placement(workspace=channel.workspace, point=point, branch="Dago", medium="poster", staff="Rina")
    printed: dict[str, str] = {}
    for text in TEXTS:
        point = reword(point, text)
        for placement in placements_of(point).select_related("wording"):
            assert text in Content.of(point, placement).consent
            printed[placement.code] = text
    assert len(printed) == 2 * len(TEXTS)
    for code, text in reversed(printed.items()):
        assert agreed_to(say(channel, f"Halo #{code}")) == text
    report = point_report(point)
    assert [(placement.replaced_at, result.joined) for placement, result in report.placements] == [(None, 3), (None, 3)]
    assert report.staff[0][1].joined == 3, "a placement keeps its people when its code changes"


def test_an_unchanged_text_keeps_its_code(point: EntryPoint) -> None:
    before = Placement.objects.get()
    reword(point, TEXTS[0], headline="Promo baru")
    assert Placement.objects.get() == before


def test_the_text_that_comes_back_is_proved_too(channel: Channel, point: EntryPoint) -> None:
    first = placements_of(point)[0].code
    reword(point, TEXTS[1])
    again = placements_of(reword(point, TEXTS[0]))[0].code
    assert agreed_to(say(channel, f"#{first}")) == agreed_to(say(channel, f"#{again}")) == TEXTS[0]


def test_a_typing_error_in_an_old_code_leads_to_the_old_text(channel: Channel, point: EntryPoint) -> None:
    code = placements_of(point)[0].code
    reword(point, TEXTS[1])
    alike = "23" if code[2].isdigit() else "AC"  # a code has a digit and a letter
    wrong = code[:2] + next(char for char in alike if char != code[2]) + code[3:]
    contact = say(channel, f"Halo #{wrong}", "+6281299990001")
    work_lane_once(channel)
    say(channel, "Ya kak", "+6281299990001")
    assert agreed_to(contact) == TEXTS[0]


def test_a_page_that_is_open_while_the_text_changes(channel: Channel, client: Client) -> None:
    point = make_point(channel, kind="link", wording=TEXTS[0])
    old = placements_of(point)[0]
    assert f"%23{old.code}" in client.get(f"/m/{point.slug}/").content.decode()
    new = placements_of(reword(point, TEXTS[1]))[0]
    for address in (f"/m/{point.slug}/", f"/m/{point.slug}/?at={old.code}"):
        html = client.get(address).content.decode()
        assert f"%23{new.code}" in html, "a page shows the present text, so it has the present code"
        assert old.code not in html
    assert agreed_to(say(channel, f"#{old.code}")) == TEXTS[0]


def test_a_yes_to_an_offer_agrees_to_the_text_of_the_offer(channel: Channel) -> None:
    contact = say(channel, "Ongkir ke Bandung berapa kak?", "+6281299990002")
    offer = offer_list(workspace=channel.workspace, contact_id=contact.pk)
    work_lane_once(channel)
    shown = offer.wording.text
    reword(offer.point, TEXTS[1])
    say(channel, "Mau kak", "+6281299990002")
    assert agreed_to(contact) == shown != TEXTS[1]


def test_a_giveaway_keeps_its_codes(channel: Channel) -> None:
    """Taking part agrees to nothing, so its prints stay right."""
    point = make_giveaway(channel).point
    before = list(point.placements.values_list("code", "replaced_at"))
    EntryPoint.objects.filter(pk=point.pk).update(kind="giveaway")
    reword(point, TEXTS[1])
    assert list(point.placements.values_list("code", "replaced_at")) == before


def test_the_pages_warn_of_prints_with_a_former_text_until_they_are_printed_again(
    channel: Channel, point: EntryPoint
) -> None:
    owner = signed_in(channel.workspace)
    placement = placements_of(point)[0]

    def print_it(placement: Placement, **more: str) -> int:
        address = reverse("optin:print", args=[point.pk, placement.code])
        return owner.get(address, {"medium": "poster", **more}).status_code

    assert print_it(placement, format="svg", preview="1") == 200
    assert not outdated_prints(reword(point, TEXTS[1])).exists(), "a preview is no print"
    placement = placements_of(point)[0]
    assert print_it(placement) == 200
    form = {"kind": "qr", "name": point.name, "channel": channel.pk, "wording": TEXTS[2], "language": "id"}
    form |= {"greeting": point.greeting, "colour": point.colour, "voucher_percent": 0, "voucher_days": 14}
    form |= {"wording_anyway": "1"}
    saved = owner.post(reverse("optin:edit", args=[point.pk]), form, follow=True)
    assert saved.status_code == 200
    pages = [reverse(name, args=[point.pk]) for name in ("optin:detail", "optin:kit")]
    for page in pages:
        assert f"(#{placement.code})" in owner.get(page).content.decode()
    assert print_it(placement) == 404, "the former text is not printed again"
    assert print_it(placements_of(point)[0]) == 200
    for page in pages:
        assert f"(#{placement.code})" not in owner.get(page).content.decode()


def test_saving_the_bare_code_counts_as_a_print(channel: Channel, point: EntryPoint) -> None:
    owner = signed_in(channel.workspace)
    owner.get(reverse("optin:qr", args=[point.pk, placements_of(point)[0].code]))
    assert outdated_prints(reword(point, TEXTS[1])).exists()


@pytest.mark.parametrize(("language", "often"), [("id", "tiga pesan seminggu"), ("en", "three messages a week")])
def test_a_text_that_the_shop_has_not_written_says_who_what_how_often_and_how_to_stop(
    db: None, language: str, often: str
) -> None:
    """Also the text of a new shop, which every way in takes over."""
    assert Channel._meta.get_field("cap_per_week").default == 3, "the promise is kept by the policy"
    old, new = (make_workspace("Toko Melati", language=language) for _shop in range(2))
    create_defaults(workspace=new)
    bare, shops = (make_point(make_channel(one), language=language).marketing_wording for one in (old, new))
    assert bare.text != shops.text
    for text in (bare.text, shops.text):
        assert all(part in text for part in ("Toko Melati", "promo" if language == "id" else "news", often, "STOP"))
