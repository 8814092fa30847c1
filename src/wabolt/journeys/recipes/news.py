"""The recipe of the newsletter: four useful messages for each offer."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.accounts.models import Workspace
from wabolt.journeys.models import Journey
from wabolt.journeys.recipes import questions as ask
from wabolt.journeys.recipes.questions import Answers, Questions
from wabolt.journeys.registry import Recipe
from wabolt.journeys.rules import definition as d
from wabolt.journeys.rules.editing import NewId

USEFUL = 4
"""Useful messages for each offer."""


def _questions(_workspace: Workspace) -> Questions:
    labels = (
        gettext_lazy("1st week: a tip"), gettext_lazy("2nd week: did you know?"),
        gettext_lazy("3rd week: behind the scenes"), gettext_lazy("4th week: a question that customers ask"),
    )  # fmt: skip
    found = {
        f"useful{number}": ask.text("", label, required=number == 1, rows=3) for number, label in enumerate(labels, 1)
    }
    found["useful1"].initial = _(
        "A tip for you, {{ contact.first_name | default: 'friend' }}: save our number, and our pictures open at"
        " once. 😊"
    )
    return {**found, "offer": ask.text("", gettext_lazy("5th week: your offer"), required=False, rows=3)}


def _newsletter(answers: Answers, new_id: NewId) -> d.Definition:
    return d.Definition(d.Trigger("joined"), steps=tuple(_weeks(answers, new_id)))


def _weeks(answers: Answers, new_id: NewId) -> Iterator[d.Step]:
    useful = [str(answers.get(f"useful{number}") or "").strip() for number in range(1, USEFUL + 1)]
    texts = [(text, "value") for text in useful if text]
    if offer := str(answers.get("offer") or "").strip():
        texts.append((offer, "promotion"))
    for text, content_class in texts:
        yield d.Wait(new_id(), "clock", at="16:00", weekdays=(3,))
        yield d.Send(new_id(), text, content_class=content_class)


NEWSLETTER = Recipe(
    "newsletter", gettext_lazy("Newsletter 80/20"), "mail",
    gettext_lazy("Four useful messages, one offer: one each week."),
    gettext_lazy(
        "Who joins gets one message each Thursday at 16.00: four useful ones, then one offer. Weeks that you leave"
        " empty are left out."
    ),
    _questions, _newsletter, Journey.Importance.PROMOTION, Journey.ContentClass.VALUE, order=80,
)  # fmt: skip
