"""Auto-replies over linked numbers: a rule and a chat form answer a customer, and two numbers that answer each other
fall silent."""

from datetime import time

import pytest

from tests.linked.conftest import BUYER, SHOP
from tests.linked.gateways import Gateways, wait_for
from tests.linked.test_end_to_end import channel, gateways, link, state_of, texts, write  # noqa: F401 - two are fixtures
from tests.waserver.network import Network
from wabolt.autoreply.services import QuestionDraft, read_due_answers
from wabolt.autoreply.tests.factories import make_chat_form, make_rule
from wabolt.channels.models import Channel, ChannelCommand, LinkedNumber
from wabolt.contacts.queries import find_by_identity
from wabolt.contacts.registry import ActionCall
from wabolt.contacts.tests.factories import make_contact
from wabolt.messaging.models import Conversation, Message

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
OTHER = "6281100000003"


def test_a_rule_and_a_chat_form_answer_a_customer_and_two_numbers_fall_silent(
    network: Network,
    gateways: Gateways,  # noqa: F811
    channel: Channel,  # noqa: F811
) -> None:
    Channel.objects.filter(pk=channel.pk).update(messages_per_minute=600)
    gateways.start()
    link(network, channel)
    form = make_chat_form(channel.workspace, QuestionDraft("birth_date", "Kapan ultahnya?"))
    make_rule(channel.workspace, "harga", answer="Mulai Rp50.000")
    start = ActionCall("autoreply.start_form", {"form": str(form.pk)})
    make_rule(channel.workspace, "ultah", answers=[], then=[start])
    said = {
        "hrg brp kak": "Mulai Rp50.000",
        "ULTAH": "Hai Kak!\n\nKapan ultahnya?",
        "17 agustus 95": "Makasih ya Kak!",
    }
    for text, answer in said.items():
        network.ctl("send", sender=BUYER, to=SHOP, text=text)
        wait_for(f"the answer to {text}", lambda answer=answer: _moved() and answer in texts(network, BUYER))
    person = find_by_identity(channel.workspace, "phone", f"+{BUYER}")
    assert person is not None
    assert str(person.birth_date) == "1995-08-17"
    _two_numbers_that_answer_each_other_fall_silent(network, channel)


def _two_numbers_that_answer_each_other_fall_silent(network: Network, channel: Channel) -> None:  # noqa: F811
    network.ctl("register", phone=OTHER, name="Lain")
    before = Message.objects.filter(origin_kind="auto_reply").count()
    assert not Conversation.objects.filter(unread__gt=0).exists()
    second = Channel.objects.create(
        workspace=channel.workspace, name="Lain", provider="linked", state=Channel.State.NEW, messages_per_minute=600,
        quiet_from=time(0), quiet_until=time(0),
    )  # fmt: skip
    LinkedNumber.objects.get_or_create(channel=second)
    ChannelCommand.objects.create(channel=second, kind="pair")
    number = LinkedNumber.objects.filter(channel=second)
    wait_for("a QR code", lambda: number.get().stage == "qr")
    network.ctl("pair", qr=number.get().secret, phone=OTHER)
    wait_for("the link", lambda: state_of(second) == "connected")
    make_rule(channel.workspace, "halo", answer="Ada yang bisa dibantu?")
    make_rule(channel.workspace, "ada yang bisa dibantu", answer="Halo!")
    write(channel, [make_contact(channel.workspace, "Lain", phone=f"+{OTHER}")], "halo")
    # A message that a rule answers is never unread, so the first unread one was met with silence.
    wait_for("silence", lambda: Conversation.objects.filter(unread__gt=0).exists())
    assert 2 <= Message.objects.filter(origin_kind="auto_reply").count() - before <= 10


def _moved() -> bool:
    """The worker's part: reads the answers whose pause is over."""
    read_due_answers()
    return True
