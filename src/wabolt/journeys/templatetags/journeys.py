"""Filters of the pages of journeys: `{% load journeys %}`."""

from django.template import Library
from django.utils.safestring import SafeString

from wabolt.journeys.forms.base import PartForm
from wabolt.journeys.rules.checks import Problem
from wabolt.journeys.wording import KIND_WORDS, end_words, problem_text
from wabolt.personalization.queries import readable
from wabolt.ui.bubbles import whatsapp_html

register = Library()


@register.filter
def problem_words(problem: Problem) -> str:
    """The problem as a sentence."""
    return problem_text(problem)


register.filter("end_words", end_words)


@register.filter
def message_html(text: str) -> SafeString:
    """A text with its variables in words, formatted as WhatsApp shows it."""
    return whatsapp_html(readable(text))


@register.filter
def kind_words(kind: str) -> str:
    """The name of a kind of step."""
    return str(KIND_WORDS[kind][0])


@register.filter
def modes_of(form: PartForm, name: str) -> str:
    """The modes in which a field of a form is shown."""
    return form.modes_of(name)
