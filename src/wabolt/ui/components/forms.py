"""The error summary of a form."""

from dataclasses import dataclass

from django.forms import BaseForm
from django.forms.boundfield import BoundField
from django.template import Context, Library
from django.utils.safestring import SafeString

from wabolt.ui.components.parts import part

register = Library()


@dataclass(frozen=True, slots=True)
class Problem:
    """One error of a form. `anchor` is the id of the field, empty for an error of the whole form."""

    label: str
    text: str
    anchor: str


@register.simple_tag(takes_context=True)
def form_errors(context: Context, form: BaseForm) -> SafeString:
    """Lists all errors of `form`, each with a link to its field; empty for a form without errors.

    `{{ form }}` contains it. A template that places the fields one by one puts it at the top of the form.
    """
    problems = problems_of(form)
    return part(context, "form_errors", problems=problems) if problems else SafeString("")


@register.simple_tag(takes_context=True)
def error_summary(context: Context, text: object, label: str = "", anchor: str = "") -> SafeString:
    """The same summary for one error of a page whose fields are no Django form. `anchor`: the id of the field."""
    return part(context, "form_errors", problems=[Problem(label, str(text), anchor)])


def problems_of(form: BaseForm) -> list[Problem]:
    """Returns the errors of the whole form, then those of the fields from top to bottom."""
    found = [Problem("", str(error), "") for error in form.non_field_errors()]
    for field in form:
        anchor = "" if field.is_hidden else _anchor(field)
        label = "" if field.is_hidden else str(field.label)
        found += [Problem(label, str(error), anchor) for error in field.errors]
    return found


def _anchor(field: BoundField) -> str:
    """Returns the id of the control, or of the group around it if the field has several."""
    return field.id_for_label or str(field.auto_id)
