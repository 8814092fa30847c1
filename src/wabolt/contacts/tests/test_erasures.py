"""The erasure log, and what a restore of an older backup does with it."""

from datetime import datetime, timedelta

import pytest

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.contacts import queries, services
from wabolt.contacts.models import Contact, ErasedIdentity
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock

NUMBER = "+6281234567890"
Log = list[tuple[str, str, datetime]]


@pytest.fixture
def workspace(db: None) -> Workspace:
    return make_workspace()


def log_of(workspace: Workspace) -> Log:
    return list(ErasedIdentity.objects.filter(workspace=workspace).values_list("kind", "digest", "at"))


def test_log_recognises_an_address_and_does_not_hold_it(workspace: Workspace) -> None:
    contact = make_contact(workspace, phone=NUMBER)
    services.erase_contacts(workspace=workspace, ids=[contact.pk])
    pair = ("phone", NUMBER)
    assert queries.erased_identities(workspace, [pair, ("phone", "+6281234567891")]) == {pair}
    assert queries.erased_identities(make_workspace("Lain"), [pair]) == set()
    assert NUMBER[3:] not in str(ErasedIdentity.objects.values_list())


def test_second_erasure_of_an_address_has_the_later_time(workspace: Workspace) -> None:
    for _time in range(2):
        contact = make_contact(workspace, phone=NUMBER)
        ErasedIdentity.objects.update(at=clock.now() - timedelta(days=9))
        services.erase_contacts(workspace=workspace, ids=[contact.pk])
    assert ErasedIdentity.objects.get().at > clock.now() - timedelta(days=1)


class TestReplay:
    """A database as an older backup holds it, and the erasure log of the database that was there before."""

    def test_person_is_erased_again(self, workspace: Workspace) -> None:
        contact, other = make_contact(workspace, phone=NUMBER), make_contact(workspace)
        made_at = clock.now()
        log = self._log_of_later_erasure(workspace)
        assert services.replay_erasures(workspace=workspace, made_at=made_at, log=log) == 1
        assert list(queries.contacts(workspace)) == [other]
        contact.refresh_from_db()
        assert (contact.name, contact.identities.count()) == ("", 0)
        assert queries.erased_identities(workspace, [("phone", NUMBER)])

    def test_erasure_before_the_backup_is_not_replayed(self, workspace: Workspace) -> None:
        """The address came back between the erasure and the backup."""
        log = self._log_of_later_erasure(workspace)
        make_contact(workspace, phone=NUMBER)
        later = clock.now() + timedelta(minutes=1)
        assert services.replay_erasures(workspace=workspace, made_at=later, log=log) == 0
        assert queries.contacts(workspace).count() == 1

    def test_person_without_an_address_is_found_by_id_and_time_of_creation(self, workspace: Workspace) -> None:
        nameless, other = (make_contact(workspace, name, phone=None) for name in ("Ayu", "Budi"))
        people = [(nameless.pk, nameless.created_at), (other.pk, other.created_at + timedelta(seconds=1))]
        assert services.replay_erasures(workspace=workspace, made_at=clock.now(), log=[], people=people) == 1
        assert list(queries.contacts(workspace)) == [other]

    def test_second_replay_changes_nothing(self, workspace: Workspace) -> None:
        make_contact(workspace, phone=NUMBER)
        made_at, log = clock.now(), self._log_of_later_erasure(workspace)
        counts = [services.replay_erasures(workspace=workspace, made_at=made_at, log=log) for _time in range(2)]
        assert counts == [1, 0]
        assert [row[:2] for row in log_of(workspace)] == [row[:2] for row in log]

    def _log_of_later_erasure(self, workspace: Workspace) -> Log:
        """The log as the database after the erasure holds it; this database stays as it was."""
        services.log_erasure(workspace=workspace, addresses=[("phone", NUMBER)])
        log = log_of(workspace)
        ErasedIdentity.objects.all().delete()
        assert Contact.objects.filter(erased_at__isnull=False).count() == 0
        return log
