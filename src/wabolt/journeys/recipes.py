"""Journeys to start from: each is complete, and ready to publish after one look."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.journeys.models import Journey
from wabolt.journeys.rules import definition as d
from wabolt.journeys.rules.editing import NewId


@dataclass(frozen=True, slots=True)
class Recipe:
    """A journey to start from. `build` makes its definition in the language that is active."""

    key: str
    label: str | Promise
    icon: str
    promise: str | Promise
    build: Callable[[NewId], d.Definition]
    importance: str = Journey.Importance.PROMOTION
    content_class: str = Journey.ContentClass.PROMOTION


def _tag(step_id: str, name: str) -> d.Act:
    return d.Act(step_id, "contacts.tag", {"tag": name})


def _welcome(new_id: NewId) -> d.Definition:
    hello = new_id()
    return d.Definition(
        d.Trigger("joined"),
        goal=d.Happening("order"),
        steps=(
            d.Send(hello, _(
                "Hi {{ contact.first_name | default: 'there' }}! 🎉\nThank you for joining {{ shop.name }}. Here is a"
                " small present: *10% off* your first order. Show this message at the till, or write to us here."
            )),
            d.Wait(new_id(), amount=3, at="10:00"),
            d.Branch(
                new_id(),
                arms=(d.BranchArm(d.Outcome(hello, "replied"), (d.End(new_id()),)),),
                otherwise=(
                    d.Send(new_id(), _(
                        "Hi {{ contact.first_name | default: 'there' }}, your 10% is still waiting for you. Shall we"
                        " help you to choose something?"
                    )),
                ),
            ),
        ),
    )  # fmt: skip


def _birthday(new_id: NewId) -> d.Definition:
    return d.Definition(
        d.Trigger("date", {"field": "birthday", "days": 0, "at": "09:00", "feb29": "feb28"}),
        d.Entry("always"),
        steps=(
            d.Send(
                new_id(),
                _(
                    "Happy birthday, {{ contact.first_name | default: 'friend' }}! 🎂\nAll of us at {{ shop.name }}"
                    " wish you a lovely year. Your present: *15% off*, valid for 7 days. Show this message at the till."
                ),
                not_later_minutes=12 * 60,
            ),
        ),
    )


def _cart(new_id: NewId) -> d.Definition:
    reminder = new_id()
    return d.Definition(
        d.Trigger("cart_abandoned"),
        d.Entry("always"),
        exits=(d.Happening("order"),),
        goal=d.Happening("order"),
        steps=(
            d.Wait(new_id(), amount=1, unit="hours"),
            d.Send(
                reminder,
                _(
                    "Hi {{ contact.first_name | default: 'there' }}, you left something in your cart 🛒\nShall we keep"
                    " it for you? Just answer here, and we help you with the rest."
                ),
                not_later_minutes=24 * 60,
            ),
            d.Wait(new_id(), amount=1, at="10:00"),
            d.Branch(
                new_id(),
                arms=(d.BranchArm(d.Outcome(reminder, "replied"), (d.End(new_id()),)),),
                otherwise=(
                    d.Send(new_id(), _(
                        "Hi {{ contact.first_name | default: 'there' }}, the items in your cart are nearly gone. If you"
                        " have a question about size or delivery, write to us."
                    )),
                ),
            ),
        ),
    )  # fmt: skip


def _win_back(new_id: NewId) -> d.Definition:
    return d.Definition(
        d.Trigger("silence", {"days": 60}),
        d.Entry("after_end", cooldown_days=90),
        exits=(d.Happening("order"),),
        goal=d.Happening("order"),
        steps=(
            d.Send(new_id(), _(
                "Hi {{ contact.first_name | default: 'there' }}, it has been a while 😊\nWe have new things that"
                " you may like. Shall we send you some pictures?"
            )),
            d.Wait(new_id(), amount=7, at="10:00"),
            d.Send(new_id(), _(
                "{{ contact.first_name | default: 'Hi' }}, a little something to come back: *10% off* until Sunday,"
                " only for you. Show this message at the till."
            )),
        ),
    )  # fmt: skip


def _after_purchase(new_id: NewId) -> d.Definition:
    return d.Definition(
        d.Trigger("order"),
        d.Entry("after_end", cooldown_days=14),
        steps=(
            d.Wait(new_id(), amount=2, at="10:00"),
            d.Send(new_id(), _(
                "Hi {{ contact.first_name | default: 'there' }}, thank you for your order! 🙏\nA tip so that it stays"
                " beautiful: wash it by hand in cold water and dry it in the shade."
            ), content_class="value"),
            d.Wait(new_id(), amount=7, at="10:00"),
            d.Send(new_id(), _(
                "How do you like it, {{ contact.first_name | default: 'friend' }}? Tell us with a word or a picture."
                " It helps us and other customers."
            ), content_class="value"),
        ),
    )  # fmt: skip


def _restock(new_id: NewId) -> d.Definition:
    return d.Definition(
        d.Trigger("order"),
        d.Entry("always", cooldown_days=21),
        exits=(d.Happening("order"),),
        goal=d.Happening("order"),
        steps=(
            d.Wait(new_id(), amount=28, at="10:00"),
            d.Send(new_id(), _(
                "Hi {{ contact.first_name | default: 'there' }}, is it nearly used up? Answer *YES*, and we prepare the"
                " same order as last time."
            )),
        ),
    )  # fmt: skip


def _event_reminder(new_id: NewId) -> d.Definition:
    return d.Definition(
        d.Trigger("tag_added", {"tag": _("event")}),
        d.Entry("after_end"),
        steps=(
            d.Send(new_id(), _(
                "Hi {{ contact.first_name | default: 'there' }}, your place is reserved. We look forward to seeing you!"
            ), purpose="service", content_class="value"),
            d.Wait(new_id(), "clock", at="16:00", weekdays=(4,)),
            d.Send(new_id(), _(
                "Hi {{ contact.first_name | default: 'there' }}, see you at our event tomorrow! If something came up,"
                " please tell us here."
            ), purpose="service", content_class="value", not_later_minutes=12 * 60),
        ),
    )  # fmt: skip


def _newsletter(new_id: NewId) -> d.Definition:
    def week(text: str, content_class: str = "value") -> tuple[d.Step, ...]:
        return (
            d.Send(new_id(), text, content_class=content_class),
            d.Wait(new_id(), "clock", at="16:00", weekdays=(3,)),
        )

    return d.Definition(
        d.Trigger("joined"),
        steps=(
            d.Wait(new_id(), "clock", at="16:00", weekdays=(3,)),
            *week(_("A tip for you, {{ contact.first_name | default: 'friend' }}: …")),
            *week(_("Did you know? …")),
            *week(_("Behind the scenes of {{ shop.name }}: …")),
            *week(_("Our customers asked, we answer: …")),
            d.Send(
                new_id(), _("New this week, {{ contact.first_name | default: 'friend' }}: …"), content_class="promotion"
            ),
        ),
    )


RECIPES = (
    Recipe(
        "welcome", gettext_lazy("Welcome"), "mood-smile",
        gettext_lazy("Says hello to each new customer, with 10% off the first order."), _welcome,
    ),
    Recipe(
        "birthday", gettext_lazy("Birthday greeting"), "gift",
        gettext_lazy("Congratulates on the day itself, with a present. Never says an age."), _birthday,
        Journey.Importance.BIRTHDAY,
    ),
    Recipe(
        "cart", gettext_lazy("Cart left alone"), "shopping-bag",
        gettext_lazy("Reminds after an hour. Stops by itself when the customer orders."), _cart,
        Journey.Importance.CART,
    ),
    Recipe(
        "win_back", gettext_lazy("Customers who went silent"), "heartbeat",
        gettext_lazy("Asks kindly after 60 days without a word or an order."), _win_back,
    ),
    Recipe(
        "after_purchase", gettext_lazy("After the purchase"), "checks",
        gettext_lazy("A care tip after two days, a request for a review after a week."), _after_purchase,
        Journey.Importance.TRANSACTION, Journey.ContentClass.VALUE,
    ),
    Recipe(
        "restock", gettext_lazy("Time to buy again"), "refresh",
        gettext_lazy("Asks four weeks after an order whether it is used up."), _restock,
    ),
    Recipe(
        "event", gettext_lazy("Reminder of an event"), "calendar-event",
        gettext_lazy("Confirms the place, and reminds on the day before."), _event_reminder,
        Journey.Importance.TRANSACTION, Journey.ContentClass.VALUE,
    ),
    Recipe(
        "newsletter", gettext_lazy("Newsletter 80/20"), "mail",
        gettext_lazy("Four useful messages, one offer: one each week."), _newsletter,
        Journey.Importance.PROMOTION, Journey.ContentClass.VALUE,
    ),
)  # fmt: skip


def recipe_of(key: str) -> Recipe | None:
    """The recipe with this key, or None."""
    return next((recipe for recipe in RECIPES if recipe.key == key), None)
