"""A form that is sent with several errors shows all of them at once, not one round after the other.

For each form: the errors of a request in which every value is bad are the errors of the requests in which one is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from wabolt.accounts.models import Workspace
from wabolt.accounts.queries import setup_token
from wabolt.accounts.services import invite
from wabolt.accounts.tests.factories import make_member, make_workspace, signed_in
from wabolt.broadcasts.tests.factories import make_segment
from wabolt.channels.tests.factories import make_channel

pytestmark = pytest.mark.django_db

SETUP, INVITATION = "setup", "invitation"
PERSON = {"name": "Sri", "email": "sri@toko.example", "password": "kain-batik-parang-77"}
BAD_PERSON = {"name": "", "email": "sri", "password": "123"}


@dataclass(frozen=True, slots=True)
class Case:
    """A form. `good`: values that are not the initial ones; `bad`: one refused value for each field."""

    route: str
    bad: Mapping[str, str]
    good: Mapping[str, Any] = field(default_factory=dict)
    arguments: tuple[Any, ...] = ()


CASES = (
    Case(SETUP, {**BAD_PERSON, "shop": ""}, {**PERSON, "shop": "Toko Sri"}),
    Case(INVITATION, BAD_PERSON, PERSON),
    Case("contacts:new", {"email": "x", "phone": "12", "gender": "x"}, {"name": "Ayu", "phone": "081234567890"}),
    Case("contacts:field_new", {"label": "", "choices": ""}, {"label": "Ukuran", "kind": "choice", "choices": "S\nM"}),
    Case("broadcasts:new", {"name": "", "text": "Halo {{ nama", "voucher_percent": "200", "voucher_days": "0",
                            "attribution_days": "x"}, {"name": "Promo", "text": "Halo Kak"}),
    Case("optin:new", {"name": "", "voucher_percent": "150", "voucher_days": "0", "greeting": "STOP",
                       "active_until": "2001-01-01T00:00", "tags": "x" * 80, "colour": "merah"},
         {"name": "Kasir"}, ("qr",)),
    Case("channels:settings", {"name": "", "messages_per_minute": "0", "daily_cap": "x", "cap_per_day": "0",
                               "quiet_from": "x", "start_answer": "Halo"}),
    Case("alerts:mail", {"host": "a b", "port": "0", "sender": "x"}, {"host": "smtp.x.id", "sender": "a@x.id"}),
    Case("accounts:shop", {"name": "", "timezone": "x", "language": "x"}),
)  # fmt: skip


def _address(case: Case, workspace: Workspace) -> str:
    if case.route == INVITATION:
        return invite(workspace=workspace, name="Sri", role="agent", by=make_member(workspace))[1]
    if case.route == "channels:settings":
        return reverse(case.route, args=[make_channel(workspace).pk])
    return reverse(case.route, args=case.arguments)


def _posted(client: Client, address: str, values: Mapping[str, Any]) -> dict[str, list[str]]:
    """The errors of the answer by field."""
    answer = client.post(address, values)
    if answer.status_code == 302:
        return {}
    assert answer.status_code == 422
    return {name: list(errors) for name, errors in answer.context["form"].errors.items()}


@pytest.mark.parametrize("case", CASES, ids=[case.route for case in CASES])
def test_all_errors_are_shown_at_once(case: Case) -> None:
    if case.route == SETUP:
        client, address = Client(), f"{reverse('accounts:setup')}?token={setup_token()}"
    else:
        workspace = make_workspace()
        make_channel(workspace)
        make_segment(workspace)
        client = Client() if case.route == INVITATION else signed_in(workspace)
        address = _address(case, workspace)
    form = client.get(address).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    good = {name: value for name, value in shown.items() if value not in (None, []) and value is not False}
    for name in {"segment", "channel"} & set(form.fields):
        good[name] = form.fields[name].queryset.get().pk
    good |= case.good
    expected = {name: _posted(client, address, {**good, name: value}) for name, value in case.bad.items()}
    for name, errors in expected.items():
        assert set(errors) == {name}, "the bad value is refused, and nothing else"
    found = _posted(client, address, {**good, **case.bad})
    assert set(found) == set(case.bad)
    assert _posted(client, address, good) == {}
