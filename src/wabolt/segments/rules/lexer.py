"""Splits a text into tokens. Accepts what phone keyboards type (curly quotes, ≥) and rejects unknown characters."""

import enum
import re
from dataclasses import dataclass

from .checks import bad_character
from .errors import LanguageError
from .tree import Condition, Not, SentenceMatch
from .words import JOINING, spellings

MAX_TEXT = 10_000
_BEFORE_CONDITIONS = tuple(
    spelling[-1] for word in ("and", "or", "not", "never") for spelling in spellings(JOINING[word])
)


class TokenKind(enum.Enum):
    WORD = "word"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    SYMBOL = "symbol"
    SENTENCE = "sentence"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """`value` is the content with quotes and escapes resolved; `position` and `length` give the place in the text.
    `node` is the condition of a sentence.
    """

    kind: TokenKind
    value: str
    position: int
    length: int
    node: Condition | Not | None = None

    def is_symbol(self, value: str) -> bool:
        return self.kind is TokenKind.SYMBOL and self.value == value

    def is_word(self, *values: str) -> bool:
        return self.kind is TokenKind.WORD and self.value.lower() in values


_SPACE = re.compile(r"\s+")
_PLAIN = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?![\w-]))"
    r"|(?P<number>-?[0-9]+(?:[._][0-9]+)*)"
    r"|(?P<word>[^\W\d]\w*(?:[.\-]\w+)*)"
    r"|(?P<symbol><=|>=|!=|<>|==|[=<>(),≤≥≠])"
)
_SAME_SYMBOL = {"<>": "!=", "≠": "!=", "==": "=", "≤": "<=", "≥": ">="}
DOUBLE_QUOTES = '"“”„'  # Each of these closes a text that `"` opened, unless a backslash precedes it.
# Opening quotes and the quotes that may close them: phone keyboards mix straight and curly quotes.
QUOTES = {'"': DOUBLE_QUOTES, "“": '"“”', "„": '"“”', "”": '"“”', "'": "'‘’", "‘": "'‘’", "’": "'‘’"}


def tokens(text: str, sentence_at: SentenceMatch | None = None) -> list[Token]:
    """Returns the tokens of a text and a final END. Raises `LanguageError` at a character that belongs to no token.

    `sentence_at(text, position)` is called at each position where a condition may begin. A recognised sentence becomes
    one token.
    """
    if len(text) > MAX_TEXT:
        raise LanguageError("too_long", MAX_TEXT, len(text) - MAX_TEXT, params={"limit": str(MAX_TEXT)})
    result: list[Token] = []
    position = 0
    while position < len(text):
        space = _SPACE.match(text, position)
        if space:
            position = space.end()
            continue
        sentence = sentence_at(text, position) if sentence_at and _may_begin(result) else None
        if sentence:
            node, end = sentence
            token = Token(TokenKind.SENTENCE, text[position:end], position, end - position, node)
        else:
            token = quoted(text, position) if text[position] in QUOTES else _plain(text, position)
        result.append(token)
        position += token.length
    result.append(Token(TokenKind.END, "", len(text), 0))
    return result


def _may_begin(before: list[Token]) -> bool:
    """Returns whether a condition may begin after these tokens."""
    return not before or before[-1].is_symbol("(") or before[-1].is_word(*_BEFORE_CONDITIONS)


def _plain(text: str, position: int) -> Token:
    match = _PLAIN.match(text, position)
    if match is None or match.lastgroup is None:
        raise LanguageError("unexpected_character", position, 1, params={"found": text[position]})
    value = _SAME_SYMBOL.get(match.group(), match.group())
    return Token(TokenKind(match.lastgroup), value, position, match.end() - position)


def quoted(text: str, start: int) -> Token:
    """Returns the text in quotation marks that begins at `start`. Raises `LanguageError` when it is never closed."""
    closing = QUOTES[text[start]]
    value: list[str] = []
    position = start + 1
    while position < len(text):
        character = text[position]
        if character == "\\" and position + 1 < len(text) and text[position + 1] in ("\\", *closing):
            value.append(text[position + 1])
            position += 2
            continue
        if character in closing:
            return Token(TokenKind.TEXT, "".join(value), start, position + 1 - start)
        if bad_character(character) is not None:
            raise LanguageError("bad_character", position, 1)
        value.append(character)
        position += 1
    raise LanguageError("open_text", start, len(text) - start)
