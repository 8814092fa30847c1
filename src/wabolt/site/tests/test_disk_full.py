"""Every page reports a full disk and keeps the form. The real web server runs on a disk of half a megabyte."""

import contextlib
import errno
import io
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import click
import psycopg
import pytest
from click.testing import CliRunner
from django.db import OperationalError

from wabolt.lib.archives import member_names
from wabolt.lib.disk import is_disk_full
from wabolt.site.command import cli
from wabolt.site.command.group import WaboltGroup
from wabolt.site.tests.live import Live, running_web
from wabolt.site.tests.shops import Shop, sign_in
from wabolt.site.tests.test_front_live import MANY

pytestmark = [pytest.mark.usefixtures("socket_enabled"), pytest.mark.slow]

TOKEN = "abcdefghijklmnopqrstuvwxyz012345"
FULL = 507
NO_ROOM = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
CREATE TRIGGER no_room BEFORE INSERT ON contacts_contact FOR EACH ROW EXECUTE FUNCTION no_room();
"""


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("disk")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)], check=False)
    if done.returncode:
        pytest.skip("may not mount a file system")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture(scope="module")
def live(installation: Shop, small_disk: Path) -> Iterator[Live]:
    installation.ask(MANY)
    with running_web(installation, sign_in(installation), TMPDIR=str(small_disk)) as server:
        yield server


def posted(live: Live, path: str, body: bytes, kind: str) -> tuple[int, str]:
    headers = {"Content-Type": kind, "Cookie": f"sessionid={live.session}; csrftoken={TOKEN}"}
    status, page = live.ask("POST", path, body, headers)
    return status, page.decode()


def upload(size: int) -> bytes:
    fields = {"csrfmiddlewaretoken": TOKEN, "kind": "contacts", "note": 'typed <b>"text"</b>'}
    parts = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in fields.items()]
    file = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n'
    return ("".join(parts) + file).encode() + b"x" * size + b"\r\n--x--\r\n"


def test_upload_that_does_not_fit_is_read_to_its_end_and_reported(live: Live) -> None:
    status, page = posted(live, "/imports/new/", upload(5_000_000), "multipart/form-data; boundary=x")
    assert status == FULL
    assert "Disk penuh" in page


def test_an_upload_whose_copy_does_not_fit_keeps_the_form(live: Live) -> None:
    status, page = posted(live, "/imports/new/", upload(400_000), "multipart/form-data; boundary=x")
    assert status == FULL
    assert "typed &lt;b&gt;&quot;text&quot;&lt;/b&gt;</textarea>" in page
    assert 'action="/imports/new/"' in page
    assert "Filenya perlu dipilih lagi" in page


def test_export_that_does_not_fit_is_not_truncated(live: Live) -> None:
    status, page = live.get("/contacts/export.csv")
    assert status == FULL
    assert b"Disk penuh" in page


def test_a_database_without_room_keeps_the_form(live: Live, installation: Shop) -> None:
    installation.ask(NO_ROOM)
    try:
        typed = urlencode({"csrfmiddlewaretoken": TOKEN, "name": "Siti Aminah", "phone": "081234567890"}).encode()
        status, page = posted(live, "/contacts/new/", typed, "application/x-www-form-urlencoded")
    finally:
        installation.ask("DROP FUNCTION no_room CASCADE")
    assert status == FULL
    assert "Siti Aminah</textarea>" in page
    assert live.get("/contacts/")[0] == 200, "pages that need no room go on"


def test_full_disk_does_not_make_a_good_file_damaged(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.txt", "a")
    assert member_names(content.getvalue()) == {"a.txt"}
    monkeypatch.setattr(tempfile, "tempdir", str(small_disk))
    fill = small_disk / "fill"
    with fill.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    try:
        with pytest.raises(OSError, match="No space left"):
            member_names(content.getvalue())
    finally:
        fill.unlink()


def test_command_on_a_full_disk_has_a_one_sentence_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_ignored: object) -> None:
        raise OperationalError("x") from psycopg.errors.DiskFull()

    command = click.Command("full", callback=full)
    monkeypatch.setattr(WaboltGroup, "get_command", lambda *_: command)
    done = CliRunner().invoke(cli, ["full"])
    assert done.exit_code == 1
    assert "disk is full" in done.output
    assert "Traceback" not in done.output


def test_full_disk_is_found_in_the_causes_of_an_error() -> None:
    def behind(cause: BaseException) -> BaseException:
        error = ValueError()
        error.__cause__ = cause
        return error

    assert is_disk_full(behind(OSError(errno.ENOSPC, "x")))
    assert is_disk_full(OSError(errno.EDQUOT, "x"))
    assert is_disk_full(behind(psycopg.errors.DiskFull()))
    assert not is_disk_full(behind(OSError(errno.EACCES, "x")))
    assert not is_disk_full(None)
