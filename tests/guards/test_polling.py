"""A page that asks again every few seconds costs nothing while nothing changes.

Each template that polls has a case here. The address that the page itself names is asked twice: the second answer is
304, and no template is rendered for it. After a change the answer is a new one.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

import wabolt
from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.backups.models import BackupRun
from wabolt.broadcasts import services as broadcasts
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.tests.factories import make_agreeing, make_broadcast, make_segment
from wabolt.channels.models import LinkedNumber
from wabolt.channels.providers.linked import old_chats
from wabolt.channels.providers.linked.models import OldChat
from wabolt.channels.providers.simulator import phones
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.tests.factories import make_contact
from wabolt.imports.models import Import
from wabolt.lib import clock
from wabolt.messaging.models import Conversation, Message
from wabolt.messaging.tests.factories import queue_service
from wabolt.optin.events.tests.factories import make_event, make_guest
from wabolt.segments.models import LiveSegment
from wabolt.segments.services import keep_live

ROOMS = Path(wabolt.__file__).parent
POLLING = re.compile(r"""hx-trigger=["'][^"']*\bevery\s""")
MOST_QUERIES = 14
"""Of an answer without a change; four of them find out who asks."""
OTHER_REQUESTS = {
    "alerts/static/alerts/push.js": "when a member taps",
    "optin/static/optin/proof_of_work.js": "once for each form",
}
"""Scripts of ours that send requests themselves, and when."""
Change = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Case:
    """A page that polls. `address`: of the whole page. `change`: changes what its fragment shows."""

    address: str
    change: Change


def _inbox(shop: Workspace) -> Case:
    now = clock.now()
    row = Conversation.objects.create(
        workspace=shop, channel=make_channel(shop), contact=make_contact(shop), last_message_at=now,
        last_inbound_at=now, last_text="Kak?", unread=1,
    )  # fmt: skip
    return Case(reverse("inbox:list"), lambda: Conversation.objects.filter(pk=row.pk).update(unread=2))


def _chat(shop: Workspace) -> Case:
    contact = make_contact(shop)
    [message] = queue_service(make_channel(shop), [contact])
    address = reverse("messaging:conversation", args=[contact.pk])
    return Case(address, lambda: Message.objects.filter(pk=message.pk).update(state="sent", sent_at=clock.now()))


def _phone(shop: Workspace) -> Case:
    channel, number = make_channel(shop), "+6281210000001"
    phones.take(channel=channel, phone=number)
    address = reverse("channels:phone", args=[channel.pk, number.removeprefix("+")])
    return Case(address, lambda: phones.write(channel=channel, phone=number, text="Halo"))


def _link(shop: Workspace) -> Case:
    channel = make_channel(shop, provider="linked", state="new", phone="")
    until = clock.now() + timedelta(seconds=31)
    LinkedNumber.objects.create(channel=channel, stage="qr", secret="2@abc,def", secret_until=until)
    address = reverse("channels:link", args=[channel.pk])
    return Case(address, lambda: LinkedNumber.objects.update(secret="2@ghi,jkl"))


def _old_chats(shop: Workspace) -> Case:
    channel = make_channel(shop, provider="linked", state="connected")
    LinkedNumber.objects.create(channel=channel, jid="6281210000009@s.whatsapp.net")
    old_chats.begin(channel, wanted=True)
    chat = OldChat(channel=channel, address="lid:1", lid="1", phone="+6281200000001", name="Ayu", messages=1,
                   last_at=clock.now())  # fmt: skip
    return Case(reverse("channels:chats", args=[channel.pk]), chat.save)


def _live_segment(shop: Workspace) -> Case:
    segment = make_segment(shop)
    keep_live(segment=segment, reason="member")
    live = LiveSegment.objects.filter(pk=segment.pk)
    live.update(pass_meaning="x", pass_until=100, pass_after=1)
    return Case(reverse("segments:detail", args=[segment.pk]), lambda: live.update(pass_after=50))


def _import(shop: Workspace) -> Case:
    imported = Import.objects.create(
        workspace=shop, kind="contacts", filename="pelanggan.csv", size=1, sha256="0" * 64, state="running",
        rows_total=100, next_row=10, started_at=clock.now(),
    )  # fmt: skip
    address = reverse("imports:detail", args=[imported.pk])
    return Case(address, lambda: Import.objects.filter(pk=imported.pk).update(next_row=20))


def _running(shop: Workspace) -> Broadcast:
    make_agreeing(shop, 2)
    broadcast = make_broadcast(shop)
    broadcasts.start(broadcast=broadcast)
    broadcasts.freeze(broadcast_id=broadcast.pk)
    return broadcast


def _send_one() -> object:
    first = Message.objects.order_by("pk")[:1]
    return Message.objects.filter(pk__in=first).update(state="sent", sent_at=clock.now())


def _broadcasts(shop: Workspace) -> Case:
    _running(shop)
    return Case(reverse("broadcasts:list"), _send_one)


def _broadcast(shop: Workspace) -> Case:
    return Case(reverse("broadcasts:detail", args=[_running(shop).pk]), _send_one)


def _door(shop: Workspace) -> Case:
    event = make_event(make_channel(shop), starts_at=clock.now() + timedelta(hours=1))
    make_guest(event)
    return Case(reverse("optin:door", args=[event.point_id]), lambda: make_guest(event))


def _backup(_shop: Workspace) -> Case:
    run = BackupRun.objects.create(name="x", token=1, step="checking", done=1, total=4)
    return Case(reverse("backups:page"), lambda: BackupRun.objects.filter(pk=run.pk).update(done=3))


CASES: dict[str, Callable[[Workspace], Case]] = {
    "backups/page.html": _backup,
    "broadcasts/broadcast_detail.html": _broadcast,
    "broadcasts/broadcast_list.html": _broadcasts,
    "channels/chats.html": _old_chats,
    "channels/link.html": _link,
    "channels/phone.html": _phone,
    "imports/detail.html": _import,
    "inbox/parts/list.html": _inbox,
    "messaging/parts/lines.html": _chat,
    "optin/events/door.html": _door,
    "segments/parts/live.html": _live_segment,
}


@pytest.fixture(autouse=True)
def _one_moment() -> Iterator[None]:
    with clock.hold(clock.now()):
        yield


def test_every_template_that_polls_has_a_case() -> None:
    polling = {
        str(path).partition("/templates/")[2] for path in ROOMS.rglob("*.html") if POLLING.search(path.read_text())
    }
    assert polling == set(CASES)


def test_nothing_else_asks_again_by_itself() -> None:
    """Neither a script of ours nor markup in Python."""
    asking = set()
    for path in ROOMS.rglob("*.js"):
        name = str(path.relative_to(ROOMS))
        text = path.read_text()
        if "/static/vendor/" in name or name.startswith("ui/templates/ui/sw"):  # the worker answers requests of pages
            continue
        assert not re.search(r"\bEventSource\b|\bWebSocket\b|XMLHttpRequest\(", text), name
        if re.search(r"\bfetch\(|htmx\.ajax", text):
            asking.add(name)
    assert asking == set(OTHER_REQUESTS)
    written = [
        str(path) for path in ROOMS.rglob("*.py") if "/tests/" not in str(path) and POLLING.search(path.read_text())
    ]
    assert written == []


def polled(html: str) -> tuple[str, str]:
    """(address, id of the target) of the element of the page that polls."""
    [tag] = [tag for tag in re.findall(r"<[a-z][^>]*>", html) if POLLING.search(tag)]
    given = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
    target = given["hx-target"]
    return given["hx-get"].replace("&amp;", "&"), given["id"] if target == "this" else target.removeprefix("#")


@pytest.mark.django_db
@pytest.mark.parametrize("template", CASES)
def test_an_unchanged_fragment_is_answered_before_anything_is_rendered(template: str) -> None:
    shop = make_workspace()
    client = signed_in(shop)
    case = CASES[template](shop)
    address, target = polled(client.get(case.address).content.decode())
    headers = {"HX-Request": "true", "HX-Target": target}

    first = client.get(address, headers=headers)
    assert first.status_code == 200
    assert b"<html" not in first.content
    known = {**headers, "If-None-Match": first.headers["ETag"]}
    with CaptureQueriesContext(connection) as queries:
        again = client.get(address, headers=known)
    assert (again.status_code, again.content, again.templates) == (304, b"", [])
    assert len(queries) <= MOST_QUERIES, [query["sql"] for query in queries]
    assert client.get(address, headers={**known, "If-None-Match": f"W/{first.headers['ETag']}"}).status_code == 304

    case.change()
    changed = client.get(address, headers=known)
    assert changed.status_code == 200
    assert changed.headers.get("HX-Refresh") == "true" or changed.headers["ETag"] != first.headers["ETag"]


@pytest.mark.django_db
def test_the_answer_for_one_reader_is_none_for_another() -> None:
    """Also not for the same member after a change of the language, or for the whole page."""
    shop = make_workspace()
    client = signed_in(shop)
    case = _inbox(shop)
    headers = {"HX-Request": "true", "HX-Target": "conversations"}
    known = {"If-None-Match": client.get(case.address, headers=headers).headers["ETag"]}
    assert client.get(case.address, headers=known).status_code == 200
    assert signed_in(shop, "agent").get(case.address, headers={**headers, **known}).status_code == 200
    Workspace.objects.filter(pk=shop.pk).update(language="en")
    assert client.get(case.address, headers={**headers, **known}).status_code == 200
