"""The dashboard, and a broadcast's report on its page and as a file."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from wabolt.accounts.models import AuditEntry, Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.analytics.queries import Steps, first_steps
from wabolt.broadcasts import services
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.tests.factories import make_agreeing, make_broadcast
from wabolt.channels.tests.factories import make_channel
from wabolt.commerce.tests.factories import make_order
from wabolt.consent.services import ConsentStatement, withdraw
from wabolt.lib import clock
from wabolt.messaging.models import Click, Message, TrackedLink
from wabolt.optin.tests.factories import make_point

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture
def owner(workspace: Workspace) -> Client:
    return signed_in(workspace)


def body(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]


def sent(workspace: Workspace, *, text: str = "Lihat https://toko.example/baru", **fields: object) -> Broadcast:
    """A broadcast that was sent yesterday to all contacts with permission."""
    broadcast = make_broadcast(workspace, text=text, **fields)
    services.start(broadcast=broadcast)
    broadcast = services.freeze(broadcast_id=broadcast.pk)
    at = clock.now() - timedelta(days=1)
    Message.objects.filter(origin_kind="broadcast", origin_id=broadcast.pk).update(
        state="sent", attempted_at=at, sent_at=at
    )
    Broadcast.objects.filter(pk=broadcast.pk).update(started_at=at, state="completed", finished_at=at)
    broadcast.refresh_from_db()
    return broadcast


# Home


def test_new_shop_is_led_by_five_steps_that_tick_themselves_off(workspace: Workspace, owner: Client) -> None:
    page = body(owner.get("/"))
    assert "Lima langkah" in page
    assert page.count("Sudah selesai") + page.count("Belum") >= 5
    assert "wb-stats" not in page, "nothing yet to count"
    assert reverse("broadcasts:new") in page, "as the last step"
    assert reverse("optin:choose") in page
    point = make_point(make_channel(workspace, name="Kasir"))
    assert first_steps(workspace) == Steps(number=True, contacts=False, joining=True, segment=False, broadcast=False)
    point.delete()
    assert not first_steps(workspace).joining
    make_agreeing(workspace, 1)
    assert "wb-stats" in body(owner.get("/"))
    sent(workspace)
    page = body(owner.get("/"))
    assert "Lima langkah" not in page
    assert "Koleksi baru" in page


def test_home_is_for_every_role_and_offers_sending_to_who_may(workspace: Workspace) -> None:
    make_agreeing(workspace)
    sent(workspace)
    for role, offered in (("viewer", False), ("agent", False), ("manager", True), ("owner", True)):
        page = body(signed_in(workspace, role).get("/"))
        assert (reverse("broadcasts:new") in page) is offered


def test_home_shows_nothing_of_another_workspace(workspace: Workspace, owner: Client) -> None:
    other = make_workspace("Toko lain")
    make_agreeing(other, 4)
    make_channel(other, name="Nomor rahasia")
    sent(other, name="Rahasia mereka")
    make_channel(workspace)
    page = body(owner.get("/"))
    assert "ahasia" not in page
    assert "dari 0 kontak" in page


def test_home_takes_the_same_queries_for_one_and_three(workspace: Workspace, owner: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert owner.get("/").status_code == 200
        return len(seen)

    make_agreeing(workspace, 1)
    sent(workspace, text="Satu")
    owner.get("/")
    one = queries()
    make_agreeing(workspace, 2)
    for number in range(2):
        make_channel(workspace, name=f"Nomor {number}", phone=f"+62811000000{number}")
        sent(workspace, text=f"Lagi {number}")
    assert queries() == one


def test_home_counts_the_day_of_the_shop(owner: Client, workspace: Workspace) -> None:
    people = make_agreeing(workspace, 3)
    withdraw(workspace=workspace, contact_ids=[people[0].pk], statement=ConsentStatement("marketing", "stop_word"))
    page = body(owner.get("/"))
    assert "3 orang setuju dalam 30 hari terakhir, 1 berhenti" in page


def test_home_takes_no_post(owner: Client) -> None:
    assert owner.post("/").status_code == 405


# The report on the broadcast's page


def test_report_says_what_it_earned(workspace: Workspace, owner: Client) -> None:
    people = make_agreeing(workspace, 3)
    broadcast = sent(workspace)
    message = Message.objects.get(origin_id=broadcast.pk, contact=people[0])
    Message.objects.filter(pk=message.pk).update(state="read", delivered_at=clock.now(), read_at=clock.now())
    link = TrackedLink.objects.get(content=broadcast.content)
    Click.objects.create(link=link, message=message, contact_id=message.contact_id, at=clock.now() - timedelta(hours=2))
    make_order(workspace, people[0].pk, "GN-1", ordered_at=clock.now() - timedelta(hours=1), total=150_000)
    page = body(owner.get(reverse("broadcasts:detail", args=[broadcast.pk])))
    assert "Rp150" in page
    assert "Dibaca minimal 1 (33,3 %)" in page.replace("\u00a0", " ")
    assert "1 pesanan dalam 7 hari" in page


def test_report_of_something_unread_does_not_name_a_moment(workspace: Workspace, owner: Client) -> None:
    make_agreeing(workspace, 3)
    broadcast = sent(workspace)
    Message.objects.filter(pk=Message.objects.filter(origin_id=broadcast.pk).earliest("pk").pk).update(
        sent_at=clock.now() - timedelta(hours=3)
    )
    page = body(owner.get(reverse("broadcasts:detail", args=[broadcast.pk])))
    assert "Paling banyak dibaca" not in page


# The file


HOSTILE = ("=1+1", "@SUM(1)", "-2+3", '=HYPERLINK("http://x")', "\t=1", "a;=1", "<script>alert(1)</script>", '"x')


def test_csv_has_all_recipients_and_no_formula(workspace: Workspace, owner: Client) -> None:
    people = make_agreeing(workspace, len(HOSTILE))
    for person, name in zip(people, HOSTILE, strict=True):
        person.name = name
        person.save()
    broadcast = sent(workspace)
    response = owner.get(reverse("analytics:report_csv", args=[broadcast.pk]))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == f'attachment; filename="broadcast-{broadcast.pk}.csv"'
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    head, *rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert head[:3] == ["Nama", "Nomor WhatsApp", "Status"]
    assert len(rows) == len(HOSTILE)
    assert {row[2] for row in rows} == {"Terkirim"}
    for row in rows:
        assert len(row) == len(head)
        assert not [cell for cell in row if cell[:1] in "=@-\t" and cell]
    assert AuditEntry.objects.filter(action="broadcast.export", target_id=broadcast.pk).exists()


def test_csv_is_for_managers_and_their_own_broadcasts(workspace: Workspace, owner: Client) -> None:
    address = reverse("analytics:report_csv", args=[sent(workspace).pk])
    for role in ("viewer", "agent"):
        assert signed_in(workspace, role).get(address).status_code == 403
    theirs = reverse("analytics:report_csv", args=[sent(make_workspace("Toko lain")).pk])
    assert owner.get(theirs).status_code == 404
    assert owner.get(reverse("analytics:report_csv", args=[10**17])).status_code == 404
    assert owner.post(address).status_code == 405


def test_dashboard_says_how_each_number_is_and_why(workspace: Workspace, owner: Client) -> None:
    channel = make_channel(workspace, name="Toko")
    page = body(owner.get(reverse("analytics:home")))
    assert "Sehat" in page
    assert "Pesan menunggu" not in page
    channel.state = "offline"
    channel.save()
    page = body(owner.get(reverse("analytics:home")))
    assert "Pesan menunggu dan terkirim saat terhubung lagi." in page
