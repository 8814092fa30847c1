"""Changes of an event since the backup stay, in the database that a restore puts in place."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import transaction

from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.lib import clock
from wabolt.lib.restore import Restore
from wabolt.lib.tests.previous import previous_database
from wabolt.optin.events.services import cancel_event, cancel_registration, carry_events, check_in, send_due_reminders
from wabolt.optin.events.tests.factories import SATURDAY, make_event, make_guest
from wabolt.optin.models import EventReminder, Registration, ShopEvent

NOW = SATURDAY - timedelta(days=1)


@pytest.fixture
def previous(transactional_db: None) -> Iterator["psycopg.Connection[Any]"]:
    with previous_database() as other:
        yield other


@pytest.fixture
def channel(transactional_db: None) -> Channel:
    return make_channel()


def rows(model: Any) -> list[dict[str, Any]]:
    return list(model.objects.order_by("pk").values())


@pytest.mark.usefixtures("socket_enabled")
def test_cancellations_check_ins_and_reminders_stay(channel: Channel, previous: "psycopg.Connection[Any]") -> None:
    with clock.hold(NOW) as held:
        event, gone = make_event(channel), make_event(channel, title="Kelas Tenun")
        guests = [make_guest(event) for _number in range(3)]
        made_at = clock.now()
        backup = {model: rows(model) for model in (ShopEvent, Registration, EventReminder)}
        held.move(hours=1)
        send_due_reminders()
        cancel_registration(workspace=channel.workspace, registration_id=guests[0].pk)
        cancel_event(workspace=channel.workspace, event_id=gone.pk)
        check_in(workspace=channel.workspace, registration_id=guests[1].pk, by=None)
        since = {model: rows(model) for model in backup}
        assert since != backup
        with transaction.atomic():
            for model, stored in backup.items():
                for row in stored:
                    model.objects.filter(pk=row["id"]).update(**row)
            carry_events(Restore(made_at, previous, frozenset({channel.workspace_id})))
            assert {model: rows(model) for model in backup} == since
            assert send_due_reminders() == 0
