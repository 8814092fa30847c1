"""Liquid with limits: a few tags and filters, no files, no loops, bounded nesting and output."""

import re
from functools import lru_cache
from math import isfinite
from typing import Any

from liquid import BoundTemplate, Environment, Mode
from liquid.builtin.content import ContentNode
from liquid.exceptions import LiquidError, LiquidSyntaxError

from wabolt.lib import formats

TAGS = ("if", "unless", "case")
FILTERS = ("default", "upcase", "downcase", "capitalize", "strip", "truncate", "append", "prepend")
# Tags that the parser uses internally. A text cannot contain them.
_INNER = ("content", "output", "illegal")
MAX_OUTPUT_BYTES = 16_384
MAX_NESTING = 8
MAX_OPERATORS = 60
"""Operators and brackets in one pair of braces. Liquid calls itself for each: with hundreds of them a text that a page
accepts could fail in the gateway, whose stack is deeper."""


class TextEnvironment(Environment):
    """An environment whose output grows linearly with the text: no filter multiplies its input, no tag repeats."""

    output_stream_limit = MAX_OUTPUT_BYTES
    loop_iteration_limit = 1
    local_namespace_limit = 1
    block_nesting_limit = MAX_NESTING
    context_depth_limit = MAX_NESTING


def _environment() -> TextEnvironment:
    env = TextEnvironment(tolerance=Mode.STRICT, autoescape=False)
    env.tags = {name: tag for name, tag in env.tags.items() if name in TAGS or name in _INNER}
    env.filters = {name: function for name, function in env.filters.items() if name in FILTERS}
    env.add_filter("rupiah", _rupiah)
    return env


def _rupiah(value: Any) -> str:
    is_amount = isinstance(value, int) or (isinstance(value, float) and isfinite(value))
    return formats.money(int(value)) if is_amount else str(value)


ENVIRONMENT = _environment()
KNOWN_TAGS = sorted(TAGS)
KNOWN_FILTERS = sorted(ENVIRONMENT.filters)


_IN_BRACES = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_OPERATORS = re.compile(r"\b(?:and|or|not|contains)\b|[=<>!(\[]")
_STRAIGHT = str.maketrans(dict.fromkeys("“”„‟″", '"') | dict.fromkeys("‘’‚‛′", "'") | {"\u00a0": " "})
"""Replacements for the curly quotes and spaces that phones insert. Each replacement is one character, so
positions in the text do not change."""


@lru_cache(maxsize=512)
def parse(text: str) -> BoundTemplate:
    """Returns the parsed text. Curly quotes inside {{ }} and {% %} count as straight ones. Raises LiquidError."""
    return ENVIRONMENT.from_string(_IN_BRACES.sub(_straightened, text))


def _straightened(found: re.Match[str]) -> str:
    if len(_OPERATORS.findall(found[0])) > MAX_OPERATORS:
        raise LiquidSyntaxError("too many operators", token=None)
    return found[0].translate(_STRAIGHT)


def always_shown(text: str) -> str:
    """Returns the literal parts of a text outside of conditions, which every reader sees; "" for an invalid text."""
    try:
        nodes = parse(text).nodes
    except LiquidError:
        return ""
    return "".join(node.text for node in nodes if isinstance(node, ContentNode))
