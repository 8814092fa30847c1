"""Retention: the dry run changes nothing, passes work in batches, and a killed pass goes on."""

from datetime import datetime, timedelta

import pytest
from django.db import connection

from wabolt.accounts.models import AuditEntry, User, Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.models import ConsentEvent, Suppression
from wabolt.consent.tests.factories import give_consent, say_stop
from wabolt.contacts.models import ContactView, Event
from wabolt.contacts.services import note_view
from wabolt.contacts.tests.factories import make_contact
from wabolt.imports.models import Import, ImportRejection
from wabolt.lib.clock import HeldClock
from wabolt.lib.errors import DomainError
from wabolt.lib.retention import retention_classes
from wabolt.messaging.models import Message
from wabolt.privacy import queries, services
from wabolt.privacy.models import RetentionRule, RetentionRun
from wabolt.privacy.services import retention

YEARS = timedelta(days=3 * 365)


def make_message(channel: Channel, at: datetime, **fields: object) -> Message:
    values = {
        "workspace": channel.workspace, "channel": channel, "direction": "inbound", "state": "received",
        "purpose": "service", "text": "Alamat saya Jalan Dago 5", "created_at": at, "origin_kind": "contact", **fields,
    }  # fmt: skip
    return Message.objects.create(**values)


@pytest.fixture
def old(channel: Channel, held: HeldClock, owner: User) -> Workspace:
    """A shop with data of every class from three years ago, and of today."""
    shop = channel.workspace
    for at in (held.moment - YEARS, held.moment):
        with_at = at
        contact = make_contact(shop)
        for _n in range(3):
            make_message(channel, with_at, contact=contact)
        imported = Import.objects.create(
            workspace=shop, kind="contacts", filename="k.csv", size=1, sha256="0" * 64, created_at=at
        )
        ImportRejection.objects.create(imported=imported, row=1, cells=["Budi"], code="phone_short")
        note_view(workspace=shop, contact_id=contact.pk, user=owner, how="page")
    ContactView.objects.filter(pk=ContactView.objects.order_by("pk")[0].pk).update(at=held.moment - YEARS)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO contacts_event (workspace_id, contact_id, kind, time, data)"
            " SELECT workspace_id, id, 'note_added', %s, '{}' FROM contacts_contact WHERE workspace_id = %s",
            [held.moment - YEARS, shop.pk],
        )
    give_consent(shop, [contact.pk])
    say_stop(shop, [contact.pk])
    return shop


ALL = {"messages": 24, "events": 24, "views": 24, "rejections": 24}


def night(held: HeldClock) -> None:
    held.move(days=1)
    services.run_due()


def test_it_is_off_by_default(old: Workspace, held: HeldClock) -> None:
    night(held)
    assert Message.objects.exclude(text="").count() == 6
    assert {data.key for data in retention_classes()} >= set(ALL) | {"files"}


def test_the_dry_run_counts_and_changes_nothing(old: Workspace) -> None:
    rows = {row.data.key: row.count for row in queries.dry_run(old, ALL)}
    assert {key: rows[key] for key in ALL} == {"messages": 3, "events": 2, "views": 1, "rejections": 1}
    assert rows["files"] == 0
    assert Message.objects.exclude(text="").count() == 6
    assert not RetentionRule.objects.exists()


def test_a_night_removes_what_is_old_and_keeps_the_figures(old: Workspace, held: HeldClock) -> None:
    other = make_channel(make_workspace("Lain"))
    make_message(other, held.moment - YEARS, contact=make_contact(other.workspace))
    ledger, stops, rows = ConsentEvent.objects.count(), Suppression.objects.count(), Message.objects.count()
    assert services.save_rules(workspace=old, months=ALL)["messages"] == (None, 24)
    assert services.run_due() == 0, "nothing before the night"
    night(held)
    assert Message.objects.filter(workspace=old).exclude(text="").count() == 3
    assert Message.objects.filter(workspace=other.workspace).exclude(text="").exists()
    assert Message.objects.count() == rows
    assert not Event.objects.filter(workspace=old, time__lt=held.moment - timedelta(days=800)).exists()
    assert list(ImportRejection.objects.order_by("pk").values_list("cells", flat=True)) == [[], ["Budi"]]
    assert ContactView.objects.count() == 1
    assert (ConsentEvent.objects.count(), Suppression.objects.count()) == (ledger, stops)
    told = {
        entry.data["data_class"]: entry.data["count"] for entry in AuditEntry.objects.filter(action="retention.run")
    }
    assert told["messages"] == 3
    services.run_due()
    assert RetentionRun.objects.filter(key="messages").count() == 1, "once a night"


def test_a_killed_pass_goes_on_behind_its_last_batch(
    old: Workspace, held: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each batch commits with its position, so a kill loses at most the batch at work."""
    monkeypatch.setattr(retention, "BATCH", 1)
    services.save_rules(workspace=old, months={"messages": 24})
    held.move(days=1)
    rule = RetentionRule.objects.get()
    run = RetentionRun.objects.create(workspace=old, key="messages", before=queries.cut(held.moment, rule.months))
    [data] = [one for one in retention_classes() if one.key == "messages"]
    last, count = data.remove(old.pk, run.before, 0, 1)
    RetentionRun.objects.filter(pk=run.pk).update(position=last, removed=count)
    assert services.run_due() == 2
    run.refresh_from_db()
    assert (run.removed, run.finished_at) == (3, held.moment)
    assert RetentionRun.objects.count() == 1


def test_a_time_that_is_too_short_is_refused(old: Workspace) -> None:
    for months, code in ((1, "too_short"), (121, "too_long")):
        with pytest.raises(DomainError) as refused:
            services.save_rules(workspace=old, months={"messages": months})
        assert refused.value.code == code


def test_the_night_is_the_shops(shop: Workspace, held: HeldClock) -> None:
    assert queries.next_run(shop, held.moment).astimezone(shop.tz).hour == 2
    assert queries.next_run(shop, held.moment) - held.moment == timedelta(hours=14)
