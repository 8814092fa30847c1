"""The phone bubble next to the form of a message: as a customer will read what is typed now."""

from typing import Any

from django.utils.translation import override

from wabolt.journeys.forms.messages import SendForm
from wabolt.journeys.models import Journey
from wabolt.journeys.queries.test_runs import sample_values
from wabolt.journeys.rules import definition as d
from wabolt.lib.errors import DomainError
from wabolt.media.queries import shown_media
from wabolt.messaging.models import Message
from wabolt.personalization.queries import preview


def bubble_of(journey: Journey, draft: d.Definition, form: SendForm) -> dict[str, Any]:
    """The context of the bubble: `shown`, `problem` in words, `media` and `choices`."""
    shown = problem = ""
    text = form.reads
    if text.strip():
        # A template has its own words about stopping, so ours are not added.
        chosen = str(form["purpose"].value() or Message.Purpose.MARKETING)
        purpose = Message.Purpose.SERVICE if form.template else chosen
        try:
            with override(journey.workspace.language):
                given = sample_values(journey.workspace, draft, form.edited)
                shown = preview(journey.workspace, text, None, purpose=purpose, variables=given)
        except DomainError as error:
            problem = str(error)
    names = "" if form.template else str(form["buttons"].value() or "")
    choices = [name.strip() for name in names.split(",") if name.strip()]
    return {"shown": shown, "problem": problem, "media": shown_media(form.attached), "choices": choices}
