"""Chats from before the link, chosen by their owner, become contacts; nothing happens without that."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from wabolt.accounts.models import AuditEntry, User
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.models import Channel, LinkedNumber, OldChat
from wabolt.channels.providers.linked import old_chats
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.models import Consent, ConsentEvent
from wabolt.consent.services import ConsentStatement, create_defaults, grant, withdraw
from wabolt.contacts.models import Contact
from wabolt.contacts.services import erase_contacts
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
BEFORE = NOON - timedelta(days=40)


@pytest.fixture
def channel() -> Channel:
    channel = make_channel(make_workspace(), provider="linked")
    LinkedNumber.objects.create(channel=channel, jid="62811:3@s.whatsapp.net", stage="linked")
    with clock.hold(NOON):
        old_chats.begin(channel, wanted=True)
    return channel


@pytest.fixture
def actor() -> User:
    return User.objects.create(email="sari@toko.id")


def chat(channel: Channel, n: int, **more: object) -> OldChat:
    values = {"phone": f"+628120000{n:04}", "lid": f"90{n}", "name": f"Ayu {n}", "messages": 3}
    values |= {"last_at": BEFORE + timedelta(minutes=n), "wrote_at": BEFORE, **more}
    return OldChat.objects.create(channel=channel, address=f"lid:90{n}", **values)


def test_only_what_was_chosen_becomes_a_contact_and_without_permission(channel: Channel, actor: User) -> None:
    first, second = chat(channel, 1), chat(channel, 2, wrote_at=None)
    with clock.hold(NOON):
        assert not Contact.objects.exists()
        done = old_chats.choose(channel=channel, actor=actor, ids=[first.pk])
        assert (done.created, done.known) == (1, 0)
        ayu = Contact.objects.get()
        assert (ayu.name, ayu.source, ayu.last_inbound_at) == ("Ayu 1", "Chat lama", BEFORE)
        assert {i.kind for i in ayu.identities.all()} == {"phone", "lid"}
        assert not Consent.objects.exists()
        assert not ConsentEvent.objects.exists()
        assert list(OldChat.objects.all()) == [second]
        old_chats.choose(channel=channel, actor=actor)
    assert Contact.objects.get(name="Ayu 2").last_inbound_at is None, "nobody who only got messages is known"
    assert AuditEntry.objects.filter(action="channel.chats_choose", target_id=channel.pk).count() == 2


def test_choosing_twice_creates_no_second_contact(channel: Channel, actor: User) -> None:
    with clock.hold(NOON):
        chat(channel, 1)
        old_chats.choose(channel=channel, actor=actor)
        chat(channel, 1)
        assert old_chats.counts(channel) == {"new": 0, "known": 1, "stopped": 0}
        assert old_chats.choose(channel=channel, actor=actor).created == 0, "all that are new: none"
        done = old_chats.choose(channel=channel, actor=actor, state="known")
    assert (done.created, done.known) == (0, 1)
    assert Contact.objects.count() == 1
    assert not OldChat.objects.exists()


def test_who_said_stop_or_was_erased_stays_out(channel: Channel, actor: User) -> None:
    workspace = channel.workspace
    create_defaults(workspace=workspace)
    gone = make_contact(workspace, "Gone", phone="+6281200000001")
    erase_contacts(workspace=workspace, ids=[gone.pk])
    quiet = make_contact(workspace, "Quiet", phone="+6281200000002")
    grant(workspace=workspace, contact_ids=[quiet.pk], statement=ConsentStatement("marketing", "form"))
    withdraw(workspace=workspace, contact_ids=[quiet.pk], statement=ConsentStatement("marketing", "stop_word"))
    erase_contacts(workspace=workspace, ids=[quiet.pk])
    with clock.hold(NOON):
        ids = [chat(channel, 1).pk, chat(channel, 2).pk]
        assert old_chats.counts(channel) == {"new": 0, "known": 0, "stopped": 2}
        done = old_chats.choose(channel=channel, actor=actor, ids=ids)
        assert done.created == 0
        assert OldChat.objects.count() == 2, "they are not even touched"
    assert not Contact.objects.filter(erased_at=None).exists()


def test_a_week_later_it_is_gone_and_is_out_of_sight_at_once(channel: Channel) -> None:
    chat(channel, 1)
    with clock.hold(NOON + old_chats.KEPT):
        assert not old_chats.waiting(channel).exists()
        assert old_chats.expire() == 1
        assert old_chats.expire() == 0
    number = LinkedNumber.objects.get()
    assert (number.history_until, number.history_end) == (None, "expired")
    assert not OldChat.objects.exists()


def test_dropping_is_on_record(channel: Channel, actor: User) -> None:
    chat(channel, 1)
    assert old_chats.drop(channel=channel, actor=actor) == 1
    assert old_chats.drop(channel=channel, actor=actor) == 0
    assert AuditEntry.objects.filter(action="channel.chats_drop").count() == 1


def test_search_finds_names_and_numbers_as_people_type_them(channel: Channel) -> None:
    chat(channel, 1, name="Rani Wijaya")
    chat(channel, 22)
    with clock.hold(NOON):
        assert [c.name for c in old_chats.waiting(channel, text="wijaya RANI")] == ["Rani Wijaya"]
        assert [c.name for c in old_chats.waiting(channel, text="0812-0000-0022")] == ["Ayu 22"]
        assert [c.name for c in old_chats.waiting(channel)] == ["Ayu 22", "Rani Wijaya"], "the latest first"


def test_choosing_many_takes_few_statements(channel: Channel, actor: User, django_assert_max_num_queries) -> None:
    for n in range(60):
        chat(channel, n)
    with clock.hold(NOON), django_assert_max_num_queries(24):
        assert old_chats.choose(channel=channel, actor=actor).created == 60


def test_the_page_makes_contacts_of_what_was_ticked_or_of_all_that_is_shown(channel: Channel) -> None:
    owner, page = signed_in(channel.workspace), reverse("channels:chats", args=[channel.pk])
    old_chats.begin(channel, wanted=True)
    rows = [chat(channel, n) for n in (1, 2, 3)]
    shown = owner.get(page).content.decode()
    assert "Belum ada yang disimpan jadi kontak" in shown
    assert "Jadikan semua 3 kontak" in shown
    answer = owner.post(page, {"do": "choose", "ids": [rows[0].pk, "x", rows[2].pk]}, follow=True)
    assert not Contact.objects.exists(), "a list with something odd in it is not half done"
    answer = owner.post(page, {"do": "choose", "ids": [rows[0].pk, rows[2].pk]}, follow=True)
    assert "2 kontak baru" in answer.content.decode()
    assert set(Contact.objects.values_list("name", flat=True)) == {"Ayu 1", "Ayu 3"}
    assert list(OldChat.objects.all()) == [rows[1]]
    owner.post(page + "?show=new&q=tidak-ada", {"do": "all"})
    assert Contact.objects.count() == 2, "all means all that the search shows"
    owner.post(page, {"do": "all"})
    assert Contact.objects.count() == 3
