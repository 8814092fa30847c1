"""Pages of giveaways: made in one form, scored by a jury, drawn in two steps, and published for checking."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from wabolt.accounts.models import AuditEntry
from wabolt.accounts.tests.factories import signed_in
from wabolt.channels.models import Channel
from wabolt.lib import clock
from wabolt.messaging.models import Message
from wabolt.optin.giveaways.queries import entrants
from wabolt.optin.giveaways.tests.factories import make_giveaway, person, say, show
from wabolt.optin.models import Entrant, Giveaway
from wabolt.optin.print_kit import MEDIA, Content, refusal
from wabolt.optin.services import close_point

NEW = {
    "kind": "reward", "name": "Batik ultah", "prize": "Diskon 10% untuk semua", "word": "batik", "reward_percent": "10",
    "reward_days": "14", "places": "1", "language": "id", "asks_permission": "on",
}  # fmt: skip


@pytest.fixture
def owner(channel: Channel) -> Client:
    return signed_in(channel.workspace)


def text(client: Client, name: str, giveaway: Giveaway, **query: str) -> str:
    return client.get(reverse(f"optin:{name}", args=[giveaway.pk]), query).content.decode()


def test_a_member_makes_a_giveaway_and_changes_it(channel: Channel, owner: Client) -> None:
    answer = owner.post(reverse("optin:new_giveaway"), {**NEW, "channel": channel.pk}, follow=True)
    giveaway = Giveaway.objects.get()
    assert (giveaway.word, giveaway.word_key, giveaway.reward_percent) == ("BATIK", "batik", 10)
    assert "BATIK" in answer.content.decode()
    assert giveaway.point.name in owner.get(reverse("optin:list")).content.decode()
    form = text(owner, "edit_giveaway", giveaway)
    assert "Diskon 10% untuk semua" in form
    changed = owner.post(reverse("optin:edit_giveaway", args=[giveaway.pk]), {**NEW, "channel": channel.pk, "stock": 5})
    assert changed.status_code == 302
    assert Giveaway.objects.get().stock == 5
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))[-2:] == [
        "giveaway.create",
        "giveaway.edit",
    ]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"word": "STOP"}, "kata berhenti"),
        ({"word": "JOIN"}, "kata gabung"),
        ({"kind": "draw", "closes_at": "2099-01-01T10:00"}, "Permensos 4/2021"),
        ({"kind": "draw", "closes_at": "2099-01-01T10:00", "permit_number": "segera"}, "Permensos 4/2021"),
        ({"kind": "contest", "closes_at": "2099-01-01T10:00"}, "untung-untungan"),
        ({"reward_percent": "0"}, "voucher"),
        ({"closes_at": "2020-01-01T10:00"}, ""),
    ],
)
def test_a_refused_form_says_why_and_keeps_what_was_typed(
    channel: Channel, owner: Client, given: dict[str, str], words: str
) -> None:
    answer = owner.post(reverse("optin:new_giveaway"), {**NEW, "channel": channel.pk, **given})
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert words in shown
    assert "Diskon 10% untuk semua" in shown
    assert not Giveaway.objects.exists()


def test_the_preview_follows_the_form(channel: Channel, owner: Client) -> None:
    given = {**NEW, "channel": channel.pk, "word": "ultah5"}
    shown = owner.post(reverse("optin:giveaway_bubble"), given).content.decode()
    assert "ULTAH5" in shown
    assert "10%" in shown
    broken = owner.post(reverse("optin:giveaway_bubble"), {"kind": "?", "reward_percent": "viele"})
    assert broken.status_code == 200


def test_the_entrants_are_listed_and_found(channel: Channel, owner: Client) -> None:
    giveaway = make_giveaway(channel)
    for who, name in ((1, "Ayu Lestari"), (2, "Budi Santoso")):
        say(channel, "BATIK", who, name=name)
    assert "Ayu Lestari" in text(owner, "giveaway", giveaway)
    found = text(owner, "giveaway_people", giveaway, q="budi")
    assert "Budi Santoso" in found
    assert "Ayu Lestari" not in found
    assert "Ayu Lestari" in text(owner, "giveaway_people", giveaway, q="1")


def test_a_jury_scores_and_publishes_once(channel: Channel, owner: Client) -> None:
    giveaway = make_giveaway(channel, kind="contest", reward_text="Selamat, Kakak menang!")
    for who in (1, 2, 3):
        show(channel, who, f"📷 #BATIK foto {who}")
    second = signed_in(channel.workspace, "agent")
    for client, points in ((owner, (9, 5, 9)), (second, (8, 10, 8))):
        for number, given in enumerate(points, 1):
            client.post(reverse("optin:giveaway_score", args=[giveaway.pk, number]), {"points": given})
    publish = reverse("optin:giveaway_publish", args=[giveaway.pk])
    owner.post(publish)
    assert not Entrant.objects.filter(place__isnull=False).exists(), "still open"
    close_point(workspace=channel.workspace, point_id=giveaway.pk)
    owner.post(publish)
    assert not Entrant.objects.filter(place__isnull=False).exists(), "1 and 3 are tied"
    assert second.post(publish).status_code == 403
    owner.post(publish, {"chosen": "3"})
    owner.post(publish, {"chosen": "1"})
    winner = entrants(giveaway).get(place=1)
    assert (winner.number, winner.contact) == (3, person(3))
    assert Message.objects.filter(text="Selamat, Kakak menang!").count() == 1
    owner.post(reverse("optin:giveaway_score", args=[giveaway.pk, 1]), {"points": 10})
    assert winner.scores.count() == 2
    shown = Client().get(f"/m/{giveaway.point.slug}/").content.decode()
    assert "3" in shown
    assert "foto 3" not in shown


def test_the_names_are_hidden_from_the_jury(channel: Channel, owner: Client) -> None:
    giveaway = make_giveaway(channel, kind="contest")
    show(channel, 1, "📷 #BATIK kebaya nenek", name="")
    say(channel, "Halo", 1, name="Ayu Lestari")
    shown = text(owner, "giveaway_scoring", giveaway)
    assert "kebaya nenek" in shown
    assert "Ayu Lestari" not in shown


def test_a_draw_in_the_browser(channel: Channel, owner: Client) -> None:
    giveaway = make_giveaway(channel, kind="draw", word="MOTOR", places=2)
    for who in (1, 2, 3, 4):
        say(channel, "MOTOR", who)
    lock = reverse("optin:giveaway_lock", args=[giveaway.pk])
    assert owner.post(lock, {"source": "none"}).status_code == 422
    close_point(workspace=channel.workspace, point_id=giveaway.pk)
    assert signed_in(channel.workspace, "agent").post(lock, {"source": "none"}).status_code == 403
    assert owner.post(lock, {"source": "beacon"}).status_code == 302
    assert "api.drand.sh" not in text(owner, "giveaway_draw", giveaway)
    with clock.skewed(timedelta(minutes=20)):
        assert "api.drand.sh" in text(owner, "giveaway_draw", giveaway)
        now = reverse("optin:giveaway_draw_now", args=[giveaway.pk])
        assert owner.post(now, {"public_value": "x"}).status_code == 422
        assert owner.post(now, {"public_value": "0F" * 32}).status_code == 302
    won = list(entrants(giveaway).filter(place__isnull=False).values_list("ticket", flat=True))
    page = Client().get(f"/m/{giveaway.point.slug}/").content.decode()
    assert all(ticket in page for ticket in won)
    owner.post(reverse("optin:giveaway_drop", args=[giveaway.pk]), {"rank": "1", "reason": "declined", "note": ""})
    assert Entrant.objects.filter(place__isnull=False).count() == 2
    assert owner.post(
        reverse("optin:giveaway_drop", args=[giveaway.pk]), {"rank": "1", "reason": "declined"}
    ).status_code == 404  # fmt: skip


def test_a_draw_page_of_a_reward_does_not_exist(channel: Channel, owner: Client) -> None:
    giveaway = make_giveaway(channel)
    for name in ("giveaway_draw", "giveaway_scoring"):
        assert owner.get(reverse(f"optin:{name}", args=[giveaway.pk])).status_code == 404


def test_the_rules_page_says_everything(channel: Channel, client: Client) -> None:
    giveaway = make_giveaway(channel, stock=50, rules="Tidak untuk karyawan.")
    shown = client.get(f"/m/{giveaway.point.slug}/").content.decode()
    for words in (giveaway.point.workspace.name, "Diskon 10% untuk semua", "BATIK", "50", "Tidak untuk karyawan."):
        assert words in shown


@pytest.mark.parametrize("kind", ["contest", "draw"])
def test_the_page_stays_after_the_end_for_those_who_take_part(channel: Channel, client: Client, kind: str) -> None:
    giveaway = make_giveaway(channel, kind=kind)
    say(channel, "BATIK")
    close_point(workspace=channel.workspace, point_id=giveaway.pk)
    ended = client.get(f"/m/{giveaway.point.slug}/")
    assert ended.status_code == 200
    assert "wa.me" not in ended.content.decode()


def test_viewers_look_and_change_nothing(channel: Channel) -> None:
    giveaway = make_giveaway(channel, kind="contest")
    viewer = signed_in(channel.workspace, "viewer")
    assert viewer.get(reverse("optin:giveaway", args=[giveaway.pk])).status_code == 200
    assert viewer.get(reverse("optin:edit_giveaway", args=[giveaway.pk])).status_code == 403
    assert viewer.get(reverse("optin:giveaway_scoring", args=[giveaway.pk])).status_code == 403
    assert viewer.post(reverse("optin:giveaway_publish", args=[giveaway.pk])).status_code == 403


def test_a_print_has_the_rules_and_no_consent(channel: Channel) -> None:
    giveaway = make_giveaway(channel)
    content = Content.of(giveaway.point, giveaway.point.placements.get())
    assert f"/m/{giveaway.point.slug}/" in content.consent
    assert giveaway.point.marketing_wording.text not in content.consent
    assert "BATIK" in content.message.text
    assert [medium.key for medium in MEDIA.values() if refusal(medium, content)] == []
