"""Sums that triggers keep equal their definition in every snapshot."""

import random
import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.contacts import queries, services
from wabolt.contacts.models import Contact, Tally
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock

pytestmark = pytest.mark.django_db(transaction=True)


def known(workspace: Workspace) -> int:
    return queries.kept_sums(workspace.pk, ["contacts"], [workspace.pk])[workspace.pk].get("known", 0)


def test_a_sum_includes_the_changes_of_its_own_transaction_and_loses_them_with_it() -> None:
    workspace, other = make_workspace(), make_workspace("Lain")
    make_contact(workspace)
    with transaction.atomic():
        make_contact(workspace, "Budi")
        make_contact(other)
        assert (known(workspace), known(other)) == (2, 1)
        transaction.set_rollback(True)
    assert (known(workspace), known(other)) == (1, 0)


@pytest.mark.parametrize("seed", range(3))
def test_every_statement_changes_the_sum_by_its_rows(seed: int) -> None:
    """Inserts and updates of many rows, with compactions between them."""
    chance = random.Random(seed)
    workspaces = [make_workspace(), make_workspace("Lain")]
    for turn in range(40):
        workspace = chance.choice(workspaces)
        mine = Contact.objects.filter(workspace=workspace)
        ids = list(mine.values_list("pk", flat=True))
        some = mine.filter(pk__in=chance.sample(ids, k=len(ids) // 2))
        deed: Callable[[], object] = chance.choice(
            [
                lambda workspace=workspace, turn=turn: make_contact(workspace, f"Ayu {turn}"),
                lambda some=some: some.update(erased_at=clock.now()),
                lambda some=some: some.update(erased_at=None),
                lambda some=some: some.update(city="Bandung"),
                services.compact_tallies,
            ]
        )
        deed()
        for shop in workspaces:
            assert known(shop) == Contact.objects.filter(workspace=shop, erased_at=None).count()
    assert services.correct_tallies() == 0
    services.compact_tallies()
    assert Tally.objects.filter(name="contacts").count() == sum(known(shop) > 0 for shop in workspaces)


def test_writers_and_compactions_at_the_same_time_lose_nothing() -> None:
    workspace = make_workspace()
    stop = threading.Event()
    seen: list[int] = []

    def compact() -> None:
        while not stop.is_set():
            services.compact_tallies()
        connection.close()

    def write(number: int) -> None:
        for turn in range(25):
            make_contact(workspace, f"Ayu {number} {turn}")
        connection.close()

    def read() -> None:
        while not stop.is_set():
            seen.append(known(workspace))
        connection.close()

    others = [threading.Thread(target=compact), threading.Thread(target=compact), threading.Thread(target=read)]
    writers = [threading.Thread(target=write, args=[number]) for number in range(3)]
    for thread in [*others, *writers]:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in others:
        thread.join()
    assert known(workspace) == 75
    assert seen == sorted(seen)
    assert services.correct_tallies() == 0


def test_a_correction_repairs_what_changed_without_triggers(caplog: pytest.LogCaptureFixture) -> None:
    workspace = make_workspace()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE contacts_contact DISABLE TRIGGER USER")
        make_contact(workspace)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE contacts_contact ENABLE TRIGGER USER")
    assert known(workspace) == 0
    assert services.correct_tallies() == 1
    assert known(workspace) == 1
    assert "contacts" in caplog.text


def test_a_workspace_can_be_deleted() -> None:
    workspace = make_workspace()
    Contact.objects.create(workspace=workspace, name="Ayu")
    Contact.objects.filter(workspace=workspace).delete()
    workspace.delete()
    services.compact_tallies()
    assert not Tally.objects.filter(workspace_id=workspace.pk).exists()
