"""Message templates of Meta: sync, approval, and sending with them."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from datetime import time as clock_time

import pytest

from tests.cloud.conftest import make_cloud, post
from tests.cloud.sending import BODY, template
from tests.graph import webhooks
from tests.graph.server import GraphServer
from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.broadcasts import services as broadcasts
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.queries import preview, price_estimate
from wabolt.broadcasts.tests.factories import make_agreeing, make_segment
from wabolt.channels.models import Channel, CloudAccount
from wabolt.lib import vault
from wabolt.lib.errors import DomainError
from wabolt.media.tests.factories import make_media
from wabolt.messaging import queries, services
from wabolt.messaging.inbound.services.intake import process_raw_events
from wabolt.messaging.message_templates.rules import header_file
from wabolt.messaging.models import Message, Template

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture
def channel(workspace: Workspace, graph: GraphServer) -> Channel:
    return make_cloud(workspace, quiet_from=clock_time(0), quiet_until=clock_time(0))


class TestTemplates:
    def test_sync_brings_all_pages_and_keeps_what_is_gone(self, channel: Channel, graph: GraphServer) -> None:
        graph.page_size = 2
        graph.templates = [
            {"id": str(n), "name": f"promo_{n}", "language": "id", "category": "MARKETING", "status": "APPROVED",
             "components": BODY, "rejected_reason": "NONE"}
            for n in range(5)
        ]  # fmt: skip
        assert services.sync_templates(channel=channel) == 5
        graph.templates = [graph.templates[0] | {"status": "PAUSED"}]
        assert services.sync_templates(channel=channel) == 1
        assert Counter(Template.objects.values_list("status", flat=True)) == {"paused": 1, "gone": 4}

    def test_all_numbers_are_asked_and_one_that_fails_harms_no_other(
        self, channel: Channel, graph: GraphServer
    ) -> None:
        broken = make_cloud(make_workspace("Toko lain"))
        CloudAccount.objects.filter(channel=broken).update(sealed_token=vault.seal("EAAold"))
        assert services.sync_all_templates() == 1

    def test_a_promotion_handed_in_says_how_to_stop(self, channel: Channel, graph: GraphServer) -> None:
        made = services.create_template(
            channel=channel,
            new=services.NewTemplate(
                name="Promo Lebaran",
                language="id",
                category="marketing",
                body="Halo {{1}}, ada batik baru.",
                examples=["Ayu"],
                buttons=["Mau"],
            ),
        )
        assert (made.name, made.status) == ("promo_lebaran", "pending")
        assert {"type": "FOOTER", "text": "Balas STOP untuk berhenti"} in graph.templates[0]["components"]
        with pytest.raises(DomainError, match="already exists"):
            services.create_template(
                channel=channel,
                new=services.NewTemplate(name="promo_lebaran", language="id", category="utility", body="X"),
            )

    def test_a_template_with_a_picture_is_handed_in_with_its_sample(self, channel: Channel, graph: GraphServer) -> None:
        picture = make_media(channel.workspace)
        made = services.create_template(
            channel=channel,
            new=services.NewTemplate(name="batik", language="id", category="marketing", body="Baru.", media=picture),
        )
        [(sample, kind)] = graph.samples.values()
        assert (sample, kind) == (bytes(picture.data), picture.mime_type)
        header = graph.templates[0]["components"][0]
        assert header == {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::aW"]}}
        assert header_file(made.components) == "image"

    @pytest.mark.parametrize(
        ("body", "examples", "field"),
        [("", [], "body"), ("Halo {{2}} ya", ["x"], "body"), ("Halo {{1}} ya", [], "examples"),
         ("{{1}} halo", ["x"], "body"), ("Halo {{nama}} ya", ["x"], "body")],
    )  # fmt: skip
    def test_what_meta_would_refuse_is_refused_before(
        self, channel: Channel, body: str, examples: list[str], field: str
    ) -> None:
        with pytest.raises(DomainError) as refused:
            services.create_template(
                channel=channel,
                new=services.NewTemplate(name="x", language="id", category="utility", body=body, examples=examples),
            )
        assert refused.value.field == field

    def test_a_broadcast_needs_one_and_fills_it_for_each(self, channel: Channel, graph: GraphServer) -> None:
        workspace = channel.workspace
        ayu, *_ = make_agreeing(workspace, 3)
        segment, made = make_segment(workspace), template(channel)
        values = broadcasts.DraftValues(channel=channel, segment=segment, name="Batik", text="")
        with pytest.raises(DomainError) as refused:
            broadcasts.save_draft(workspace=workspace, values=values)
        assert refused.value.code == "needs_template"
        draft = broadcasts.save_draft(workspace=workspace, values=replace(values, template=made))
        assert not broadcasts.is_ready(draft)
        with pytest.raises(DomainError) as refused:
            broadcasts.fill_template(broadcast=draft, parameters={"body.1": "{{ contact.name }}", "body.2": ""})
        assert refused.value.field == "body.2"
        texts = {"body.1": "{{ contact.name }}", "body.2": "10 persen di https://toko.example/batik"}
        draft = broadcasts.fill_template(broadcast=draft, parameters=texts)
        shown = preview(draft)
        price = price_estimate(draft, shown.recipients)
        assert price is not None
        assert (shown.recipients, price.amount, price.is_default) == (3, 3 * 670, True)
        Broadcast.objects.update(state="freezing")
        broadcasts.freeze(broadcast_id=draft.pk)
        services.work_lane_once(channel)
        assert set(Message.objects.values_list("state", flat=True)) == {"sent"}
        message = Message.objects.get(contact=ayu)
        body = next(b for b in graph.bodies if b["biz_opaque_callback_data"] == str(message.pk))
        first, second = body["template"]["components"][0]["parameters"]
        assert first == {"type": "text", "text": ayu.name}
        assert "/l/" in second["text"]
        assert message.text.startswith(f"Halo {ayu.name}, diskon 10 persen di ")
        assert message.text.endswith("Balas STOP untuk berhenti")

    def test_what_arrived_is_what_is_owed(self, channel: Channel, graph: GraphServer) -> None:
        self.test_a_broadcast_needs_one_and_fills_it_for_each(channel, graph)
        services.set_prices(workspace=channel.workspace, amounts={"marketing": 586}, as_of=datetime.now(UTC).date())
        price = {"billable": True, "category": "marketing", "type": "regular"}
        statuses = [
            webhooks.status(str(m.provider_id), word, ref=str(m.pk), pricing=price)
            for m, word in zip(Message.objects.order_by("pk"), ("delivered", "delivered", "sent"), strict=True)
        ]
        post(channel, webhooks.statuses(*statuses))
        process_raw_events(channel)
        cost = queries.cost_of(channel.workspace, "broadcast", Broadcast.objects.get().pk)
        assert (cost.amount, cost.charged, cost.priced) == (2 * 586, 2, 3)

    def test_a_template_paused_meanwhile_sends_the_broadcast_back(self, channel: Channel) -> None:
        make_agreeing(channel.workspace, 1)
        made = template(channel)
        draft = broadcasts.save_draft(
            workspace=channel.workspace,
            values=broadcasts.DraftValues(
                channel=channel,
                segment=make_segment(channel.workspace),
                name="Batik",
                text="",
                template=made,
                parameters={"body.1": "Kak", "body.2": "5 persen"},
            ),
        )
        Template.objects.update(status="paused")
        Broadcast.objects.update(state="freezing")
        back = broadcasts.freeze(broadcast_id=draft.pk)
        assert back.state == "draft"
        assert back.problem
        assert not Message.objects.exists()
