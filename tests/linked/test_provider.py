"""The provider over the real client."""

import base64
import time
from datetime import datetime, timedelta

import psycopg
import pytest

from tests.linked.conftest import BUYER
from wabolt.channels.models import RawEvent
from wabolt.channels.providers.linked.child import SILENCE_SECONDS
from wabolt.channels.providers.linked.event_store import LOCK_SPACE
from wabolt.channels.providers.linked.provider import LinkedProvider, _psycopg_dsn
from wabolt.channels.registry import (
    Accepted,
    Ambiguous,
    ConnectionChanged,
    IncomingMessage,
    Media,
    MessageUpdated,
    Outgoing,
    OwnMessage,
    ReceiptArrived,
    Refused,
)
from wabolt.lib import clock

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def events(linked, kind):
    raws = RawEvent.objects.filter(channel=linked.channel).order_by("id")
    return [e for raw in raws for e in linked.provider.parse(raw) if isinstance(e, kind)]


def test_a_number_is_linked_talks_and_hears(linked) -> None:
    shop = linked().link()
    assert shop.channel.phone == "+6281100000001"
    _texts_are_exchanged(shop)
    _pictures_files_and_answers_arrive(shop)
    RawEvent.objects.filter(channel=shop.channel).delete()
    _a_picture_a_reaction_and_the_own_phone_are_heard(shop)


def _texts_are_exchanged(shop) -> None:
    [sent] = shop.provider.send([Outgoing("41", "phone", f"+{BUYER}", "Halo Kak")])
    assert isinstance(sent, Accepted)
    shop.until("the delivery", lambda: [r for r in events(shop, ReceiptArrived) if r.kind == "delivered"])
    [first, *_] = events(shop, ReceiptArrived)
    assert first.provider_ids == (sent.provider_id,)
    assert first.ref == "41"
    shop.network.ctl("send", sender=BUYER, to=shop.phone, text="JOIN")
    [message] = shop.until("the answer", lambda: events(shop, IncomingMessage))
    assert message.text == "JOIN"
    assert message.identities[0] == ("phone", f"+{BUYER}")
    assert message.identities[1][0] == "lid"


PICTURE = bytes.fromhex("ffd8ffe000104a464946") + bytes(5000)


def state(linked):
    changes = events(linked, ConnectionChanged)
    return (changes[-1].state, changes[-1].detail) if changes else ("", {})


def inbox(linked, phone=BUYER):
    return [item for item in linked.network.ctl("inbox", phone=phone) if not item["from_me"]]


def _pictures_files_and_answers_arrive(shop) -> None:
    had = len(inbox(shop))
    shop.network.ctl("send", sender=BUYER, to=shop.phone, text="Masih ada?")
    [_, asked] = shop.until("the question", lambda: len(heard := events(shop, IncomingMessage)) == 2 and heard)
    lid = dict(asked.identities)["lid"]
    batch = [
        Outgoing("1", "phone", f"+{BUYER}", "Kemeja baru", media=Media("image", "image/jpeg", PICTURE)),
        Outgoing("2", "lid", lid, "", media=Media("document", "application/pdf", b"%PDF-1.4", "harga.pdf")),
        Outgoing("3", "lid", lid, "Ada, Kak", asked.provider_id, quote_text=asked.text),
        Outgoing("4", "phone", f"+{BUYER}", "", media=Media("video", "video/mp4", b"x")),
    ]
    *sent, refused = shop.provider.send(batch)
    assert all(isinstance(outcome, Accepted) for outcome in sent)
    assert refused == Refused("unsupported_kind", "video/mp4")
    shop.until("three messages", lambda: len(inbox(shop)) == had + 3)
    assert [(m["kind"], m["text"]) for m in inbox(shop)[had:]] == [
        ("image", "Kemeja baru"),
        ("document", ""),
        ("text", "Ada, Kak"),
    ]


def _a_picture_a_reaction_and_the_own_phone_are_heard(shop) -> None:
    [sent] = shop.provider.send([Outgoing("5", "phone", f"+{BUYER}", "Halo Kak")])
    shop.network.ctl("react", sender=BUYER, to=shop.phone, target=sent.provider_id, emoji="❤️")
    image = base64.b64encode(PICTURE).decode()
    shop.network.ctl("send", sender=BUYER, to=shop.phone, image=image, caption="Yang ini, Kak")
    shop.network.ctl("send", sender=shop.phone, to=BUYER, text="dari HP toko")
    [touch] = shop.until("the reaction", lambda: events(shop, MessageUpdated))
    assert (touch.kind, touch.target, touch.text) == ("reaction", sent.provider_id, "❤️")
    [picture] = shop.until("the picture", lambda: events(shop, IncomingMessage))
    assert picture.text == "📷 Yang ini, Kak"
    [own] = shop.until("the own message", lambda: events(shop, OwnMessage))
    assert own.text == "dari HP toko"
    assert ("phone", f"+{BUYER}") in own.identities


def test_a_warning_holds_the_number_and_a_doubt_keeps_its_id(linked, monkeypatch) -> None:
    shop = linked().link()
    shop.network.ctl("fault", phone=shop.phone, ack_error=463)
    [outcome] = shop.provider.send([Outgoing("1", "phone", f"+{BUYER}", "Halo Kak")])
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.hold) == ("reach_out_locked", timedelta(hours=24))
    monkeypatch.setattr(LinkedProvider, "send_seconds", 0.5)
    shop.network.ctl("fault", phone=shop.phone, ack_error=0, swallow_acks=True)
    [doubt] = shop.provider.send([Outgoing("77", "phone", f"+{BUYER}", "Sampai nggak ya")])
    assert isinstance(doubt, Ambiguous)
    [arrived] = shop.until("its receipt", lambda: [r for r in events(shop, ReceiptArrived) if r.ref == "77"][:1])
    assert arrived.provider_ids == (doubt.provider_id,)


def test_a_ban_says_until_when_and_a_replaced_link_stays_away(linked) -> None:
    shop = linked().link()
    shop.network.ctl("stream-error", phone=shop.phone, code="503", conflict="replaced")
    shop.until("the end", lambda: shop.provider.child is None)
    assert state(shop) == ("offline", {"why": "replaced"})
    shop.network.ctl("fault", phone=shop.phone, login_failure={"reason": 402, "code": 102, "expire": 3600})
    shop.ask("reconnect")
    shop.until("the ban", lambda: state(shop)[0] == "banned")
    _, detail = state(shop)
    assert detail["code"] == "blocked_by_users"
    left = datetime.fromisoformat(detail["until"]) - clock.now()
    assert timedelta(minutes=55) < left <= timedelta(minutes=60)
    shop.network.ctl("fault", phone=shop.phone, login_failure={"reason": 405})
    shop.ask("reconnect")
    shop.until("the truth", lambda: state(shop) == ("offline", {"why": "outdated"}))


def test_a_number_is_linked_by_code(linked) -> None:
    shop = linked()
    shop.provider.connect()
    shop.ask("pair", phone=f"+{shop.phone}")
    shop.until("a code", lambda: shop.number.stage == "code")
    shop.network.ctl("pair-code", code=shop.number.secret, phone=shop.phone)
    shop.until("linked", lambda: shop.number.stage == "linked")
    shop.until("the state", lambda: state(shop)[0] == "connected")


def test_a_number_has_one_process_and_the_next_waits_for_it(linked) -> None:
    """Waiting for the lock takes longer than the watchdog allows; heartbeats continue meanwhile."""
    shop = linked().link()
    shop.provider.close()
    lock = LOCK_SPACE + shop.channel.pk
    with psycopg.connect(_psycopg_dsn(), autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [lock])
        shop.provider = LinkedProvider(shop.channel)
        shop.provider.connect()
        child = shop.provider.child
        time.sleep(SILENCE_SECONDS + 1)
        assert child.process.poll() is None
        assert not child.is_connected
    shop.until("its turn", lambda: child.is_connected)
    shop.provider.close()


def test_a_phone_that_is_off_is_noticed_and_so_is_its_return(linked, monkeypatch) -> None:
    monkeypatch.setattr(LinkedProvider, "phone_patience", timedelta(seconds=1))
    shop = linked().link()
    refs = iter(range(100, 1000))

    def send() -> None:
        [sent] = shop.provider.send([Outgoing(str(next(refs)), "phone", f"+{BUYER}", "Halo Kak")])
        assert isinstance(sent, Accepted)

    send()
    shop.until("its first sign", lambda: shop.number.phone_known)
    assert shop.number.phone_off_since is None
    shop.network.ctl("phone-online", phone=shop.phone, online=False)
    shop.until("its silence", lambda: send() or shop.number.phone_off_since)
    shop.network.ctl("phone-online", phone=shop.phone, online=True)
    shop.until("its return", lambda: shop.number.phone_off_since is None)


def test_refused_logins_are_tried_again_and_told(linked) -> None:
    shop = linked().link()
    for code in (400, 409, 418, 599):
        shop.network.ctl("fault", phone=shop.phone, login_failure={"reason": code})
        shop.network.ctl("drop", phone=shop.phone)
        shop.until("the refusal", lambda: "retry_at" in state(shop)[1])
        _, detail = state(shop)
        assert detail["why"] == "refused"
        assert detail["code"] == code
        assert datetime.fromisoformat(detail["retry_at"]) > clock.now()
        shop.network.ctl("fault", phone=shop.phone, login_failure=None)
        shop.until("the next try", lambda: state(shop)[0] == "connected")
