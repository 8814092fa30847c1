"""Everything that rooms register for people to read has a label, in both languages."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import override

from wabolt.accounts import registry as accounts
from wabolt.alerts import registry as alerts
from wabolt.lib.roles import ROLES
from wabolt.ui import navigation

SAME_IN_BOTH = {"Cloud API", "Info", "Status"}
"""Labels whose Indonesian is the same word."""


def _registered() -> Iterator[tuple[str, object]]:
    """(what it is, its label) of everything registered in accounts, alerts and the navigation."""
    yield from ((f"audit action {key}", label) for key, label in accounts.actions().items())
    yield from ((f"settings page {page.key}", page.label) for page in accounts.settings_pages())
    yield from ((f"hint of settings page {page.key}", page.hint) for page in accounts.settings_pages())
    yield from ((f"permission of {role}", label) for role, all_ in accounts.permissions().items() for label in all_)
    yield from ((f"place {item.key}", item.label) for item in navigation.registered())
    yield from ((f"alert {kind.key}", kind.label) for kind in alerts.kinds())


LABELS = list(_registered())


def test_rooms_have_registered() -> None:
    assert len(LABELS) > 60


@pytest.mark.parametrize(("what", "label"), LABELS, ids=[what for what, _label in LABELS])
def test_label_is_in_both_languages(what: str, label: object) -> None:
    assert isinstance(label, Promise), f"{what}: use gettext_lazy"
    with override("en"):
        english = str(label)
    with override("id"):
        indonesian = str(label)
    assert english, what
    assert indonesian != english or english in SAME_IN_BOTH, f"{what}: no translation"


def test_each_role_may_do_something_more() -> None:
    assert list(accounts.permissions()) == list(ROLES)
    assert all(accounts.permissions().values())


@pytest.mark.parametrize("kind", accounts.targets())
def test_object_of_an_audit_entry_can_be_found(kind: str) -> None:
    target = accounts.targets()[kind]
    fields = {field.name for field in apps.get_model(target.model)._meta.get_fields()}
    assert target.name in fields
    assert not target.of_workspace or "workspace" in fields
