"""Conditions on the data of an event: the rule, its translation into SQL, the forms, and the engine."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.commerce.models import Product
from wabolt.commerce.services import NewLine, NewOrder, record_orders
from wabolt.contacts.registry import event_kinds
from wabolt.contacts.services import NewEvent, record_events
from wabolt.contacts.tests.factories import make_contact
from wabolt.journeys.forms.base import event_choices
from wabolt.journeys.models import Enrollment
from wabolt.journeys.rules.checks import Problem, problems
from wabolt.journeys.rules.codec import dump, parse
from wabolt.journeys.rules.definition import MAX_ARMS, Definition, Happening, Send, Trigger, Wait
from wabolt.journeys.rules.event_data import fits, json_path
from wabolt.journeys.rules.printing import print_journey
from wabolt.journeys.rules.text_form import read
from wabolt.journeys.services import advance_due
from wabolt.journeys.tests.factories import make_journey
from wabolt.journeys.tests.following import Follower
from wabolt.journeys.vocabulary import vocabulary
from wabolt.journeys.wording import happening_words, trigger_sentence
from wabolt.lib import clock

plain = st.one_of(st.integers(-3, 3), st.booleans(), st.none(), st.sampled_from(["a", "b", "1", "", "\"'$"]))
data = st.dictionaries(st.sampled_from(["x", "y", "y_min", "a b", 'q"', ""]), plain | st.lists(plain, max_size=3))
wanted = st.dictionaries(
    st.sampled_from(["x", "y", "x_min", "x_max", "y_min", "a b", 'q"', "", "_min"]),
    plain | st.lists(plain, max_size=3) | st.dictionaries(st.just("k"), plain, max_size=1), max_size=3,
)  # fmt: skip


SPECIAL = [({"x": [1, 5]}, {"x_min": 5}), ({"x": True}, {"x": 1}), ({"x": "5"}, {"x_min": 5}), ({}, {"x": None})]


@pytest.mark.django_db
@settings(max_examples=20)
@given(st.lists(st.tuples(data, wanted), min_size=15, max_size=15))
@example(SPECIAL)
def test_the_database_decides_as_the_rule(pairs: list[tuple[dict[str, object], dict[str, object]]]) -> None:
    paths = [json_path(where) for _values, where in pairs]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(jsonb_path_match(t.data, t.path, t.vars, true), false)"
            " FROM unnest(%s::jsonb[], %s::jsonpath[], %s::jsonb[]) WITH ORDINALITY"
            " AS t (data, path, vars, n) ORDER BY n",
            [
                [json.dumps(values) for values, _where in pairs],
                [path for path, _variables in paths],
                [json.dumps(variables) for _path, variables in paths],
            ],
        )
        decided = [is_true for (is_true,) in cursor.fetchall()]
    assert decided == [fits(values, where) for values, where in pairs]


ORDER = {"total": 150_000, "skus": ["BTK-01", "AKS-01"], "currency": "IDR"}


@pytest.mark.parametrize(
    ("where", "is_true"),
    [
        ({}, True), ({"total_min": 150_000}, True), ({"total_min": 150_001}, False), ({"total_max": 150_000}, True),
        ({"skus": "AKS-01"}, True), ({"skus": "TNN-01"}, False), ({"skus": ["TNN-01", "BTK-01"]}, True),
        ({"skus": []}, False), ({"total_min": 100_000, "skus": "TNN-01"}, False), ({"city": "Bandung"}, False),
        ({"total_min": "viel"}, False), ({"total_min": True}, False), ({"total": {"a": 1}}, False),
    ],
)  # fmt: skip
def test_conditions(where: dict[str, object], is_true: bool) -> None:
    assert fits(ORDER, where) == is_true


def test_a_goal_that_can_never_be_reached_is_not_published():
    for where, found in (({"total_min": "viel"}, [Problem("", "incomplete_goal")]), ({"total_min": 1}, [])):
        goal = Happening("event", "order_completed", where)
        assert problems(Definition(Trigger("by_hand"), goal=goal, steps=(Send("s1", "Halo"),))) == found


def buys(workspace, contact, number, total, sku="BTK-01"):
    lines = (NewLine(sku, "Kemeja Batik", quantity=1, total=total),)
    record_orders(workspace=workspace, orders=[NewOrder(contact.pk, number, clock.now(), lines, source="import")])


@pytest.mark.parametrize("kind", ["order", "event"])
def test_a_large_order_of_a_product_lets_in(workspace, contact, kind):
    event = {"event": "order_completed"} if kind == "event" else {}
    trigger = Trigger(kind, {**event, "total_min": 200_000, "skus": "BTK-01"})
    journey = make_journey(workspace, Wait("w1"), parts={"trigger": trigger})
    follower = Follower()
    buys(workspace, contact, "1", 199_999)
    buys(workspace, contact, "2", 300_000, "TNN-01")
    follower.catch_up()
    assert not Enrollment.objects.filter(journey=journey).exists()
    buys(workspace, contact, "3", 200_000)
    follower.catch_up()
    assert Enrollment.objects.filter(journey=journey, contact=contact).count() == 1


def test_a_goal_and_a_wait_ask_for_the_data(workspace, contact, held):
    other = make_contact(workspace, "Budi")
    until = Happening("event", "order_completed", {"total_min": 200_000})
    waiting = Wait("w1", "happening", 9, "days", until=until)
    journey = make_journey(workspace, waiting, Wait("w2"), parts={"trigger": Trigger("event", {"event": "note_added"})})
    follower = Follower()
    record_events(workspace=workspace, events=[NewEvent(one.pk, "note_added") for one in (contact, other)])
    follower.catch_up()
    advance_due()
    held.move(hours=1)
    buys(workspace, contact, "1", 250_000)
    buys(workspace, other, "2", 50_000)
    follower.catch_up()
    at = dict(Enrollment.objects.filter(journey=journey).values_list("contact", "step__key"))
    assert at == {contact.pk: "w2", other.pk: "w1"}


@pytest.fixture
def journey(workspace):
    Product.objects.create(workspace=workspace, sku="BTK-01", name="Kemeja Batik")
    Product.objects.create(workspace=workspace, sku="TNN-01", name="Tenun Sumba")
    return make_journey(workspace, Send("s1", "Halo"))


def draft_of(journey) -> Definition:
    journey.refresh_from_db()
    return parse(journey.draft)


ASKED = {"event": "order_completed", "refresh": "1"}


def goods_in(page: str) -> list[str]:
    return re.findall(r'name="fact-skus" value="(.*?)"', page)


def test_ten_thousand_products_do_not_make_the_page_larger(workspace, journey):
    client, page = signed_in(workspace), f"/journeys/{journey.pk}/edit/trigger/?kind=event"
    few = client.post(page, ASKED).content.decode()
    assert goods_in(few) == ["", "BTK-01", "TNN-01"]
    assert "fact-skus-search" not in few
    goods = [Product(workspace=workspace, sku=f"B-{number:05}", name=f"Barang {number:05}") for number in range(10_000)]
    Product.objects.bulk_create(goods)
    many = client.post(page, ASKED).content.decode()
    assert goods_in(many) == ["", *(f"B-{number:05}" for number in range(12))]
    assert "Masih ada lagi" in many
    assert len(many) < len(few) + 5000
    where = {"event": "order_completed", "skus": "B-09999"}
    journey.draft = dump(Definition(Trigger("event", where), steps=(Send("s1", "Halo"),)))
    journey.save()
    for address in (page, f"/journeys/{journey.pk}/edit/"):
        shown = client.get(address).content.decode()
        assert "Barang 09999" in shown
        assert len(re.findall(r"Barang \d+", shown)) < 20


def test_a_product_is_searched_and_chosen_without_scripts(workspace, journey):
    """The search is kept on the page, and so is what else was typed. A search that was not shown yet saves nothing."""
    goods = [Product(workspace=workspace, sku=f"B-{number}", name=f"Barang {number}") for number in range(50)]
    Product.objects.bulk_create([*goods, Product(workspace=make_workspace("Lain"), sku="X", name="Kemeja Batik Lain")])
    client, page = signed_in(workspace), f"/journeys/{journey.pk}/edit/trigger/?kind=event"
    given = {"event": "order_completed", "fact-total_min": "5000", "fact-skus": "TNN-01"}
    for search, found in (("batik KEM", ["BTK-01"]), ("btk-01", ["BTK-01"]), ("48 barang", ["B-48"])):
        for button in ({"refresh": "1"}, {}):  # the button "Search", and the Enter key
            shown = client.post(page, {**given, "fact-skus-search": search, "fact-skus-shown": "", **button})
            assert shown.status_code == 200
            text = shown.content.decode()
            assert goods_in(text)[: len(found) + 2] == ["", "TNN-01", *found]
            assert re.search(r'value="TNN-01" checked', text)
            assert f'value="{search}"' in text
            assert 'value="5000"' in text
    assert draft_of(journey).trigger.kind == "by_hand"
    nothing = client.post(page, {**given, "fact-skus-search": "zzz", "refresh": "1"}).content.decode()
    assert goods_in(nothing) == ["", "TNN-01"]
    assert "Tidak ada yang cocok" in nothing
    kept = {"fact-skus-search": "batik", "fact-skus-shown": "batik", "fact-skus": "BTK-01"}
    assert client.post(page, {**given, **kept}).status_code == 302
    assert draft_of(journey).trigger.settings == {"event": "order_completed", "total_min": 5000, "skus": "BTK-01"}


def test_the_trigger_form_asks_for_the_data_of_the_chosen_event(workspace, journey):
    client, page = signed_in(workspace), f"/journeys/{journey.pk}/edit/trigger/?kind=event"
    shown = client.post(page, {"event": "order_completed", "refresh": "1"})
    assert shown.status_code == 200
    for name in ("fact-total_min", "fact-total_max", "fact-skus"):
        assert f'name="{name}"' in shown.content.decode()
    assert draft_of(journey).trigger.kind == "by_hand", "choosing an event saves nothing"
    given = {"event": "order_completed", "fact-total_min": "200000", "fact-skus": "BTK-01"}
    assert client.post(page, given).status_code == 302
    trigger = draft_of(journey).trigger
    assert trigger == Trigger("event", {"event": "order_completed", "total_min": 200_000, "skus": "BTK-01"})
    words = trigger_sentence(workspace, trigger).words
    assert "Rp200.000" in words and "Kemeja Batik" in words  # noqa: PT018
    again = client.get(page).content.decode()
    assert 'value="200000"' in again
    assert 'value="BTK-01" checked' in again
    for name, value in (("total_min", "-1"), ("total_min", "abc"), ("skus", "gone"), ("total_max", "1e99")):
        assert client.post(page, {**given, f"fact-{name}": value}).status_code == 422
    assert client.post(page, {"event": "order_completed", "fact-total_min": "", "fact-skus": ""}).status_code == 302
    assert draft_of(journey).trigger == Trigger("event", {"event": "order_completed"})
    client.post(page, {"event": "note_added", "fact-total_min": "5"})
    assert draft_of(journey).trigger == Trigger("event", {"event": "note_added"})


def test_the_trigger_of_an_order_asks_for_its_total(workspace, journey):
    client = signed_in(workspace)
    page = f"/journeys/{journey.pk}/edit/trigger/?kind=order"
    assert client.post(page, {"fact-total_min": "50000"}).status_code == 302
    assert draft_of(journey).trigger == Trigger("order", {"total_min": 50_000})


def test_a_goal_and_a_wait_are_given_in_forms(workspace, journey):
    client = signed_in(workspace)
    page = f"/journeys/{journey.pk}/edit/rules/"
    rules = {"reentry": "never", "cooldown_days": "0", "until": "event", "event": "order_completed"}
    assert 'name="fact-total_min"' in client.post(page, {**rules, "refresh": "1"}).content.decode()
    assert client.post(page, {**rules, "fact-total_min": "75000", "fact-total_max": "90000"}).status_code == 302
    goal = draft_of(journey).goal
    assert goal == Happening("event", "order_completed", {"total_min": 75_000, "total_max": 90_000})
    assert "Rp75.000" in happening_words(workspace, goal)


def test_events_that_take_a_customer_out_are_chosen(workspace, journey):
    """Exits with conditions on the data of their event, and of unknown kinds, come from the text form and stay."""
    typed = (Happening("event", "order_completed", {"total_min": 1000}), Happening("event", "from_the_future"))
    journey.draft = dump(Definition(Trigger("by_hand"), exits=typed, steps=(Send("s1", "Halo"),)))
    journey.save()
    client, page = signed_in(workspace), f"/journeys/{journey.pk}/edit/rules/"
    rules = {"reentry": "never", "cooldown_days": "0", "until": ""}
    assert client.post(page, {**rules, "leaves_on": ["message_received", "tag_added"]}).status_code == 302
    chosen = tuple(Happening("event", kind) for kind in ("message_received", "tag_added"))
    assert draft_of(journey).exits == (*typed, *chosen)
    shown = client.get(page).content.decode()
    assert set(re.findall(r'<option value="(\w+)" selected', shown)) == {"message_received", "tag_added"}
    assert client.post(page, {**rules, "leaves_on": ["no_such_event"]}).status_code == 422
    assert client.post(page, {**rules, "leaves_on_order": "on"}).status_code == 302
    assert draft_of(journey).exits == (Happening("order"), *typed)


def test_more_exits_than_a_journey_has_are_refused_in_words(workspace, journey):
    """A draft with more could not be read: the page would show the published journey instead, without a word."""
    client, page = signed_in(workspace), f"/journeys/{journey.pk}/edit/rules/"
    kinds = [key for key, _label in event_choices()][:MAX_ARMS]
    rules = {"reentry": "never", "cooldown_days": "0", "until": "", "leaves_on": kinds}
    before = draft_of(journey)
    for more in ({"leaves_on_order": "on"}, {"build": "leave_"}):
        refused = client.post(page, {**rules, **more})
        assert refused.status_code == 422
        assert "Paling banyak 10 hal bisa mengeluarkan pelanggan, dan ini ada 11." in refused.content.decode()
        assert draft_of(journey) == before
    assert client.post(page, rules).status_code == 302
    assert len(draft_of(journey).exits) == MAX_ARMS


def test_typed_conditions_survive_the_form(workspace, journey):
    """The form does not show a list of products, or a value that the kind of event does not describe."""
    client = signed_in(workspace)
    where = {"skus": ["BTK-01", "TNN-01"], "source": "chat", "total_min": 1000}
    text = print_journey(
        Definition(Trigger("by_hand"), goal=Happening("event", "order_completed", where), steps=(Send("s1", "Halo"),)),
        "id", vocabulary(),
    )  # fmt: skip
    assert "total-minimal=1000" in text
    assert "produk=" in text
    assert read(text, lambda: "x", vocabulary()).goal.where == where
    assert client.post(f"/journeys/{journey.pk}/edit/text/", {"text": text}).status_code == 302
    rules = {"reentry": "never", "cooldown_days": "0", "until": "event", "event": "order_completed"}
    client.post(f"/journeys/{journey.pk}/edit/rules/", {**rules, "fact-total_min": "2000", "fact-skus": ""})
    assert draft_of(journey).goal.where == {**where, "total_min": 2000}


@pytest.mark.parametrize("missing", [{"skus": "GONE"}, {"journey": 10**9}])
def test_a_condition_on_what_no_longer_exists_survives_the_form(workspace, journey, missing):
    """Otherwise a journey about one product would be about all of them after a change of something else."""
    event = "journey_entered" if "journey" in missing else "order_completed"
    trigger = Trigger("event", {"event": event, **missing})
    journey.draft = dump(Definition(trigger, goal=Happening("event", event, missing), steps=(Send("s1", "Halo"),)))
    journey.save()
    client, [(name, value)] = signed_in(workspace), missing.items()
    rules = {"reentry": "always", "cooldown_days": "0", "until": "event", "event": event, f"fact-{name}": ""}
    assert client.post(f"/journeys/{journey.pk}/edit/rules/", rules).status_code == 302
    page = f"/journeys/{journey.pk}/edit/trigger/?kind=event"
    assert client.post(page, {"event": event, f"fact-{name}": ""}).status_code == 302
    assert draft_of(journey).goal.where == missing
    assert draft_of(journey).trigger.settings == {"event": event, **missing}
    shown = trigger_sentence(workspace, draft_of(journey).trigger).words
    assert str(value) in shown
    other = str(journey.pk) if name == "journey" else "TNN-01"
    client.post(page, {"event": event, f"fact-{name}": other})
    assert str(draft_of(journey).trigger.settings[name]) == other


def test_cents_are_kept(workspace, journey):
    workspace.currency = "USD"
    workspace.save()
    client, page = signed_in(workspace), f"/journeys/{journey.pk}/edit/trigger/?kind=order"
    client.post(page, {"fact-total_min": "12.50"})
    assert draft_of(journey).trigger.settings == {"total_min": 1250}
    assert 'value="12.50"' in client.get(page).content.decode()


def test_a_wait_for_an_event_is_not_ended_by_an_old_one(workspace, contact, held):
    """The condition does not change from when events count."""
    buys(workspace, contact, "1", 900_000)
    held.move(days=3)
    until = Happening("event", "order_completed", {"total_min": 200_000})
    journey = make_journey(
        workspace, Wait("w1", "happening", 9, "days", until=until),
        parts={"trigger": Trigger("event", {"event": "note_added"})},
    )  # fmt: skip
    follower = Follower()
    record_events(workspace=workspace, events=[NewEvent(contact.pk, "note_added")])
    follower.catch_up()
    held.move(hours=1)
    assert Enrollment.objects.get(journey=journey).state == "active"
    assert Enrollment.objects.get(journey=journey).waiting_since <= clock.now() - timedelta(hours=1)


def test_each_fact_is_in_the_documented_data_of_its_event(workspace):
    rows = {
        kind: row.split("|")[2]
        for row in Path("docs/events.md").read_text().splitlines()
        if row.startswith("| `")
        for kind in re.findall(r"`(\w+)`", row.split("|")[1])
    }
    rows["order_cancelled"], rows["cart_abandoned"] = rows["order_completed"], rows["cart_updated"]
    for kind in event_kinds():
        for fact in kind.facts:
            assert f"`{fact.key}`" in rows[kind.key], (kind.key, fact.key)
            assert all(isinstance(value, str | int) for value, _words in (fact.choices or no_choices)(workspace))


def no_choices(_workspace):
    return []
