"""`wabolt import`: its output and its exit codes."""

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.cases import each

from wabolt.accounts.tests.factories import make_workspace
from wabolt.contacts.models import Contact
from wabolt.imports import services as imports
from wabolt.imports.cli import commands
from wabolt.imports.models import Import
from wabolt.lib import clock

pytestmark = pytest.mark.django_db

TEXT = "Nama;No HP;Kolom X\nAyu;081234567890;Medan\nBudi;08123;Solo\n"


def run(*arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(commands[0], list(arguments), input=answer)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "kontak.csv"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_import_runs_here_and_writes_the_refused_rows(file: Path) -> None:
    make_workspace()
    result = run("contacts", str(file), "--yes", "--map", "Kolom X=city", "--tags", "Baru")
    assert result.exit_code == 0, result.output
    assert "1 baru, 0 berubah, 0 tetap, 1 ditolak" in result.output
    assert Contact.objects.get().city == "Medan"
    refused = file.with_name("kontak-refused.csv").read_text(encoding="utf-8-sig")
    assert "3;nomor “08123” terlalu pendek;Budi;08123;Solo" in refused


def test_import_asks_first(file: Path) -> None:
    make_workspace()
    assert run("contacts", str(file), answer="n\n").exit_code == 1
    assert not Contact.objects.exists()
    assert Import.objects.get().state == "cancelled"
    assert run("contacts", str(file), answer="y\n").exit_code == 0
    assert Contact.objects.count() == 1


def test_import_needs_to_know_the_shop(file: Path) -> None:
    assert run("contacts", str(file), "--yes").exit_code == 2
    first, second = make_workspace("Satu"), make_workspace("Dua")
    assert run("contacts", str(file), "--yes").exit_code == 2
    assert run("contacts", str(file), "--yes", "--workspace", "dua").exit_code == 0
    assert run("contacts", str(file), "--yes", "--workspace", str(first.pk)).exit_code == 0
    assert set(Contact.objects.values_list("workspace_id", flat=True)) == {first.pk, second.pk}


@each("pair", ["Bogus=city", "Kolom X=bogus", "city"], undone=True)
def test_import_refuses_a_mapping_that_is_none(file: Path, pair: str) -> None:
    make_workspace()
    assert run("contacts", str(file), "--yes", "--map", pair).exit_code == 2


def test_import_takes_a_target_from_the_column_that_was_guessed(file: Path) -> None:
    make_workspace()
    result = run("contacts", str(file), "--yes", "--map", "Kolom X=name")
    assert result.exit_code == 0, result.output
    assert Contact.objects.get().name == "Medan"


def test_import_of_no_table_says_so(tmp_path: Path) -> None:
    make_workspace()
    path = tmp_path / "x.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    result = run("contacts", str(path), "--yes")
    assert result.exit_code == 1
    assert "Error:" in result.output
    assert run("bogus", str(path)).exit_code == 2


def test_killed_command_is_taken_over_by_the_worker(upload: object, django_db_blocker: object) -> None:
    workspace = make_workspace()
    imported = upload(workspace, TEXT)  # type: ignore[operator]
    imports.queue_import(workspace=workspace, import_id=imported.pk, background=False)
    assert imports.revive_imports() == []
    with clock.hold(clock.now() + timedelta(minutes=5)):
        assert imports.revive_imports() == [imported.pk]
        imports.run_import(imported.pk)
        assert imports.revive_imports() == []
