"""The phone with its bubbles, bars, funnels and charts."""

# ruff: noqa: A002 - the words of the tags (id, type, max, next) are HTML's own

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.template import Context, Library
from django.utils.safestring import SafeString

from wabolt.ui import charts, filters, states
from wabolt.ui.bubbles import Attachment, whatsapp_html
from wabolt.ui.components.parts import part

register = Library()


@register.simple_tag(takes_context=True)
def bubble(
    context: Context,
    text: str,
    time: Any = None,
    state: str = "",
    direction: str = "out",
    sender: str = "",
    media: Attachment | None = None,
) -> SafeString:
    """A message as the customer sees it. `state` (queued, sent, delivered, read, failed ...) selects the ticks; `text`
    is the caption of `media`."""
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
        media=media,
    )


@register.simple_block_tag(takes_context=True)
def phone_frame(context: Context, content: str, title: str, subtitle: str = "", css: str = "") -> SafeString:
    """A phone with a chat; the content is bubbles and, optionally, `<div class="wb-phone-foot">`."""
    return part(context, "phone_frame", title=title, subtitle=subtitle, css=css, content=content)


@register.simple_tag(takes_context=True)
def bars(context: Context, rows: Iterable[Sequence[Any]], label: str, whole: int | None = None) -> SafeString:
    """Horizontal bars without scripts. `rows`: (label, value), (label, value, tone) or (label, value, tone, url)."""
    return part(context, "bars", rows=charts.bar_rows(rows, whole), label=label)


@register.simple_tag(takes_context=True)
def funnel(context: Context, rows: Iterable[Sequence[Any]], label: str) -> SafeString:
    """A funnel: each bar as a share of the first row. `rows` as in `bars`."""
    return part(context, "funnel", rows=charts.funnel_rows(rows), label=label)


@register.simple_tag(takes_context=True)
def chart(context: Context, id: str, data: Mapping[str, Any], sentence: str, kind: str = "line") -> SafeString:
    """A line or bar chart (ECharts, loaded on first use). The sentence comes first and is complete without the chart.

    `data`: {"x": [labels], "series": [{"name": str, "values": [numbers]}], "unit": "" | "money"}. `kind`: line, bar.
    """
    return part(context, "chart", id=id, data=charts.chart_data(data, kind), sentence=sentence)
