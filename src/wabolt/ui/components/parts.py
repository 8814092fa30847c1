"""Helpers that all families of components share."""

from typing import Any

from django.template import Context
from django.utils.safestring import SafeString, mark_safe


def part(context: Context, name: str, **values: Any) -> SafeString:
    """Renders `ui/parts/<name>.html` with `values` on top of the page's context."""
    engine = context.template.engine  # type: ignore[union-attr]
    template = engine.get_template(f"ui/parts/{name}.html")
    with context.push(**values):
        return template.render(context)


def trimmed(content: str) -> SafeString:
    """Returns a block's rendered content without surrounding white space, so that `{% if %}` can test it."""
    return mark_safe(content.strip())  # noqa: S308 - rendered by the template engine, hence escaped already
