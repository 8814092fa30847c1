"""The next chunk is prepared while the current one is stored. The result does not depend on it."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.contacts import services
from wabolt.contacts.models import Contact, Identity
from wabolt.contacts.services.imports.contacts import ContactSession
from wabolt.imports.models import Import, ImportRejection
from wabolt.imports.registry import LostRaceError
from wabolt.imports.services import runner

pytestmark = pytest.mark.django_db
Upload = Callable[..., Import]

ROWS = """HP;Kode;Nama;Setuju;Label
081234567890;A1;ani;tidak;
;A1;Ani Santoso;ya;VIP
081234567890;;Ani;;
085711112222;B1;Budi;ya;
085711113333;B1;Budi;ya;Reseller
081234567890;B1;siapa;;
x;;;;
081355556666;;Citra;ya;
"""


@pytest.fixture
def always_ahead(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Waits for the next chunk, so that each chunk is prepared ahead. Yields the prepared chunks."""
    made: list[object] = []

    def wait(upcoming: "Future[Any]") -> Any:
        chunk = upcoming.result()
        made.append(chunk)
        return chunk and chunk.parsed

    monkeypatch.setattr(runner, "_parsed", wait)
    monkeypatch.setattr(runner, "CHUNK", 1)
    return made


def story(workspace: Workspace) -> tuple[object, ...]:
    """The visible result of an import."""
    imported = Import.objects.filter(workspace=workspace).latest("id")
    people = [
        (c.name, c.search, sorted(c.identities.values_list("kind", "value")), sorted(t.name for t in c.tags.all()))
        for c in Contact.objects.filter(workspace=workspace).order_by("id")
    ]
    rejected = list(ImportRejection.objects.filter(imported=imported).order_by("row").values_list("row", "code"))
    done = imported.created, imported.updated, imported.unchanged, imported.rejected, imported.consents
    return people, rejected, done


def test_chunks_prepared_ahead_are_stored_as_those_prepared_in_turn(
    upload: Upload, always_ahead: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = make_workspace("Beside")
    upload(ahead, ROWS, run=True, statement="Formulir")
    assert len(always_ahead) == 6  # two of the eight chunks store no contact
    monkeypatch.setattr(runner, "_parsed", lambda upcoming: None)
    in_turn = make_workspace("In turn")
    upload(in_turn, ROWS, run=True, statement="Formulir")
    assert story(ahead) == story(in_turn)
    assert story(ahead)[2][4] == 3  # type: ignore[index]  # Ani has said no in the first row


@pytest.mark.usefixtures("always_ahead")
def test_who_is_erased_between_two_chunks_stays_erased(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = make_workspace()
    committed = ContactSession.committed

    def erase_once(session: ContactSession) -> None:
        committed(session)
        known = Identity.objects.filter(workspace=workspace, value="+6281234567890").first()
        if known is not None:
            services.erase_contacts(workspace=workspace, ids=[known.contact_id])

    monkeypatch.setattr(ContactSession, "committed", erase_once)
    imported = upload(workspace, "HP;Nama\n081234567890;Ani\n081234567890;Ani Santoso\n085711112222;Budi\n", run=True)
    assert [(r.row, r.code) for r in imported.rejections.all()] == [(3, "erased")]
    assert list(Contact.objects.filter(erased_at=None).values_list("name", flat=True)) == ["Budi"]


@pytest.mark.usefixtures("always_ahead")
def test_chunk_that_is_done_again_takes_what_was_made_ready_behind_it_along(
    upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, tries = make_workspace(), []
    save_progress = runner._save_progress

    def lose_once(imported: Import, result: Any, next_row: int) -> dict[str, Any]:
        tries.append(next_row)
        if tries == [1]:
            raise LostRaceError
        return save_progress(imported, result, next_row)

    monkeypatch.setattr(runner, "_save_progress", lose_once)
    imported = upload(workspace, "HP;Nama\n081234567890;Ani\n081234567890;Ani Santoso\n085711112222;Budi\n", run=True)
    assert tries == [1, 1, 2, 3]
    assert (imported.created, imported.updated, imported.rejected) == (2, 1, 0)
    assert list(Contact.objects.order_by("id").values_list("name", flat=True)) == ["Ani Santoso", "Budi"]
