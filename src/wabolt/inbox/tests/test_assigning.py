"""Assigning conversations: who may, to whom, what the member hears, and when a conversation becomes free again."""

import pytest
from django.test import Client
from django.urls import reverse
from tests.cases import each

from wabolt.accounts.models import AuditEntry, Membership, User, Workspace
from wabolt.accounts.services import change_role, remove_member
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.alerts.models import Alert, Delivery
from wabolt.alerts.queries import open_alerts
from wabolt.alerts.services import announce_due
from wabolt.alerts.tests.factories import Postbox
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.registry import ActionCall, ActionRun, check_calls, contact_action
from wabolt.contacts.services import erase_contacts, merge_contacts
from wabolt.contacts.tests.factories import make_contact
from wabolt.inbox import queries, services
from wabolt.inbox.models import Assignment
from wabolt.journeys.rules.definition import Act, Wait
from wabolt.journeys.services import Entrant, advance_due, enroll
from wabolt.journeys.tests.factories import make_journey
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.messaging.models import Conversation

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture
def channel(workspace: Workspace) -> Channel:
    return make_channel(workspace)


@pytest.fixture
def rina(workspace: Workspace) -> User:
    return member(workspace, "Rina")


@pytest.fixture
def budi(workspace: Workspace) -> User:
    return member(workspace, "Budi")


def member(workspace: Workspace, name: str, role: str = "agent") -> User:
    user = make_member(workspace, role, f"{name.lower()}-{workspace.pk}@example.com")
    user.name = name
    user.save()
    return user


def conversation_of(channel: Channel, name: str = "Ayu") -> Conversation:
    now = clock.now()
    return Conversation.objects.create(
        workspace=channel.workspace, channel=channel, contact=make_contact(channel.workspace, name),
        last_message_at=now, last_inbound_at=now, last_text="Kak?", unread=1, unanswered=1,
    )  # fmt: skip


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def sentences(user: User, workspace: Workspace) -> list[str]:
    return [one.sentence for one in open_alerts(workspace, "agent", user)]


def test_a_member_gives_a_conversation_to_another_who_hears_of_it(channel: Channel, rina: User, budi: User) -> None:
    chat = conversation_of(channel)
    page = reverse("inbox:conversation", args=[chat.pk])
    answer = browser(rina).post(f"{page}assign/?show=waiting", {"member": budi.pk, "seen": "0"})
    assert answer["Location"] == f"{page}?show=waiting"
    assert queries.owner_of(chat) == budi
    assert sentences(budi, channel.workspace) == ["1 percakapan sekarang untuk Kakak."]
    assert sentences(rina, channel.workspace) == [], "only the member who got it hears of it"
    entry = AuditEntry.objects.get(action="inbox.assign")
    assert (entry.user, entry.data) == (rina, {"owner": ["", "Budi"]})
    assert "Ditugaskan" in browser(rina).get(reverse("inbox:list")).content.decode()
    browser(budi).get(page)
    assert sentences(budi, channel.workspace) == [], "the alert ends when the member has opened the conversation"


def test_only_the_owner_is_told_by_push(channel: Channel, rina: User, budi: User) -> None:
    with Postbox("push").connected():
        services.assign(conversation=conversation_of(channel), to=budi, by=rina)
        announce_due()
    assert list(Delivery.objects.values_list("membership__user__name", flat=True)) == ["Budi"]


def test_only_the_owner_acknowledges(channel: Channel, rina: User, budi: User) -> None:
    services.assign(conversation=conversation_of(channel), to=budi, by=rina)
    url = reverse("alerts:acknowledge", args=[Alert.objects.get().pk])
    assert browser(rina).post(url).status_code == 404
    assert browser(budi).post(url).status_code == 302


def test_taking_a_conversation_oneself_is_no_news(channel: Channel, rina: User) -> None:
    services.assign(conversation=conversation_of(channel), to=rina, by=rina)
    assert not Alert.objects.exists()


def test_two_members_who_take_the_same_conversation(channel: Channel, rina: User, budi: User) -> None:
    """The second one is told who was faster, and nothing changes."""
    chat = conversation_of(channel)
    services.assign(conversation=chat, to=rina, by=rina, seen=0)
    page = reverse("inbox:assign", args=[chat.pk])
    answer = browser(budi).post(page, {"member": budi.pk, "seen": "0"}, follow=True)
    assert "Rina" in str(next(iter(answer.context["messages"])))
    assert queries.owner_of(chat) == rina
    services.assign(conversation=chat, to=budi, by=budi, seen=rina.pk)
    assert queries.owner_of(chat) == budi
    with pytest.raises(DomainError) as refused:
        services.assign(conversation=chat, to=None, by=rina, seen=rina.pk)
    assert refused.value.code == "changed"


def test_the_list_of_a_member(channel: Channel, rina: User, budi: User) -> None:
    mine, other = conversation_of(channel, "Ayu"), conversation_of(channel, "Citra")
    conversation_of(channel, "Dewi")
    services.assign(conversation=mine, to=rina, by=budi)
    services.assign(conversation=other, to=budi, by=budi)
    page = queries.conversation_page(channel.workspace, owner=rina)
    assert [(row.name, row.owner) for row in page.conversations] == [("Ayu", "Rina")]
    html = browser(rina).get(reverse("inbox:list") + "?show=mine").content.decode()
    assert "Tugas saya" in html
    assert "Ayu" in html
    assert "Citra" not in html


def test_done_makes_the_conversation_free(channel: Channel, rina: User) -> None:
    chat = conversation_of(channel)
    services.assign(conversation=chat, to=rina, by=rina)
    Conversation.objects.update(unanswered=0)
    page = reverse("inbox:conversation", args=[chat.pk])
    assert "Tandai selesai" in browser(rina).get(page).content.decode(), "the task is open after the answer too"
    browser(rina).post(f"{page}done/")
    assert queries.owner_of(chat) is None


@each("leaves", ["removed", "viewer"], undone=True)
def test_the_conversations_of_a_member_who_leaves_become_free(
    channel: Channel, rina: User, budi: User, leaves: str
) -> None:
    owner = member(channel.workspace, "Wati", "owner")
    chat, other = conversation_of(channel), conversation_of(channel, "Citra")
    for one, user in ((chat, rina), (other, budi)):
        services.assign(conversation=one, to=user, by=owner)
    membership = Membership.objects.get(user=rina)
    if leaves == "removed":
        remove_member(membership=membership, by=owner)
    else:
        change_role(membership=membership, role="viewer", by=owner)
    assert [queries.owner_of(one) for one in (chat, other)] == [None, budi]
    assert AuditEntry.objects.get(action="inbox.release").data == {"name": "Rina", "count": 1}
    assert sentences(rina, channel.workspace) == []
    with pytest.raises(DomainError) as refused:
        services.assign(conversation=chat, to=rina, by=owner)
    assert refused.value.code == "no_member"


def test_a_viewer_and_another_shop_cannot_assign(channel: Channel, rina: User) -> None:
    chat = conversation_of(channel)
    viewer, stranger = member(channel.workspace, "Vina", "viewer"), member(make_workspace("Lain"), "Lain")
    url = reverse("inbox:assign", args=[chat.pk])
    assert browser(viewer).post(url, {"member": rina.pk, "seen": "0"}).status_code == 403
    assert browser(stranger).post(url, {"member": stranger.pk, "seen": "0"}).status_code == 404
    for wrong in (viewer.pk, stranger.pk, 10**17, "x" * 50):
        browser(rina).post(url, {"member": wrong, "seen": "0"})
    assert not Assignment.objects.exists()
    assert "Tugaskan" not in browser(viewer).get(reverse("inbox:conversation", args=[chat.pk])).content.decode()


def test_rules_and_journeys_assign_many_at_once(channel: Channel, rina: User, budi: User) -> None:
    chats = [conversation_of(channel, name) for name in ("Ayu", "Citra", "Dewi")]
    services.assign(conversation=chats[2], to=budi, by=budi)
    silent, stranger = make_contact(channel.workspace), make_contact(make_workspace("Lain"))
    (call,) = check_calls(channel.workspace, [ActionCall("inbox.assign", {"member": str(rina.pk)})])
    action = contact_action("inbox.assign")
    assert action is not None
    people = [*(chat.contact_id for chat in chats), silent.pk, stranger.pk]
    run = ActionRun(channel.workspace, {pk: f"k{pk}" for pk in people}, call.params, ("journey", 3))
    for _again in range(2):
        assert action.apply(run) == {chats[2].contact_id: "has_owner", silent.pk: "no_chat", stranger.pk: "no_chat"}
    assert [queries.owner_of(chat) for chat in chats] == [rina, rina, budi]
    assert sentences(rina, channel.workspace) == ["2 percakapan sekarang untuk Kakak."], "one alert for all of them"


def test_the_action_of_a_member_who_left_is_refused(workspace: Workspace, rina: User) -> None:
    params = {"member": str(rina.pk)}
    Membership.objects.filter(user=rina).delete()
    with pytest.raises(DomainError):
        check_calls(workspace, [ActionCall("inbox.assign", params)])
    assert ActionCall("inbox.assign", params).sentence(workspace) == "Tugaskan ke orang yang sudah keluar"


def test_a_merge_keeps_the_owner(channel: Channel, rina: User) -> None:
    kept, absorbed = conversation_of(channel, "Ayu"), conversation_of(channel, "Ayu L")
    services.assign(conversation=absorbed, to=rina, by=rina)
    merge_contacts(workspace=channel.workspace, keep_id=kept.contact_id, absorb_id=absorbed.contact_id, reason="member")
    assert queries.owner_of(kept) == rina
    erase_contacts(workspace=channel.workspace, ids=[kept.contact_id])
    assert not Assignment.objects.exists()


def test_an_erasure_ends_the_assignment_and_its_alert(channel: Channel, rina: User, budi: User) -> None:
    """The page that the alert leads to is gone."""
    chat = conversation_of(channel)
    services.assign(conversation=chat, to=rina, by=budi)
    erase_contacts(workspace=channel.workspace, ids=[chat.contact_id])
    assert not Assignment.objects.exists()
    assert sentences(rina, channel.workspace) == []


def test_a_step_of_a_journey_assigns(channel: Channel, rina: User) -> None:
    chat = conversation_of(channel)
    journey = make_journey(channel.workspace, Act("a1", "inbox.assign", {"member": str(rina.pk)}), Wait("w1"))
    enroll(journey=journey, entrants=[Entrant(chat.contact_id)])
    advance_due()
    assert queries.owner_of(chat) == rina
