"""Reads the text language: `city = "Bandung" and orders >= 2 and not tag "reseller"`.

    segment   := group END
    group     := series ("or" series)*
    series    := negated ("and" negated)*
    negated   := "not" negated | "never" condition | "(" group ")" | everyone | condition
    condition := sentence | field operator value ["within" N "days"]

Each word may be English or Indonesian (`words`). The catalogue says which operators a field has; `values` reads them.
`everyone` also has a negative form, which is no contact. A sentence is a condition as the pages print it (`sentences`).
"""

from .catalogue import EVENT_KINDS, Catalogue, closest
from .checks import check_tree
from .errors import LanguageError, TreeError
from .lexer import Token, TokenKind, tokens
from .tree import EVERYONE, All, Any, Condition, Node, Not, normalise
from .values import Cursor, read_condition
from .words import JOINING, printed, spellings

# Twice the maximum depth of a tree, because each level may need a parenthesis and a "not".
_MAX_NESTING = 40
_JOINING_WORDS = {spelling for words in JOINING.values() for spelling in spellings(words)}


def parse(text: str, catalogue: Catalogue, language: str = "en") -> Node:
    """Returns the normalised tree of a text, or raises `LanguageError` (and nothing else) with the place.

    Words of all languages are understood; suggestions in errors are in `language`.
    """
    found = tokens(text, catalogue.sentence_at)
    if len(found) == 1:
        raise LanguageError("empty_text", 0, 0)
    parser = _Parser(Cursor(found, language), catalogue)
    tree = parser.group(0)
    parser.expect_end()
    tree = normalise(tree)
    try:
        check_tree(tree, catalogue)
    except TreeError as error:
        raise LanguageError(error.code, 0, len(text), params=error.params, suggestion=error.suggestion) from None
    return tree


class _Parser:
    def __init__(self, cursor: Cursor, catalogue: Catalogue) -> None:
        self.cursor = cursor
        self.catalogue = catalogue

    def group(self, nesting: int) -> Node:
        children = [self.series(nesting)]
        while self.cursor.take_phrase(JOINING["or"]):
            children.append(self.series(nesting))
        return children[0] if len(children) == 1 else Any(tuple(children))

    def series(self, nesting: int) -> Node:
        children = [self.negated(nesting)]
        while self.cursor.take_phrase(JOINING["and"]):
            children.append(self.negated(nesting))
        return children[0] if len(children) == 1 else All(tuple(children))

    def negated(self, nesting: int) -> Node:
        token = self.cursor.peek()
        if nesting > _MAX_NESTING:
            raise LanguageError("too_deep", token.position, token.length, params={"limit": str(_MAX_NESTING)})
        # "tidak seorang pun" and "tidak pernah" begin with "tidak", so they are tried before "not".
        if self.cursor.take_phrase(JOINING["nobody"]):
            return Not(EVERYONE)
        if self.cursor.take_phrase(JOINING["never"]):
            return self.never(token)
        if self.cursor.take_phrase(JOINING["not"]):
            return Not(self.negated(nesting + 1))
        if self.cursor.take_phrase(JOINING["everyone"]):
            return EVERYONE
        if token.node is not None:
            self.cursor.skip()
            self.check(token.node.child if isinstance(token.node, Not) else token.node, token)
            return token.node
        if self.cursor.take_symbol("("):
            inner = self.group(nesting + 1)
            self.close(token)
            return inner
        return self.condition()

    def never(self, token: Token) -> Node:
        condition = self.condition()
        spec = self.catalogue.get(condition.field)
        if spec is None or spec.kind not in EVENT_KINDS:
            raise LanguageError("never_needs_event", token.position, token.length)
        return Not(condition)

    def close(self, opening: Token) -> None:
        if self.cursor.take_symbol(")"):
            return
        if self.cursor.peek().kind is TokenKind.END:
            raise LanguageError("open_parenthesis", opening.position, opening.length)
        self.expect_joining()

    def expect_end(self) -> None:
        token = self.cursor.peek()
        if token.kind is TokenKind.END:
            return
        if token.is_symbol(")"):
            raise LanguageError("extra_parenthesis", token.position, token.length)
        self.expect_joining()

    def expect_joining(self) -> None:
        token = self.cursor.peek()
        raise LanguageError(
            "expected_joining",
            token.position,
            token.length,
            params={"found": token.value[:60]},
            suggestion=closest(token.value, self.joiners()) if token.kind is TokenKind.WORD else "",
        )

    def joiners(self) -> list[str]:
        return [printed(JOINING[word], self.cursor.language) for word in ("and", "or")]

    def condition(self) -> Condition:
        first = self.cursor.peek()
        if first.kind is not TokenKind.WORD or (first.value.lower(),) in _JOINING_WORDS:
            code = "expected_condition_end" if first.kind is TokenKind.END else "expected_condition"
            raise LanguageError(code, first.position, first.length, params={"found": first.value[:60]})
        matched = self.catalogue.match(self.cursor.words_ahead())
        if matched is None:
            raise LanguageError(
                "unknown_field",
                first.position,
                first.length,
                params={"found": first.value[:60]},
                suggestion=self.catalogue.suggest(first.value, self.cursor.language),
            )
        spec, count = matched
        self.cursor.skip(count)
        condition = read_condition(self.cursor, spec)
        self.check(condition, first)
        return condition

    def check(self, condition: Node, first: Token) -> None:
        """Raises `LanguageError` with the place from `first` to here when the condition is not allowed."""
        try:
            check_tree(condition, self.catalogue)
        except TreeError as error:
            last = self.cursor.last()
            length = last.position + last.length - first.position
            raise LanguageError(
                error.code, first.position, length, params=error.params, suggestion=error.suggestion
            ) from None
