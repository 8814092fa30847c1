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
    faults = []
    for room in rooms():
        known = _read(catalog_path(room))
        for used in used_texts(room):
            if used.id:
                faults += [Fault(room.name, str(used.id), reason) for reason in _faults(used, known)]
    return faults


def update(room: Path) -> bool:
    """Updates a room's translation file: new msgids are added empty, nothing is removed. Returns False if the room has
    no texts."""
    used = used_texts(room)
    if not len(used):
        return False
    path = catalog_path(room)
    known = _read(path)
    fresh = read_po(BytesIO(HEADER.encode()), locale=LANGUAGE)
    for message in used:
        if message.id:
            old = known.get(message.id, message.context)
            fresh.add(
                message.id,
                old.string if old else "",
                locations=[(name, 0) for name in dict.fromkeys(name for name, _line in message.locations)],
                context=message.context,
                flags=(message.flags | (old.flags if old else set())) - {"fuzzy"},
                user_comments=old.user_comments if old else (),
            )
    for message in known:  # of texts that no file contains literally (Django's, or looked up by name)
        if message.id and fresh.get(message.id, message.context) is None:
            fresh.add(message.id, message.string, context=message.context, user_comments=message.user_comments)
    out = BytesIO()
    write_po(out, fresh, width=120, sort_by_file=True, include_lineno=False, omit_header=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{HEADER}\n{out.getvalue().decode()}", encoding="utf-8")
    return True


def _extract(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    text = path.read_text("utf-8")
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
    faults = missing_translations()
    for fault in faults:
        sys.stderr.write(f"{fault.room}: {fault.msgid!r} is {fault.reason}\n")
    sys.stderr.write(f"{len(faults)} texts wait for a translation.\n")


if __name__ == "__main__":
    main()
