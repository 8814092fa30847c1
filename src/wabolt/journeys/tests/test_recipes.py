"""Recipes: few questions, a complete journey, and a voucher that the messages carry."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import signed_in
from wabolt.channels.tests.factories import make_channel
from wabolt.commerce.models import Voucher
from wabolt.commerce.services import NewLine
from wabolt.commerce.tests.factories import make_order
from wabolt.contacts.models import Contact
from wabolt.contacts.services import merge_contacts
from wabolt.contacts.tests.factories import make_contact
from wabolt.journeys.models import Enrollment, Journey, StepRun
from wabolt.journeys.queries import all_problems
from wabolt.journeys.registry import recipe_of, recipes
from wabolt.journeys.rules import definition as d
from wabolt.journeys.rules.codec import parse
from wabolt.journeys.rules.structure import steps_in_order
from wabolt.journeys.services import (
    Entrant,
    advance_due,
    create_from_recipe,
    enroll,
    enter_due,
    note_test_run,
    publish,
    questions_of,
)
from wabolt.journeys.tests.conftest import NOON
from wabolt.lib import clock
from wabolt.messaging.models import Message

pytestmark = pytest.mark.django_db
MOST_QUESTIONS = 5


@pytest.fixture
def client(workspace: Workspace) -> Client:
    make_channel(workspace)
    return signed_in(workspace)


def live(workspace: Workspace, key: str, **answers: object) -> Journey:
    """A published journey from a recipe."""
    journey = create_from_recipe(workspace=workspace, key=key, answers=answers)
    note_test_run(journey=journey, draft_version=journey.draft_version)
    return publish(journey=journey)


def offered(workspace: Workspace) -> list[str]:
    return [recipe.key for recipe in recipes() if recipe.offered(workspace)]


def test_each_recipe_asks_little_and_is_complete(workspace: Workspace) -> None:
    for key in offered(workspace):
        recipe = recipe_of(key)
        assert recipe is not None
        asked = questions_of(workspace, recipe)
        assert 1 <= len(asked) <= MOST_QUESTIONS
        journey = create_from_recipe(workspace=workspace, key=key)
        assert all_problems(journey, parse(journey.draft)) == [], key


def test_the_texts_are_in_the_language_of_the_shop(workspace: Workspace) -> None:
    texts = {}
    for language in ("id", "en"):
        workspace.language = language
        workspace.save()
        journey = create_from_recipe(workspace=workspace, key="birthday")
        texts[language] = next(one.text for one in steps_in_order(parse(journey.draft)) if isinstance(one, d.Send))
    assert "Selamat ulang tahun" in texts["id"]
    assert "Happy birthday" in texts["en"]


@pytest.mark.parametrize("key", ["welcome", "birthday", "cart", "win_back", "after_purchase", "restock", "newsletter"])
def test_the_questions_end_in_the_test_run(client: Client, workspace: Workspace, key: str) -> None:
    page = client.get(reverse("journeys:recipe", args=[key]))
    assert page.status_code == 200
    recipe = recipe_of(key)
    assert recipe is not None
    answers = {name: field.initial for name, field in questions_of(workspace, recipe).items()}
    answer = client.post(reverse("journeys:recipe", args=[key]), answers)
    journey = Journey.objects.get()
    assert answer.headers["Location"] == reverse("journeys:check", args=[journey.pk])
    assert (journey.state, journey.tested_version) == ("draft", None)
    assert "Uji coba" in client.get(answer.headers["Location"]).content.decode()


def test_a_wrong_answer_is_refused_and_nothing_is_made(client: Client) -> None:
    typed = {"percent": "0", "valid": "14", "text": "Kode {{ voucher.code }}", "remind": "3"}
    answer = client.post(reverse("journeys:recipe", args=["welcome"]), typed)
    assert answer.status_code == 422
    assert "voucher" in answer.content.decode()
    assert not Journey.objects.exists()
    assert client.get(reverse("journeys:recipe", args=["nothing"])).status_code == 404


def test_without_a_voucher_our_text_names_none(workspace: Workspace) -> None:
    for key in ("welcome", "birthday", "win_back", "cart"):
        journey = create_from_recipe(workspace=workspace, key=key, answers={"percent": 0})
        assert "voucher" not in str(journey.draft), key
        assert not [one for one in all_problems(journey, parse(journey.draft)) if one.is_error]


def test_the_welcome_carries_the_code_of_the_voucher(
    workspace: Workspace, contact: Contact, held: clock.HeldClock
) -> None:
    make_channel(workspace)
    journey = live(workspace, "welcome", percent=12, valid=10, remind=3)
    enroll(journey=journey, entrants=[Entrant(contact.pk)])
    advance_due()
    voucher = Voucher.objects.get()
    assert (voucher.percent, voucher.valid_until) == (12, NOON + timedelta(days=10))
    message = Message.objects.get()
    assert message.variables["voucher"]["code"] == voucher.code
    held.move(days=4)
    advance_due()
    second = Message.objects.exclude(pk=message.pk).get()
    assert second.variables["voucher"]["code"] == voucher.code


def test_a_voucher_that_is_used_or_over_is_not_named_again(
    workspace: Workspace, contact: Contact, held: clock.HeldClock
) -> None:
    make_channel(workspace)
    journey = live(workspace, "welcome", valid=2, remind=3)
    other = make_contact(workspace)
    enroll(journey=journey, entrants=[Entrant(contact.pk), Entrant(other.pk)])
    advance_due()
    Voucher.objects.filter(contact=other).update(valid_until=NOON + timedelta(days=30), redeemed_at=NOON)
    held.move(days=4)
    advance_due()
    assert Message.objects.count() == 2
    skipped = StepRun.objects.filter(outcome="skipped")
    assert [run.detail["reason"] for run in skipped] == ["no_voucher", "no_voucher"]


def test_a_voucher_is_known_after_its_contact_was_merged(
    workspace: Workspace, contact: Contact, held: clock.HeldClock
) -> None:
    make_channel(workspace)
    journey = live(workspace, "welcome", remind=3)
    doubled = make_contact(workspace)
    enroll(journey=journey, entrants=[Entrant(doubled.pk)])
    advance_due()
    merge_contacts(workspace=workspace, keep_id=contact.pk, absorb_id=doubled.pk, reason="member")
    held.move(days=4)
    advance_due()
    codes = [message.variables["voucher"]["code"] for message in Message.objects.all()]
    assert codes == [Voucher.objects.get().code] * 2


def test_a_text_that_names_a_voucher_needs_a_step_that_gives_one(workspace: Workspace) -> None:
    journey = create_from_recipe(workspace=workspace, key="")
    names = d.Send("s1", "Kode {{ voucher.code }}")
    gives = d.Act("v1", "commerce.give_voucher", {"percent": 10, "days": 7})

    def found(*steps: d.Step) -> list[tuple[str, str]]:
        definition = d.Definition(d.Trigger("by_hand"), steps=steps)
        return [(one.step, one.code) for one in all_problems(journey, definition)]

    assert found(names) == [("s1", "no_voucher_given")]
    assert found(names, gives) == [("s1", "no_voucher_given"), ("v1", "voucher_not_named")]
    assert found(gives, names) == []


# Time to buy again ----------------------------------------------------------------------------------------------------


def bought(workspace: Workspace, contact: Contact, *days_ago: int) -> None:
    for days in days_ago:
        at = NOON - timedelta(days=days)
        make_order(workspace, contact.pk, number=f"{contact.pk}-{days}", ordered_at=at)


def test_people_are_asked_at_their_own_usual_time(workspace: Workspace, held: clock.HeldClock) -> None:
    """Three orders 10 days apart: asked 10 days after the last one. Two orders say too little: after 28 days."""
    make_channel(workspace)
    regular, new = make_contact(workspace), make_contact(workspace)
    bought(workspace, regular, 25, 14, 5)  # pauses of 11 and 9 days: usually 10
    bought(workspace, new, 15, 5)
    live(workspace, "restock")
    asked: dict[int, int] = {}
    held.move(hours=1)
    for day in range(30):
        enter_due()
        for contact in Enrollment.objects.values_list("contact", flat=True):
            asked.setdefault(contact, day)
        held.move(days=1)
    assert asked == {regular.pk: 5, new.pk: 23}


def test_each_order_asks_once(workspace: Workspace, held: clock.HeldClock) -> None:
    make_channel(workspace)
    buyer = make_contact(workspace)
    bought(workspace, buyer, 5)
    live(workspace, "restock", days=7)
    for _run in range(5):
        held.move(days=1)
        enter_due()
        enter_due()
    assert Enrollment.objects.filter(contact=buyer).count() == 1


def test_a_moment_while_the_computer_was_off_is_made_up_for(workspace: Workspace, held: clock.HeldClock) -> None:
    """The goods are used up in the evening; the shop begins to work again on the day after the next one."""
    make_channel(workspace)
    buyer = make_contact(workspace)
    bought(workspace, buyer, 5)
    live(workspace, "restock", days=7)
    held.move(days=3, hours=20)
    assert enter_due() == 1
    advance_due()
    assert Message.objects.get().contact == buyer


def test_an_old_order_that_is_imported_now_asks_no_buyer(workspace: Workspace, held: clock.HeldClock) -> None:
    make_channel(workspace)
    live(workspace, "restock", days=7)
    held.move(days=60)
    bought(workspace, make_contact(workspace), -5)  # used up 48 days ago
    bought(workspace, make_contact(workspace), -5, -25, -45)  # usually 20 days: used up in 5 days
    assert enter_due() == 0
    held.move(days=6)
    assert enter_due() == 1


def test_other_goods_do_not_count(workspace: Workspace, held: clock.HeldClock) -> None:
    make_channel(workspace)
    buyer = make_contact(workspace)
    bought(workspace, buyer, 20)
    shoes = (NewLine("SPT-01", "Sepatu", "sepatu", 1, 90_000),)
    make_order(workspace, buyer.pk, number="S-1", ordered_at=NOON - timedelta(days=1), lines=shoes)
    live(workspace, "restock", category="batik", days=21)
    held.move(days=2)
    enter_due()
    assert Enrollment.objects.count() == 1
