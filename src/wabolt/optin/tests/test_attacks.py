"""Attacks on the public pages of ways in: bodies that no form sends, foreign and replayed keys, and races."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels import registry
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.channels.tests.scripted import ScriptedProvider, World
from wabolt.consent.models import ConsentEvent
from wabolt.consent.services import create_defaults
from wabolt.lib import clock
from wabolt.messaging.services import process_raw_events
from wabolt.optin.events.queries import door_path
from wabolt.optin.events.services import open_door
from wabolt.optin.events.tests.factories import make_event
from wabolt.optin.giveaways.tests.factories import make_giveaway
from wabolt.optin.models import Entry, EntryPoint, Registration
from wabolt.optin.services import Submission, submit_entry
from wabolt.optin.tests.factories import make_point

MEGABYTE = 1_000_000
BODIES: dict[str, tuple[str, bytes]] = {
    "ten megabytes in one field": (
        "application/x-www-form-urlencoded", b"marketing=on&answer_name=" + b"a" * 10 * MEGABYTE,
    ),
    "many fields": ("application/x-www-form-urlencoded", b"&".join(b"answer_%d=x" % n for n in range(5000))),
    "another encoding": ("application/x-www-form-urlencoded; charset=utf-16", "marketing=on&key=x".encode("utf-16")),
    "an unknown encoding": ("application/x-www-form-urlencoded; charset=klingon", b"marketing=on&key=\xff\xfe"),
    "surrogates and nul": ("application/x-www-form-urlencoded", b"marketing=on&key=%00&answer_name=%ED%A0%80%00"),
    "a cut multipart body": ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="key"'),
    "a multipart body without boundary": ("multipart/form-data", b"--x--"),
    "a file instead of a text": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="answer_name"; filename="a.php"\r\n\r\n<?php\r\n--x--\r\n',
    ),
    "JSON": ("application/json", b'{"marketing": true, "key": null}'),
    "a list instead of a text": (
        "application/x-www-form-urlencoded", b"marketing=on&marketing=off&key=a&key=b&phone=1&phone=2",
    ),
}  # fmt: skip


@pytest.fixture
def channel(db: None, monkeypatch: pytest.MonkeyPatch) -> Channel:
    monkeypatch.setitem(registry.PROVIDERS, "simulator", "wabolt.channels.tests.scripted.ScriptedProvider")
    channel = make_channel(make_workspace("Gaya Nusantara"))
    create_defaults(workspace=channel.workspace)
    return channel


def form_of(channel: Channel) -> EntryPoint:
    return make_point(channel, kind="form", questions=[{"key": "name"}])


def page(point: EntryPoint) -> str:
    return reverse("optin:join", args=[point.slug])


def opened(client: Client, point: EntryPoint) -> str:
    """The key of a form that was opened a minute ago."""
    with clock.skewed(-timedelta(minutes=1)):
        html = client.get(page(point)).content.decode()
    return html.partition('name="key" value="')[2].partition('"')[0]


def addresses(channel: Channel) -> Iterator[str]:
    """All public addresses of existing ways in that take a body."""
    form = form_of(channel)
    entry = submit_entry(placement=form.placements.get(), submission=Submission(marketing=True))
    event = make_event(channel, starts_at=clock.now() + timedelta(hours=2))
    open_door(workspace=channel.workspace, event_id=event.pk)
    event.refresh_from_db()
    points = [form, event.point, make_giveaway(channel).point, make_point(channel, kind="link")]
    yield from map(page, points)
    yield reverse("optin:ask_number", args=[form.slug, entry.code])
    yield f"{door_path(event)}scan/"


@pytest.mark.parametrize("kind", BODIES)
def test_no_body_breaks_a_page_or_creates_anything(channel: Channel, client: Client, kind: str) -> None:
    content_type, body = BODIES[kind]
    client.raise_request_exception = False
    found = list(addresses(channel))
    before = Entry.objects.count()
    for address in found:
        answer = client.generic("POST", address, body, content_type, headers={"accept-language": "id"})
        assert answer.status_code < 500, address
        assert b"<?php" not in answer.content
    assert Entry.objects.count() == before
    assert not Registration.objects.exclude(checked_in_at=None).exists()


def test_the_key_of_another_form_or_shop_sends_nothing(channel: Channel, client: Client) -> None:
    ours, other = form_of(channel), form_of(channel)
    theirs = form_of(make_channel(make_workspace("Lain"), phone="+6281100000009"))
    for foreign in (other, theirs):
        given = {"key": opened(client, foreign), "marketing": "on", "answer_name": "Ayu"}
        assert client.post(page(ours), given).status_code == 422
    changed = opened(client, ours)
    for key in ("", changed[:-2], changed + "x", changed.swapcase(), "a:b:c", "9" * 5000):
        assert client.post(page(ours), {"key": key, "marketing": "on"}).status_code == 422
    assert not Entry.objects.exists()


def test_a_code_is_worth_nothing_at_the_number_of_another_shop(channel: Channel) -> None:
    entry = submit_entry(placement=form_of(channel).placements.get(), submission=Submission(marketing=True))
    other = make_channel(make_workspace("Lain"), phone="+6281100000009")
    create_defaults(workspace=other.workspace)
    say(other, f"#{entry.code}", "+6281200000001")
    say(other, f"#{entry.placement.code}", "+6281200000001")
    assert not ConsentEvent.objects.exists()
    entry.refresh_from_db()
    assert entry.state == "pending"


def say(channel: Channel, text: str, phone: str) -> None:
    World.of(channel).tell_message(phone, text, f"attack-{channel.pk}-{phone}-{text}")
    ScriptedProvider(channel).collect(100)
    process_raw_events(channel)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Runs the calls in threads that start together. Returns what they returned or raised."""
    barrier, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(number: int, call: Callable[[], Any]) -> None:
        barrier.wait(10)
        try:
            results[number] = call()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            results[number] = error  # type: ignore[call-overload]
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.mark.django_db(transaction=True)
def test_a_form_that_is_sent_eight_times_at_once_is_one_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    point = form_of(make_channel(make_workspace()))
    given = {"key": opened(Client(), point), "marketing": "on", "answer_name": "Ayu"}
    answers = at_once(*[lambda: Client().post(page(point), given) for _time in range(8)])
    assert {answer.status_code for answer in answers} == {302}
    assert len({answer["Location"] for answer in answers}) == 1
    assert Entry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_code_sent_by_two_people_to_two_numbers_at_once_joins_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.PROVIDERS, "simulator", "wabolt.channels.tests.scripted.ScriptedProvider")
    workspace = make_workspace()
    create_defaults(workspace=workspace)
    first, second = make_channel(workspace), make_channel(workspace, phone="+6281100000009")
    entry = submit_entry(placement=form_of(first).placements.get(), submission=Submission(marketing=True))
    at_once(
        lambda: say(first, f"#{entry.code}", "+6281200000001"),
        lambda: say(second, f"#{entry.code}", "+6281200000002"),
    )
    assert ConsentEvent.objects.filter(action="granted").count() == 1
    entry.refresh_from_db()
    assert entry.contact == ConsentEvent.objects.get().contact
