"""Vouchers that journeys and automatic replies give."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from tests.cases import each

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.commerce.models import Voucher
from wabolt.commerce.queries import voucher_values, vouchers_given
from wabolt.commerce.services import VoucherCampaign, give_vouchers
from wabolt.commerce.tests.factories import make_order
from wabolt.contacts.models import Event
from wabolt.contacts.registry import ActionRun, contact_action
from wabolt.contacts.services import erase_contacts, merge_contacts
from wabolt.contacts.tests.factories import make_contact, make_contacts
from wabolt.lib import clock
from wabolt.lib.errors import DomainError

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
BIRTHDAY = VoucherCampaign(("journey", 5), percent=10, days=14)


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


def test_second_call_with_a_key_returns_the_first_voucher(workspace: Workspace) -> None:
    person = make_contact(workspace)
    with clock.hold(NOW) as held:
        first = give_vouchers(workspace=workspace, campaign=BIRTHDAY, gifts={"birthday:2026": person.pk})
        held.move(days=3)
        again = give_vouchers(workspace=workspace, campaign=BIRTHDAY, gifts={"birthday:2026": person.pk})
        next_year = give_vouchers(workspace=workspace, campaign=BIRTHDAY, gifts={"birthday:2027": person.pk})
    assert first["birthday:2026"].pk == again["birthday:2026"].pk
    assert first["birthday:2026"].code != next_year["birthday:2027"].code
    assert again["birthday:2026"].valid_until == NOW + timedelta(days=14)
    assert next_year["birthday:2027"].valid_until == NOW + timedelta(days=17)


def test_many_gifts_take_a_fixed_number_of_statements(workspace: Workspace, django_assert_num_queries: object) -> None:
    people = make_contacts(workspace, ["Ayu"] * 20)
    gifts = {f"gift:{number}": person.pk for number, person in enumerate(people)}
    with django_assert_num_queries(5):  # type: ignore[operator]
        given = give_vouchers(workspace=workspace, campaign=BIRTHDAY, gifts=gifts)
    assert {key: voucher.contact_id for key, voucher in given.items()} == gifts
    assert len({voucher.code for voucher in given.values()}) == 20


def test_many_keys_are_looked_up_by_their_index(workspace: Workspace) -> None:
    """A batch of a journey asks for thousands of keys, in a shop with very many vouchers."""
    person = make_contact(workspace)
    keys = [f"gift:{number}" for number in range(1, 30_001, 200)]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL random_page_cost = 1")
        cursor.execute(
            "INSERT INTO commerce_voucher"
            " (workspace_id, contact_id, code, percent, valid_until, origin_kind, origin_id, key, created_at)"
            " SELECT %s, %s, 'CODE' || n, 10, now(), 'journey', 5, 'gift:' || n, now()"
            " FROM generate_series(1, 30000) AS n",
            [workspace.pk, person.pk],
        )
        cursor.execute("ANALYZE commerce_voucher")
        with CaptureQueriesContext(connection) as captured:
            given = give_vouchers(workspace=workspace, campaign=BIRTHDAY, gifts=dict.fromkeys(keys, person.pk))
        assert set(given) == set(keys)
        plans = []
        for query in captured:
            if "commerce_voucher" in query["sql"]:
                cursor.execute(f"EXPLAIN {query['sql']}")
                plans.append("\n".join(line for (line,) in cursor.fetchall()))
    assert len(plans) == 2
    assert all("voucher_once_per_key" in plan and "Seq Scan on commerce_voucher" not in plan for plan in plans), plans


def test_unknown_and_erased_contacts_get_no_voucher(workspace: Workspace) -> None:
    erased, stranger = make_contact(workspace), make_contact(make_workspace())
    erase_contacts(workspace=workspace, ids=[erased.pk])
    assert give_vouchers(workspace=workspace, campaign=BIRTHDAY, gifts={"a": erased.pk, "b": stranger.pk}) == {}


def test_merge_keeps_the_vouchers_of_both_contacts(workspace: Workspace) -> None:
    kept, absorbed = make_contact(workspace), make_contact(workspace)
    give_vouchers(workspace=workspace, campaign=BIRTHDAY, gifts={"a": kept.pk, "b": absorbed.pk})
    merge_contacts(workspace=workspace, keep_id=kept.pk, absorb_id=absorbed.pk, reason="manual")
    assert Voucher.objects.filter(contact=kept).count() == 2


def test_an_order_redeems_a_gift_and_names_its_origin(workspace: Workspace) -> None:
    person = make_contact(workspace)
    voucher = give_vouchers(workspace=workspace, campaign=BIRTHDAY, gifts={"a": person.pk})["a"]
    make_order(workspace, person.pk, voucher_code=voucher.code)
    assert Event.objects.get(kind="voucher_redeemed").data["journey"] == 5


def test_rules_and_journeys_give_vouchers_by_an_action(workspace: Workspace) -> None:
    action, people = contact_action("commerce.give_voucher"), [make_contact(workspace), make_contact(workspace)]
    assert action is not None
    params = action.check(workspace, {"percent": "15", "days": 30})
    keys = {person.pk: "enrollment:1:step:gift:1" for person in people}
    for _again in range(2):
        assert action.apply(ActionRun(workspace, keys, params, ("journey", 5))) == {}
    given = vouchers_given(workspace, ("journey", 5), [person.pk for person in people])
    assert [given[person.pk].percent for person in people] == [15, 15]
    assert Voucher.objects.count() == 2
    action.apply(ActionRun(workspace, {people[0].pk: "enrollment:2:step:gift:1"}, params, ("journey", 5)))
    newest = vouchers_given(workspace, ("journey", 5), [people[0].pk])[people[0].pk]
    assert newest.code != given[people[0].pk].code
    with override("id"):
        assert action.sentence(workspace, params) == "Beri voucher 15%, berlaku 30 hari"


@each(("percent", "days", "field"), [("", 14, "percent"), (91, 14, "percent"), (10, 0, "days")], undone=True)
def test_a_gift_needs_a_percentage_and_days(workspace: Workspace, percent: object, days: object, field: str) -> None:
    action = contact_action("commerce.give_voucher")
    assert action is not None
    with pytest.raises(DomainError) as refused:
        action.check(workspace, {"percent": percent, "days": days})
    assert refused.value.field == field


def test_values_for_a_text(workspace: Workspace) -> None:
    """The last day is shown in the shop's time zone."""
    with clock.hold(datetime(2026, 11, 2, 20, 0, tzinfo=UTC)):
        voucher = give_vouchers(workspace=workspace, campaign=BIRTHDAY, gifts={"a": make_contact(workspace).pk})["a"]
    assert voucher_values(workspace, voucher) == {"code": voucher.code, "percent": 10, "until": "2026-11-17"}
