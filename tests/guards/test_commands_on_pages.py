"""Pages and messages print commands through `lib.commands`, so that they fit the installation that shows them."""

import re

from babel.messages.pofile import read_po

from tests.guards.layout import ROOT

PACKAGE = ROOT / "src" / "wabolt"
COMMAND = re.compile(
    r"\bwabolt (?:up|demo|backup|restore|check-backup|migrate|doctor|user|import|verify|web|worker|gateway|consumer)\b"
)


def test_no_template_and_no_text_spells_a_command() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in PACKAGE.rglob("templates/**/*.html")
        for match in COMMAND.finditer(re.sub(r"{%.*?%}", "", path.read_text("utf-8")))
    ]
    for path in PACKAGE.glob("*/locale/id/LC_MESSAGES/django.po"):
        with path.open("rb") as file:
            found += [
                f"{path.relative_to(ROOT)}: {text}"
                for message in read_po(file, locale="id")
                for text in _texts(message.id)
                if message.id and message.locations and COMMAND.search(text)
            ]
    assert not found, "\n".join(found)


def _texts(text: object) -> list[str]:
    return [str(form) for form in text] if isinstance(text, (tuple, list)) else [str(text)]
