"""The alert about messages that may mean stop."""

import pytest

from wabolt.accounts.tests.factories import make_workspace
from wabolt.alerts.queries import open_alerts
from wabolt.consent.services import ConsentStatement, grant, hold_for_doubt, settle_doubt
from wabolt.consent.services.alerting import check_doubts
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock

pytestmark = pytest.mark.django_db


def test_doubt_has_an_alert_until_a_member_has_decided() -> None:
    workspace, other = make_workspace(), make_workspace("Lain")
    contact = make_contact(workspace)
    grant(workspace=workspace, contact_ids=[contact.pk], statement=ConsentStatement("marketing", "form"))
    assert hold_for_doubt(workspace=workspace, contact_id=contact.pk, evidence={}, at=clock.now())
    check_doubts()
    [shown] = open_alerts(workspace, "agent")
    assert shown.sentence == "1 pelanggan mungkin tidak mau promo lagi."
    assert open_alerts(other, "owner") == []
    assert shown.url == f"/contacts/{contact.pk}/?tab=conversation"
    settle_doubt(workspace=workspace, contact_id=contact.pk, is_stop=False)
    check_doubts()
    assert open_alerts(workspace, "agent") == []
