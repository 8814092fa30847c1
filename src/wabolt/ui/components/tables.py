"""Pagination, filters, bulk actions, the timeline."""

# ruff: noqa: A002 - the words of the tags (id, type, max, next) are HTML's own

from typing import Any

from django.core.paginator import Page
from django.http import QueryDict
from django.template import Context, Library
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from wabolt.ui import filters
from wabolt.ui.components.parts import part, trimmed
from wabolt.ui.components.small import draw_icon

register = Library()


@register.simple_tag(takes_context=True)
def pagination(context: Context, page: Page[Any], param: str = "page") -> SafeString:
    """Numbered pages for a Django `Page`; keeps the other query parameters."""
    window = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return part(context, "pagination", page=page, param=param, pages=list(window), gap=page.paginator.ELLIPSIS)


@register.simple_tag(takes_context=True)
def page_url(context: Context, param: str, number: int) -> str:
    """Returns the URL of this page with another page number."""
    query = context["request"].GET.copy() if "request" in context else QueryDict(mutable=True)
    query[param] = str(number)
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def keyset_pagination(
    context: Context, previous: str = "", next: str = "", text: str = "", target: str = ""
) -> SafeString:
    """Previous and next links for lists that are too long to count; `target`: id of the element that htmx replaces."""
    return part(context, "keyset", previous=previous, next=next, text=text, target=target)


@register.simple_tag
def filter_chip(label: str, remove_url: str) -> SafeString:
    """An active filter; a click removes it."""
    return format_html(
        '<a class="wb-chip wb-chip-on" href="{}"><span>{}</span>{}</a>',
        remove_url,
        label,
        draw_icon("x", label=_("Remove filter"), size="sm"),
    )


@register.simple_tag
def choice_chip(label: str, url: str, on: bool = False, count: int | None = None) -> SafeString:
    """One choice in a row of chips, as a link."""
    number = format_html('<b class="wb-num">{}</b>', filters.number_id(count)) if count is not None else ""
    return format_html(
        '<a class="wb-chip{}" href="{}"{}><span>{}</span>{}</a>',
        " wb-chip-on" if on else "",
        url,
        mark_safe(' aria-current="true"') if on else "",
        label,
        number,
    )


@register.simple_tag
def bulk_check(value: Any, label: str, name: str = "ids") -> SafeString:
    """The checkbox of a row inside `<form data-bulk>`. `label` is its accessible name ("Pilih Ayu")."""
    return format_html(
        '<label class="wb-pick"><input class="form-check-input" type="checkbox" name="{}" value="{}"'
        ' aria-label="{}"></label>',
        name,
        value,
        label,
    )


@register.simple_tag
def bulk_check_all(label: str = "") -> SafeString:
    """The checkbox in the table's head that selects every row of this page."""
    return format_html(
        '<label class="wb-pick needs-js"><input class="form-check-input" type="checkbox" data-bulk-all'
        ' aria-label="{}"></label>',
        label or _("Select all on this page"),
    )


@register.simple_block_tag(takes_context=True)
def bulk_bar(context: Context, content: str, one: str = "", many: str = "", everything: str = "") -> SafeString:
    """The bar with the bulk actions, inside `<form data-bulk>`. `one` and `many`: sentences with `{n}` for the count.
    `everything`: how many rows match in all; with it a checkbox (`scope=all`) extends the action to all of them.
    """
    words = one or _("{n} selected"), many or _("{n} selected")
    return part(context, "bulk_bar", one=words[0], many=words[1], everything=everything, content=content)


@register.simple_block_tag
def timeline_item(content: str, title: str, icon: str = "point", time: Any = None, tone: str = "neutral") -> SafeString:
    """One event, inside `<ol class="wb-timeline">`. `time`: an aware datetime."""
    stamp = (
        format_html(
            '<time datetime="{}" title="{}">{}</time>',
            time.isoformat(),
            filters.local_time(time),
            filters.relative_time(time),
        )
        if time
        else ""
    )
    body = format_html('<div class="wb-timeline-body">{}</div>', content) if trimmed(content) else ""
    return format_html(
        '<li class="wb-timeline-item wb-tone-{}"><span class="wb-timeline-mark">{}</span>'
        '<div><p class="wb-timeline-head"><span>{}</span>{}</p>{}</div></li>',
        tone,
        draw_icon(icon, size="sm"),
        title,
        stamp,
        body,
    )


@register.simple_tag
def skeleton(lines: int = 3) -> SafeString:
    """Grey placeholder lines for content that takes longer than 300 ms."""
    bars = mark_safe("<i></i>" * lines)  # noqa: S308 - nothing from outside in it
    return format_html('<div class="wb-skeleton" aria-hidden="true">{}</div>', bars)


@register.simple_tag(takes_context=True)
def later(context: Context, target: str, lines: int = 3) -> SafeString:
    """A part of a page that takes too long for the page: grey lines until htmx has fetched it with `whole=1` into the
    element with the id `target`, and a link for browsers without scripts. See `lib.web.patience_of`."""
    asked = context["request"].GET.copy()
    asked["whole"] = "1"
    url = f"?{asked.urlencode()}"
    link = format_html('<a class="btn" href="{}">{}</a>', url, _("Show it now"))
    return _one_moment("hx-get", url, target, lines, link)


@register.simple_tag(takes_context=True)
def later_in_form(context: Context, target: str, lines: int = 3) -> SafeString:
    """The same inside a form, whose values are posted to the page for it. Browsers without scripts get a submit button
    with `do=refresh`."""
    button = format_html('<button class="btn" name="do" value="refresh">{}</button>', _("Show it now"))
    return _one_moment("hx-post", context["request"].path, target, lines, button)


def _one_moment(method: str, url: str, target: str, lines: int, without_scripts: SafeString) -> SafeString:
    return format_html(
        '<div {}="{}" hx-trigger="load" hx-target="#{}" role="status">{}<p class="wb-muted wb-small">{}</p>'
        "<noscript>{}</noscript></div>",
        method,
        url,
        target,
        skeleton(lines),
        _("One moment, this is still being worked out ..."),
        without_scripts,
    )
