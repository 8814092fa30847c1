"""The report leads to the messages in doubt, the owner settles them, and the sums stay right."""

import pytest
from django.test import Client
from tests.cases import each

from wabolt.accounts.models import AuditEntry, Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.broadcasts import services
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.queries import progress
from wabolt.broadcasts.tests.factories import make_agreeing, make_broadcast
from wabolt.lib import clock
from wabolt.messaging.models import Message
from wabolt.messaging.queries import reason_words

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture
def broadcast(workspace: Workspace) -> Broadcast:
    """Five people; three of the messages are in doubt."""
    make_agreeing(workspace, 5)
    made = make_broadcast(workspace)
    services.start(broadcast=made)
    made = services.freeze(broadcast_id=made.pk)
    sent = Message.objects.filter(origin_kind="broadcast", origin_id=made.pk)
    sent.update(state="sent", attempted_at=clock.now(), sent_at=clock.now())
    doubted = sent.order_by("id").values_list("pk", flat=True)[:3]
    Message.objects.filter(pk__in=list(doubted)).update(state="unknown", reason="ambiguous", sent_at=None)
    return made


def counts(broadcast: Broadcast) -> tuple[int, int, int]:
    now = progress(broadcast)
    assert broadcast.planned == now.sent + now.count("failed") + now.count("unknown")
    return now.sent, now.count("failed"), now.count("unknown")


def people_in_doubt(broadcast: Broadcast) -> list[int]:
    found = Message.objects.filter(origin_id=broadcast.pk, state="unknown").order_by("id")
    return list(found.values_list("contact_id", flat=True))


def test_report_says_what_is_in_doubt_and_leads_there(workspace: Workspace, broadcast: Broadcast) -> None:
    address = f"/broadcasts/{broadcast.pk}/doubts/"
    owner = signed_in(workspace)
    page = owner.get(f"/broadcasts/{broadcast.pk}/").content.decode()
    assert "3 pesan belum pasti terkirim" in page
    assert reason_words("ambiguous") in page
    Message.objects.filter(state="unknown").update(reason="restored")
    restored = owner.get(f"/broadcasts/{broadcast.pk}/").content.decode()
    assert reason_words("restored") in restored
    assert reason_words("ambiguous") not in restored
    assert address in page
    assert address not in signed_in(workspace, "agent").get(f"/broadcasts/{broadcast.pk}/").content.decode()
    assert signed_in(workspace, "viewer").get(address).status_code == 403


def test_ticked_ones_are_settled_and_the_sums_stay_right(workspace: Workspace, broadcast: Broadcast) -> None:
    client, address = signed_in(workspace), f"/broadcasts/{broadcast.pk}/doubts/"
    first, second, _third = people_in_doubt(broadcast)
    assert counts(broadcast) == (2, 0, 3)
    client.post(address, {"verdict": "sent", "ids": [first]})
    client.post(address, {"verdict": "failed", "ids": [second, 10**30, "x"]})
    assert counts(broadcast) == (3, 1, 1)
    entries = list(AuditEntry.objects.filter(action="broadcast.settle").order_by("pk").values_list("data", flat=True))
    assert entries == [{"count": 1, "verdict": "sent"}, {"count": 1, "verdict": "failed"}]
    record = client.get("/settings/audit/").content.decode()
    assert "Memastikan nasib pesan yang belum pasti" in record
    assert "1 pesan · tidak terkirim" in record


def test_all_at_once_ends_the_page(workspace: Workspace, broadcast: Broadcast) -> None:
    client, address = signed_in(workspace), f"/broadcasts/{broadcast.pk}/doubts/"
    answer = client.post(address, {"verdict": "failed", "all": "1"}, follow=True)
    assert answer.redirect_chain[-1][0] == f"/broadcasts/{broadcast.pk}/"
    assert "3 pesan sekarang dihitung tidak terkirim" in answer.content.decode()
    assert counts(broadcast) == (2, 3, 0)


@each("form", [{}, {"verdict": "sent"}, {"verdict": "x", "all": "1"}], undone=True)
def test_an_invalid_form_settles_nothing(workspace: Workspace, broadcast: Broadcast, form: dict[str, str]) -> None:
    client: Client = signed_in(workspace)
    client.post(f"/broadcasts/{broadcast.pk}/doubts/", form)
    assert counts(broadcast) == (2, 0, 3)
    assert not AuditEntry.objects.filter(action="broadcast.settle").exists()


def test_another_shops_broadcast_is_not_there(broadcast: Broadcast) -> None:
    stranger = signed_in(make_workspace("Lain"))
    address = f"/broadcasts/{broadcast.pk}/doubts/"
    assert (
        stranger.get(address).status_code == stranger.post(address, {"verdict": "sent", "all": "1"}).status_code == 404
    )
