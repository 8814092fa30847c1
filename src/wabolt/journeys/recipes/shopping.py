"""Recipes about orders: a cart left alone, care after the purchase, time to buy again."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.accounts.models import Workspace
from wabolt.journeys import restocking
from wabolt.journeys.models import Journey
from wabolt.journeys.recipes import questions as ask
from wabolt.journeys.recipes.questions import Answers, Questions
from wabolt.journeys.registry import Recipe
from wabolt.journeys.rules import definition as d
from wabolt.journeys.rules.editing import NewId


def _cart_questions(_workspace: Workspace) -> Questions:
    first = _(
        "Hi {{ contact.first_name | default: 'there' }}, this is still in your cart 🛒\n{{ cart.items }}\nShall we keep"
        " it for you? Just answer here, and we help you with the rest."
    )
    return {
        "hours": forms.IntegerField(
            label=gettext_lazy("Remind after how many hours?"), initial=1, min_value=1, max_value=ask.LONGEST_HOURS
        ),
        "text": ask.text(first, gettext_lazy("Your reminder")),
        **ask.voucher(0, 3, gettext_lazy("Second reminder the day after: discount (%)")),
    }


def _cart(answers: Answers, new_id: NewId) -> d.Definition:
    reminder = d.Send(new_id(), answers["text"], not_later_minutes=24 * 60)
    if answers["percent"]:
        second = _(
            "Hi {{ contact.first_name | default: 'there' }}, a little present for your cart: *{{ voucher.percent }}%"
            " off* with the code *{{ voucher.code }}*, until {{ voucher.until }}."
        )
    else:
        second = _(
            "Hi {{ contact.first_name | default: 'there' }}, shall we still keep {{ cart.items }} for you? If you have"
            " a question about size or delivery, write to us."
        )
    answered = d.BranchArm(d.Outcome(reminder.id, "replied"), (d.End(new_id()),))
    return d.Definition(
        d.Trigger("cart_abandoned"),
        d.Entry("always"),
        exits=(d.Happening("order"),),
        goal=d.Happening("order"),
        steps=(
            d.Wait(new_id(), amount=answers["hours"], unit="hours"),
            reminder,
            d.Wait(new_id(), amount=1, at="10:00"),
            d.Branch(
                new_id(),
                arms=(answered,),
                otherwise=(*ask.gift(new_id(), answers), d.Send(new_id(), second, not_later_minutes=24 * 60)),
            ),
        ),
    )


def _after_questions(_workspace: Workspace) -> Questions:
    tip = _(
        "Hi {{ contact.first_name | default: 'there' }}, thank you for your order! 🙏\nA tip so that it stays"
        " beautiful: wash it by hand in cold water and dry it in the shade."
    )
    review = _(
        "How do you like it, {{ contact.first_name | default: 'friend' }}? Tell us with a word or a picture. It helps"
        " us and other customers."
    )
    return {
        "days": ask.days(2, gettext_lazy("The tip after how many days?")),
        "tip": ask.text(tip, gettext_lazy("Your tip")),
        "later": ask.days(7, gettext_lazy("How many days later the question how they like it?")),
        "review": ask.text(review, gettext_lazy("Your question")),
    }


def _after_purchase(answers: Answers, new_id: NewId) -> d.Definition:
    return d.Definition(
        d.Trigger("order"),
        d.Entry("after_end", cooldown_days=14),
        steps=(
            d.Wait(new_id(), amount=answers["days"], at="10:00"),
            d.Send(new_id(), answers["tip"], content_class="value"),
            d.Wait(new_id(), amount=answers["later"], at="10:00"),
            d.Send(new_id(), answers["review"], content_class="value"),
        ),
    )


def _restock_questions(workspace: Workspace) -> Questions:
    again = _(
        "Hi {{ contact.first_name | default: 'there' }}, is it nearly used up? Answer *YES*, and we prepare the same"
        " order as last time."
    )
    return {**restocking.fields(workspace), "text": ask.text(again, gettext_lazy("Your question"))}


def _restock(answers: Answers, new_id: NewId) -> d.Definition:
    settings = {"days": answers["days"], **({"category": answers["category"]} if answers["category"] else {})}
    return d.Definition(
        d.Trigger("restock", settings),
        d.Entry("always"),
        exits=(d.Happening("order"),),
        goal=d.Happening("order"),
        steps=(d.Send(new_id(), answers["text"], not_later_minutes=3 * 24 * 60),),
    )


SHOPPING = (
    Recipe(
        "cart", gettext_lazy("Cart left alone"), "shopping-bag",
        gettext_lazy("Reminds after an hour. Stops by itself when the customer orders."),
        gettext_lazy(
            "A customer who leaves something in the cart is reminded of it, and once more on the next day. An order, an"
            " emptied or a changed cart stops it."
        ),
        _cart_questions, _cart, Journey.Importance.CART, order=30,
    ),
    Recipe(
        "after_purchase", gettext_lazy("After the purchase"), "checks",
        gettext_lazy("A care tip after two days, a request for a review after a week."),
        gettext_lazy("After each order the customer gets a tip, and some days later the question how they like it."),
        _after_questions, _after_purchase, Journey.Importance.TRANSACTION, Journey.ContentClass.VALUE, order=50,
    ),
    Recipe(
        "restock", gettext_lazy("Time to buy again"), "refresh",
        gettext_lazy("Asks when it should be used up: by the customer's own usual time."),
        gettext_lazy(
            "Each customer is asked at their own usual time between orders; where it is not known yet, after the days"
            " that you give. An order stops it."
        ),
        _restock_questions, _restock, order=60,
    ),
)  # fmt: skip
