"""The tool finds the texts and keeps the translations."""

from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from tools import messages

PYTHON = """
from django.utils.translation import gettext as _, ngettext
print(_("Hello %(name)s"), _("{count} left").format(count=1), ngettext("%d file", "%d files", 2))
"""
TEMPLATE = """
{% load i18n %}
<p>{% translate "Save" %} {% blocktranslate count n=total trimmed %}
    {{ n }} person
  {% plural %}
    {{ n }} people
{% endblocktranslate %}</p>
    <b>{% translate "100% sure" %}</b>
"""


@pytest.fixture
def room(tmp_path: Path) -> Path:
    (tmp_path / "templates" / "room").mkdir(parents=True)
    (tmp_path / "tests").mkdir()
    (tmp_path / "views.py").write_text(PYTHON)
    (tmp_path / "tests" / "test_views.py").write_text('_("only a test")')
    (tmp_path / "templates" / "room" / "page.html").write_text(TEMPLATE)
    return tmp_path


def translate(room: Path, **words: str) -> None:
    """Writes messages into the catalogue of the room, as a translator does."""
    path = messages.catalog_path(room)
    text = path.read_text()
    for msgid, word in words.items():
        text = text.replace(f'msgid "{msgid}"\nmsgstr ""', f'msgid "{msgid}"\nmsgstr "{word}"')
    path.write_text(text)


def test_texts_of_python_and_templates_are_found_but_not_those_of_tests(room: Path) -> None:
    found = {message.id for message in messages.used_texts(room) if message.id}
    assert found == {
        "Hello %(name)s",
        "{count} left",
        ("%d file", "%d files"),
        "Save",
        ("%(n)s person", "%(n)s people"),
        "100%% sure",
    }


def test_update_adds_what_is_new_and_loses_nothing(room: Path) -> None:
    messages.update(room)
    translate(room, Save="Simpan")
    path = messages.catalog_path(room)
    path.write_text(path.read_text() + '\nmsgid "Enter a number."\nmsgstr "Isi angka."\n')
    (room / "views.py").write_text('_("New words")')
    messages.update(room)
    with path.open("rb") as file:
        catalog = read_po(file)
    assert catalog["Save"].string == "Simpan"
    assert catalog["Enter a number."].string == "Isi angka."
    assert catalog["New words"].string == ""
    before = path.read_text()
    messages.update(room)
    assert path.read_text() == before


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("Halo %(name)s", None),
        ("", "empty"),
        ("Halo", "placeholders differ from ['%(name)s']"),
        ("Halo %(nama)s", "placeholders differ from ['%(name)s']"),
    ],
)
def test_translation_that_is_not_fit_to_be_shown_is_a_fault(
    room: Path, monkeypatch: pytest.MonkeyPatch, word: str, reason: str | None
) -> None:
    monkeypatch.setattr(messages, "rooms", lambda: [room])
    messages.update(room)
    translate(room, **{"Hello %(name)s": word})
    faults = [fault.reason for fault in messages.missing_translations() if fault.msgid == "Hello %(name)s"]
    assert faults == ([reason] if reason else [])


def test_fuzzy_translation_is_a_fault(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "rooms", lambda: [room])
    messages.update(room)
    translate(room, Save="Simpan")
    path = messages.catalog_path(room)
    path.write_text(path.read_text().replace('msgid "Save"', '#, fuzzy\nmsgid "Save"'))
    assert "fuzzy" in {fault.reason for fault in messages.missing_translations() if fault.msgid == "Save"}


def test_a_change_elsewhere_changes_nothing(room: Path) -> None:
    """A person may move entries, and the source may have another order."""
    messages.update(room)
    path = messages.catalog_path(room)
    head, *entries = path.read_text().strip().split("\n\n")
    path.write_text("\n\n".join([head, *reversed(entries)]) + "\n\n")
    written = path.read_text()
    lines = ["unrelated = 1", 'print(ngettext("%d file", "%d files", 2), _("{count} left"), _("Hello %(name)s"))']
    (room / "views.py").write_text("\n".join(lines))
    messages.update(room)
    assert path.read_text() == written


def test_a_new_text_follows_the_others_of_its_file(room: Path) -> None:
    messages.update(room)
    (room / "views.py").write_text(PYTHON + '_("New words")')
    messages.update(room)
    with messages.catalog_path(room).open("rb") as file:
        found = [message.id for message in read_po(file)]
    assert found.index("New words") == found.index(("%d file", "%d files")) + 1
