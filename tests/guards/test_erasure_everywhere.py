"""An erasure leaves no word of a person in any registered table.

For every table that refers to a contact, also through another such table, the test makes a row and writes words of the
person into each text, JSON and bytes column. A room that adds a model is checked without a change here; `VALUES` gives
the columns of a model whose constraints need a certain row.
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from model_bakery import baker

from tests.guards.test_erasure import dump
from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels.tests.factories import make_channel
from wabolt.consent import services as consent
from wabolt.consent.queries import verify
from wabolt.contacts.models import Contact
from wabolt.contacts.registry import personal_data
from wabolt.contacts.services import erase_contacts, merge_contacts
from wabolt.contacts.services.erasing import erased_values
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock

VALUES: dict[str, dict[str, Any]] = {
    "optin_entry": {"state": "confirmed", "message_id": 1, "confirmed_at": clock.now()},
    "optin_giveaway": {"kind": "reward"},
    "optin_registration": {"state": "registered"},
    "messaging_message": {"direction": "inbound", "purpose": "service", "state": "delivered"},
}
"""{table: values that its constraints need}."""
EVENTS = "contacts_event"
WRITTEN_BY_THEIR_ROOMS = {
    "consent_consentevent": "the ledger hashes its rows",
    "consent_consent": "derived from the ledger",
    "contacts_merge": "made by merging",
    "contacts_knowndifferent": "two ids without any content",
    "commerce_purchasefacts": "sums over orders",
    "journeys_steprun": "append-only: reasons, branches and ids",
    "messaging_messageprice": "category and price of a message",
    "consent_restriction": "an id without any content",
    "optin_drawticket": "random tickets, which a published draw needs",
    "optin_drawwinner": "a rank and a ticket",
    "optin_numberrequest": "gone when the entry gets its contact, and found by its number (optin.receivers)",
}


def _related() -> Iterator[tuple[type[models.Model], str]]:
    """(model, field) of every model that refers to a contact, or to a model that does."""
    known: set[type[models.Model]] = {Contact}
    while True:
        new = [
            (model, field.name)
            for model in apps.get_models(include_auto_created=True)
            if model.__module__.startswith("wabolt.") and model not in known
            for field in model._meta.concrete_fields
            if (field.many_to_one or field.one_to_one) and field.related_model in known and not _is_shared(model)
        ]
        if not new:
            return
        for model, name in new:
            if model not in known:
                known.add(model)
                yield model, name


def _tables_with_texts() -> set[str]:
    """The tables with a column that an erasure has to empty."""
    tables = {model._meta.db_table for model, _field in _related() if _text_fields(model)}
    return tables - set(WRITTEN_BY_THEIR_ROOMS)


def _is_shared(model: type[models.Model]) -> bool:
    """Whether rows of this model are about the shop: they have no contact, and refer to one only as an example."""
    return model._meta.db_table.startswith(("broadcasts_broadcast",))


def _text_fields(model: type[models.Model]) -> list[models.Field]:  # type: ignore[type-arg]
    kept = next((data.keeps for data in personal_data() if data.table == model._meta.db_table), ())
    texts = (models.CharField, models.TextField, models.JSONField, models.BinaryField)
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, texts) and not field.choices and not field.primary_key and field.column not in kept
    ]


def _fill(workspace: Workspace, contact: Contact, words: Sequence[str]) -> set[str]:
    """Makes a row of every model for the contact, with one of the words in each column that takes it. Returns the
    tables."""
    turn = itertools.cycle(words)
    word = next(turn)
    made: dict[type[models.Model], models.Model] = {Contact: contact, Workspace: workspace}
    made[make_channel.__annotations__["return"]] = make_channel(workspace)  # the model Channel
    filled = set()
    for model, _field in _related():
        table = model._meta.db_table
        if table in WRITTEN_BY_THEIR_ROOMS:
            continue
        row = made[model] = _make(model, made, word)
        if table == EVENTS:
            filled.add(table)
            continue
        for field in _text_fields(model):
            value = _value(field, next(turn))
            try:
                with transaction.atomic():
                    if model._default_manager.filter(pk=row.pk).update(**{field.name: value}):
                        filled.add(table)
            except IntegrityError:  # a constraint: the database never holds such a value
                continue
    return filled


def _make(model: type[models.Model], made: dict[type[models.Model], models.Model], word: str) -> models.Model:
    """A row of the model that refers to the rows in `made`. A row that it needs and that is missing is made first."""
    values: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        parent = field.related_model
        if field.is_relation and isinstance(parent, type):
            if parent not in made and not field.null and parent.__module__.startswith("wabolt.optin"):
                made[parent] = _make(parent, made, word)
            if parent in made:
                values[field.name] = made[parent]
        elif isinstance(field, models.IntegerField) and not field.primary_key and not field.null:
            values[field.name] = 1
    values |= VALUES.get(model._meta.db_table, {})
    if model._meta.db_table == EVENTS:  # append-only, so the words are there from the start
        data = {"source": word, "deep": {word: [word]}, "n": 5}
        return model._default_manager.create(kind="contact_created", time=clock.now(), data=data, **values)
    row: models.Model = baker.make(model, **values)
    return row


def _value(field: models.Field, word: str) -> Any:  # type: ignore[type-arg]
    if isinstance(field, models.JSONField):
        return [word] if isinstance(field.get_default(), list) else {"apa": {"lagi": [word]}, word: 1}
    if isinstance(field, models.BinaryField):
        return word.encode()
    return word[: field.max_length or 100]


def _found(word: str) -> set[str]:
    forms = (word.lower(), word.encode().hex())
    return {table for table, row in dump() if any(form in row.lower() for form in forms)}


# Letters of several scripts, digits and signs of names. The prefix makes a word that no program text holds.
_SIGNS = "abcxyzéñüçĀşКжשعرबতี你好한さ0123456789'-."
WORDS = st.lists(
    st.text(_SIGNS, min_size=4, max_size=14).map(lambda text: f"zq{text}zq"), min_size=4, max_size=4, unique=True
)


@pytest.mark.django_db
def test_no_word_of_a_random_person_is_left_in_any_table() -> None:
    examples = []

    @settings(max_examples=5, deadline=None)
    @given(words=WORDS)
    def run(words: list[str]) -> None:
        with transaction.atomic():
            _erase_and_search(words)
            examples.append(words)
            transaction.set_rollback(True)

    run()
    assert len(examples) >= 5


def _erase_and_search(words: list[str]) -> None:
    word = words[0]
    workspace = make_workspace()
    contact = make_contact(workspace, f"{word} {words[1]}", city=words[2])
    Contact.objects.filter(pk=contact.pk).update(email=f"{words[3]}@contoh.example")  # older rows hold any text
    other = make_contact(workspace, f"Lain {words[1]}")
    filled = _fill(workspace, contact, words)
    assert _tables_with_texts() - filled == set(), "tables of a person that this test did not search"
    _fill(workspace, other, words[::-1])
    merge_contacts(workspace=workspace, keep_id=contact.pk, absorb_id=other.pk, reason="member")
    consent.withdraw(
        workspace=workspace,
        contact_ids=[contact.pk],
        statement=consent.ConsentStatement("marketing", "stop_word", evidence={"text": f"stop {word}", "message": 1}),
    )
    assert all(len(_found(one)) >= 5 for one in words)
    erase_contacts(workspace=workspace, ids=[contact.pk])
    left = {one: _found(one) for one in words}
    assert not any(left.values()), left
    assert verify(workspace).whole


def test_every_kept_column_exists() -> None:
    """`keeps` names columns of the table, and something is left to empty or nothing is kept."""
    tables = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    for data in personal_data():
        columns = {field.column for field in tables[data.table]._meta.concrete_fields}
        assert {*data.keeps, *data.secret} <= columns, data.table
        assert isinstance(erased_values(data), dict)
