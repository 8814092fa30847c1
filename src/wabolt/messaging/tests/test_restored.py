"""Messages that a restore holds wait for the owner's decision."""

import pytest
from django.test import Client
from django.urls import reverse
from tests.cases import each

from wabolt.accounts.models import AuditEntry, Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.alerts.models import Alert
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.tests.factories import say_stop
from wabolt.messaging.gateway import work_lane_once
from wabolt.messaging.restored.queries import held_groups
from wabolt.messaging.restored.services import hold_waiting
from wabolt.messaging.store.models import Message
from wabolt.messaging.tests.factories import make_people, queue_promotion

pytestmark = pytest.mark.django_db
PAGE, DECIDE = "messaging:held", "messaging:held_decide"


@pytest.fixture
def workspace() -> Workspace:
    """A shop that was restored on an empty machine while a promotion to three people was queued."""
    workspace = make_workspace()
    channel = make_channel(workspace, quiet_from="00:00", quiet_until="00:00")
    queue_promotion(channel, make_people(workspace, 3), "Promo <b>batik</b>", origin_id=5)
    hold_waiting(known=())
    return workspace


@pytest.fixture
def owner(workspace: Workspace) -> Client:
    return signed_in(workspace, role="owner")


def states() -> set[str]:
    return set(Message.objects.values_list("state", flat=True))


def test_nothing_is_sent_and_the_page_states_risk_and_number(owner: Client, workspace: Workspace) -> None:
    assert states() == {"unknown"}
    assert work_lane_once(Message.objects.all()[0].channel) == 0
    assert Alert.objects.get(resolved_at=None).data == {"people": 3}
    page = owner.get(reverse(PAGE)).content.decode()
    assert "3 orang mungkin sudah menerima pesan ini" in page
    assert "Promo &lt;b&gt;batik" in page


def test_the_page_shows_the_text_as_a_recipient_would_see_it(owner: Client, workspace: Workspace) -> None:
    (person,) = make_people(workspace, 1)
    text = 'Halo Kak {{ contact.first_name | default: "Kak" }}, promo baru'
    queue_promotion(Message.objects.all()[0].channel, [person], text, origin_id=6)
    hold_waiting(known=())
    page = owner.get(reverse(PAGE)).content.decode()
    assert "{{" not in page
    assert "promo baru" in page


def test_page_shows_the_text_of_a_person_and_leads_to_the_people(owner: Client, workspace: Workspace) -> None:
    first = Message.objects.earliest("pk")
    assert first.content is not None
    first.content.text = "Halo {{ contact.first_name | default: 'Kak' }}, promo {{ gone.field }}"
    first.content.save()
    Message.objects.update(text="")
    page = owner.get(reverse(PAGE)).content.decode()
    assert "{{" not in page
    assert "Halo " in page
    first.content.text = "Halo {{ contact.first_name | default: 'Kak' }}, promo"
    first.content.save()
    assert f"Halo {first.contact.name.split()[0]}, promo" in owner.get(reverse(PAGE)).content.decode()
    assert f'href="{reverse("contacts:detail", args=[first.contact_id])}?tab=conversation"' in page
    assert 'class="wb-back' in page


def test_sending_needs_the_tick_and_dropping_does_not(owner: Client, workspace: Workspace) -> None:
    refused = owner.post(reverse(DECIDE), {"group": "broadcast:5", "decision": "send"})
    assert refused.status_code == 422
    assert "Centang dulu" in refused.content.decode()
    assert states() == {"unknown"}
    assert owner.post(reverse(DECIDE), {"group": "broadcast:5", "decision": "drop"}).status_code == 302
    assert states() == {"cancelled"}
    assert not Alert.objects.filter(resolved_at=None)
    assert AuditEntry.objects.filter(action="restore.drop_held", data__count=3).exists()
    assert owner.post(reverse(DECIDE), {"group": "broadcast:5", "decision": "drop"}).status_code == 404


def test_sent_anyway_still_asks_for_consent(owner: Client, workspace: Workspace) -> None:
    person = Message.objects.earliest("pk")
    say_stop(workspace, [person.contact_id])
    owner.post(reverse(DECIDE), {"group": "broadcast:5", "decision": "send", "understood": "1"})
    while work_lane_once(person.channel):
        pass
    person.refresh_from_db()
    assert person.state == "suppressed"
    assert Message.objects.filter(state="sent").count() == 2
    assert not held_groups(workspace)


def test_known_shops_and_other_shops_are_left_alone(workspace: Workspace) -> None:
    other = make_workspace("Lain")
    channel = make_channel(other, quiet_from="00:00", quiet_until="00:00")
    queue_promotion(channel, make_people(other, 2), "Halo", origin_id=6)
    assert hold_waiting(known=[other.pk]) == 0
    stranger = signed_in(other, role="owner")
    assert not held_groups(other)
    assert stranger.post(reverse(DECIDE), {"group": "broadcast:5", "decision": "drop"}).status_code == 404
    assert len(held_groups(workspace)) == 1


@each("role", ["manager", "agent", "viewer"], undone=True)
def test_only_the_owner_decides(workspace: Workspace, role: str) -> None:
    member = signed_in(workspace, role=role)
    assert member.get(reverse(PAGE)).status_code in {302, 403}
    member.post(reverse(DECIDE), {"group": "broadcast:5", "decision": "drop"})
    assert states() == {"unknown"}
