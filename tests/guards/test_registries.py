"""Every registered entry has a label in both languages, and every table with personal data is registered."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.utils import translation

from tests.guards.layout import SOURCE
from wabolt.accounts import registry as accounts
from wabolt.alerts import registry as alerts
from wabolt.contacts import registry as contacts
from wabolt.contacts.models import Contact
from wabolt.imports import registry as imports
from wabolt.journeys import registry as journeys
from wabolt.lib import personal_values, retention, segmentation
from wabolt.messaging import registry as messaging
from wabolt.optin import registry as optin
from wabolt.segments import registry as segments
from wabolt.ui import navigation

WITHOUT_PERSONAL_DATA = {
    "contacts_merge": "moved by the merge itself and emptied by the erasure",
    "commerce_purchasefacts": "sums over orders, computed again after a merge",
    "contacts_knowndifferent": "two ids without any content",
}
"""Tables that refer to a contact and need no registration, with the reason."""
OF_THE_SHOP = {"contact", "event"}
"""Groups whose variables depend on the workspace, so that they cannot be listed without a database."""


def labels() -> Iterator[tuple[str, object]]:
    """(registry, label) of every text that members read."""
    yield from ((f"event kind {kind.key}", kind.label) for kind in contacts.event_kinds())
    yield from ((f"alert kind {kind.key}", kind.label) for kind in alerts.kinds())
    yield from ((f"personal data {data.table}", data.label) for data in contacts.personal_data())
    for action in contacts.contact_actions():
        words = {"": action.label, **(action.reasons or {})}
        yield from ((f"contact action {action.key} {which}", label) for which, label in words.items())
    yield from ((f"consumer {name}", consumer.label) for name, consumer in contacts.consumers().items())
    for place in ("head", "data", "timeline", "conversation"):
        yield from ((f"panel {panel.key}", panel.title) for panel in contacts.panels(place))
    yield from ((f"mark {mark.key}", mark.title) for mark in contacts.marks())
    yield from _labels_of_pages()
    yield from ((f"origin {kind}", origin.label) for kind, origin in messaging.ORIGINS.items())
    yield from ((f"importer {importer.kind}", importer.label) for importer in imports.importers())
    for group in personal_values.GROUPS.values():
        if group.prefix not in OF_THE_SHOP:
            yield from ((f"variable {each.name}", each.label) for each in group.variables(None))
    for kind in optin.kinds():
        yield from ((f"way in {kind.key} {which}", label) for which, label in (("", kind.label), ("for", kind.hint)))
    yield from ((f"trigger {kind.key}", kind.label) for kind in journeys.trigger_kinds())
    for recipe in journeys.recipes():
        words = {"": recipe.label, "promise": recipe.promise, "what": recipe.what}
        yield from ((f"recipe {recipe.key} {which}", label) for which, label in words.items())
    yield from ((f"segment group {group.key}", group.label) for group in segmentation.field_groups())
    for field in segmentation.fields():
        words = {"": field.label, **field.option_labels, **{f"sentence {op}": s for op, s in field.sentences.items()}}
        yield from ((f"segment field {field.key} {which}", label) for which, label in words.items())


def _labels_of_pages() -> Iterator[tuple[str, object]]:
    """(registry, label) of entries of the navigation and buttons."""
    yield from ((f"navigation {item.key}", item.label) for item in navigation.registered())
    yield from ((f"settings page {page.key}", page.label) for page in accounts.settings_pages())
    yield from ((f"bulk action {action.key}", action.label) for action in contacts.bulk_actions_for("owner"))
    yield from ((f"segment action {action.key}", action.label) for action in segments.actions_for("owner"))
    for column in contacts.export_columns():
        yield from ((f"export column {column.key} {place}", label) for place, label in enumerate(column.labels))
    for entry in (*retention.retention_classes(), *retention.fixed_retentions()):
        yield f"retention {entry.key}", entry.label


SAME_IN_BOTH = {"Label", "Broadcast", "Total", "Status", "Email"}


def test_everything_registered_has_a_label_in_both_languages() -> None:
    found = list(labels())
    assert len(found) > 300
    words: dict[str, list[str]] = {}
    for language in ("en", "id"):
        with translation.override(language):
            words[language] = [str(label) for _where, label in found]
    assert all(words["en"])
    texts = zip(found, words["en"], words["id"], strict=True)
    untranslated = [(where, english) for (where, _label), english, indonesian in texts if english == indonesian]
    assert not [one for one in untranslated if one[1] not in SAME_IN_BOTH]


def test_every_kind_of_event_that_is_recorded_is_registered() -> None:
    """The kinds of events in the code: `kind="..."`, `NewEvent(..., "...")` and literals in INSERTs into
    contacts_event."""
    prefixes = "contact|tag|note|consent|message|chat|broadcast|link|order|voucher|product|cart"
    prefixes += "|journey|segment|event|giveaway|entry_point|form"
    pattern = re.compile(rf"""(?:kind=|NewEvent\([^"\n]*)"((?:{prefixes})_[a-z]+)"|'((?:{prefixes})_[a-z]+)', """)
    recorded: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        text = path.read_text("utf-8")
        if not {"tests", "migrations"} & set(path.parts) and ("NewEvent" in text or "record_event" in text):
            recorded |= {one or other for one, other in pattern.findall(text)}
    assert {"contact_merged", "message_received", "voucher_redeemed"} <= recorded
    assert recorded <= {kind.key for kind in contacts.event_kinds()}


def test_every_table_that_refers_to_a_contact_is_registered_as_personal_data() -> None:
    registered = {data.table for data in contacts.personal_data()}
    found = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if field.concrete and (field.many_to_one or field.one_to_one) and field.related_model is Contact
    }
    assert found - registered == set(WITHOUT_PERSONAL_DATA)
    assert registered <= found


@pytest.mark.django_db
def test_the_columns_of_personal_data_exist() -> None:
    from django.db import connection

    for data in contacts.personal_data():
        with connection.cursor() as cursor:
            columns = {column.name for column in connection.introspection.get_table_description(cursor, data.table)}
        assert {"contact_id", *data.once} <= columns, data.table


def test_every_segment_field_brings_its_sql_and_knows_its_lookup() -> None:
    for field in segmentation.fields():
        # Conditions of other segments replace a condition of this kind.
        assert field.leaf is not None or field.kind is segmentation.Kind.NAMED, field.key
        assert not field.lookup or field.lookup in segmentation.lookups(), field.key
        assert field.words.get("id"), f"{field.key} has no Indonesian words"


def test_segments_name_no_data_of_other_rooms() -> None:
    """The rules and the compiler of segments know only registered fields."""
    foreign = re.compile(r"commerce_|messaging_|broadcasts_|contacts_(?!contact)|\bp\.orders|cm\.state")
    for path in (SOURCE / "segments").rglob("*.py"):
        if not {"tests", "migrations"} & set(path.parts) and path != Path(SOURCE / "segments/queries/preview.py"):
            assert not foreign.search(path.read_text("utf-8")), path


@pytest.mark.parametrize("kind", alerts.kinds(), ids=lambda kind: kind.key)
def test_every_kind_of_alert_has_words_for_facts_that_are_missing(kind: alerts.AlertKind) -> None:
    """An older version may have stored other facts than today's sentence shows."""
    for language in ("id", "en"):
        with translation.override(language):
            assert kind.sentence("1", {})
            assert isinstance(kind.advice("1", {}), str)
            assert isinstance(kind.page("1", {}), str)
            assert kind.outline is None or kind.outline("1", {})


def test_every_registered_icon_is_in_the_sprite() -> None:
    names = tomllib.loads((SOURCE.parents[1] / "vendor.toml").read_text("utf-8"))["icons"]["names"]
    have = {name.rsplit("/", 1)[-1] for name in names}
    registered = (*contacts.event_kinds(), *contacts.contact_actions(), *optin.kinds(), *journeys.trigger_kinds())
    assert {(entry.key, entry.icon) for entry in registered if entry.icon not in have} == set()
