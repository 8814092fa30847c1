"""How Django forms look: our field template and the right CSS classes on every widget."""

from typing import Any

from django.forms import FileInput
from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import mark_safe

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
    """Set as `FORM_RENDERER`: `{{ form }}` and `{{ form.name.as_field_group }}` then look like the rest of WABolt."""

    form_template_name = "ui/forms/form.html"
    field_template_name = "ui/forms/field.html"

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        """Renders a form, field or widget; widgets get their class here so that no form has to name one.
        A file's box wears our words instead of the browser's where scripts run."""
        if "widget" in context:
            _dress(context["widget"])
        html = str(super().render(template_name, context, request))
        if template_name == FileInput.template_name:
            face = str(super().render("ui/forms/file_face.html", {}, request))
            return format_html('<span class="wb-file">{}{}</span>', mark_safe(html), mark_safe(face))  # noqa: S308
        return html


def _dress(widget: dict[str, Any]) -> None:
    """Put the class of the widget's kind, and the mark of an invalid value, into its attributes (in place)."""
    attrs = widget.get("attrs")
    if not isinstance(attrs, dict):
        return
    # A group's own attributes belong to the <div> around its choices, which is no control.
    if str(widget.get("template_name", "")).endswith(_GROUPS):
        for _group, options, _index in widget.get("optgroups") or ():
            for option in options:
                _dress(option)
        return
    wanted = _CLASSES.get(widget_kind(widget), "form-control").split()
    if str(attrs.get("aria-invalid", "")).lower() == "true":
        wanted.append("is-invalid")
    present = str(attrs.get("class", "")).split()
    css = " ".join([*present, *(c for c in wanted if c not in present)])
    if css:
        attrs["class"] = css
    for row in widget.get("subwidgets") or ():
        _dress(row)


def widget_kind(widget: dict[str, Any]) -> str:
    """ "checkbox", "radio", "select", "textarea", "hidden" or the input's type, from a widget's render context."""
    name = str(widget.get("template_name", ""))
    if name.endswith(("select.html", "select_date.html")):
        return "select"
    if name.endswith("textarea.html"):
        return "textarea"
    return str(widget.get("type", "text"))
