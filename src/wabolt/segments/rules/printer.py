"""Prints a tree as text with as few parentheses as possible."""

import datetime as dt
from decimal import Decimal

from wabolt.lib.segmentation import FieldSpec, Kind, fields

from .catalogue import EVENT_KINDS, written
from .lexer import DOUBLE_QUOTES
from .tree import All, Any, Condition, Node, Not, Value, normalise
from .words import JOINING, OPERATOR_WORDS, PERIOD_WORDS, WORDS, printed

_ESCAPED = str.maketrans({sign: f"\\{sign}" for sign in ("\\", *DOUBLE_QUOTES)})


def print_tree(node: Node, language: str = "en") -> str:
    """Returns the text of a tree; `parser.parse` gives the normalised tree back."""
    return _Printer(language).node(normalise(node), parent=None)


def print_condition(condition: Condition, language: str = "en") -> str:
    """Returns the text of one condition."""
    return _Printer(language).condition(condition)


class _Printer:
    def __init__(self, language: str) -> None:
        self.language = language
        self.specs = {spec.key: spec for spec in fields()}

    def word(self, words: dict[str, tuple[str, ...]]) -> str:
        return printed(words, self.language)

    def node(self, node: Node, parent: type[All] | type[Any] | type[Not] | None) -> str:
        match node:
            case Condition():
                return self.condition(node)
            case Not(Condition() as child) if self.kind(child) in EVENT_KINDS and child.within_days is None:
                return f"{self.word(JOINING['never'])} {self.condition(child)}"
            case Not(child):
                return f"{self.word(JOINING['not'])} {self.node(child, Not)}"
            case All(()):
                return self.word(JOINING["everyone"])
            case All(children):
                text = f" {self.word(JOINING['and'])} ".join(self.node(child, All) for child in children)
                return f"({text})" if parent is Not else text
            case Any(children):
                text = f" {self.word(JOINING['or'])} ".join(self.node(child, Any) for child in children)
                return f"({text})" if parent in (Not, All) else text

    def kind(self, condition: Condition) -> Kind | None:
        spec = self.specs.get(condition.field)
        return spec.kind if spec else None

    def condition(self, condition: Condition) -> str:
        op, value, days = condition.op, condition.value, condition.within_days
        spec = self.specs.get(condition.field)
        field = written(spec, self.language) if spec else self.own(condition.field)
        operator = self.word(OPERATOR_WORDS[op]) if op else ""
        kind = spec.kind if spec else None
        match op:
            case "within" | "within next":
                return f"{field} {operator} {self.days(days, ahead=op == 'within next')}"
            case "over":
                return f"{field} {operator} {self.days(days)} {self.word(WORDS['ago'])}"
            case "during":
                return f"{field} {self.word(PERIOD_WORDS[str(value)])}"
            case "any":
                text = f"{field} {self.word(WORDS['any broadcast'])}"
            case "is":
                text = f"{field} {operator} {self.word(WORDS['yes' if value else 'no'])}"
            case "" if kind is Kind.BROADCAST:
                text = f"{field} {self.word(WORDS['broadcast'])} {print_value(value)}"
            case "" if kind is Kind.STATE and spec:
                text = f"{field} {self.option(spec, str(value))}"
            case _:
                if spec and spec.kind is Kind.CHOICE and value is not None:
                    words = value if isinstance(value, tuple) else (str(value),)
                    named = tuple(self.option(spec, word) for word in words)
                    value = named if isinstance(value, tuple) else named[0]
                text = " ".join(part for part in (field, operator, print_value(value)) if part)
        return text if days is None else f"{text} {self.word(OPERATOR_WORDS['within'])} {self.days(days)}"

    def own(self, key: str) -> str:
        """Returns a field of the shop's own: "field.size" in English, "kolom.size" in Indonesian."""
        return key.replace("field.", "kolom.", 1) if self.language == "id" else key

    def days(self, days: int | None, *, ahead: bool = False) -> str:
        text = f"{days} {self.word(WORDS['days'])}"
        return f"{text} {self.word(WORDS['ahead'])}".rstrip() if ahead else text

    def option(self, spec: FieldSpec, option: str) -> str:
        names = spec.option_words.get(self.language, {})
        return names[option.lower()][0] if option.lower() in names else option


def print_value(value: Value) -> str:
    """Returns a value as the language writes it; "" for no value."""
    match value:
        case None:
            return ""
        case str():
            return f'"{value.translate(_ESCAPED)}"'
        case tuple():
            return "(" + ", ".join(map(print_value, value)) + ")"
        case Decimal():
            # Adding 0 turns "-0" into "0". Three digits behind a point would be read as thousands.
            text = format(value.normalize() + 0, "f")
            return f"{text}0" if text[-4:-3] == "." else text
        case dt.date():
            return value.isoformat()
        case _:
            return str(value)
