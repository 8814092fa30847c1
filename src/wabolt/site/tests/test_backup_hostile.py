"""A hostile backup runs nothing: a restore reads rows only, into tables of our own migrations.

A person who knows the public half of the recovery key can encrypt a file for it. A file that opens is not trusted.
"""

import json
import pickle
from base64 import b64encode
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psycopg
import pytest

from wabolt.site.backup import BackupError, archive, restore_backup, verify_backup
from wabolt.site.tests.shops import Shop, packed, rewritten

pytestmark = pytest.mark.slow
DUMP = """\
COPY contacts_contact FROM PROGRAM 'touch {mark}';
CREATE FUNCTION evil() RETURNS trigger LANGUAGE c AS 'libc', 'system';
CREATE EVENT TRIGGER evil ON ddl_command_start EXECUTE FUNCTION evil();
ALTER SYSTEM SET archive_command = 'touch {mark}';
\\! touch {mark}
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
    databases = shop.databases()
    with pytest.raises(BackupError) as error:
        restore_backup(file, shop.key)
    assert not mark.exists()
    assert shop.databases() == databases
    assert shop.ask("SELECT count(*) FROM contacts_contact") == [(3,)]
    assert shop.ask("SELECT to_regclass('owned')") == [(None,)]
    return str(error.value)


def test_statements_in_the_place_of_rows_are_text(shop: Shop, tmp_path: Path, mark: Path) -> None:
    statements = DUMP.format(mark=mark).encode()
    rewritten(shop.file, tmp_path / "bad", shop.key, tables__contacts_tag=statements)
    refused(shop, tmp_path / "bad", mark)


def test_end_of_copy_does_not_lead_into_statements(shop: Shop, tmp_path: Path, mark: Path) -> None:
    content = tables_of(shop)
    content["tables"]["contacts_tag"]["rows"] = 1
    rows = b"\\.\n" + b"CREATE TABLE owned (id int);\n"
    bad = hostile(shop, tmp_path / "bad", content, tables__contacts_tag=rows)
    refused(shop, bad, mark)


@pytest.mark.parametrize(
    "name",
    [
        'contacts_tag" FROM STDIN; CREATE TABLE owned (id int); --',
        "contacts_tag; COPY contacts_tag FROM PROGRAM 'touch x'",
        "pg_catalog.pg_authid",
        "pg_proc",
        "../../secret-key",
        "owned",
    ],
)
def test_other_tables_are_refused(shop: Shop, tmp_path: Path, mark: Path, name: str) -> None:
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
    assert "no backup may hold" in refused(shop, bad, mark)


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
def test_nothing_of_the_manifest_is_run(shop: Shop, tmp_path: Path, mark: Path, change: dict[str, Any]) -> None:
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
