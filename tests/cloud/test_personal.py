"""A member sends an approved template to one person whose service window is over."""

from datetime import time as clock_time
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from tests.cloud.conftest import make_cloud
from tests.cloud.sending import person, template
from tests.graph.server import GraphServer
from wabolt.accounts.models import User, Workspace
from wabolt.accounts.tests.factories import make_member, make_workspace, signed_in
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.tests.factories import give_consent, say_stop
from wabolt.contacts.models import Contact
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.media.models import MediaFile
from wabolt.media.tests.factories import make_media
from wabolt.messaging import services
from wabolt.messaging.models import Message, Template

pytestmark = pytest.mark.django_db

NOTICE = [{"type": "BODY", "text": "Halo {{1}}, pesanan {{2}} siap.", "example": {"body_text": [["Ayu", "A1"]]}}]


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture
def channel(workspace: Workspace, graph: GraphServer) -> Channel:
    return make_cloud(workspace, quiet_from=clock_time(0), quiet_until=clock_time(0))


@pytest.fixture
def late(channel: Channel) -> Contact:
    return person(channel, wrote=timedelta(hours=30))


def notice(channel: Channel, **fields: Any) -> Template:
    return template(channel, **{"name": "siap", "category": "utility", "components": NOTICE, **fields})


def url(contact: Contact) -> str:
    return reverse("messaging:template_reply", args=[contact.pk])


def send(channel: Channel, contact: Contact, chosen: Template, media: MediaFile | None = None) -> Message:
    return services.queue_template(
        workspace=channel.workspace,
        contact=contact,
        channel=channel,
        reply=services.TemplateReply(
            template=chosen,
            media=media,
            author=User.objects.first() or make_member(channel.workspace),
            parameters={"body.1": "Ayu", "body.2": "x"},
        ),
    )


def filled(chosen: Template, **more: str) -> dict[str, str]:
    return {"template": str(chosen.pk), "form_key": "k1", "body.1": "Ayu", "body.2": "A17", **more}


def test_a_closed_conversation_leads_to_the_templates(channel: Channel, late: Contact) -> None:
    client = signed_in(channel.workspace, "agent")
    open_one = person(channel, phone="+6281200000009")
    for contact, leads in ((late, True), (open_one, False)):
        page = client.get(reverse("messaging:conversation", args=[contact.pk])).content.decode()
        assert (url(contact) in page) is leads


def test_gaps_are_filled_from_the_contact_and_shown(channel: Channel, late: Contact) -> None:
    notice(channel)
    page = signed_in(channel.workspace, "agent").get(url(late)).content.decode()
    assert 'value="Ayu"' in page
    assert "Halo Ayu, pesanan {{2}} siap." in page


def test_gaps_take_the_contacts_values_of_an_earlier_use_never_its_words(channel: Channel, late: Contact) -> None:
    chosen = notice(channel)
    texts = {"body.1": "{{ contact.phone }}", "body.2": "milik Budi"}
    services.create_template_content(workspace=channel.workspace, template=chosen, parameters=texts, purpose="service")
    gaps = services.gaps_for(template=chosen, contact=late)
    assert gaps["body.1"].startswith("+62")
    assert gaps["body.2"] == ""


def test_a_value_that_looks_like_a_gap_is_not_taken_over(channel: Channel, late: Contact) -> None:
    part = {"type": "BODY", "text": "Toko kami di {{kota}} buka ya"}
    chosen = notice(channel, components=[part])
    late.city = "Solo"
    assert services.gaps_for(template=chosen, contact=late) == {"body.kota": "Solo"}
    late.city = "{{contact.email}}"
    assert services.gaps_for(template=chosen, contact=late) == {"body.kota": ""}


def test_the_preview_reads_what_is_typed_and_sends_nothing(channel: Channel, late: Contact) -> None:
    chosen = notice(channel)
    client = signed_in(channel.workspace, "agent")
    typed = filled(chosen, **{"do": "preview", "body.1": "{{ contact.name }}", "body.2": "<b>"})
    page = client.post(url(late), typed, headers={"HX-Request": "true", "HX-Target": "preview"}).content.decode()
    assert "Halo Ayu, pesanan &lt;b&gt; siap." in page
    assert "<form" not in page
    assert not Message.objects.exists()


def test_a_notice_goes_out_as_a_service_message_once(channel: Channel, late: Contact, graph: GraphServer) -> None:
    chosen = notice(channel)
    client = signed_in(channel.workspace, "agent")
    for _ in range(2):
        assert client.post(url(late), filled(chosen)).status_code == 302
    message = Message.objects.get()
    assert (message.purpose, message.priority, message.origin_kind) == ("service", 0, "member")
    assert message.author is not None
    services.work_lane_once(channel)
    message.refresh_from_db()
    assert (message.state, message.text) == ("sent", "Halo Ayu, pesanan A17 siap.")


def test_a_promotion_needs_consent_and_the_page_says_so(channel: Channel, late: Contact, graph: GraphServer) -> None:
    chosen = template(channel)
    client = signed_in(channel.workspace, "agent")
    page = client.get(url(late)).content.decode()
    assert "belum memberi izin" in page
    refused = client.post(url(late), filled(chosen))
    assert (refused.status_code, Message.objects.count()) == (422, 0)
    give_consent(channel.workspace, [late.pk])
    assert "belum memberi izin" not in client.get(url(late)).content.decode()
    assert client.post(url(late), filled(chosen)).status_code == 302
    services.work_lane_once(channel)
    message = Message.objects.get()
    assert (message.purpose, message.state) == ("marketing", "sent")
    again = client.post(url(late), filled(chosen, form_key="k2"))
    assert (again.status_code, Message.objects.count()) == (422, 1), "one promotion a day"


def test_a_person_who_stopped_gets_no_promotion_but_a_notice(channel: Channel, late: Contact) -> None:
    give_consent(channel.workspace, [late.pk])
    say_stop(channel.workspace, [late.pk])
    with pytest.raises(DomainError) as refusal:
        send(channel, late, template(channel))
    assert refusal.value.code == "opted_out"
    assert send(channel, late, notice(channel)).state == "queued"


def test_a_promotion_in_quiet_hours_waits(channel: Channel, late: Contact) -> None:
    give_consent(channel.workspace, [late.pk])
    here = clock.now().astimezone(channel.workspace.tz)
    channel.quiet_from = (here - timedelta(hours=1)).time()
    channel.quiet_until = (here + timedelta(hours=1)).time()
    channel.save()
    chosen = template(channel)
    client = signed_in(channel.workspace, "agent")
    assert "jam tenang" in client.get(url(late)).content.decode()
    assert client.post(url(late), filled(chosen)).status_code == 302
    services.work_lane_once(channel)
    assert Message.objects.get().state == "queued"


@pytest.mark.parametrize(
    "fields",
    [{"status": "pending"}, {"category": "authentication"}, {"components": [{"type": "CAROUSEL"}]}],
)
def test_only_what_can_be_sent_is_offered(channel: Channel, late: Contact, fields: dict[str, Any]) -> None:
    chosen = notice(channel, **fields)
    client = signed_in(channel.workspace, "agent")
    assert "siap" not in client.get(url(late)).content.decode()
    client.post(url(late), filled(chosen))
    assert not Message.objects.exists()


def test_a_template_with_a_picture_asks_for_one(channel: Channel, late: Contact) -> None:
    chosen = notice(channel, components=[{"type": "HEADER", "format": "IMAGE"}, *NOTICE])
    client = signed_in(channel.workspace, "agent")
    assert client.post(url(late), filled(chosen)).status_code == 422
    queued = send(channel, late, chosen, media=make_media(channel.workspace))
    assert queued.content is not None
    assert queued.content.media is not None


def test_an_empty_gap_stays_in_the_form(channel: Channel, late: Contact) -> None:
    chosen = notice(channel)
    answer = signed_in(channel.workspace, "agent").post(url(late), filled(chosen, **{"body.2": " "}))
    assert (answer.status_code, Message.objects.count()) == (422, 0)


def test_strange_templates_and_numbers_without_any_are_nothing(channel: Channel, late: Contact) -> None:
    client = signed_in(channel.workspace, "agent")
    other = template(make_cloud(make_workspace(), number_id="777"))
    client.post(url(late), filled(other))
    assert client.get(f"{url(late)}?template=x").status_code == 200
    assert not Message.objects.exists()
    assert signed_in(channel.workspace, "viewer").get(url(late)).status_code == 403
    free = make_channel(make_workspace())
    someone = make_contact(free.workspace, "Budi", "+6281200000077")
    assert signed_in(free.workspace, "agent").get(url(someone)).status_code == 302


def test_a_promotion_that_could_not_go_for_days_goes_no_more(
    channel: Channel, late: Contact, graph: GraphServer
) -> None:
    promotion, message = template(channel), notice(channel)
    give_consent(channel.workspace, [late.pk])
    queued = [send(channel, late, promotion), send(channel, late, message)]
    with clock.hold(clock.now() + timedelta(days=3)):
        while services.work_lane_once(channel):
            pass
    ends = [(one.state, one.reason) for one in Message.objects.filter(pk__in=[m.pk for m in queued]).order_by("pk")]
    assert ends == [("cancelled", "expired"), ("sent", "")], "what somebody waits for still comes"
