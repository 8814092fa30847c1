"""The freeze and the lane give the same reasons, each in its own SQL."""

import re
from datetime import time, timedelta

import pytest
from django.db import connection
from django.utils.translation import override

from wabolt.accounts.tests.factories import make_workspace
from wabolt.broadcasts.queries import audience_sql
from wabolt.broadcasts.queries.audience import AUDIENCE
from wabolt.broadcasts.tests.factories import make_agreeing, make_broadcast
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.services import ConsentStatement, restrict, withdraw
from wabolt.contacts.models import Contact
from wabolt.contacts.services import add_identities
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.messaging.gateway import work_lane_once
from wabolt.messaging.models import Message
from wabolt.messaging.queries import promotion_refusal_sql, reason_words
from wabolt.messaging.tests.factories import queue_promotion

pytestmark = pytest.mark.django_db


def _frozen(broadcast_channel: object, workspace: object) -> dict[int, str]:
    broadcast = make_broadcast(workspace, broadcast_channel, text="Kabar yang belum pernah dikirim")  # type: ignore[arg-type]
    sql, params = audience_sql(broadcast, clock.now())
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return {contact: reason for contact, reason, *_more in cursor.fetchall()}


def test_freeze_and_lane_agree_on_every_contact() -> None:
    workspace = make_workspace()
    channel = make_channel(workspace, quiet_from=time(0), quiet_until=time(0), cap_per_day=1)
    _fine, stopped, capped, numberless, resting = make_agreeing(workspace, 5)
    restrict(workspace=workspace, contact_id=resting.pk)
    make_contact(workspace, "Never asked")
    withdraw(workspace=workspace, contact_ids=[stopped.pk], statement=ConsentStatement("marketing", "stop_word"))
    number = stopped.identities.get(kind="phone").value
    stopped.identities.all().delete()
    # A contact with consent gets the number of a contact who stopped.
    [heir] = make_agreeing(workspace, 1)
    add_identities(workspace=workspace, contact_id=heir.pk, identities=[("phone", number)])
    numberless.identities.all().delete()
    earlier = queue_promotion(channel, [capped], "Pesan tadi", origin_id=900)
    Message.objects.filter(pk=earlier[0].pk).update(
        state="sent", attempted_at=clock.now() - timedelta(seconds=1), sent_at=clock.now()
    )
    frozen = _frozen(channel, workspace)
    assert set(frozen.values()) == {
        "", "opted_out", "frequency_cap", "no_number", "no_consent", "suppressed_number",
        "restricted",
    }  # fmt: skip
    everybody = list(Contact.objects.filter(workspace=workspace))
    messages = queue_promotion(channel, everybody, "Kabar lain", origin_id=901)
    while work_lane_once(channel):
        pass
    reasons = Message.objects.filter(pk__in=[message.pk for message in messages])
    assert frozen == dict(reasons.values_list("contact_id", "reason"))


def test_every_reason_of_a_freeze_has_words() -> None:
    reasons = set(re.findall(r"THEN '(\w+)'", AUDIENCE + promotion_refusal_sql()))
    assert {"no_consent", "duplicate"} < reasons
    with override("id"):
        unspoken = [reason for reason in reasons if reason_words(reason) == reason.replace("_", " ")]
    assert not unspoken
