"""A hostile backup runs nothing: a restore reads rows only, into tables of our own migrations.

A person who knows the public half of the recovery key can encrypt a file for it. A file that opens is not trusted.
"""

import io
import json
import os
import pickle
import stat
import subprocess
import sys
import tracemalloc
import zipfile
from base64 import b64encode
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psycopg
import pytest

from wabolt.site import home
from wabolt.site.backup import (
    BackupError,
    archive,
    make_backup,
    restore,
    restore_backup,
    server,
    verify_backup,
)
from wabolt.site.backup.restore import build_empty
from wabolt.site.tests.shops import Shop, packed, resealed, rewritten, unpacked

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("quick_python")]
DUMP = """\
COPY contacts_contact FROM PROGRAM 'touch {mark}';
CREATE FUNCTION evil() RETURNS trigger LANGUAGE c AS 'libc', 'system';
CREATE EVENT TRIGGER evil ON ddl_command_start EXECUTE FUNCTION evil();
ALTER SYSTEM SET archive_command = 'touch {mark}';
\\! touch {mark}
"""


STATE = """
    SELECT (SELECT array_agg(datname::text) FROM pg_database WHERE datname LIKE 'wabolt%'), count(*),
           to_regclass('owned')
      FROM contacts_contact
"""


class Touch:
    """Runs a program when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path(self.mark).touch, ()


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """A file that exists if something in the backup was run."""
    return tmp_path / "run"


def tables_of(shop: Shop) -> dict[str, Any]:
    found: dict[str, Any] = asdict(verify_backup(shop.file, shop.key))
    return found


def hostile(shop: Shop, target: Path, content: dict[str, Any], **members: bytes) -> Path:
    """A backup with this manifest and these members."""
    return rewritten(shop.file, target, shop.key, manifest=json.dumps(content).encode(), **members)


def refused(shop: Shop, file: Path, mark: Path) -> str:
    """Restores `file`, and returns why that was refused. Nothing has changed."""
    with pytest.raises(BackupError) as error:
        restore_backup(file, shop.key)
    assert not mark.exists()
    assert shop.ask(STATE) == [(["wabolt"], 3, None)]
    return str(error.value)


@pytest.fixture(scope="module")
def empty(installation: Shop) -> str:
    """The URL of a database with empty tables, as a restore makes it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WABOLT_HOME", str(installation.home))
        patch.delenv("DATABASE_URL", raising=False)
        server.create(home.admin_url(), "empty", server.user_of(installation.url))
    url = server.with_database(installation.url, "empty")
    with psycopg.connect(url, autocommit=True) as connection:
        build_empty(connection, url, verify_backup(installation.file, installation.key))
    return url


def refused_rows(shop: Shop, empty: str, file: Path, mark: Path) -> None:
    """Loads `file` into empty tables as a restore does: its rows are refused, and nothing else happens."""
    with (
        restore.verified(file, shop.key) as backup,
        psycopg.connect(empty, autocommit=True) as connection,
        connection.transaction(force_rollback=True),
    ):
        with pytest.raises(BackupError):
            restore.load(connection, backup)
        counts = connection.execute("SELECT to_regclass('owned'), count(*) FROM contacts_tag").fetchone()
        assert counts == (None, 0)
    assert not mark.exists()


def test_statements_in_the_place_of_rows_are_text(shop: Shop, empty: str, tmp_path: Path, mark: Path) -> None:
    statements = DUMP.format(mark=mark).encode()
    rewritten(shop.file, tmp_path / "bad", shop.key, tables__contacts_tag=statements)
    refused_rows(shop, empty, tmp_path / "bad", mark)
    resealed(shop.file, tmp_path / "sealed", shop.key, tables__accounts_user=statements)
    refused_rows(shop, empty, tmp_path / "sealed", mark)


def test_end_of_copy_does_not_lead_into_statements(shop: Shop, empty: str, tmp_path: Path, mark: Path) -> None:
    content = tables_of(shop)
    content["tables"]["contacts_tag"]["rows"] = 1
    rows = b"\\.\n" + b"CREATE TABLE owned (id int);\n"
    bad = hostile(shop, tmp_path / "bad", content, tables__contacts_tag=rows)
    refused_rows(shop, empty, bad, mark)


@pytest.mark.parametrize("name", ["pg_proc", "owned"])
def test_other_tables_are_refused(shop: Shop, empty: str, tmp_path: Path, mark: Path, name: str) -> None:
    content = tables_of(shop)
    content["tables"][name] = content["tables"]["contacts_tag"]
    bad = hostile(shop, tmp_path / "bad", content, **{f"tables__{name}": b""})
    refused_rows(shop, empty, bad, mark)


@pytest.mark.parametrize("change", [{"rows": 4}, {"columns": ["id"]}])
def test_other_rows_or_columns_than_the_manifest_lists_are_refused(
    shop: Shop, empty: str, tmp_path: Path, mark: Path, change: dict[str, Any]
) -> None:
    content = tables_of(shop)
    content["tables"]["contacts_tag"].update(change)
    refused_rows(shop, empty, hostile(shop, tmp_path / "bad", content), mark)


@pytest.mark.parametrize(
    "name",
    [
        'contacts_tag" FROM STDIN; CREATE TABLE owned (id int); --',
        "contacts_tag; COPY contacts_tag FROM PROGRAM 'touch x'",
        "pg_catalog.pg_authid",
        "../../secret-key",
    ],
)
def test_what_is_no_name_of_a_table_is_refused(shop: Shop, tmp_path: Path, mark: Path, name: str) -> None:
    content = tables_of(shop)
    content["tables"][name] = content["tables"]["contacts_tag"]
    bad = hostile(shop, tmp_path / "bad", content, **{f"tables__{name}": b""})
    refused(shop, bad, mark)


def test_other_columns_are_refused(shop: Shop, tmp_path: Path, mark: Path) -> None:
    content = tables_of(shop)
    content["tables"]["contacts_tag"]["columns"][0] = "id) FROM PROGRAM 'touch x' --"
    refused(shop, hostile(shop, tmp_path / "bad", content), mark)


def test_pickled_cache_and_sessions_are_never_taken(shop: Shop, tmp_path: Path, mark: Path) -> None:
    content = tables_of(shop)
    value = b64encode(pickle.dumps(Touch(mark))).decode()
    content["tables"]["site_cache"] = {"columns": ["cache_key", "value", "expires"], "rows": 1}
    rows = f":1:sign-in\t{value}\t2099-01-01\n".encode()
    bad = hostile(shop, tmp_path / "bad", content, tables__site_cache=rows)
    assert "must not be in a backup" in refused(shop, bad, mark)


@pytest.mark.parametrize(
    "change",
    [
        {"migrations": {"contacts": ["0001_initial'); DROP TABLE contacts_contact; --"]}},
        {"migrations": {"os": ["system"]}},
        {"sequences": {"contacts_tag_id_seq'); CREATE TABLE owned (id int); --": [1, True]}},
        {"sequences": {"contacts_tag_id_seq": ["1); CREATE TABLE owned (id int); --", True]}},
        {"partitions": ["contacts_event_2026_01 PARTITION OF x; CREATE TABLE owned (id int); --", "x" * 10_000]},
        {"tables": {"contacts_tag": []}},
        {"made_at": "'; CREATE TABLE owned (id int); --"},
        {"database_bytes": "many"},
    ],
)
def test_manifest_is_never_executed(shop: Shop, tmp_path: Path, mark: Path, change: dict[str, Any]) -> None:
    bad = hostile(shop, tmp_path / "bad", {**tables_of(shop), **change})
    assert "\n" not in refused(shop, bad, mark)


def test_backup_of_an_earlier_format_is_no_backup(shop: Shop, tmp_path: Path, mark: Path) -> None:
    """A PostgreSQL dump, which holds statements, is not read at all."""
    refused(shop, packed(b"PGDMP" + DUMP.format(mark=mark).encode(), tmp_path / "one", shop.key), mark)
    (tmp_path / "two").write_bytes(b"PGDMP" + DUMP.format(mark=mark).encode())
    assert "not a WABolt backup" in refused(shop, tmp_path / "two", mark)


def test_application_role_could_not_run_a_program_either(shop: Shop, mark: Path) -> None:
    """The second line of defence: what an injected statement could do."""
    with psycopg.connect(shop.url, autocommit=True) as connection:
        for statement in (
            f"COPY (SELECT 1) TO PROGRAM 'touch {mark}'",
            "CREATE FUNCTION evil() RETURNS int LANGUAGE c AS 'libc', 'getpid'",
            "CREATE EVENT TRIGGER evil ON ddl_command_start EXECUTE FUNCTION lower()",
            "ALTER SYSTEM SET archive_command = 'true'",
            "ALTER ROLE wabolt SUPERUSER",
            "SET SESSION AUTHORIZATION wabolt_admin",
            "SELECT lo_import('/etc/passwd')",
            "CREATE EXTENSION adminpack",
        ):
            with pytest.raises(psycopg.Error):
                connection.execute(statement)
    assert not mark.exists()
    assert archive.FORMAT == 2


@pytest.mark.parametrize(
    ("text", "times"),
    [(b"x", 5_000_000), (b"kunci\x00dengan-nul-di-dalam", 1), (b"\xff", 40), (b"\x1b]0;judul\x07", 9), (b"pendek", 1)],
    ids=["bomb", "nul", "bytes", "escape", "short"],
)
@pytest.mark.parametrize("name", ["secret_key", "secrets_key", "erasure_key"])
def test_invalid_key_is_refused(shop: Shop, tmp_path: Path, mark: Path, name: str, text: bytes, times: int) -> None:
    said = refused(shop, resealed(shop.file, tmp_path / "bad", shop.key, **{name: text * times}), mark)
    assert said == "The backup is damaged: one of its keys is invalid."


def test_bomb_in_the_place_of_the_keys_is_not_unpacked(
    shop: Shop, tmp_path: Path, mark: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """30 MB of zeros in 30 kB: the keys are decrypted in memory."""
    monkeypatch.setattr(archive, "KEYS_LIMIT", 25_600_000)
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(unpacked(shop.file, shop.key))) as old, zipfile.ZipFile(content, "w") as new:
        for name in old.namelist():
            if name != archive.KEYS:
                new.writestr(name, old.read(name))
        with new.open(zeros(archive.KEYS), "w", force_zip64=True) as member:
            for _ in range(30):
                member.write(bytes(1_000_000))
    bad = packed(content.getvalue(), tmp_path / "bad", shop.key)
    assert bad.stat().st_size < 1_000_000
    tracemalloc.start()
    said = refused(shop, bad, mark)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert said == "The backup is damaged: its keys are too large."
    assert peak < 10_000_000


def test_bomb_larger_than_the_disk_is_refused_unread(shop: Shop, tmp_path: Path, mark: Path) -> None:
    """The manifest says that the database has few bytes. The rows of one table state more than is free."""
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(unpacked(shop.file, shop.key))) as old, zipfile.ZipFile(content, "w") as new:
        for name in old.namelist():
            if name != archive.member("contacts_tag"):
                new.writestr(name, old.read(name))
        with new.open(zeros(archive.member("contacts_tag")), "w", force_zip64=True) as member:
            for _ in range(40):
                member.write(b"1\tx\n" * 250_000)
    bad = packed(content.getvalue(), tmp_path / "bad", shop.key)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wabolt.site.home.free_bytes", lambda: 70_000_000)
        assert "not enough room" in refused(shop, bad, mark)


def zeros(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.compress_type = zipfile.ZIP_DEFLATED
    return member


@pytest.mark.parametrize("name", ["../../secret-key", "/etc/cron.d/toko", "tables/../../x.copy", "a\x1b[2J"])
@pytest.mark.parametrize("link", [False, True], ids=["file", "symlink"])
def test_member_with_a_path_is_not_written(shop: Shop, tmp_path: Path, mark: Path, name: str, *, link: bool) -> None:
    member = zipfile.ZipInfo(name)
    if link:
        member.create_system, member.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    content = io.BytesIO(unpacked(shop.file, shop.key))
    with zipfile.ZipFile(content, "a") as file:
        file.writestr(member, str(mark))
    before = sorted(path.name for path in shop.home.iterdir())
    said = refused(shop, packed(content.getvalue(), tmp_path / "bad", shop.key), mark)
    assert "\x1b" not in said
    assert sorted(path.name for path in shop.home.iterdir()) == before


def test_restore_names_the_accounts_and_the_risk_of_a_foreign_backup(shop: Shop, tmp_path: Path) -> None:
    """A backup to which a stranger added an account is a valid backup. Only the shop can recognise it."""
    with psycopg.connect(shop.url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO accounts_user SELECT (jsonb_populate_record(u, jsonb_build_object('id', u.id + 1000, 'email',"
            " E'tamu\\x1b[2J@penipu.example'))).* FROM accounts_user u WHERE email = 'ibu@toko.id'"
        )
        make_backup(tmp_path / "foreign")
        connection.execute("DELETE FROM accounts_user WHERE id > 1000")
    key = tmp_path / "key"
    key.write_text(str(shop.key))
    done = subprocess.run(
        [sys.executable, "-m", "wabolt", "restore", str(tmp_path / "foreign"), "--key-file", str(key)],
        env={**os.environ, "WABOLT_HOME": str(shop.home), "WABOLT_LANGUAGE": "en"}, input="n\n", capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert "these people can sign in: ibu@toko.id, tamu" in done.stderr
    assert "penipu.example" in done.stderr
    assert "\x1b" not in done.stderr
    assert "Restore only a backup that you or your shop made" in done.stderr
    assert done.returncode == 1
    assert shop.ask("SELECT count(*) FROM accounts_user") == [(1,)]
