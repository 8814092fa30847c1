"""A number whose customers the tests play, at a held time."""

from collections.abc import Iterator

import pytest

from wabolt.autoreply.services import START_FORM
from wabolt.autoreply.tests.chats import NOON
from wabolt.autoreply.tests.factories import make_chat_form, make_rule
from wabolt.channels import registry
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.services import create_defaults
from wabolt.contacts.registry import ActionCall
from wabolt.lib import clock


@pytest.fixture
def now() -> Iterator[clock.HeldClock]:
    with clock.hold(NOON) as held:
        yield held


@pytest.fixture
def channel(db: None, now: clock.HeldClock, monkeypatch: pytest.MonkeyPatch) -> Channel:
    monkeypatch.setitem(registry.PROVIDERS, "simulator", "wabolt.channels.tests.scripted.ScriptedProvider")
    channel = make_channel()
    create_defaults(workspace=channel.workspace)
    return channel


@pytest.fixture
def club(channel: Channel) -> Channel:
    """A number with the rule ULTAH, which starts a form."""
    form = make_chat_form(channel.workspace, then=[ActionCall("contacts.tag", {"tag": "Klub ultah"})])
    make_rule(channel.workspace, "ultah", answers=[], then=[ActionCall(START_FORM, {"form": str(form.pk)})])
    return channel
