"""The cases of `test_alert_kinds.py`: for each kind of alert, the event that opens it and the one that resolves it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models.functions import Now

from wabolt.accounts.models import Membership, Workspace
from wabolt.accounts.tests.factories import make_member
from wabolt.alerts import services
from wabolt.autoreply.models import ReplySettings
from wabolt.autoreply.services import check_app_answers
from wabolt.backups import queries as backup_queries
from wabolt.backups import services as backups
from wabolt.backups.tests.factories import make_run
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.services import alerting as broadcast_alerts
from wabolt.broadcasts.tests.factories import make_broadcast
from wabolt.channels.models import CloudAccount, LinkedNumber, RawEvent
from wabolt.channels.services import alerting as channel_alerts
from wabolt.channels.services import open_pause_alert, resolve_pause_alert, set_state
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.models import StopDoubt
from wabolt.consent.services import alerting as consent_alerts
from wabolt.contacts.models import Consumer, ParkedEvent
from wabolt.contacts.registry import ActionRun, consumers, contact_action
from wabolt.contacts.services import alerting as consumer_alerts
from wabolt.contacts.tests.factories import make_contact
from wabolt.imports.models import Import
from wabolt.imports.services import alerting as import_alerts
from wabolt.inbox import services as inbox
from wabolt.lib import clock
from wabolt.lib.clock import HeldClock
from wabolt.lib.restore import Restore
from wabolt.messaging import standstill
from wabolt.messaging.models import Conversation, Message
from wabolt.messaging.restored import queries as held_queries
from wabolt.messaging.restored import services as held_messages
from wabolt.messaging.tests.factories import queue_service
from wabolt.operations.models import Process
from wabolt.operations.services import check_restarts, disk, outages
from wabolt.optin.giveaways.alerting import UNKNOWN
from wabolt.optin.giveaways.services import warn_about_draws
from wabolt.optin.giveaways.tests.factories import make_giveaway
from wabolt.optin.models import Giveaway
from wabolt.privacy.models import Breach, DataRequest, ErasureNotice
from wabolt.privacy.services import retry_notice, send_notices_due, update_deadline_alerts

NOON = datetime(2026, 11, 30, 5, tzinfo=UTC)  # Monday, 12.00 WIB


@dataclass
class Scene:
    """A shop at noon. `happen` of a case leaves in `made` what its `end` needs."""

    shop: Workspace
    clock: HeldClock
    patch: pytest.MonkeyPatch
    made: list[object] = field(default_factory=list)


Act = Callable[[Scene], object]


@dataclass(frozen=True)
class Case:
    """`happen`: opens the alert as in real life; it may be called again while the alert is open. `end`: resolves it;
    None for an event without a condition, which ends by itself."""

    happen: Act
    end: Act | None = None


def _backup_failed(scene: Scene) -> None:
    make_run(state="failed", reason="disk_full")
    backups.check_backups()


def _backup_old(scene: Scene) -> None:
    backups.ensure_settings()
    if not scene.made:
        scene.made.append(scene.clock.move(hours=51))
    backups.check_backups()


def backup_again(scene: Scene) -> None:
    make_run(clock.now() + timedelta(seconds=1))
    backups.check_backups()


def _key(scene: Scene) -> None:
    backups.ensure_key()
    if not scene.made:
        scene.made.append(scene.clock.move(hours=25))
    backups.check_backups()


def _key_noted(scene: Scene) -> None:
    backups.confirm_key(last_group=backup_queries.pending_key().split()[-1])
    backups.check_backups()


def _once(scene: Scene, make: Callable[[], object]) -> object:
    if not scene.made:
        scene.made.append(make())
    return scene.made[0]


def _stopped(scene: Scene) -> None:
    channel = _once(scene, lambda: make_channel(scene.shop))
    set_state(channel=channel, state="logged_out")  # type: ignore[arg-type]


def _paused(scene: Scene, *, by_vendor: bool) -> None:
    channel = _once(scene, lambda: make_channel(scene.shop))
    open_pause_alert(channel, "WhatsApp membatasi pesan.", None, is_warning=by_vendor)  # type: ignore[arg-type]


def _silent(scene: Scene) -> None:
    channel = _once(scene, lambda: make_channel(scene.shop, provider="linked", state="connected"))
    since = clock.now() - timedelta(hours=25)
    LinkedNumber.objects.update_or_create(channel=channel, defaults={"phone_off_since": since})
    channel_alerts.check_numbers()


def _rated(quality: str) -> Act:
    def act(scene: Scene) -> None:
        channel = _once(scene, lambda: make_channel(scene.shop, provider="cloud"))
        CloudAccount.objects.update_or_create(channel=channel, defaults={"quality": quality})
        channel_alerts.check_numbers()

    return act


def _clock_ahead(scene: Scene) -> None:
    channel = _once(scene, lambda: make_channel(scene.shop, provider="linked"))
    for minutes in (1, 2, 3):
        arrived = clock.now() - timedelta(minutes=minutes)
        RawEvent.objects.create(
            channel=channel, kind="message", payload={}, dedupe_key=f"{minutes}-{RawEvent.objects.count()}",
            received_at=arrived, occurred_at=arrived - timedelta(minutes=8),
        )  # fmt: skip
    channel_alerts.check_clock()


def _app_answers(scene: Scene) -> None:
    if not scene.made:
        ReplySettings.objects.create(workspace=scene.shop)
        channel, now = make_channel(scene.shop), clock.now()
        scene.made.append(channel)
        for _ in range(3):
            who = {"workspace": scene.shop, "channel": channel, "contact": make_contact(scene.shop)}
            Conversation.objects.create(**who, last_inbound_at=now)
            Message.objects.create(**who, direction="inbound", state="received", created_at=now)
            text = "Halo Kak, terima kasih sudah menghubungi kami!"
            Message.objects.create(**who, direction="outbound", state="sent", origin_kind="phone", text=text)
    check_app_answers()


def _draw(scene: Scene) -> Giveaway:
    giveaway: Giveaway = _once(scene, lambda: make_giveaway(make_channel(scene.shop), kind="draw"))  # type: ignore[assignment]
    Giveaway.objects.update(last_number=1)
    return giveaway


def _uncertain_draw(scene: Scene) -> None:
    _draw(scene)
    warn_about_draws(Restore(NOON))


def _unknown_winner(scene: Scene) -> None:
    """Its producer needs two databases: `optin/giveaways/tests/test_restoring.py`."""
    data = {"name": "Undian motor", "tickets": "K7PQ2MXW4R"}
    services.open_alert(workspace=scene.shop, kind=UNKNOWN, subject=str(_draw(scene).pk), data=data)


def _doubt(scene: Scene) -> None:
    contact = _once(scene, lambda: make_contact(scene.shop))
    StopDoubt.objects.get_or_create(workspace=scene.shop, contact=contact, defaults={"since": clock.now()})
    consent_alerts.check_doubts()


def _behind(scene: Scene) -> None:
    """Its producer, `check_consumers`, needs committed events (`contacts/tests/test_alerting.py`)."""
    data = {"unread": 12, "since": clock.now().isoformat()}
    name = next(iter(consumers()))
    services.reconcile_alerts(kind=consumer_alerts.BEHIND, found={(scene.shop.pk, name): data})


def _parked(scene: Scene) -> None:
    def park() -> ParkedEvent:
        return ParkedEvent.objects.create(
            consumer=Consumer.objects.create(name="uji"), workspace=scene.shop, contact=make_contact(scene.shop),
            event_id=1, event_time=clock.now(), kind="note_added", error="ValueError: x",
        )  # fmt: skip

    _once(scene, park)
    consumer_alerts.check_consumers()


def _standstill(scene: Scene) -> None:
    if not scene.made:
        people = [make_contact(scene.shop)]
        scene.made += queue_service(make_channel(scene.shop), people, priority=Message.Priority.REPLY)
        scene.clock.move(minutes=16)
    standstill.check_lanes()


def _held(scene: Scene) -> None:
    _once(scene, lambda: queue_service(make_channel(scene.shop), [make_contact(scene.shop)]))
    held_messages.hold_waiting(known=())


def _drop_held(scene: Scene) -> None:
    actor = Membership.objects.filter(workspace=scene.shop)[0].user
    for group in held_queries.held_groups(scene.shop):
        held_messages.drop_held(workspace=scene.shop, group=group, actor=actor)


def _import(state: str, **more: object) -> Act:
    def act(scene: Scene) -> None:
        imported = _once(
            scene,
            lambda: Import.objects.create(
                workspace=scene.shop, kind="contacts", filename="pelanggan.csv", size=1, sha256="0" * 64, state=state,
                started_at=clock.now() - timedelta(minutes=5), finished_at=clock.now(), next_row=24_500, **more,
            ),
        )  # fmt: skip
        import_alerts.open_end_alert(imported)  # type: ignore[arg-type]

    return act


def _waiting(scene: Scene) -> None:
    if not scene.made:
        scene.made.append(
            Conversation.objects.create(
                workspace=scene.shop, channel=make_channel(scene.shop), contact=make_contact(scene.shop),
                last_message_at=clock.now(), last_inbound_at=clock.now(), unanswered=1,
            )
        )  # fmt: skip
        scene.clock.move(hours=2)
    inbox.check_waiting()


def _assigned(scene: Scene) -> None:
    contact = _once(scene, lambda: make_contact(scene.shop))
    if len(scene.made) == 1:
        scene.made.append(
            Conversation.objects.create(
                workspace=scene.shop, channel=make_channel(scene.shop), contact=contact, last_inbound_at=clock.now(),
                last_message_at=clock.now(),
            )
        )  # fmt: skip
    to = Membership.objects.filter(workspace=scene.shop).earliest("pk").user
    inbox.assign_newest(workspace=scene.shop, contact_ids=[contact.pk], to=to, origin=("journey", 5))  # type: ignore[attr-defined]


def _seen(scene: Scene) -> None:
    by = Membership.objects.filter(workspace=scene.shop).earliest("pk").user
    inbox.note_seen(conversation=scene.made[1], by=by)  # type: ignore[arg-type]


def _look(scene: Scene) -> None:
    contact = _once(scene, lambda: make_contact(scene.shop))
    run = ActionRun(scene.shop, {contact.pk: "k"}, {"text": "mau jadi reseller"}, ("journey", 5))  # type: ignore[attr-defined]
    action = contact_action("inbox.tell_team")
    assert action is not None
    action.apply(run)


def _disk(free: int) -> Act:
    def act(scene: Scene) -> None:
        usage = type("Usage", (), {"total": 10**11, "free": free})
        scene.patch.setattr("shutil.disk_usage", lambda _path: usage)
        disk.check_disk()

    return act


def _of_installation(kind: str, **data: object) -> Case:
    """Their producers ask another server: `operations/tests/test_updates.py`, `public_address/tests/`."""
    return Case(
        lambda _scene: services.open_alert_of_installation(kind=kind, data=data),
        lambda _scene: services.resolve_alert_of_installation(kind=kind),
    )


def _request(hours: int) -> Case:
    def happen(scene: Scene) -> None:
        if not scene.made:
            contact = make_contact(scene.shop)
            asked = DataRequest.objects.create(workspace=scene.shop, contact=contact, kind="access", source="staff")
            scene.made.append(asked)
            scene.clock.move(hours=hours)
        update_deadline_alerts()

    def end(scene: Scene) -> None:
        DataRequest.objects.update(state="answered", closed_at=clock.now())
        update_deadline_alerts()

    return Case(happen, end)


def _breach(hours: int) -> Case:
    def happen(scene: Scene) -> None:
        if not scene.made:
            scene.made.append(Breach.objects.create(workspace=scene.shop, title="HP kasir hilang"))
            scene.clock.move(hours=hours)
        update_deadline_alerts()

    def end(scene: Scene) -> None:
        Breach.objects.update(agency_told_at=clock.now(), people_told_at=clock.now())
        update_deadline_alerts()

    return Case(happen, end)


def _notice_given_up(scene: Scene) -> None:
    ErasureNotice.objects.get_or_create(
        workspace=scene.shop, contact=_once(scene, lambda: make_contact(scene.shop)), address="no address",
        defaults={"due_at": clock.now()},
    )  # fmt: skip
    send_notices_due()


def _notice_again(scene: Scene) -> None:
    actor = make_member(scene.shop, "manager", "ulang@example.com")
    retry_notice(workspace=scene.shop, notice_id=ErasureNotice.objects.get().pk, actor=actor)


def _broadcast(state: str, problem: str) -> Act:
    def act(scene: Scene) -> None:
        stored = _once(scene, lambda: make_broadcast(scene.shop))
        Broadcast.objects.filter(pk=stored.pk).update(state=state, problem=problem)  # type: ignore[attr-defined]
        broadcast_alerts.check_broadcasts()

    return act


def _later(change: Act, check: Callable[[], object]) -> Act:
    def act(scene: Scene) -> None:
        change(scene)
        check()

    return act


def _outage(_scene: Scene) -> None:
    outages.note_outage(since=NOON - timedelta(minutes=5), until=NOON)


def _crashed(*minutes: int) -> Act:
    """A gateway lives, and others crashed so many minutes ago."""

    def act(_scene: Scene) -> None:
        Process.objects.all().delete()
        for number, ago in enumerate((0, *minutes)):
            Process.objects.create(name=f"gateway:{number}", kind="gateway", host="toko", version="1.0")
            Process.objects.filter(name=f"gateway:{number}").update(beat_at=Now() - timedelta(minutes=ago))
        check_restarts()

    return act


CASES: dict[str, Case] = {
    "autoreply.app_answers": Case(
        _app_answers, _later(lambda _scene: ReplySettings.objects.update(is_on=False), check_app_answers)
    ),
    "backup.failed": Case(_backup_failed, backup_again),
    "backup.key": Case(_key, _key_noted),
    "backup.old": Case(_backup_old, backup_again),
    "breach.new": _breach(0),
    "breach.day_1": _breach(25),
    "breach.day_2": _breach(49),
    "breach.overdue": _breach(73),
    "broadcast.stopped": Case(_broadcast("paused", "Meta menjeda template ini."), _broadcast("running", "")),
    "channel.paused": Case(
        lambda scene: _paused(scene, by_vendor=False),
        lambda scene: resolve_pause_alert(scene.made[0]),  # type: ignore[arg-type]
    ),
    "channel.phone_silent": Case(
        _silent,
        _later(lambda _scene: LinkedNumber.objects.update(phone_off_since=None), channel_alerts.check_numbers),
    ),
    "channel.quality": Case(_rated("red"), _rated("green")),
    "channel.stopped": Case(_stopped, lambda scene: set_state(channel=scene.made[0], state="connected")),  # type: ignore[arg-type]
    "channel.warned": Case(
        lambda scene: _paused(scene, by_vendor=True),
        lambda scene: resolve_pause_alert(scene.made[0]),  # type: ignore[arg-type]
    ),
    "consent.doubt": Case(_doubt, _later(lambda _scene: StopDoubt.objects.all().delete(), consent_alerts.check_doubts)),
    "consumer.behind": Case(_behind, lambda _scene: services.reconcile_alerts(kind=consumer_alerts.BEHIND, found={})),
    "consumer.parked": Case(
        _parked, _later(lambda _scene: ParkedEvent.objects.all().delete(), consumer_alerts.check_consumers)
    ),
    "database.away": Case(_outage),
    "disk.full": Case(_disk(10**8), _disk(9 * 10**10)),
    "disk.low": Case(_disk(10**9), _disk(9 * 10**10)),
    "giveaway.uncertain_draw": Case(_uncertain_draw),
    "giveaway.unknown_winner": Case(_unknown_winner),
    "import.done": Case(_import("done")),
    "import.failed": Case(_import("failed", error={"code": "interrupted", "params": {}})),
    "inbox.assigned": Case(_assigned, _seen),
    "inbox.look": Case(_look),
    "inbox.waiting": Case(
        _waiting, _later(lambda _scene: Conversation.objects.update(unanswered=0), inbox.check_waiting)
    ),
    "installation.clock_ahead": Case(
        _clock_ahead, _later(lambda _scene: RawEvent.objects.all().delete(), channel_alerts.check_clock)
    ),
    "lane.standstill": Case(
        _standstill, _later(lambda _scene: Message.objects.update(state="sent"), standstill.check_lanes)
    ),
    "messaging.held": Case(_held, _drop_held),
    "operations.keeps_dying": Case(_crashed(2, 4, 6), _crashed(11, 13)),
    "operations.new_version": _of_installation("operations.new_version", version="9.9.9"),
    "privacy.new": _request(0),
    "privacy.day_1": _request(25),
    "privacy.day_2": _request(49),
    "privacy.notice": Case(_notice_given_up, _notice_again),
    "privacy.overdue": _request(73),
    "public_address.certificate_expires": _of_installation(
        "public_address.certificate_expires", url="https://wa.toko.id", until="2026-12-03T00:00:00+00:00"
    ),
    "public_address.down": _of_installation(
        "public_address.down", url="https://wa.toko.id", problem="refused", name="wa.toko.id"
    ),
}
