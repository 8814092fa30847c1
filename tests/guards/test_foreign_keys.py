"""Foreign keys, `{% url %}` tags and template inclusions point to the same or a lower layer, like imports."""

import re
from collections.abc import Iterator

import pytest
from django.apps import apps

from tests.guards.layout import SOURCE, layers, may_look_at

_URL = re.compile(r"{%\s*url\s+[\"']([\w.-]+):")
_TEMPLATE = re.compile(r"{%\s*(?:include|extends)\s+[\"']([\w.-]+)/")
_ACCOUNT_URL = re.compile(r"{%\s*url\s+[\"'](?:account|mfa)_\w+[\"']")


def _foreign_keys() -> Iterator[tuple[str, str, str]]:
    for model in apps.get_models(include_auto_created=True):
        if not model.__module__.startswith("wabolt."):
            continue
        for field in model._meta.get_fields(include_hidden=True):
            other = field.related_model if field.is_relation and not field.auto_created else None
            if isinstance(other, type) and other.__module__.startswith("wabolt."):
                yield f"{model._meta.label}.{field.name}", model._meta.app_label, other._meta.app_label


def test_foreign_keys_point_downward() -> None:
    upward = [name for name, room, other in _foreign_keys() if not may_look_at(room, other)]
    assert not upward


def test_there_are_foreign_keys_to_look_at() -> None:
    assert len(list(_foreign_keys())) > 30


def _references(kind: str) -> list[tuple[str, str, str]]:
    """(template, its room, the room it refers to) for `{% url %}` tags ("url") or included templates ("template")."""
    found = []
    rooms = layers()
    for path in sorted(SOURCE.glob("*/templates/**/*.*")):
        room = path.relative_to(SOURCE).parts[0]
        text = path.read_text(encoding="utf-8")
        others = set((_URL if kind == "url" else _TEMPLATE).findall(text))
        if kind == "url" and _ACCOUNT_URL.search(text):
            others.add("accounts")
        found += [(str(path.relative_to(SOURCE)), room, other) for other in others if other in rooms]
    return found


@pytest.mark.parametrize("kind", ["url", "template"])
def test_templates_refer_downward(kind: str) -> None:
    """A room shows data of a higher room through a registry: a panel, a mark or a navigation entry."""
    references = _references(kind)
    assert references
    upward = [(template, other) for template, room, other in references if not may_look_at(room, other)]
    assert not upward
