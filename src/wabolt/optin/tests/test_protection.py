"""Floods of forms: no network closes a form for others; very many forms need a proof of work; WhatsApp always works."""

from datetime import timedelta

import pytest
from altcha import Challenge, Payload, solve_challenge
from django.test import Client
from django.urls import reverse

from wabolt.accounts.models import AuditEntry
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.models import Contact
from wabolt.lib import clock
from wabolt.messaging.models import Message
from wabolt.optin.models import Entry, EntryPoint, OptinSettings
from wabolt.optin.public_forms import LIMITS
from wabolt.optin.tests.factories import code_of, make_point
from wabolt.optin.tests.test_views import key_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel() -> Channel:
    return make_channel(make_workspace())


@pytest.fixture
def point(channel: Channel) -> EntryPoint:
    return make_point(channel, kind="form", questions=[{"key": "name"}])


def page(point: EntryPoint) -> str:
    return reverse("optin:join", args=[point.slug])


def opened(client: Client, point: EntryPoint) -> str:
    with clock.skewed(-timedelta(minutes=1)):
        return client.get(page(point)).content.decode()


def solution(client: Client, point: EntryPoint) -> str:
    """A real solution of a challenge from the server."""
    made = Challenge.from_dict(client.get(reverse("optin:challenge", args=[point.slug])).json())
    found = solve_challenge(made)
    assert found is not None
    return str(Payload(made, found).to_base64())


def submit(client: Client, point: EntryPoint, ip: str = "192.0.2.1", **more: str) -> int:
    given = {"key": key_in(opened(client, point)), "marketing": "on", "answer_name": "Ayu", **more}
    return client.post(page(point), given, REMOTE_ADDR=ip).status_code


def crowd(monkeypatch: pytest.MonkeyPatch, client: Client, point: EntryPoint, per_object: int = 3) -> None:
    """So many forms from different networks that the next one needs a proof of work."""
    limits = type(LIMITS)(LIMITS.per_address, LIMITS.per_network, per_object)
    monkeypatch.setattr("wabolt.optin.public_forms.LIMITS", limits)
    assert {submit(client, point, f"10.{number}.0.1") for number in range(per_object)} == {302}


def test_very_many_forms_need_a_proof_of_work(
    monkeypatch: pytest.MonkeyPatch, channel: Channel, client: Client, point: EntryPoint
) -> None:
    assert "data-challenge" not in opened(client, point)
    crowd(monkeypatch, client, point)
    html = opened(client, point)
    assert 'data-challenge="/m/' in html
    direct = html.partition("data-direct")[2]  # the way without the form, which needs no script
    assert "https://wa.me/" in direct
    assert code_of(point) in direct
    assert point.marketing_wording.text in direct
    before = Entry.objects.count()
    for number in range(2):
        assert submit(client, point, f"172.16.{number}.1") == 422
    given = {"marketing": "on", "answer_name": "Ayu Lestari"}
    refused = client.post(page(point), {"key": key_in(html), **given}).content.decode()
    assert 'value="Ayu Lestari"' in refused
    assert Entry.objects.count() == before
    again = {"key": key_in(refused), **given, "altcha": solution(client, point)}
    assert client.post(page(point), again).status_code == 302
    assert client.post(page(point), again).status_code == 302, "sent twice is one entry, also with a used solution"
    assert submit(client, point, altcha=again["altcha"]) == 422, "a solution counts once"
    assert Entry.objects.filter(answers__name="Ayu Lestari").count() == 1
    assert Entry.objects.count() == before + 1
    assert not Message.objects.exists()
    assert not Contact.objects.exists()


def test_one_network_does_not_make_others_prove_anything(
    monkeypatch: pytest.MonkeyPatch, client: Client, point: EntryPoint
) -> None:
    limits = type(LIMITS)(LIMITS.per_address, 3, LIMITS.per_object)
    monkeypatch.setattr("wabolt.optin.public_forms.LIMITS", limits)
    with clock.hold(clock.now()):  # one window of the limits, however slow the machine is
        answers = [submit(client, point, f"203.0.113.{number}") for number in range(limits.per_network + 2)]
    assert answers == [302] * limits.per_network + [429] * 2
    key = key_in(opened(client, point))
    refused = client.post(page(point), {"key": key, "marketing": "on", "answer_name": "Ayu"}, REMOTE_ADDR="203.0.113.9")
    shown = refused.content.decode()
    assert "https://wa.me/" in shown, "the way that writes nothing is open to the refused, too"
    assert point.marketing_wording.text in shown
    assert "data-challenge" not in opened(client, point)
    assert submit(client, point, "198.51.100.1") == 302


def test_the_switch_asks_every_visitor(channel: Channel, client: Client, point: EntryPoint) -> None:
    owner = signed_in(channel.workspace)
    assert reverse("optin:settings") in owner.get(reverse("optin:list")).content.decode()
    assert owner.post(reverse("optin:settings"), {"proof_of_work": "on"}).status_code == 302
    assert OptinSettings.objects.get().proof_of_work
    assert AuditEntry.objects.filter(action="entry_point.settings").exists()
    assert "data-challenge" in opened(client, point)
    assert submit(client, point) == 422
    assert submit(client, point, altcha=solution(client, point)) == 302
    viewer = signed_in(channel.workspace, "agent")
    assert viewer.post(reverse("optin:settings"), {}).status_code == 403


def test_a_challenge_stores_nothing_and_counts_for_one_form(
    channel: Channel, client: Client, point: EntryPoint
) -> None:
    OptinSettings.objects.create(workspace=channel.workspace, proof_of_work=True)
    other = make_point(channel, kind="form", name="Lain")
    assert submit(client, point, altcha=solution(client, other)) == 422
    assert client.get(reverse("optin:challenge", args=["nothere1"])).status_code == 404
    assert not Entry.objects.exists()
