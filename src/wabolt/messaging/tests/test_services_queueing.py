"""Putting messages into lanes, and taking them out while they wait."""

from collections import Counter
from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from tests.cases import each

from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.tests.factories import give_consent, say_stop
from wabolt.contacts import services as contact_services
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib.errors import DomainError
from wabolt.messaging import queries, services
from wabolt.messaging.outbox.models import TrackedLink
from wabolt.messaging.store.models import Message, MessageContent
from wabolt.messaging.tests.factories import make_people, queue_promotion, queue_service


def states(**filters):
    return Counter(Message.objects.filter(**filters).values_list("state", flat=True))


def test_create_content_adds_the_stop_line_and_keeps_each_link_once(db):
    workspace = make_workspace()
    content = services.create_content(
        workspace=workspace, text="A https://a.example\r\nB https://b.example https://a.example."
    )
    assert content.text.endswith("https://a.example.\n\nBalas STOP untuk berhenti berlangganan")
    assert "\r" not in content.text
    links = TrackedLink.objects.filter(content=content).order_by("position")
    assert [link.url for link in links] == ["https://a.example", "https://b.example"]
    with pytest.raises(DomainError):
        services.create_content(workspace=workspace, text="{{ nobody }}")
    assert MessageContent.objects.count() == 1


def test_queue_messages_leaves_out_erased_contacts_and_other_workspaces(channel):
    [ayu, gone] = make_people(channel.workspace, 2)
    stranger = make_contact(make_workspace("Toko lain"))
    contact_services.erase_contacts(workspace=channel.workspace, ids=[gone.pk])
    queued = queue_service(channel, [ayu, gone, stranger])
    assert [message.contact_id for message in queued] == [ayu.pk]
    other = make_channel(stranger.workspace)
    with pytest.raises(ValueError, match="another workspace"):
        services.queue_messages(
            workspace=channel.workspace,
            channel=other,
            contact_ids=[ayu.pk],
            draft=services.Draft(purpose="service", origin_kind="x", text="y", key=uuid4().hex),
        )


@each(("text", "code"), [("  ", "empty_text"), ("x" * 4097, "text_too_long")], undone=True)
def test_queue_messages_refuses_impossible_texts(channel, text, code):
    with pytest.raises(DomainError) as refusal:
        queue_service(channel, [], text=text)
    assert refusal.value.code == code


def test_queue_from_select_is_one_statement_and_safe_to_repeat(channel, django_assert_num_queries):
    people = make_people(channel.workspace, 20)
    content = services.create_content(workspace=channel.workspace, text="Halo {{ voucher.code }}")
    select = {
        "workspace": channel.workspace,
        "channel": channel,
        "draft": services.Draft(purpose="marketing", origin_kind="broadcast", origin_id=5, content=content),
        "select_sql": "SELECT id, jsonb_build_object('voucher', jsonb_build_object('code', 'G' || id))"
        " FROM contacts_contact WHERE workspace_id = %(s_workspace)s ORDER BY id",
        "params": {"s_workspace": channel.workspace_id},
    }
    with django_assert_num_queries(4):  # savepoint, insert, notify, release
        assert services.queue_from_select(**select) == 20
    assert services.queue_from_select(**select) == 0
    message = Message.objects.get(contact=people[0])
    assert message.variables == {"voucher": {"code": f"G{people[0].pk}"}}
    assert queries.state_counts(channel.workspace, "broadcast", 5)["queued"] == 20
    assert queries.state_counts(make_workspace("Lain"), "broadcast", 5)["queued"] == 0
    with pytest.raises(ValueError, match="s_"):
        services.queue_from_select(**select | {"params": {"workspace": 1}})


def test_stop_cancels_promotions_that_wait_and_nothing_else(channel):
    people = make_people(channel.workspace, 2)
    queue_promotion(channel, people)
    queue_service(channel, people)
    say_stop(channel.workspace, [people[0].pk])
    assert states(contact=people[0]) == {"cancelled": 1, "queued": 1}
    assert states(contact=people[1]) == {"queued": 2}
    assert Message.objects.get(state="cancelled").reason == "opted_out"


def test_stop_that_is_rolled_back_cancels_nothing(channel):
    people = make_people(channel.workspace, 1)
    queue_promotion(channel, people)
    with transaction.atomic():
        say_stop(channel.workspace, [people[0].pk])
        transaction.set_rollback(True)
    assert states() == {"queued": 1}


def test_erasing_a_contact_cancels_everything_that_waits(channel):
    people = make_people(channel.workspace, 1)
    queue_promotion(channel, people)
    queue_service(channel, people)
    contact_services.erase_contacts(workspace=channel.workspace, ids=[people[0].pk])
    assert states() == {"cancelled": 2}


def test_cancel_queued_by_origin_stays_in_its_workspace(channel):
    people = make_people(channel.workspace, 2)
    queue_promotion(channel, people, origin_id=1)
    queue_promotion(channel, people, origin_id=2)
    assert services.cancel_queued(workspace=make_workspace("Lain"), origin=("broadcast", 1), reason="x") == 0
    assert services.cancel_queued(workspace=channel.workspace, origin=("broadcast", 1), reason="cancelled") == 2
    assert states(origin_id=2) == {"queued": 2}
    with pytest.raises(ValueError, match="whose"):
        services.cancel_queued(workspace=channel.workspace, reason="x")


def test_database_refuses_a_promotion_without_consent_from_any_caller(channel):
    [ayu] = make_people(channel.workspace, 1, consent=False)
    [message] = queue_promotion(channel, [ayu])
    with pytest.raises(IntegrityError, match="without standing consent"), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(state="sending")
    give_consent(channel.workspace, [ayu.pk])
    Message.objects.filter(pk=message.pk).update(state="sending")
    Message.objects.filter(pk=message.pk).update(state="queued")
    say_stop(channel.workspace, [ayu.pk])
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE messaging_message SET state = 'sending'")


def test_queue_reply_goes_first_and_a_form_sent_twice_is_one_message(channel):
    [ayu] = make_people(channel.workspace, 1)
    agent = make_member(channel.workspace, "agent")
    where = {"workspace": channel.workspace, "contact": ayu}
    reply = services.Reply(text=" Siap\r\nKak ", author=agent, form_key="k1")
    first, again = services.queue_reply(**where, reply=reply), services.queue_reply(**where, reply=reply)
    assert first.pk == again.pk
    assert (first.text, first.priority, first.purpose, first.author) == ("Siap\nKak", 0, "service", agent)
    assert services.queue_reply(**where, reply=replace(reply, form_key="k2")).pk != first.pk


def test_queue_reply_says_why_it_cannot(db):
    workspace = make_workspace()
    ayu, agent = make_contact(workspace), make_member(workspace)
    with pytest.raises(DomainError) as refusal:
        services.queue_reply(workspace=workspace, contact=ayu, reply=services.Reply(text="x", author=agent))
    assert refusal.value.code == "no_channel"
    make_channel(workspace)
    with pytest.raises(DomainError) as refusal:
        services.queue_reply(workspace=workspace, contact=ayu, reply=services.Reply(text=" ", author=agent))
    assert refusal.value.code == "empty_text"


def test_lane_statuses_tell_use_and_pauses_in_two_queries(channel, django_assert_num_queries, held):
    queue_service(channel, make_people(channel.workspace, 3))
    services.pause_lane(channel=channel, reason="owner")
    with django_assert_num_queries(2):
        status = queries.lane_statuses(channel.workspace, [channel])[channel.pk]
    assert (status.paused_at, status.reason, status.queued, status.sent_today) == (held.moment, "owner", 3, 0)
    assert status.allowance == channel.daily_cap
    assert queries.lane_statuses(make_workspace("Lain"), [channel]) == {}
