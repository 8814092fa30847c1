"""Making, checking and restoring a backup, on a PostgreSQL server of its own."""

import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import IO

import psycopg
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyrage.x25519 import Identity

from wabolt.backups import recovery_key
from wabolt.site import home
from wabolt.site.backup import (
    BackupError,
    archive,
    encryption,
    make_backup,
    parse_key,
    restore_backup,
    server,
    tables,
    verify_backup,
)
from wabolt.site.command import cli
from wabolt.site.tests.shops import Shop, packed, rewritten, with_manifest

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("quick_python")]


def test_backup_is_one_private_file_with_a_manifest(shop: Shop) -> None:
    assert stat.S_IMODE(shop.file.stat().st_mode) == 0o600
    manifest = verify_backup(shop.file, shop.key)
    assert manifest.rows("contacts_contact") == 3
    assert manifest.rows("accounts_workspace") == 1
    assert manifest.rows("accounts_user") == 1
    assert "0001_initial" in manifest.migrations["contacts"]


def test_backup_never_overwrites_and_leaves_nothing_behind(shop: Shop, tmp_path: Path) -> None:
    before = shop.file.read_bytes()
    with pytest.raises(BackupError, match=r"shop\.wabolt"):
        make_backup(shop.file)
    assert shop.file.read_bytes() == before
    with pytest.raises(BackupError, match="nowhere"):
        make_backup(tmp_path / "nowhere" / "shop.wabolt")
    assert not [path for path in shop.home.iterdir() if "part" in path.name or path.name.startswith("restore-")]


def test_restore_brings_everything_back_paused_and_keeps_later_stops(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three contacts count as many rows: their indexes and foreign keys are dropped and created. One event is few."""
    monkeypatch.setattr(tables, "LARGE", 1)
    shop.ask("INSERT INTO contacts_event (workspace_id, contact_id, kind, time)"
             " SELECT workspace_id, id, 'seen', now() FROM contacts_contact LIMIT 1")  # fmt: skip
    everything, before = dump(shop), schema(shop)
    make_backup(tmp_path / "shop.wabolt")
    shop.ask(
        "DELETE FROM contacts_identity; DELETE FROM contacts_contact WHERE id = (SELECT min(id) FROM contacts_contact)"
    )
    shop.ask(
        "INSERT INTO consent_suppression (workspace_id, kind, value, reason, since)"
        " SELECT id, 'phone', '+6281234567890', 'stop_word', now() FROM accounts_workspace"
    )
    server.create(home.admin_url(), "wabolt_restore_left_by_a_crash", "wabolt")

    restore_backup(tmp_path / "shop.wabolt", shop.key)

    assert schema(shop) == before
    restored = dump(shop)
    assert restored.pop("consent_suppression") != everything.pop("consent_suppression")
    changed = {name for name in everything if everything[name] != restored[name]}
    assert changed <= {
        "broadcasts_broadcast",
        "accounts_auditentry",
        "alerts_alert",
        "procrastinate_events",  # the delivery of new alerts
        "procrastinate_jobs",
        "consent_consenthead",
        "messaging_lane",
        "messaging_pausedorigin",
        "site_cache",
    }
    assert shop.ask("SELECT state FROM broadcasts_broadcast") == [("paused",)]
    assert shop.ask("SELECT count(*), count(paused_at) FROM messaging_lane") == [(1, 1)]
    assert shop.ask("SELECT kind, value, reason FROM consent_suppression") == [("phone", "+6281234567890", "stop_word")]
    (aside,) = shop.databases() - {"wabolt"}
    assert aside.startswith("wabolt_before_restore_")
    with psycopg.connect(server.with_database(shop.url, aside)) as connection:
        assert connection.execute("SELECT count(*) FROM contacts_contact").fetchone() == (2,)


def _other_rows(shop: Shop, bad: Path, count: int) -> None:
    """Rows that refer to a shop which does not exist."""
    known = asdict(verify_backup(shop.file, shop.key))["tables"]
    rows = b"".join(b"%d\tx%d\t2026-01-01\t77777\n" % (number, number) for number in range(count))
    rewritten(shop.file, bad, shop.key, tables__contacts_tag=rows)
    with_manifest(bad, bad, shop.key, tables={**known, "contacts_tag": {**known["contacts_tag"], "rows": count}})


HARM: dict[str, Callable[[Shop, Path], object]] = {
    "no table": lambda shop, bad: rewritten(shop.file, bad, shop.key, tables__contacts_contact=None),
    "no keys": lambda shop, bad: rewritten(shop.file, bad, shop.key, keys=None),
    "no manifest": lambda shop, bad: rewritten(shop.file, bad, shop.key, manifest=b'{"format": 2}'),
    "of the future": lambda shop, bad: with_manifest(shop.file, bad, shop.key, format=99),
    "a missing shop": lambda shop, bad: _other_rows(shop, bad, 1),
    "missing shops": lambda shop, bad: _other_rows(shop, bad, 2),
    "no archive": lambda shop, bad: packed(b"hello", bad, shop.key),
    "no backup": lambda _shop, bad: bad.write_text("id,nama\n1,Budi\n"),
    "no file": lambda _shop, _bad: None,
}


@pytest.mark.parametrize("harm", HARM)
def test_bad_file_is_refused_in_one_sentence_and_nothing_changes(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    monkeypatch.setattr(tables, "LARGE", 1)
    bad = tmp_path / "bad.wabolt"
    HARM[harm](shop, bad)
    before, databases = shop.ask("SELECT count(*) FROM contacts_contact"), shop.databases()
    with pytest.raises(BackupError) as refused:
        restore_backup(bad, shop.key)
    assert "\n" not in str(refused.value)
    assert shop.ask("SELECT count(*) FROM contacts_contact") == before
    assert shop.databases() == databases
    assert not list(shop.home.glob("restore-*"))


def test_wrong_key_and_damaged_file_have_different_errors(shop: Shop) -> None:
    with pytest.raises(BackupError, match="does not open"):
        restore_backup(shop.file, Identity.generate())


def test_damage_of_any_part_of_the_header_is_named(shop: Shop, tmp_path: Path) -> None:
    """Also of the part that looks like another key."""
    content = shop.file.read_bytes()
    end = content.index(b"\n--- ") + 50
    for place in range(content.index(b"\n") + 1, end):
        (tmp_path / "flipped.wabolt").write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(BackupError, match="damaged"):
            verify_backup(tmp_path / "flipped.wabolt", shop.key)


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
def test_a_flipped_bit_anywhere_is_refused(shop: Shop, tmp_path: Path, data: st.DataObject) -> None:
    """Manifest, keys, tables, age's header and the last byte are all authenticated."""
    content = bytearray(shop.file.read_bytes())
    place = data.draw(st.one_of(st.integers(0, 300), st.integers(0, len(content) - 1), st.just(len(content) - 1)))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    bad = tmp_path / "flipped.wabolt"
    bad.write_bytes(content)
    with pytest.raises(BackupError):
        verify_backup(bad, shop.key)


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_a_file_that_is_cut_or_longer_is_refused(shop: Shop, tmp_path: Path, data: st.DataObject) -> None:
    content = shop.file.read_bytes()
    cut = data.draw(st.one_of(st.integers(0, len(content) - 1), st.integers(len(content) - 40, len(content) - 1)))
    bad = tmp_path / "cut.wabolt"
    bad.write_bytes(data.draw(st.sampled_from([content[:cut], content + b"more", content + content])))
    with pytest.raises(BackupError):
        verify_backup(bad, shop.key)


def test_restore_with_open_connections_changes_nothing(shop: Shop) -> None:
    databases = shop.databases()
    with psycopg.connect(shop.url, application_name="Laporan-Ibu") as working:
        with pytest.raises(BackupError, match="in use: 1 × Laporan-Ibu"):
            restore_backup(shop.file, shop.key)
        assert working.execute("SELECT 1").fetchone() == (1,)
    assert shop.databases() == databases


def test_restore_waits_for_the_connection_of_a_killed_process(shop: Shop) -> None:
    """PostgreSQL notices that its client was killed when the present statement ends."""
    code = "import psycopg, sys; psycopg.connect(sys.argv[1]).execute('SELECT pg_sleep(3)')"
    busy = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'"
    with subprocess.Popen([sys.executable, "-c", code, shop.url]) as process:
        while shop.ask(busy) != [(1,)]:
            time.sleep(0.05)
        process.kill()
    assert shop.ask(busy) == [(1,)]
    server.refuse_in_use(home.admin_url(), server.name_of(shop.url))
    assert shop.ask(busy) == [(0,)]


def test_disk_too_small_for_the_data_is_noticed_before_anything_is_built(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows are compressed: a disk with room for the file many times over may still be too small."""
    size = shop.file.stat().st_size
    assert verify_backup(shop.file, shop.key).database_bytes > 5 * size
    monkeypatch.setattr("wabolt.site.home.free_bytes", lambda: 10 * size)
    with pytest.raises(BackupError, match="not enough room"):
        restore_backup(shop.file, shop.key)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_full_disk_has_a_one_sentence_error(shop: Shop, tmp_path: Path) -> None:
    def fill(full: IO[bytes]) -> None:
        with encryption.encrypted(full, [shop.key.to_public()]) as plain:
            for _ in range(100):
                plain.write(os.urandom(1 << 16))

    with Path("/dev/full").open("wb", buffering=0) as full, pytest.raises(OSError, match="No space left"):
        fill(full)
    with Path("/dev/full").open("wb", buffering=0) as full, pytest.raises(BackupError, match="not enough room"):
        encryption.decrypt(shop.file, shop.key, full)


def test_error_of_a_full_disk_survives_the_end_of_the_server(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object, **_more: object) -> None:
        raise BackupError("No space left on device")

    def gone(_url: str, start: str, **_more: object) -> None:
        if start != "wabolt_restore_":
            raise psycopg.OperationalError("the database system is in recovery mode")

    monkeypatch.setattr("wabolt.site.backup.restore.build_empty", full)
    monkeypatch.setattr(server, "drop_like", gone)
    with pytest.raises(BackupError, match="No space left"):
        restore_backup(shop.file, shop.key)
    monkeypatch.undo()
    monkeypatch.setenv("WABOLT_HOME", str(shop.home))
    monkeypatch.delenv("DATABASE_URL")
    server.drop_like(home.admin_url(), "wabolt_restore_")


def test_backup_of_a_newer_wabolt_is_refused(shop: Shop, tmp_path: Path) -> None:
    shop.ask("INSERT INTO django_migrations (app, name, applied) VALUES ('contacts', '9999_of_the_future', now())")
    newer = tmp_path / "newer.wabolt"
    make_backup(newer)
    shop.ask("DELETE FROM django_migrations WHERE name = '9999_of_the_future'")
    with pytest.raises(BackupError, match=r"contacts\.9999_of_the_future"):
        restore_backup(newer, shop.key)


def test_declined_restore_changes_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WABOLT_RECOVERY_KEY", recovery_key.shown(str(shop.key)))
    databases = shop.databases()
    done = CliRunner().invoke(cli, ["restore", str(shop.file)], input="n\n")
    assert done.exit_code == 1
    assert shop.databases() == databases


def test_recovery_key_is_shown_until_it_is_confirmed_and_then_forgotten(shop: Shop) -> None:
    before = shop.ask("SELECT recipient, sealed_key FROM backups_backupsettings")
    no = shop.processes.command("backup-key", typed="n\n")
    assert no.returncode == 1
    assert shop.ask("SELECT recipient, sealed_key FROM backups_backupsettings") == before
    wrong = shop.processes.command("backup-key", typed="y\nXXXX\n")
    key = next(line.strip() for line in wrong.stdout.splitlines() if line.startswith("    "))
    assert "not the last group" in wrong.stderr
    assert shop.ask("SELECT recipient FROM backups_backupsettings") == [(str(shop.key.to_public()),)]
    done = shop.processes.command("backup-key", typed=f"{key.split()[-1].lower()}\n")
    assert key in done.stdout, done.stderr
    assert len(key.replace(" ", "")) == 58
    recipient = str(parse_key(key).to_public())
    assert shop.ask("SELECT recipient, sealed_key FROM backups_backupsettings") == [(recipient, "")]
    stored = b"".join(path.read_bytes() for path in shop.home.iterdir() if path.is_file())
    assert key.replace(" ", "").encode() not in stored
    set_recipient(shop, str(shop.key.to_public()))


def test_recovery_key_is_parsed_as_people_type_it() -> None:
    identity = Identity.generate()
    key = recovery_key.shown(str(identity))
    for typed in (key.lower(), key.replace(" ", "-"), f"\n AGE-SECRET-KEY-1{key} \n", key.replace(" ", "")):
        assert str(parse_key(typed)) == str(identity)


def set_recipient(shop: Shop, recipient: str) -> None:
    shop.ask(f"UPDATE backups_backupsettings SET recipient = '{recipient}'")


# One key for all examples: Hypothesis takes a filter that answers differently in a second run for a fault.
TYPED_KEY = recovery_key.create()


@given(st.data())
def test_a_typing_error_in_the_key_is_found(data: st.DataObject) -> None:
    key = TYPED_KEY.replace(" ", "")
    place = data.draw(st.integers(0, len(key) - 1))
    letter = data.draw(st.sampled_from("023456789ACDEFGHJKLMNPQRSTUVWXYZ").filter(lambda one: one != key[place]))
    for wrong in (key[:place] + letter + key[place + 1 :], key[:place] + key[place + 1 :], "", "rahasia"):
        with pytest.raises(BackupError, match="not a recovery key"):
            parse_key(wrong)


def test_no_backup_without_a_recovery_key(shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_recipient(shop, "")
    with pytest.raises(BackupError, match="backup-key"):
        make_backup(tmp_path / "one.wabolt")
    monkeypatch.setenv("WABOLT_BACKUP_RECIPIENTS", "nonsense")
    with pytest.raises(BackupError, match="age recipients"):
        make_backup(tmp_path / "one.wabolt")
    first, second = Identity.generate(), Identity.generate()
    monkeypatch.setenv("WABOLT_BACKUP_RECIPIENTS", f"{first.to_public()},{second.to_public()}")
    make_backup(tmp_path / "one.wabolt")
    assert verify_backup(tmp_path / "one.wabolt", first) == verify_backup(tmp_path / "one.wabolt", second)
    set_recipient(shop, str(shop.key.to_public()))


def test_earlier_backups_keep_their_key(shop: Shop, tmp_path: Path) -> None:
    new = Identity.generate()
    set_recipient(shop, str(new.to_public()))
    make_backup(tmp_path / "new.wabolt")
    verify_backup(tmp_path / "new.wabolt", new)
    verify_backup(shop.file, shop.key)
    with pytest.raises(BackupError, match="does not open"):
        verify_backup(shop.file, new)
    set_recipient(shop, str(shop.key.to_public()))


def test_manifest_survives_writing_and_reading() -> None:
    manifest = archive.Manifest(
        2, "0.1", "18", "2026-11-29T01:00:00+00:00", {"t": archive.Table(["id"], 1)}, {}, {"a": ["1"]}, {"s": [3, True]}
    )
    file = BytesIO()
    with archive.created(file) as zipped:
        archive.write_manifest(zipped, manifest)
    with archive.opened(file) as (_zipped, read):
        assert asdict(read) == {**asdict(manifest), "sequences": {"s": [3, True]}}


def dump(shop: Shop) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables."""
    names = shop.ask("SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN"
                     " ('r', 'p') AND NOT relispartition AND relname <> 'django_migrations'")  # fmt: skip
    with psycopg.connect(shop.url) as connection:
        return {str(name): sorted(connection.execute(f"SELECT t::text FROM {name} t")) for (name,) in names}


def schema(shop: Shop) -> set[tuple[object, ...]]:
    """Indexes, constraints and triggers, with their definitions and whether they are enabled."""
    return {
        # Left out: names of partitions' indexes and the text of predicates, which PostgreSQL rewrites.
        *shop.ask("SELECT indexrelid::regclass::text, indrelid::regclass::text, indkey::text, indisunique, indisvalid,"
                  " indpred IS NULL, indexprs IS NULL FROM pg_index JOIN pg_class c ON c.oid = indexrelid"
                  " WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition"),
        *shop.ask("SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid), convalidated"
                  " FROM pg_constraint WHERE connamespace = 'public'::regnamespace"),
        *shop.ask("SELECT tgrelid::regclass::text, pg_get_triggerdef(oid), tgenabled::text FROM pg_trigger"
                  " WHERE NOT tgisinternal"),
    }  # fmt: skip
