"""What the families of components share."""

from typing import Any

from django.template import Context
from django.utils.safestring import SafeString, mark_safe


def part(context: Context, name: str, **values: Any) -> SafeString:
    """Render `ui/parts/<name>.html` with `values` on top of the page's context."""
    engine = context.template.engine  # type: ignore[union-attr]
    template = engine.get_template(f"ui/parts/{name}.html")
    with context.push(**values):
        return template.render(context)


def trimmed(content: str) -> SafeString:
    """A block's rendered content without the space around it, so that `{% if %}` can tell whether there is any."""
    return mark_safe(content.strip())  # noqa: S308 - rendered by the template engine, hence escaped already
