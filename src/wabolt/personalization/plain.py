"""A fast path for most texts: words and `{{ name | default: "..." }}` need no template engine.

A broadcast renders one text many thousand times. Liquid spends most of this time on a context that a plain text does
not use. Liquid renders all other texts. A property test compares the results of both.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from liquid import BoundTemplate
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import FilteredExpression, Path, PositionalArgument, StringLiteral
from liquid.builtin.filters.misc import default
from liquid.builtin.output import OutputNode
from liquid.stringify import to_liquid_string

from wabolt.personalization.variables import Shop, contact_value, field_value, group_value


class Facts(NamedTuple):
    """The values for one person."""

    person: Mapping[str, Any]
    given: Mapping[str, Any]
    shop: Shop
    link: Callable[[int], str]


Getter = Callable[[Facts], Any]
Part = str | tuple[Getter, str | None]


class Plain:
    """A text as a list of pieces to join."""

    __slots__ = ("parts",)

    def __init__(self, parts: list[Part]) -> None:
        self.parts = parts

    def render(self, facts: Facts) -> str:
        """Returns the text for one person."""
        pieces = []
        for part in self.parts:
            if isinstance(part, str):
                pieces.append(part)
                continue
            getter, otherwise = part
            value = getter(facts)
            if type(value) is not str:
                value = to_liquid_string(value if otherwise is None else default(value, otherwise), autoescape=False)
            elif not value and otherwise is not None:
                value = otherwise
            pieces.append(value)
        return "".join(pieces)


def compile_plain(template: BoundTemplate) -> Plain | None:
    """Returns the pieces of a plain text; None if the text needs Liquid."""
    parts: list[Part] = []
    for node in template.nodes:
        if isinstance(node, ContentNode):
            parts.append(node.text)
            continue
        part = _output(node.expression) if isinstance(node, OutputNode) else None
        if part is None:
            return None
        parts.append(part)
    return Plain(parts)


def _output(expression: Any) -> tuple[Getter, str | None] | None:
    if not isinstance(expression, FilteredExpression) or not isinstance(expression.left, Path):
        return None
    getter = _getter([str(segment) for segment in expression.left.path])
    filters = expression.filters or []
    if getter is None or len(filters) > 1:
        return None
    if not filters:
        return getter, None
    [only] = filters
    if only.name != "default" or len(only.args) != 1 or not isinstance(only.args[0], PositionalArgument):
        return None
    literal = only.args[0].value
    return (getter, literal.value) if isinstance(literal, StringLiteral) else None


def _getter(path: list[str]) -> Getter | None:
    match path:
        case ["contact", "fields", key]:
            return lambda facts: field_value(key, (facts.person.get("fields") or {}).get(key), facts.shop)
        case ["contact", name] if name != "fields":
            return lambda facts: contact_value(name, facts.person, facts.shop)
        case ["shop", "name"]:
            return lambda facts: facts.shop.name
        case ["wabolt", name]:
            number = int(name.removeprefix("link_"))
            return lambda facts: facts.link(number)
        case [prefix, name] if prefix not in {"contact", "shop"}:
            return lambda facts: group_value(prefix, name, (facts.given.get(prefix) or {}).get(name), facts.shop)
    return None
