"""Building blocks of a page: header, card, notice, tabs, dialog."""

# ruff: noqa: A002 - the words of the tags (id, type, max, next) are HTML's own

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.template import Context, Library
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from wabolt.lib.public_address import Reach, who_can_open
from wabolt.ui.components.parts import part, trimmed
from wabolt.ui.components.small import button_css, draw_icon

register = Library()


@register.simple_block_tag(takes_context=True)
def page_header(context: Context, content: str, title: str, question: str = "", back: str = "") -> SafeString:
    """Title, the question this page answers, and its actions (the content). `back`: address of the page above."""
    return part(context, "page_header", title=title, question=question, back=back, actions=trimmed(content))


@register.simple_block_tag(takes_context=True)
def card(context: Context, content: str, title: str = "", hint: str = "", css: str = "", id: str = "") -> SafeString:
    """A quiet surface with an optional title and hint. `css="wb-flush"` lets tables and lists reach the edge."""
    return part(context, "card", title=title, hint=hint, css=css, id=id, content=content)


@register.simple_block_tag(takes_context=True)
def empty_state(context: Context, content: str, title: str, icon: str = "inbox", text: str = "") -> SafeString:
    """The content of an empty page: the purpose of the page and the next step (block content: the action)."""
    return part(context, "empty_state", title=title, icon_name=icon, text=text, actions=trimmed(content))


@register.simple_tag
def link_warning(url: str) -> SafeString:
    """A warning below a link for others that does not open everywhere; empty for a public link."""
    reach = who_can_open(url)
    if reach is Reach.EVERYONE:
        return SafeString("")
    if reach is Reach.THIS_MACHINE:
        words = _("This link opens only on this computer.")
    else:
        words = _("This link opens only in the shop's own Wi-Fi.")
    remedy = _("Settings, Public address, says how to change that.")
    return alert(f"{words} {remedy}", tone="warning")


@register.simple_block_tag
def alert(content: str, tone: str = "info", title: str = "", icon: str = "") -> SafeString:
    """A notice inside the page. `tone`: info, good, warning, bad, primary, neutral."""
    names = {"good": "circle-check", "warning": "alert-triangle", "bad": "alert-circle"}
    head = format_html("<strong>{}</strong>", title) if title else ""
    return format_html(
        '<div class="wb-alert wb-tone-{}"{}>{}<div>{}{}</div></div>',
        tone,
        mark_safe(' role="alert"') if tone == "bad" else "",
        draw_icon(icon or names.get(tone, "info-circle")),
        head,
        content,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StatOptions:
    """`trend`: a sentence ("Naik 12 % dari bulan lalu"). `tone` colours it; `direction` (up, down) adds an arrow."""

    hint: str = ""
    icon: str = ""
    trend: str = ""
    tone: str = ""
    direction: str = ""
    href: str = ""


@register.simple_tag(takes_context=True)
def stat(context: Context, label: str, value: Any, **options: str) -> SafeString:
    """A figure. `options`: the fields of `StatOptions`."""
    values = asdict(StatOptions(**options))
    return part(context, "stat", label=label, value=value, icon_name=values.pop("icon"), **values)


@register.simple_tag(takes_context=True)
def tabs(context: Context, items: Iterable[Sequence[Any]], current: str, label: str = "") -> SafeString:
    """Tabs that are links. `items`: (key, label, url) or (key, label, url, count)."""
    rows = [{"key": i[0], "label": i[1], "url": i[2], "count": i[3] if len(i) > 3 else None} for i in items]
    return part(context, "tabs", items=rows, current=current, label=label)


@register.simple_tag(takes_context=True)
def wizard_steps(context: Context, steps: Sequence[str], current: int, label: str = "") -> SafeString:
    """The current step of a wizard. `current` counts from 1."""
    rows = [
        {"number": n, "label": s, "state": "done" if n < current else "now" if n == current else "ahead"}
        for n, s in enumerate(steps, 1)
    ]
    return part(context, "wizard", steps=rows, current=current, total=len(rows), label=label)


@register.simple_block_tag
def menu(content: str, label: str, icon: str = "dots-vertical", text: str = "", kind: str = "secondary") -> SafeString:
    """A drop-down of links and buttons (each with class `wb-menu-item`). Works without scripts."""
    return format_html(
        '<details class="wb-menu"><summary class="{}"{}>{}{}</summary><div class="wb-menu-list">{}</div></details>',
        button_css(kind, "", "", not text),
        "" if text else format_html(' aria-label="{}"', label),
        draw_icon(icon),
        text,
        content,
    )


@register.simple_block_tag(takes_context=True)
def confirm_dialog(
    context: Context,
    content: str,
    id: str,
    title: str,
    action: str,
    button: str,
    kind: str = "danger",
) -> SafeString:
    """A dialog that asks for confirmation and posts to `action`.

    Open it with a link to a confirmation page that has `data-dialog="<id>"`: without scripts the link is followed.
    """
    return part(
        context, "confirm_dialog", id=id, title=title, action=action, button_label=button, kind=kind, content=content
    )
