"""Sending to Meta over real HTTP, with every kind of error."""

from collections import Counter
from datetime import time as clock_time
from datetime import timedelta
from typing import Any

import pytest

from tests.cloud.conftest import make_cloud, post
from tests.cloud.sending import answer, person, work
from tests.graph import webhooks
from tests.graph.server import NUMBER_ID, Answer, GraphServer
from tests.guards.visits import taken_back
from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.channels.models import Channel, CloudAccount
from wabolt.channels.providers.cloud import graph as graph_module
from wabolt.channels.providers.cloud.graph import Graph
from wabolt.channels.providers.cloud.parser import stored_id
from wabolt.channels.providers.cloud.provider import CloudProvider
from wabolt.channels.registry import Accepted, Ambiguous, Choice, Later, Media, Outgoing
from wabolt.lib import clock, vault
from wabolt.lib.errors import DomainError
from wabolt.messaging import queries, services
from wabolt.messaging.inbound.services.intake import process_raw_events
from wabolt.messaging.models import Conversation, Lane, Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture
def channel(workspace: Workspace, graph: GraphServer) -> Channel:
    return make_cloud(workspace, quiet_from=clock_time(0), quiet_until=clock_time(0))


ENDINGS: list[tuple[Any, str, str]] = [
    (None, "sent", ""),
    (Answer(400, 131026), "failed", "not_on_whatsapp"),
    (Answer(400, 131047), "failed", "window_closed"),
    (Answer(400, 132001), "failed", "template_missing"),
    (Answer(400, 131050), "failed", "opted_out_at_whatsapp"),
    (Answer(400, 999), "failed", "rejected"),
    (Answer(429, 130429), "queued", "retry"),
    (Answer(400, 80007), "queued", "retry"),
    (Answer(400, 4), "queued", "retry"),
    (Answer(400, 131049), "queued", ""),
    (Answer(400, 131056), "queued", "retry"),
    (Answer(400, 131037), "queued", "retry"),
    (Answer(400, 130497), "failed", "country_restricted"),
    (Answer(429, None), "queued", "retry"),
    (Answer(503, 131016), "queued", "retry"),
    (Answer(503, None, headers={"Retry-After": "30"}), "queued", "retry"),
    (Answer(500, 131000), "unknown", "ambiguous"),
    (Answer(502, None), "unknown", "ambiguous"),
    (Answer(503, None), "unknown", "ambiguous"),
    ("drop_before", "unknown", "ambiguous"),
    ("drop_after", "unknown", "ambiguous"),
    ("hang_before", "unknown", "ambiguous"),
    ("hang_after", "unknown", "ambiguous"),
    ("garbage", "unknown", "ambiguous"),
]


class TestEndings:
    def test_every_answer_has_its_ending(
        self, channel: Channel, graph: GraphServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The message, its attempt and the pause of the number are taken back after each answer."""
        contact = person(channel)
        wrong = []
        for step, state, reason in ENDINGS:
            with monkeypatch.context() as patch, taken_back():
                if str(step).startswith("hang"):  # other answers may take as long as a busy machine needs
                    patch.setattr(graph_module, "ANSWER_SECONDS", 0.5)
                message = answer(channel, contact)
                graph.script[str(message.pk)] = step
                work(channel, message)
                if (message.state, message.reason) != (state, reason):
                    wrong.append((step, message.state, message.reason))
        assert wrong == []

    def test_an_undeliverable_message_is_tried_again_later(self, channel: Channel, graph: GraphServer) -> None:
        message = answer(channel, person(channel))
        graph.close()
        work(channel, message)
        assert message.state == "queued"
        assert Lane.objects.get().retry_at is not None

    def test_a_limit_of_one_person_delays_no_other(self, channel: Channel, graph: GraphServer) -> None:
        first = answer(channel, person(channel))
        second = answer(channel, person(channel, phone="+6281200000002"))
        graph.script[str(first.pk)] = Answer(400, 131049)
        services.work_lane_once(channel)
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.state, second.state) == ("queued", "sent")
        assert first.not_before is not None
        assert first.not_before > clock.now() + timedelta(hours=23)
        assert Lane.objects.get().retry_at is None

    def test_a_limit_told_at_once_is_tried_once_more_and_then_named(self, channel: Channel, graph: GraphServer) -> None:
        message = answer(channel, person(channel))
        graph.script[str(message.pk)] = Answer(400, 131049)
        with clock.hold(clock.now()) as held:
            for _ in range(4):
                Conversation.objects.update(last_inbound_at=held.moment)
                work(channel, message)
                held.move(hours=25)
        assert (message.state, message.reason) == ("failed", "user_limit")
        assert message.detail.startswith("user_limit 131049")

    def test_a_limit_told_by_status_waits_a_day_and_is_tried_once_more(
        self, channel: Channel, graph: GraphServer
    ) -> None:
        message = answer(channel, person(channel))
        work(channel, message)
        error = {"code": 131049, "title": "This message was not delivered to maintain healthy ecosystem engagement."}
        at = int(clock.now().timestamp())
        told = webhooks.status(f"wamid.{message.pk}.1", "failed", ref=str(message.pk), at=at, errors=[error])
        for _ in range(2):
            post(channel, webhooks.statuses(told))
            process_raw_events(channel)
        for _ in range(3):
            services.work_lane_once(channel)
        assert graph.taken == {str(message.pk): 1}
        with clock.hold(clock.now() + timedelta(hours=25)) as held:
            Conversation.objects.update(last_inbound_at=held.moment)
            work(channel, message)
            assert (message.state, message.provider_id) == ("sent", f"wamid.{message.pk}.2")
            for word in ("failed", "failed"):
                late = webhooks.status(f"wamid.{message.pk}.2", word, ref=str(message.pk), at=at + 90_000)
                post(channel, webhooks.statuses(late | {"errors": [error]}))
                process_raw_events(channel)
            held.move(hours=48)
            for _ in range(3):
                work(channel, message)
        assert graph.taken == {str(message.pk): 2}
        assert (message.state, message.detail[:17]) == ("failed", "user_limit 131049")

    def test_a_doubtful_one_is_never_sent_again_and_settled_by_a_late_status(
        self, channel: Channel, graph: GraphServer
    ) -> None:
        message = answer(channel, person(channel))
        graph.script[str(message.pk)] = "drop_after"
        work(channel, message)
        graph.script.clear()
        for _ in range(3):
            services.work_lane_once(channel)
        assert graph.taken == {str(message.pk): 1}
        told = webhooks.status(f"wamid.{message.pk}.1", "delivered", ref=str(message.pk))
        assert post(channel, webhooks.statuses(told)).status_code == 200
        process_raw_events(channel)
        message.refresh_from_db()
        assert (message.state, message.provider_id) == ("delivered", f"wamid.{message.pk}.1")

    def test_an_expired_token_stops_the_number_and_keeps_what_waits(self, channel: Channel, graph: GraphServer) -> None:
        people = [person(channel, phone=f"+62812000010{n:02}") for n in range(45)]
        messages = [answer(channel, contact) for contact in people]
        graph.token = "EAAnew"
        for _ in range(3):
            services.work_lane_once(channel)
        channel.refresh_from_db()
        assert (channel.state, channel.state_detail["why"]) == ("logged_out", "token_expired")
        assert set(Message.objects.values_list("state", flat=True)) == {"queued"}
        assert not graph.taken
        CloudAccount.objects.update(sealed_token=vault.seal("EAAnew"))
        Channel.objects.update(state="connected")
        with clock.hold(clock.now() + timedelta(minutes=2)) as held:
            for _ in range(5):
                channel.refresh_from_db()
                services.work_lane_once(channel)
                held.move(seconds=2)
        assert graph.taken == Counter({str(message.pk): 1 for message in messages})

    def test_a_rate_limit_in_the_middle_of_a_batch_doubles_nothing(self, channel: Channel, graph: GraphServer) -> None:
        provider = CloudProvider(channel)
        batch = [Outgoing(str(n), "phone", f"+6281200001{n:03}", "Halo") for n in range(100)]
        graph.script["30"] = Answer(429, 130429)
        outcomes = provider.send(batch)
        accepted = {out.ref for out, got in zip(batch, outcomes, strict=False) if isinstance(got, Accepted)}
        assert set(graph.taken) == accepted
        assert len(outcomes) <= 40
        assert all(isinstance(outcome, Accepted | Later) for outcome in outcomes)
        provider.close()

    def test_an_unexpected_error_leaves_one_message_unknown_and_not_the_batch(
        self, channel: Channel, graph: GraphServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        batch = [Outgoing(str(n), "phone", f"+6281200001{n:03}", "Halo") for n in range(5)]
        real_post = Graph.post

        def odd(self: Graph, path: str, body: Any) -> Any:
            if body["biz_opaque_callback_data"] == "2":
                raise RuntimeError("an answer of a shape that nobody knows")
            return real_post(self, path, body)

        monkeypatch.setattr(Graph, "post", odd)
        provider = CloudProvider(channel)
        outcomes = provider.send(batch)
        provider.close()
        assert [type(outcome) for outcome in outcomes] == [Accepted, Accepted, Ambiguous, Accepted, Accepted]

    def test_a_file_that_is_not_taken_keeps_its_messages(
        self, channel: Channel, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Meta accepts the upload without an id: nothing was sent."""
        monkeypatch.setattr(Graph, "_call", lambda *_args, **_more: {})
        media = Media("image", "image/jpeg", b"\xff\xd8jpeg")
        provider = CloudProvider(channel)
        outcomes = provider.send([Outgoing(str(n), "phone", f"+62811{n}", "Baru", media=media) for n in range(3)])
        provider.close()
        assert outcomes
        assert all(isinstance(outcome, Later) for outcome in outcomes)

    def test_calls_go_out_side_by_side(self, channel: Channel, graph: GraphServer) -> None:
        provider, graph.delay = CloudProvider(channel), 0.05
        provider.send([Outgoing(str(n), "phone", f"+6281200001{n:03}", "Halo") for n in range(20)])
        provider.close()
        assert graph.most_at_once >= 5


class TestKinds:
    def sent(self, channel: Channel, graph: GraphServer, **more: Any) -> dict[str, Any]:
        provider = CloudProvider(channel)
        [outcome] = provider.send(
            [Outgoing(**{"ref": "1", "to_kind": "phone", "to": "+62811", "text": "Mau?", **more})]
        )
        provider.close()
        assert isinstance(outcome, Accepted), outcome
        return graph.bodies[-1]

    def test_three_choices_are_buttons_and_four_a_list(self, channel: Channel, graph: GraphServer) -> None:
        choices = tuple(Choice(str(n), f"Pilihan {n}") for n in range(4))
        body = self.sent(channel, graph, choices=choices[:3])["interactive"]
        assert [button["reply"]["title"] for button in body["action"]["buttons"]] == [
            "Pilihan 0",
            "Pilihan 1",
            "Pilihan 2",
        ]
        body = self.sent(channel, graph, choices=choices, choices_label="Lihat")["interactive"]
        assert (body["type"], body["action"]["button"], len(body["action"]["sections"][0]["rows"])) == (
            "list",
            "Lihat",
            4,
        )

    def test_a_file_is_handed_over_once_and_sent_by_its_id(self, channel: Channel, graph: GraphServer) -> None:
        provider = CloudProvider(channel)
        media = Media("image", "image/jpeg", b"\xff\xd8jpeg")
        batch = [Outgoing(str(n), "phone", f"+62811{n}", "Baru", media=media) for n in range(3)]
        assert all(isinstance(outcome, Accepted) for outcome in provider.send(batch))
        provider.close()
        assert len(graph.media) == 1
        assert graph.bodies[0]["image"] == {"id": "1000", "caption": "Baru"}

    def test_a_person_without_a_number_is_written_to_by_id(self, channel: Channel, graph: GraphServer) -> None:
        body = self.sent(channel, graph, to_kind="bsuid", to="ID.1349", quote_provider_id="wamid.9")
        assert (body["recipient"], body["context"]) == ("ID.1349", {"message_id": "wamid.9"})
        assert "to" not in body

    def test_a_digest_of_an_id_is_not_quoted(self, channel: Channel, graph: GraphServer) -> None:
        """Meta does not know it."""
        for digest in (stored_id("wamid." + "x" * 200), "told:0123"):
            assert "context" not in self.sent(channel, graph, quote_provider_id=digest)

    def test_a_long_id_of_a_sent_message_is_stored_and_its_receipt_found(
        self, channel: Channel, graph: GraphServer
    ) -> None:
        graph.id_end = "x" * 200
        message = answer(channel, person(channel))
        assert work(channel, message).state == "sent"
        post(channel, webhooks.statuses(webhooks.status(f"wamid.{message.pk}.1{graph.id_end}", "delivered")))
        process_raw_events(channel)
        message.refresh_from_db()
        assert message.state == "delivered"

    def test_choices_of_a_queued_message_go_along(self, channel: Channel, graph: GraphServer) -> None:
        message = answer(channel, person(channel), "Jadi?", choices=[Choice("ya", "Ya"), Choice("tidak", "Tidak")])
        assert work(channel, message).state == "sent"
        assert graph.bodies[-1]["type"] == "interactive"


class TestWindow:
    def test_free_text_goes_only_within_a_day(self, channel: Channel, graph: GraphServer) -> None:
        early = answer(channel, person(channel, wrote=timedelta(hours=23)))
        late = answer(channel, person(channel, wrote=timedelta(hours=25), phone="+6281200000002"))
        never = answer(channel, person(channel, wrote=None, phone="+6281200000003"))
        services.work_lane_once(channel)
        states = {m.pk: (m.state, m.reason) for m in Message.objects.all()}
        assert states == {
            early.pk: ("sent", ""),
            late.pk: ("suppressed", "window_closed"),
            never.pk: ("suppressed", "window_closed"),
        }

    def test_an_answer_after_it_is_refused_in_words(self, channel: Channel) -> None:
        contact = person(channel, wrote=timedelta(hours=25))
        with pytest.raises(DomainError, match="24"):
            services.queue_reply(
                workspace=channel.workspace,
                contact=contact,
                reply=services.Reply(text="Halo", author=make_member(channel.workspace)),
            )

    def test_composer_knows_how_long_it_is_open(self, channel: Channel) -> None:
        contact = person(channel, wrote=timedelta(hours=20))
        window = queries.service_window(channel.workspace, channel, contact)
        assert window is not None
        assert window.is_open
        assert window.until is not None
        assert timedelta(hours=3) < window.until - clock.now() < timedelta(hours=5)


def test_a_wrong_number_id_stops_the_number_and_loses_nothing(channel: Channel, graph: GraphServer) -> None:
    CloudAccount.objects.update(phone_number_id="9" + NUMBER_ID)
    message = work(channel, answer(channel, person(channel)))
    channel.refresh_from_db()
    assert (message.state, channel.state, channel.state_detail["why"]) == ("queued", "logged_out", "number_gone")
    assert not graph.taken
