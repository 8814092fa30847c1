"""A shop is restored on an empty machine with only a storage and the recovery key."""

import http.cookiejar
import os
import re
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from wabolt.backups import recovery_key
from wabolt.backups.tests.servers import Storage, running_storage
from wabolt.site.postgres import Cluster
from wabolt.site.tests.live import running_web
from wabolt.site.tests.shops import Shop
from wabolt.site.tests.test_backup_runs import UNTESTED, copies, quick_run, use_storage

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("quick_python")]


@pytest.fixture
def storage(shop: Shop, socket_enabled: None) -> Iterator[Storage]:
    with running_storage() as storage:
        use_storage(shop, storage.endpoint)
        yield storage
        shop.ask("UPDATE backups_backupsettings SET use_s3 = false")


def wabolt(home: Path, storage: Storage, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    """Runs a command on a machine that knows only the storage."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("WABOLT_", "DATABASE_", "AWS_"))},
        "WABOLT_HOME": str(home), "WABOLT_LANGUAGE": "en", "AWS_ENDPOINT_URL": storage.endpoint,
        "AWS_ACCESS_KEY_ID": "kunci", "AWS_SECRET_ACCESS_KEY": "rahasia", **more,
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-m", "wabolt", *arguments], env=environment, capture_output=True, text=True, check=False
    )


def sign_in(address: str, email: str, password: str) -> str:
    """Signs in as a browser does; returns the path of the page after it."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    page = browser.open(f"{address}/account/login/").read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    form = {"csrfmiddlewaretoken": token[1], "login": email, "password": password, "next": "/contacts/"}
    return str(
        urllib.parse.urlsplit(browser.open(f"{address}/account/login/", urllib.parse.urlencode(form).encode()).url).path
    )


def test_shop_is_rebuilt_from_the_storage_and_the_key_alone(shop: Shop, storage: Storage, open_folder: Path) -> None:
    assert quick_run(shop) == UNTESTED
    assert ("s3", True, "") in copies(shop)
    before = dict(shop.ask("SELECT 'mark', mark FROM backups_backupsettings"))
    home, key = open_folder / "wabolt", recovery_key.shown(str(shop.key))

    listing = wabolt(home, storage, "restore", "--from", "s3://cadangan/toko", "--list")
    assert re.search(r"UTC +0\.\d MB  s3://cadangan/toko/wabolt-\w{6}-\w+\.wabolt", listing.stdout), listing.stderr

    other = recovery_key.create()
    wrong = wabolt(home, storage, "restore", "--from", "s3://cadangan/toko", "--yes", WABOLT_RECOVERY_KEY=other)
    assert wrong.returncode == 1
    assert "does not open" in wrong.stderr
    assert "Traceback" not in wrong.stderr

    done = wabolt(home, storage, "restore", "--from", "s3://cadangan/toko", "--yes", WABOLT_RECOVERY_KEY=key)
    assert done.returncode == 0, done.stderr
    cluster = Cluster(home / "postgres")
    cluster.start()
    rebuilt = Shop(home, cluster.url(), shop.file, shop.key)
    try:
        assert rebuilt.ask("SELECT count(*) FROM contacts_contact") == [(3,)]
        assert rebuilt.ask("SELECT state FROM broadcasts_broadcast") != [("running",)]
        assert rebuilt.ask("SELECT count(*) FROM messaging_lane WHERE paused_at IS NULL") == [(0,)]
        assert rebuilt.ask("SELECT count(*) FROM backups_backuprun") == [(0,)]
        assert dict(rebuilt.ask("SELECT 'mark', mark FROM backups_backupsettings")) != before
        with running_web(rebuilt, "") as live:
            address = f"http://127.0.0.1:{live.port}"
            assert sign_in(address, "ibu@toko.id", "salah-sekali-99") == "/account/login/"
            assert sign_in(address, "ibu@toko.id", "rahasia-panjang-9") == "/contacts/"
        # The rebuilt shop makes its own backups into the same storage, next to those of the lost machine.
        assert quick_run(rebuilt) == UNTESTED
        with psycopg.connect(rebuilt.url) as connection:
            row = connection.execute("SELECT use_s3, recipient FROM backups_backupsettings").fetchone()
        assert row == (True, str(shop.key.to_public()))
    finally:
        rebuilt.end_processes()
        cluster.remove()
    assert not [path for path in home.iterdir() if path.name.startswith("restore-")]


def test_place_without_access_or_backup_has_a_one_sentence_error(storage: Storage, tmp_path: Path) -> None:
    empty = wabolt(tmp_path, storage, "restore", "--from", "s3://cadangan/kosong", "--list")
    assert "no backup in s3://cadangan/kosong" in empty.stderr
    missing = wabolt(tmp_path, storage, "restore", "--from", "s3://tidak-ada/x", "--list", WABOLT_LANGUAGE="id")
    assert "Tidak ada bucket dengan nama itu" in missing.stderr
    unknown = wabolt(tmp_path, storage, "restore", "--from", "s3://cadangan", "--list", AWS_ACCESS_KEY_ID="")
    assert "AWS_ACCESS_KEY_ID" in unknown.stderr
    folder = wabolt(tmp_path, storage, "restore", "--from", str(tmp_path / "usb"), "--list")
    assert str(tmp_path / "usb") in folder.stderr
    for done in (empty, missing, unknown, folder):
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
