"""Recognises texts that people copy from WhatsApp: an exported chat, and the numbers of a group in one line."""

import re
from collections.abc import Sequence

from wabolt.lib.phones import parse_phone
from wabolt.lib.refusal import Refusal

_MESSAGE = re.compile(
    r"[\u200e\ufeff]?\[?\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4},? (?:pukul )?\d{1,2}[.:]\d{2}(?:[.:]\d{2})?"
    r"(?:[ \u202f]?[AaPp]\.?[Mm]\.?)?(?:\]| -) "
)
_LOOKED_AT = 200
_MESSAGES = 0.4
"""Minimum share of lines that begin a message. A message may have several lines."""


def is_chat(text: str) -> bool:
    """Whether a text is a chat that WhatsApp exported: "27/11/26 10.02 - Ani: Halo" or "[27/11/26, 10:02:11] Ani:
    Halo"."""
    lines = [line for line in text.splitlines()[:_LOOKED_AT] if line.strip()]
    messages = sum(_MESSAGE.match(line) is not None for line in lines)
    return messages >= 2 and messages >= _MESSAGES * len(lines)


def is_list_of_numbers(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a text is a single line of phone numbers, among them a few names or none."""
    lines = [row for row in rows if any(cell.strip() for cell in row)]
    if len(lines) != 1 or len(lines[0]) < 3:
        return False
    cells = [cell for cell in lines[0] if cell.strip()]
    return sum(not isinstance(parse_phone(cell), Refusal) for cell in cells) * 5 >= len(cells) * 4
