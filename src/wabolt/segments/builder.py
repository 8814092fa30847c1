"""The state of the builder page: the content of its form, its meaning, and the drawing of its rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.dates import MONTHS
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from wabolt.accounts.models import Workspace
from wabolt.lib.segmentation import PERIODS, field_groups
from wabolt.segments import phrases
from wabolt.segments.error_texts import error_text
from wabolt.segments.queries import suggestions
from wabolt.segments.rules import (
    Catalogue,
    FieldSpec,
    Group,
    Kind,
    LanguageError,
    Node,
    Reading,
    Row,
    draft_of,
    operators,
    parse,
    print_tree,
    read_draft,
)
from wabolt.segments.rules.draft import MODES, NOT, Path, add, from_form, name_of, needs, path_of, remove, settle

# A phone cannot show deeper groups clearly. The text form has no such limit.
MAX_NESTING = 3

Choice = tuple[str, str, bool]


@dataclass(slots=True)
class Editor:
    """A segment that is being edited, in one of two views. `fault` is the first error of the text."""

    catalogue: Catalogue
    view: str = "builder"
    draft: Group = field(default_factory=lambda: Group("all", (Row(),)))
    text: str = ""
    fault: LanguageError | None = None
    reading: Reading = field(default_factory=Reading)
    strict: bool = False

    def read(self) -> None:
        """Reads the present state and sets `reading` or `fault`."""
        self.fault = None
        if self.view == "builder":
            self.reading = read_draft(self.draft, self.catalogue)
            return
        try:
            self.reading = Reading(parse(self.text, self.catalogue, get_language() or "id"))
        except LanguageError as error:
            self.fault = error

    @property
    def complete(self) -> bool:
        return self.fault is None and self.reading.complete

    def show_tree(self, tree: Node) -> None:
        """Starts from a stored tree."""
        self.draft = draft_of(tree)
        self.read()

    def show_text(self, text: str) -> None:
        """Starts from a text. It is shown as rows, or as text with its error if it cannot be read."""
        self.view, self.text = "text", text
        self.read()
        if self.fault is None:
            self.switch("builder")

    def load(self, data: Mapping[str, list[str]]) -> None:
        """Takes the state from a posted form."""
        self.view = "text" if data.get("view", [""])[-1] == "text" else "builder"
        # Browsers send line ends as CR LF. Positions count them as one character, as the person sees the text.
        self.text = data.get("text", [""])[-1].replace("\r\n", "\n")
        self.draft = settle(from_form(data), self.catalogue) if self.view == "builder" else Group()
        self.read()

    def apply(self, action: str) -> None:
        """Performs the action of a button: "add:r", "group:r.0", "remove:r.1", "to-text", "to-builder" or "suggest"."""
        verb, _colon, name = action.partition(":")
        path = path_of(name)
        match verb:
            case "add" if path is not None:
                self.draft = add(self.draft, path, Row())
            case "group" if path is not None and len(path) < MAX_NESTING:
                other = "all" if self.mode_at(path) == "any" else "any"
                self.draft = add(self.draft, path, Group(other, (Row(), Row())))
            case "remove" if path is not None:
                self.draft = remove(self.draft, path)
            case "to-text":
                self.switch("text")
            case "to-builder":
                self.switch("builder")
            case "suggest":
                self.take_suggestion()
        self.read()

    def mode_at(self, path: Path) -> str:
        part: Group | Row = self.draft
        for number in path:
            if isinstance(part, Row) or number >= len(part.children):
                return ""
            part = part.children[number]
        return part.mode if isinstance(part, Group) else ""

    def switch(self, view: str) -> None:
        """Changes to the other view. Does nothing while the segment has an error, so that no input is lost."""
        if view == self.view or self.fault is not None or self.reading.faults:
            return
        if view == "text":
            self.text = print_tree(self.reading.tree, get_language() or "id")
        else:
            self.draft = draft_of(self.reading.tree)
        self.view = view

    def take_suggestion(self) -> None:
        """Replaces the faulty part of the text by the suggestion."""
        if self.fault is not None and self.fault.suggestion:
            start = self.fault.position
            self.text = self.text[:start] + self.fault.suggestion + self.text[start + self.fault.length :]

    @property
    def error(self) -> str:
        """The error of the text in the reader's language."""
        return error_text(self.fault) if self.fault is not None else ""

    @property
    def can_take_suggestion(self) -> bool:
        """Whether one word can replace the faulty part. Some errors cover a whole condition."""
        return (
            self.fault is not None
            and bool(self.fault.suggestion)
            and self.fault.code
            in (
                "unknown_field",
                "expected_operator",
                "expected_joining",
                "expected_text",
            )
        )

    @property
    def marked(self) -> tuple[str, str, str]:
        """The text before the error, the faulty part, and the text after it."""
        if self.fault is None:
            return self.text, "", ""
        start, end = self.fault.position, self.fault.position + self.fault.length
        return self.text[:start], self.text[start:end], self.text[end:]


@dataclass(frozen=True, slots=True)
class RowView:
    """A row as the page draws it. `box` is the kind of its value: "", text, list, choice, choices, number or date."""

    name: str
    id: str
    field_name: str
    fields: list[tuple[str, list[Choice]]]
    operators: list[Choice]
    box: str
    values: tuple[str, ...]
    options: list[Choice]
    hints: str
    unit: str
    days: str
    days_words: tuple[str, str] | None
    days_optional: bool
    error: str
    is_row: bool = True


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group as the page draws it."""

    name: str
    id: str
    modes: list[Choice]
    joiner: str
    children: "list[RowView | GroupView]"
    can_nest: bool
    is_root: bool
    is_row: bool = False


def draw(editor: Editor, currency: str) -> GroupView:
    """Returns the outermost group of the builder, ready for its template."""
    return _group(editor, editor.draft, (), currency)


def _group(editor: Editor, group: Group, path: Path, currency: str) -> GroupView:
    children: list[RowView | GroupView] = []
    for number, child in enumerate(group.children):
        inner = (*path, number)
        if isinstance(child, Group):
            children.append(_group(editor, child, inner, currency))
        else:
            children.append(_row(editor, child, inner, currency))
    return GroupView(
        name=name_of(path),
        id=_id(path),
        modes=[(mode, str(phrases.MODES[mode]), mode == group.mode) for mode in MODES],
        joiner=str(phrases.JOINERS[group.mode]),
        children=children,
        can_nest=len(path) < MAX_NESTING,
        is_root=not path,
    )


def _id(path: Path) -> str:
    return name_of(path).replace(".", "-")


def _row(editor: Editor, row: Row, path: Path, currency: str) -> RowView:
    spec = editor.catalogue.get(row.field)
    boxes = needs(spec, row.op) if spec and row.op.removeprefix(NOT) in operators(spec) else frozenset()
    return RowView(
        name=name_of(path),
        id=_id(path),
        field_name=row.field,
        fields=_fields(editor.catalogue, row.field),
        operators=_operators(spec, row.op) if spec else [],
        box=_box(spec, boxes, row.op) if spec else "",
        values=row.values,
        options=_options(spec, row) if spec else [],
        hints=f"hints-{spec.key.replace(' ', '-')}" if spec and _has_hints(spec) else "",
        unit=_unit(spec, currency) if spec else "",
        days=row.days,
        days_words=_days_words(boxes, spec, row.op) if spec else None,
        days_optional="maybe_days" in boxes,
        error=_error(editor, path),
    )


def _fields(catalogue: Catalogue, chosen: str) -> list[tuple[str, list[Choice]]]:
    groups: dict[str, list[Choice]] = {}
    for spec in catalogue:
        groups.setdefault(spec.group, []).append((spec.key, phrases.label(spec), spec.key == chosen))
    return [(str(group.label), groups[group.key]) for group in field_groups() if group.key in groups]


def _operators(spec: FieldSpec, chosen: str) -> list[Choice]:
    found = phrases.menu_words(spec)
    if chosen and chosen not in dict(found) and chosen.removeprefix(NOT) in operators(spec):
        # The text form can negate every operator; the menu offers only the usual negations.
        found.append((chosen, phrases.operator_words(spec, chosen)))
    return [(op, words, op == chosen) for op, words in found]


def _box(spec: FieldSpec, boxes: frozenset[str], op: str) -> str:
    has_options = bool(spec.options) or spec.kind is Kind.YES_NO or spec.unit == "month" or _is_period(op)
    if "values" in boxes:
        return "choices" if has_options else "list"
    if "value" not in boxes:
        return ""
    if has_options:
        return "choice"
    match spec.kind:
        case Kind.WHOLE | Kind.AGE | Kind.MONEY | Kind.NUMBER:
            return "number"
        case Kind.DATE | Kind.MOMENT:
            return "date"
        case _:
            return "text"


def _is_period(op: str) -> bool:
    return op.removeprefix(NOT) == "during"


def _options(spec: FieldSpec, row: Row) -> list[Choice]:
    if _is_period(row.op):
        pairs = [(name, str(phrases.PERIOD_LABELS[name])) for name in PERIODS]
    elif spec.unit == "month":
        pairs = [(str(number), str(name)) for number, name in MONTHS.items()]
    elif spec.kind is Kind.YES_NO:
        pairs = [(word, str(words)) for word, words in phrases.YES_NO.items()]
    else:
        pairs = [(option, phrases.option_label(spec, option)) for option in spec.options]
    low = {value.lower() for value in row.values}
    return [(value, words, value.lower() in low) for value, words in pairs]


def _has_hints(spec: FieldSpec) -> bool:
    return bool(spec.lookup)


def _unit(spec: FieldSpec, currency: str) -> str:
    if spec.kind is Kind.MONEY:
        return "Rp" if currency == "IDR" else currency
    return "" if spec.unit == "month" else str(spec.unit)


def _days_words(boxes: frozenset[str], spec: FieldSpec, op: str) -> tuple[str, str] | None:
    """Returns the words before and after the box for days. An operator that needs days already contains the words
    before it."""
    if "days" in boxes:
        return "", _("days")
    if "maybe_days" in boxes and op.removeprefix(NOT) in operators(spec):
        return _("in the last"), _("days")
    return None


def _error(editor: Editor, path: Path) -> str:
    fault = editor.reading.faults.get(path)
    if fault is not None:
        return error_text(fault)
    if editor.strict and path in editor.reading.blank:
        return _("Fill this in, or remove the row.")
    return ""


def hint_lists(workspace: Workspace, editor: Editor) -> list[tuple[str, list[str]]]:
    """Returns the words to offer for the fields in use, as (id of the list, words)."""
    used = {part.field: editor.catalogue.get(part.field) for part in _rows(editor.draft)}
    found = suggestions(workspace, [spec for spec in used.values() if spec is not None])
    return [(f"hints-{key.replace(' ', '-')}", words) for key, words in found.items() if words]


def _rows(group: Group) -> list[Row]:
    found: list[Row] = []
    for child in group.children:
        found.extend(_rows(child) if isinstance(child, Group) else [child])
    return found
