"""Icons, buttons, badges and other inline components."""

# ruff: noqa: A002 - the words of the tags (id, type, max, next) are HTML's own

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from django.template import Library
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from wabolt.lib import commands, formats
from wabolt.ui import states

register = Library()


@register.simple_tag(name="icon")
def draw_icon(name: str, label: str = "", size: str = "") -> SafeString:
    """An icon of the sprite. Without `label` it is decorative and hidden from screen readers. `size`: sm, lg, xl."""
    if not label:
        return _decoration(name, size)
    css = f"wb-icon wb-icon-{size}" if size else "wb-icon"
    href = f"{static('vendor/icons.svg')}#{name}"
    return format_html('<svg class="{}" role="img" aria-label="{}"><use href="{}"></use></svg>', css, label, href)


@lru_cache(maxsize=1000)
def _decoration(name: str, size: str) -> SafeString:
    """A decorative icon; cached, because nearly every page contains the same ones."""
    css = f"wb-icon wb-icon-{size}" if size else "wb-icon"
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"></use></svg>', css, static("vendor/icons.svg"), name
    )


@register.simple_tag
def badge(state: str = "", label: str = "", tone: str = "", icon: str = "") -> SafeString:
    """A state as colour and word. Known states need no other argument; `label` and `tone` override."""
    word, known_tone = states.describe(state) if state else ("", "neutral")
    drawn = draw_icon(icon, size="sm") if icon else mark_safe('<i class="wb-dot"></i>')
    return format_html('<span class="wb-badge wb-tone-{}">{}{}</span>', tone or known_tone, drawn, label or word)


@register.simple_tag
def tag(name: str, remove_url: str = "") -> SafeString:
    """A contact's label. With `remove_url` it has a cross."""
    if not remove_url:
        return format_html('<span class="wb-tag">{}</span>', name)
    return format_html(
        '<span class="wb-tag">{}<a href="{}" aria-label="{}">×</a></span>',
        name,
        remove_url,
        _("Remove %(name)s") % {"name": name},
    )


@register.simple_tag
def avatar(name: str, size: str = "") -> SafeString:
    """A circle with initials; the colour depends on the name. Decorative: the name must be next to it."""
    shade = sum(map(ord, name)) % 6
    return format_html(
        '<span class="wb-avatar wb-avatar-{}{}" aria-hidden="true">{}</span>',
        shade,
        f" wb-avatar-{size}" if size else "",
        formats.initials(name),
    )


def _attributes(extra: Mapping[str, Any]) -> SafeString:
    """`hx_get="/x"` -> `hx-get="/x"`; True gives a bare attribute, None and False give nothing."""
    drawn = SafeString("")
    for key, value in extra.items():
        if value is True:
            drawn += format_html(" {}", key.replace("_", "-"))
        elif value is not None and value is not False:
            drawn += format_html(' {}="{}"', key.replace("_", "-"), value)
    return drawn


def button_css(kind: str, size: str, css: str, bare: bool) -> str:
    """Returns the classes of a button; `bare` is a button without text."""
    look = {
        "primary": "btn-primary",
        "secondary": "",
        "danger": "btn-danger",
        "quiet": "wb-btn-quiet",
        "danger-quiet": "wb-btn-quiet wb-btn-danger",
    }[kind]
    return " ".join(filter(None, ("btn", look, f"btn-{size}" if size else "", "btn-icon" if bare else "", css)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonOptions:
    """`kind`: primary, secondary, danger, quiet, danger-quiet. `icon_only`: the label is for screen readers only."""

    kind: str = "secondary"
    icon: str = ""
    size: str = ""
    icon_only: bool = False
    css: str = ""


_BUTTON_OPTIONS = frozenset(field.name for field in fields(ButtonOptions))


@register.simple_tag
def button(label: str, **options: Any) -> SafeString:
    """A button. `options`: the fields of `ButtonOptions`; others (`type="button"`, `hx_post=...`) become attributes."""
    return _drawn_button("button", label, {"type": "submit", **options})


@register.simple_tag
def link_button(label: str, href: str, **options: Any) -> SafeString:
    """A link with the look of a button. `options` as in `button`."""
    return _drawn_button("a", label, {"href": href, **options})


def _drawn_button(element: str, label: str, options: Mapping[str, Any]) -> SafeString:
    look = ButtonOptions(**{key: value for key, value in options.items() if key in _BUTTON_OPTIONS})
    attributes = {key: value for key, value in options.items() if key not in _BUTTON_OPTIONS}
    if look.icon_only:
        attributes["aria_label"] = label
    first = next(iter(attributes))  # type or href
    return format_html(
        '<{} {}="{}" class="{}"{}>{}{}</{}>',
        element,
        first,
        attributes.pop(first),
        button_css(look.kind, look.size, look.css, look.icon_only),
        _attributes(attributes),
        draw_icon(look.icon) if look.icon else "",
        "" if look.icon_only else label,
        element,
    )


@register.simple_tag
def copy_button(value: str, label: str = "") -> SafeString:
    """A button that copies `value` to the clipboard (hidden without scripts)."""
    return format_html(
        '<button type="button" class="btn needs-js" data-copy="{}" data-copied="{}">{}<span>{}</span></button>',
        value,
        _("Copied"),
        draw_icon("copy"),
        label or _("Copy"),
    )


@register.simple_tag
def progress(
    value: int = 0, max: int = 100, label: str = "", text: str = "", tone: str = "", indeterminate: bool = False
) -> SafeString:
    """A progress bar with its text above. `label` is its accessible name, `text` is on the right ("312 dari 1.204")."""
    bar = (
        format_html('<progress class="wb-progress" aria-label="{}"></progress>', label or _("Progress"))
        if indeterminate
        else format_html(
            '<progress class="wb-progress{}" value="{}" max="{}" aria-label="{}"></progress>',
            f" wb-progress-{tone}" if tone else "",
            value or 0,
            max or 1,
            label or _("Progress"),
        )
    )
    words = format_html(
        '<div class="wb-progress-words"><span>{}</span><span class="wb-num">{}</span></div>', label, text
    )
    return format_html('<div class="wb-progress-box">{}{}</div>', words if label or text else "", bar)


@register.simple_tag
def shell_command(arguments: str) -> SafeString:
    """The command line that runs `wabolt` with these arguments in this installation, as text to copy."""
    return format_html("<code>{}</code>", commands.shell_command(arguments))
