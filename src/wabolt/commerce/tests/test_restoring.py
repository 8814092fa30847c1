"""Vouchers that customers got or used since the backup, in the database that a restore puts in place."""

import pytest
from django.db import transaction

from wabolt.accounts.tests.factories import make_workspace
from wabolt.commerce.models import Voucher
from wabolt.commerce.services import VoucherCampaign, carry_vouchers, give_vouchers
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.lib.restore import Restore
from wabolt.lib.tests.previous import previous_database

BIRTHDAY = VoucherCampaign(("journey", 5), percent=10, days=14)


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.django_db(transaction=True)
def test_a_given_code_stays_and_a_used_one_stays_used() -> None:
    workspace, other = make_workspace(), make_workspace("Lain")
    person = make_contact(workspace)
    given = give_vouchers(workspace=workspace, campaign=BIRTHDAY, gifts={"one": person.pk, "two": person.pk})
    give_vouchers(workspace=other, campaign=BIRTHDAY, gifts={"three": make_contact(other).pk})
    used, since = given["one"], given["two"]
    Voucher.objects.filter(pk=used.pk).update(redeemed_at=clock.now())
    stored = list(Voucher.objects.order_by("pk").values())
    with transaction.atomic(), previous_database() as previous:
        Voucher.objects.filter(pk=used.pk).update(redeemed_at=None)
        Voucher.objects.exclude(pk=used.pk).delete()
        carry_vouchers(Restore(clock.now(), previous, frozenset({workspace.pk})))
        kept = [row for row in stored if row["workspace_id"] == workspace.pk]
        assert list(Voucher.objects.order_by("pk").values()) == kept
    again = give_vouchers(workspace=workspace, campaign=BIRTHDAY, gifts={"two": person.pk})
    assert again["two"].code == since.code
