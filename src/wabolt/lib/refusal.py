"""The result of a parser for a text that it does not accept: a reason instead of an exception."""

from typing import NamedTuple


class Refusal(NamedTuple):
    """A value that was refused.

    `code` is a machine word (each parser lists its own); rooms turn it into a sentence in the user's language.
    `text` is what was written, so that the sentence can quote it.
    """

    code: str
    text: str = ""
