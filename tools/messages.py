"""Translations: ``python -m tools.messages`` updates every room's django.po.

Babel extracts the texts, without GNU gettext. Django first converts templates to Python-like text.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "wabolt"
LANGUAGE = "id"  # the only translation; msgids are English
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
CALL = re.compile(r"\b(?:_|n?p?gettext(?:_lazy|_noop)?)\s*\(")
"""A call of one of the keywords. Babel reads a Python file in 7 ms, and half of the files have no such call."""
PERCENT = re.compile(r"%(?:\(\w+\))?[sdif]")
BRACE = re.compile(r"\{\w+(?::[^{}]*)?\}")
HEADER = """\
msgid ""
msgstr ""
"Project-Id-Version: WABolt\\n"
"Language: id\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"""  # no dates and no names, which would change without a change of a text
UNTOUCHED = ("tests", "migrations", "vendor")


@dataclass(frozen=True)
class Fault:
    """A text with an unusable translation."""

    room: str
    msgid: str
    reason: str


def rooms() -> list[Path]:
    """Returns the folders of all rooms."""
    return sorted(path.parent for path in PACKAGE.glob("*/__init__.py"))


def catalog_path(room: Path) -> Path:
    """Returns the translation file of a room."""
    return room / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"


def used_texts(room: Path) -> Catalog:
    """Returns every msgid in the room's Python files and templates, with its location."""
    catalog = Catalog(charset="utf-8")
    for path in sorted(room.rglob("*")):
        inside = path.relative_to(room)
        if path.suffix not in {".py", ".html", ".txt"} or set(UNTOUCHED) & set(inside.parts):
            continue
        if path.suffix != ".py" and "templates" not in inside.parts:
            continue
        for line, message, _comments, context in _extract(path):
            catalog.add(message, locations=[(inside.as_posix(), line)], context=context)
    return catalog


def missing_translations() -> list[Fault]:
    """Returns all texts with a missing, empty or fuzzy translation, or with different placeholders."""
    return [fault for room in rooms() for fault in faults(room, used_texts(room))]


def faults(room: Path, used: Catalog) -> list[Fault]:
    """Returns the texts of a room with a missing, empty or fuzzy translation, or with different placeholders."""
    known = _read(catalog_path(room))
    return [Fault(room.name, str(text.id), reason) for text in used if text.id for reason in _faults(text, known)]


def update(room: Path) -> bool:
    """Updates a room's translation file: new msgids are added empty, nothing is removed. Returns False if the room has
    no texts."""
    used = used_texts(room)
    if not len(used):
        return False
    path = catalog_path(room)
    text = updated(room, used)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return True


def updated(room: Path, used: Catalog) -> str:
    """Returns what `update` writes for a room with the texts `used`.

    Entries keep their places, so that parallel changes rarely conflict. A new entry follows the last one of its file.
    """
    known = _read(catalog_path(room))
    entries = [_entry(old, used.get(old.id, old.context)) for old in known if old.id]
    for new in used:
        if new.id and known.get(new.id, new.context) is None:
            entry = _entry(None, new)
            same_file = [place for place, other in enumerate(entries) if other.locations[:1] == entry.locations[:1]]
            entries.insert(same_file[-1] + 1 if same_file else len(entries), entry)
    fresh = read_po(BytesIO(HEADER.encode()), locale=LANGUAGE)
    for entry in entries:
        fresh[entry.id] = entry
    out = BytesIO()
    write_po(out, fresh, width=120, include_lineno=False, omit_header=True)
    return f"{HEADER}\n{out.getvalue().decode()}"


def _entry(old: Message | None, used: Message | None) -> Message:
    """An entry of the translation file. `old`: the present one. `used`: the text in the source; None if no file
    contains it literally (Django's texts, and those that are looked up by name)."""
    text = used or old
    assert text is not None
    return Message(
        text.id,
        old.string if old and old.pluralizable == text.pluralizable else "",
        locations=[(name, 0) for name in sorted({name for name, _line in used.locations})] if used else (),
        context=text.context,
        flags=((used.flags if used else set()) | (old.flags if old else set())) - {"fuzzy"},
        user_comments=old.user_comments if old else (),
    )


def _extract(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    text = path.read_text("utf-8")
    if path.suffix == ".py" and not CALL.search(text):
        return
    if path.suffix != ".py":
        from django.utils.translation.template import templatize

        # Python-like, but with the line breaks and indents of the template, which Babel would parse as syntax
        lines = templatize(text, origin=str(path)).splitlines()
        text = " ".join(line.strip() for line in lines if not line.lstrip().startswith("#"))
    yield from extract("python", BytesIO(text.encode()), keywords=KEYWORDS, comment_tags=("Translators:",))


def _read(path: Path) -> Catalog:
    if not path.exists():
        return Catalog(locale=LANGUAGE, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGE, abort_invalid=True)


def _faults(used: Message, known: Catalog) -> Iterator[str]:
    found = known.get(used.id, used.context)
    if found is None:
        yield "missing"
        return
    texts = _forms(found.string)
    if not all(texts):
        yield "empty"
    elif found.fuzzy:
        yield "fuzzy"
    else:
        wanted = _placeholders(_forms(used.id)[-1])
        if any(_placeholders(text) != wanted for text in texts):
            yield f"placeholders differ from {sorted(wanted)}"


def _forms(text: object) -> list[str]:
    """Returns the forms of a text, singular first; Babel stores a single form as a plain string."""
    return [str(form) for form in text] if isinstance(text, (tuple, list)) else [str(text)]


def _placeholders(text: str) -> set[str]:
    return set(PERCENT.findall(text)) | set(BRACE.findall(text))


def main() -> None:
    """Updates every room and lists the missing translations."""
    import django
    from django.conf import settings

    settings.configure()
    django.setup()
    for room in rooms():
        update(room)
    missing = missing_translations()
    for fault in missing:
        sys.stderr.write(f"{fault.room}: {fault.msgid!r} is {fault.reason}\n")
    sys.stderr.write(f"{len(missing)} texts wait for a translation.\n")


if __name__ == "__main__":
    main()
