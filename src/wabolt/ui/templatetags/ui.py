"""The components of the design system as template tags. The catalogue with examples is `wabolt/ui/README.md`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.paginator import Page
from django.http import QueryDict
from django.template import Context, Library
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from wabolt.lib import formats
from wabolt.ui import charts, filters, states
from wabolt.ui.bubbles import whatsapp_html

register = Library()
filters.register_all(register)


def part(context: Context, name: str, **values: Any) -> SafeString:
    """Render `ui/parts/<name>.html` with `values` on top of the page's context."""
    engine = context.template.engine  # type: ignore[union-attr]
    template = engine.get_template(f"ui/parts/{name}.html")
    with context.push(**values):
        return template.render(context)


def trimmed(content: str) -> SafeString:
    """A block's rendered content without the space around it, so that `{% if %}` can tell whether there is any."""
    return mark_safe(content.strip())


# Small pieces -------------------------------------------------------------------------------------------------------


@register.simple_tag(name="icon")
def draw_icon(name: str, label: str = "", size: str = "") -> SafeString:
    """An icon of the sprite. Without `label` it is decoration and hidden from screen readers. `size`: sm, lg, xl."""
    css = f"wb-icon wb-icon-{size}" if size else "wb-icon"
    href = f"{static('vendor/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}"></use></svg>', css, label, href
        )
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"></use></svg>', css, href)


@register.simple_tag
def badge(state: str = "", label: str = "", tone: str = "", icon: str = "") -> SafeString:
    """A state as colour and word. Known states need nothing else; `label` and `tone` overrule."""
    word, known_tone = states.describe(state) if state else ("", "neutral")
    drawn = draw_icon(icon, size="sm") if icon else mark_safe('<i class="wb-dot"></i>')
    return format_html(
        '<span class="wb-badge wb-tone-{}">{}{}</span>', tone or known_tone, drawn, label or word
    )


@register.simple_tag
def tag(name: str, remove_url: str = "") -> SafeString:
    """A contact's label. With `remove_url` it carries a cross."""
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
    """A circle with initials; the colour follows from the name. Decoration: the name has to stand beside it."""
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


def _button_css(kind: str, size: str, css: str, bare: bool) -> str:
    look = {
        "primary": "btn-primary",
        "secondary": "wb-btn-plain",
        "danger": "btn-danger",
        "quiet": "wb-btn-quiet",
        "danger-quiet": "wb-btn-quiet wb-btn-danger",
    }[kind]
    return " ".join(filter(None, ("btn", look, f"btn-{size}" if size else "", "btn-icon" if bare else "", css)))


@register.simple_tag
def button(
    label: str,
    kind: str = "secondary",
    icon: str = "",
    type: str = "submit",
    size: str = "",
    icon_only: bool = False,
    css: str = "",
    **attrs: Any,
) -> SafeString:
    """A button. `kind`: primary, secondary, danger, quiet, danger-quiet. `hx_post=...`, `name=...` become attributes."""
    drawn = draw_icon(icon) if icon else ""
    extra = _attributes({**attrs, "aria_label": label if icon_only else attrs.get("aria_label")})
    return format_html(
        '<button type="{}" class="{}"{}>{}{}</button>',
        type,
        _button_css(kind, size, css, icon_only),
        extra,
        drawn,
        "" if icon_only else label,
    )


@register.simple_tag
def link_button(
    label: str,
    href: str,
    kind: str = "secondary",
    icon: str = "",
    size: str = "",
    icon_only: bool = False,
    css: str = "",
    **attrs: Any,
) -> SafeString:
    """A link that looks like a button (same kinds)."""
    drawn = draw_icon(icon) if icon else ""
    extra = _attributes({**attrs, "aria_label": label if icon_only else attrs.get("aria_label")})
    return format_html(
        '<a href="{}" class="{}"{}>{}{}</a>',
        href,
        _button_css(kind, size, css, icon_only),
        extra,
        drawn,
        "" if icon_only else label,
    )


@register.simple_tag
def copy_button(value: str, label: str = "") -> SafeString:
    """Copies `value` to the clipboard (hidden where scripts are off)."""
    return format_html(
        '<button type="button" class="btn wb-btn-plain needs-js" data-copy="{}" data-copied="{}">{}<span>{}</span></button>',
        value,
        _("Copied"),
        draw_icon("copy"),
        label or _("Copy"),
    )


@register.simple_tag
def progress(
    value: int = 0, max: int = 100, label: str = "", text: str = "", tone: str = "", indeterminate: bool = False
) -> SafeString:
    """A bar with its words above. `label` names it for everyone, `text` stands at the right ("312 dari 1.204")."""
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
    words = format_html('<div class="wb-progress-words"><span>{}</span><span class="wb-num">{}</span></div>', label, text)
    return format_html('<div class="wb-progress-box">{}{}</div>', words if label or text else "", bar)


# Page furniture -----------------------------------------------------------------------------------------------------


@register.simple_block_tag(takes_context=True)
def page_header(context: Context, content: str, title: str, question: str = "", back: str = "") -> SafeString:
    """Title, the question this page answers, and its actions (the block's content). `back`: address of the page above."""
    return part(context, "page_header", title=title, question=question, back=back, actions=trimmed(content))


@register.simple_block_tag(takes_context=True)
def card(context: Context, content: str, title: str = "", hint: str = "", css: str = "", id: str = "") -> SafeString:
    """A quiet surface with an optional title and hint. `css="wb-flush"` lets tables and lists reach the edge."""
    return part(context, "card", title=title, hint=hint, css=css, id=id, content=content)


@register.simple_block_tag(takes_context=True)
def empty_state(context: Context, content: str, title: str, icon: str = "inbox", text: str = "") -> SafeString:
    """What a page with nothing on it says: what this place is for and what to do next (block content: the action)."""
    return part(context, "empty_state", title=title, icon_name=icon, text=text, actions=trimmed(content))


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


@register.simple_tag(takes_context=True)
def stat(
    context: Context,
    label: str,
    value: Any,
    hint: str = "",
    icon: str = "",
    trend: str = "",
    tone: str = "",
    direction: str = "",
    href: str = "",
) -> SafeString:
    """One number that matters. `trend` is a sentence ("Naik 12 % dari bulan lalu"): `tone` colours it, `direction`
    (up, down) gives it an arrow."""
    values = {"label": label, "value": value, "hint": hint, "icon_name": icon, "trend": trend, "href": href}
    return part(context, "stat", tone=tone, direction=direction, **values)


@register.simple_tag(takes_context=True)
def tabs(context: Context, items: Iterable[Sequence[Any]], current: str, label: str = "") -> SafeString:
    """Tabs that are links. `items`: (key, label, url) or (key, label, url, count)."""
    rows = [{"key": i[0], "label": i[1], "url": i[2], "count": i[3] if len(i) > 3 else None} for i in items]
    return part(context, "tabs", items=rows, current=current, label=label)


@register.simple_tag(takes_context=True)
def wizard_steps(context: Context, steps: Sequence[str], current: int, label: str = "") -> SafeString:
    """Where one stands in a wizard. `current` counts from 1."""
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
        _button_css(kind, "", "", not text),
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
    """A dialog that asks before something grave happens and posts to `action`.

    Open it with a link to a confirm page that carries `data-dialog="<id>"`: without scripts the link is followed.
    """
    return part(
        context, "confirm_dialog", id=id, title=title, action=action, button_label=button, kind=kind, content=content
    )


# Tables and lists ---------------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def pagination(context: Context, page: Page[Any], param: str = "page") -> SafeString:
    """Numbered pages for a Django `Page`; keeps the other parameters of the address."""
    window = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return part(
        context, "pagination", page=page, param=param, pages=list(window), gap=page.paginator.ELLIPSIS
    )


@register.simple_tag(takes_context=True)
def page_url(context: Context, param: str, number: int) -> str:
    """The address of this page with another page number."""
    query = context["request"].GET.copy() if "request" in context else QueryDict(mutable=True)
    query[param] = str(number)
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def keyset_pagination(
    context: Context, previous: str = "", next: str = "", text: str = "", target: str = ""
) -> SafeString:
    """Previous and next for lists too long to count. `previous`, `next`: addresses; `target`: id for htmx to replace."""
    return part(context, "keyset", previous=previous, next=next, text=text, target=target)


@register.simple_tag
def filter_chip(label: str, remove_url: str) -> SafeString:
    """A filter in use; touching it takes the filter away."""
    return format_html(
        '<a class="wb-chip wb-chip-on" href="{}"><span>{}</span>{}</a>',
        remove_url,
        label,
        draw_icon("x", label=_("Remove filter"), size="sm"),
    )


@register.simple_tag
def choice_chip(label: str, url: str, on: bool = False, count: int | None = None) -> SafeString:
    """One choice of a row of chips, as a link."""
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
    """The checkbox of a row inside a `<form data-bulk>`. `label` says what it picks ("Pilih Ayu")."""
    return format_html(
        '<label class="wb-pick"><input class="form-check-input" type="checkbox" name="{}" value="{}" aria-label="{}"></label>',
        name,
        value,
        label,
    )


@register.simple_tag
def bulk_check_all(label: str = "") -> SafeString:
    """The checkbox in the table's head that picks every row of this page."""
    return format_html(
        '<label class="wb-pick needs-js"><input class="form-check-input" type="checkbox" data-bulk-all aria-label="{}"></label>',
        label or _("Select all on this page"),
    )


@register.simple_block_tag(takes_context=True)
def bulk_bar(context: Context, content: str, one: str = "", many: str = "") -> SafeString:
    """The bar with the bulk actions, inside `<form data-bulk>`. `one`/`many`: count sentences with `%s`."""
    return part(context, "bulk_bar", one=one or _("%s selected"), many=many or _("%s selected"), content=content)


@register.simple_block_tag
def timeline_item(
    content: str, title: str, icon: str = "point", time: Any = None, tone: str = "neutral"
) -> SafeString:
    """One thing that happened, inside `<ol class="wb-timeline">`. `time`: an aware datetime."""
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
    """Grey bars where something will stand shortly. For what takes longer than 300 ms."""
    return format_html('<div class="wb-skeleton" aria-hidden="true">{}</div>', mark_safe("<i></i>" * int(lines)))


# The phone ----------------------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def bubble(
    context: Context,
    text: str,
    time: Any = None,
    state: str = "",
    direction: str = "out",
    sender: str = "",
) -> SafeString:
    """A message as the customer sees it. `state`: queued, sent, delivered, read, failed ... gives the ticks (outgoing)."""
    if hasattr(time, "astimezone"):
        time = filters.clock_time(time)
    return part(
        context,
        "bubble",
        html=whatsapp_html(text or ""),
        time=time,
        state=state,
        state_label=states.describe(state)[0] if state else "",
        direction=direction,
        sender=sender,
    )


@register.simple_block_tag(takes_context=True)
def phone_frame(context: Context, content: str, title: str, subtitle: str = "", css: str = "") -> SafeString:
    """A phone with a chat in it; the content is bubbles and, if there is one, `<div class="wb-phone-foot">`."""
    return part(context, "phone_frame", title=title, subtitle=subtitle, css=css, content=content)


# Numbers as pictures ------------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def bars(context: Context, rows: Iterable[Sequence[Any]], label: str, whole: int | None = None) -> SafeString:
    """Horizontal bars drawn on the server. `rows`: (label, value) or (label, value, tone) or (…, url)."""
    return part(context, "bars", rows=charts.bar_rows(rows, whole), label=label)


@register.simple_tag(takes_context=True)
def funnel(context: Context, rows: Iterable[Sequence[Any]], label: str) -> SafeString:
    """A funnel: each bar as a share of the first row. `rows` as in `bars`."""
    return part(context, "funnel", rows=charts.funnel_rows(rows), label=label)


@register.simple_tag(takes_context=True)
def chart(context: Context, id: str, data: Mapping[str, Any], sentence: str, kind: str = "line") -> SafeString:
    """A line or bar chart (ECharts, loaded once and lazily). The sentence comes first and stands without the picture.

    `data`: {"x": [labels], "series": [{"name": str, "values": [numbers]}], "unit": "" | "money"}. `kind`: line, bar.
    """
    return part(context, "chart", id=id, data=charts.chart_data(data, kind), sentence=sentence)
