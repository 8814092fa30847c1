"""A migration makes no more classes of models again than its statements need."""

import pytest
from django.db import migrations, models
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState

from wabolt.site.migrating import State, is_small

NAME = models.CharField(max_length=9)
ADDING = migrations.AddField("shop", "name", NAME)
KEYS = (
    models.CharField(max_length=9, primary_key=True),
    models.CharField(max_length=9, unique=True),
    models.OneToOneField("shop.shop", models.CASCADE),
)


def _state() -> State:
    """A shop and a contact that refers to it."""
    key = ("id", models.BigAutoField(primary_key=True))
    found = State()
    found.add_model(ModelState("shop", "Shop", [key]))
    found.add_model(ModelState("shop", "Contact", [key, ("shop", models.ForeignKey("shop.shop", models.CASCADE))]))
    return found


def _applied(state: State, *operations: Operation) -> State:
    migration = type("Migration", (Migration,), {"operations": operations})("0001", "shop")
    state.begin(migration)
    for operation in operations:
        operation.state_forwards("shop", state)
    return state


def _is_whole(state: State) -> bool:
    """Whether the relation leads to the present class, and back."""
    shop, contact = state.apps.get_model("shop.shop"), state.apps.get_model("shop.contact")
    return contact._meta.get_field("shop").related_model is shop and len(shop._meta.related_objects) == 1


def test_only_the_class_of_a_changed_model_is_made_again() -> None:
    state = _state()
    before = {name: state.apps.get_model("shop", name) for name in ("shop", "contact")}
    _applied(state, ADDING)
    assert state.apps.get_model("shop.shop")._meta.get_field("name").max_length == 9
    assert state.apps.get_model("shop.contact") is before["contact"]
    assert state.is_delayed, "a function of a migration gets whole classes"
    state.clear_delayed_apps_cache()
    assert _is_whole(state)


@pytest.mark.parametrize(
    "operation",
    [
        migrations.RenameModel("Shop", "Store"), migrations.RenameField("shop", "name", "title"),
        migrations.DeleteModel("Contact"), *(migrations.AlterField("shop", "name", key) for key in KEYS),
    ],
)  # fmt: skip
def test_what_concerns_other_tables_finds_whole_classes(operation: Operation) -> None:
    state = _applied(_state(), ADDING)
    state = _applied(state, migrations.AlterField("shop", "name", models.CharField(max_length=8)))
    assert state.is_small
    other = type("Migration", (Migration,), {"operations": [ADDING, operation]})("0002", "shop")
    assert not is_small(other)
    state.begin(other)
    assert not state.is_small
    assert _is_whole(state)
