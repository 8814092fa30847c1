"""Recipes that greet: welcome, birthday, customers who went silent."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.accounts.models import Workspace
from wabolt.journeys.models import Journey
from wabolt.journeys.recipes import questions as ask
from wabolt.journeys.recipes.questions import Answers, Questions
from wabolt.journeys.registry import Recipe
from wabolt.journeys.rules import definition as d
from wabolt.journeys.rules.editing import NewId


def _hello() -> str:
    return _(
        "Hi {{ contact.first_name | default: 'there' }}! 🎉\nThank you for joining {{ shop.name }}. Your welcome"
        " present: *{{ voucher.percent }}% off* your first order.\n\nYour code: *{{ voucher.code }}*, until"
        " {{ voucher.until }}."
    )


def _plain_hello() -> str:
    return _(
        "Hi {{ contact.first_name | default: 'there' }}! 🎉\nThank you for joining {{ shop.name }}. If you have a"
        " question, just write to us here."
    )


def _welcome_questions(_workspace: Workspace) -> Questions:
    return {
        **ask.voucher(10, 14, gettext_lazy("Welcome present: discount (%)")),
        "text": ask.text(_hello(), gettext_lazy("Your hello")),
        "remind": ask.days(
            3, gettext_lazy("Remind after how many days?"), least=0,
            help_text=gettext_lazy("Only those who have neither answered nor ordered. 0 means no reminder."),
        ),
    }  # fmt: skip


def _welcome(answers: Answers, new_id: NewId) -> d.Definition:
    gift = tuple(ask.gift(new_id(), answers))
    hello = d.Send(new_id(), ask.chosen_text(answers, "text", _hello(), _plain_hello()))
    return d.Definition(
        d.Trigger("joined"), goal=d.Happening("order"), steps=(*gift, hello, *_reminder(answers, hello, new_id))
    )


def _reminder(answers: Answers, hello: d.Send, new_id: NewId) -> tuple[d.Step, ...]:
    if not answers["remind"]:
        return ()
    if answers["percent"]:
        text = _(
            "Hi {{ contact.first_name | default: 'there' }}, your {{ voucher.percent }}% is still waiting for you. The"
            " code is *{{ voucher.code }}*, until {{ voucher.until }}. Shall we help you to choose something?"
        )
    else:
        text = _(
            "Hi {{ contact.first_name | default: 'there' }}, have you found something you like? Shall we help you to"
            " choose?"
        )
    answered = d.BranchArm(d.Outcome(hello.id, "replied"), (d.End(new_id()),))
    return (
        d.Wait(new_id(), amount=answers["remind"], at="10:00"),
        d.Branch(new_id(), arms=(answered,), otherwise=(d.Send(new_id(), text),)),
    )


def _congratulations() -> str:
    return _(
        "Happy birthday, {{ contact.first_name | default: 'friend' }}! 🎂\nAll of us at {{ shop.name }} wish you a"
        " lovely year. Our present for you: *{{ voucher.percent }}% off* with the code *{{ voucher.code }}*, until"
        " {{ voucher.until }}."
    )


def _plain_congratulations() -> str:
    return _(
        "Happy birthday, {{ contact.first_name | default: 'friend' }}! 🎂\nAll of us at {{ shop.name }} wish you a"
        " lovely year."
    )


def _birthday_questions(_workspace: Workspace) -> Questions:
    return {
        **ask.voucher(15, 7, gettext_lazy("Birthday present: discount (%)")),
        "text": ask.text(_congratulations(), gettext_lazy("Your congratulations")),
        "at": ask.hour("09:00", gettext_lazy("At what time?")),
    }


def _birthday(answers: Answers, new_id: NewId) -> d.Definition:
    text = ask.chosen_text(answers, "text", _congratulations(), _plain_congratulations())
    settings = {"field": "birthday", "days": 0, "at": ask.clock_of(answers["at"]), "feb29": "feb28"}
    return d.Definition(
        d.Trigger("date", settings),
        d.Entry("always"),
        steps=(*ask.gift(new_id(), answers), d.Send(new_id(), text, not_later_minutes=12 * 60)),
    )


def _win_back_questions(_workspace: Workspace) -> Questions:
    first = _(
        "Hi {{ contact.first_name | default: 'there' }}, it has been a while 😊\nWe have new things that you may like."
        " Shall we send you some pictures?"
    )
    return {
        "days": ask.days(60, gettext_lazy("After how many days without a message or an order?")),
        "text": ask.text(first, gettext_lazy("First message: just a question")),
        **ask.voucher(10, 7, gettext_lazy("A week later: discount (%)")),
    }


def _win_back(answers: Answers, new_id: NewId) -> d.Definition:
    second: tuple[d.Step, ...] = ()
    if answers["percent"]:
        text = _(
            "{{ contact.first_name | default: 'Hi' }}, a little something to come back: *{{ voucher.percent }}% off*"
            " with the code *{{ voucher.code }}*, only for you, until {{ voucher.until }}."
        )
        second = (
            d.Wait(new_id(), amount=7, at="10:00"), *ask.gift(new_id(), answers), d.Send(new_id(), text),
        )  # fmt: skip
    return d.Definition(
        d.Trigger("silence", {"days": answers["days"]}),
        d.Entry("after_end", cooldown_days=90),
        exits=(d.Happening("order"),),
        goal=d.Happening("order"),
        steps=(d.Send(new_id(), answers["text"]), *second),
    )


GREETINGS = (
    Recipe(
        "welcome", gettext_lazy("Welcome"), "mood-smile",
        gettext_lazy("Says hello to each new customer, with a voucher for the first order."),
        gettext_lazy(
            "Each customer who joins your list gets your hello at once, with a voucher code of their own. Who neither"
            " answers nor orders is reminded once."
        ),
        _welcome_questions, _welcome, order=10,
    ),
    Recipe(
        "birthday", gettext_lazy("Birthday greeting"), "gift",
        gettext_lazy("Congratulates on the day itself, with a voucher. Never says an age."),
        gettext_lazy(
            "On the birthday, each customer who gave you the date gets your congratulations with a voucher code of"
            " their own."
        ),
        _birthday_questions, _birthday, Journey.Importance.BIRTHDAY, order=20,
    ),
    Recipe(
        "win_back", gettext_lazy("Customers who went silent"), "heartbeat",
        gettext_lazy("Asks kindly after 60 days without a word or an order."),
        gettext_lazy(
            "Customers who stay silent that long get a kind question. If they do not order within a week, they get a"
            " voucher."
        ),
        _win_back_questions, _win_back, order=40,
    ),
)  # fmt: skip
