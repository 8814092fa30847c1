"""Nonsense in each field of each form of a journey is refused in words or stored, and the draft stays readable."""

import re

import pytest
from django.test import Client

from wabolt.accounts.tests.factories import make_member, signed_in
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.registry import contact_actions
from wabolt.journeys.models import Journey
from wabolt.journeys.registry import recipes, trigger_kinds
from wabolt.journeys.rules import definition as d
from wabolt.journeys.rules.codec import parse
from wabolt.journeys.tests.factories import make_journey

pytestmark = pytest.mark.django_db
NONSENSE = (
    "", " ", "\x00", "'\"<script>alert(1)</script>", "9" * 40, "-1", "NaN", "1e400", "Infinity", "{{",
    "{% for x in y %}", "💥" * 3000, "None", "2026-02-30", "25:99", "٣", "\u202e\ufeff", "../../x", "[]",
    '{"a": 1}', "0x10", "on", "segment",
)  # fmt: skip
_FIELD = re.compile(r'<(?:input|select|textarea|button)[^>]*\bname="([^"]+)"')


@pytest.fixture
def journey(workspace) -> Journey:
    make_channel(workspace)
    make_member(workspace, "agent")
    acts = tuple(d.Act(f"a{n}", action.key) for n, action in enumerate(contact_actions()))
    steps = (
        d.Send("s1", "Halo"), d.Wait("w1", "happening", 2, until=d.Happening("event", "order_completed")),
        d.Branch("b1", (d.BranchArm(d.Outcome("s1", "read"), (d.End("e1"),)),)), d.Split("p1"), d.Webhook("h1"), *acts,
    )  # fmt: skip
    return make_journey(workspace, *steps)


def addresses(journey: Journey) -> list[str]:
    edit = f"/journeys/{journey.pk}/edit"
    steps = [step["id"] for step in journey.draft["steps"]]
    return [
        *(f"{edit}/trigger/?kind={kind.key}" for kind in trigger_kinds()), f"{edit}/rules/", f"{edit}/settings/",
        f"{edit}/text/", *(f"{edit}/steps/{step}/" for step in steps), f"/journeys/{journey.pk}/enroll/",
        *(f"/journeys/recipes/{one.key}/" for one in recipes() if one.offered(journey.workspace)),
    ]  # fmt: skip


def test_nonsense_in_each_field(workspace, journey: Journey) -> None:
    """A form that is only shown again saves nothing. Then each of its fields gets another kind of nonsense."""
    client, draft = signed_in(workspace), journey.draft
    fields = {}
    for address in addresses(journey):
        shown_again = {"refresh": "1", "name": "Lain", "text": "Lain"}
        page = client.post(address, shown_again) if "/edit/" in address else client.get(address)
        assert page.status_code in {200, 422}, address
        names = set(_FIELD.findall(page.content.decode().split("<main", 1)[1])) - {"csrfmiddlewaretoken", "q"}
        if "/trigger/" in address or "/rules/" in address or "/w1/" in address:
            names |= {"fact-total_min", "fact-skus", "event", "until"}
        fields[address] = sorted(names)
    journey.refresh_from_db()
    assert journey.draft == draft
    assert journey.name != "Lain"
    for place, (address, names) in enumerate(fields.items()):
        for turn in range(2):
            values = NONSENSE[2 * place + turn :] + NONSENSE
            given = {name: values[number % len(NONSENSE)] for number, name in enumerate(names)}
            given |= {"event": "order_completed", "until": "event"} if turn else {}
            answer = client.post(address, given)
            assert answer.status_code in {200, 302, 422}, (address, given)
    _is_readable(client, journey)


def test_nonsense_in_the_buttons(workspace, journey: Journey) -> None:
    client = signed_in(workspace)
    addresses = ("edit/change/", "edit/add/?parent=b1&to_arm=0&index=0", "act/", "check/")
    pairs = (("action", "do"), ("step", "draft"), ("arm", "kind"), ("parent", "enrollment"), ("index", "to_arm"))
    for turn, value in enumerate(NONSENSE):
        for address in addresses:  # no address reads both names, except two numbers
            given = {"action": "move", "step": "s1", "kind": "send", **dict.fromkeys(pairs[turn % 5], value)}
            answer = client.post(f"/journeys/{journey.pk}/{address}", given)
            assert answer.status_code in {200, 302, 422}, (address, given)
    _is_readable(client, journey)


def test_nonsense_in_addresses(workspace, journey: Journey) -> None:
    client = signed_in(workspace)
    for value in ("-1", "9" * 30, "%00", "9999999999999999.1"):
        query = "&".join(f"{name}={value}" for name in ("behind", "state", "step", "kind", "page", "whole"))
        for page in ("people/", "", "edit/trigger/", "check/", "edit/steps/s1/"):
            assert client.get(f"/journeys/{journey.pk}/{page}?{query}").status_code == 200, (page, value)


def _is_readable(client: Client, journey: Journey) -> None:
    journey.refresh_from_db()
    parse(journey.draft)
    for page in ("", "edit/", "edit/text/", "edit/rules/", "check/"):
        assert client.get(f"/journeys/{journey.pk}/{page}").status_code == 200
