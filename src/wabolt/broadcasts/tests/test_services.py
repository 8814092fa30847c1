import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.urls import reverse

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.broadcasts import queries, services
from wabolt.broadcasts.models import Broadcast, Recipient
from wabolt.broadcasts.services.restoring import pause_running
from wabolt.broadcasts.tests.factories import make_agreeing, make_broadcast
from wabolt.channels.tests.factories import make_channel
from wabolt.commerce.models import Voucher
from wabolt.consent.services import ConsentStatement, withdraw
from wabolt.contacts.models import Contact
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.restore import Restore
from wabolt.messaging.models import Message, PausedOrigin

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


def _frozen(broadcast: Broadcast) -> Broadcast:
    services.start(broadcast=broadcast)
    return services.freeze(broadcast_id=broadcast.pk)


def _reasons(broadcast: Broadcast) -> dict[str, str]:
    rows = Recipient.objects.filter(broadcast=broadcast).select_related("contact")
    return {row.contact.name: row.reason or row.outcome for row in rows}


def test_freeze_queues_consenting_contacts_and_stores_other_reasons(workspace: Workspace) -> None:
    make_agreeing(workspace, 2)
    stopped = make_agreeing(workspace, 1)[0]
    stopped.name = "Stop"
    stopped.save()
    withdraw(workspace=workspace, contact_ids=[stopped.pk], statement=ConsentStatement("marketing", "stop_word"))
    make_contact(workspace, "Never asked")
    make_contact(make_workspace("Toko Lain"), "Stranger")
    broadcast = _frozen(make_broadcast(workspace))
    assert broadcast.state == "running"
    assert broadcast.planned == 4
    assert _reasons(broadcast) == {
        "Ayu 0": "queued", "Ayu 1": "queued", "Stop": "opted_out", "Never asked": "no_consent",
    }  # fmt: skip
    assert Message.objects.filter(origin_kind="broadcast", origin_id=broadcast.pk, state="queued").count() == 2


def test_preview_counts_messages_queued_before(workspace: Workspace) -> None:
    make_agreeing(workspace, 3)
    channel = make_channel(workspace, quiet_from="00:00", quiet_until="00:00", messages_per_minute=1)
    _frozen(make_broadcast(workspace, channel))
    now = clock.now()
    with clock.hold(now):
        seen = queries.preview(make_broadcast(workspace, channel, text="Yang lain"))
    assert seen.finish == now + timedelta(minutes=6)


def test_preview_and_freeze_agree(workspace: Workspace) -> None:
    make_agreeing(workspace, 3)
    make_contact(workspace)
    make_agreeing(workspace, 1)[0].identities.all().delete()
    broadcast = make_broadcast(workspace)
    seen = queries.preview(broadcast)
    assert (seen.total, seen.recipients, seen.excluded) == (5, 3, {"no_consent": 1, "no_number": 1})
    done = queries.progress(_frozen(broadcast))
    assert (done.planned, done.count("queued"), done.count("suppressed")) == (5, 3, 2)


def test_freeze_twice_plans_once(workspace: Workspace) -> None:
    make_agreeing(workspace, 2)
    broadcast = _frozen(make_broadcast(workspace))
    services.freeze(broadcast_id=broadcast.pk)
    assert Recipient.objects.filter(broadcast=broadcast).count() == 2
    assert Message.objects.count() == 2


def test_failed_freeze_is_deferred_again(workspace: Workspace) -> None:
    make_agreeing(workspace, 2)
    broadcast = services.start(broadcast=make_broadcast(workspace))
    assert services.revive_frozen() == 0, "its job has hardly begun"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed'")
    Broadcast.objects.update(started_at=broadcast.started_at - timedelta(minutes=3))
    assert services.revive_frozen() == services.revive_frozen() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, args FROM procrastinate_jobs WHERE status = 'todo'")
        waiting = cursor.fetchall()
    assert [(name, json.loads(args) if isinstance(args, str) else args) for name, args in waiting] == [
        ("broadcasts.freeze", {"broadcast_id": broadcast.pk})
    ]


def test_holdout_gets_nothing_and_is_counted(workspace: Workspace) -> None:
    make_agreeing(workspace, 60)
    broadcast = _frozen(make_broadcast(workspace, holdout_percent=50))
    progress = queries.progress(broadcast)
    assert 10 < progress.count("held_out") < 50
    assert progress.count("held_out") + progress.count("queued") == broadcast.planned == 60


def test_voucher_code_travels_with_the_message(workspace: Workspace) -> None:
    person = make_agreeing(workspace)[0]
    _frozen(make_broadcast(workspace, text="Pakai kode {{ voucher.code }} ya Kak", voucher_percent=10))
    voucher = Voucher.objects.get(contact=person)
    assert Message.objects.get(contact=person).variables["voucher"]["code"] == voucher.code


def test_same_text_within_a_week_is_not_sent_again(workspace: Workspace) -> None:
    make_agreeing(workspace)
    first = _frozen(make_broadcast(workspace))
    Message.objects.filter(origin_id=first.pk).update(state="sent", attempted_at=clock.now() - timedelta(days=3))
    assert queries.preview(make_broadcast(workspace)).excluded == {"duplicate": 1}
    assert queries.preview(make_broadcast(workspace, text="Kabar lain, Kak")).excluded == {}


def test_double_submit_makes_one_broadcast(workspace: Workspace) -> None:
    key = uuid4()
    assert make_broadcast(workspace, creation_key=key) == make_broadcast(workspace, creation_key=key)
    assert Broadcast.objects.count() == 1


def test_unknown_variable_is_refused_when_it_is_saved(workspace: Workspace) -> None:
    with pytest.raises(DomainError):
        make_broadcast(workspace, text="Halo {{ contact.nama }}")
    assert not Broadcast.objects.exists()


def test_pause_resume_and_cancel(workspace: Workspace) -> None:
    make_agreeing(workspace, 2)
    broadcast = _frozen(make_broadcast(workspace))
    services.pause(broadcast=broadcast)
    assert PausedOrigin.objects.filter(origin_id=broadcast.pk).exists()
    assert services.resume(broadcast=broadcast).state == "running"
    assert not PausedOrigin.objects.exists()
    services.cancel(broadcast=broadcast)
    assert queries.progress(Broadcast.objects.get()).counts == {"cancelled": 2}
    with pytest.raises(DomainError):
        services.resume(broadcast=broadcast)


def test_scheduled_broadcast_starts_only_at_its_own_moment(workspace: Workspace) -> None:
    broadcast = make_broadcast(workspace)
    at = clock.now() + timedelta(hours=2)
    services.schedule(broadcast=broadcast, at=at)
    services.start_if_due(broadcast_id=broadcast.pk, scheduled_at=at - timedelta(hours=1))
    assert Broadcast.objects.get().state == "scheduled"
    services.start_if_due(broadcast_id=broadcast.pk, scheduled_at=at)
    assert Broadcast.objects.get().state == "freezing"


def test_schedule_in_the_past_is_refused(workspace: Workspace) -> None:
    with pytest.raises(DomainError):
        services.schedule(broadcast=make_broadcast(workspace), at=clock.now() - timedelta(minutes=1))


def test_running_broadcast_completes_when_nothing_is_open(workspace: Workspace) -> None:
    make_agreeing(workspace, 1)
    broadcast = _frozen(make_broadcast(workspace))
    assert services.complete_finished() == 0
    Message.objects.update(state="sent")
    assert services.complete_finished() == 1
    assert Broadcast.objects.get(pk=broadcast.pk).state == "completed"


def test_returned_message_reopens_a_completed_broadcast_only(workspace: Workspace) -> None:
    make_agreeing(workspace, 1)
    done, stopped = _frozen(make_broadcast(workspace)), _frozen(make_broadcast(workspace))
    Message.objects.update(state="sent")
    services.complete_finished()
    Broadcast.objects.filter(pk=stopped.pk).update(state="cancelled")
    assert services.settle_returned() == 0
    # the provider reports later that it held both back
    Message.objects.update(state="queued", not_before=clock.now() + timedelta(days=1))
    assert services.settle_returned() == 2
    assert dict(Broadcast.objects.values_list("pk", "state")) == {done.pk: "running", stopped.pk: "cancelled"}
    assert dict(Message.objects.values_list("origin_id", "state")) == {done.pk: "queued", stopped.pk: "cancelled"}
    assert services.complete_finished() == 0
    assert services.settle_returned() == 0


def test_restored_backup_sends_nothing_automatically(workspace: Workspace) -> None:
    make_agreeing(workspace, 1)
    running = _frozen(make_broadcast(workspace))
    waiting = make_broadcast(workspace)
    services.schedule(broadcast=waiting, at=clock.now() + timedelta(hours=1))
    pause_running(Restore(clock.now(), None, frozenset([workspace.pk])))
    assert set(Broadcast.objects.values_list("state", flat=True)) == {"paused"}
    assert services.resume(broadcast=running).state == "running"
    assert services.resume(broadcast=waiting).state == "scheduled"


def _linked(workspace: Workspace) -> Broadcast:
    known, _ = make_agreeing(workspace, 2)
    Contact.objects.filter(pk=known.pk).update(last_inbound_at=clock.now())
    return make_broadcast(workspace, make_channel(workspace, provider="linked"))


def test_linked_number_excludes_strangers_until_the_owner_allows_them(workspace: Workspace) -> None:
    broadcast = _linked(workspace)
    assert queries.preview(broadcast).excluded == {"never_wrote": 1}
    assert sorted(_reasons(_frozen(broadcast)).values()) == ["never_wrote", "queued"]
    lifted = make_broadcast(workspace, broadcast.channel, text="Yang lain")
    services.set_to_strangers(broadcast=lifted, allowed=True)
    lifted.refresh_from_db()
    _frozen(lifted)
    assert list(Message.objects.filter(origin_id=lifted.pk).values_list("to_strangers", flat=True)) == [True] * 2
    with pytest.raises(DomainError):
        services.set_to_strangers(broadcast=lifted, allowed=False)


def test_only_the_owner_may_allow_strangers(workspace: Workspace) -> None:
    broadcast = _linked(workspace)
    url = reverse("broadcasts:check", args=[broadcast.pk])
    manager, owner = signed_in(workspace, "manager"), signed_in(workspace)
    assert "Saya tanggung risikonya" not in manager.get(url).content.decode()
    assert manager.post(url, {"do": "strangers", "allowed": "1"}).status_code == 422
    assert "lima belas pesan pertama" in owner.get(url).content.decode()
    owner.post(url, {"do": "strangers", "allowed": "1"})
    broadcast.refresh_from_db()
    assert broadcast.to_strangers
    assert "Hanya ke yang pernah chat" in owner.get(url).content.decode()
