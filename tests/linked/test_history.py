"""Chats before the link: stored only on request, and without content."""

import base64
import io
import time

import pytest
from django.db import connection
from PIL import Image

from tests.linked.conftest import BUYER, SHOP, Linked
from wabolt.channels.models import LinkedNumber, OldChat, RawEvent
from wabolt.channels.providers.linked import commands, old_chats
from wabolt.channels.providers.linked.provider import LinkedProvider

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
YESTERDAY = int(time.time()) - 86_400
SECRET = "rahasia toko"


def said(id_: str, at: int, *, from_me: bool = False) -> dict:
    return {"id": id_, "text": SECRET, "from_me": from_me, "t": at}


CHATS = [
    {"phone": BUYER, "name": "Rani", "messages": [said("A1", YESTERDAY - 50), said("A2", YESTERDAY, from_me=True)]},
    {"phone": "6281100000003", "messages": [said("B1", YESTERDAY - 9, from_me=True)]},
    {"phone": "6281100000004", "messages": [{"id": "C1", "t": YESTERDAY - 7}]},
    {"phone": SHOP, "messages": [said("D1", YESTERDAY)]},
    {"jid": "120363000000000001@g.us", "name": "Arisan", "messages": [said("E1", YESTERDAY)]},
    {"jid": "status@broadcast", "messages": [said("F1", YESTERDAY)]},
    {"jid": "1234567@broadcast", "messages": [said("G1", YESTERDAY)]},
    {"jid": "120363000000000002@newsletter", "messages": [said("H1", YESTERDAY)]},
    {"jid": "0@s.whatsapp.net", "messages": [said("I1", YESTERDAY)]},
]


def link(shop: Linked, *, history: bool) -> Linked:
    shop.provider.connect()
    shop.ask("pair", history=history)
    shop.until("a QR code", lambda: shop.number.stage == "qr")
    shop.network.ctl("pair", qr=shop.number.secret, phone=shop.phone)
    shop.until("linked", lambda: shop.number.stage == "linked")
    return shop


def hand_over(shop: Linked, *pieces: dict) -> None:
    """Sends parts of a history sync and then a message. After the message, all parts have been processed."""
    for piece in pieces:
        shop.network.ctl("history", phone=shop.phone, **piece)
        time.sleep(0.5)
    shop.network.ctl("send", sender=BUYER, to=shop.phone, text="penanda")
    shop.until("the marker", lambda: RawEvent.objects.filter(channel=shop.channel, kind="message").exists())


def test_chats_that_were_asked_for_wait_without_a_word_of_what_was_said(linked) -> None:
    shop = link(linked(), history=True)
    pieces = [
        {"chats": CHATS, "kind": 0},
        {"chats": [{"phone": BUYER, "messages": [said(f"Z{n}", YESTERDAY - 900 - n) for n in range(5)]}], "kind": 3},
        {
            "chats": [{"phone": "6281100000005", "by": "phone", "messages": [said("J1", YESTERDAY)]}],
            "kind": 3,
            "chunk": 2,
        },
        {"chats": [], "kind": 4, "names": {"6281100000003": "Budi"}},
        {"chats": CHATS, "kind": 0},
    ]
    hand_over(shop, *pieces)
    phones = {f"+{BUYER}", "+6281100000003", "+6281100000004", "+6281100000005"}
    chats = OldChat.objects.filter(channel=shop.channel)
    shop.until("all of them", lambda: phones <= {row.phone for row in chats.all()} and chats.filter(name="Budi"))
    shop.until("all messages", lambda: chats.filter(phone=f"+{BUYER}", messages__gte=5))
    rows = {row.phone: row for row in chats.all()}
    assert set(rows) == phones
    rani = rows[f"+{BUYER}"]
    assert rani.lid
    assert (rani.name, rani.messages) == ("Rani", 5), "the larger of two kinds of sync, and a piece told twice once"
    assert (int(rani.last_at.timestamp()), int(rani.wrote_at.timestamp())) == (YESTERDAY, YESTERDAY - 50)
    assert rows["+6281100000003"].wrote_at is None, "only we have written"
    assert rows["+6281100000004"].messages == 0, "a line of the app's own is no message"
    assert SECRET not in "".join(map(str, OldChat.objects.values_list()))
    assert SECRET not in "".join(map(str, RawEvent.objects.values_list("payload", flat=True)))
    assert not RawEvent.objects.filter(kind__in=["history", "unreadable"]).exists()


def test_unrequested_chats_are_not_kept(linked) -> None:
    shop = link(linked(), history=False)
    [registration] = shop.network.ctl("events", kind="registration")
    assert registration["full_history"] == 0, "said out loud: not the whole history"
    hand_over(shop, {"chats": CHATS})
    time.sleep(0.3)
    assert not OldChat.objects.exists()


def test_dropped_chats_are_not_stored_again(linked, django_user_model) -> None:
    shop = link(linked(), history=True)
    hand_over(shop, {"chats": CHATS})
    shop.until("them", lambda: OldChat.objects.exists())
    old_chats.drop(channel=shop.channel, actor=django_user_model.objects.create(email="a@b.id"))
    RawEvent.objects.filter(kind="message").delete()
    hand_over(shop, {"chats": CHATS})
    time.sleep(0.3)
    assert not OldChat.objects.exists()
    assert LinkedNumber.objects.get().history_end == "dropped"


def test_the_profile_is_read_and_set(linked) -> None:
    shop = linked()
    out = io.BytesIO()
    Image.new("RGB", (800, 500), "teal").save(out, "PNG")
    shop.network.ctl("picture", phone=SHOP, image=base64.b64encode(out.getvalue()).decode())
    shop.link()
    shop.until("the picture", lambda: shop.number.picture_data)
    assert Image.open(io.BytesIO(bytes(shop.number.picture_data))).size == (500, 500)
    shop.until("the name, which comes later", lambda: shop.number.profile_name == "Toko")
    seen = shop.number.picture
    new = io.BytesIO()
    Image.new("RGB", (640, 640), "red").save(new, "JPEG")
    shop.ask("profile", about="Buka 9-21", picture=base64.b64encode(new.getvalue()).decode())
    assert shop.number.about == "Buka 9-21"
    assert shop.number.picture != seen
    assert bytes(shop.number.picture_data) == new.getvalue()
    told = shop.network.ctl("profile", phone=SHOP)
    assert (told["about"], base64.b64decode(told["picture"])) == ("Buka 9-21", new.getvalue())
    shop.network.ctl("picture", phone=SHOP)
    shop.ask("profile")
    assert (shop.number.picture, shop.number.picture_data) == ("", None)


def test_unlinking_from_here_is_undone_by_linking_again(linked, caplog) -> None:
    shop = link(linked(), history=True)
    hand_over(shop, {"chats": CHATS, "names": {BUYER: "Rani"}})
    first = shop.number.jid
    shop.ask("logout")
    shop.until("the end", lambda: shop.provider.child is None)
    assert "its process ended" not in caplog.text, "it is no fault"
    [told] = [shop.provider.parse(raw) for raw in RawEvent.objects.filter(kind="logged_out")][-1]
    assert (told.state, told.detail) == ("logged_out", {"why": "unlinked"})
    assert (shop.number.jid, shop.number.stage) == ("", "")
    assert not shop.network.ctl("state")["accounts"][SHOP]["devices"], "WhatsApp has forgotten the device"
    with connection.cursor() as cursor:
        for table in ("device", "contacts", "message_secrets", "sessions"):
            cursor.execute(f"SELECT count(*) FROM whatsmeow.whatsmeow_{table}")
            assert cursor.fetchone() == (0,), f"nothing of the session stays in {table}"
    link(shop, history=False)
    assert shop.number.jid not in {"", first}


def test_a_linking_without_a_connection_starts_again(linked) -> None:
    shop = linked()
    shop.provider.connect()
    shop.network.ctl("refuse")
    shop.ask("pair")
    first = shop.provider.child
    shop.until("another process", lambda: shop.provider.child not in {first, None})
    assert shop.number.stage == "starting"
    shop.network.ctl("refuse", on=False)
    shop.until("a QR code", lambda: shop.number.stage == "qr")


def test_a_linking_that_is_given_no_code_starts_again(linked, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = linked()
    shop.provider.connect()
    shop.network.ctl("qr-codes", count=0)
    with monkeypatch.context() as patch:
        patch.setattr(commands, "FIRST_CODE_SECONDS", 0.5)
        shop.ask("pair")
    first = shop.provider.child
    shop.until("another process", lambda: shop.provider.child not in {first, None})
    shop.network.ctl("qr-codes", count=6)
    shop.until("a QR code", lambda: shop.number.stage == "qr")


def test_a_linking_that_never_gets_a_connection_ends(linked) -> None:
    shop = linked()
    shop.provider.connect()
    shop.network.ctl("refuse")
    shop.ask("pair")
    shop.until("its end", lambda: shop.number.stage == "failed")
    assert shop.provider.child is None


def test_a_linking_whose_gateway_went_away_is_over(linked) -> None:
    shop = linked()
    shop.provider.connect()
    shop.ask("pair")
    shop.until("a QR code", lambda: shop.number.stage == "qr")
    shop.provider.close()
    shop.provider = LinkedProvider(shop.channel)
    shop.provider.connect()
    shop.until("the truth", lambda: shop.number.stage == "failed")
    link(shop, history=False)
