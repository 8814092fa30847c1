"""The look of Django forms: our field template, and the CSS classes of every widget."""

from collections.abc import Mapping
from typing import Any

from django.forms import BaseForm, BoundField, FileInput
from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from wabolt.lib.errors import DomainError

_CLASSES = {
    "checkbox": "form-check-input",
    "radio": "form-check-input",
    "select": "form-select",
    "range": "form-range",
    "hidden": "",
    "color": "form-control form-control-color",
}
_GROUPS = ("radio.html", "checkbox_select.html", "multiple_input.html")


class FormRenderer(DjangoTemplates):
    """The `FORM_RENDERER`: gives `{{ form }}` and `{{ form.name.as_field_group }}` the look of WABolt."""

    form_template_name = "ui/forms/form.html"
    field_template_name = "ui/forms/field.html"

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        """Renders a form, field or widget. Widgets get their class here, so no form has to name one. With scripts, a
        file input shows our text instead of the browser's."""
        if "widget" in context:
            _dress(context["widget"])
        html = str(super().render(template_name, context, request))
        if template_name == FileInput.template_name:
            face = str(super().render("ui/forms/file_face.html", {}, request))
            return format_html('<span class="wb-file">{}{}</span>', mark_safe(html), mark_safe(face))  # noqa: S308
        return html


def _dress(widget: dict[str, Any]) -> None:
    """Adds the class of the widget's kind, and the mark of an invalid value, to its attributes (in place)."""
    attrs = widget.get("attrs")
    if not isinstance(attrs, dict):
        return
    # The attributes of a group belong to the <div> around its choices, which is not a control.
    if str(widget.get("template_name", "")).endswith(_GROUPS):
        for _group, options, _index in widget.get("optgroups") or ():
            for option in options:
                _dress(option)
        return
    classes = _CLASSES.get(widget_kind(widget), "form-control").split()
    if str(attrs.get("aria-invalid", "")).lower() == "true":
        classes.append("is-invalid")
    present = str(attrs.get("class", "")).split()
    css = " ".join([*present, *(c for c in classes if c not in present)])
    if css:
        attrs["class"] = css
    for row in widget.get("subwidgets") or ():
        _dress(row)


def show_refusal(form: BaseForm, error: DomainError, fields: Mapping[str, str] | None = None) -> None:
    """Adds the message of a DomainError to the field that it concerns, or to the whole form if it has no such field.

    `fields`: {field of the error: field of the form}, where the names differ.
    """
    field = (fields or {}).get(error.field or "", error.field)
    form.add_error(field if field in form.fields else None, str(error))


def widget_kind(widget: dict[str, Any]) -> str:
    """Returns "checkbox", "radio", "select", "textarea", "hidden" or the input's type for a widget's render context."""
    name = str(widget.get("template_name", ""))
    if name.endswith(("select.html", "select_date.html")):
        return "select"
    if name.endswith("textarea.html"):
        return "textarea"
    return str(widget.get("type", "text"))


def may_be_empty(field: BoundField) -> bool:
    """Returns whether the field is marked as optional.

    A form names the fields that its own rules may refuse as empty in `conditional`. The words of a select's empty
    choice ("As the shop") say what it means; only a choice without words ("–") needs the mark.
    """
    if field.field.required or field.name in getattr(field.form, "conditional", ()):
        return False
    if getattr(field.field.widget, "input_type", "") != "select":
        return True
    value, words = next(iter(getattr(field.field, "choices", ())), ("-", ""))
    return value == "" and not any(char.isalnum() for char in str(words))
