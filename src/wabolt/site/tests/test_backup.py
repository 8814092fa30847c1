"""A shop goes into one file and comes back from it, whole or not at all. Runs on a server of its own."""

import io
import json
import stat
import tarfile
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from wabolt.site import home
from wabolt.site.backup import BackupError, archive, make_backup, restore_backup, server
from wabolt.site.tests.shops import Shop

pytestmark = pytest.mark.slow


def rewritten(source: Path, target: Path, **changes: bytes | None) -> Path:
    """A copy of a backup with members replaced; None leaves one out."""
    names = {"manifest": archive.MANIFEST, "dump": archive.DUMP, "secret": archive.SECRET}
    replaced = {names[key]: value for key, value in changes.items()}
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for member in old.getmembers():
            file = old.extractfile(member)
            assert file is not None
            content = replaced.get(member.name, file.read())
            if content is not None:
                member.size = len(content)
                new.addfile(member, io.BytesIO(content))
    return target


def with_manifest(source: Path, target: Path, **changes: object) -> Path:
    with archive.opened(source) as tar:
        manifest = archive.read_manifest(tar)
    return rewritten(source, target, manifest=json.dumps({**asdict(manifest), **changes}).encode())


def test_backup_is_one_private_file_that_says_what_it_holds(shop: Shop) -> None:
    assert stat.S_IMODE(shop.file.stat().st_mode) == 0o600
    with archive.opened(shop.file) as tar:
        manifest = archive.read_manifest(tar)
        assert sorted(tar.getnames()) == ["database.dump", "manifest.json", "secret-key"]
    assert manifest.tables["contacts_contact"] == 3
    assert manifest.tables["accounts_workspace"] == 1
    assert "0001_initial" in manifest.migrations["contacts"]


def test_backup_never_overwrites_and_leaves_nothing_behind(shop: Shop, tmp_path: Path) -> None:
    before = shop.file.read_bytes()
    with pytest.raises(BackupError, match=r"shop\.wabolt"):
        make_backup(shop.file)
    assert shop.file.read_bytes() == before
    with pytest.raises(BackupError, match="nowhere"):
        make_backup(tmp_path / "nowhere" / "shop.wabolt")
    assert not [path for path in shop.home.iterdir() if "part" in path.name or path.name.startswith(".wabolt")]


def test_restore_brings_everything_back_paused_and_keeps_later_stops(shop: Shop, tmp_path: Path) -> None:
    rows = shop.ask("SELECT id FROM contacts_contact ORDER BY id")
    shop.ask(
        "DELETE FROM contacts_identity; DELETE FROM contacts_contact WHERE id = (SELECT min(id) FROM contacts_contact)"
    )
    shop.ask(
        "INSERT INTO consent_suppression (workspace_id, kind, value, reason, since)"
        " SELECT id, 'phone', '+6281234567890', 'stop_word', now() FROM accounts_workspace"
    )
    server.create(home.admin_url(), "wabolt_restore_left_by_a_crash", "wabolt")
    then = b"the-secret-of-then"
    file = with_manifest(shop.file, tmp_path / "mine", secret_sha256=sha256(then).hexdigest(), of_tomorrow=1)
    file = rewritten(file, tmp_path / "copy", secret=then)

    restore_backup(file)

    assert shop.ask("SELECT id FROM contacts_contact ORDER BY id") == rows
    assert shop.ask("SELECT state FROM broadcasts_broadcast") == [("paused",)]
    assert shop.ask("SELECT count(*), count(paused_at) FROM messaging_lane") == [(1, 1)]
    assert shop.ask("SELECT kind, value, reason FROM consent_suppression") == [("phone", "+6281234567890", "stop_word")]
    (aside,) = shop.databases() - {"wabolt"}
    assert aside.startswith("wabolt_before_restore_")
    with psycopg.connect(server.with_database(shop.url, aside)) as connection:
        assert connection.execute("SELECT count(*) FROM contacts_contact").fetchone() == (2,)
    assert (shop.home / "secret-key").read_text() == "the-secret-of-then"


def test_restore_of_another_shop_takes_no_stops_along(shop: Shop, tmp_path: Path) -> None:
    shop.ask("UPDATE accounts_workspace SET created_at = created_at - interval '1 day'")
    shop.ask(
        "INSERT INTO consent_suppression (workspace_id, kind, value, reason, since)"
        " SELECT id, 'phone', '+6281111111111', 'stop_word', now() FROM accounts_workspace"
    )
    restore_backup(shop.file)
    assert shop.ask("SELECT 1 FROM consent_suppression WHERE value = '+6281111111111'") == []


@pytest.mark.parametrize(
    "harm", ["flipped", "secret flipped", "cut", "no dump", "no manifest", "future", "rows", "not ours", "missing"]
)
def test_bad_file_is_refused_and_nothing_changes(shop: Shop, tmp_path: Path, harm: str) -> None:
    bad = tmp_path / "bad.wabolt"
    content = shop.file.read_bytes()
    match harm:
        case "flipped":
            middle = len(content) // 2
            bad.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        case "secret flipped":
            rewritten(shop.file, bad, secret=b"another")
        case "cut":
            bad.write_bytes(content[: len(content) // 2])
        case "no dump":
            rewritten(shop.file, bad, dump=None)
        case "no manifest":
            rewritten(shop.file, bad, manifest=b'{"format": 1}')
        case "future":
            with_manifest(shop.file, bad, format=99)
        case "rows":
            with_manifest(shop.file, bad, tables={"contacts_contact": 4})
        case "not ours":
            bad.write_text("id,nama\n1,Budi\n")
    before, databases = shop.ask("SELECT count(*) FROM contacts_contact"), shop.databases()
    with pytest.raises(BackupError):
        restore_backup(bad)
    assert shop.ask("SELECT count(*) FROM contacts_contact") == before
    assert shop.databases() == databases
    assert not list(shop.home.glob("restore-*"))


def test_restore_while_somebody_works_changes_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wabolt.site.backup.restore._finish", lambda *_ignored: None)
    databases = shop.databases()
    with psycopg.connect(shop.url) as working:
        with pytest.raises(BackupError):
            restore_backup(shop.file)
        assert working.execute("SELECT 1").fetchone() == (1,)
    assert shop.databases() == databases


def test_disk_too_small_for_the_data_is_noticed_before_anything_is_built(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dump is compressed: a disk that holds it many times over may be too small for what is in it."""
    with archive.opened(shop.file) as tar:
        manifest = archive.read_manifest(tar)
    assert manifest.database_bytes > 5 * manifest.dump_bytes
    monkeypatch.setattr("wabolt.site.home.free_bytes", lambda: 10 * manifest.dump_bytes)
    with pytest.raises(BackupError, match="not enough room"):
        restore_backup(shop.file)


def test_server_that_a_full_disk_stopped_does_not_hide_why(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object, **_more: object) -> None:
        raise BackupError("pg_restore: No space left on device")

    def gone(_url: str, start: str, **_more: object) -> None:
        if start != "wabolt_restore_":
            raise psycopg.OperationalError("the database system is in recovery mode")

    monkeypatch.setattr("wabolt.site.backup.restore._count", full)
    monkeypatch.setattr(server, "drop_like", gone)
    with pytest.raises(BackupError, match="No space left"):
        restore_backup(shop.file)
    monkeypatch.undo()
    server.drop_like(home.admin_url(), "wabolt_restore_")


def test_backup_of_a_newer_wabolt_is_refused(shop: Shop, tmp_path: Path) -> None:
    shop.ask("INSERT INTO django_migrations (app, name, applied) VALUES ('contacts', '9999_of_the_future', now())")
    newer = tmp_path / "newer.wabolt"
    make_backup(newer)
    shop.ask("DELETE FROM django_migrations WHERE name = '9999_of_the_future'")
    with pytest.raises(BackupError, match=r"contacts\.9999_of_the_future"):
        restore_backup(newer)


def test_owner_who_says_no_keeps_everything(shop: Shop) -> None:
    from wabolt.site.command import cli

    databases = shop.databases()
    done = CliRunner().invoke(cli, ["restore", str(shop.file)], input="n\n")
    assert done.exit_code == 1
    assert shop.databases() == databases


def test_manifest_survives_writing_and_reading(tmp_path: Path) -> None:
    dump = tmp_path / archive.DUMP
    dump.write_bytes(b"x" * 3_000_000)
    manifest = archive.Manifest(1, "0.1", "18", "now", 3_000_000, archive.checksum(dump), {"t": 1}, {"a": ["1"]})
    archive.write(tmp_path / "file", manifest, tmp_path, None)
    with archive.opened(tmp_path / "file") as tar:
        assert archive.read_manifest(tar) == manifest
        assert archive.read_secret(tar, manifest) is None
        archive.extract_dump(tar, manifest, tmp_path / "copy")
        with pytest.raises(BackupError):
            archive.extract_dump(tar, replace(manifest, dump_sha256="0" * 64), tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == dump.read_bytes()
