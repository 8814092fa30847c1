"""Approved templates in journeys: their choice in the form, the warning without one, and the number that sends them."""

import pytest
from django.test import Client
from django.urls import reverse

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import signed_in
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.models import Contact
from wabolt.contacts.tests.factories import make_contact
from wabolt.journeys.models import Journey, JourneyStep
from wabolt.journeys.queries import all_problems
from wabolt.journeys.rules import definition as d
from wabolt.journeys.rules.codec import dump, parse
from wabolt.journeys.services import Entrant, advance_due, enroll, note_test_run, publish
from wabolt.messaging.models import Conversation, Message, MessageContent, Template

pytestmark = pytest.mark.django_db
BODY = "Halo {{1}}, ada kabar baru dari toko."
FOOTER = "Balas STOP untuk berhenti"


@pytest.fixture
def cloud(workspace: Workspace) -> Channel:
    return make_channel(workspace, provider="cloud", name="Nomor Cloud")


@pytest.fixture
def template(cloud: Channel) -> Template:
    return Template.objects.create(
        workspace=cloud.workspace, channel=cloud, vendor_id="1", name="kabar", language="id", category="marketing",
        status="approved", components=[{"type": "BODY", "text": BODY}, {"type": "FOOTER", "text": FOOTER}],
    )  # fmt: skip


def drafted(workspace: Workspace, step: d.Send, channel: Channel | None = None) -> Journey:
    definition = d.Definition(d.Trigger("by_hand"), steps=(step,))
    return Journey.objects.create(workspace=workspace, name="Kabar", channel=channel, draft=dump(definition))


def the_step(journey: Journey) -> d.Step:
    journey.refresh_from_db()
    return parse(journey.draft).steps[0]


TYPED = {"text": "Hai, ada kabar baru.", "quiet": "postpone", "late": "0", "purpose": "marketing"}


def test_the_form_offers_templates_and_asks_for_their_gaps(workspace: Workspace, template: Template) -> None:
    client = signed_in(workspace)
    journey = drafted(workspace, d.Send("s1", "Hai"))
    page = reverse("journeys:step", args=[journey.pk, "s1"])
    assert "kabar (id)" in client.get(page).content.decode()
    chosen = {**TYPED, "template": str(template.pk), "gaps_of": ""}
    answer = client.post(page, chosen)  # the choice alone: the page comes back with the gaps, nothing is stored
    assert answer.status_code == 200
    assert 'name="gap:body.1"' in answer.content.decode()
    assert the_step(journey) == d.Send("s1", "Hai")
    filled = {**chosen, "gaps_of": str(template.pk), "gap:body.1": "{{ contact.first_name }}"}
    bubble = client.post(page, filled, headers={"HX-Request": "true", "HX-Target": "bubble"}).content.decode()
    assert "ada kabar baru dari toko" in bubble
    assert "{{" not in bubble
    assert client.post(page, filled).status_code == 302
    assert the_step(journey) == d.Send(
        "s1", TYPED["text"], template=template.pk, parameters=(("body.1", "{{ contact.first_name }}"),)
    )


def test_a_gap_that_is_empty_or_wrong_is_named(workspace: Workspace, template: Template) -> None:
    client = signed_in(workspace)
    page = reverse("journeys:step", args=[drafted(workspace, d.Send("s1", "Hai")).pk, "s1"])
    for gap in ("", "{{ contact.nme }}"):
        answer = client.post(
            page, {**TYPED, "template": str(template.pk), "gaps_of": str(template.pk), "gap:body.1": gap}
        )
        assert answer.status_code == 422


def test_numbers_that_need_none_ask_for_no_template(workspace: Workspace, cloud: Channel, template: Template) -> None:
    journey = drafted(workspace, d.Send("s1", "Hai"), make_channel(workspace))
    page = signed_in(workspace).get(reverse("journeys:step", args=[journey.pk, "s1"])).content.decode()
    assert 'name="template"' not in page


def test_the_check_warns_about_a_text_without_a_template(
    workspace: Workspace, cloud: Channel, template: Template
) -> None:
    journey = drafted(workspace, d.Send("s1", "Hai"))

    def codes(step: d.Send) -> list[tuple[str, bool]]:
        definition = d.Definition(d.Trigger("by_hand"), steps=(step,))
        return [(one.code, one.is_error) for one in all_problems(journey, definition)]

    gaps = (("body.1", "{{ contact.first_name }}"),)
    assert codes(d.Send("s1", "Hai")) == [("no_template", False)]
    assert codes(d.Send("s1", template=template.pk, parameters=gaps)) == []
    assert codes(d.Send("s1", template=template.pk)) == [("bad_template", True)]
    Template.objects.update(status="paused")
    assert codes(d.Send("s1", template=template.pk, parameters=gaps)) == [("bad_template", True)]
    page = signed_in(workspace).get(reverse("journeys:check", args=[journey.pk])).content.decode()
    assert "24 jam" in page


def test_each_number_sends_its_own_form(workspace: Workspace, cloud: Channel, template: Template) -> None:
    """In a shop with both kinds of numbers: the template over the Cloud number, the text over the other one."""
    simulated = make_channel(workspace, phone="+6281100000002")
    step = d.Send("s1", "Hai", template=template.pk, parameters=(("body.1", "{{ contact.first_name }}"),))
    journey = drafted(workspace, step)
    note_test_run(journey=journey, draft_version=0)
    publish(journey=journey)
    people = {channel.pk: make_contact(workspace) for channel in (cloud, simulated)}
    for channel, contact in zip((cloud, simulated), people.values(), strict=True):
        _talked(channel, contact)
    enroll(journey=journey, entrants=[Entrant(contact.pk) for contact in people.values()])
    advance_due()
    row = JourneyStep.objects.get()
    sent = {message.channel_id: message.content_id for message in Message.objects.filter(origin_kind="journey")}
    assert sent == {cloud.pk: row.template_content_id, simulated.pk: row.content_id}
    assert row.content_id != row.template_content_id


def _talked(channel: Channel, contact: Contact) -> None:
    Conversation.objects.create(
        workspace=channel.workspace, channel=channel, contact=contact, last_message_at=contact.created_at
    )


@pytest.mark.parametrize(("of_step", "counts_as"), [("", "value"), ("promotion", "promotion")])
def test_a_message_counts_as_its_step_says_else_as_the_journey(
    workspace: Workspace, cloud: Channel, template: Template, of_step: str, counts_as: str
) -> None:
    gaps = (("body.1", "{{ contact.first_name }}"),)
    journey = drafted(workspace, d.Send("s1", "Hai", template=template.pk, parameters=gaps, content_class=of_step))
    Journey.objects.update(content_class="value")
    journey.refresh_from_db()
    note_test_run(journey=journey, draft_version=0)
    publish(journey=journey)
    assert list(MessageContent.objects.values_list("content_class", flat=True)) == [counts_as] * 2


def test_a_text_only_journey_needs_no_second_content(client: Client, workspace: Workspace) -> None:
    make_channel(workspace)
    journey = drafted(workspace, d.Send("s1", "Hai"))
    note_test_run(journey=journey, draft_version=0)
    publish(journey=journey)
    assert JourneyStep.objects.get().template_content_id is None
